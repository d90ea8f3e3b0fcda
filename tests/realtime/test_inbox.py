"""What browsers send, well and badly, at a real Hypercorn."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from enum import Enum

import pytest

from realtime.hub import Hub
from realtime.limits import Limits
from realtime.messages import Command, Json, Message
from realtime.sources import Connection
from tests.realtime.town import Log, make_hub, served
from tests.realtime.wire import Browser, browser, open_wire


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class NoteWrite(Command):
    name = "note:write"
    text: str
    colour: Colour = Colour.RED
    tags: tuple[str, ...] = ()


NOTE = {"command_id": "command-1", "text": "bread"}


def hub_with_notes(limits: Limits | None = None) -> tuple[Hub, list[NoteWrite]]:
    """A hub that keeps the notes it is sent. The note "fail" raises, "hang" never finishes."""
    hub = make_hub(Log(), limits=limits or Limits())
    notes: list[NoteWrite] = []

    async def write(connection: Connection, note: NoteWrite) -> Mapping[str, Json]:
        if note.text == "fail":
            raise RuntimeError("the feature's own trouble")
        if note.text == "hang":
            await asyncio.Event().wait()
        notes.append(note)
        return {"count": len(notes)}

    hub.on(NoteWrite, write)
    return hub, notes


async def test_inbox_parses_a_message_into_its_types() -> None:
    hub, notes = hub_with_notes()

    async with served(hub) as port, browser(port) as tab:
        answer = await tab.ask("note:write", {**NOTE, "colour": "blue", "tags": ["food"]})

    assert answer == {"ok": True, "count": 1}
    assert notes == [NoteWrite(command_id="command-1", text="bread", colour=Colour.BLUE, tags=("food",))]


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        (None, {"command_id", "text"}),
        ([], {"body"}),
        ("bread", {"body"}),
        ({"command_id": "command-1"}, {"text"}),
        ({**NOTE, "text": 7}, {"text"}),
        ({**NOTE, "text": None}, {"text"}),
        ({**NOTE, "colour": "green"}, {"colour"}),
        ({**NOTE, "tags": ["food", 1]}, {"tags.1"}),
        ({**NOTE, "admin": True}, {"admin"}),
        ({**NOTE, "command_id": "short"}, {"command_id"}),
        ({**NOTE, "command_id": "x" * 65}, {"command_id"}),
        ({**NOTE, "command_id": "../etc/passwd"}, {"command_id"}),
    ],
)
async def test_inbox_refuses_a_malformed_message_by_field_and_changes_nothing(body: object, wrong: set[str]) -> None:
    hub, notes = hub_with_notes()

    async with served(hub) as port, browser(port) as tab:
        answer = await tab.ask("note:write", body)

        assert answer["ok"] is False
        assert answer["error"]["code"] == "malformed-message"
        assert set(answer["error"]["fields"]) == wrong
        assert await tab.ask("note:write", NOTE) == {"ok": True, "count": 1}

    assert len(notes) == 1
    assert hub.counters.malformed == 1


async def test_inbox_refuses_two_bodies() -> None:
    hub, notes = hub_with_notes()

    async with served(hub) as port, browser(port) as tab:
        tab.wire.text("427" + json.dumps(["note:write", NOTE, NOTE]))
        answer = await tab.answer(7)

    assert answer["error"]["code"] == "malformed-message"
    assert notes == []


async def test_inbox_carries_out_nothing_that_asks_for_no_acknowledgement() -> None:
    hub, notes = hub_with_notes()

    async with served(hub) as port, browser(port) as tab:
        tab.wire.text("42" + json.dumps(["note:write", NOTE]))
        assert await tab.ask("connection:check") == {"ok": True}

    assert notes == []
    assert hub.counters.malformed == 1


@pytest.mark.parametrize("name", ["note:shred", "connect", "disconnect", "message", "*", "", "__class__", "x" * 5000])
async def test_inbox_refuses_an_unknown_message(name: str) -> None:
    hub, _ = hub_with_notes()

    async with served(hub) as port, browser(port) as tab:
        answer = await tab.ask(name, NOTE)

        assert answer["error"]["code"] == "unknown-message"
        assert await tab.ask("connection:check") == {"ok": True}

    assert hub.counters.unknown == 1


async def test_inbox_turns_what_a_handler_raises_into_a_problem_with_an_id() -> None:
    hub, _ = hub_with_notes()

    async with served(hub) as port, browser(port) as tab:
        answer = await tab.ask("note:write", {**NOTE, "text": "fail"})

        assert answer["ok"] is False
        assert answer["error"] == {"code": "internal", "message": "internal (fr)", "id": "e1"}
        assert await tab.ask("note:write", NOTE) == {"ok": True, "count": 1}


async def test_inbox_gives_up_on_a_handler_that_hangs_and_goes_on() -> None:
    hub, _ = hub_with_notes(Limits(command_s=0.05))

    async with served(hub) as port, browser(port) as tab:
        answer = await tab.ask("note:write", {**NOTE, "text": "hang"})

        assert answer["error"]["code"] == "command-timed-out"
        assert await tab.ask("note:write", NOTE) == {"ok": True, "count": 1}


async def test_inbox_carries_out_one_connections_messages_in_the_order_they_were_sent() -> None:
    hub = make_hub(Log())
    finished: list[str] = []

    async def write(connection: Connection, note: NoteWrite) -> None:
        for _ in range(20 if note.text == "slow" else 0):
            await asyncio.sleep(0)
        finished.append(note.text)

    hub.on(NoteWrite, write)

    async with served(hub) as port, browser(port) as tab:
        numbers = [tab.emit("note:write", {**NOTE, "text": text}) for text in ("slow", "fast", "faster")]
        for number in numbers:
            await tab.answer(number)

    assert finished == ["slow", "fast", "faster"]


async def test_inbox_lets_a_slow_message_delay_its_own_sender_only() -> None:
    hub, _ = hub_with_notes()

    async with served(hub) as port, browser(port) as slow, browser(port) as other:
        slow.emit("note:write", {**NOTE, "text": "hang"})
        assert await other.ask("note:write", NOTE) == {"ok": True, "count": 1}


async def test_inbox_hands_a_repeated_command_on_with_the_same_id() -> None:
    hub = make_hub(Log())
    receipts: dict[str, int] = {}

    async def write(connection: Connection, note: NoteWrite) -> Mapping[str, Json]:
        return {"number": receipts.setdefault(note.command_id, len(receipts) + 1)}

    hub.on(NoteWrite, write)

    async with served(hub) as port:
        async with browser(port) as tab:
            first = await tab.ask("note:write", NOTE)
            repeated = await tab.ask("note:write", NOTE)
        async with browser(port) as tab:
            after_reconnect = await tab.ask("note:write", NOTE)

    assert first == repeated == after_reconnect == {"ok": True, "number": 1}


async def test_inbox_refuses_what_goes_beyond_the_allowance_then_ends_the_connection() -> None:
    limits = Limits(messages_burst=3, messages_per_s=0.0, faults_burst=2, faults_per_s=0.0)
    hub, notes = hub_with_notes(limits)

    async with served(hub) as port, browser(port) as tab:
        answers = [await tab.ask("note:write", NOTE) for _ in range(5)]
        tab.emit("note:write", NOTE)
        await tab.ended()

        assert [answer["ok"] for answer in answers] == [True, True, True, False, False]
        assert {answer["error"]["code"] for answer in answers[3:]} == {"too-many-messages"}
        assert await tab.pushed("connection:closed") == {"code": "abuse", "retry_after_ms": None}

    assert len(notes) == 3
    assert hub.counters.abusive == 1


async def test_inbox_ends_a_connection_that_goes_on_sending_nonsense() -> None:
    hub, _ = hub_with_notes(Limits(faults_burst=3, faults_per_s=0.0))

    async with served(hub) as port, browser(port) as tab:
        for _ in range(3):
            assert (await tab.ask("note:shred", {}))["error"]["code"] == "unknown-message"
        tab.emit("note:shred", {})
        await tab.ended()

        assert tab.pushes == [("connection:closed", {"code": "abuse", "retry_after_ms": None})]


async def test_inbox_bounds_what_waits_for_a_slow_handler() -> None:
    hub, _ = hub_with_notes(Limits(inbox=2))

    async with served(hub) as port, browser(port) as tab:
        tab.emit("note:write", {**NOTE, "text": "hang"})
        waiting = [tab.emit("note:write", NOTE) for _ in range(3)]

        assert (await tab.answer(waiting[-1]))["error"]["code"] == "too-many-messages"


UNREADABLE = [
    "",
    "9",
    "2",
    "2probe",
    "3",
    "5",
    "6",
    "0{}",
    "b4AAAA",
    "4",
    "4x",
    "4{}",
    "4[]",
    "47",
    "49[]",
    "40",
    "40/admin,",
    "40[]",
    "42",
    "42{}",
    "42[]",
    "42[7]",
    "42[null]",
    '42"note:write"',
    '42/admin,["note:write",{}]',
    '42["note:write",',
    "42[" * 2000,
    '420["a",' + "[" * 30_000,
    "42" + "9" * 200 + '["a"]',
    '43["ack"]',
    '430["ack"]',
    '44{"message":"no"}',
    '451-["a",{"_placeholder":true,"num":0}]',
    '45999999999999-["a"]',
    "461-0[]",
]


@pytest.mark.parametrize("frame", UNREADABLE)
async def test_inbox_ends_a_connection_whose_frames_cannot_be_read(frame: str) -> None:
    hub, _ = hub_with_notes()

    async with served(hub) as port, browser(port) as tab, browser(port) as neighbour:
        tab.wire.text(frame)
        await tab.ended()

        assert tab.pushes == [("connection:closed", {"code": "malformed", "retry_after_ms": None})]
        assert await neighbour.ask("connection:check") == {"ok": True}

    assert len(hub) == 0


async def test_inbox_ends_a_connection_that_sends_binary_frames() -> None:
    hub, _ = hub_with_notes()

    async with served(hub) as port, browser(port) as tab:
        tab.wire.binary(b'42["note:write",{}]')
        await tab.ended()

        assert await tab.pushed("connection:closed") == {"code": "malformed", "retry_after_ms": None}


@pytest.mark.parametrize("filler", ["x", "é"])
async def test_inbox_ends_a_connection_that_sends_a_frame_too_large(filler: str) -> None:
    hub, notes = hub_with_notes(Limits(frame_bytes=2000))

    async with served(hub) as port, browser(port) as tab:
        assert (await tab.ask("note:write", {**NOTE, "text": "x" * 1500}))["ok"] is True
        tab.wire.text("421" + json.dumps(["note:write", {**NOTE, "text": filler * 1999}], ensure_ascii=False))
        await tab.ended()

        assert await tab.pushed("connection:closed") == {"code": "malformed", "retry_after_ms": None}

    assert len(notes) == 1


async def test_inbox_takes_nothing_from_a_websocket_that_has_not_said_who_it_is() -> None:
    hub, notes = hub_with_notes()

    async with served(hub) as port:
        wire = await open_wire(port)
        wire.read()
        tab = Browser(wire)
        tab.emit("note:write", NOTE)
        await tab.ended()
        await wire.close()

    assert notes == []
    assert hub.counters.abusive == 1


def test_a_message_has_no_field_that_pydantic_would_convert() -> None:
    class Count(Message):
        name = "count"
        amount: int

    assert Count.parse({"amount": 3}).amount == 3
    with pytest.raises(Exception, match="count"):
        Count.parse({"amount": "3"})
    with pytest.raises(Exception, match="count"):
        Count.parse({"amount": 3.5})
