"""The town's pages and API: the first visit, the administrator's forms, what everybody reads."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from portal.permissions import Role
from portal.town.model import Town
from portal.town.service import active_categories, all_districts, current_town
from portal.town.web.set_up import set_up_address, set_up_code
from tests.clock import FixedClock
from tests.portal.town.site import ORIGIN, Browser, Site, open_site, shown
from tests.portal.town.test_arms import png
from tests.portal.town.world import ban_file, found_town, houses

HERBLAY = "/setup/95306"
FIRST = {
    "name": "Herblay-sur-Seine",
    "lat": "48,9912",
    "lon": "2.1656",
    "person": "Claire Morel",
    "email": "claire@mail.test",
    "password": "quatre chevaux dans un pré",
}
DISTRICTS = (
    b'{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"name":"Bourg"},"geometry":'
    b'{"type":"Polygon","coordinates":[[[2.0,48.9],[2.2,48.9],[2.2,49.1],[2.0,48.9]]]}}]}'
)


@pytest.fixture(scope="module")
def compressed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Static files are compressed once for all of these portals."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
async def empty(tmp_path: Path, compressed: Path, clock: FixedClock) -> AsyncIterator[Site]:
    (tmp_path / "cache").symlink_to(compressed)
    site = await open_site(tmp_path, clock)
    yield site
    await site.portal.database.close()


@pytest.fixture
async def site(empty: Site, clock: FixedClock) -> Site:
    await found_town(empty.portal.database, clock, houses(30, 50, 50) + houses(12, 1500, 1500, "Rue du Bac"))
    return empty


async def town_of(site: Site) -> Town | None:
    async with site.portal.database.read() as db:
        return await current_town(db)


@pytest.mark.parametrize("path", ["/", "/sign-in", "/rooms", "/legal"])
async def test_every_page_of_an_empty_portal_leads_to_the_set_up(empty: Site, path: str) -> None:
    answer = await empty.visitor().get(path)

    assert (answer.status_code, answer.headers["Location"]) == (302, "/setup")


async def test_set_up_shows_no_way_into_a_portal_that_is_not_there_yet(empty: Site) -> None:
    page = await empty.visitor().text("/setup")

    assert "site-nav" not in page
    assert "/sign-in" not in page


async def test_set_up_asks_for_the_code_first(empty: Site) -> None:
    browser = empty.visitor()

    assert "This portal belongs to no town yet" in await browser.text("/setup")
    assert "This is not the code" in await browser.text("/setup?code=guess", 422)
    assert (await browser.get(f"{HERBLAY}?code=guess")).status_code == 302
    refused = await browser.post(HERBLAY, code="guess", **FIRST)
    assert refused.status_code == 403
    assert await town_of(empty) is None


async def test_guesses_of_the_code_are_slowed_down(empty: Site) -> None:
    browser = empty.visitor()

    statuses = [(await browser.get(f"/setup?code=guess{number}")).status_code for number in range(25)]

    assert statuses[0] == 422
    assert statuses[-1] == 429


async def test_first_visit_founds_the_town_and_its_administrator(empty: Site) -> None:
    browser, code = empty.visitor(), set_up_code(empty.portal.settings)

    found = await browser.text(f"/setup?code={code}&q=herblay")
    assert f'href="{HERBLAY}?code={code}"' in found
    assert "Herblay-sur-Seine" in await browser.text(f"{HERBLAY}?code={code}")
    answer = await browser.post(HERBLAY, code=code, **FIRST)

    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    town = await town_of(empty)
    assert town is not None
    assert (town.name, town.insee, town.department, town.lat) == ("Herblay-sur-Seine", "95306", "95", 48.9912)
    assert "Claire Morel" in await browser.text("/admin/town")


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("lat", "north", "degrees"),
        ("lat", "", "fill this in"),
        ("lon", "200", "degrees"),
        ("email", "claire", "e-mail"),
        ("password", "short", "twelve"),
        ("name", "", "fill this in"),
    ],
)
async def test_wrong_answer_at_the_first_visit_changes_nothing_and_keeps_the_others(
    empty: Site, field: str, value: str, said: str
) -> None:
    code = set_up_code(empty.portal.settings)

    page = await shown(await empty.visitor().post(HERBLAY, code=code, **(FIRST | {field: value})), 422)

    assert said in page
    assert 'value="Claire Morel"' in page
    assert FIRST["password"] not in page
    assert await town_of(empty) is None


async def test_the_first_administrator_has_a_name_like_everybody_else(empty: Site) -> None:
    answers = FIRST | {"code": set_up_code(empty.portal.settings), "person": "claire@mail.test"}

    refused = await shown(await empty.visitor().post(HERBLAY, **answers), 422)

    assert 'id="error-person"' in refused
    assert "Marie Dupont" in refused
    assert await town_of(empty) is None


async def test_set_up_is_closed_once_there_is_a_town(site: Site) -> None:
    browser, code = site.visitor(), set_up_code(site.portal.settings)

    assert (await browser.get(f"/setup?code={code}")).status_code == 403
    assert (await browser.get(f"{HERBLAY}?code={code}")).status_code == 403
    assert (await browser.post(HERBLAY, code=code, **FIRST)).status_code == 403
    assert (await browser.get("/")).status_code == 200


async def test_address_of_the_first_visit_holds_its_code(empty: Site) -> None:
    address = set_up_address(empty.portal.settings)

    assert address.startswith(f"{ORIGIN}/setup?code=")
    assert "Which town is it?" in await empty.visitor().text(address.removeprefix(ORIGIN))


PAGES = ("/admin/town", "/admin/town/places", "/admin/town/categories", "/admin/town/colours?primary=%23123456")
POSTS = (
    *("/admin/town", "/admin/town/arms", "/admin/town/arms/remove", "/admin/town/districts"),
    *("/admin/town/addresses", "/admin/town/categories"),
)


async def test_settings_are_refused_to_all_but_administrators(site: Site) -> None:
    before = await town_of(site)
    resident, visitor = await site.person(*(role for role in Role if role is not Role.ADMINISTRATOR)), site.visitor()

    for path in PAGES:
        assert ((await visitor.get(path)).status_code, (await resident.get(path)).status_code) == (401, 403)
    for path in POSTS:
        assert ((await visitor.post(path)).status_code, (await resident.post(path)).status_code) == (401, 403)

    after = await town_of(site)
    assert before is not None
    assert after is not None
    assert after.version == before.version


async def profile(site: Site, **changes: str) -> dict[str, str]:
    town = await town_of(site)
    assert town is not None
    fields = {"seen": str(town.version), "name": "Valbois-le-Grand", "primary": "#ffe600", "accent": "#000000"}
    return fields | {"lat": "48.99", "lon": "2.16", "email": "mairie@valbois.example"} | changes


async def test_administrator_changes_name_and_colours(site: Site) -> None:
    browser = await site.person(Role.ADMINISTRATOR)

    answer = await browser.post("/admin/town", **await profile(site))

    assert answer.headers["Location"] == "/admin/town?done=saved"
    assert "Valbois-le-Grand" in await browser.text("/admin/town?done=saved")
    assert "--town-1:#ffe600" in await browser.text("/town.css")


@pytest.mark.parametrize(
    ("field", "value"),
    [("primary", "red"), ("lat", "91"), ("name", "x" * 81), ("email", "mairie"), ("phone", "call us"), ("seen", "x")],
)
async def test_wrong_answer_of_an_administrator_is_named_and_changes_nothing(
    site: Site, field: str, value: str
) -> None:
    browser = await site.person(Role.ADMINISTRATOR)

    page = await shown(await browser.post("/admin/town", **await profile(site, **{field: value})), 422)

    assert f'href="#field-{field}"' in page
    assert 'value="2.16"' in page
    town = await town_of(site)
    assert town is not None
    assert town.name == "Valbois"


async def test_form_that_is_older_than_the_town_is_refused(site: Site) -> None:
    browser = await site.person(Role.ADMINISTRATOR)
    fields = await profile(site)
    await browser.post("/admin/town", **fields)

    assert "changed in the meantime" in await shown(await browser.post("/admin/town", **fields), 409)


async def test_preview_of_colours_corrects_them_and_changes_nothing(site: Site) -> None:
    browser = await site.person(Role.ADMINISTRATOR)

    found = await browser.read("/admin/town/colours?primary=%23ffe600&accent=%23000000")

    assert found["primary"]["fill"] == "#ffe600"
    assert found["primary"]["text"] != "#ffe600"
    assert (await browser.get("/admin/town/colours?primary=red&accent=blue")).status_code == 422
    assert "#ffe600" not in await browser.text("/town.css")


async def test_arms_are_shown_cleaned_and_can_be_removed(site: Site) -> None:
    browser = await site.person(Role.ADMINISTRATOR)
    drawing = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script><path d="M0 0h9"/></svg>'

    await browser.upload("/admin/town/arms", arms=drawing)
    answer = await site.visitor().get((await site.visitor().read("/api/town"))["arms"])

    text = await shown(answer, 200)
    assert "M0 0h9" in text
    assert "alert" not in text
    assert answer.headers["Content-Type"] == "image/svg+xml"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    await browser.post("/admin/town/arms/remove")
    assert (await site.visitor().get("/town/arms")).status_code == 404


@pytest.mark.parametrize("content", [b"", b"GIF89a", b"x" * 210_000])
async def test_arms_that_are_none_are_refused(site: Site, content: bytes) -> None:
    browser = await site.person(Role.ADMINISTRATOR)
    await browser.upload("/admin/town/arms", arms=png())

    answer = await browser.upload("/admin/town/arms", arms=content)

    assert answer.status_code == 422
    assert (await site.visitor().get("/town/arms")).headers["Content-Type"] == "image/png"


async def test_file_above_its_pages_limit_is_refused(site: Site) -> None:
    browser = await site.person(Role.ADMINISTRATOR)

    answer = await browser.upload("/admin/town/arms", arms=b"x" * 300_000)

    assert answer.status_code == 413


async def test_districts_are_redrawn_from_a_file_larger_than_other_forms_may_be(site: Site) -> None:
    browser = await site.person(Role.ADMINISTRATOR)
    # Valbois lies elsewhere: its centre is moved to where the file is.
    await browser.post("/admin/town", **await profile(site, lat="49.0", lon="2.1"))

    answer = await browser.upload("/admin/town/districts", geojson=DISTRICTS + b" " * 1_000_000)

    assert answer.headers["Location"] == "/admin/town/places?done=districts"
    async with site.portal.database.read() as db:
        assert [district.name for district in await all_districts(db)] == ["Bourg"]
    assert "Bourg" in await browser.text("/admin/town/places")
    [feature] = (await site.visitor().read("/api/town/map"))["districts"]["features"]
    assert feature["properties"]["name"] == "Bourg"


async def test_districts_of_another_town_are_refused(site: Site) -> None:
    browser = await site.person(Role.ADMINISTRATOR)
    elsewhere = DISTRICTS.replace(b"2.", b"8.")

    page = await shown(await browser.upload("/admin/town/districts", geojson=elsewhere), 422)

    assert "far from the town" in page
    assert '<a href="#field-geojson">Shapes of the districts: ' in page


async def test_address_file_is_replaced_or_its_wrong_lines_are_named(site: Site) -> None:
    browser = await site.person(Role.ADMINISTRATOR)
    assert "42 addresses are known" in await browser.text("/admin/town/places")

    bad = await browser.upload("/admin/town/addresses", file=ban_file([*houses(3, 0, 0), "x"]))
    assert "Line 5" in await shown(bad, 422)
    good = await browser.upload("/admin/town/addresses", file=ban_file(houses(15, 0, 0)))

    assert good.status_code == 303
    assert "15 addresses are known" in await browser.text("/admin/town/places")


async def rows(site: Site) -> dict[str, str]:
    """The form of categories as the page gives it."""
    async with site.portal.database.read() as db:
        known = await active_categories(db)
    fields = {f"code-{n}": item.code for n, item in enumerate(known)}
    fields |= {f"fr-{n}": item.name_fr for n, item in enumerate(known)}
    fields |= {f"en-{n}": item.name_en for n, item in enumerate(known)}
    fields |= {f"icon-{n}": item.icon for n, item in enumerate(known)}
    fields |= {f"order-{n}": str(item.order * 10) for n, item in enumerate(known)}
    fields |= {f"active-{n}": "yes" for n in range(len(known))}
    new = len(known)
    return fields | {f"code-{new}": "", f"fr-{new}": "", f"en-{new}": "", f"icon-{new}": "heart", f"order-{new}": ""}


async def test_categories_are_arranged_in_one_form(site: Site) -> None:
    browser = await site.person(Role.ADMINISTRATOR)
    fields = await rows(site) | {"fr-11": "Jardin", "order-11": "5", "active-11": "yes", "order-0": "999"}
    del fields["active-2"]

    answer = await browser.post("/admin/town/categories", **fields)

    assert answer.headers["Location"] == "/admin/town/categories?done=categories"
    names = [item["name"] for item in (await site.visitor().read("/api/town"))["categories"]]
    assert (names[0], names[-1], len(names)) == ("Jardin", "Groceries", 11)


@pytest.mark.parametrize(
    ("field", "value", "named"),
    [
        ("fr-1", "", "French name, line 2"),
        ("fr-1", "x" * 81, "French name, line 2"),
        ("en-2", "x" * 81, "English name, line 3"),
        ("icon-1", "../x", "Picture, line 2"),
    ],
)
async def test_wrong_line_of_the_categories_is_named(site: Site, field: str, value: str, named: str) -> None:
    browser = await site.person(Role.ADMINISTRATOR)

    page = await shown(await browser.post("/admin/town/categories", **(await rows(site) | {field: value})), 422)

    assert f'<a href="#field-{field}">{named}: ' in page
    assert f'id="field-{field}"' in page


async def test_list_of_categories_of_which_none_is_offered_is_named(site: Site) -> None:
    browser = await site.person(Role.ADMINISTRATOR)
    fields = {name: value for name, value in (await rows(site)).items() if not name.startswith("active-")}

    page = await shown(await browser.post("/admin/town/categories", **fields), 422)

    assert '<a href="#field-active">Categories, in their order: At least one' in page


async def test_town_is_read_by_everybody(site: Site) -> None:
    found = await site.visitor().read("/api/town")

    assert (found["name"], found["insee"], found["colours"]) == ("Valbois", "95999", ["#1d3f66", "#d8a03d"])
    assert len(found["categories"]) == 11


async def test_api_of_an_empty_portal_has_no_town(empty: Site) -> None:
    assert (await empty.visitor().get("/api/town", "application/json")).status_code == 404
    assert (await empty.visitor().read("/api/town/map"))["districts"]["features"] == []
    assert await empty.visitor().text("/town.css") == ""


async def test_addresses_are_found_by_signed_in_people_only(site: Site) -> None:
    resident = await site.person(Role.RESIDENT)

    [first, *_others] = (await resident.read("/api/addresses?q=7+rue+des+lil"))["items"]

    assert first["label"] == "7 Rue des Lilas, 95990 Valbois"
    assert first["address_id"].startswith("95999_")
    assert (await resident.read("/api/addresses?q=r"))["items"] == []
    assert (await site.visitor().get("/api/addresses?q=rue", "application/json")).status_code == 401
    assert (await resident.get(f"/api/addresses?q={'x' * 201}", "application/json")).status_code == 422


async def test_address_searches_of_one_person_are_limited(site: Site) -> None:
    resident = await site.person(Role.RESIDENT)

    statuses = [await search_status(resident) for _search in range(160)]

    assert statuses[:100] == [200] * 100
    assert 429 in statuses


async def search_status(browser: Browser) -> int:
    return (await browser.get("/api/addresses?q=r", "application/json")).status_code


async def test_colours_are_not_sent_again_while_they_are_the_same(site: Site) -> None:
    first = await site.visitor().get("/town.css")

    again = await site.visitor().get("/town.css", **{"If-None-Match": first.headers["ETag"]})

    assert again.status_code == 304
