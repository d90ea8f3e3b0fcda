"""Losses on the way in and on the way out, repaired through a real worker; and viewers whose line gets worse."""

from __future__ import annotations

import asyncio
import secrets

import pytest

from meetings.sfu import downlink, ladder, missing, probing
from meetings.sfu.bot_sdp import BotOffer
from meetings.sfu.lanes import Data
from meetings.sfu.limits import Drop
from meetings.sfu.messages import LineChanged, Source
from meetings.sfu.negotiation import MID
from meetings.sfu.resending import TIMES
from meetings.sfu.rtcp import Nack, write_nack, write_remb
from meetings.sfu.rtp import RtpPacket
from tests.meetings.sfu.world import INTER, KEYFRAME, Guest, Town, picture, speak, until


def asked_of(guest: Guest, ssrc: int) -> list[int]:
    """What the worker has asked a publisher for again."""
    nacks = [each for each in guest.reports if isinstance(each, Nack) and each.ssrc == ssrc]
    return [sequence for nack in nacks for sequence in nack.sequences]


def skip(guest: Guest, source: Source) -> int:
    """Let the next packet of a source be lost; returns its sequence number."""
    lost = guest.bot._sequences[source]
    guest.bot._sequences[source] = (lost + 1) & 0xFFFF
    return lost


def film(guest: Guest, count: int, first: int = 0) -> None:
    """Send pictures, the very first one a keyframe."""
    for number in range(first, first + count):
        guest.bot.send(Source.CAMERA, picture(INTER if number else KEYFRAME), 3000 * number, marker=True)


def repair(guest: Guest, sequence: int, payload: bytes, timestamp: int, ssrc: int = 4711) -> RtpPacket:
    """A packet of the camera on its retransmission stream."""
    return RtpPacket(
        guest.offer.rtx,
        1 + secrets.randbelow(1 << 14),
        timestamp,
        ssrc,
        sequence.to_bytes(2, "big") + payload,
        marker=True,
        extensions={guest.offer.extension(MID): guest.offer.mid(Source.CAMERA).encode()},
    )


def in_order(packets: list[RtpPacket]) -> list[int]:
    """Where packets belong, counted from the first one that came."""
    return [(packet.sequence - packets[0].sequence) & 0xFFFF for packet in packets]


async def test_a_picture_lost_on_the_way_in_is_asked_for_and_comes_in_its_own_place(town: Town) -> None:
    anna, bruno = await town.join("anna"), await town.join("bruno")
    film(anna, 3)
    lost, payload = skip(anna, Source.CAMERA), picture(INTER)
    film(anna, 5, first=4)
    await until(lambda: len(bruno.received("large")) == 8, "the others arrive")
    await until(lambda: lost in asked_of(anna, anna.bot.ssrcs[Source.CAMERA]), "it is asked for")
    anna.bot.send_packet(repair(anna, lost, payload, 9000))
    await until(lambda: len(bruno.received("large")) == 9, "it arrives")
    assert in_order(bruno.received("large")) == [0, 1, 2, 4, 5, 6, 7, 8, 3]
    late = bruno.received("large")[-1]
    assert (late.payload[5:], late.marker) == (payload[5:], True)
    assert anna.keyframe_requests <= 2  # the viewer's first picture, and no more


async def test_a_repair_that_nobody_needs_goes_nowhere(town: Town) -> None:
    anna, bruno = await town.join("anna"), await town.join("bruno")
    film(anna, 3)
    await until(lambda: len(bruno.received("large")) == 3, "all arrive")
    last = (anna.bot._sequences[Source.CAMERA] - 1) & 0xFFFF
    anna.bot.send_packet(repair(anna, last, picture(INTER), 6000))
    await until(lambda: town.worker.counters[Drop.RTP_REPEATED] == 1, "it is known already")
    film(anna, 1, first=3)
    await until(lambda: len(bruno.received("large")) == 4, "the next one")
    assert in_order(bruno.received("large")) == [0, 1, 2, 3]


async def test_a_repair_is_as_forbidden_as_what_it_repairs(town: Town) -> None:
    anna, bruno = await town.join("anna"), await town.join("bruno")
    film(anna, 2)
    lost = skip(anna, Source.CAMERA)
    film(anna, 5, first=3)
    await until(lambda: asked_of(anna, anna.bot.ssrcs[Source.CAMERA]), "it is asked for")
    peer = town.worker.rooms["council"].peers["anna"]
    assert peer.connection is not None
    peer.connection.tracks[Source.CAMERA].allowed = False
    anna.bot.send_packet(repair(anna, lost, picture(INTER), 6000))
    await until(lambda: town.worker.counters["probes"], "it is counted and dropped")
    assert len(bruno.received("large")) == 7


async def test_a_loss_that_cannot_be_repaired_ends_in_a_keyframe_request(town: Town) -> None:
    anna, bruno = await town.join("anna"), await town.join("bruno")
    film(anna, 3)
    await until(lambda: bruno.received("large"), "anna is shown")
    before = anna.keyframe_requests
    skip(anna, Source.CAMERA)
    number = 4
    while not town.worker.counters["losses_given_up"] and number < 3000:
        film(anna, 1, first=number)
        await asyncio.sleep(0.01)
        number += 1
    await until(lambda: anna.keyframe_requests > before, "a keyframe is asked for")
    assert len(asked_of(anna, anna.bot.ssrcs[Source.CAMERA])) <= missing.PICTURE.tries


async def test_nothing_is_asked_of_a_publisher_whom_nobody_sees(town: Town) -> None:
    anna = await town.join("anna")
    film(anna, 3)
    skip(anna, Source.CAMERA)
    film(anna, 10, first=4)
    await until(lambda: "camera" in town.worker.rooms["council"].peers["anna"].state().publishing, "anna sends")
    await speak(anna, count=2)
    await until(lambda: "microphone" in town.worker.rooms["council"].peers["anna"].state().publishing, "and speaks")
    assert asked_of(anna, anna.bot.ssrcs[Source.CAMERA]) == []


async def test_a_voice_lost_on_the_way_in_is_asked_for_and_comes_in_its_own_place(town: Town) -> None:
    anna, bruno = await town.join("anna"), await town.join("bruno")
    await speak(anna, count=3)
    lost = skip(anna, Source.MICROPHONE)
    await speak(anna, count=3)
    await until(lambda: lost in asked_of(anna, anna.bot.ssrcs[Source.MICROPHONE]), "it is asked for")
    sequence, anna.bot._sequences[Source.MICROPHONE] = anna.bot._sequences[Source.MICROPHONE], lost
    anna.bot.send(Source.MICROPHONE, b"what was lost", 2880, level=30)
    anna.bot._sequences[Source.MICROPHONE] = sequence
    await until(lambda: len(bruno.received("voice-0")) == 7, "it arrives")
    assert in_order(bruno.received("voice-0")) == [0, 1, 2, 4, 5, 6, 3]


async def test_a_voice_lost_on_the_way_out_comes_again_byte_for_byte(town: Town) -> None:
    anna, bruno = await town.join("anna"), await town.join("bruno")
    voices = town.worker.rooms["council"].peers["bruno"]
    written: list[bytes] = []
    assert voices.connection is not None
    path = voices.connection.transport.path
    real = path.write

    def listening(datagram: Data) -> None:
        written.append(bytes(datagram))
        real(datagram)

    path.write = listening  # it listens in front of the real one
    await speak(anna, count=5)
    await until(lambda: len(bruno.received("voice-0")) == 5, "all arrive")
    sent = [packet.sequence for packet in bruno.received("voice-0")]
    bruno.bot.send_rtcp(write_nack(1, bruno.bot.ssrc_of("voice-0"), [sent[2]]))
    await until(lambda: town.worker.counters["packets_retransmitted"] == 1, "it is sent again")
    once, again = [each for each in written if int.from_bytes(each[2:4], "big") == sent[2]]
    assert once == again
    assert town.worker.counters[Drop.SRTP_REFUSED] == 0  # nothing was encrypted twice


async def test_a_packet_is_sent_again_a_few_times_however_often_it_is_asked_for(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna, bruno = await town.join("anna"), await town.join("bruno")
    film(anna, 3)
    await until(lambda: len(bruno.received("large")) == 3, "all arrive")
    number = bruno.received("large")[1].sequence
    connection = town.worker.rooms["council"].peers["bruno"].connection
    assert connection is not None
    monkeypatch.setattr(connection.downlink.line, "rtt_s", 0.0)
    while town.worker.counters["nacked_packets"] < 40:
        bruno.bot.send_rtcp(write_nack(1, bruno.bot.ssrc_of("large"), [number]))
        await asyncio.sleep(0.012)
    assert town.worker.counters["packets_retransmitted"] <= TIMES
    await until(lambda: bruno.received("large/rtx"), "and it does come")


async def test_a_flood_of_requests_is_cut_down_before_it_is_looked_up(town: Town) -> None:
    anna, bruno = await town.join("anna"), await town.join("bruno")
    film(anna, 3)
    await until(lambda: len(bruno.received("large")) == 3, "anna is shown")
    everything = write_nack(1, bruno.bot.ssrc_of("large"), list(range(500)))
    for _ in range(20):
        bruno.bot.send_rtcp(everything)
    for _ in range(60):
        bruno.bot.request_keyframe("large")
    await until(lambda: town.worker.counters[Drop.NACK_RATE], "NACKs are capped")
    await until(lambda: town.worker.counters[Drop.KEYFRAME_RATE], "keyframe requests too")
    for _ in range(400):
        bruno.bot.request_keyframe("large")
    await until(lambda: town.worker.counters[Drop.REPORT_RATE], "and reports of any kind")
    payloads = await speak(anna, count=10)
    await until(lambda: len(bruno.received("voice-0")) == 10, "the call goes on")
    assert [packet.payload for packet in bruno.received("voice-0")] == payloads


async def test_two_peers_with_the_same_ssrcs_do_not_disturb_each_other(town: Town) -> None:
    anna = await town.join("anna")
    bruno = await town.join("bruno", offer=BotOffer(ssrcs=dict(anna.offer.ssrcs)))
    viewer = await town.join("viewer")
    await asyncio.gather(speak(anna, count=20, level=20), speak(bruno, count=20, level=25))
    film(anna, 5)
    film(bruno, 5)
    await until(lambda: len(viewer.received("voice-0")) == len(viewer.received("voice-1")) == 20, "both are heard")
    await until(lambda: viewer.received("large") and viewer.received("small-0"), "both are seen")
    assert in_order(viewer.received("voice-0")) == in_order(viewer.received("voice-1")) == list(range(20))


async def test_a_viewer_on_a_bad_line_keeps_the_sound_and_gets_the_picture_back(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ladder, "FIRST_RISE_S", 0.1)
    monkeypatch.setattr(probing, "CALM_S", 0.1)
    monkeypatch.setattr(downlink, "NEEDS_EVERY_S", 0.1)
    anna, bruno = await town.join("anna"), await town.join("bruno")
    film(anna, 3)
    await until(lambda: len(bruno.received("large")) == 3, "anna is shown")
    bruno.bot.send_rtcp(write_remb(1, 60_000, [bruno.bot.ssrc_of("large")]))
    peer = town.worker.rooms["council"].peers["bruno"]
    assert peer.connection is not None
    line = peer.connection.downlink.line

    async def call_until(rung: ladder.Rung) -> None:
        for number in range(3, 3000):
            anna.bot.send(Source.CAMERA, picture(KEYFRAME), 3000 * number, marker=True)
            await speak(anna, count=1)
            await asyncio.sleep(0.01)
            if line.rung is rung:
                return

    await call_until(ladder.Rung.SOUND)
    assert line.rung is ladder.Rung.SOUND
    await until(lambda: not any(state.live for state in peer.slot_states() if state.slot == "large"), "no picture")
    await until(lambda: LineChanged("council", "bruno", "sound", is_weak=False) in town.told, "the page is told")
    (room,) = (await town.client.snapshot()).rooms
    state = next(each for each in room.peers if each.peer == "bruno")
    assert (state.shown, state.line["estimate_bps"]) == ("sound", 60_000)
    assert state.line.keys() >= {"sent_bps", "queue_ms", "lost_down_permille", "lost_up_permille"}
    assert "rtt_ms" not in state.line  # no answer to a sender report has come
    heard = len(bruno.received("voice-0"))
    await speak(anna, count=5)
    await until(lambda: len(bruno.received("voice-0")) == heard + 5, "the sound goes on")
    seen = len(bruno.received("large"))
    bruno.bot.send_rtcp(write_remb(1, 9_000_000, [bruno.bot.ssrc_of("large")]))
    await call_until(ladder.Rung.ALL)
    number = 3000
    while len(bruno.received("large")) == seen and number < 6000:
        anna.bot.send(Source.CAMERA, picture(KEYFRAME), 3000 * number, marker=True)
        await asyncio.sleep(0.01)
        number += 1
    assert len(bruno.received("large")) > seen
    await until(lambda: LineChanged("council", "bruno", "all", is_weak=False) in town.told, "the page is told")
    assert not [each for each in town.notes(LineChanged) if isinstance(each, LineChanged) and each.peer == "anna"]


async def test_a_viewer_that_could_take_more_is_sent_padding_to_find_out(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probing, "CALM_S", 0.1)
    monkeypatch.setattr(downlink, "NEEDS_EVERY_S", 0.1)
    anna, bruno = await town.join("anna"), await town.join("bruno")
    film(anna, 1)
    await until(lambda: bruno.received("large"), "anna is shown")
    bruno.bot.send_rtcp(write_remb(1, 150_000, [bruno.bot.ssrc_of("large")]))
    number = 1
    while not bruno.received("large/rtx") and number < 3000:
        film(anna, 1, first=number)
        await asyncio.sleep(0.01)
        number += 1
    padding = bruno.received("large/rtx")[0]
    assert (padding.size, padding.padded, padding.payload_type) == (0, True, bruno.offer.rtx)


async def test_a_large_picture_that_jerks_gives_way_to_a_small_one_that_moves(town: Town) -> None:
    anna = await town.join("anna", offer=BotOffer(rids=("l", "h")))
    await town.join("bruno")
    peer = town.worker.rooms["council"].peers["bruno"]

    def shown() -> str | None:
        layer = peer.connection.slots[3].layer if peer.connection else None
        return layer.rid if layer else None

    async def film_until(rid: str, every: int) -> None:
        """Send all frames of the small layer and one in `every` of the large one."""
        for number in range(6000):
            anna.bot.send_layer("l", picture(KEYFRAME, 200), 3000 * number, marker=True)
            if number % every == 0:
                anna.bot.send_layer("h", picture(KEYFRAME, 400), 3000 * number, marker=True)
            await asyncio.sleep(0.01)
            if shown() == rid:
                return

    await film_until("h", every=1)
    assert shown() == "h"
    await film_until("l", every=5)
    assert shown() == "l"
    await film_until("h", every=1)
    assert shown() == "h"


async def test_the_clock_comes_to_a_calm_peer_every_other_tick_and_to_one_that_misses_something_every_time(
    town: Town,
) -> None:
    anna, bruno = await town.join("anna"), await town.join("bruno")
    film(anna, 3)
    await until(lambda: len(bruno.received("large")) == 3, "the picture is shown")
    room = town.worker.rooms["council"]
    peer = room.peers["anna"]
    await until(lambda: not room._turns, "nobody is to be shown anything new")
    assert [room.can_wait(peer, tick) for tick in range(4)] in ([True, False] * 2, [False, True] * 2)
    viewer = room.peers["bruno"]
    await until(lambda: sum(room.can_wait(viewer, tick) for tick in range(10)) == 9, "who only watches needs it least")
    skip(anna, Source.CAMERA)
    film(anna, 1, first=4)
    await until(lambda: not any(room.can_wait(peer, tick) for tick in range(2)), "the gap is looked after")
