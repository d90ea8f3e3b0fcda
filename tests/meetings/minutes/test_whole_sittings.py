"""Whole sittings through the real services, from the convocation to the minutes and their proof."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pypdf import PdfReader

from meetings.attendance.model.presence import MEMBER_ARRIVED, MEMBER_LEFT
from meetings.attendance.service import arrive, call_item, decide_quorum, leave, open_sitting, record_proxy, resume
from meetings.attendance.web import take_part
from meetings.ballots.model import Ballots, Choice, Count, Kind, Method, Purpose
from meetings.ballots.service.opening import BallotDraft, open_ballot
from meetings.ballots.service.requests import ask_for_members
from meetings.ballots.service.results import count_ballot, proclaim
from meetings.ballots.service.voting import cast_vote, close_ballot, reopen_ballot
from meetings.minutes.model import Record, record_of
from meetings.minutes.printing import Print, Sheet, printed
from meetings.minutes.telling import Setting, Told, tell
from meetings.minutes.verification import recompute, verify
from meetings.sittings.journal import exported
from meetings.sittings.model import SittingMode
from meetings.sittings.model.progress import Cause, ItemOutcome, Phase
from meetings.sittings.service import agenda, conduct
from meetings.sittings.service.agenda import ItemDraft
from meetings.sittings.service.held import Chamber, Held, RefusedByRule, hold
from meetings.sittings.service.journal import heading_of
from portal.db import Base, Database
from portal.events import EventLog
from portal.i18n import speaking
from portal.permissions import Actor
from portal.schema import load_models
from tests.clock import FixedClock
from tests.meetings.sittings.world import CLERK, LIBRARY, TOWN, World, actor, evening

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


@pytest.fixture
async def world(tmp_path: Path, clock: FixedClock) -> AsyncIterator[World]:
    load_models()
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'parvis.db'}")
    async with database.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    EventLog(database, clock)
    yield World(database, clock)
    await database.close()


@dataclass
class Sitting:
    """One sitting; members are numbers from 1, who presides."""

    world: World
    id: str
    chamber: Chamber = field(default_factory=lambda: Chamber(LIBRARY, TOWN))
    held: Held | None = None

    @property
    def now(self) -> Held:
        assert self.held is not None
        return self.held

    @property
    def seats(self) -> list[str]:
        return [*self.now.progress.seats]

    def seat(self, number: int) -> str:
        return self.seats[number - 1]

    async def act(self, *acts: Callable[[Held], Awaitable[object]], who: Actor | None = CLERK) -> Any:
        """Acts of one moment, each in a transaction of its own; what the last one returned."""
        found: object = None
        for do in acts:
            self.world.clock.now += timedelta(seconds=20)
            async with self.world.database.write() as db:
                held = await hold(db, self.chamber, who, self.id, self.world.clock())
                found = await do(held)
            self.held = held
        return found

    async def item(self, number: int) -> str:
        """Call an item."""
        item_id = [*self.now.progress.points][number - 1]
        await self.act(lambda held: call_item(held, item_id))
        return item_id

    async def open(self, kind: Kind, **more: Any) -> str:
        method = Method.DEVICES if kind is Kind.PUBLIC else None
        ballot = await self.act(lambda held: open_ballot(held, BallotDraft(kind=kind, method=method, **more)))
        return str(ballot.ballot_id)

    async def hands(self, count: Count, **more: Any) -> None:
        """A show of hands from its opening to its proclamation."""
        name = await self.open(Kind.ORDINARY, **more)
        await self.act(
            lambda held: count_ballot(held, name, count, confirmed=True),
            lambda held: proclaim(held, name),
        )

    async def vote(self, ballot: str, choose: Callable[[int], Choice], skip: Sequence[str] = ()) -> None:
        """Everybody who is entitled votes on their device, those they represent too."""
        entitled = self.now.of(Ballots).ballots[ballot].entitled
        for voice, caster in entitled.items():
            if voice not in skip:
                await self.cast(ballot, voice, caster, choose(self.seats.index(voice) + 1))

    async def cast(self, ballot: str, voice: str, caster: str, choice: Choice) -> None:
        person = self.now.progress.seats[caster].person_id
        await self.act(lambda held: cast_vote(held, ballot, voice, choice), who=actor(person))

    async def record(self) -> tuple[Record, Told]:
        """The record as it follows from the exported journal, which is in order and whose figures follow."""
        async with self.world.database.read() as db:
            sitting = await agenda.access_sitting(db, self.id)
            heading = await heading_of(db, sitting, TOWN)
        entries = await self.world.journal(sitting)
        assert verify(exported(heading, entries, KEY)).entries == len(entries)
        checked = recompute(entries)
        assert (checked.differences, checked.rules) == ((), "")
        record = record_of(heading, entries)
        with speaking("fr"):
            return record, tell(record, Setting("Clairval", {}))


async def called(world: World, titles: Sequence[str], *, members: int, rule_set: str, mode: SittingMode) -> Sitting:
    """A sitting whose hour has come, with these items."""
    names = [f"elu{number:02d}" for number in range(1, members + 1)]
    body = await world.council(*names, rule_set=rule_set, seats=members)
    planned = await world.planned(body, evening(20), mode=mode)
    async with world.database.write() as db:
        sitting = await agenda.access_sitting(db, planned.id, lock=True)
        for title in titles:
            await agenda.add_item(db, CLERK, sitting, ItemDraft(title=title, note="Pourquoi."))
    await world.convene(planned)
    world.clock.now = evening(20)
    found = Sitting(world, planned.id)
    take_part(found.chamber)
    return found


async def test_a_council_of_39_sits_in_its_hall_from_the_convocation_to_the_minutes(world: World) -> None:
    titles = ("Vente d’un terrain", "Convention avec le département", "Subvention au club")
    sitting = await called(world, titles, members=39, rule_set="fr-cgct-commune", mode=SittingMode.HALL)
    await sitting.act(conduct.open_roll)
    for number in range(1, 26):
        await sitting.act(arriving(sitting.seat(number)))
    await sitting.act(
        lambda held: record_proxy(held, sitting.seat(30), sitting.seat(2)),
        open_sitting,
        lambda held: conduct.appoint_secretary(held, sitting.seat(3), ("Sophie Lemoine",)),
    )

    tariffs = await sitting.item(1)
    await sitting.hands(Count(20, 4, 2))
    await sitting.act(
        lambda held: conduct.note_discussion(held, tariffs, "M. Elu04 demande un barème."), conduct.end_item
    )

    await sitting.item(2)
    asking = tuple(sitting.seat(number) for number in (4, 5, 6))
    await sitting.hands(Count(20, 6, 0), purpose=Purpose.CLOSED_SESSION, asked_by=asking)
    assert sitting.now.progress.doors_closed_at is not None
    await sitting.act(conduct.open_doors)
    await sitting.hands(Count(3, 21, 2))
    await sitting.act(conduct.end_item)

    await sitting.item(3)
    await sitting.act(lambda held: ask_for_members(held, Kind.PUBLIC, [sitting.seat(each) for each in range(4, 11)]))
    ballot = await sitting.open(Kind.PUBLIC)
    late = sitting.seat(25)
    await sitting.vote(ballot, lambda number: Choice.AGAINST if number % 5 == 0 else Choice.FOR, skip=[late])
    assert await sitting.act(lambda held: close_ballot(held, ballot)) is False
    await sitting.cast(ballot, late, late, Choice.ABSTAIN)
    await sitting.act(lambda held: close_ballot(held, ballot), lambda held: proclaim(held, ballot), conduct.end_item)

    for number in range(20, 26):
        await sitting.act(leaving(sitting.seat(number)))
    assert sitting.now.progress.proposed is Cause.QUORUM_LOST
    await sitting.act(conduct.suspend)
    await sitting.act(lambda held: arrive(held, sitting.seat(20)), resume)
    await sitting.item(4)
    await sitting.act(
        lambda held: conduct.end_item(held, ItemOutcome.POSTPONED, "Pièces manquantes."), conduct.close_sitting
    )

    record, told = await sitting.record()
    assert (len(told.roll.present), len(told.roll.represented), len(told.roll.absent)) == (25, 1, 13)
    assert [item.verdict for item in told.items] == ["adopted", "refused", "adopted", "postponed"]
    (public,) = told.items[2].ballots
    assert [line.label for line in public.names] == ["Pour (20)", "Contre (5)", "Abstention (1)"]
    assert "Elu30 (pouvoir à Elu02)" in public.names[1].text
    assert "scrutin public" in told.items[2].requests[0]
    assert any("quorum perdu" in line for line in told.course)
    assert any("Huis clos" in line for line in told.course)
    with speaking("fr"):
        reader = PdfReader(io.BytesIO(printed(Print(Sheet.MINUTES, told, evening(20)))))
    text = " ".join(" ".join(page.extract_text() for page in reader.pages).split())
    assert "M. Elu04 demande un barème." in text
    assert record.closing_hash in text.replace(" ", "")


async def test_a_grouping_of_31_at_a_distance_loses_a_line_a_proxy_and_its_quorum_and_goes_on(world: World) -> None:
    titles = ("Schéma des déchets", "Convention de mutualisation")
    sitting = await called(world, titles, members=31, rule_set="fr-cgct-epci", mode=SittingMode.REMOTE)
    await sitting.act(
        conduct.open_roll, lambda held: conduct.record_stream(held, "https://direct.clairval.example/seance")
    )
    for number in range(1, 18):
        await sitting.act(on_video(sitting.seat(number)))
    await sitting.act(lambda held: record_proxy(held, sitting.seat(20), sitting.seat(2)), open_sitting)

    await sitting.item(1)
    ballot = await sitting.open(Kind.PUBLIC)
    cut_off = sitting.seat(17)
    await sitting.act(line(cut_off, ""))
    await sitting.vote(ballot, lambda _number: Choice.FOR, skip=[cut_off])
    await sitting.act(
        lambda held: close_ballot(held, ballot),
        lambda held: close_ballot(held, ballot, confirmed=True),
        line(cut_off, "video"),
        lambda held: reopen_ballot(held, ballot, "Elu17 avait perdu la connexion."),
    )
    await sitting.cast(ballot, cut_off, cut_off, Choice.AGAINST)
    await sitting.act(lambda held: close_ballot(held, ballot), lambda held: proclaim(held, ballot), conduct.end_item)

    await sitting.act(on_video(sitting.seat(20)))
    await sitting.item(2)
    await sitting.act(lambda held: ask_for_members(held, Kind.SECRET, [sitting.seat(each) for each in range(4, 11)]))

    for number in (15, 16):
        await sitting.act(gone(sitting.seat(number)))
    await sitting.act(gone(sitting.seat(14)))
    assert sitting.now.progress.proposed is Cause.QUORUM_LOST
    third = [*sitting.now.progress.points][2]
    with pytest.raises(RefusedByRule):
        await sitting.act(lambda held: call_item(held, third))
    await sitting.act(conduct.suspend, on_video(sitting.seat(15)), resume)
    await sitting.item(3)
    ballot = await sitting.open(Kind.PUBLIC)
    await sitting.vote(ballot, lambda number: Choice.FOR if number < 12 else Choice.ABSTAIN)
    await sitting.act(
        lambda held: close_ballot(held, ballot),
        lambda held: proclaim(held, ballot),
        conduct.end_item,
        conduct.close_sitting,
    )

    record, told = await sitting.record()
    assert record.phase is Phase.CLOSED
    assert [item.verdict for item in told.items] == ["adopted", "postponed", "adopted"]
    (first,) = told.items[0].ballots
    assert [line.label for line in first.names] == ["Pour (17)", "Contre (1)"]
    assert any("le pouvoir de Elu20 à Elu02 prend fin" in line for line in told.movements)
    assert any("quorum perdu" in line for line in told.course)
    assert "https://direct.clairval.example/seance" in {line.text for line in told.heading}


async def test_a_committee_by_video_gives_its_opinion_and_its_minutes(world: World) -> None:
    sitting = await called(world, (), members=7, rule_set="fr-commission", mode=SittingMode.REMOTE)
    await sitting.act(conduct.open_roll)
    for number in range(1, 6):
        await sitting.act(on_video(sitting.seat(number)))
    await sitting.act(answered("no_quorum"), open_sitting)
    await sitting.item(1)
    ballot = await sitting.open(Kind.PUBLIC)
    await sitting.vote(ballot, lambda _number: Choice.FOR)
    await sitting.act(
        lambda held: close_ballot(held, ballot),
        lambda held: proclaim(held, ballot),
        conduct.end_item,
        conduct.close_sitting,
    )

    _record, told = await sitting.record()
    assert told.items[0].result.startswith("Adopté à l’unanimité")
    assert told.roll.present[0] == "Elu01 (par visioconférence)"
    assert told.course  # what the chair decided on the quorum


def arriving(member: str) -> Callable[[Held], Awaitable[object]]:
    return lambda held: arrive(held, member)


def leaving(member: str) -> Callable[[Held], Awaitable[object]]:
    return lambda held: leave(held, member)


def on_video(member: str) -> Callable[[Held], Awaitable[object]]:
    """The member's connection stands and the clerk has seen who it is."""

    async def do(held: Held) -> None:
        await held.note("connection.changed", {"member": member, "how": "video"}, by="")
        await held.note(MEMBER_ARRIVED, {"member": member, "how": "video", "by_self": True}, by="")
        await held.note("identity.confirmed", {"member": member, "means": "seen"})

    return do


def line(member: str, how: str) -> Callable[[Held], Awaitable[object]]:
    return lambda held: held.note("connection.changed", {"member": member, "how": how}, by="")


def gone(member: str) -> Callable[[Held], Awaitable[object]]:
    return lambda held: held.note(MEMBER_LEFT, {"member": member, "cause": "lost"}, by="")


def answered(choice: str) -> Callable[[Held], Awaitable[object]]:
    return lambda held: decide_quorum(held, choice)
