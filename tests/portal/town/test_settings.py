"""What the town sets and writes: bounds, who changed what, that it holds at once everywhere, and who may not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import time
from pathlib import Path

import pytest
from sqlalchemy import select

from portal.audit import AuditEntry
from portal.db import Database
from portal.errors import Conflict, Forbidden, InvalidInput, NotSignedIn
from portal.i18n import speaking
from portal.notices.service import quiet_hours
from portal.notices.service.telling import QUIET_FROM
from portal.permissions import Actor, Role
from portal.town.model import SETTINGS, OneOf, Setting, TownSetting, WallTime, WholeNumber, define_setting
from portal.town.service import EMERGENCY, LEGAL_NOTICE, WELCOME, current_town, town_settings
from portal.town.service.settings import SET, change_settings, change_texts, past_changes
from tests.clock import FixedClock
from tests.portal.town.site import Site, open_site, shown
from tests.portal.town.world import found_town, houses, somebody

ADMIN = somebody(Role.ADMINISTRATOR)


@pytest.fixture(scope="module")
def compressed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Static files are compressed once for all of these portals."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
async def site(tmp_path: Path, compressed: Path, clock: FixedClock) -> AsyncIterator[Site]:
    (tmp_path / "cache").symlink_to(compressed)
    found = await open_site(tmp_path, clock)
    await found_town(found.portal.database, clock, houses(12, 50, 50))
    yield found
    await found.portal.database.close()


@pytest.fixture
async def town(database: Database, clock: FixedClock) -> Database:
    await found_town(database, clock)
    return database


async def version_of(database: Database) -> int:
    async with database.read() as db:
        found = await current_town(db)
        assert found is not None
        return found.version


async def set_figures(database: Database, clock: FixedClock, actor: Actor | None = ADMIN, **given: str) -> None:
    seen = await version_of(database)
    named = {name.replace("__", "."): text for name, text in given.items()}
    async with database.write() as db:
        await change_settings(db, actor, named, seen=seen, at=clock())


async def quiet_from(database: Database) -> time:
    async with database.read() as db:
        return quiet_hours(await town_settings(db)).begin


async def test_what_is_not_set_has_its_usual_value(town: Database) -> None:
    async with town.read() as db:
        settings = await town_settings(db)

    assert all(settings[setting] == setting.default for setting in SETTINGS.values())


async def test_a_figure_holds_at_once_in_every_worker(town: Database, clock: FixedClock) -> None:
    """Another worker has the same database and memory of its own."""
    other = Database(town.engine.url.render_as_string(hide_password=False))
    assert await quiet_from(other) == time(21)

    await set_figures(town, clock, notices__quiet_from="22:30")

    assert (await quiet_from(town), await quiet_from(other)) == (time(22, 30), time(22, 30))
    await other.close()


async def test_a_change_that_is_rolled_back_is_remembered_by_nobody(town: Database, clock: FixedClock) -> None:
    seen = await version_of(town)

    with suppress(ZeroDivisionError):
        async with town.write() as db:
            await change_settings(db, ADMIN, {QUIET_FROM.name: "23:00"}, seen=seen, at=clock())
            assert quiet_hours(await town_settings(db)).begin == time(23)
            raise ZeroDivisionError

    assert await quiet_from(town) == time(21)
    await set_figures(town, clock, notices__quiet_until="07:00")
    assert await quiet_from(town) == time(21)


async def test_who_changed_what_is_in_the_audit_trail(town: Database, clock: FixedClock) -> None:
    await set_figures(town, clock, notices__quiet_from="22:30", notices__quiet_until="08:00")

    async with town.read() as db:
        (entry,) = await db.scalars(select(AuditEntry).where(AuditEntry.act == SET))
        (past,) = await past_changes(db, SET)
    assert (entry.actor_id, entry.detail) == (ADMIN.account_id, "notices.quiet_from 21:00 22:30")
    assert (past.name, past.by, past.before, past.after) == (QUIET_FROM.name, ADMIN.account_id, "21:00", "22:30")


async def test_the_usual_value_is_not_kept(town: Database, clock: FixedClock) -> None:
    await set_figures(town, clock, notices__quiet_from="22:30")
    await set_figures(town, clock, notices__quiet_from="21:00")

    async with town.read() as db:
        assert await db.get(TownSetting, QUIET_FROM.name) is None


async def test_a_figure_out_of_bounds_changes_nothing(town: Database, clock: FixedClock) -> None:
    with pytest.raises(InvalidInput) as refused:
        await set_figures(town, clock, notices__quiet_from="25:00", notices__quiet_until="07:00")

    assert refused.value.fields.keys() == {QUIET_FROM.name}
    async with town.read() as db:
        assert quiet_hours(await town_settings(db)).end == time(8)


async def test_a_kept_figure_that_newer_bounds_forbid_counts_as_not_set(town: Database, clock: FixedClock) -> None:
    async with town.write() as db:
        db.add(TownSetting(name=QUIET_FROM.name, value="99", changed_at=clock(), changed_by=None))

    assert await quiet_from(town) == time(21)


async def test_nobody_overwrites_what_another_has_set_meanwhile(town: Database, clock: FixedClock) -> None:
    seen = await version_of(town)
    await set_figures(town, clock, notices__quiet_from="22:30")

    async with town.write() as db:
        with pytest.raises(Conflict):
            await change_settings(db, ADMIN, {QUIET_FROM.name: "20:00"}, seen=seen, at=clock())


@pytest.mark.parametrize("actor", [None, somebody(), somebody(Role.AGENT, Role.MODERATOR, Role.CLERK)])
async def test_nobody_but_an_administrator_sets_anything(
    town: Database, clock: FixedClock, actor: Actor | None
) -> None:
    seen = await version_of(town)

    with pytest.raises((Forbidden, NotSignedIn)):
        await set_figures(town, clock, actor, notices__quiet_from="22:30")
    async with town.write() as db:
        with pytest.raises((Forbidden, NotSignedIn)):
            await change_texts(db, actor, {WELCOME.name: ("Bienvenue", "")}, seen=seen, at=clock())


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        (WholeNumber(1, 10), ["0", "11", "-1", "2.5", "", "٣", "1" * 9, "ten"]),
        (WallTime(), ["", "24:00", "9", "noon", "21:00+02:00"]),
        (OneOf({"near": "Near"}), ["", "far"]),
    ],
)
def test_what_is_out_of_bounds_is_refused_with_a_sentence(
    kind: WholeNumber | WallTime | OneOf, wrong: list[str]
) -> None:
    for text in wrong:
        with pytest.raises(InvalidInput) as refused:
            kind.read(text)
        assert refused.value.fields["value"]


def test_a_default_out_of_its_own_bounds_is_a_mistake_of_ours() -> None:
    with pytest.raises(ValueError, match="out of bounds"):
        define_setting(Setting("test.impossible", "", "", WholeNumber(1, 3), 4))
    SETTINGS.pop("test.impossible")


async def test_a_text_is_read_in_the_language_of_the_reader(town: Database, clock: FixedClock) -> None:
    seen = await version_of(town)
    async with town.write() as db:
        given = {WELCOME.name: ("Bienvenue", "Welcome"), EMERGENCY.name: ("Le 112", "")}
        await change_texts(db, ADMIN, given, seen=seen, at=clock())

    async with town.read() as db:
        settings = await town_settings(db)
    with speaking("en"):
        assert (settings.text(WELCOME), settings.text(EMERGENCY)) == ("Welcome", "Le 112")
        assert not settings.text(LEGAL_NOTICE)
    with speaking("fr"):
        assert settings.text(WELCOME) == "Bienvenue"


async def test_a_text_that_is_emptied_gives_way_to_the_portals_own(town: Database, clock: FixedClock) -> None:
    for text in ("Le 112", ""):
        seen = await version_of(town)
        async with town.write() as db:
            await change_texts(db, ADMIN, {EMERGENCY.name: (text, "")}, seen=seen, at=clock())

    async with town.read() as db:
        with speaking("en"):
            assert (await town_settings(db)).text(EMERGENCY).startswith("In danger")


async def test_the_page_sets_figures_and_says_who_did(site: Site) -> None:
    admin = await site.person(Role.ADMINISTRATOR)
    seen = str(await version_of(site.portal.database))

    answer = await admin.post("/admin/town/rules", **{"seen": seen, "matching.per_day": "3", "matching.grace": "0"})
    assert answer.headers["Location"] == "/admin/town/rules?done=saved"

    page = await admin.text("/admin/town/rules?done=saved")
    assert "Your changes are saved." in page
    assert "<s>2</s> → 3" in page
    assert "Claire Morel" in page


async def test_the_page_shows_what_was_typed_with_what_is_wrong(site: Site) -> None:
    admin = await site.person(Role.ADMINISTRATOR)
    seen = str(await version_of(site.portal.database))

    answer = await admin.post("/admin/town/rules", **{"seen": seen, "matching.per_day": "99", "matching.first": "12"})

    page = await shown(answer, 422)
    assert "This number is out of bounds." in page
    assert 'value="99"' in page
    assert 'value="12"' in page


async def test_what_the_town_writes_stands_where_it_belongs_and_is_not_markup(site: Site) -> None:
    admin = await site.person(Role.ADMINISTRATOR)
    seen = str(await version_of(site.portal.database))
    given = {
        "town.legal_notice.fr": "Mairie de Valbois\n<script>alert(1)</script>",
        "home.welcome.fr": "Soyez chez vous",
    }

    assert (await admin.post("/admin/town/texts", seen=seen, **given)).status_code == 303

    raw = await (await site.visitor().get("/legal")).get_data(as_text=True)
    assert "Mairie de Valbois\n&lt;script&gt;" in raw
    assert "Soyez chez vous" in await site.visitor().text("/")


async def test_an_english_text_alone_is_refused_and_kept_in_the_form(site: Site) -> None:
    admin = await site.person(Role.ADMINISTRATOR)
    seen = str(await version_of(site.portal.database))

    answer = await admin.post(
        "/admin/town/texts", **{"seen": seen, "home.welcome.fr": "", "home.welcome.en": "Hello there"}
    )

    page = await shown(answer, 422)
    assert "Please write the French text too" in page
    assert "Hello there" in page


@pytest.mark.parametrize("path", ["/admin/town/rules", "/admin/town/texts"])
async def test_the_pages_are_the_administrators(site: Site, path: str) -> None:
    moderator = await site.person(Role.MODERATOR)

    assert (await moderator.get(path)).status_code == 403
    assert (await moderator.post(path, seen="1")).status_code == 403
    assert (await site.visitor().get(path)).status_code in {302, 401}
