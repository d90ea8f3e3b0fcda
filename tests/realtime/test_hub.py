"""The hub behind a real Hypercorn, spoken to by a real websocket."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import pytest

from realtime.limits import Limits
from realtime.messages import Command, Json, Push
from realtime.relay import LocalRelay
from realtime.sources import Connection, Handshake, Identity
from tests.realtime.town import Log, Person, make_hub, served
from tests.realtime.wire import Browser, Rejected, browser, open_wire


class ChatSay(Command):
    name = "chat:say"
    text: str


@dataclass(frozen=True)
class ChatSaid(Push):
    name: ClassVar[str] = "chat:said"
    text: str


def say(text: str, command_id: str = "command-1") -> dict[str, str]:
    return {"command_id": command_id, "text": text}


async def echo(connection: Connection, command: ChatSay) -> Mapping[str, Json]:
    return {"who": connection.principal.id if connection.principal else None, "text": command.text}


# Connecting


async def test_hub_knows_a_visitor_by_no_principal_and_a_person_by_their_cookie() -> None:
    hub = make_hub(Log())
    hub.on(ChatSay, echo)

    async with served(hub) as port, browser(port) as visitor, browser(port, cookie="who=anna.phone") as anna:
        assert await visitor.ask("chat:say", say("bonjour")) == {"ok": True, "who": None, "text": "bonjour"}
        assert await anna.ask("chat:say", say("hello")) == {"ok": True, "who": "anna", "text": "hello"}


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "https://town.example.evil.example", None])
async def test_hub_refuses_a_page_of_another_origin_before_the_websocket_opens(origin: str | None) -> None:
    hub = make_hub(Log())

    async with served(hub) as port:
        with pytest.raises(Rejected) as rejected:
            await open_wire(port, origin=origin)

    assert rejected.value.status == 403
    assert hub.counters.refused == 1
    assert hub.counters.connected == 0


@pytest.mark.parametrize("query", ["EIO=4&transport=polling", "EIO=3&transport=websocket", "EIO=4&transport=smoke"])
async def test_hub_refuses_other_transports_and_protocol_versions(query: str) -> None:
    hub = make_hub(Log())

    async with served(hub) as port:
        with pytest.raises(Rejected) as rejected:
            await open_wire(port, query=query)

    assert rejected.value.status in (400, 403)


async def test_hub_offers_no_polling_over_plain_http() -> None:
    hub = make_hub(Log())

    async with served(hub) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: town.example\r\n\r\n")
        status = await reader.readline()
        writer.close()

    assert b" 400 " in status


async def test_hub_leaves_every_other_path_to_the_portal() -> None:
    hub = make_hub(Log())

    async with served(hub) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /socket HTTP/1.1\r\nHost: town.example\r\n\r\n")
        status = await reader.readline()
        writer.close()

    assert b" 204 " in status


async def test_hub_tells_a_refused_person_the_problem_and_not_to_come_back() -> None:
    hub = make_hub(Log())

    async with served(hub) as port, browser(port, cookie="who=banned") as tab:
        assert tab.refused["data"]["error"]["code"] == "connection-refused"
        assert tab.refused["data"]["retry_after_ms"] is None
        await tab.ended()

    assert len(hub) == 0


async def test_hub_asks_to_come_back_when_identification_failed() -> None:
    async def broken(handshake: Handshake) -> Identity:
        raise OSError("the database restarts")

    hub = make_hub(Log(), authenticate=broken)

    async with served(hub) as port, browser(port) as tab:
        assert tab.refused["data"]["error"]["code"] == "internal"
        assert tab.refused["data"]["retry_after_ms"] > 0


async def test_hub_limits_the_connections_of_one_person_and_of_all() -> None:
    hub = make_hub(Log(), limits=Limits(connections=2, connections_per_principal=1))

    async with served(hub) as port, browser(port, cookie="who=anna") as first:
        async with browser(port, cookie="who=anna") as second:
            assert second.refused["data"]["error"]["code"] == "too-many-connections"
            await second.ended()
        async with browser(port, cookie="who=boris"):
            with pytest.raises(Rejected) as rejected:
                await open_wire(port)
        assert await first.ask("connection:check") == {"ok": True}

    assert rejected.value.status == 503


async def test_hub_ends_a_websocket_that_never_says_who_it_is() -> None:
    hub = make_hub(Log(), limits=Limits(connect_s=0.05))

    async with served(hub) as port:
        wire = await open_wire(port)
        wire.read()
        tab = Browser(wire)
        await tab.ended()
        await wire.close()


async def test_hub_ends_a_line_that_answers_no_ping() -> None:
    hub = make_hub(Log(), limits=Limits(ping_interval_s=0.02, ping_timeout_s=0.05))
    ended = asyncio.Event()

    async def note(connection: Connection) -> None:
        ended.set()

    hub.on_closed(note)

    async with served(hub) as port, browser(port) as tab:
        tab.wire.stop_reading()
        async with asyncio.timeout(10):
            await ended.wait()

    assert len(hub) == 0


async def test_hub_keeps_a_line_that_answers_pings() -> None:
    hub = make_hub(Log(), limits=Limits(ping_interval_s=0.01, ping_timeout_s=5))

    async with served(hub) as port, browser(port) as tab:
        for _ in range(5):
            while await tab.wire.frames.get() != "2":
                pass
        assert await tab.ask("connection:check") == {"ok": True}


# Sending


async def test_hub_sends_to_a_channel_a_connection_and_a_principal() -> None:
    hub = make_hub(Log())
    hub.announces(ChatSaid)
    entered: list[str] = []

    async def enter(connection: Connection, command: ChatSay) -> None:
        hub.enter(connection.sid, "lobby")
        entered.append(connection.sid)

    hub.on(ChatSay, enter)

    async with (
        served(hub) as port,
        browser(port, cookie="who=anna") as anna,
        browser(port, cookie="who=boris") as boris,
    ):
        await anna.ask("chat:say", say("enter"))
        await hub.send(ChatSaid("to the lobby"), channel="lobby")
        await hub.send(ChatSaid("to anna's tab"), sid=entered[0])
        await hub.send(ChatSaid("to boris"), principal="boris")
        hub.leave(entered[0], "lobby")
        await hub.send(ChatSaid("to an empty lobby"), channel="lobby")
        await anna.ask("connection:check")
        await boris.ask("connection:check")

        assert anna.pushes == [("chat:said", {"text": "to the lobby"}), ("chat:said", {"text": "to anna's tab"})]
        assert boris.pushes == [("chat:said", {"text": "to boris"})]


async def test_hub_refuses_to_send_what_was_not_announced_or_to_nobody_in_particular() -> None:
    hub = make_hub(Log())

    with pytest.raises(ValueError, match="chat:said"):
        await hub.send(ChatSaid("hello"), channel="lobby")
    hub.announces(ChatSaid)
    with pytest.raises(ValueError, match="recipient"):
        await hub.send(ChatSaid("hello"))


async def test_hub_refuses_a_second_message_of_the_same_name() -> None:
    hub = make_hub(Log())
    hub.on(ChatSay, echo)

    with pytest.raises(ValueError, match="chat:say"):
        hub.on(ChatSay, echo)


# Ending


async def test_hub_ends_every_connection_of_a_principal_and_no_other() -> None:
    hub = make_hub(Log())

    async with (
        served(hub) as port,
        browser(port, cookie="who=anna.phone") as phone,
        browser(port, cookie="who=anna.desk") as desk,
        browser(port, cookie="who=boris") as boris,
    ):
        await hub.close_principal("anna")
        await phone.ended()
        await desk.ended()

        assert (
            phone.pushes == desk.pushes == [("connection:closed", {"code": "access-changed", "retry_after_ms": None})]
        )
        assert await boris.ask("connection:check") == {"ok": True}


async def test_hub_ends_the_connections_of_one_sign_in_only() -> None:
    hub = make_hub(Log())

    async with (
        served(hub) as port,
        browser(port, cookie="who=anna.phone") as phone,
        browser(port, cookie="who=anna.desk") as desk,
    ):
        await hub.close_login("anna.phone")
        await phone.ended()

        assert await phone.pushed("connection:closed") == {"code": "signed-out", "retry_after_ms": None}
        assert await desk.ask("connection:check") == {"ok": True}


async def test_hub_carries_out_nothing_more_of_a_person_whose_access_was_ended() -> None:
    hub = make_hub(Log())
    said: list[str] = []

    async def end_then_say(connection: Connection, command: ChatSay) -> None:
        said.append(command.text)
        await hub.close_principal("anna")

    hub.on(ChatSay, end_then_say)

    async with served(hub) as port, browser(port, cookie="who=anna") as anna:
        anna.emit("chat:say", say("first"))
        anna.emit("chat:say", say("second"))
        await anna.ended()

    assert said == ["first"]


async def test_hub_does_not_let_in_who_was_signed_out_while_being_identified() -> None:
    asked, answer = asyncio.Event(), asyncio.Event()

    async def slow(handshake: Handshake) -> Identity:
        asked.set()
        await answer.wait()
        return Identity(Person("anna"), "anna.phone", "fr")

    hub = make_hub(Log(), authenticate=slow)

    async with served(hub) as port:
        wire = await open_wire(port)
        wire.read()
        tab = Browser(wire)
        connecting = asyncio.create_task(tab.connect())
        await asked.wait()
        await hub.close_login("anna.phone")
        answer.set()
        await connecting

        assert tab.refused["data"]["error"]["code"] == "try-again"
        await wire.close()

    assert hub.counters.connected == 0


async def test_hub_tells_features_once_when_a_connection_is_over() -> None:
    hub = make_hub(Log())
    over: list[str] = []
    told = asyncio.Event()

    async def fail(connection: Connection) -> None:
        raise RuntimeError("one feature's trouble")

    async def note(connection: Connection) -> None:
        over.append(connection.sid)
        told.set()

    hub.on_closed(fail)
    hub.on_closed(note)

    async with served(hub) as port:
        async with browser(port) as tab:
            sid = tab.sid
            assert hub.enter(sid, "lobby")
        async with asyncio.timeout(10):
            await told.wait()
        assert not hub.enter(sid, "lobby")

    assert over == [sid]
    assert len(hub) == 0


async def test_hub_that_stops_asks_everybody_back_at_spread_times_and_finishes_what_runs() -> None:
    hub = make_hub(Log())
    started, finish = asyncio.Event(), asyncio.Event()
    finished: list[str] = []

    async def slow(connection: Connection, command: ChatSay) -> None:
        started.set()
        await finish.wait()
        finished.append(command.text)

    hub.on(ChatSay, slow)

    async with served(hub) as port, browser(port) as anna, browser(port) as boris:
        anna.emit("chat:say", say("committed"))
        await started.wait()
        stopping = asyncio.create_task(hub.stop())
        await anna.ended()
        await boris.ended()
        finish.set()
        await stopping

        delays = {tab.pushes[0][1]["retry_after_ms"] for tab in (anna, boris)}
        assert delays == {0, 2000}
        with pytest.raises(Rejected):
            await open_wire(port)

    assert finished == ["committed"]


async def test_hub_that_stops_is_not_held_up_by_an_identification_that_hangs() -> None:
    asked = asyncio.Event()

    async def hang(handshake: Handshake) -> Identity:
        asked.set()
        await asyncio.Event().wait()
        raise AssertionError("nobody sets it")

    hub = make_hub(Log(), authenticate=hang)

    async with asyncio.timeout(10), served(hub) as port:
        wire = await open_wire(port)
        wire.text("40")
        await asked.wait()

    assert len(hub) == 0
    await wire.close()


# Several workers


async def test_hubs_of_several_workers_act_as_one() -> None:
    log, relay = Log(), LocalRelay()
    here, there = make_hub(log, relay=relay), make_hub(log, relay=relay)
    for hub in (here, there):
        hub.announces(ChatSaid)

    async with (
        served(here) as port,
        served(there) as other_port,
        browser(port, cookie="who=anna.phone") as phone,
        browser(other_port, cookie="who=anna.desk") as desk,
    ):
        await desk.ask("stream:follow", {"stream": "board", "after": 0})
        there.enter(desk.sid, "lobby")

        await here.advance("board", log.add("board", "a post"))
        await here.send(ChatSaid("to the lobby"), channel="lobby")
        await here.send(ChatSaid("to the desk"), sid=desk.sid)
        await here.send(ChatSaid("to anna"), principal="anna")

        assert (await desk.pushed("stream:advanced"))["upto"] == 1
        assert [(await desk.pushed("chat:said"))["text"] for _ in range(3)] == [
            "to the lobby",
            "to the desk",
            "to anna",
        ]
        assert await phone.pushed("chat:said") == {"text": "to anna"}

        await here.close_principal("anna")
        await desk.ended()
        await phone.ended()


async def test_hub_survives_a_relay_that_fails() -> None:
    class Broken(LocalRelay):
        async def publish(self, message: bytes) -> None:
            raise ConnectionError("redis restarts")

    log = Log()
    hub = make_hub(log, relay=Broken())

    async with served(hub) as port, browser(port) as tab:
        await tab.ask("stream:follow", {"stream": "board", "after": 0})
        await hub.advance("board", log.add("board", "a post"))

        assert (await tab.pushed("stream:advanced"))["upto"] == 1

    assert hub.counters.relay_failures > 0


async def test_hub_catches_up_with_what_the_relay_lost() -> None:
    log = Log()
    hub = make_hub(log)

    async with served(hub) as port, browser(port) as tab:
        await tab.ask("stream:follow", {"stream": "board", "after": 0})
        log.add("board", "told to nobody")
        await hub.catch_up()

        assert (await tab.pushed("stream:advanced"))["entries"][0]["body"] == {"text": "told to nobody"}
