"""A short run of `scripts/bench faults`, and what several workers owe to the people in a room.

The portal runs as in earnest: supervisor, two web workers, a media worker, PostgreSQL and Redis, all of them killed.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from typing import Any

import pytest

from meetings.rooms import service
from meetings.rooms.model import RoomKind
from portal.accounts.service.logins import end_logins
from portal.clock import utc_now
from portal.db import Database
from portal.events import EventLog
from portal.permissions import Role
from tests.faults.clients import Line, LineLost, opened_line
from tests.faults.scenario import Plan, Scenario
from tests.faults.town import SignedIn, Town, running_town

Heard = Callable[[str, Any], None]

PLAN = Plan(seed=7, kills=4, outages=1, followers=12, sockets=60, away_s=3.0, events=40)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with running_town(tmp_path_factory.mktemp("faults")) as town:
        yield town


async def test_nothing_is_lost_or_doubled_when_any_part_dies(town: Town) -> None:
    said: list[str] = []

    outcome = await Scenario(town, PLAN, said.append).run()

    assert (outcome.lost, outcome.doubled) == (0, 0), f"{said}\n{town.log}"
    assert outcome.acknowledged == PLAN.posts
    assert {"web killed", "Redis restarted", "PostgreSQL restarted", "all lines dropped"} <= outcome.back_s.keys()


class Room:
    """A room of the staff, and what those in it were told."""

    def __init__(self, town: Town, room_id: str) -> None:
        self.town = town
        self.id = room_id
        self.told: list[tuple[str, str]] = []
        """Seat and state of each change that the host heard of, in order."""

    def heard(self, name: str, body: Any) -> None:
        if name == "stream:advanced":
            seats = [entry["body"]["seat"] for entry in body["entries"] if "seat" in entry["body"]]
            self.told += [(seat["id"], seat["state"]) for seat in seats]

    async def enter(self, stack: AsyncExitStack, person: SignedIn, *, not_at: int | None = None) -> tuple[Line, str]:
        """Come in over a line that another worker than `not_at` holds; the line and the seat's id."""
        line = await line_not_at(stack, self.town, person, not_at, self.heard)
        entered = await line.ask("room:enter", {"room_id": self.id, "page_id": "page-0001"})
        assert entered["ok"], entered
        return line, entered["seat"]["id"]


async def open_room(town: Town, host: SignedIn) -> Room:
    database = Database(town.postgres.url)
    EventLog(database, utc_now)
    async with database.write() as db:
        room = await service.open_room(db, host.actor, title="Point du matin", kind=RoomKind.STAFF, now=utc_now())
    await database.close()
    return Room(town, room.id)


async def test_sign_out_that_nobody_told_of_ends_the_sockets_at_every_worker(town: Town) -> None:
    person, other = await town.sign_in(2, Role.COUNCILLOR)
    await asyncio.to_thread(town.redis.kill)

    async with AsyncExitStack() as stack:
        first = await line_not_at(stack, town, person, None)
        lines = [first, await line_not_at(stack, town, person, town.holder_of(first.port))]
        stays = await line_not_at(stack, town, other, None)
        await end_sign_ins(town, person)
        async with asyncio.timeout(60):
            for line in lines:
                await line.ended.wait()

        assert await stays.ask("connection:check", {}) == {"ok": True}
    await asyncio.to_thread(town.redis.start)


async def line_not_at(
    stack: AsyncExitStack, town: Town, person: SignedIn, worker: int | None, heard: Heard = lambda name, body: None
) -> Line:
    """A connection of a person that another worker than this one holds, once there is another one."""
    async with asyncio.timeout(60):
        while True:
            attempt = AsyncExitStack()
            with contextlib.suppress(LineLost):
                line = await attempt.enter_async_context(opened_line(town, heard, person.cookie))
                if town.holder_of(line.port) not in (worker, None):
                    stack.push_async_exit(attempt)
                    return line
            await attempt.aclose()
            await asyncio.sleep(0.1)


async def end_sign_ins(town: Town, person: SignedIn) -> None:
    """Sign a person out from a process that no worker hears of."""
    database = Database(town.postgres.url)
    EventLog(database, utc_now)
    async with database.write() as db:
        assert await end_logins(db, person.actor.account_id, actor_id=None) == 1
    await database.close()


async def test_people_of_a_worker_that_died_leave_the_room_once_unless_they_come_back_to_another(town: Town) -> None:
    host, stays_away, comes_back = await town.sign_in(3, Role.AGENT)
    room = await open_room(town, host)

    async with AsyncExitStack() as stack:
        watching, _ = await room.enter(stack, host)
        worker = town.holder_of(watching.port)
        await watching.ask("stream:follow", {"stream": f"room:{room.id}", "after": None})
        lost, gone = await room.enter(stack, stays_away, not_at=worker)
        _, kept = await room.enter(stack, comes_back, not_at=worker)
        other = town.holder_of(lost.port)
        assert other is not None

        town.kill(other)
        await lost.ended.wait()
        await room.enter(stack, comes_back)
        async with asyncio.timeout(120):
            while (gone, "left") not in room.told:  # noqa: ASYNC110 - what is waited for comes over a socket
                await asyncio.sleep(0.1)
        snapshot = await watching.ask("room:enter", {"room_id": room.id, "page_id": "page-0001"})

    assert room.told.count((gone, "left")) == 1
    assert kept in [seat["id"] for seat in snapshot["seats"] if seat["state"] == "admitted"]
    assert gone not in [seat["id"] for seat in snapshot["seats"]]
