"""The town: set up once, changed by its administrators only."""

from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from portal.audit import AuditEntry
from portal.db import Database
from portal.errors import Conflict, Forbidden, InvalidInput, NotSignedIn
from portal.events import Event
from portal.permissions import Actor, Role
from portal.town.colours import Colour
from portal.town.grid import Place
from portal.town.model import Town
from portal.town.model.arms import Arms
from portal.town.model.districts import DrawnDistrict, parse_districts
from portal.town.service import (
    CategoryEntry,
    Founding,
    Profile,
    TownCache,
    active_categories,
    all_categories,
    all_districts,
    arrange_categories,
    change_arms,
    current_town,
    describe,
    redraw_districts,
    require_new,
    set_up,
    town_arms,
)
from tests.clock import FixedClock
from tests.portal.town.world import at, found_town, somebody

ADMINISTRATOR = somebody(Role.ADMINISTRATOR)
PROFILE = Profile(
    name="Valbois-le-Grand",
    primary=Colour(1, 2, 3),
    accent=Colour(200, 220, 240),
    centre=at(700, 700),
    email="mairie@valbois.example",
    phone="01 99 00 00 00",
    address="1 place de la Mairie",
)
SHAPE = {"type": "MultiPolygon", "coordinates": [[[(1.0, 49.0), (1.1, 49.0), (1.1, 49.1), (1.0, 49.0)]]]}


async def test_set_up_makes_the_town_its_categories_and_its_administrator(
    database: Database, clock: FixedClock
) -> None:
    made = []

    async def first_administrator(db: AsyncSession) -> None:
        made.append(await current_town(db) is not None)

    async with database.write() as db:
        founding = Founding("Valbois", "95999", "95", 4200, Place(49.0, 2.0))
        await set_up(db, founding, first_administrator=first_administrator, at=clock())

    async with database.read() as db:
        town = await current_town(db)
        codes = [category.code for category in await active_categories(db)]
    assert made == [True]
    assert town is not None
    assert (town.name, town.insee, town.population, town.centre) == ("Valbois", "95999", 4200, Place(49.0, 2.0))
    assert codes[:3] == ["groceries", "medicine", "meals"]
    assert len(codes) == 11


async def test_set_up_is_undone_when_its_administrator_cannot_be_made(database: Database, clock: FixedClock) -> None:
    async def refuse(db: AsyncSession) -> None:
        raise InvalidInput

    async def found() -> None:
        async with database.write() as db:
            founding = Founding("Valbois", "95999", "95", 4200, Place(49.0, 2.0))
            await set_up(db, founding, first_administrator=refuse, at=clock())

    with pytest.raises(InvalidInput):
        await found()

    async with database.read() as db:
        assert await current_town(db) is None


async def test_town_is_set_up_once(database: Database, clock: FixedClock) -> None:
    await found_town(database, clock)

    with pytest.raises(Conflict):
        await found_town(database, clock)
    async with database.read() as db:
        with pytest.raises(Forbidden):
            await require_new(db)


@pytest.mark.parametrize("insee", ["", "9599", "95 99", "ABCDE", "959990"])
def test_town_without_an_insee_code_is_refused(insee: str) -> None:
    with pytest.raises(InvalidInput):
        Town.found(name="Valbois", insee=insee, department="95", population=1, centre=Place(49, 2))


async def test_administrator_describes_the_town(database: Database, clock: FixedClock) -> None:
    await found_town(database, clock)
    cache = TownCache(database)
    before = await cache()
    assert before is not None

    async with database.write() as db:
        await describe(db, ADMINISTRATOR, PROFILE, seen=before.version, at=clock())

    after = await cache()
    assert after is not None
    assert (before.name, after.name) == ("Valbois", "Valbois-le-Grand")
    assert "--town-1:#010203" in after.stylesheet
    async with database.read() as db:
        entry = (await db.scalars(select(AuditEntry).filter_by(act="town.described"))).one()
        event = (await db.scalars(select(Event).filter_by(kind="town.described"))).one()
    assert (entry.detail, entry.actor_id) == ("name colours centre contact", ADMINISTRATOR.account_id)
    assert event.changed == ["name", "colours", "centre", "contact"]


async def test_change_of_a_town_that_somebody_else_has_changed_is_refused(
    database: Database, clock: FixedClock
) -> None:
    await found_town(database, clock)

    with pytest.raises(Conflict):
        async with database.write() as db:
            await describe(db, ADMINISTRATOR, PROFILE, seen=0, at=clock())


async def test_arms_get_a_new_address_when_they_change(database: Database, clock: FixedClock) -> None:
    await found_town(database, clock)
    cache = TownCache(database)
    addresses = []

    for content in (b"<svg/>", b"<svg></svg>", None):
        async with database.write() as db:
            await change_arms(db, ADMINISTRATOR, Arms("image/svg+xml", content) if content else None, at=clock())
        view = await cache()
        assert view is not None
        addresses.append(view.arms_url)

    assert len(set(addresses)) == 3
    assert addresses[2] is None


async def test_arms_are_served_as_they_were_cleaned(database: Database, clock: FixedClock) -> None:
    await found_town(database, clock)
    arms = Arms("image/png", b"picture")

    async with database.write() as db:
        await change_arms(db, ADMINISTRATOR, arms, at=clock())

    async with database.read() as db:
        assert await town_arms(db) == arms


async def test_district_whose_name_stays_keeps_its_id(database: Database, clock: FixedClock) -> None:
    await found_town(database, clock)

    async def redraw(*names: str) -> dict[str, str]:
        async with database.write() as db:
            await redraw_districts(db, ADMINISTRATOR, [DrawnDistrict(name, SHAPE) for name in names], at=clock())
        async with database.read() as db:
            return {district.name: district.id for district in await all_districts(db)}

    before = await redraw("Nord", "Sud")
    after = await redraw("Est", "Sud")

    assert list(after) == ["Est", "Sud"]
    assert after["Sud"] == before["Sud"]


async def entries(database: Database) -> list[CategoryEntry]:
    async with database.read() as db:
        return [
            CategoryEntry(item.code, item.name_fr, item.name_en, item.icon, item.active)
            for item in await all_categories(db)
        ]


async def test_administrator_arranges_the_categories(database: Database, clock: FixedClock) -> None:
    await found_town(database, clock)
    first, second, *others = await entries(database)
    wanted = [
        second,
        CategoryEntry(first.code, "Provisions", "", "basket", active=False),
        *others,
        CategoryEntry(None, "Jardin partagé", "Shared garden", "tool", active=True),
    ]

    async with database.write() as db:
        await arrange_categories(db, ADMINISTRATOR, wanted, at=clock())

    now = await entries(database)
    assert [item.code for item in now[:2]] == [second.code, first.code]
    assert (now[1].name_fr, now[1].name_en, now[1].active) == ("Provisions", "Provisions", False)
    assert now[-1].name_fr == "Jardin partagé"
    async with database.read() as db:
        assert first.code not in [item.code for item in await active_categories(db)]


async def test_no_category_can_be_deleted_or_made_up(database: Database, clock: FixedClock) -> None:
    await found_town(database, clock)
    known = await entries(database)

    for wanted in (known[1:], [*known, CategoryEntry("weapons", "Armes", "Arms", "tool", active=True)]):
        with pytest.raises(Conflict):
            async with database.write() as db:
                await arrange_categories(db, ADMINISTRATOR, wanted, at=clock())

    assert await entries(database) == known


async def test_one_category_at_least_is_offered(database: Database, clock: FixedClock) -> None:
    await found_town(database, clock)
    none = [CategoryEntry(item.code, item.name_fr, item.name_en, item.icon, False) for item in await entries(database)]

    with pytest.raises(InvalidInput):
        async with database.write() as db:
            await arrange_categories(db, ADMINISTRATOR, none, at=clock())


Change = Callable[[AsyncSession, Actor | None, FixedClock], Awaitable[object]]
CHANGES: dict[str, Change] = {
    "describe": lambda db, actor, clock: describe(db, actor, PROFILE, seen=0, at=clock()),
    "arms": lambda db, actor, clock: change_arms(db, actor, None, at=clock()),
    "districts": lambda db, actor, clock: redraw_districts(db, actor, [DrawnDistrict("Nord", SHAPE)], at=clock()),
    "categories": lambda db, actor, clock: arrange_categories(db, actor, [], at=clock()),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
async def test_town_is_changed_by_administrators_only(database: Database, clock: FixedClock, change: Change) -> None:
    await found_town(database, clock)
    others = [somebody(role) for role in Role if role is not Role.ADMINISTRATOR]

    async with database.write() as db:
        with pytest.raises(NotSignedIn):
            await change(db, None, clock)
        for actor in others:
            with pytest.raises(Forbidden):
                await change(db, actor, clock)


CENTRE = Place(49.05, 1.05)
GOOD = (
    b'{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"nom":" Le  Bourg "},'
    b'"geometry":{"type":"Polygon","coordinates":[[[1.0,49.0],[1.1,49.0],[1.1,49.1],[1.0,49.0]]]}}]}'
)


def test_districts_of_a_file_have_their_names() -> None:
    assert [district.name for district in parse_districts(GOOD, CENTRE)] == ["Le Bourg"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b'{"features":[]}',
        b'{"features":[1]}',
        b'{"features":' + b"[" * 20_000,
        GOOD.replace(b"nom", b"id"),
        GOOD.replace(b"Polygon", b"Point"),
        GOOD.replace(b'"geometry"', b'"shape"'),
        GOOD.replace(b"49.", b"19."),
        GOOD.replace(b"Le  Bourg", b"x" * 81),
        GOOD.replace(b" Le  Bourg ", b" "),
    ],
)
def test_file_that_holds_no_districts_of_this_town_is_refused(content: bytes) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_districts(content, CENTRE)

    assert list(refused.value.fields) == ["geojson"]
