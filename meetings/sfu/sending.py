"""The way to one viewer: its keys, its address, and what went out on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .adapter import SrtpPair
from .lanes import Data, why_dropped
from .limits import Counters, Drop
from .sent_log import SentLog

if TYPE_CHECKING:
    from .departures import Departure, Departures
    from .outgoing import OutgoingStream


def _nowhere(_: Data) -> None:
    """No way to the peer has been found yet."""


class SendingPath:
    """Packets are written into `outbox`, which all paths of a worker share, and are encrypted there and sent at once;
    those that have several viewers come by way of `departures`.

    context: what libsrtp encrypts with, None until DTLS stands and after the end; overhead: bytes that encryption adds.
    write: sends at once, or raises OSError. octets: all that was sent. due: what waits in `departures` for this viewer.
    """

    __slots__ = ("_counters", "_srtp", "context", "departures", "due", "log", "octets", "outbox", "overhead", "write")

    def __init__(self, departures: Departures, counters: Counters) -> None:
        self.departures, self.outbox, self._counters = departures, departures.outbox, counters
        self.due: list[tuple[OutgoingStream, Departure]] = []
        self.log = SentLog()
        self.write: Callable[[Data], object] = _nowhere
        self._srtp: SrtpPair | None = None
        self.context: Any = None
        self.overhead = 0
        self.octets = 0

    def open(self, srtp: SrtpPair) -> None:
        """Encrypt with the keys of a DTLS association from now on."""
        self._srtp, self.context, self.overhead = srtp, srtp.context, srtp.overhead

    def close(self) -> None:
        """Send nothing more."""
        self._srtp = self.context = None
        self.write = _nowhere

    @property
    def leads_somewhere(self) -> bool:
        """Whether an address has been found."""
        return self.write is not _nowhere

    def send(self, length: int) -> int:
        """Encrypt and send the RTP packet in `outbox`; returns the length it has there now, 0 when it was not sent."""
        if self._srtp is None:
            return 0
        size = self._srtp.protect_rtp(self.outbox, length)
        if size < 0:
            self._counters[Drop.SRTP_REFUSED] += 1
            return 0
        self.put(self.outbox.datagrams[size])
        self._counters["packets_forwarded"] += 1
        self.octets += size
        return size

    def send_again(self, datagram: bytes) -> None:
        """Send once more what was encrypted and sent before: the same bytes under the same number give nothing away."""
        self.put(datagram)
        self.octets += len(datagram)

    def send_rtcp(self, packet: bytes) -> None:
        """Encrypt and send an RTCP packet."""
        if self._srtp is None or not self.leads_somewhere:
            return
        self.outbox.data[: len(packet)] = packet
        size = self._srtp.protect_rtcp(self.outbox, len(packet))
        if size > 0:
            self.put(self.outbox.datagrams[size])

    def put(self, data: Data) -> None:
        """Send bytes as they are. A full kernel drops."""
        try:
            self.write(data)
        except OSError as error:
            self._counters[why_dropped(error)] += 1
