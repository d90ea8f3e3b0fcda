"""A sitting under way for the tests of ballots: members who are there, an item under discussion, a clerk."""

from __future__ import annotations

import atexit
import shutil
import sqlite3
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from meetings.attendance.model import Place
from meetings.attendance.model.presence import MEMBER_ARRIVED, ROLL_PROXIES
from meetings.attendance.service import call_item, open_sitting
from meetings.ballots.model import Ballot, Ballots, Choice, Kind, Method, Purpose
from meetings.ballots.model.ballots import VOTE_RECORDED
from meetings.ballots.service.opening import BallotDraft, open_ballot
from meetings.ballots.service.voting import cast_vote
from meetings.ballots.web import take_part
from meetings.sittings.course import Course
from meetings.sittings.journal import Entry, Value
from meetings.sittings.model import SittingMode
from meetings.sittings.service import conduct
from meetings.sittings.service.held import Chamber, Held, hold
from portal.db import Base
from portal.permissions import Actor
from portal.schema import load_models
from tests.meetings.sittings.world import CLERK, LIBRARY, TOWN, World, actor, evening

Act = Callable[[Held], Awaitable[Any]]

NAMES = ("anne", "bilal", "carole", "driss", "eve", "farid")


def chamber_of_ballots() -> Chamber:
    chamber = Chamber(LIBRARY, TOWN)
    take_part(chamber)
    return chamber


@dataclass
class Hall:
    """One sitting; members by their first names."""

    world: World
    sitting_id: str
    seats: dict[str, str] = field(default_factory=dict)
    """Mandates by name."""
    people: dict[str, str] = field(default_factory=dict)
    """Accounts by name."""
    chamber: Chamber = field(default_factory=chamber_of_ballots)
    held: Held | None = None
    """As the last act left it."""

    async def act(self, do: Act, who: Actor | None = CLERK) -> Any:
        """Carry one act out, as a request does."""
        async with self.world.database.write() as db:
            held = await hold(db, self.chamber, who, self.sitting_id, self.world.clock())
            found = await do(held)
        self.held = held
        return found

    @property
    def ballots(self) -> Ballots:
        assert self.held is not None
        return self.held.of(Ballots)

    @property
    def ballot(self) -> Ballot:
        """The last one opened."""
        return [*self.ballots.ballots.values()][-1]

    def member(self, name: str) -> Actor:
        return actor(self.people[name])

    async def open(self, kind: Kind = Kind.PUBLIC, purpose: Purpose = Purpose.DECISION, **more: Any) -> Ballot:
        method = more.pop("method", Method.DEVICES if kind is Kind.PUBLIC else None)
        draft = BallotDraft(kind=kind, purpose=purpose, method=method, **more)
        await self.act(lambda held: open_ballot(held, draft))
        return self.ballot

    async def vote(self, name: str, choice: Choice, of: str | None = None) -> Any:
        """A member votes on their device, for themselves or for somebody else."""
        ballot_id, voice = self.ballot.ballot_id, self.seats[of or name]
        return await self.act(lambda held: cast_vote(held, ballot_id, voice, choice), self.member(name))

    async def entries(self, kind: str = VOTE_RECORDED) -> list[Entry]:
        sitting = await self.world.sitting(self.sitting_id)
        return [entry for entry in await self.world.journal(sitting) if entry.kind == kind]

    async def read_again(self) -> Ballots:
        """The ballots as another worker folds them from the journal."""
        sitting = await self.world.sitting(self.sitting_id)
        return Course.start().after(await self.world.journal(sitting)).of(Ballots)


@dataclass(frozen=True)
class Plan:
    """What a sitting is like when a test begins."""

    names: tuple[str, ...] = NAMES
    absent: tuple[str, ...] = ()
    proxies: tuple[tuple[str, str], ...] = ()
    """Who is absent, with who votes for them."""
    rule_set: str = "fr-cgct-commune"
    mode: SittingMode = SittingMode.HALL


async def hall_of(world: World, **more: Any) -> Hall:
    """A sitting that is open, with its first item called; `more` as of `Plan`.

    In a file that does not exist yet, each plan is carried out once and copied for the next test that wants it.
    """
    if "proxies" in more:
        more["proxies"] = tuple(more["proxies"].items())
    plan = Plan(**more)
    if not isinstance(world, WorldInAFile):
        return await _opened(world, plan)
    if plan not in _KEPT:
        async with world.database.engine.begin() as connection:
            load_models()
            await connection.run_sync(Base.metadata.create_all)
        made = await _opened(world, plan)
        folder = Path(tempfile.mkdtemp(prefix="parvis-hall-"))
        atexit.register(shutil.rmtree, folder)
        with closing(sqlite3.connect(world.path)) as standing, closing(sqlite3.connect(folder / "parvis.db")) as copy:
            standing.backup(copy)
        _KEPT[plan] = (folder / "parvis.db", made)
        return made
    kept, made = _KEPT[plan]
    shutil.copy(kept, world.path)
    world.clock.now = evening(20)
    return Hall(world, made.sitting_id, made.seats, made.people, held=made.held)


@dataclass
class WorldInAFile(World):
    """A world whose database is a file, which is made when the test opens its sitting."""

    path: Path = Path()


_KEPT: dict[Plan, tuple[Path, Hall]] = {}


async def _opened(world: World, plan: Plan) -> Hall:
    body = await world.council(*plan.names, rule_set=plan.rule_set, seats=max(39, len(plan.names)))
    sitting = await world.convened(body, mode=plan.mode)
    hall = Hall(world, sitting.id)
    world.clock.now = evening(20)
    await hall.act(conduct.open_roll)
    assert hall.held is not None
    for seat in hall.held.progress.seats.values():
        hall.seats[seat.name.lower()] = seat.mandate_id
        hall.people[seat.name.lower()] = seat.person_id

    async def gather(held: Held) -> None:
        given: list[Value] = [
            {"proxy": f"{giver}-{holder}", "giver": hall.seats[giver], "holder": hall.seats[holder]}
            for giver, holder in plan.proxies
        ]
        await held.note(ROLL_PROXIES, {"proxies": given})
        for name in plan.names:
            if name not in plan.absent:
                await _arrive(held, hall.seats[name], plan.mode)
        await open_sitting(held)
        await call_item(held, next(iter(held.progress.points)))

    await hall.act(gather)
    return hall


async def _arrive(held: Held, mandate_id: str, mode: SittingMode) -> None:
    place = Place.HALL if mode is SittingMode.HALL else Place.VIDEO
    content = {"member": mandate_id, "how": place.value, "by_self": False}
    await held.note(MEMBER_ARRIVED, content)
    await held.note("identity.confirmed", {"member": mandate_id, "means": "seen"})
    if mode is SittingMode.REMOTE:
        await held.note("connection.changed", {"member": mandate_id, "how": place.value})
