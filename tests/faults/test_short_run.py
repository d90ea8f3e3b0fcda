"""A short run of `scripts/bench faults`, and what several workers owe to the people in a room.

The portal runs as in earnest: supervisor, two web workers, a media worker, PostgreSQL and Redis, all of them killed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack
from typing import Any

import pytest

from meetings.rooms import service
from meetings.rooms.model import RoomKind
from portal.clock import utc_now
from portal.db import Database
from portal.events import EventLog
from portal.permissions import Role
from tests.faults.clients import Line, opened_line
from tests.faults.scenario import Plan, Scenario
from tests.faults.town import SignedIn, Town, running_town

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
        while True:
            line = await stack.enter_async_context(opened_line(self.town, self.heard, person.cookie))
            if self.town.holder_of(line.port) not in (not_at, None):
                break
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
