"""What one participant may cost the others: a voice without end, keyframes without end, a clock that lies."""

from __future__ import annotations

import asyncio
import time

from meetings.sfu.limits import PICTURE_KEYFRAMES_AT_ONCE, PICTURE_KEYFRAMES_PER_S, VOICE_PACKETS, Drop
from meetings.sfu.messages import Source
from meetings.sfu.reception import CLOCKS_APART_S, Reception
from meetings.sfu.rtcp import SenderReport, to_ntp
from tests.meetings.sfu.world import INTER, KEYFRAME, Town, picture, speak, until

RATE = 90_000


async def test_a_voice_of_a_thousand_packets_is_not_handed_to_everybody(town: Town) -> None:
    anna, bruno = await town.join("anna"), await town.join("bruno")
    began = time.monotonic()
    while town.worker.counters[Drop.LAYER_RATE] < 500:
        await speak(anna, count=50, level=10)
        await asyncio.sleep(0.01)
    rate, at_once = VOICE_PACKETS
    assert len(bruno.received("voice-0")) <= at_once + rate * (time.monotonic() - began)


async def test_a_viewer_that_asks_for_keyframes_without_end_gets_few(town: Town) -> None:
    anna, bruno = await town.join("anna"), await town.join("bruno")
    anna.bot.send(Source.CAMERA, picture(KEYFRAME), 0, marker=True)
    await until(lambda: bruno.received("large"), "shown")
    asked, number, began = town.worker.counters["keyframe_requests"], 0, time.monotonic()
    while town.worker.counters[Drop.KEYFRAME_RATE] < 40:
        number += 1
        bruno.bot.request_keyframe("large")
        anna.bot.send(Source.CAMERA, picture(INTER), 3000 * number, marker=True)
        await until(lambda: len(bruno.received("large")) > number, "the picture goes on")  # noqa: B023  # at once
    answered = town.worker.counters["keyframe_requests"] - asked
    assert answered <= PICTURE_KEYFRAMES_AT_ONCE + PICTURE_KEYFRAMES_PER_S * (time.monotonic() - began)


def reported(timestamp: int) -> SenderReport:
    """What a sender says of its clock."""
    return SenderReport(1, to_ntp(1000.0), timestamp, 1, 1)


def test_a_clock_that_says_what_the_packets_say_is_believed_also_when_it_wraps() -> None:
    reception = Reception(RATE)
    assert not reception.agrees_with(reported(0), 10.0)  # nothing has come that it could be compared with
    reception.arrived(1, 0xFFFFFFFF, 10.0)
    assert reception.agrees_with(reported(0xFFFFFFFF), 10.0)
    assert reception.agrees_with(reported(RATE), 11.0)


def test_a_clock_that_is_seconds_off_is_not_believed_in_either_direction() -> None:
    reception = Reception(RATE)
    reception.arrived(1, 5 * RATE, 10.0)
    apart = int((CLOCKS_APART_S + 1) * RATE)
    assert not reception.agrees_with(reported(5 * RATE + apart), 10.0)
    assert not reception.agrees_with(reported(5 * RATE - apart), 10.0)


def test_nothing_is_lost_of_a_stream_of_which_nothing_came() -> None:
    block = Reception(RATE).block(1, 0.0)
    assert (block.fraction_lost, block.lost, block.highest) == (0, 0, 0)
