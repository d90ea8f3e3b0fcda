"""Seats of a crowded room: each sends camera and microphone as a browser does, and measures what it gets.

Every packet carries the time at which it was sent at the end of its payload; the kernel tells when it has come. Of each
stream one packet in eight is decrypted to compare the two, and nothing is decoded: two cores hold a worker and 120
seats. As a browser, a seat answers with transport-wide feedback and receiver reports, sends a keyframe when it is asked
for one, and pauses the layers that nobody watches.
"""

from __future__ import annotations

import asyncio
import secrets
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from struct import Struct, pack_into, unpack_from

from meetings.sfu.adapter import SrtpPair
from meetings.sfu.bot_sdp import BotOffer, read_answer
from meetings.sfu.messages import Source
from meetings.sfu.negotiation import AUDIO_LEVEL, MID, RID
from meetings.sfu.rtcp import KeyframeRequest, ReportBlock, RtcpError, parse_rtcp, write_receiver_report
from meetings.sfu.rtp import RtpError, RtpPacket, parse_rtp, write_rtp
from meetings.sfu.transport_cc import ArrivalRecorder
from tests.bench.media_load.clients import MediaClient
from tests.bench.media_load.servers import server_of

SAMPLE_EVERY = 8
DRAIN_AT_ONCE = 256
_SO_TIMESTAMPNS = 35  # on Linux; Python's socket module does not name it
_TIMESPEC = Struct("@ll")
_ANCILLARY = socket.CMSG_SPACE(_TIMESPEC.size)
_STAMP = Struct("!Q")
_HEADER = Struct("!BHI")
_CC_AT = 17
"""Where the transport-wide number stands: in the first header extension of what a seat sends."""

VOICE_BYTES, PICTURE_BYTES = 90, 1000
VOICE_S = 0.02
LOUD, QUIET = 20, 110
"""Audio levels, in decibels below the loudest."""
TEMPORAL_LAYERS = (0, 2, 1, 2)
"""Of four frames in a row (L1T3)."""


@dataclass(frozen=True)
class Picture:
    """A layer of the camera: its size in pixels, frames a second, packets a frame, and the time between those."""

    width: int
    height: int
    frames_per_s: float
    packets: int
    paced_s: float


LAYERS = {
    "l": Picture(320, 180, 28, 1, 0.0),
    "m": Picture(640, 360, 25, 2, 0.0032),
    "h": Picture(1280, 720, 25, 5, 0.0032),
}
"""A small picture thinned out to two of three temporal layers is 14 packets a second, a large one 125."""


@dataclass
class Stream:
    """What has come in one slot since `reset`: packets, the span of their numbers, and some of their delays in ns."""

    slot: str
    ssrc: int
    number_at: int
    last: int
    packets: int = 0
    span: int = 0
    delays: list[int] = field(default_factory=list)

    def reset(self) -> None:
        """Begin anew."""
        self.packets = self.span = 0
        self.delays = []


class Encoding:
    """One stream that a seat sends: an audio encoding, or a layer of its camera."""

    def __init__(self, seat: Seat, source: Source, rid: str | None, ssrc: int) -> None:
        self.seat, self.rid, self.picture = seat, rid, LAYERS[rid] if rid else None
        self.clock_rate = 90_000 if rid else 48_000
        self.period_s = 1 / self.picture.frames_per_s if self.picture else VOICE_S
        self.wants_keyframe, self.is_paused = True, False
        self.sent = 0
        self._frame = self._tl0 = 0
        self._sequence = secrets.randbelow(1 << 15)
        offer = seat.offer
        extensions = {offer.transport_cc_id: bytes(2), offer.extension(MID): offer.mid(source).encode()}
        if rid:
            extensions[offer.extension(RID)] = rid.encode()
        else:
            extensions[offer.extension(AUDIO_LEVEL)] = bytes([0x80 | QUIET])
        packet = RtpPacket(offer.payload_type(source), 0, 0, ssrc, b"", extensions=extensions)
        head = write_rtp(packet)
        self._level_at = len(head) - 1 if source is Source.MICROPHONE else 0
        while self._level_at and head[self._level_at] != 0x80 | QUIET:
            self._level_at -= 1
        self._payload_at = len(head)
        self._packet = bytearray(head + secrets.token_bytes(PICTURE_BYTES if rid else VOICE_BYTES))

    def frame(self, *, is_loud: bool) -> Iterator[float]:
        """Send a frame, packet by packet; yields the seconds to wait before the next one."""
        now = time.monotonic()
        timestamp = int(now * self.clock_rate) & 0xFFFFFFFF
        if self.picture is None:
            self._packet[self._level_at] = 0x80 | (LOUD if is_loud else QUIET)
            self._send(timestamp, marker=False)
            return
        is_keyframe, self.wants_keyframe = self.wants_keyframe, False
        self._frame += 1
        temporal = 0 if is_keyframe else TEMPORAL_LAYERS[self._frame % len(TEMPORAL_LAYERS)]
        self._tl0 += temporal == 0
        for number in range(self.picture.packets):
            if number:
                yield self.picture.paced_s
            self._describe(self.picture, temporal, is_first=not number, is_keyframe=is_keyframe)
            self._send(timestamp, marker=number == self.picture.packets - 1)

    def _describe(self, picture: Picture, temporal: int, *, is_first: bool, is_keyframe: bool) -> None:
        """Write the VP8 descriptor (RFC 7741, 4.2) and the beginning of the frame."""
        head = bytes([0x90 if is_first else 0x80, 0xE0]) + (0x8000 | self._frame & 0x7FFF).to_bytes(2, "big")
        head += bytes([self._tl0 & 0xFF, temporal << 6 | (0x20 if temporal else 0)])
        if is_first and is_keyframe:
            size = picture.width.to_bytes(2, "little") + picture.height.to_bytes(2, "little")
            head += b"\x10\x00\x00\x9d\x01\x2a" + size
        else:
            head += b"\x11"
        self._packet[self._payload_at : self._payload_at + len(head)] = head

    def _send(self, timestamp: int, *, marker: bool) -> None:
        packet = self._packet
        self._sequence = (self._sequence + 1) & 0xFFFF
        _HEADER.pack_into(packet, 1, packet[1] & 0x7F | (0x80 if marker else 0), self._sequence, timestamp)
        self.seat.send(packet)
        self.sent += 1


@dataclass
class Seat(MediaClient):
    """One peer on camera and microphone."""

    name: str = ""
    streams: dict[bytes, Stream] = field(default_factory=dict)
    refused: int = 0
    """Packets that this machine's kernel did not take: they are the measurement's loss, not the worker's."""

    def __post_init__(self) -> None:
        """Make what outlives the connection."""
        super().__post_init__()
        assert self._socket is not None
        if sys.platform != "linux":
            raise OSError("kernel receive timestamps are read as Linux gives them")
        self._socket.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        self.offer = BotOffer(rids=tuple(LAYERS), ice_ufrag=self.ice_ufrag, ice_pwd=self.ice_pwd)
        self.encodings = [Encoding(self, Source.MICROPHONE, None, self.offer.ssrcs[Source.MICROPHONE])]
        self.encodings += [Encoding(self, Source.CAMERA, rid, self.offer.layer_ssrcs[rid]) for rid in LAYERS]
        self._by_ssrc = {self.offer.layer_ssrcs[each.rid]: each for each in self.encodings if each.rid}
        self._slots: dict[int, str] = {}
        self._arrivals = ArrivalRecorder()
        self._number = 0

    async def sit(self, answer: str) -> None:
        """Connect by the worker's answer. Raises as `connect`. From then on, `drain` is to be called often."""
        self._slots = read_answer(answer, self.offer).slots
        await self.connect(server_of(answer))
        assert self._socket is not None
        # Arrival is the kernel's to tell: to be woken for each packet would only cost the machine.
        asyncio.get_running_loop().remove_reader(self._socket)

    def vanish(self) -> None:
        """Go without a word, as when the network is gone: what `close` says is not sent any more."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def send(self, packet: bytearray) -> None:
        """Send an RTP packet, numbered and stamped."""
        if self._srtp is None or self._socket is None:
            return
        size, data = len(packet), self._outbox.data
        self._number = (self._number + 1) & 0xFFFF
        data[:size] = packet
        pack_into("!H", data, _CC_AT, self._number)
        _STAMP.pack_into(data, size - _STAMP.size, time.time_ns())
        size = self._srtp.protect_rtp(self._outbox, size)
        try:
            self._socket.send(self._outbox.view[:size])
        except OSError:
            self.refused += 1

    def drain(self) -> None:
        """Count what has come."""
        self._drain()

    def _drain(self) -> None:
        if self._socket is None:
            return
        data, receive, streams = self._buffer.data, self._socket.recvmsg_into, self.streams
        buffers = [data]
        for _ in range(DRAIN_AT_ONCE):
            try:
                length, ancillary, _, _ = receive(buffers, _ANCILLARY)
            except OSError:
                return
            if not (127 < data[0] < 192) or 192 <= data[1] <= 223:
                self._take_other(length)
                continue
            stream = streams.get(bytes(data[8:12])) or self._begin(length)
            if stream is None:
                continue
            (number,) = unpack_from("!H", data, 2)
            forward = (number - stream.last) & 0xFFFF
            if forward < 0x8000:
                stream.span += forward
                stream.last = number
            stream.packets += 1
            seconds, nanoseconds = _TIMESPEC.unpack(ancillary[0][2])
            came_at = seconds * 1_000_000_000 + nanoseconds
            if stream.number_at:
                self._arrivals.arrived(unpack_from("!H", data, stream.number_at)[0], came_at // 1000)
            if not stream.packets % SAMPLE_EVERY and self._srtp is not None:
                self._sample(self._srtp, stream, length, came_at)

    def _begin(self, length: int) -> Stream | None:
        """Know a stream by its first packet; None for one that is no slot's (padding comes on such)."""
        with suppress(RtpError):
            packet = parse_rtp(bytes(self._buffer.view[:length]))
            slot = self._slots.get(packet.ssrc)
            if slot is not None:
                place = self._number_place(packet)
                key = bytes(self._buffer.data[8:12])
                stream = self.streams[key] = Stream(slot, packet.ssrc, place, packet.sequence - 1)
                return stream
        return None

    def _number_place(self, packet: RtpPacket) -> int:
        """Where the transport-wide number stands in every packet of a stream; 0 where there is none."""
        at = 16
        for number, value in packet.extensions.items():
            if number == self.offer.transport_cc_id:
                return at + 1
            at += 1 + len(value)
        return 0

    def _sample(self, srtp: SrtpPair, stream: Stream, length: int, came_at: int) -> None:
        size = srtp.unprotect_rtp(self._buffer, length)
        if size > _STAMP.size:
            (sent_at,) = _STAMP.unpack_from(self._buffer.data, size - _STAMP.size)
            stream.delays.append(came_at - sent_at)

    def _take_other(self, length: int) -> None:
        if self._srtp is None or not 127 < self._buffer.data[0] < 192:
            self._take(length)
        elif self._buffer.data[1] == 206:  # only payload feedback is asked of a sender
            size = self._srtp.unprotect_rtcp(self._buffer, length)
            with suppress(RtcpError):
                for report in parse_rtcp(bytes(self._buffer.view[:size])) if size > 0 else ():
                    if isinstance(report, KeyframeRequest) and report.ssrc in self._by_ssrc:
                        self._by_ssrc[report.ssrc].wants_keyframe = True

    def send_feedback(self) -> None:
        """Tell when packets came, as browsers do ten times a second."""
        ssrc = next((each.ssrc for each in self.streams.values() if each.number_at), None)
        if ssrc is not None and (feedback := self._arrivals.feedback(1, ssrc)):
            self._send_rtcp(feedback)

    def send_reports(self) -> None:
        """Report on every stream, as browsers do once a second."""
        blocks = [ReportBlock(each.ssrc, 0, 0, 0x10000 | each.last, 0, 0, 0) for each in self.streams.values()]
        if blocks:
            self._send_rtcp(write_receiver_report(1, blocks))

    def _send_rtcp(self, packet: bytes) -> None:
        if self._srtp is not None:
            self._outbox.data[: len(packet)] = packet
            self._send(self._outbox.view[: self._srtp.protect_rtcp(self._outbox, len(packet))])
