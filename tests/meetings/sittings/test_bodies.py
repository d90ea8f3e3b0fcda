"""Bodies and who sits in them."""

from __future__ import annotations

from datetime import date

import pytest
from pydantic import ValidationError

from meetings.sittings.model import Mandate, MandateFunction, SessionKind
from meetings.sittings.service import bodies
from meetings.sittings.service.members_file import FaultyFileError, MemberRow, read_members, sample_file
from portal.accounts.service import add_person
from portal.errors import Conflict, Forbidden, InvalidInput, NotSignedIn
from portal.permissions import Role
from tests.meetings.sittings.world import CLERK, LIBRARY, World, actor, row

FILE = """email;function;group;rank;since;until;paper
anne@mail.test;Maire;Ensemble;1;2026-03-22;;oui
bilal@mail.test;adjoint;Ensemble;2;2026-03-22;2027-06-30;
carole@mail.test;;Autrement;3;2026-04-01;;non
"""


async def test_members_in_office_are_those_of_the_day_in_the_order_of_the_table(world: World) -> None:
    body = await world.council("anne", "bilal", "carole")
    mandate = (await world.mandates(body))["bilal"]
    async with world.database.write() as db:
        await bodies.end_mandate(db, CLERK, mandate.id, last_day=date(2026, 6, 30), at=world.clock())

    async with world.database.read() as db:
        june = await bodies.members_on(db, body.id, date(2026, 6, 30))
        july = await bodies.members_on(db, body.id, date(2026, 7, 1))
        before = await bodies.members_on(db, body.id, date(2026, 3, 21))
    assert [member.name for member in june] == ["Anne", "Bilal", "Carole"]
    assert [member.name for member in july] == ["Anne", "Carole"]
    assert before == []


async def test_a_file_seats_everybody_it_names(world: World) -> None:
    await world.council("anne", "bilal", "carole")
    async with world.database.write() as db:
        body = await bodies.name_body(
            db,
            CLERK,
            LIBRARY,
            name="Commission",
            rule_set="fr-commission",
            session=SessionKind.COMMITTEE,
            seats=9,
            at=world.clock(),
        )
        seated = await bodies.import_members(db, CLERK, body, FILE.encode("utf-8-sig"), world.clock())

    mandates = await world.mandates(body)
    assert seated == 3
    assert (mandates["anne"].function, mandates["anne"].on_paper) == (MandateFunction.CHAIR, True)
    assert (mandates["bilal"].function, mandates["bilal"].until) == (MandateFunction.DEPUTY, date(2027, 6, 30))
    assert (mandates["carole"].function, mandates["carole"].group) == (MandateFunction.MEMBER, "Autrement")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00\xff\xfe",
        b"name,rank\n",
        b"email,email,rank,since\na@mail.test,b@mail.test,1,2026-03-22\n",
        b"email,rank,since\nanne@mail.test,1,2026-03-22,more\n",
        b'email,rank,since\n"anne@mail.test,1,2026-03-22\n',
        b"email,rank,since,salary\nanne@mail.test,1,2026-03-22,9\n",
        b"x" * 300_000,
    ],
)
def test_a_file_that_cannot_be_read_is_refused_as_a_whole(data: bytes) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_members(data)

    assert "file" in refused.value.fields


def test_a_file_without_lines_names_nobody() -> None:
    assert read_members(b"email,rank,since\n").rows == {}


def test_the_sample_file_is_read_in_french_words_and_days() -> None:
    found = read_members(sample_file())

    assert not found.faults
    assert [(row.function.value, row.rank, row.since, row.until, row.paper) for row in found.rows.values()] == [
        ("chair", 1, date(2026, 3, 22), None, False),
        ("deputy", 2, date(2026, 3, 22), None, False),
        ("member", 3, date(2026, 3, 22), None, True),
    ]


async def test_a_file_with_wrong_lines_seats_nobody_and_names_every_one_of_them(world: World) -> None:
    body = await world.council("anne")
    async with world.database.write() as db:
        await add_person(db, name="Zoé", email="zoe@mail.test", roles={Role.COUNCILLOR}, at=world.clock())
    lines = (
        "courriel;rang;depuis;jusqu’au",
        "zoe@mail.test;2;22/03/2026",
        "nobody@mail.test;3;22/03/2026",
        "anne@mail.test;first;2026-02-30",
        "",
        "anne@mail.test;99999999999999999999;22/03/2026",
        "anne@mail.test;4;22/03/2026;21/03/2026",
        "anne@mail.test;5;22/03/2026",
    )
    with pytest.raises(FaultyFileError) as refused:
        async with world.database.write() as db:
            await bodies.import_members(db, CLERK, body, "\n".join(lines).encode(), world.clock())

    assert list(await world.mandates(body)) == ["anne"]
    assert [(fault.number, fault.column) for fault in refused.value.faults] == [
        (3, "email"),
        (4, "rank"),
        (4, "since"),
        (6, "rank"),
        (7, "until"),
        (8, "email"),
    ]


async def test_nobody_sits_twice_and_no_more_sit_than_there_are_seats(world: World) -> None:
    body = await world.council("anne", "bilal", seats=2)
    await world.council("carole")

    for name in ("anne", "carole"):
        with pytest.raises(Conflict):
            async with world.database.write() as db:
                await bodies.seat_member(db, CLERK, body, row(name, rank=9), world.clock())


async def test_a_successor_takes_a_seat_that_was_given_up(world: World) -> None:
    body = await world.council("anne", "bilal", seats=2)
    await world.council("carole")
    async with world.database.write() as db:
        mandate = (await world.mandates(body))["bilal"]
        await bodies.end_mandate(db, CLERK, mandate.id, last_day=date(2026, 4, 30), at=world.clock())
        await bodies.seat_member(db, CLERK, body, row("carole", rank=9, since=date(2026, 5, 1)), world.clock())

    assert list(await world.mandates(body)) == ["anne", "carole"]


@pytest.mark.parametrize(
    ("name", "rule_set", "seats", "field"),
    [("  ", "generic", 9, "name"), ("Conseil", "no-such-set", 9, "rule_set"), ("Conseil", "generic", 0, "seats")],
)
async def test_a_body_that_cannot_be_is_refused(world: World, name: str, rule_set: str, seats: int, field: str) -> None:
    async with world.database.write() as db:
        with pytest.raises(InvalidInput) as refused:
            await bodies.name_body(
                db,
                CLERK,
                LIBRARY,
                name=name,
                rule_set=rule_set,
                session=SessionKind.PLENARY,
                seats=seats,
                at=world.clock(),
            )

    assert list(refused.value.fields) == [field]


async def test_only_clerks_and_administrators_keep_bodies(world: World) -> None:
    body = await world.council("anne")
    mandate: Mandate = (await world.mandates(body))["anne"]
    async with world.database.write() as db:
        for who, error in ((actor("anne"), Forbidden), (actor("mod", Role.MODERATOR), Forbidden), (None, NotSignedIn)):
            with pytest.raises(error):
                await bodies.seat_member(db, who, body, row("anne"), world.clock())
            with pytest.raises(error):
                await bodies.end_mandate(db, who, mandate.id, last_day=date(2026, 6, 1), at=world.clock())
            with pytest.raises(error):
                await bodies.import_members(db, who, body, FILE.encode(), world.clock())


@pytest.mark.parametrize("rank", ["0", "99999999999999999999", "first"])
def test_a_rank_that_is_no_place_in_the_table_is_refused_by_the_form_of_one_member_too(rank: str) -> None:
    with pytest.raises(ValidationError):
        MemberRow.model_validate({"email": "anne@mail.test", "function": "member", "rank": rank, "since": "2026-03-22"})
