"""Presence: here, lost since, gone; several lines, several workers, time passed in."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from realtime.messages import Message
from realtime.presence import Change, Line, Presence, Standing, State
from realtime.sources import Connection
from tests.realtime.town import Log, make_hub, served
from tests.realtime.wire import browser

NOON = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
GRACE = timedelta(seconds=30)
PHONE, DESK, ELSEWHERE = Line("w1", "phone"), Line("w1", "desk"), Line("w2", "elsewhere")


@dataclass
class Wall:
    """A clock on the wall that the test moves."""

    at: datetime = field(default=NOON)

    def __call__(self) -> datetime:
        return self.at

    def pass_s(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


def test_presence_counts_a_person_once_however_many_lines_they_hold() -> None:
    presence = Presence(Wall(), GRACE)

    assert presence.arrive("room", "anna", PHONE) == Change("room", "anna", Standing(State.HERE, NOON))
    assert presence.arrive("room", "anna", DESK) is None
    assert presence.lose(PHONE) == []

    assert presence.present("room") == {"anna": Standing(State.HERE, NOON)}


def test_presence_says_since_when_the_last_line_is_lost() -> None:
    wall = Wall()
    presence = Presence(wall, GRACE)
    presence.arrive("room", "anna", PHONE)

    wall.pass_s(10)
    changes = presence.lose(PHONE)
    wall.pass_s(5)

    since = NOON + timedelta(seconds=10)
    assert changes == [Change("room", "anna", Standing(State.LOST, since))]
    assert presence.present("room") == {"anna": Standing(State.LOST, since)}


def test_presence_keeps_who_comes_back_within_the_grace_period() -> None:
    wall = Wall()
    presence = Presence(wall, GRACE)
    presence.arrive("room", "anna", PHONE)
    presence.lose(PHONE)

    wall.pass_s(29)
    assert presence.expire() == []
    back = presence.arrive("room", "anna", DESK)
    wall.pass_s(60)

    assert back is not None
    assert back.standing.state is State.HERE
    assert presence.expire() == []
    assert presence.next_expiry() is None


def test_presence_lets_go_of_who_stays_away() -> None:
    wall = Wall()
    presence = Presence(wall, GRACE)
    presence.arrive("room", "anna", PHONE)
    presence.lose(PHONE)

    assert presence.next_expiry() == NOON + GRACE
    wall.pass_s(30)

    assert [(change.who, change.standing.state) for change in presence.expire()] == [("anna", State.GONE)]
    assert presence.present("room") == {}
    assert presence.next_expiry() is None


def test_presence_needs_no_grace_for_who_leaves_on_purpose() -> None:
    presence = Presence(Wall(), GRACE)
    presence.arrive("room", "anna", PHONE)
    presence.arrive("room", "anna", DESK)

    assert presence.depart("room", "anna", PHONE) is None
    left = presence.depart("room", "anna", DESK)

    assert left is not None
    assert left.standing.state is State.GONE
    assert presence.depart("room", "anna", DESK) is None
    assert presence.lose(DESK) == []


def test_presence_loses_a_line_in_every_channel_it_was_in() -> None:
    presence = Presence(Wall(), GRACE)
    presence.arrive("room", "anna", PHONE)
    presence.arrive("board", "anna", PHONE)
    presence.arrive("board", "boris", DESK)

    assert [(change.channel, change.who) for change in presence.lose(PHONE)] == [("board", "anna"), ("room", "anna")]
    assert presence.present("board")["boris"].state is State.HERE


def test_presence_keeps_no_ghosts_of_a_worker_that_died() -> None:
    presence = Presence(Wall(), GRACE)
    presence.arrive("room", "anna", PHONE)
    presence.arrive("room", "boris", DESK)
    presence.arrive("room", "boris", ELSEWHERE)

    assert [change.who for change in presence.lose_worker("w1")] == ["anna"]
    assert presence.present("room")["boris"].state is State.HERE


class RoomEnter(Message):
    name = "room:enter"


async def test_hub_tells_who_is_here_lost_and_gone() -> None:
    wall = Wall()
    over = asyncio.Event()

    async def sleep(seconds: float) -> None:
        await over.wait()
        wall.pass_s(seconds)

    hub = make_hub(Log(), now=wall, sleep=sleep, presence_grace=GRACE)
    changes: asyncio.Queue[Change] = asyncio.Queue()

    async def enter(connection: Connection, message: RoomEnter) -> None:
        assert connection.principal is not None
        await hub.presence.arrive(connection, "room", connection.principal.id)

    hub.on(RoomEnter, enter)
    hub.presence.on_changed(changes.put)

    async with served(hub) as port:
        async with browser(port, cookie="who=anna") as anna:
            await anna.ask("room:enter")
            assert (await changes.get()).standing.state is State.HERE
        lost = await asyncio.wait_for(changes.get(), 10)
        assert hub.presence.present("room") == {"anna": Standing(State.LOST, NOON)}
        over.set()
        gone = await asyncio.wait_for(changes.get(), 10)

    assert lost.standing.state is State.LOST
    assert gone.standing == Standing(State.GONE, NOON + GRACE)
    assert hub.presence.present("room") == {}
