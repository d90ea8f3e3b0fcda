"""A peer without a browser: speaks ICE, DTLS and SRTP to a worker, sends given payloads, hands over what arrives.

For the demo's lively guests, for load, and for tests. It opens no codec.
"""

import asyncio
import secrets
import socket
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress

from . import adapter
from .bot_sdp import BotOffer, Remote, read_answer
from .messages import Source
from .negotiation import AUDIO_LEVEL, MID, RID
from .rtcp import Rtcp, RtcpError, SenderReport, parse_rtcp, to_ntp, write_pli, write_sender_report
from .rtp import RtpError, RtpPacket, parse_rtp, write_rtp
from .transport_cc import TransportSequence

CHECK_EVERY_S = 2.0
CHECK_RETRY_S = 0.1
DRAIN_AT_ONCE = 64

PacketSink = Callable[[str, RtpPacket], None]
ReportSink = Callable[[Rtcp], None]


class BotError(ConnectionError):
    """The worker could not be reached, or the handshake failed."""


class Bot:
    """One peer. `connect` it, `send` what it publishes, `close` it.

    received: called with the slot's name and the packet for everything that arrives. reported: called with every RTCP
    packet, keyframe requests among them.
    """

    def __init__(
        self,
        offer: BotOffer | None = None,
        *,
        received: PacketSink = lambda _slot, _packet: None,
        reported: ReportSink = lambda _packet: None,
    ) -> None:
        self.offer = offer or BotOffer()
        self._received, self._reported = received, reported
        self._certificate = adapter.Certificate()
        self._buffer, self._outbox = adapter.PacketBuffer(), adapter.PacketBuffer()
        self._socket: socket.socket | None = None
        self._srtp: adapter.SrtpPair | None = None
        self._dtls: adapter.DtlsAssociation | None = None
        self._remote: Remote | None = None
        self._checks: asyncio.Task[None] | None = None
        self._answered = asyncio.Event()
        self._transaction = b""
        self._tie_breaker = secrets.randbits(64)
        self._arrival = TransportSequence()
        self._sequences = {source: secrets.randbelow(1 << 15) for source in Source}
        self._layer_sequences = {rid: secrets.randbelow(1 << 15) for rid in self.offer.rids}
        self._sent = dict.fromkeys(Source, 0)
        self.closed = asyncio.Event()

    @property
    def ssrcs(self) -> dict[Source, int]:
        """The SSRC of each source."""
        return self.offer.ssrcs

    async def connect(self, signal: Callable[[str], Awaitable[str]], *, timeout_s: float = 10.0) -> None:
        """Join: `signal` takes the SDP offer and brings the answer. Raises BotError, or what `signal` raises."""
        answer = await signal(self.offer.text(self._certificate.fingerprint))
        self._remote = read_answer(answer, self.offer)
        self._open(self._remote.address)
        self._checks = asyncio.create_task(self._keep_checking(), name="bot checks")
        try:
            async with asyncio.timeout(timeout_s):
                await self._answered.wait()
                self._dtls = adapter.DtlsAssociation(
                    self._certificate, "client", send=self.send_datagram, closed=self.closed.set, turn=_at_once
                )
                self._srtp = await self._dtls.handshake((self._remote.fingerprint,))
        except TimeoutError as error:
            await self.close()
            raise BotError("the worker does not answer") from error
        if self._srtp is None:
            await self.close()
            raise BotError("the DTLS handshake failed")

    def _open(self, address: tuple[str, int]) -> None:
        self._socket = socket.socket(socket.AF_INET6 if ":" in address[0] else socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.connect(address)
        asyncio.get_running_loop().add_reader(self._socket, self._drain)

    async def _keep_checking(self) -> None:
        while True:
            self._check()
            await asyncio.sleep(CHECK_EVERY_S if self._answered.is_set() else CHECK_RETRY_S)

    def _check(self) -> None:
        if self._remote is not None:
            username = f"{self._remote.ice_ufrag}:{self.offer.ice_ufrag}"
            request = adapter.binding_request(
                username, self._remote.ice_pwd, nominate=True, tie_breaker=self._tie_breaker
            )
            self._transaction = request.transaction_id
            self.send_datagram(bytes(request))

    def send_datagram(self, data: bytes | memoryview) -> None:
        """Send bytes as they are."""
        if self._socket is not None:
            with suppress(OSError):
                self._socket.send(data)

    def _drain(self) -> None:
        for _ in range(DRAIN_AT_ONCE):
            if self._socket is None:
                return
            try:
                length = self._socket.recv_into(self._buffer.data)
            except OSError:
                return
            self._take(length)

    def _take(self, length: int) -> None:
        first = self._buffer.data[0] if length else 255
        if first < 4:
            message = adapter.parse_stun(bytes(self._buffer.view[:length]))
            if message.transaction_id == self._transaction:
                self._answered.set()
        elif 19 < first < 64 and self._dtls is not None:
            self._dtls.receive(bytes(self._buffer.view[:length]))
        elif 127 < first < 192 and self._srtp is not None:
            self._take_media(self._srtp, length)

    def _take_media(self, srtp: adapter.SrtpPair, length: int) -> None:
        is_rtcp = 192 <= self._buffer.data[1] <= 223
        size = (srtp.unprotect_rtcp if is_rtcp else srtp.unprotect_rtp)(self._buffer, length)
        if size < 0 or self._remote is None:
            return
        data = bytes(self._buffer.view[:size])
        with suppress(RtpError, RtcpError):
            if is_rtcp:
                for report in parse_rtcp(data):
                    self._reported(report)
            else:
                packet = parse_rtp(data)
                self._received(self._remote.slots.get(packet.ssrc, ""), packet)

    def send(
        self, source: Source, payload: bytes, timestamp: int, *, marker: bool = False, level: int | None = None
    ) -> RtpPacket:
        """Publish one payload; returns the packet as it went out. level: 0 (loud) to 127 (silent), for voices."""
        extensions = {self.offer.extension(MID): self.offer.mid(source).encode()}
        if level is not None:
            extensions[self.offer.extension(AUDIO_LEVEL)] = bytes([0x80 | level])
        packet = RtpPacket(
            self.offer.payload_type(source),
            self._sequences[source],
            timestamp & 0xFFFFFFFF,
            self.offer.ssrcs[source],
            payload,
            marker=marker,
            extensions=extensions,
        )
        self._sequences[source] = (self._sequences[source] + 1) & 0xFFFF
        self._sent[source] += 1
        self.send_packet(packet)
        return packet

    def send_layer(self, rid: str, payload: bytes, timestamp: int, *, marker: bool = False) -> RtpPacket:
        """Publish one payload of a simulcast layer of the camera; returns the packet as it went out."""
        mid = self.offer.mid(Source.CAMERA).encode()
        packet = RtpPacket(
            self.offer.payload_type(Source.CAMERA),
            self._layer_sequences[rid],
            timestamp & 0xFFFFFFFF,
            self.offer.layer_ssrcs[rid],
            payload,
            marker=marker,
            extensions={self.offer.extension(MID): mid, self.offer.extension(RID): rid.encode()},
        )
        self._layer_sequences[rid] = (self._layer_sequences[rid] + 1) & 0xFFFF
        self.send_packet(packet)
        return packet

    def send_packet(self, packet: RtpPacket) -> None:
        """Publish a packet of one's own making, numbered for congestion control."""
        packet.extensions = {**packet.extensions, self.offer.transport_cc_id: self._arrival.next()}
        self._send_protected(write_rtp(packet), is_rtcp=False)

    def report_clock(self, source: Source, timestamp: int, at: float | None = None) -> None:
        """Send a sender report: `timestamp` was at `at` (seconds since 1970; now by default)."""
        ntp = to_ntp(time.time() if at is None else at)
        report = SenderReport(self.offer.ssrcs[source], ntp, timestamp & 0xFFFFFFFF, self._sent[source], 0)
        self.send_rtcp(write_sender_report(report, b"bot"))

    def request_keyframe(self, slot: str) -> None:
        """Ask for a keyframe in a slot."""
        if self._remote is not None:
            ssrc = next(ssrc for ssrc, name in self._remote.slots.items() if name == slot)
            self.send_rtcp(write_pli(1, ssrc))

    def ssrc_of(self, slot: str) -> int:
        """The SSRC under which a slot arrives."""
        if self._remote is None:
            raise BotError("not connected")
        return next(ssrc for ssrc, name in self._remote.slots.items() if name == slot)

    def send_rtcp(self, packet: bytes) -> None:
        """Send an RTCP packet."""
        self._send_protected(packet, is_rtcp=True)

    def _send_protected(self, packet: bytes, *, is_rtcp: bool) -> None:
        if self._srtp is None:
            raise BotError("not connected")
        self._outbox.data[: len(packet)] = packet
        protect = self._srtp.protect_rtcp if is_rtcp else self._srtp.protect_rtp
        size = protect(self._outbox, len(packet))
        if size > 0:
            self.send_datagram(self._outbox.view[:size])

    def fall_silent(self) -> None:
        """Stop to answer and to check, without a goodbye, as when the network is gone."""
        if self._checks is not None:
            self._checks.cancel()
        if self._socket is not None:
            asyncio.get_running_loop().remove_reader(self._socket)

    async def close(self) -> None:
        """Say goodbye and give everything back."""
        if self._checks is not None:
            self._checks.cancel()
            await asyncio.wait([self._checks])
        if self._dtls is not None:
            await self._dtls.close()
        if self._socket is not None:
            asyncio.get_running_loop().remove_reader(self._socket)
            self._socket.close()
            self._socket = None
        self._srtp = None


async def _at_once() -> None:
    """A bot has one handshake and nothing else to do."""
