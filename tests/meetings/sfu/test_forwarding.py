"""What one peer sends, the others get: unaltered, under their own numbers, and only what is allowed."""

from __future__ import annotations

import asyncio
import secrets
import time

import pytest

from meetings.sfu import publishing
from meetings.sfu.bot import Bot
from meetings.sfu.bot_sdp import BotOffer
from meetings.sfu.client import CommandRefusedError
from meetings.sfu.grants import issue_grant
from meetings.sfu.limits import Drop
from meetings.sfu.messages import Permissions, Source, TrackMuted, Wanted
from meetings.sfu.negotiation import ABS_SEND_TIME, AUDIO_LEVEL, MID
from meetings.sfu.rtcp import Reports, Rtcp, SenderReport, TransportFeedback, from_ntp, parse_rtcp, write_nack
from meetings.sfu.rtp import RtpPacket
from meetings.sfu.transport import Transport
from tests.meetings.sfu.world import ALL, INTER, KEYFRAME, SECRET, Guest, Town, picture, speak, until


async def test_voice_payloads_arrive_byte_for_byte(town: Town) -> None:
    anna, bruno = await town.join("anna"), await town.join("bruno")
    payloads = await speak(anna, count=50)
    await until(lambda: len(bruno.received("voice-0")) == 50, "fifty voice packets")
    assert [packet.payload for packet in bruno.received("voice-0")] == payloads
    assert anna.packets == []  # nobody hears themselves


async def test_picture_payloads_arrive_unaltered_but_for_their_running_numbers(town: Town) -> None:
    anna, bruno = await town.join("anna"), await town.join("bruno")
    sent = [picture(KEYFRAME), *(picture(INTER) for _ in range(20))]
    for number, payload in enumerate(sent):
        anna.bot.send(Source.CAMERA, payload, 3000 * number, marker=True)
    await until(lambda: len(bruno.received("large")) == 21, "all pictures")
    for payload, packet in zip(sent, bruno.received("large"), strict=True):
        assert packet.payload[:2] == payload[:2]
        assert packet.payload[5:] == payload[5:]  # after picture id (2 bytes) and TL0PICIDX


async def test_payload_types_extensions_and_mids_are_those_of_each_viewer(town: Town) -> None:
    ours = BotOffer(opus=96, vp8=97, rtx=98, first_extension=9, mid_prefix="x")
    anna, bruno = await town.join("anna"), await town.join("bruno", offer=ours)
    anna.bot.send(Source.MICROPHONE, b"voice", 0, level=17)
    anna.bot.send(Source.CAMERA, picture(KEYFRAME), 0, marker=True)
    await until(lambda: bruno.received("large") and bruno.received("voice-0"), "both")
    (voice,), (image,) = bruno.received("voice-0"), bruno.received("large")
    assert (voice.payload_type, image.payload_type) == (96, 97)
    assert voice.extensions[ours.extension(MID)] == b"x3"
    assert image.extensions[ours.extension(MID)] == b"x6"
    assert voice.extensions[ours.extension(AUDIO_LEVEL)] == bytes([0x80 | 17])
    assert len(image.extensions[ours.extension(ABS_SEND_TIME)]) == 3
    assert voice.ssrc == bruno.bot.ssrc_of("voice-0") != anna.bot.ssrcs[Source.MICROPHONE]


async def test_a_withdrawn_permission_stops_the_very_next_packet(town: Town) -> None:
    anna, bruno = await town.join("anna"), await town.join("bruno")
    await speak(anna, count=3)
    await until(lambda: len(bruno.received("voice-0")) == 3, "heard before")
    await town.client.allow("council", "anna", Permissions(camera=True))
    await speak(anna, count=10)
    anna.bot.send(Source.CAMERA, picture(KEYFRAME), 0)
    await until(lambda: bruno.received("large"), "the camera, sent after the voice, arrived")
    assert len(bruno.received("voice-0")) == 3
    assert town.worker.counters[Drop.RTP_NOT_ALLOWED] == 10
    assert TrackMuted("council", "anna", Source.MICROPHONE, "revoked") in town.notes(TrackMuted)


async def test_a_permission_given_later_lets_packets_through(town: Town) -> None:
    anna, bruno = await town.join("anna", Permissions()), await town.join("bruno")
    await speak(anna, count=3)
    await until(lambda: town.worker.counters[Drop.RTP_NOT_ALLOWED] == 3, "refused at first")
    await town.client.allow("council", "anna", ALL)
    await speak(anna, count=2)
    await until(lambda: len(bruno.received("voice-0")) == 2, "heard after")


async def test_a_stranger_without_a_grant_is_refused_and_gets_nothing(town: Town) -> None:
    anna = await town.join("anna")
    received: list[RtpPacket] = []
    stranger = Bot(received=lambda _slot, packet: received.append(packet))
    forged = issue_grant(b"another secret, another town", room="council", peer="eve", permissions=ALL, now=time.time())
    with pytest.raises(CommandRefusedError, match="grant_invalid"):
        await stranger.connect(lambda offer: town.client.join("council", "eve", forged, offer))
    await speak(anna)
    bruno = await town.join("bruno")
    await speak(anna)
    await until(lambda: bruno.received("voice-0"), "an invited guest hears")
    assert received == []


async def test_a_grant_seats_one_peer_once(town: Town) -> None:
    grant = issue_grant(SECRET, room="council", peer="anna", permissions=ALL, now=time.time())
    offer = BotOffer().text(("sha-256", "AA:" * 31 + "AA"))
    with pytest.raises(CommandRefusedError, match="grant_invalid"):
        await town.client.join("council", "bruno", grant, offer)
    await town.client.join("council", "anna", grant, offer)
    with pytest.raises(CommandRefusedError, match="grant_used"):
        await town.client.join("council", "anna", grant, offer)


async def test_rooms_do_not_hear_each_other(town: Town) -> None:
    anna, other = await town.join("anna"), await town.join("zoe", room="another")
    bruno = await town.join("bruno")
    await speak(anna)
    await until(lambda: bruno.received("voice-0"), "the same room hears")
    assert other.packets == []


async def test_a_switch_waits_for_a_keyframe_and_leaves_no_gap(town: Town) -> None:
    anna, bruno, viewer = [await town.join(name) for name in ("anna", "bruno", "viewer")]
    await town.client.watch("council", "viewer", Wanted(large="anna", small=()))
    for number in range(3):
        anna.bot.send(Source.CAMERA, picture(INTER if number else KEYFRAME), 3000 * number, marker=True)
    await until(lambda: len(viewer.received("large")) == 3, "anna is shown")
    bruno.bot.send(Source.CAMERA, picture(KEYFRAME), 50_000)
    await until(lambda: "camera" in town.worker.rooms["council"].peers["bruno"].state().publishing, "bruno sends")
    asked = bruno.keyframe_requests
    await town.client.watch("council", "viewer", Wanted(large="bruno", small=()))
    await until(lambda: bruno.keyframe_requests > asked, "a keyframe is asked for")
    anna.bot.send(Source.CAMERA, picture(INTER), 9000, marker=True)
    await until(lambda: len(viewer.received("large")) == 4, "anna stays until then")
    bruno.bot.send(Source.CAMERA, picture(INTER), 53_000, marker=True)
    bruno.bot.send(Source.CAMERA, picture(KEYFRAME), 56_000, marker=True)
    bruno.bot.send(Source.CAMERA, picture(INTER), 59_000, marker=True)
    await until(lambda: len(viewer.received("large")) == 6, "bruno is shown")
    shown = viewer.received("large")
    first = shown[0].sequence
    assert [packet.sequence - first for packet in shown] == list(range(6))
    assert (shown[5].timestamp - shown[4].timestamp) & 0xFFFFFFFF == 3000
    ids = [(packet.payload[2] & 0x7F) << 8 | packet.payload[3] for packet in shown]
    assert ids[4] == (ids[3] + 1) & 0x7FFF
    anna.bot.send(Source.CAMERA, picture(INTER), 12_000, marker=True)
    bruno.bot.send(Source.CAMERA, picture(INTER), 62_000, marker=True)
    await until(lambda: len(viewer.received("large")) == 7, "only bruno goes on")


async def test_a_missing_packet_is_sent_again_on_the_rtx_stream(town: Town) -> None:
    anna, bruno = await town.join("anna"), await town.join("bruno")
    for number in range(4):
        anna.bot.send(Source.CAMERA, picture(INTER if number else KEYFRAME), 3000 * number, marker=True)
    await until(lambda: len(bruno.received("large")) == 4, "all arrived")
    lost = bruno.received("large")[2]
    bruno.bot.send_rtcp(write_nack(1, bruno.bot.ssrc_of("large"), [lost.sequence, (lost.sequence + 1000) & 0xFFFF]))
    await until(lambda: bruno.received("large/rtx"), "it came again")
    (again,) = bruno.received("large/rtx")
    assert again.payload_type == bruno.offer.rtx
    assert again.payload == lost.sequence.to_bytes(2, "big") + lost.payload
    assert again.timestamp == lost.timestamp


async def test_keyframe_requests_of_many_viewers_become_one(town: Town) -> None:
    anna = await town.join("anna")
    anna.bot.send(Source.CAMERA, picture(KEYFRAME), 0, marker=True)
    viewers = [await town.join(f"viewer{number}") for number in range(4)]
    await until(lambda: anna.keyframe_requests, "the first viewer needs one")
    anna.bot.send(Source.CAMERA, picture(KEYFRAME), 3000, marker=True)
    await until(lambda: all(viewer.received("large") for viewer in viewers), "all see anna")
    before, began = anna.keyframe_requests, time.monotonic()
    for _ in range(25):
        for viewer in viewers:
            viewer.bot.request_keyframe("large")
        await asyncio.sleep(0.01)
    await until(lambda: anna.keyframe_requests > before, "it is passed on")
    assert anna.keyframe_requests - before <= 2 + (time.monotonic() - began) / 0.5


async def test_a_publisher_learns_its_losses_and_arrival_times(town: Town) -> None:
    anna = await town.join("anna")
    for number in range(20):
        if number == 7:
            anna.bot._sequences[Source.MICROPHONE] += 1  # one is lost on the way
        anna.bot.send(Source.MICROPHONE, secrets.token_bytes(20), 960 * number, level=40)
    await until(lambda: any(isinstance(each, TransportFeedback) for each in anna.reports), "arrival times")
    await until(lambda: any(isinstance(each, Reports) and each.blocks for each in anna.reports), "a receiver report")
    block = next(each.blocks[0] for each in anna.reports if isinstance(each, Reports) and each.blocks)
    assert (block.ssrc, block.lost) == (anna.bot.ssrcs[Source.MICROPHONE], 1)


async def test_sender_reports_keep_voice_and_picture_together(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    for source in publishing.SILENT_AFTER_S:  # one packet each is all there is
        monkeypatch.setitem(publishing.SILENT_AFTER_S, source, 600.0)
    anna, bruno = await town.join("anna"), await town.join("bruno")
    anna.bot.send(Source.MICROPHONE, b"voice", 48_000, level=30)
    anna.bot.send(Source.CAMERA, picture(KEYFRAME), 90_000, marker=True)
    await until(lambda: bruno.received("voice-0") and bruno.received("large"), "voice and picture")
    at = time.time() - 3600  # the publisher's clock is an hour slow
    anna.bot.report_clock(Source.MICROPHONE, 48_000, at)
    anna.bot.report_clock(Source.CAMERA, 90_000, at)
    voice, large = bruno.bot.ssrc_of("voice-0"), bruno.bot.ssrc_of("large")

    def report(ssrc: int) -> SenderReport | None:
        return next((each for each in bruno.reports if isinstance(each, SenderReport) and each.ssrc == ssrc), None)

    await until(lambda: report(voice) and report(large), "a sender report for each slot")
    played = {}
    for slot, ssrc, rate in (("voice-0", voice, 48_000), ("large", large, 90_000)):
        (packet,), told = bruno.received(slot), report(ssrc)
        assert told is not None
        back = (told.timestamp - packet.timestamp) & 0xFFFFFFFF
        played[slot] = from_ntp(told.ntp) - back / rate
    assert abs(played["voice-0"] - played["large"]) < 0.002  # seconds: sent together, to be played together


async def test_all_reports_of_a_second_come_in_one_datagram(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    for source in publishing.SILENT_AFTER_S:  # one packet each is all there is
        monkeypatch.setitem(publishing.SILENT_AFTER_S, source, 600.0)
    sent: list[bytes] = []
    send_rtcp = Transport.send_rtcp

    def send(transport: Transport, packet: bytes) -> None:
        sent.append(packet)
        send_rtcp(transport, packet)

    monkeypatch.setattr(Transport, "send_rtcp", send)
    anna, bruno = await town.join("anna"), await town.join("bruno")
    for guest in (anna, bruno):
        guest.bot.send(Source.MICROPHONE, b"voice", 48_000, level=30)
        guest.bot.send(Source.CAMERA, picture(KEYFRAME), 90_000, marker=True)
        guest.bot.report_clock(Source.MICROPHONE, 48_000)
        guest.bot.report_clock(Source.CAMERA, 90_000)
    slots = [bruno.bot.ssrc_of("voice-0"), bruno.bot.ssrc_of("large")]

    def reports() -> list[list[Rtcp]]:
        return [each for each in map(parse_rtcp, sent) if any(isinstance(packet, SenderReport) for packet in each)]

    def tells_bruno(packets: list[Rtcp]) -> bool:
        return {packet.ssrc for packet in packets if isinstance(packet, SenderReport)} == set(slots)

    await until(lambda: any(map(tells_bruno, reports())), "both slots in one datagram")
    whole = next(filter(tells_bruno, reports()))
    assert isinstance(whole[0], Reports)  # a report comes first (RFC 3550, 6.1)
    assert {block.ssrc for block in whole[0].blocks} == {
        bruno.bot.ssrcs[each] for each in (Source.MICROPHONE, Source.CAMERA)
    }
    await until(
        lambda: {each.ssrc for each in bruno.reports if isinstance(each, SenderReport)} == set(slots), "it is read"
    )


async def test_a_flood_from_one_peer_is_cut_down_before_it_costs_the_others(town: Town) -> None:
    anna, bruno = await town.join("anna"), await town.join("bruno")

    def flooded() -> int:
        for _ in range(200):
            anna.bot.send_datagram(b"\x80\x60" + bytes(40))
        return town.worker.counters[Drop.PEER_RATE]

    await until(flooded, "the flood is capped")
    await speak(bruno, count=10)
    await until(lambda: len(anna.received("voice-0")) == 10, "the other is heard as ever")


async def test_four_voices_for_three_slots_are_the_loudest(town: Town) -> None:
    names = ("anna", "bruno", "chloe", "david")
    guests: dict[str, Guest] = {name: await town.join(name) for name in names}
    viewer = await town.join("viewer", Permissions())
    stop = asyncio.Event()

    async def talk(guest: Guest, level: int) -> None:
        number = 0
        while not stop.is_set():
            guest.bot.send(Source.MICROPHONE, guest.name.encode(), 960 * number, level=level)
            number += 1
            await asyncio.sleep(0.01)

    levels = {"anna": 60, "bruno": 25, "chloe": 20, "david": 30}
    talking = [asyncio.create_task(talk(guests[name], levels[name])) for name in names]

    def heard() -> set[str | None]:
        states = town.worker.rooms["council"].peers["viewer"].slot_states()
        return {state.publisher for state in states if state.slot.startswith("voice")}

    await until(lambda: heard() == {"bruno", "chloe", "david"}, "the quiet one has no slot")
    stop.set()
    await asyncio.wait(talking)
    assert {packet.payload for slot, packet in viewer.packets if slot.startswith("voice")} >= {b"bruno", b"chloe"}


async def test_a_source_that_goes_on_as_another_stream_is_followed(town: Town) -> None:
    anna, bruno = await town.join("anna"), await town.join("bruno")
    anna.bot.send(Source.CAMERA, picture(KEYFRAME), 0, marker=True)
    await until(lambda: bruno.received("large"), "the first stream")
    anna.bot.ssrcs[Source.CAMERA] ^= 1
    anna.bot.send(Source.CAMERA, picture(KEYFRAME), 3000, marker=True)
    await until(lambda: len(bruno.received("large")) == 2, "the second stream, in the same slot")
    first, second = bruno.received("large")
    assert second.sequence == (first.sequence + 1) & 0xFFFF
