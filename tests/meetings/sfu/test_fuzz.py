"""Mutations of recorded packets crash nothing and cost the others nothing. Seeded: a failure can be repeated."""

from __future__ import annotations

import asyncio
import random
import time

import pytest

from meetings.sfu import connection, wire
from meetings.sfu.adapter import PacketBuffer
from meetings.sfu.limits import PeerLimits, TokenBucket
from meetings.sfu.messages import Source
from meetings.sfu.rtcp import RtcpError, parse_rtcp, write_nack, write_pli
from meetings.sfu.rtp import RtpError, parse_rtp
from tests.meetings.sfu.mutations import commands, media_of, mutated
from tests.meetings.sfu.recorded import Recording
from tests.meetings.sfu.world import INTER, KEYFRAME, Town, picture, speak, until

SEED = 20261122
ON_THE_WIRE = 40_000
DECRYPTED = 50_000
CONTROL = 10_000


async def a_call(town: Town) -> Recording:
    """Two peers who send everything that is ever sent, and a recording of it."""
    recording = Recording(town.worker._sockets[0])
    anna, bruno = await town.join("anna"), await town.join("bruno")
    await speak(anna, count=20)
    for number in range(20):
        anna.bot.send(Source.CAMERA, picture(INTER if number else KEYFRAME), 3000 * number, marker=True)
    await until(lambda: len(bruno.received("large")) == 20, "the camera arrives")
    bruno.bot.request_keyframe("large")
    bruno.bot.send_rtcp(write_nack(1, bruno.bot.ssrc_of("large"), [bruno.received("large")[3].sequence]))
    anna.bot.report_clock(Source.CAMERA, 0)
    await until(lambda: bruno.received("large/rtx"), "a repair arrives")
    return recording


def without_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every mutation through to the parsers: the rate limits have their own tests."""
    monkeypatch.setattr(TokenBucket, "take", lambda *_: True)
    monkeypatch.setattr(PeerLimits, "lets_in", lambda *_: True)


async def test_mutated_datagrams_crash_nothing_and_the_call_goes_on(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording = await a_call(town)
    without_limits(monkeypatch)
    chance, recorded = random.Random(SEED), list(recording.datagrams)
    assert {data[0] >> 6 for data, _ in recorded} == {0, 2}  # STUN and DTLS, RTP and RTCP
    for number in range(ON_THE_WIRE):
        data, address = chance.choice(recorded)
        recording.replay(mutated(data, chance), address, time.monotonic())
        if number % 500 == 0:
            await asyncio.sleep(0)
    anna, bruno = town.guests
    before = len(bruno.received("voice-0"))
    anna.bot._sequences[Source.MICROPHONE] += 100
    await speak(anna, count=5)
    await until(lambda: len(bruno.received("voice-0")) >= before + 5, "the call goes on")
    assert town.worker.counters["drop_internal_error"] == 0
    assert {name for name in town.worker.counters if name.startswith("drop_")} >= {
        "drop_stun_malformed",
        "drop_srtp_authentication",
        "drop_unknown_kind",
    }


async def test_mutated_packets_of_a_peer_that_is_seated_crash_nothing(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Behind the encryption: what a genuine but broken, or hostile, peer could send."""
    await a_call(town)
    without_limits(monkeypatch)
    chance = random.Random(SEED)
    anna, bruno = town.guests
    buffer = PacketBuffer()
    broken = town.worker.rooms["council"].peers["anna"].connection
    assert isinstance(broken, connection.Connection)
    media = [*media_of(anna.bot.ssrcs), write_pli(1, bruno.bot.ssrc_of("large"))]
    media.append(write_nack(1, bruno.bot.ssrc_of("large"), [1, 2, 3]))
    for number in range(DECRYPTED):
        data = mutated(chance.choice(media), chance)
        if len(data) > 1 and 192 <= data[1] <= 223:
            broken.received_rtcp(data, time.monotonic())
        else:
            buffer.data[: len(data)] = data
            broken.received_rtp(buffer, len(data), time.monotonic())
        if number % 500 == 0:
            await asyncio.sleep(0)
    assert len(broken._layers) <= connection.MAX_STREAMS
    before = len(anna.received("voice-0"))
    await speak(bruno, count=5)
    await until(lambda: len(anna.received("voice-0")) >= before + 5, "the other is heard")


def test_mutated_control_messages_are_read_or_refused() -> None:
    chance = random.Random(SEED)
    genuine = commands()
    refused = 0
    for _ in range(CONTROL):
        frame = mutated(chance.choice(genuine), chance)
        try:
            wire.decode(frame, wire.COMMANDS)
        except wire.MalformedMessageError:
            refused += 1
            wire.request_id(frame)
    assert refused > CONTROL // 2


def test_random_bytes_are_refused_by_the_parsers_with_their_own_errors() -> None:
    chance, refused = random.Random(SEED), 0
    for _ in range(5000):
        data = bytes([chance.choice((0x80, 0x90, 0xB0, 0x8F))]) + chance.randbytes(chance.randrange(80))
        for parse, refusal in ((parse_rtp, RtpError), (parse_rtcp, RtcpError)):
            try:
                parse(data)
            except refusal:
                refused += 1
    assert refused > 1000
