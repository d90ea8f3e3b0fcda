"""Signing in and out, and what attackers try there."""

from __future__ import annotations

import asyncio

import pytest
from argon2 import PasswordHasher

from portal.accounts.service.sign_in import WrongSignIn, sign_in
from portal.accounts.service.throttle import Visitor
from portal.db import digest
from portal.errors import TooMany
from portal.pages import LOGIN_COOKIE, VISIT_COOKIE
from portal.permissions import Role
from tests.portal.accounts.world import HERE, PASSWORD, World

WRONG = "wrong wrong wrong"


async def test_password_signs_in_and_shows_the_account(world: World) -> None:
    await world.person("marie", Role.RESIDENT)
    browser = world.browser()

    answer = await browser.send("/sign-in", email=" Marie@Mail.Test ", password=PASSWORD, next="/account")

    assert (answer.status_code, answer.headers["Location"]) == (303, "/account")
    assert "marie@portal.test" in await browser.text("/account")


async def test_api_tells_who_is_signed_in(world: World) -> None:
    browser = await world.signed_in("marie", Role.CLERK, Role.AGENT)
    person = await world.stored("marie")

    found = await (await browser.get("/api/me")).get_json()

    assert found == {
        "id": person.id,
        "handle": "marie@portal.test",
        "name": "Marie",
        "locale": "en",
        "roles": ["agent", "clerk"],
    }


async def test_api_refuses_visitors(world: World) -> None:
    answer = await world.browser().get("/api/me")

    assert answer.status_code == 401
    assert (await answer.get_json())["error"]["code"] == "not-signed-in"


async def test_unknown_address_and_wrong_password_read_alike(world: World) -> None:
    await world.person("marie")
    browser = world.browser()

    wrong = await browser.send("/sign-in", email="marie@mail.test", password="not this one at all")
    unknown = await browser.send("/sign-in", email="nobody@mail.test", password="not this one at all")
    no_address = await browser.send("/sign-in", email="nobody", password="not this one at all")

    texts = [await answer.get_data(as_text=True) for answer in (wrong, unknown, no_address)]
    same = {
        text.replace("marie@mail.test", "X").replace("nobody@mail.test", "X").replace('"nobody"', '"X"')
        for text in texts
    }
    assert {wrong.status_code, unknown.status_code, no_address.status_code} == {401}
    assert len(same) == 1


async def test_account_without_a_password_is_refused_like_any_other(world: World) -> None:
    await world.person("marie", password=None)

    with pytest.raises(WrongSignIn):
        await sign_in(world.accounts, HERE, email="marie@mail.test", password="", user_agent="", is_shared=False)


async def test_failed_form_keeps_the_address_but_not_the_password(world: World) -> None:
    answer = await world.browser().send("/sign-in", email="marie@mail.test", password="secret typed here")

    text = await answer.get_data(as_text=True)
    assert 'value="marie@mail.test"' in text
    assert "secret typed here" not in text


async def test_sign_in_gives_new_secret_and_new_visit(world: World) -> None:
    """Session fixation: whoever planted cookies before the sign-in holds nothing after it."""
    await world.person("marie")
    browser = world.browser()
    token = await browser.token("/sign-in")
    browser.client.set_cookie("portal.test", LOGIN_COOKIE, "planted".ljust(43, "x"))
    visit = browser.cookie(VISIT_COOKIE)

    await browser.sign_in("marie")

    assert "planted" not in browser.cookie(LOGIN_COOKIE)
    assert browser.cookie(VISIT_COOKIE) not in {"", visit}
    assert (await browser.post("/sign-out", csrf_token=token)).status_code == 403


async def test_only_the_digest_of_the_secret_is_stored(world: World) -> None:
    login = await world.login((await world.person("marie")).name.lower())

    async with world.database.read() as db:
        rows = (await db.connection()).exec_driver_sql("select id, digest from login")
        assert list(await rows) == [(login.id, digest(login.secret))]


async def test_sign_in_of_another_person_ends_the_first_ones(world: World) -> None:
    browser = await world.signed_in("marie")
    await world.person("paul")
    first = browser.cookie(LOGIN_COOKIE)

    token = await browser.token("/account")
    await browser.post("/sign-in", csrf_token=token, email="paul@mail.test", password=PASSWORD)

    assert "Paul" in await browser.text("/account")
    assert await world.portal.identify(first) is None


async def test_sign_out_ends_the_sign_in_for_good(world: World) -> None:
    browser = await world.signed_in("marie")
    secret = browser.cookie(LOGIN_COOKIE)

    answer = await browser.send("/account", "/sign-out")

    assert answer.status_code == 303
    assert await world.portal.identify(secret) is None
    assert (await browser.get("/account")).status_code == 401


async def test_sign_out_everywhere_ends_every_device_of_this_person_alone(world: World) -> None:
    browser = await world.signed_in("marie")
    other_device, stranger = await world.login("marie"), (await world.signed_in("paul")).cookie(LOGIN_COOKIE)

    await browser.send("/account", "/sign-out/everywhere")

    assert await world.portal.identify(other_device.secret) is None
    assert await world.portal.identify(stranger) is not None


async def test_own_sign_ins_are_listed_and_can_be_ended_one_by_one(world: World) -> None:
    browser = await world.signed_in("marie")
    other = world.browser(**{"User-Agent": "Mozilla/5.0 (Android 14; Mobile; rv:131.0) Gecko/131.0 Firefox/131.0"})
    await other.sign_in("marie")
    login = await world.portal.identify(other.cookie(LOGIN_COOKIE))
    assert login is not None
    assert "Firefox, Android" in await browser.text("/account")

    await browser.send("/account", f"/account/sign-ins/{login.login_id}/end")

    assert await world.portal.identify(other.cookie(LOGIN_COOKIE)) is None
    assert "Firefox, Android" not in await browser.text("/account")


async def test_sign_in_of_somebody_else_cannot_be_ended(world: World) -> None:
    browser = await world.signed_in("marie")
    await world.person("paul")
    theirs = await world.login("paul")

    answer = await browser.send("/account", f"/account/sign-ins/{theirs.id}/end")

    assert answer.status_code == 404
    assert await world.portal.identify(theirs.secret) is not None


@pytest.mark.parametrize("where", ["//evil.test", "https://evil.test", "/\\evil.test", "javascript:alert(1)", "/a\nb"])
async def test_sign_in_never_leads_to_another_site(world: World, where: str) -> None:
    await world.person("marie")

    answer = await world.browser().send("/sign-in", email="marie@mail.test", password=PASSWORD, next=where)

    assert answer.headers["Location"] == "/"


async def test_post_without_form_token_is_refused(world: World) -> None:
    browser = await world.signed_in("marie")

    answer = await browser.post("/sign-out")

    assert answer.status_code == 403
    assert await world.portal.identify(browser.cookie(LOGIN_COOKIE)) is not None


async def test_post_from_another_site_is_refused_even_with_a_token(world: World) -> None:
    browser = await world.signed_in("marie")
    token = await browser.token("/account")
    browser.headers["Origin"] = "https://evil.test"

    assert (await browser.post("/sign-out", csrf_token=token)).status_code == 403


async def test_form_token_of_another_person_is_refused(world: World) -> None:
    mine, theirs = await world.signed_in("marie"), await world.signed_in("paul")

    answer = await mine.post("/sign-out", csrf_token=await theirs.token("/account"))

    assert answer.status_code == 403


async def test_sign_in_on_a_shared_device_ends_with_the_browser_and_overnight(world: World) -> None:
    await world.person("marie")
    browser = world.browser()

    answer = await browser.send("/sign-in", email="marie@mail.test", password=PASSWORD, shared="yes")

    cookies = [value for value in answer.headers.getlist("Set-Cookie") if value.startswith(LOGIN_COOKIE)]
    assert len(cookies) == 1
    assert "Max-Age" not in cookies[0]
    assert "HttpOnly" in cookies[0]
    assert "SameSite=Lax" in cookies[0]
    world.clock.advance(hours=12)
    assert await world.portal.identify(browser.cookie(LOGIN_COOKIE)) is None


async def guess(world: World, visitor: Visitor, name: str = "marie", password: str = WRONG) -> str:
    try:
        await sign_in(
            world.accounts, visitor, email=f"{name}@mail.test", password=password, user_agent="", is_shared=False
        )
    except (WrongSignIn, TooMany) as error:
        return type(error).__name__
    return "in"


async def test_guessing_from_one_address_stops_after_six_and_spares_the_others_there(world: World) -> None:
    await world.person("marie")
    await world.person("paul")

    tried = [await guess(world, HERE) for _ in range(8)]

    assert tried == ["WrongSignIn"] * 6 + ["TooMany"] * 2
    assert await guess(world, HERE, "paul", PASSWORD) == "in"


async def test_unknown_addresses_are_throttled_like_known_ones(world: World) -> None:
    tried = [await guess(world, HERE, "nobody") for _ in range(8)]

    assert tried == ["WrongSignIn"] * 6 + ["TooMany"] * 2


async def test_forty_people_behind_one_address_sign_in_at_once(world: World) -> None:
    names = [f"person{number}" for number in range(40)]
    await asyncio.gather(*(world.person(name) for name in names))

    slips = [await guess(world, HERE, name) for name in names]
    entered = [await guess(world, HERE, name, PASSWORD) for name in names]

    assert slips == ["WrongSignIn"] * 40
    assert entered == ["in"] * 40


async def test_attacker_with_many_addresses_is_stopped_and_the_owner_is_not_locked_out(world: World) -> None:
    browser = await world.signed_in("marie")
    known = browser.cookie("parvis_known")

    tried = [await guess(world, Visitor(f"198.51.100.{number % 250}")) for number in range(200)]

    assert tried.count("WrongSignIn") <= 20
    assert await guess(world, Visitor("203.0.113.9"), "marie", PASSWORD) == "TooMany"
    assert await guess(world, Visitor("203.0.113.9", known), "marie", PASSWORD) == "in"


async def test_delay_for_strangers_grows_over_the_day(world: World) -> None:
    await world.person("marie")
    tried = 0

    for hour in range(24):
        for number in range(60):
            tried += await guess(world, Visitor(f"198.51.{hour}.{number}")) == "WrongSignIn"
        world.clock.advance(hours=1)

    assert tried <= 60 + 60


async def test_cookie_of_a_known_browser_counts_for_its_own_accounts_only(world: World) -> None:
    known = (await world.signed_in("paul")).cookie("parvis_known")
    await world.person("marie")

    tried = [await guess(world, Visitor(f"198.51.100.{number}", known)) for number in range(40)]

    assert tried.count("WrongSignIn") == 20


async def test_hash_of_an_older_cost_is_renewed_at_sign_in(world: World) -> None:
    person = await world.person("marie")
    older = PasswordHasher(time_cost=2, memory_cost=8, parallelism=1).hash(PASSWORD)
    async with world.database.write() as db:
        (await db.get_one(type(person), person.id)).password_hash = older

    await world.login("marie")

    kept = (await world.stored("marie")).password_hash
    assert kept is not None
    assert kept != older
    assert "t=1" in kept
    await world.login("marie")


async def test_whoever_had_to_sign_in_first_comes_back_to_the_page_they_wanted(world: World) -> None:
    await world.person("marie")
    browser = world.browser()
    refused = await (await browser.get("/account/password")).get_data(as_text=True)
    assert 'href="/sign-in?next=/account/password"' in refused

    answer = await browser.send(
        "/sign-in?next=/account/password",
        "/sign-in",
        email="marie@mail.test",
        password=PASSWORD,
        next="/account/password",
    )

    assert answer.headers["Location"] == "/account/password"
    assert 'name="next" value="/account/password"' in await world.browser().text("/sign-in?next=/account/password")


async def test_page_that_needs_an_account_leads_a_browser_to_the_sign_in_form_and_back(world: World) -> None:
    await world.person("marie")
    browser = world.browser()

    answer = await browser.get("/account/password?from=mail", **{"Sec-Fetch-Mode": "navigate"})

    assert (answer.status_code, answer.headers["Location"]) == (
        303,
        "/sign-in?next=%2Faccount%2Fpassword%3Ffrom%3Dmail",
    )
    form = answer.headers["Location"]
    assert 'name="next" value="/account/password?from=mail"' in await browser.text(form)
    answer = await browser.send(
        form, "/sign-in", email="marie@mail.test", password=PASSWORD, next="/account/password?from=mail"
    )
    assert answer.headers["Location"] == "/account/password?from=mail"


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/account", {"Sec-Fetch-Mode": "cors"}),
        ("/account", {"Sec-Fetch-Mode": "navigate", "Accept": "application/json"}),
        ("/api/me", {"Sec-Fetch-Mode": "navigate"}),
    ],
)
async def test_script_or_program_without_an_account_is_refused_in_place(
    world: World, path: str, headers: dict[str, str]
) -> None:
    assert (await world.browser().get(path, **headers)).status_code == 401
