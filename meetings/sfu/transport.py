"""One browser's transport: ICE-lite, DTLS, SRTP. It knows nothing of rooms; what it lets through goes to its owner."""

import asyncio
import logging
import secrets
import string
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

from . import adapter
from .departures import Departures
from .lanes import Data, why_dropped
from .limits import Counters, Drop, PeerLimits, TokenBucket
from .rtp import RtpHead
from .sending import SendingPath

logger = logging.getLogger(__name__)

CHECKS_PER_S, CHECKS_AT_ONCE = 50, 100
MAX_ADDRESSES = 8
MAX_SOURCES = 64
"""SSRCs under which a peer sends and reports: browsers have about 25. libsrtp keeps each that was genuine in one list,
and goes through it for every packet."""
HANDSHAKE_TIMEOUT_S = 20.0
LONGEST_CHECK_GAP_S = 8.0
_ICE_CHARACTERS = string.ascii_letters + string.digits

Address = tuple[str, int] | tuple[str, int, int, int]


class DatagramSocket(Protocol):
    """The UDP socket that a datagram came in on, and must be answered on."""

    senders: dict[Address, "Transport"]

    def send(self, data: Data, address: Address) -> None:
        """Send at once, or raise OSError."""

    def towards(self, address: Address) -> "SendingLane | None":
        """A cheaper way to send to one address, if there can be one."""


class SendingLane(Protocol):
    """A way to one address only. send: sends at once, or raises OSError; not to be called once it is closed."""

    send: Callable[[Data], object]

    def close(self) -> None:
        """Give it back."""


class TransportOwner(Protocol):
    """Who gets what a transport lets through."""

    def connected(self) -> None:
        """DTLS stands."""

    def received_rtp(self, buffer: adapter.PacketBuffer, length: int, now: float) -> None:
        """A decrypted RTP packet: the first `length` bytes of a buffer that is used again for the next one."""

    def received_rtcp(self, data: bytes, now: float) -> None:
        """A decrypted RTCP compound packet."""

    def closed(self) -> None:
        """The browser closed its side, or the handshake failed."""


def _random_word(length: int) -> str:
    return "".join(secrets.choice(_ICE_CHARACTERS) for _ in range(length))


@dataclass(slots=True)
class Surroundings:
    """What all transports of a worker share.

    by_ufrag: our ICE user fragments. turn: see adapter.DtlsAssociation. wall_offset_s: what to add to the monotonic
    clock to get seconds since 1970. head: of the packet that is being read. waited_s: how long it has waited in the
    kernel.
    """

    certificate: adapter.Certificate
    counters: Counters
    turn: Callable[[], Awaitable[None]]
    wall_offset_s: float
    departures: Departures
    head: RtpHead = field(default_factory=RtpHead)
    by_ufrag: dict[str, "Transport"] = field(default_factory=dict)
    waited_s: float = 0.0


class Transport:
    """One browser's transport."""

    def __init__(
        self, surroundings: Surroundings, owner: TransportOwner, fingerprints: tuple[tuple[str, str], ...], now: float
    ) -> None:
        self._around, self._owner, self._fingerprints = surroundings, owner, fingerprints
        self._counters = surroundings.counters
        self.path = SendingPath(surroundings.departures, surroundings.counters)
        self._passwords: dict[str, str] = {}
        self._addresses: dict[tuple[int, Address], DatagramSocket] = {}
        self._address: tuple[DatagramSocket, Address] | None = None
        self._lanes: dict[tuple[int, Address], SendingLane | None] = {}
        self.limits = PeerLimits()
        self._checks = TokenBucket(CHECKS_PER_S, CHECKS_AT_ONCE)
        self._srtp: adapter.SrtpPair | None = None
        self._sources: set[bytes] = set()
        self._dtls = adapter.DtlsAssociation(
            surroundings.certificate, "server", send=self.path.put, closed=owner.closed, turn=surroundings.turn
        )
        self._handshake: asyncio.Task[None] | None = None
        self.heard_at = now
        self._check_at, self._check_gap = now, 0.0
        self.ufrag = self.password = ""
        self.renew_credentials()

    def renew_credentials(self) -> None:
        """Make new ICE credentials; the previous ones stay good, so that a restart does not interrupt."""
        self.ufrag, self.password = _random_word(12), _random_word(24)
        self._passwords[self.ufrag] = self.password
        self._around.by_ufrag[self.ufrag] = self
        for old in list(self._passwords)[:-2]:
            del self._passwords[old]
            self._around.by_ufrag.pop(old, None)

    @property
    def profile(self) -> str | None:
        """The SRTP profile in use."""
        return self._srtp.profile if self._srtp else None

    def is_silent(self, now: float, limit_s: float) -> bool:
        """Whether nothing genuine has come for `limit_s`, or longer if this browser checks its path more rarely."""
        return now - self.heard_at > max(limit_s, 1.6 * self._check_gap)

    def receive(self, buffer: adapter.PacketBuffer, length: int, now: float) -> None:
        """Take a datagram from an address that has passed a connectivity check."""
        if not self.limits.lets_in(length, now):
            self._counters[Drop.PEER_RATE] += 1
            return
        first = buffer.data[0]
        if 127 < first < 192:
            self._receive_media(buffer, length, now)
        elif 19 < first < 64:
            self._receive_dtls(bytes(buffer.view[:length]), now)
        else:
            self._counters[Drop.UNKNOWN_KIND] += 1

    def _receive_media(self, buffer: adapter.PacketBuffer, length: int, now: float) -> None:
        srtp = self._srtp
        if srtp is None or length < 12:
            self._counters[Drop.NOT_READY if srtp is None else Drop.RTP_MALFORMED] += 1
            return
        is_rtcp = 192 <= buffer.data[1] <= 223  # RFC 5761, 4
        if is_rtcp and not self.limits.lets_report(length, now):
            self._counters[Drop.REPORT_RATE] += 1
            return
        source = bytes(buffer.view[4:8] if is_rtcp else buffer.view[8:12])
        is_known = source in self._sources
        if not is_known and len(self._sources) >= MAX_SOURCES:
            self._counters[Drop.TOO_MANY_SOURCES] += 1
            return
        size = srtp.unprotect_rtcp(buffer, length) if is_rtcp else srtp.unprotect_rtp(buffer, length)
        if size < 0:
            self._counters[Drop.SRTP_AUTHENTICATION] += 1
            return
        if not is_known:
            self._sources.add(source)
        self.heard_at = now
        if is_rtcp:
            self._owner.received_rtcp(bytes(buffer.view[:size]), now)
        else:
            self._owner.received_rtp(buffer, size, now)

    def _receive_dtls(self, datagram: bytes, now: float) -> None:
        self.heard_at = now
        if not self._dtls.receive(datagram):
            self._counters[Drop.DTLS_OVERFLOW] += 1
        elif self._handshake is None:
            self._handshake = asyncio.create_task(self._shake_hands(), name=f"dtls {self.ufrag}")

    async def _shake_hands(self) -> None:
        try:
            async with asyncio.timeout(HANDSHAKE_TIMEOUT_S):
                self._srtp = await self._dtls.handshake(self._fingerprints)
        except TimeoutError:
            logger.debug("x DTLS handshake of %s timed out", self.ufrag)
        if self._srtp is None:
            self._counters[Drop.DTLS_FAILED] += 1
            self._owner.closed()
        else:
            self.path.open(self._srtp)
            self._owner.connected()

    def receive_stun(self, socket: DatagramSocket, datagram: bytes, address: Address, now: float) -> None:
        """Take a connectivity check that names one of our user fragments (RFC 8445, 7.3; we are the lite side)."""
        if not self._checks.take(now):
            self._counters[Drop.STUN_RATE] += 1
            return
        try:
            message = adapter.parse_stun(datagram)
        except adapter.StunError:
            self._counters[Drop.STUN_MALFORMED] += 1
            return
        ours = str(message.attributes.get("USERNAME", "")).partition(":")[0]
        password = self._passwords.get(ours)
        if password is None or not adapter.is_binding_request(message):
            self._counters[Drop.STUN_MALFORMED] += 1
            return
        if not message.check_message_integrity(password.encode()):
            self._counters[Drop.STUN_INTEGRITY] += 1
            return
        self.heard_at = now
        if now - self._check_at < LONGEST_CHECK_GAP_S:
            self._check_gap = max(now - self._check_at, 0.8 * self._check_gap)
        self._check_at = now
        self._remember(socket, address)
        if self._address is None or "USE-CANDIDATE" in message.attributes:
            self._choose_path(socket, address)
        answer = adapter.binding_response(message, (address[0].partition("%")[0], address[1]), password)
        try:
            socket.send(answer, address)
        except OSError as error:
            self._counters[why_dropped(error)] += 1

    def _remember(self, socket: DatagramSocket, address: Address) -> None:
        key = id(socket), address
        if socket.senders.get(address) is self and key in self._addresses:
            return
        self._addresses[key] = socket
        socket.senders[address] = self
        while len(self._addresses) > MAX_ADDRESSES:
            oldest = next(each for each in self._addresses if self._address is None or each[1] != self._address[1])
            self._forget(oldest)

    def _choose_path(self, socket: DatagramSocket, address: Address) -> None:
        """Send this way from now on. Lanes of other ways stay open: browsers change between them and back."""
        key = id(socket), address
        if self._address is not None and (id(self._address[0]), self._address[1]) == key:
            return
        self._address = socket, address
        if key not in self._lanes:
            self._lanes[key] = socket.towards(address)
        lane = self._lanes[key]
        self.path.write = lane.send if lane is not None else partial(socket.send, address=address)

    def _forget(self, key: tuple[int, Address]) -> None:
        socket = self._addresses.pop(key)
        lane = self._lanes.pop(key, None)
        if lane is not None:
            lane.close()
            if self._address is not None and (id(self._address[0]), self._address[1]) == key:
                self.path.write = partial(socket.send, address=key[1])  # for the goodbye
        if socket.senders.get(key[1]) is self:
            del socket.senders[key[1]]

    def send_rtcp(self, packet: bytes) -> None:
        """Encrypt and send an RTCP packet."""
        self.path.send_rtcp(packet)

    async def close(self) -> None:
        """Say goodbye and forget all addresses and credentials. Nothing is let through from the first moment on."""
        for ufrag in self._passwords:
            self._around.by_ufrag.pop(ufrag, None)
        for key in list(self._addresses):
            self._forget(key)
        if self._handshake is not None and not self._handshake.done():
            self._handshake.cancel()
            await asyncio.wait([self._handshake])
        await self._dtls.close()
        self._srtp = None
        self.path.close()
        del self._owner  # the two hold each other: free at once, not when the garbage collector comes by
