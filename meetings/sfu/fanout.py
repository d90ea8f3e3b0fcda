"""Who gets a layer's packets, and the loop that hands them out: the packet path. Nothing here waits.

Whatever is the same for several viewers is worked out once: by temporal layer (`thinning.py`), and by the ids of their
extensions (`heads.py`). What is left for one viewer is to add its offsets, to pack, to encrypt and to send.
"""

from typing import Protocol

from .adapter import protect
from .heads import AFTER_RUNNING_NUMBERS, RUNNING_NUMBERS_AT, Head
from .lanes import why_dropped
from .limits import Counters, Drop
from .rewriter import StreamRewriter
from .rtp import RtpPacket
from .sending import SendingPath
from .sent_log import REMEMBERED
from .sent_voices import SentVoices
from .thinning import ThinnedStream


def _filling(packet: RtpPacket) -> RtpPacket:
    """A packet of nothing but a byte of padding, in the place of one that has a number and is not wanted."""
    return RtpPacket(0, 0, packet.timestamp, 0, b"\x01", padded=True, size=0)


class OutgoingStream(StreamRewriter):
    """The stream of one slot: its numbers, its head, its way out. voices: keeps what may be asked for again."""

    __slots__ = ("fixed", "head", "layout", "path", "payload_type", "voices")

    def __init__(
        self,
        clock_rate: int,
        first: tuple[int, int],
        head: Head,
        path: SendingPath,
        voices: SentVoices | None,
        *,
        first_picture_id: int = 0,
        first_tl0: int = 0,
    ) -> None:
        """For clock_rate, first, first_picture_id and first_tl0 see `StreamRewriter`."""
        super().__init__(clock_rate, first, first_picture_id, first_tl0)
        self.head, self.path, self.voices = head, path, voices
        self.fixed, self.layout, self.payload_type = head.fixed, head.layout, head.payload_type  # the packet path

    def send_late(self, packet: RtpPacket, now: float) -> None:
        """Send a packet that comes late under the number that was kept for it."""
        kept = self.late(packet)
        if kept is None:
            return
        if kept.is_empty:
            packet = _filling(packet)
        sequence = kept.sequence & 0xFFFF
        timestamp = packet.timestamp + self.timestamp_offset & 0xFFFFFFFF
        end = self.head.write(self.path, packet, (sequence, timestamp), now)
        if packet.picture is not None:
            self.write_picture(packet.picture, kept.picture_offset, self.path.outbox.data, self.layout.size)
        size = self.path.send(end)
        if self.voices is not None and size:
            self.voices.keep(sequence, bytes(self.path.outbox.datagrams[size]))


class Follower(Protocol):
    """Whoever waits for a packet with which it can begin, or change its temporal layer."""

    def turn(self, packet: RtpPacket, newest: int, now: float) -> None:
        """Begin or change with this packet, if it allows for it."""


class Fanout:
    """The viewers of one layer.

    turning: who looks at each packet with which one can begin, until it has what it waits for.
    """

    __slots__ = ("_counters", "_thinned", "turning")

    def __init__(self, counters: Counters) -> None:
        self._counters = counters
        self._thinned: list[tuple[ThinnedStream, list[OutgoingStream]]] = []
        self.turning: list[Follower] = []

    @property
    def is_watched(self) -> bool:
        """Whether anybody gets this layer, or waits for it."""
        return bool(self._thinned or self.turning)

    def thinned(self, temporal: int, packet: RtpPacket, newest: int) -> ThinnedStream:
        """The stream up to a temporal layer that has a number for `packet`. newest: the newest of the layer so far."""
        for source, _ in self._thinned:
            if source.temporal == temporal and source.number_of(packet.extended) is not None:
                return source
        return ThinnedStream(temporal, packet.extended, newest)

    def add(self, stream: OutgoingStream, source: ThinnedStream) -> None:
        """Send a slot what `source` lets through."""
        for each, streams in self._thinned:
            if each is source:
                streams.append(stream)
                return
        self._thinned.append((source, [stream]))

    def remove(self, stream: OutgoingStream) -> None:
        """Send a slot nothing more. What nobody follows is not numbered any more either."""
        for place, (_, streams) in enumerate(self._thinned):
            if stream in streams:
                streams.remove(stream)
                if not streams:
                    del self._thinned[place]
                return

    def forward(self, packet: RtpPacket, newest: int, now: float) -> None:
        """Hand out a packet. newest: the newest number of the layer before it."""
        picture, is_late = packet.picture, packet.extended <= newest
        if self.turning and (picture is None or picture.starts_frame):
            for follower in tuple(self.turning):
                follower.turn(packet, newest, now)
        if is_late:
            for _, streams in self._thinned:
                for stream in streams:
                    stream.send_late(packet, now)
            return
        for source, streams in self._thinned:
            if source.take(packet, now):
                self._send(streams, packet, source, now)

    def _send(self, streams: list[OutgoingStream], packet: RtpPacket, source: ThinnedStream, now: float) -> None:
        """Send what `source` has just numbered. Most of the worker's time is spent in this loop."""
        sequence, timestamp, payload, picture = source.number, packet.timestamp, packet.payload, packet.picture
        note = now, len(payload)
        is_usual = picture is not None and picture.is_usual
        if picture is not None:
            picture_id, tl0 = picture.picture_id + source.picture_offset, picture.tl0
            before, rest = payload[:RUNNING_NUMBERS_AT], payload[AFTER_RUNNING_NUMBERS:]
        outbox, layout = streams[0].path.outbox, streams[0].layout
        data, pointer, length, datagrams = outbox.data, outbox.pointer, outbox.length, outbox.datagrams
        pack, end, opening, tail = layout.ready(packet, len(payload), now, is_usual=is_usual)
        for stream in streams:
            path = stream.path
            context = path.context
            if context is None:
                continue
            if stream.layout is not layout:
                layout = stream.layout
                pack, end, opening, tail = layout.ready(packet, len(payload), now, is_usual=is_usual)
            number: int | bytes = b""
            if layout.is_numbered:
                log = path.log
                log.number = number = log.number + 1 & 0xFFFF
                log.notes[number % REMEMBERED] = note
            ours = sequence + stream.sequence_offset & 0xFFFF
            moved = timestamp + stream.timestamp_offset & 0xFFFFFFFF
            first = opening | stream.payload_type
            if is_usual:
                picture_numbers = 0x8000 | picture_id + stream.picture_offset & 0x7FFF, tl0 + stream.tl0_offset & 0xFF
                pack(data, 0, first, ours, moved, stream.fixed, number, tail, before, *picture_numbers, rest)
            else:
                pack(data, 0, first, ours, moved, stream.fixed, number, tail, payload)
                if picture is not None:
                    offset = source.picture_offset + stream.picture_offset
                    stream.write_picture(picture, offset, data, layout.size)
            length[0] = end
            if protect(context, pointer, length):
                self._counters[Drop.SRTP_REFUSED] += 1
                continue
            size = end + path.overhead
            try:
                path.write(datagrams[size])
            except OSError as error:
                self._counters[why_dropped(error)] += 1
            path.octets += size
            if stream.voices is not None:
                stream.voices.keep(ours, bytes(datagrams[size]))
        self._counters["packets_forwarded"] += len(streams)
