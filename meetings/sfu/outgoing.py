"""The stream of one slot on its way to the viewer: its numbers, its head, its path."""

from .heads import Head
from .rewriter import StreamRewriter
from .rtp import RtpPacket
from .sending import SendingPath
from .sent_voices import SentVoices
from .thinning import ThinnedStream


class OutgoingStream(StreamRewriter):
    """The stream of one slot. voices: keeps what may be asked for again as it went out, for voices."""

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

    def follow(self, source: ThinnedStream, packet: RtpPacket, now: float) -> bool:
        """See `StreamRewriter.follow`. What waits leaves first, under the numbers that it was given."""
        self.path.departures.flush()
        return super().follow(source, packet, now)

    def retune(self, source: ThinnedStream, packet: RtpPacket) -> None:
        """See `StreamRewriter.retune`. What waits leaves first, under the numbers that it was given."""
        self.path.departures.flush()
        super().retune(source, packet)

    def send_late(self, packet: RtpPacket, now: float) -> None:
        """Send a packet that comes late under the number that was kept for it, behind what waits."""
        self.path.departures.flush()
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


def _filling(packet: RtpPacket) -> RtpPacket:
    """A packet of nothing but a byte of padding, in the place of one that has a number and is not wanted."""
    return RtpPacket(0, 0, packet.timestamp, 0, b"\x01", padded=True, size=0)
