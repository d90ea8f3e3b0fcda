"""The worker's UDP port: one socket per local address, drained in bounded bites, sorted by first byte (RFC 7983)."""

import logging
import socket
import sys
import time
from struct import Struct

from .adapter import MAX_DATAGRAM, PacketBuffer
from .lanes import Data, Lane
from .limits import Counters, Drop, TokenBucket
from .rounds import ReadingRounds
from .transport import Address, Surroundings, Transport

logger = logging.getLogger(__name__)

RECEIVE_BUFFER = 8 << 20
SEND_BUFFER = 4 << 20
STRANGERS_PER_S, STRANGERS_AT_ONCE = 500, 1000
_SO_TIMESTAMPNS = 35 if sys.platform == "linux" else None  # Python's socket module does not name it
_TIMESPEC = Struct("@ll")
_ANCILLARY = socket.CMSG_SPACE(_TIMESPEC.size)
_LONGEST_WAIT_S = 1.0
_STUN_HEADER = 20
_USERNAME = b"\x00\x06"
_ATTRIBUTES_LOOKED_AT = 8  # browsers name the user first
_ERRORS_LOGGED_PER_S = 1


class UdpSocket:
    """One bound UDP socket. `senders` maps addresses that passed a connectivity check to their transports."""

    def __init__(self, host: str, port: int, surroundings: Surroundings) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        try:
            if family == socket.AF_INET6:
                self._socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
            if _SO_TIMESTAMPNS is not None:
                self._socket.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
            self._socket.setblocking(False)
            self._socket.bind((host, port))
        except OSError:
            self._socket.close()
            raise
        self.address: tuple[str, int] = self._socket.getsockname()[:2]
        self.senders: dict[Address, Transport] = {}
        self._rounds: ReadingRounds | None = None
        self._around = surroundings
        self._counters: Counters = surroundings.counters
        self._buffer = PacketBuffer()
        self._into = [self._buffer.data]
        self._strangers = TokenBucket(STRANGERS_PER_S, STRANGERS_AT_ONCE)
        self._errors = TokenBucket(_ERRORS_LOGGED_PER_S, 5)

    def open(self, rounds: ReadingRounds) -> None:
        """Begin to read."""
        self._rounds = rounds
        rounds.add(self._socket, self._drain)

    def close(self) -> None:
        """Stop reading and give the port back."""
        if self._rounds is not None:
            self._rounds.remove(self._socket)
        self._socket.close()

    def send(self, data: Data, address: Address) -> None:
        """Send at once. Raises OSError when the kernel is full or the way is closed."""
        self._socket.sendto(data, address)

    def towards(self, address: Address) -> "Lane | None":
        """A socket on the same port that is connected to one address; None when there cannot be one.

        The kernel looks up the way there once, not for every packet. What comes from there is read from it, too.
        """
        try:
            lane = socket.socket(self._socket.family, socket.SOCK_DGRAM)
        except OSError as error:
            self._lacks_lane(error)
            return None
        try:
            # Not before: both sides must have said that they share, so a second worker on this port is still refused.
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            lane.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            lane.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
            if _SO_TIMESTAMPNS is not None:
                lane.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
            lane.setblocking(False)
            lane.bind(self._socket.getsockname())
            lane.connect(address)
        except OSError as error:
            lane.close()
            self._lacks_lane(error)
            return None
        if self._rounds is not None:
            self._rounds.add(lane, self._drain)
        return Lane(lane, self._rounds)

    def _lacks_lane(self, error: OSError) -> None:
        if self._errors.take(time.monotonic()):
            logger.warning("no socket of its own for a peer: %s", error)

    def _drain(self, readable: socket.socket, at_most: int) -> None:
        buffer, around = self._buffer, self._around
        receive, data = readable.recvmsg_into, self._into
        for _ in range(at_most):
            try:
                length, ancillary, _, address = receive(data, _ANCILLARY)
            except (BlockingIOError, InterruptedError):
                return
            except OSError:
                if readable.fileno() >= 0:  # not one that was closed in this very round
                    self._counters[Drop.UNREACHABLE] += 1
                return
            around.waited_s = _waited(ancillary)
            try:
                self.receive(buffer, length, address, time.monotonic())
            except Exception:  # an edge: whatever one datagram triggers, the next ones are other people's
                self._counters[Drop.INTERNAL] += 1
                if self._errors.take(time.monotonic()):
                    logger.exception("datagram dropped")

    def receive(self, buffer: PacketBuffer, length: int, address: Address, now: float) -> None:
        """Pass a datagram on to its transport. STUN may come from anywhere, the rest from known senders.

        One that is longer than a network's frame has no room in the buffer for what it would be written anew with.
        """
        if not 0 < length <= MAX_DATAGRAM:
            self._counters[Drop.TOO_LONG] += length > 0
            return
        if buffer.data[0] < 4:
            self._receive_stun(bytes(buffer.view[:length]), address, now)
            return
        transport = self.senders.get(address)
        if transport is None:
            self._counters[Drop.UNKNOWN_SENDER] += 1
        else:
            transport.receive(buffer, length, now)

    def _receive_stun(self, datagram: bytes, address: Address, now: float) -> None:
        transport = self._around.by_ufrag.get(_named_ufrag(datagram))
        if transport is not None:
            transport.receive_stun(self, datagram, address, now)
        else:
            known = self._strangers.take(now)
            self._counters[Drop.STUN_UNKNOWN_USER if known else Drop.STUN_RATE] += 1


def _waited(ancillary: list[tuple[int, int, bytes]]) -> float:
    """How long a datagram has waited in the kernel for us, in seconds. A clock that was set meanwhile tells nothing."""
    if not ancillary:
        return 0.0
    seconds, nanoseconds = _TIMESPEC.unpack(ancillary[0][2])
    waited: float = time.time() - seconds - nanoseconds * 1e-9
    return waited if 0.0 < waited < _LONGEST_WAIT_S else 0.0


def _named_ufrag(datagram: bytes) -> str:
    """Our user fragment in the USERNAME of a STUN message, found without reading the rest; empty if there is none."""
    position = _STUN_HEADER
    for _ in range(_ATTRIBUTES_LOOKED_AT):
        if position + 4 > len(datagram):
            break
        size = datagram[position + 2] << 8 | datagram[position + 3]
        if datagram[position : position + 2] == _USERNAME:
            value = datagram[position + 4 : position + 4 + size]
            return value.partition(b":")[0].decode("ascii", "replace")
        position += 4 + size + (-size & 3)
    return ""
