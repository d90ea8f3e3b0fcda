"""What one peer may cost: every cap holds, before the work it stands for is done, and the others notice nothing."""

from __future__ import annotations

import secrets
import socket
import time
from collections.abc import Callable

import pytest

from meetings.sfu import connection, limits, resending, transport, worker
from meetings.sfu.adapter import MAX_DATAGRAM, PacketBuffer
from meetings.sfu.client import CommandRefusedError
from meetings.sfu.heads import Head
from meetings.sfu.limits import Drop, PeerLimits
from meetings.sfu.messages import Source
from meetings.sfu.negotiation import ABS_SEND_TIME, AUDIO_LEVEL, MID, TRANSPORT_CC, Outbound
from meetings.sfu.rtcp import write_nack
from meetings.sfu.rtp import HEADER_SIZE, RtpPacket
from meetings.sfu.sdp import Codec, OfferedSection
from tests.meetings.sfu.world import INTER, KEYFRAME, Guest, Town, picture, speak, until

CAPS: dict[str, tuple[Callable[[PeerLimits, float], bool], int, int]] = {
    "packets": (lambda peer, now: peer.lets_in(1, now), limits.PACKETS_AT_ONCE, limits.PACKETS_PER_S),
    "octets": (lambda peer, now: peer.lets_in(1500, now), limits.OCTETS_AT_ONCE // 1500, limits.OCTETS_PER_S // 1500),
    "reports": (lambda peer, now: peer.lets_report(100, now), limits.REPORTS_AT_ONCE, limits.REPORTS_PER_S),
    "octets of reports": (
        lambda peer, now: peer.lets_report(1000, now),
        limits.REPORT_OCTETS_AT_ONCE // 1000,
        limits.REPORT_OCTETS_PER_S // 1000,
    ),
    "keyframes": (PeerLimits.lets_ask_keyframe, limits.KEYFRAMES_AT_ONCE, limits.KEYFRAMES_PER_S),
    "nacked": (
        lambda peer, now: peer.lets_ask_again(10, now),
        limits.NACKED_AT_ONCE // 10,
        limits.NACKED_PER_S // 10,
    ),
}


@pytest.mark.parametrize("cap", CAPS)
def test_a_peer_may_do_so_much_at_once_and_then_so_much_a_second(cap: str) -> None:
    asks, at_once, per_s = CAPS[cap]
    peer = PeerLimits()
    assert sum(asks(peer, 100.0) for _ in range(2 * at_once)) == at_once
    assert sum(asks(peer, 100.5) for _ in range(2 * at_once)) == min(per_s // 2, at_once)
    assert asks(PeerLimits(), 100.5)  # somebody else's are not touched


@pytest.mark.parametrize("cap", CAPS)
def test_a_whole_council_in_a_browser_stays_below_every_cap(cap: str) -> None:
    asks, _, _ = CAPS[cap]
    busiest = {"packets": 800, "octets": 600, "reports": 60, "octets of reports": 12, "keyframes": 8, "nacked": 60}[cap]
    peer = PeerLimits()
    assert all(asks(peer, 100 + step / busiest) for step in range(10 * busiest))


def caps(town: Town, guest: Guest, monkeypatch: pytest.MonkeyPatch, **few: int) -> None:
    """Give a guest so few of these at once, and no more later: the machine's own pace decides nothing."""
    for cap, at_once in few.items():
        monkeypatch.setattr(limits, f"{cap.upper()}_AT_ONCE", at_once)
        monkeypatch.setattr(limits, f"{cap.upper()}_PER_S", 0)
    seat = town.worker.rooms["council"].peers[guest.name].connection
    assert seat is not None
    seat.transport.limits = PeerLimits()


async def forge(town: Town, guest: Guest, datagram: bytes, times: int) -> None:
    """Send what is not genuine from a guest's own address, and wait until it has been read."""
    counters = town.worker.counters
    reasons = (Drop.PEER_RATE, Drop.REPORT_RATE, Drop.SRTP_AUTHENTICATION)
    for _ in range(times):
        guest.bot.send_datagram(datagram)
    await until(lambda: sum(counters[each] for each in reasons) == times, "all of it has been read")


async def test_beyond_the_cap_of_packets_nothing_is_decrypted(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    anna, bruno = await town.join("anna"), await town.join("bruno")
    caps(town, anna, monkeypatch, packets=20)
    await forge(town, anna, b"\x80\x60" + secrets.token_bytes(40), times=50)
    assert town.worker.counters[Drop.SRTP_AUTHENTICATION] == 20
    await speak(bruno, count=10)
    await until(lambda: len(anna.received("voice-0")) == 10, "the other is heard as ever")


async def test_beyond_the_cap_of_octets_nothing_is_decrypted(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    anna = await town.join("anna")
    caps(town, anna, monkeypatch, octets=20_000)
    await forge(town, anna, b"\x80\x60" + bytes(998), times=50)
    assert town.worker.counters[Drop.SRTP_AUTHENTICATION] == 20


async def test_beyond_the_cap_of_reports_none_is_decrypted(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    anna = await town.join("anna")
    caps(town, anna, monkeypatch, reports=20)
    await forge(town, anna, b"\x80\xc8" + secrets.token_bytes(40), times=50)
    assert town.worker.counters[Drop.SRTP_AUTHENTICATION] == 20


async def test_a_datagram_longer_than_any_browser_sends_is_not_decrypted(town: Town) -> None:
    anna, bruno = await town.join("anna"), await town.join("bruno")
    await speak(anna, count=1)
    await until(lambda: len(bruno.received("voice-0")) == 1, "anna is heard")
    await speak(anna, count=1, size=MAX_DATAGRAM)
    await until(lambda: town.worker.counters[Drop.TOO_LONG] == 1, "it is dropped")
    await speak(anna, count=1, size=1200)
    await until(lambda: len(bruno.received("voice-0")) == 2, "the next one is heard")


def test_what_is_written_anew_of_the_longest_datagram_fits_into_the_buffer() -> None:
    longest_name = Codec("vp8", 96, 90_000, 97)
    extensions = {uri: number for number, uri in enumerate((MID, AUDIO_LEVEL, ABS_SEND_TIME, TRANSPORT_CC), 1)}
    section = OfferedSection("video", "m" * 32, "", (), "recvonly", (longest_name,), extensions, {}, (), ())
    head = Head(Outbound("large", section, longest_name, extensions, 1, 2), 96, 1)
    number_of_the_original, authentication = 2, 16
    longest = MAX_DATAGRAM - HEADER_SIZE + head.layout.size + number_of_the_original + authentication
    assert longest <= len(PacketBuffer().data)


async def test_beyond_the_cap_of_checks_none_is_answered(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "CHECKS_AT_ONCE", 5)
    monkeypatch.setattr(transport, "CHECKS_PER_S", 0)
    anna, bruno = await town.join("anna"), await town.join("bruno")
    for _ in range(20):
        anna.bot._check()
    await until(lambda: town.worker.counters[Drop.STUN_RATE] >= 15, "the rest is dropped")
    await speak(bruno, count=5)
    await until(lambda: len(anna.received("voice-0")) == 5, "the call goes on")


async def test_records_that_belong_to_no_handshake_wait_in_a_short_queue_and_end_no_call(town: Town) -> None:
    anna, bruno = await town.join("anna"), await town.join("bruno")
    for _ in range(200):
        anna.bot.send_datagram(b"\x17\xfe\xfd" + secrets.token_bytes(60))  # application data (RFC 6347, 4.1)
    await until(lambda: town.worker.counters[Drop.DTLS_OVERFLOW] > 0, "the queue is full, and the rest is dropped")
    await speak(anna, count=5)
    await speak(bruno, count=5)
    await until(lambda: len(anna.received("voice-0")) == len(bruno.received("voice-0")) == 5, "both are heard")


async def test_a_peer_has_so_many_streams_and_no_more(town: Town) -> None:
    anna, bruno = await town.join("anna"), await town.join("bruno")
    mid = {anna.offer.extension(MID): anna.offer.mid(Source.CAMERA).encode()}
    genuine = anna.bot.send(Source.CAMERA, picture(KEYFRAME), 0, marker=True)
    await until(lambda: len(bruno.received("large")) == 1, "the camera is shown")
    for number in range(2 * connection.MAX_STREAMS):
        genuine.ssrc, genuine.sequence, genuine.extensions = 1000 + number, 1, mid
        anna.bot.send_packet(genuine)
    beyond = connection.MAX_STREAMS + 1
    await until(lambda: town.worker.counters[Drop.RTP_UNKNOWN_STREAM] >= beyond, "those beyond the cap are dropped")
    seat = town.worker.rooms["council"].peers["anna"].connection
    assert seat is not None
    assert len(seat._layers) == connection.MAX_STREAMS
    await speak(bruno, count=5)
    await until(lambda: len(anna.received("voice-0")) == 5, "the others are heard")


async def test_a_peer_under_ever_new_ssrcs_is_decrypted_for_so_many_of_them_and_no_more(town: Town) -> None:
    """The SRTP library keeps each SSRC for which it has decrypted something, and goes through all of them each time."""
    anna, bruno = await town.join("anna"), await town.join("bruno")
    await speak(anna, count=1)
    await until(lambda: len(bruno.received("voice-0")) == 1, "anna is heard")
    counters, beyond = town.worker.counters, 50
    for number in range(transport.MAX_SOURCES + beyond - 1):
        anna.bot.send_packet(RtpPacket(96, 1, 0, 1000 + number, b"whatever"))
    await until(lambda: counters[Drop.TOO_MANY_SOURCES] == beyond, "those beyond the cap are dropped")
    await speak(anna, count=1)
    await speak(bruno, count=1)
    await until(lambda: len(bruno.received("voice-0")) == 2, "what was heard before still is")
    await until(lambda: len(anna.received("voice-0")) == 1, "and so are the others")


async def test_one_ssrc_for_two_sources_of_a_peer_costs_only_that_peer(town: Town) -> None:
    anna, bruno = await town.join("anna"), await town.join("bruno")
    await speak(anna, count=3)
    await until(lambda: len(bruno.received("voice-0")) == 3, "anna is heard")
    for numbers in (anna.bot.ssrcs, anna.bot._sequences):
        numbers[Source.CAMERA] = numbers[Source.MICROPHONE]
    anna.bot.send(Source.CAMERA, picture(KEYFRAME), 0, marker=True)
    await until(lambda: town.worker.counters[Drop.RTP_UNKNOWN_STREAM] == 1, "it is not taken for a voice")
    await speak(bruno, count=5)
    await until(lambda: len(anna.received("voice-0")) == 5, "the others are heard")
    assert bruno.received("large") == []


async def test_a_viewer_that_asks_for_everything_again_gets_a_share_of_its_line(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resending, "MOST_BPS", 80_000)
    monkeypatch.setattr(resending, "LEAST_BPS", 80_000)
    anna, bruno = await town.join("anna"), await town.join("bruno")
    for number in range(60):
        anna.bot.send(Source.CAMERA, picture(INTER if number else KEYFRAME, 1000), 3000 * number, marker=True)
    await until(lambda: len(bruno.received("large")) == 60, "all arrive")
    began, counters = time.monotonic(), town.worker.counters
    everything = write_nack(1, bruno.bot.ssrc_of("large"), [each.sequence for each in bruno.received("large")])
    for _ in range(3):
        asked = counters["nacked_packets"]
        bruno.bot.send_rtcp(everything)
        await until(lambda asked=asked: counters["nacked_packets"] > asked, "it was looked at")  # type: ignore[misc]
    budget = 10_000 * (1 + time.monotonic() - began)
    assert 0 < counters["octets_retransmitted"] <= 1.1 * budget + 1200  # headers come on top


async def test_a_peer_has_so_many_addresses_and_the_one_in_use_is_kept(town: Town) -> None:
    anna, bruno = await town.join("anna"), await town.join("bruno")
    seat = town.worker.rooms["council"].peers["anna"].connection
    assert seat is not None
    home, here = anna.bot._socket, town.worker._sockets[0]
    for number in range(2 * transport.MAX_ADDRESSES):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as elsewhere:
            elsewhere.connect(town.worker.candidates[0])
            anna.bot._socket = elsewhere
            known = seat.transport._check_at
            anna.bot._check()
            await until(lambda known=known: seat.transport._check_at > known, f"check {number} was read")  # type: ignore[misc]
        ours = [each for each, holder in here.senders.items() if holder is seat.transport]
        assert len(ours) <= transport.MAX_ADDRESSES
    assert home is not None
    anna.bot._socket = home
    anna.bot._check()
    await until(lambda: seat.transport._address == (here, home.getsockname()), "the way home is the one in use")
    await speak(bruno, count=3)
    await until(lambda: len(anna.received("voice-0")) == 3, "back at home, all goes on")


async def test_a_full_worker_and_a_full_room_refuse_newcomers_and_take_back_their_own(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    await town.join("anna")
    monkeypatch.setattr(worker, "MAX_PEERS", 1)
    monkeypatch.setattr(worker, "MAX_ROOMS", 1)
    with pytest.raises(CommandRefusedError, match="too_many"):
        await town.join("bruno")
    with pytest.raises(CommandRefusedError, match="too_many"):
        await town.join("bruno", room="another")
    await town.join("anna")
    assert list(town.worker.rooms["council"].peers) == ["anna"]
