"""Several hubs as one: presence, catching up and ended rights, over a relay that loses, repeats and goes away."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import ClassVar

from realtime.admission import is_own_address
from realtime.hub import Hub
from realtime.limits import Limits
from realtime.messages import Json, Message, Push
from realtime.presence import State
from realtime.relay import LocalRelay
from realtime.sources import Connection, Ending, Footing, Handshake, Identity
from tests.realtime.town import Log, authenticate, make_hub, served
from tests.realtime.wire import browser

QUICK = Limits(catch_up_s=0.05, beat_s=0.05, silent_s=0.5)
NEVER_BY_ITSELF = replace(QUICK, catch_up_s=3600)


class RoomEnter(Message):
    name = "room:enter"


class RoomLeave(Message):
    name = "room:leave"


class Losing(LocalRelay):
    """A relay that loses what `loses` says, and can be taken away."""

    def __init__(self) -> None:
        super().__init__()
        self.loses: Callable[[bytes], bool] = lambda message: False

    async def publish(self, message: bytes) -> None:
        if not self.loses(message):
            await super().publish(message)


class Repeating(LocalRelay):
    """A relay that delivers everything twice."""

    async def publish(self, message: bytes) -> None:
        await super().publish(message)
        await super().publish(message)


def worker(log: Log, relay: LocalRelay, grace: timedelta = timedelta(hours=1), limits: Limits = QUICK) -> Hub:
    """A hub where people enter and leave one room."""
    hub = make_hub(log, relay=relay, limits=limits, presence_grace=grace)

    async def enter(connection: Connection, message: RoomEnter) -> None:
        assert connection.principal is not None
        await hub.presence.arrive(connection, "room", connection.principal.id)

    async def leave(connection: Connection, message: RoomLeave) -> None:
        assert connection.principal is not None
        await hub.presence.depart(connection, "room", connection.principal.id)

    hub.on(RoomEnter, enter)
    hub.on(RoomLeave, leave)
    return hub


def people(hub: Hub) -> Mapping[str, str]:
    return {who: standing.state.value for who, standing in hub.presence.present("room").items()}


async def until(holds: Callable[[], object]) -> None:
    async with asyncio.timeout(20):
        while not holds():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.01)


async def test_presence_is_the_same_from_every_worker() -> None:
    log, relay = Log(), LocalRelay()
    here, there = worker(log, relay), worker(log, relay)

    async with served(here) as port, served(there) as other_port:
        async with browser(port, cookie="who=anna") as anna, browser(other_port, cookie="who=boris") as boris:
            await anna.ask("room:enter")
            await boris.ask("room:enter")
            assert people(here) == people(there) == {"anna": "here", "boris": "here"}
            await boris.ask("room:leave")
            assert people(here) == people(there) == {"anna": "here"}
        await until(lambda: people(here) == people(there) == {"anna": "lost"})
        assert here.presence.present("room") == there.presence.present("room")


async def test_presence_of_somebody_with_lines_at_two_workers_lasts_as_long_as_one_of_them() -> None:
    log, relay = Log(), LocalRelay()
    here, there = worker(log, relay), worker(log, relay)

    async with served(here) as port, served(there) as other_port, browser(port, cookie="who=anna") as desk:
        await desk.ask("room:enter")
        async with browser(other_port, cookie="who=anna") as phone:
            await phone.ask("room:enter")
        await until(lambda: len(there) == 0)
        assert people(here) == people(there) == {"anna": "here"}


async def test_worker_that_starts_later_learns_who_is_here_and_who_is_lost() -> None:
    log, relay = Log(), LocalRelay()
    here, late = worker(log, relay), worker(log, relay)

    async with served(here) as port, browser(port, cookie="who=anna") as anna:
        await anna.ask("room:enter")
        async with browser(port, cookie="who=boris") as boris:
            await boris.ask("room:enter")
        await until(lambda: people(here) == {"anna": "here", "boris": "lost"})
        async with served(late):
            assert not late.presence.is_whole
            await late.presence.whole()
            assert late.presence.present("room")["boris"] == here.presence.present("room")["boris"]
            assert people(late) == {"anna": "here", "boris": "lost"}


async def test_presence_repairs_what_the_relay_lost() -> None:
    log, relay = Log(), Losing()
    here, there = worker(log, relay), worker(log, relay)

    async with served(here) as port, served(there), browser(port, cookie="who=anna") as anna:
        await until(lambda: here.presence.is_whole and there.presence.is_whole)
        relay.loses = lambda message: b'"arrive"' in message
        await anna.ask("room:enter")
        assert people(there) == {}
        await until(lambda: people(there) == {"anna": "here"})


async def test_repeated_news_change_nothing() -> None:
    log, relay = Log(), Repeating()
    here, there = worker(log, relay), worker(log, relay)

    async with served(here) as port, served(there), browser(port, cookie="who=anna") as anna:
        await anna.ask("room:enter")
        await anna.ask("room:leave")
        await anna.ask("room:enter")
        assert people(there) == {"anna": "here"}


async def test_people_of_a_worker_that_falls_silent_are_lost_and_then_gone() -> None:
    log, relay = Log(), Losing()
    there = worker(log, relay, grace=timedelta(seconds=0.2))
    here = worker(log, relay)
    states: list[State] = []

    async def note(change: object) -> None:
        states.append(change.standing.state)  # type: ignore[attr-defined]

    there.presence.on_changed(note)

    async with served(here) as port, served(there), browser(port, cookie="who=anna") as anna:
        await anna.ask("room:enter")
        assert people(there) == {"anna": "here"}
        dead = here._siblings.me.encode()
        relay.loses = lambda message: b'"from": "' + dead in message
        await until(lambda: states == [State.HERE, State.LOST, State.GONE])
        assert people(there) == {}
        relay.loses = lambda message: False
        await until(lambda: people(there) == {"anna": "here"})


async def test_nobody_is_declared_gone_while_the_relay_is_away() -> None:
    log, relay = Log(), Losing()
    here, there = worker(log, relay), worker(log, relay, grace=timedelta(seconds=0.01))

    async with served(here) as port, served(there):
        async with browser(port, cookie="who=anna") as anna:
            await anna.ask("room:enter")
        await until(lambda: people(there) == {} and people(here) == {"anna": "lost"})
        async with browser(port, cookie="who=anna") as anna:
            await anna.ask("room:enter")
            await until(lambda: people(there) == {"anna": "here"})
            relay.is_up = False
            relay.loses = lambda message: True
            await asyncio.sleep(0)
            assert not there.presence.is_whole
            assert people(there) == {"anna": "here"}


async def test_worker_that_ends_says_so_and_its_people_are_lost_at_once() -> None:
    log, relay = Log(), LocalRelay()
    slow = replace(QUICK, silent_s=3600)
    here, there = worker(log, relay, limits=slow), worker(log, relay, limits=slow)

    async with served(there):
        async with served(here) as port, browser(port, cookie="who=anna") as anna:
            await anna.ask("room:enter")
            assert people(there) == {"anna": "here"}
        assert people(there) == {"anna": "lost"}


async def test_event_that_no_worker_told_of_arrives_by_itself() -> None:
    log = Log()
    hub = make_hub(log, limits=QUICK)

    async with served(hub) as port, browser(port) as tab:
        await tab.ask("stream:follow", {"stream": "board", "after": 0})
        log.add("board", "told to nobody")

        assert (await tab.pushed("stream:advanced"))["entries"][0]["body"] == {"text": "told to nobody"}


async def test_news_that_were_lost_are_noticed_by_their_number_and_looked_up() -> None:
    log, relay = Log(), Losing()
    here, there = worker(log, relay, limits=NEVER_BY_ITSELF), worker(log, relay, limits=NEVER_BY_ITSELF)

    async with served(here), served(there) as port, browser(port) as tab:
        await tab.ask("stream:follow", {"stream": "board", "after": 0})
        await until(lambda: here.presence.is_whole and there.presence.is_whole)
        relay.loses = lambda message: b'"advance"' in message
        await here.advance("board", log.add("board", "lost on the way"))

        assert (await tab.pushed("stream:advanced"))["entries"][0]["body"] == {"text": "lost on the way"}


@dataclass(frozen=True)
class Heard(Push):
    name: ClassVar[str] = "media:heard"
    text: str


async def test_what_every_worker_finds_out_by_itself_is_sent_to_its_own_connections_only() -> None:
    log, relay = Log(), LocalRelay()
    here, there = worker(log, relay), worker(log, relay)
    for hub in (here, there):
        hub.announces(Heard)

    async with (
        served(here) as port,
        served(there) as other_port,
        browser(port, cookie="who=anna") as anna,
        browser(other_port, cookie="who=anna") as elsewhere,
    ):
        await here.send(Heard("here"), principal="anna", everywhere=False)
        await here.send(Heard("everywhere"), principal="anna")

        assert [(await anna.pushed("media:heard"))["text"] for _ in range(2)] == ["here", "everywhere"]
        assert (await elsewhere.pushed("media:heard"))["text"] == "everywhere"


# Rights that end


@dataclass(frozen=True)
class Rights:
    """Sign-ins and their ends as events of ``person:<id>``, for the hub to read."""

    log: Log

    async def authenticate(self, handshake: Handshake) -> Identity:
        identity = await authenticate(handshake)
        if identity.principal is None:
            return identity
        stream = f"person:{identity.principal.id}"
        return replace(identity, footing=Footing(stream, await self.log.head(stream)))

    async def endings(self, stream: str, after: int) -> Sequence[Ending]:
        told = [text for _, text in self.log.events[stream]]
        return [ending_of(number, text) for number, text in list(enumerate(told, start=1))[after:]]


def ending_of(number: int, text: Json) -> Ending:
    return Ending(number, None, "access-changed") if text == "banned" else Ending(number, str(text), "signed-out")


def strict_hub(log: Log, limits: Limits = QUICK) -> Hub:
    rights = Rights(log)
    return make_hub(log, authenticate=rights.authenticate, endings=rights.endings, limits=limits)


async def test_ban_that_nobody_told_of_ends_the_connections_of_that_person_only() -> None:
    log = Log()
    hub = strict_hub(log)

    async with (
        served(hub) as port,
        browser(port, cookie="who=anna.phone") as phone,
        browser(port, cookie="who=boris") as boris,
        browser(port) as visitor,
    ):
        log.add("person:anna", "banned")
        await phone.ended()

        assert phone.pushes == [("connection:closed", {"code": "access-changed", "retry_after_ms": None})]
        assert await boris.ask("connection:check") == {"ok": True}
        assert await visitor.ask("connection:check") == {"ok": True}


async def test_sign_out_ends_one_sign_in_and_not_who_came_back_after_it() -> None:
    log = Log()
    hub = strict_hub(log, NEVER_BY_ITSELF)

    async with (
        served(hub) as port,
        browser(port, cookie="who=anna.phone") as phone,
        browser(port, cookie="who=anna.desk") as desk,
    ):
        head = log.add("person:anna", "anna.phone")
        async with browser(port, cookie="who=anna.phone") as again:
            await hub.advance("person:anna", head)
            await phone.ended()

            assert phone.pushes == [("connection:closed", {"code": "signed-out", "retry_after_ms": None})]
            assert await desk.ask("connection:check") == {"ok": True}
            assert await again.ask("connection:check") == {"ok": True}


async def test_who_is_banned_while_being_identified_is_not_let_in() -> None:
    log = Log()
    rights = Rights(log)
    asked, answered = asyncio.Event(), asyncio.Event()

    async def slow(handshake: Handshake) -> Identity:
        identity = await rights.authenticate(handshake)
        asked.set()
        await answered.wait()
        return identity

    hub = make_hub(log, authenticate=slow, endings=rights.endings, limits=NEVER_BY_ITSELF)

    async def ban() -> None:
        await asked.wait()
        await hub.advance("person:anna", log.add("person:anna", "banned"))
        answered.set()

    async with served(hub) as port:
        banning = asyncio.create_task(ban())
        async with browser(port, cookie="who=anna") as tab:
            assert tab.refused["data"]["error"]["code"] == "try-again"
        await banning

    assert len(hub) == 0


# Numbers


async def test_visitors_leave_room_for_people_who_have_signed_in() -> None:
    hub = make_hub(Log(), limits=Limits(visitors=1))

    async with served(hub) as port, browser(port), browser(port) as second, browser(port, cookie="who=anna") as anna:
        assert second.refused["data"]["error"]["code"] == "too-many-connections"
        assert await anna.ask("connection:check") == {"ok": True}


async def test_one_address_has_so_many_connections_and_no_more() -> None:
    hub = make_hub(Log(), limits=Limits(connections_per_address=1))
    asgi = hub.asgi

    def from_afar(app: object) -> object:
        inner = asgi(app)  # type: ignore[arg-type]

        async def call(scope: dict[str, object], receive: object, send: object) -> None:
            await inner({**scope, "client": ("198.51.100.7", 1)}, receive, send)

        return call

    hub.asgi = from_afar  # type: ignore[method-assign, assignment]

    async with served(hub) as port:
        async with browser(port), browser(port) as second:
            assert second.refused["data"]["error"]["code"] == "too-many-connections"
        await until(lambda: len(hub) == 0)
        async with browser(port) as third:
            assert await third.ask("connection:check") == {"ok": True}


def test_address_of_this_machine_may_be_that_of_a_reverse_proxy() -> None:
    assert is_own_address("127.0.0.1")
    assert is_own_address("::1")
    assert not is_own_address("198.51.100.7")
    assert not is_own_address("unix")
