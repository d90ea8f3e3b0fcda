"""The address file: what is imported, what is refused with its lines, what is found while typing."""

import gzip
from pathlib import Path

import pytest
from sqlalchemy import func, select

from portal.audit import AuditEntry
from portal.db import Database
from portal.errors import Conflict, Forbidden, InvalidInput, NotSignedIn
from portal.events import Event
from portal.permissions import Actor, Role
from portal.town.ban import BadAddressFile, read_ban
from portal.town.model import Address
from portal.town.service.addresses import (
    access_address,
    import_addresses,
    import_file,
    nearest_address,
    search_addresses,
)
from tests.clock import FixedClock
from tests.portal.town.world import INSEE, at, ban_file, ban_line, found_town, import_lines, somebody

STREETS = [
    ban_line(at(10, 10), "12", "Avenue du Maréchal Foch"),
    ban_line(at(10, 30), "12", "Avenue du Maréchal Foch", "bis"),
    ban_line(at(10, 50), "14", "Avenue du Maréchal Foch"),
    ban_line(at(400, 10), "8", "Rue du 8 Mai 1945"),
    ban_line(at(400, 30), "10", "Rue du 8 Mai 1945"),
    ban_line(at(800, 10), "3", "Rue de l’Église"),
    ban_line(at(800, 90), "5", "Boulevard de l'Œuvre"),
    ban_line(at(900, 10), "3", "Chemin de Saint-Ouen"),
]


async def labels(database: Database, text: str) -> list[str]:
    async with database.read() as db:
        return [found.label.partition(",")[0] for found in await search_addresses(db, text)]


async def count(database: Database) -> int:
    async with database.read() as db:
        return await db.scalar(select(func.count()).select_from(Address)) or 0


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("12 av mar foch", ["12 Avenue du Maréchal Foch", "12 bis Avenue du Maréchal Foch"]),
        ("12bis avenue foch", ["12 bis Avenue du Maréchal Foch"]),
        ("12 BIS AVENUE DU MARECHAL FOCH", ["12 bis Avenue du Maréchal Foch"]),
        ("av. du mal foch 14", ["14 Avenue du Maréchal Foch"]),
        ("8 mai", ["8 Rue du 8 Mai 1945", "Rue du 8 Mai 1945"]),
        ("8 rue du 8 mai", ["8 Rue du 8 Mai 1945", "Rue du 8 Mai 1945"]),
        ("eglise", ["Rue de l’Église"]),
        ("bd de l'oeuvre", ["Boulevard de l'Œuvre"]),
        ("3 ch st ouen", ["3 Chemin de Saint-Ouen"]),
        ("3 st", ["3 Chemin de Saint-Ouen"]),
        ("99 rue de l'église", ["Rue de l’Église"]),
        ("% _", []),
        ("nowhere", []),
        ("", []),
        ("' OR 1=1 --", []),
    ],
)
async def test_search_finds_what_people_type(
    database: Database, clock: FixedClock, typed: str, found: list[str]
) -> None:
    await found_town(database, clock, STREETS)

    assert await labels(database, typed) == found


async def test_search_gives_ten_answers_at_most(database: Database, clock: FixedClock) -> None:
    await found_town(database, clock, [ban_line(at(10, n), "1", f"Rue {n:03} Verte") for n in range(60)])

    assert len(await labels(database, "rue verte")) == 10
    assert len(await labels(database, "1 rue verte")) == 10


async def test_search_with_a_number_gives_addresses_that_can_be_chosen(database: Database, clock: FixedClock) -> None:
    await found_town(database, clock, STREETS)

    async with database.read() as db:
        [found] = await search_addresses(db, "14 foch")
        assert found.address_id is not None
        address, label = await access_address(db, found.address_id)

    assert label == found.label == "14 Avenue du Maréchal Foch, 95990 Valbois"
    assert address.place == found.place
    assert address.place.metres_to(at(10, 50)) < 0.1


async def test_address_that_the_file_does_not_have_is_refused(database: Database, clock: FixedClock) -> None:
    await found_town(database, clock, STREETS)

    async with database.read() as db:
        with pytest.raises(InvalidInput):
            await access_address(db, "95999_nowhere")


async def test_nearest_address_is_found_beyond_the_first_box(database: Database, clock: FixedClock) -> None:
    await found_town(database, clock, STREETS)

    async with database.read() as db:
        near = await nearest_address(db, at(805, 60))
        far = await nearest_address(db, at(3000, 3000))
        none = await nearest_address(db, at(60_000, 0))

    assert near is not None
    assert near[1].startswith("5 Boulevard de l'Œuvre")
    assert far is not None
    assert none is None


async def test_nearest_address_is_not_one_in_the_corner_of_a_box(database: Database, clock: FixedClock) -> None:
    corner, beside = ban_line(at(95, 95), "1", "Rue du Coin"), ban_line(at(0, 110), "2", "Rue du Bord")
    await found_town(database, clock, [corner, beside])

    async with database.read() as db:
        found = await nearest_address(db, at(0, 0))

    assert found is not None
    assert found[1].startswith("2 Rue du Bord")


async def test_import_replaces_every_address(database: Database, clock: FixedClock) -> None:
    await found_town(database, clock, STREETS)

    await import_lines(database, clock, STREETS[:3])

    assert await count(database) == 3
    assert await labels(database, "église") == []


async def test_import_is_noted_in_the_audit_and_the_log(database: Database, clock: FixedClock) -> None:
    await found_town(database, clock, STREETS)

    async with database.read() as db:
        entry = (await db.scalars(select(AuditEntry).filter_by(act="town.addresses_imported"))).one()
        event = (await db.scalars(select(Event).filter_by(kind="town.addresses_imported"))).one()

    assert (entry.detail, entry.actor_id) == ("8", somebody().account_id)
    assert (event.stream, event.changed) == ("town", ["addresses"])


@pytest.mark.parametrize(
    ("actor", "error"),
    [(None, NotSignedIn), *((somebody(role), Forbidden) for role in Role if role is not Role.ADMINISTRATOR)],
)
async def test_import_is_refused_to_all_but_administrators(
    database: Database, clock: FixedClock, actor: Actor | None, error: type[Exception]
) -> None:
    await found_town(database, clock, STREETS)

    with pytest.raises(error):
        await import_addresses(database, ban_file(STREETS[:1]), actor=actor, clock=clock)

    assert await count(database) == len(STREETS)


async def test_file_with_wrong_lines_changes_nothing_and_names_them(database: Database, clock: FixedClock) -> None:
    await found_town(database, clock, STREETS)
    bad = [ban_line(at(1, 1), "x"), ban_line(at(1, 1), "2"), ban_line(at(1, 1), "3", lat="north"), "short;line"]

    with pytest.raises(BadAddressFile) as refused:
        await import_lines(database, clock, bad)

    assert [line.split(":")[0].split()[-1] for line in refused.value.lines] == ["2", "4", "5"]
    assert await count(database) == len(STREETS)


async def test_import_at_the_keyboard_reads_a_packed_file(
    database: Database, clock: FixedClock, tmp_path: Path
) -> None:
    await found_town(database, clock)
    path = tmp_path / "adresses-95.csv.gz"
    path.write_bytes(gzip.compress(ban_file(STREETS)))

    assert await import_file(database, path, clock) == len(STREETS)
    assert await count(database) == len(STREETS)


async def test_import_before_the_town_is_set_up_is_refused(database: Database, clock: FixedClock) -> None:
    with pytest.raises(Conflict):
        await import_lines(database, clock, STREETS)


def test_file_of_a_department_gives_the_communes_own_addresses() -> None:
    found = read_ban(ban_file([*STREETS, ban_line(at(0, 0), insee="95306")]), INSEE)

    assert (len(found.addresses), found.elsewhere) == (len(STREETS), 1)


def test_lines_without_a_position_or_a_number_are_counted_and_left_out() -> None:
    lines = [STREETS[0], ban_line(at(0, 0), "7", lat="", lon=""), ban_line(at(0, 0), "99999", "Le Hameau")]

    found = read_ban(ban_file(lines), INSEE)

    assert (len(found.addresses), found.without_position, found.without_number) == (1, 1, 1)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"a;b;c\n1;2;3\n",
        b"\x1f\x8b broken",
        gzip.compress(ban_file(STREETS))[:-20],
        ban_file(STREETS).replace("é".encode(), b"\xe9"),
        ban_file([]),
        ban_file([ban_line(at(0, 0), insee="75056")]),
        ban_file([STREETS[0], STREETS[0]]),
        ban_file(["x" * 10_000]),
        ban_file([ban_line(at(0, 0), lat="nan")]),
        ban_file([ban_line(at(0, 0), lat="91")]),
        ban_file([ban_line(at(0, 0), "١٢")]),
    ],
)
def test_file_that_is_none_is_refused(content: bytes) -> None:
    with pytest.raises(BadAddressFile):
        read_ban(content, INSEE)
