"""Frames are encoded once, and an outbox holds only so many."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar

import pytest
from wsproto.connection import Connection, ConnectionType
from wsproto.events import TextMessage

from realtime.errors import MalformedMessage
from realtime.frames import Frame, Outbox, ack_frame, event_frame
from realtime.limits import Allowance
from realtime.messages import Message, Push


@dataclass(frozen=True)
class Place:
    cell: str


@dataclass(frozen=True)
class Told(Push):
    name: ClassVar[str] = "all:told"
    text: str
    at: datetime
    places: tuple[Place, ...]
    share: float


def test_event_frame_encodes_what_a_push_may_hold() -> None:
    push = Told('é\u2028"', datetime(2026, 6, 1, 12, tzinfo=UTC), (Place("3-4"),), float("nan"))

    text = event_frame(push).text

    assert text.startswith('42["all:told",')
    assert json.loads(text[2:])[1] == {
        "text": 'é\u2028"',
        "at": "2026-06-01T12:00:00Z",
        "places": [{"cell": "3-4"}],
        "share": None,
    }


def test_ack_frame_bears_the_number_of_its_message() -> None:
    assert ack_frame(17, {"ok": True}).text == '4317[{"ok":true}]'


@pytest.mark.parametrize("size", [1, 125, 126, 65_535, 65_536])
def test_frame_is_a_text_frame_of_a_server(size: int) -> None:
    text = "é" + "x" * (size - 2) if size > 1 else "x"
    client = Connection(ConnectionType.CLIENT)

    client.receive_data(Frame(text).wire)

    [message] = client.events()
    assert isinstance(message, TextMessage)
    assert (message.data, message.message_finished) == (text, True)
    assert Frame(text).text == text
    assert Frame(text).size == size


def test_outbox_is_bounded_by_number() -> None:
    outbox = Outbox(max_frames=2, max_bytes=1000)

    assert [outbox.put(Frame("x")) for _ in range(3)] == [True, True, False]
    outbox.take()
    assert outbox.put(Frame("x"))


def test_outbox_is_bounded_by_size_but_always_takes_one() -> None:
    outbox = Outbox(max_frames=100, max_bytes=10)

    assert outbox.put(Frame("x" * 50))
    assert not outbox.put(Frame("x"))
    outbox.take()
    assert [outbox.put(Frame("x" * 5)) for _ in range(3)] == [True, True, False]
    outbox.clear()
    assert outbox.put(Frame("x" * 10))


async def test_outbox_lets_its_reader_wait() -> None:
    outbox = Outbox(max_frames=2, max_bytes=1000)
    waiting = asyncio.create_task(outbox.wait())
    await asyncio.sleep(0)
    assert not waiting.done()

    outbox.put(Frame("x"))
    await waiting
    await outbox.wait()

    assert outbox.take() is not None
    assert outbox.take() is None


def test_allowance_gives_a_burst_then_its_rate() -> None:
    allowance = Allowance(burst=2, per_s=0.5, now=100.0)

    assert [allowance.take(100.0) for _ in range(3)] == [True, True, False]
    assert [allowance.take(102.0), allowance.take(102.0)] == [True, False]
    assert [allowance.take(9000.0) for _ in range(3)] == [True, True, False]


class Say(Message):
    """A message with a text."""

    name = "text:say"
    text: str


def test_sign_that_no_text_holds_is_refused() -> None:
    with pytest.raises(MalformedMessage):
        Say.parse({"text": "a\0b"})
