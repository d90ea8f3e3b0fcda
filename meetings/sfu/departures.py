"""What has been numbered for its viewers waits here until all that came has been read, and leaves viewer by viewer.

Most of what a delivery costs is waiting for memory: keys and sockets of a viewer have left the processor's caches since
the packet before. The second packet to the same viewer finds them there. Nothing here waits for anything else, and
nothing stays longer than the reading of a round.
"""

import logging
import time

from .adapter import Outbox, protect
from .heads import AFTER_RUNNING_NUMBERS, RUNNING_NUMBERS_AT, HeadLayout, Ready
from .lanes import why_dropped
from .limits import Counters, Drop, TokenBucket
from .outgoing import OutgoingStream
from .rtp import RtpPacket
from .sending import SendingPath
from .sent_log import REMEMBERED
from .thinning import ThinnedStream

logger = logging.getLogger(__name__)

_ERRORS_LOGGED_PER_S, _ERRORS_LOGGED_AT_ONCE = 1, 5


class Departure:
    """A packet with the number that its thinned stream gave it: all that its viewers share.

    picture_id, tl0: VP8's running numbers, if they stand where browsers put them (`is_usual`); the payload then is in
    two pieces, `before` and behind them. ready: what writes it, by the layout of a viewer's head.
    """

    __slots__ = (
        "_now",
        "before",
        "is_usual",
        "note",
        "packet",
        "payload",
        "picture_id",
        "picture_offset",
        "ready",
        "sequence",
        "timestamp",
        "tl0",
    )

    def __init__(self, packet: RtpPacket, source: ThinnedStream, now: float) -> None:
        picture = packet.picture
        self.packet, self.payload, self._now = packet, packet.payload, now
        self.sequence, self.timestamp = source.number, packet.timestamp
        self.note = now, len(packet.payload)
        self.picture_offset = source.picture_offset
        self.is_usual = picture is not None and picture.is_usual
        if picture is not None and self.is_usual:
            self.picture_id, self.tl0 = picture.picture_id + source.picture_offset, picture.tl0
            self.before, self.payload = packet.payload[:RUNNING_NUMBERS_AT], packet.payload[AFTER_RUNNING_NUMBERS:]
        self.ready: dict[HeadLayout, Ready] = {}

    def prepare(self, layout: HeadLayout) -> Ready:
        """Make ready what writes it for the viewers of a layout."""
        packet = self.packet
        self.ready[layout] = ready = layout.ready(packet, len(packet.payload), self._now, is_usual=self.is_usual)
        return ready


class Departures:
    """What waits, by viewer. outbox: where packets are written and encrypted; all paths of a worker share it."""

    def __init__(self, counters: Counters) -> None:
        self.outbox = Outbox()
        self._counters = counters
        self._waiting: list[SendingPath] = []
        self._errors = TokenBucket(_ERRORS_LOGGED_PER_S, _ERRORS_LOGGED_AT_ONCE)

    def add(self, streams: list[OutgoingStream], departure: Departure) -> None:
        """Let a packet leave in these streams, with the next `flush`."""
        for stream in streams:
            path = stream.path
            due = path.due
            if not due:
                self._waiting.append(path)
            due.append((stream, departure))

    def flush(self) -> None:
        """Send all that waits. Most of the worker's time is spent here."""
        waiting = self._waiting
        if not waiting:
            return
        self._waiting = []
        for path in waiting:
            try:
                if path.context is not None:
                    self._send(path)
            except Exception:  # an edge: what goes wrong for one viewer is not to reach the others
                self._counters[Drop.INTERNAL] += 1
                if self._errors.take(time.monotonic()):
                    logger.exception("packets of a viewer dropped")
            finally:
                path.due.clear()

    def _send(self, path: SendingPath) -> None:
        """Write, encrypt and send what one viewer gets."""
        octets = sent = 0
        outbox, context, write, overhead, log = self.outbox, path.context, path.write, path.overhead, path.log
        data, pointer, length, datagrams = outbox.data, outbox.pointer, outbox.length, outbox.datagrams
        for stream, departure in path.due:
            layout = stream.layout
            pack, end, opening, tail = departure.ready.get(layout) or departure.prepare(layout)
            number: int | bytes = b""
            if layout.is_numbered:
                log.number = number = log.number + 1 & 0xFFFF
                log.notes[number % REMEMBERED] = departure.note
            first = opening | stream.payload_type
            sequence = departure.sequence + stream.sequence_offset & 0xFFFF
            timestamp = departure.timestamp + stream.timestamp_offset & 0xFFFFFFFF
            payload = departure.payload
            if departure.is_usual:
                picture_id = 0x8000 | departure.picture_id + stream.picture_offset & 0x7FFF
                tl0 = departure.tl0 + stream.tl0_offset & 0xFF
                before = departure.before
                pack(data, 0, first, sequence, timestamp, stream.fixed, number, tail, before, picture_id, tl0, payload)
            else:
                pack(data, 0, first, sequence, timestamp, stream.fixed, number, tail, payload)
                picture = departure.packet.picture
                if picture is not None:
                    stream.write_picture(picture, departure.picture_offset + stream.picture_offset, data, layout.size)
            length[0] = end
            if protect(context, pointer, length):
                self._counters[Drop.SRTP_REFUSED] += 1
                continue
            size = end + overhead
            try:
                write(datagrams[size])
            except OSError as error:
                self._counters[why_dropped(error)] += 1
            else:
                sent += 1
            octets += size
            if stream.voices is not None:
                stream.voices.keep(sequence, bytes(datagrams[size]))
        path.octets += octets
        self._counters["packets_forwarded"] += sent
