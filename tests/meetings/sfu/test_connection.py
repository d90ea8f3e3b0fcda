"""Coming, going, being lost and coming back; and what the port does with what is not genuine."""

from __future__ import annotations

import asyncio
import gc
import resource
import secrets
import socket
import time
import weakref
from typing import TYPE_CHECKING

import pytest

from meetings.sfu import adapter, bot, peers
from meetings.sfu.bot import Bot
from meetings.sfu.bot_sdp import BotOffer
from meetings.sfu.grants import issue_grant
from meetings.sfu.limits import Drop, TokenBucket
from meetings.sfu.messages import PeerConnected, PeerGone, PeerLost, PeerReturned, Source, TrackPublished
from tests.meetings.sfu.world import ALL, KEYFRAME, SECRET, Guest, Town, picture, running_town, speak, until

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def quick_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second of silence is a loss, two more and the seat is free."""
    monkeypatch.setattr(peers, "LOST_AFTER_S", 1.0)
    monkeypatch.setattr(peers, "GONE_AFTER_S", 2.0)
    monkeypatch.setattr(bot, "CHECK_EVERY_S", 0.2)


@pytest.fixture
def stranger(town: Town) -> Iterator[socket.socket]:
    """A socket that sends to the worker's port."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.connect(town.worker.candidates[0])
        yield sender


async def talk_on(guest: Guest) -> None:
    """Speak until cancelled."""
    while True:
        await speak(guest, count=1)
        await asyncio.sleep(0.1)


@pytest.mark.usefixtures("quick_clock")
async def test_a_peer_that_falls_silent_is_lost_and_then_gone(town: Town) -> None:
    anna = await town.join("anna")
    bruno = await town.join("bruno")
    anna.bot.fall_silent()
    await until(lambda: PeerLost("council", "anna", "silence") in town.told, "lost")
    await until(lambda: PeerGone("council", "anna", "lost") in town.told, "gone")
    assert list(town.worker.rooms["council"].peers) == ["bruno"]
    assert PeerLost("council", "bruno", "silence") not in town.told
    assert bruno.bot.closed.is_set() is False


@pytest.mark.usefixtures("quick_clock")
async def test_a_lost_peer_that_is_heard_again_has_returned(town: Town) -> None:
    anna = await town.join("anna")
    anna.bot.fall_silent()
    await until(lambda: town.notes(PeerLost), "lost")
    anna.bot.send(Source.MICROPHONE, b"here again", 0, level=30)
    await until(lambda: PeerReturned("council", "anna") in town.told, "returned")


async def test_a_peer_that_says_goodbye_is_lost_at_once(town: Town) -> None:
    anna = await town.join("anna")
    await anna.bot.close()
    await until(lambda: PeerLost("council", "anna", "closed") in town.told, "no need to wait for silence")
    assert PeerReturned("council", "anna") not in town.told


async def test_nothing_is_sent_to_who_has_said_goodbye_whatever_happens_in_the_room(town: Town) -> None:
    anna, bruno, chloe = [await town.join(name) for name in ("anna", "bruno", "chloe")]
    await bruno.bot.close()
    await until(lambda: PeerLost("council", "bruno", "closed") in town.told, "bruno has gone")
    anna.bot.send(Source.CAMERA, picture(KEYFRAME), 0, marker=True)
    await until(lambda: chloe.received("large"), "anna is shown to chloe")
    assert {each.publisher for each in town.worker.rooms["council"].peers["bruno"].slot_states()} == {None}


async def test_who_is_lost_is_soon_sent_nothing_and_everything_again_once_heard(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(peers, "LOST_AFTER_S", 1.0)
    monkeypatch.setattr(peers, "SERVED_WHILE_LOST_S", 0.5)
    monkeypatch.setattr(bot, "CHECK_EVERY_S", 0.2)
    anna, bruno = await town.join("anna"), await town.join("bruno")
    talking = asyncio.create_task(talk_on(anna))
    seat = town.worker.rooms["council"].peers["bruno"]
    await until(lambda: "anna" in {each.publisher for each in seat.slot_states()}, "anna is heard")
    bruno.bot.fall_silent()
    await until(lambda: {each.publisher for each in seat.slot_states()} == {None}, "nothing is sent any more")
    assert PeerLost("council", "bruno", "silence") in town.told
    assert "anna" in town.worker.rooms["council"].speakers.loudest
    bruno.bot.send(Source.MICROPHONE, b"here again", 0, level=30)
    await until(lambda: "anna" in {each.publisher for each in seat.slot_states()}, "anna is heard again")
    assert not town.notes(PeerGone)
    talking.cancel()


async def test_a_peer_that_comes_back_takes_over_its_seat(town: Town) -> None:
    anna, bruno = await town.join("anna"), await town.join("bruno")
    anna.bot.send(Source.CAMERA, picture(KEYFRAME), 0, marker=True)
    await until(lambda: bruno.received("large"), "anna is shown")
    again = await town.join("anna")
    assert PeerReturned("council", "anna") in town.told
    again.bot.send(Source.CAMERA, picture(KEYFRAME), 0, marker=True)
    await until(lambda: len(bruno.received("large")) == 2, "anna is shown again, in the same slot")
    first, second = bruno.received("large")
    assert second.sequence == (first.sequence + 1) & 0xFFFF
    assert len(town.worker.rooms["council"].peers) == 2
    anna.bot.send(Source.CAMERA, picture(KEYFRAME), 3000, marker=True)  # the old connection has no voice any more
    await until(lambda: town.worker.counters[Drop.UNKNOWN_SENDER], "it is a stranger")
    assert len(bruno.received("large")) == 2


async def test_a_call_over_ipv6_is_like_any_other() -> None:
    async with running_town("::1") as town:
        anna, bruno = await town.join("anna"), await town.join("bruno")
        payloads = await speak(anna, count=5)
        await until(lambda: len(bruno.received("voice-0")) == 5, "heard")
        assert [packet.payload for packet in bruno.received("voice-0")] == payloads


async def test_nothing_is_kept_of_those_who_have_left(town: Town) -> None:
    left: list[weakref.ref[object]] = []
    for number in range(10):
        guest = await town.join(f"guest{number}")
        await speak(guest, count=2)
        peer = town.worker.rooms["council"].peers[guest.name]
        assert peer.connection is not None
        left += [weakref.ref(peer), weakref.ref(peer.connection), weakref.ref(peer.connection.transport)]
        del peer
        await town.client.leave("council", guest.name)
        await until(guest.bot.closed.is_set, "the browser is told")
    await until(lambda: not town.worker._closing, "all is closed")

    def kept() -> list[object]:
        gc.collect()
        return [found for each in left if (found := each()) is not None]

    await until(lambda: not kept(), "nothing is kept any longer than a tick")
    assert town.worker._around.by_ufrag == {}
    assert town.worker._sockets[0].senders == {}


async def test_leaving_and_closing_free_the_seats_and_stop_everything(town: Town) -> None:
    anna, bruno = await town.join("anna"), await town.join("bruno")
    await town.client.leave("council", "anna")
    assert PeerGone("council", "anna", "left") in town.told
    await until(anna.bot.closed.is_set, "the browser is told")
    await speak(anna)
    await until(lambda: town.worker.counters[Drop.UNKNOWN_SENDER] >= 5, "nothing is taken from it any more")
    assert bruno.packets == []
    await town.client.close_room("council")
    assert PeerGone("council", "bruno", "room_closed") in town.told
    assert town.worker.rooms == {}


async def test_an_ice_restart_keeps_the_connection_and_both_passwords(town: Town) -> None:
    anna, bruno = await town.join("anna"), await town.join("bruno")
    await speak(anna, count=2)
    fingerprint = anna.bot._certificate.fingerprint
    answer = await town.client.restart_ice("council", "anna", anna.offer.text(fingerprint))
    old, (new,) = anna.bot._remote, [line for line in answer.split("\r\n") if line.startswith("a=ice-ufrag:")][:1]
    assert old is not None
    assert new != f"a=ice-ufrag:{old.ice_ufrag}"
    await speak(anna, count=2)
    await until(lambda: len(bruno.received("voice-0")) == 4, "sound goes on")
    assert [type(each) for each in town.told if isinstance(each, PeerConnected | PeerLost)] == [PeerConnected] * 2


async def test_a_peer_that_never_connects_is_gone(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peers, "NEVER_CONNECTED_AFTER_S", 0.2)
    grant = issue_grant(SECRET, room="council", peer="anna", permissions=ALL, now=time.time())
    await town.client.join("council", "anna", grant, BotOffer().text(("sha-256", "AA:" * 31 + "AA")))
    await until(lambda: PeerGone("council", "anna", "never_connected") in town.told, "the seat is free")


async def test_another_certificate_than_the_offered_one_is_refused(town: Town) -> None:
    forger = Bot()
    grant = issue_grant(SECRET, room="council", peer="anna", permissions=ALL, now=time.time())
    forged = ("sha-256", "AA:" * 31 + "AA")

    async def signal(_: str) -> str:
        return await town.client.join("council", "anna", grant, forger.offer.text(forged))

    await forger.connect(signal)
    await until(lambda: town.worker.counters[Drop.DTLS_FAILED] == 1, "the handshake fails")
    forger.send(Source.MICROPHONE, b"let me in", 0)
    await until(lambda: town.worker.counters[Drop.NOT_READY], "and nothing is taken")
    assert town.notes(TrackPublished) == []
    await forger.close()


async def test_a_check_with_a_wrong_password_is_not_answered(town: Town, stranger: socket.socket) -> None:
    anna = await town.join("anna")
    assert anna.bot._remote is not None
    username = f"{anna.bot._remote.ice_ufrag}:x"
    for password in ("wrong", anna.bot._remote.ice_pwd):
        stranger.send(bytes(adapter.binding_request(username, password, nominate=False, tie_breaker=1)))
    await until(lambda: town.worker.counters[Drop.STUN_INTEGRITY] == 1, "the first is dropped")
    stranger.settimeout(5)
    answer = adapter.parse_stun(await asyncio.to_thread(stranger.recv, 1500))
    assert answer.attributes["XOR-MAPPED-ADDRESS"] == stranger.getsockname()


async def test_a_new_address_counts_only_after_a_check_from_it(town: Town) -> None:
    anna, bruno = await town.join("anna"), await town.join("bruno")
    moved = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    moved.setblocking(False)
    moved.connect(town.worker.candidates[0])
    assert anna.bot._socket is not None
    asyncio.get_running_loop().remove_reader(anna.bot._socket)
    anna.bot._socket.close()
    anna.bot._socket = moved
    asyncio.get_running_loop().add_reader(moved, anna.bot._drain)
    await speak(anna, count=2)
    await until(lambda: town.worker.counters[Drop.UNKNOWN_SENDER] == 2, "strangers' packets")
    anna.bot._check()
    await speak(anna, count=2)
    await speak(bruno, count=2)
    await until(lambda: len(bruno.received("voice-0")) == 2, "heard from the new address")
    await until(lambda: len(anna.received("voice-0")) == 2, "and answered there")


async def test_what_is_not_genuine_is_dropped_and_counted_by_reason(town: Town, stranger: socket.socket) -> None:
    anna, bruno = await town.join("anna"), await town.join("bruno")
    stranger.send(b"\x80\x60" + bytes(30))
    stranger.send(b"\x00\x01\x00\x00" + secrets.token_bytes(16))
    for datagram in (b"\xff" * 20, b"\x80\x60" + bytes(30), b"\x80\xc8" + bytes(30)):
        anna.bot.send_datagram(datagram)
    username = f"{anna.bot._remote.ice_ufrag}:x".encode() if anna.bot._remote else b""
    broken = b"\x00\x01\x00\x00" + bytes(16) + b"\x00\x06" + len(username).to_bytes(2, "big") + username
    anna.bot.send_datagram(broken)
    anna.bot.send(Source.MICROPHONE, b"", 0)
    anna.bot.send_rtcp(b"\x80\xc8\x00\x01" + bytes(4))
    expected = {
        Drop.UNKNOWN_SENDER: 1,
        Drop.STUN_UNKNOWN_USER: 1,
        Drop.UNKNOWN_KIND: 1,
        Drop.SRTP_AUTHENTICATION: 2,
        Drop.STUN_MALFORMED: 1,
        Drop.RTCP_MALFORMED: 1,
    }
    await until(lambda: all(town.worker.counters[drop] == count for drop, count in expected.items()), str(expected))
    await speak(bruno)
    await until(lambda: len(anna.received("voice-0")) == 5, "the call goes on")


async def test_streams_that_were_not_negotiated_are_dropped(town: Town) -> None:
    anna, bruno = await town.join("anna"), await town.join("bruno")
    packet = anna.bot.send(Source.MICROPHONE, b"genuine", 0, level=30)
    packet.ssrc, packet.extensions = 12345, {}
    anna.bot.send_packet(packet)  # no MID, not declared
    other = anna.bot.send(Source.MICROPHONE, b"genuine", 960, level=30)
    other.payload_type, other.sequence = 0, (other.sequence + 1) & 0xFFFF
    anna.bot.send_packet(other)  # PCMU was not agreed
    await until(lambda: town.worker.counters[Drop.RTP_UNKNOWN_STREAM] == 2, "both are dropped")
    await until(lambda: len(bruno.received("voice-0")) == 2, "the genuine ones arrive")


def test_a_bucket_gives_its_burst_and_then_its_rate() -> None:
    bucket = TokenBucket(rate=10, burst=3)
    assert [bucket.take(0.0) for _ in range(4)] == [True, True, True, False]
    assert [bucket.take(0.1), bucket.take(0.1)] == [True, False]
    assert [bucket.take(9.0) for _ in range(4)] == [True, True, True, False]


async def test_a_port_with_people_on_it_is_not_given_to_a_second_worker(town: Town) -> None:
    await town.join("anna")
    taken = town.worker.candidates[0]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as second, pytest.raises(OSError, match="in use"):
        second.bind(taken)


async def test_a_peer_beyond_the_last_descriptor_is_sent_its_packets_from_the_socket_of_all(town: Town) -> None:
    shared = town.worker._sockets[0]
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with socket.socket() as probe:
        first_free = probe.fileno()
    resource.setrlimit(resource.RLIMIT_NOFILE, (first_free, hard))
    try:
        lane = shared.towards(("127.0.0.1", 9))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert lane is None
