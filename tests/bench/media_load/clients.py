"""Peers for measuring media servers: they speak ICE, DTLS and SRTP as browsers do, and count what they get.

What arrives is not decrypted, but for the first packet of each stream: 70 such peers are cheap enough for one core.
Any server that is ICE-lite and takes the passive DTLS role can be measured with them.
"""

from __future__ import annotations

import asyncio
import secrets
import socket
import time
from contextlib import suppress
from dataclasses import dataclass, field

from aioice.stun import Message

from meetings.sfu import adapter
from meetings.sfu.rtp import RtpPacket, write_rtp

PROFILE = adapter.PROFILES[0]
PROFILE_NAME = PROFILE.openssl_profile.decode()
"""Offered alone, so that every server measured uses the same one."""
CHECK_EVERY_S, CHECK_RETRY_S = 2.0, 0.1
PATIENCE_S = 20.0
RECEIVE_BUFFER = 4 << 20
DRAIN_AT_ONCE = 64
PACKET_SIZE = 1200
"""Of each RTP packet as its publisher writes it, in bytes, before encryption."""
KEYFRAME_EVERY = 50


def host_address() -> str:
    """The address that is measured over: the first of this machine, since Janus does not use the loopback one."""
    return next((each for each in adapter.host_addresses() if ":" not in each), "127.0.0.1")


@dataclass(frozen=True)
class Server:
    """Where a server's ICE and DTLS are for one peer."""

    address: tuple[str, int]
    ice_ufrag: str
    ice_pwd: str
    fingerprint: tuple[str, str]


@dataclass
class Received:
    """What has come on one stream."""

    packets: int = 0
    octets: int = 0


@dataclass
class MediaClient:
    """One peer. `connect` it once its server is known; `received` then counts by SSRC (four bytes)."""

    ice_ufrag: str = field(default_factory=lambda: secrets.token_hex(4))
    ice_pwd: str = field(default_factory=lambda: secrets.token_hex(16))
    received: dict[bytes, Received] = field(default_factory=dict)
    first_payloads: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Make what outlives the connection."""
        self._certificate = adapter.Certificate()
        self._buffer, self._outbox = adapter.PacketBuffer(), adapter.PacketBuffer()
        self._socket: socket.socket | None = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        self._socket.setblocking(False)
        self._socket.bind((host_address(), 0))
        self.address: tuple[str, int] = self._socket.getsockname()
        self._srtp: adapter.SrtpPair | None = None
        self._dtls: adapter.DtlsAssociation | None = None
        self._server: Server | None = None
        self._checks: asyncio.Task[None] | None = None
        self._answered = asyncio.Event()

    @property
    def fingerprint(self) -> tuple[str, str]:
        """Of its certificate, for SDP."""
        return self._certificate.fingerprint

    @property
    def packets(self) -> int:
        """All RTP packets that have come."""
        return sum(each.packets for each in self.received.values())

    async def connect(self, server: Server) -> None:
        """Bring ICE and DTLS up. Raises ConnectionError, TimeoutError."""
        assert self._socket is not None
        self._server = server
        self._socket.connect(server.address)
        asyncio.get_running_loop().add_reader(self._socket, self._drain)
        self._checks = asyncio.create_task(self._keep_checking())
        async with asyncio.timeout(PATIENCE_S):
            await self._answered.wait()
            self._dtls = adapter.DtlsAssociation(
                self._certificate, "client", send=self._send, closed=_nothing, turn=_at_once, profiles=(PROFILE,)
            )
            self._srtp = await self._dtls.handshake((server.fingerprint,))
        if self._srtp is None:
            raise ConnectionError("the DTLS handshake failed")

    async def _keep_checking(self) -> None:
        assert self._server is not None
        names = f"{self._server.ice_ufrag}:{self.ice_ufrag}"
        tie_breaker = secrets.randbits(64)
        while True:
            request = adapter.binding_request(names, self._server.ice_pwd, nominate=True, tie_breaker=tie_breaker)
            self._send(bytes(request))
            await asyncio.sleep(CHECK_EVERY_S if self._answered.is_set() else CHECK_RETRY_S)

    def _send(self, data: bytes | memoryview) -> None:
        if self._socket is not None:
            with suppress(OSError):
                self._socket.send(data)

    def _drain(self) -> None:
        assert self._socket is not None
        data, receive, received = self._buffer.data, self._socket.recv_into, self.received
        for _ in range(DRAIN_AT_ONCE):
            try:
                length = receive(data)
            except OSError:
                return
            if 127 < data[0] < 192 and not 192 <= data[1] <= 223:
                stream = received.get(bytes(data[8:12]))
                if stream is None:
                    stream = self._first(length)
                stream.packets += 1
                stream.octets += length
            else:
                self._take(length)

    def _first(self, length: int) -> Received:
        """Begin to count a stream, and look into its first packet."""
        stream = self.received.setdefault(bytes(self._buffer.data[8:12]), Received())
        if self._srtp is not None and (size := self._srtp.unprotect_rtp(self._buffer, length)) > 0:
            self.first_payloads.append(bytes(self._buffer.view[:size]))
        return stream

    def _take(self, length: int) -> None:
        first = self._buffer.data[0]
        if first < 4:
            with suppress(adapter.StunError):
                self._take_stun(adapter.parse_stun(bytes(self._buffer.view[:length])))
        elif 19 < first < 64 and self._dtls is not None:
            self._dtls.receive(bytes(self._buffer.view[:length]))

    def _take_stun(self, message: Message) -> None:
        """An answer to a check; or a check of the other side, which Janus sends although it is the lite one."""
        if adapter.is_binding_response(message):
            self._answered.set()
        elif adapter.is_binding_request(message) and self._server is not None:
            self._send(adapter.binding_response(message, self._server.address, self.ice_pwd))

    def publish(self, packet: RtpPacket) -> None:
        """Send an RTP packet."""
        assert self._srtp is not None
        data = write_rtp(packet)
        self._outbox.data[: len(data)] = data
        size = self._srtp.protect_rtp(self._outbox, len(data))
        if size > 0:
            self._send(self._outbox.view[:size])

    async def close(self) -> None:
        """Say goodbye."""
        if self._checks is not None:
            self._checks.cancel()
            await asyncio.wait([self._checks])
        if self._dtls is not None:
            await self._dtls.close()
        if self._socket is not None:
            asyncio.get_running_loop().remove_reader(self._socket)
            self._socket.close()
            self._socket = None


@dataclass
class VideoSource:
    """What a publisher sends: VP8 under random bytes, each packet a frame, a keyframe among every fifty."""

    client: MediaClient
    payload_type: int
    ssrc: int
    extensions: dict[int, bytes]
    transport_cc_id: int
    sent: int = 0
    tail: bytes = field(default_factory=lambda: secrets.token_bytes(8))

    def send_one(self, timestamp: int) -> None:
        """Send the next packet."""
        number = self.sent
        head = bytes([0x90, 0xE0]) + (0x8000 | number & 0x7FFF).to_bytes(2, "big") + bytes([number & 0xFF, 0])
        head += b"\x10\x00\x00\x9d\x01\x2a\x00\x05\xd0\x02" if number % KEYFRAME_EVERY == 0 else b"\x11"
        packet = RtpPacket(
            self.payload_type,
            number & 0xFFFF,
            timestamp & 0xFFFFFFFF,
            self.ssrc,
            b"",
            marker=True,
            extensions={**self.extensions, self.transport_cc_id: (number & 0xFFFF).to_bytes(2, "big")},
        )
        around = len(write_rtp(packet)) + len(head) + len(self.tail)
        packet.payload = head + bytes(PACKET_SIZE - around) + self.tail
        self.client.publish(packet)
        self.sent += 1


async def send_evenly(sources: list[VideoSource], packets_per_s: float) -> None:
    """Send from all sources in turn, so many packets a second in all, until cancelled."""
    began, sent = time.monotonic(), 0
    while True:
        due = int((time.monotonic() - began) * packets_per_s)
        while sent < due:
            sources[sent % len(sources)].send_one(int(sent / packets_per_s * 90_000))
            sent += 1
        await asyncio.sleep(max(0.0, began + (sent + 1) / packets_per_s - time.monotonic()))


def _nothing() -> None:
    """A measured peer is closed by whoever measures."""


async def _at_once() -> None:
    """A peer of this kind has one handshake and nothing else to do."""
