"""What nobody gets is counted as carefully as what somebody gets, and nothing of it is kept."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meetings.sfu.adapter import PacketBuffer
from meetings.sfu.bot_sdp import BotOffer
from meetings.sfu.limits import Counters, Drop
from meetings.sfu.messages import Source
from meetings.sfu.negotiation import plan_sections
from meetings.sfu.packet_cache import CAPACITY
from meetings.sfu.publishing import Layer, Track
from meetings.sfu.reception import SenderClock
from meetings.sfu.rtp import RtpError, RtpHead, RtpPacket, element_head, parse_rtp, write_rtp
from meetings.sfu.sdp import parse_offer
from meetings.sfu.vp8 import Vp8Error, parse_vp8

PLAN = plan_sections(parse_offer(BotOffer().text(("sha-256", "AA:" * 31 + "AA"))), ())
SSRC = 7
KEYFRAME = b"\x90\xe0\x80\x01\x00\x40\x10\x00\x00\x9d\x01\x2a\x40\x01\xb4\x00"
"""Of the first temporal layer, 180 pixels high."""
INTER = b"\x90\xe0\x80\x02\x00\x80\x11"
"""Of the second temporal layer."""
CUT_OFF = b"\x90\xe0\x80"


class Line:
    """One stream of a publisher, and a viewer that takes it or not."""

    def __init__(self, source: Source = Source.CAMERA) -> None:
        inbound = next(each for each in PLAN.inbound if each.source is source)
        self.counters = Counters()
        self.layer = Layer(Track("anna", inbound, SenderClock()), "", SSRC, self, self.counters)
        self.forwarded: list[int] = []
        self._buffer, self._head = PacketBuffer(), RtpHead()

    def send_rtcp(self, packet: bytes) -> None:
        """Nobody listens."""

    def turn(self, packet: RtpPacket, newest: int, now: float) -> None:
        """Look at a packet, as a slot does that waits for one with which it can begin."""
        self.forwarded.append(packet.sequence)

    def watch(self) -> None:
        """A viewer comes."""
        self.layer.fanout.turning.append(self)

    def leave(self) -> None:
        """It goes."""
        self.layer.fanout.turning.remove(self)

    def comes(self, sequence: int, payload: bytes, now: float) -> None:
        """A packet comes, and is handed on if anybody gets it."""
        data = write_rtp(RtpPacket(120, sequence & 0xFFFF, int(90_000 * now), SSRC, payload))
        self._buffer.data[: len(data)] = data
        self._head.read(self._buffer.data, len(data))
        if self.layer.fanout.is_watched:
            self.layer.receive(self._head.packet(self._buffer.view), now)
        else:
            self.layer.count(self._head, self._buffer.data, now)


STREAMS = st.lists(
    st.tuples(st.integers(1, 3), st.sampled_from((KEYFRAME, INTER, CUT_OFF, b"")), st.floats(0, 0.05)), max_size=40
)


@given(st.integers(0, 65535), STREAMS)
def test_what_nobody_gets_is_counted_as_what_somebody_gets(first: int, packets: list[tuple[int, bytes, float]]) -> None:
    watched, unwatched = Line(), Line()
    watched.watch()
    now, sequence = 100.0, first
    for each in (watched, unwatched):
        each.layer.meter.settle(now)
    for step, payload, passed in packets:
        sequence, now = sequence + step, now + passed
        for each in (watched, unwatched):
            each.comes(sequence, payload, now)
    for each in (watched, unwatched):
        each.layer.meter.settle(now + 1.0)
    ours, theirs = unwatched.layer, watched.layer
    assert ours.reception.block(SSRC, now) == theirs.reception.block(SSRC, now)
    assert ours.meter.rates() == theirs.meter.rates()
    assert (ours.height, ours.last_at, unwatched.counters) == (theirs.height, theirs.last_at, watched.counters)


def test_nothing_is_missing_of_what_nobody_gets_and_all_that_is_lost_afterwards() -> None:
    line = Line()
    for sequence in (10, 12, 20, 15):
        line.comes(sequence, INTER, 1.0)
    assert not line.layer.missing.gaps
    line.watch()
    line.comes(23, INTER, 1.1)
    assert [number & 0xFFFF for number in line.layer.missing.gaps] == [21, 22]
    line.leave()
    line.comes(24, INTER, 1.2)
    assert not line.layer.missing.gaps


def test_packets_are_kept_while_somebody_gets_them() -> None:
    line = Line()
    line.comes(10, KEYFRAME, 1.0)
    line.watch()
    line.comes(11, INTER, 1.1)
    at = 0x10000
    assert [line.layer.kept(at + number) is not None for number in (10, 11)] == [False, True]
    line.leave()
    line.comes(12, INTER, 1.2)
    line.watch()
    assert not any(line.layer.kept(at + number) for number in (10, 11, 12))


def test_a_picture_from_before_anybody_looked_is_not_shown_when_it_is_sent_again() -> None:
    """Browsers try their lines with pictures that they have sent; an old keyframe would begin a slot's picture."""
    line = Line()
    for sequence, payload in ((10, KEYFRAME), (11, INTER)):
        line.comes(sequence, payload, 1.0)
    line.watch()
    for sequence, payload in ((10, KEYFRAME), (13, KEYFRAME), (13, KEYFRAME), (12, INTER)):
        line.comes(sequence, payload, 1.1)
    assert line.forwarded == [13, 12]
    assert line.counters == {Drop.RTP_TOO_OLD: 1, Drop.RTP_REPEATED: 1}


def test_what_is_far_too_old_is_not_counted() -> None:
    line = Line()
    line.comes(CAPACITY + 5, INTER, 1.0)
    line.comes(5, INTER, 1.1)
    assert (line.layer.reception.received, line.counters[Drop.RTP_TOO_OLD]) == (1, 1)


def test_a_head_is_read_where_it_lies() -> None:
    buffer, head = PacketBuffer(), RtpHead()
    sent = RtpPacket(
        96, 1, 2, 3, b"abc\x00\x02", marker=True, padded=True, size=3, extensions={4: b"0", 9: b"\x12\x34", 2: b"\x9e"}
    )
    data = write_rtp(sent)
    buffer.data[:] = b"\xff" * len(buffer.data)
    buffer.data[: len(data)] = data
    head.read(buffer.data, len(data), element_head(9, 2), element_head(2, 1))
    assert (head.number, head.level, head.size, head.end) == (0x1234, 0x9E, 3, len(data))
    read, whole = head.packet(buffer.view), parse_rtp(data)
    assert (read.payload, read.payload_type, read.marker, read.padded) == (b"abc\x00\x02", 96, True, True)
    assert (read.size, read.level, whole.extensions) == (3, 0x9E, sent.extensions)
    head.read(buffer.data, len(data), element_head(0, 2), element_head(2, 2))
    assert (head.number, head.level) == (-1, -1)


def test_what_lies_behind_a_packet_is_not_taken_for_its_end() -> None:
    buffer, head = PacketBuffer(), RtpHead()
    data = write_rtp(RtpPacket(96, 1, 2, 3, INTER, extensions={4: b"0", 9: b"\x12\x34", 2: b"\x9e"}))
    buffer.data[: len(data)] = data
    begin = len(data) - len(INTER)
    for length in range(begin):
        with pytest.raises(RtpError):
            head.read(buffer.data, length)
    for length in range(begin, len(data)):
        head.read(buffer.data, length)
        assert (head.begin, head.size) == (begin, length - begin)
        with pytest.raises(Vp8Error):
            parse_vp8(buffer.data, head.begin, head.end)
    assert parse_vp8(buffer.data, begin, len(data)) == parse_vp8(INTER)
