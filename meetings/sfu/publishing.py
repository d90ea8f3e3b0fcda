"""What one peer publishes: a track per source, a layer per simulcast encoding, and who is subscribed to it."""

from typing import Protocol

from .limits import Counters, Drop
from .messages import Source
from .negotiation import AUDIO_LEVEL, RID, Inbound
from .reception import Reception
from .rtcp import SenderReport, from_ntp, write_pli
from .rtp import RtpPacket, SequenceUnwrapper
from .vp8 import Vp8Error, parse_vp8

CACHE_SIZE = 512  # packets: a power of two; about 3 s of a large camera picture
KEYFRAME_INTERVAL_S = 0.5
SILENT_AFTER_S = {Source.MICROPHONE: 1.5, Source.CAMERA: 1.0, Source.SCREEN: 6.0}
"""How long nothing may come before a source counts as muted: Opus with DTX sends every 0.4 s, a still screen rarely."""


class Subscriber(Protocol):
    """Whatever takes the packets of a layer: a slot, a recorder, a relay."""

    def forward(self, layer: "Layer", packet: RtpPacket, now: float) -> None:
        """Take one packet. Must not wait."""


class FeedbackPath(Protocol):
    """The way back to a publisher."""

    def send_rtcp(self, packet: bytes) -> None:
        """Send one RTCP packet."""


class SenderClock:
    """What to add to a publisher's clock to get ours: the least seen, that is, the quickest way through the network.

    One for all that a publisher sends, so that its voice and its picture keep their distance.
    """

    _DRIFT_S = 0.001  # let go a little with each report, since clocks drift apart

    def __init__(self) -> None:
        self.offset_s: float | None = None

    def observe(self, sent_at: float, arrived_at: float) -> None:
        """Take a sender report: its NTP time and our time, in seconds since 1970."""
        seen = arrived_at - sent_at
        self.offset_s = seen if self.offset_s is None else min(seen, self.offset_s + self._DRIFT_S)


class Layer:
    """One incoming stream: its numbers, its recent packets, its subscribers and the throttle of keyframe requests."""

    def __init__(self, track: "Track", ssrc: int, path: FeedbackPath, counters: Counters) -> None:
        self.track, self.ssrc = track, ssrc
        self.is_video = track.source is not Source.MICROPHONE
        self.clock_rate = track.inbound.codec.clock_rate
        self.reception = Reception(self.clock_rate)
        self.clock: tuple[float, int] | None = None
        self.subscribers: list[Subscriber] = []
        self._path, self._counters = path, counters
        self._unwrap = SequenceUnwrapper()
        self._cache: list[RtpPacket | None] = [None] * CACHE_SIZE
        self._level_id = track.inbound.extensions.get(AUDIO_LEVEL, 0)
        self._keyframe_at = -1e9
        self._keyframe_wanted = False

    def receive(self, packet: RtpPacket, now: float) -> None:
        """Take a decrypted packet and hand it to every subscriber."""
        oldest = self._unwrap.highest - CACHE_SIZE
        packet.extended = self._unwrap.unwrap(packet.sequence)
        if packet.extended <= oldest:
            self._counters[Drop.RTP_TOO_OLD] += 1
            return
        if not self.is_video:
            level = packet.extensions.get(self._level_id)
            packet.level = level[0] if level else None
        elif packet.size:
            try:
                packet.picture = parse_vp8(packet.payload)
            except Vp8Error:
                self._counters[Drop.RTP_MALFORMED] += 1
                return
        self.reception.arrived(packet.extended, packet.timestamp, now)
        self._cache[packet.extended & (CACHE_SIZE - 1)] = packet
        for subscriber in tuple(self.subscribers):
            subscriber.forward(self, packet, now)

    def cached(self, sequence: int) -> RtpPacket | None:
        """A recent packet by its extended sequence number."""
        packet = self._cache[sequence & (CACHE_SIZE - 1)]
        return packet if packet is not None and packet.extended == sequence else None

    def subscribe(self, subscriber: Subscriber) -> None:
        """Begin to hand packets to `subscriber`."""
        if subscriber not in self.subscribers:
            self.subscribers.append(subscriber)

    def unsubscribe(self, subscriber: Subscriber) -> None:
        """Stop to hand packets to `subscriber`."""
        if subscriber in self.subscribers:
            self.subscribers.remove(subscriber)

    def request_keyframe(self, now: float) -> None:
        """Ask the publisher for a keyframe, at most twice a second over all viewers; later requests are kept."""
        self._keyframe_wanted = True
        self.send_wanted_keyframe_request(now)

    def send_wanted_keyframe_request(self, now: float) -> None:
        """Send a request that was kept, once its time has come."""
        if self._keyframe_wanted and now - self._keyframe_at >= KEYFRAME_INTERVAL_S:
            self._keyframe_at, self._keyframe_wanted = now, False
            self._counters["keyframe_requests"] += 1
            self._path.send_rtcp(write_pli(1, self.ssrc))

    def sender_reported(self, report: SenderReport, now: float) -> None:
        """Note how the publisher's clock maps to RTP timestamps."""
        self.reception.sender_reported(report, now)
        self.clock = from_ntp(report.ntp), report.timestamp


class Track:
    """One source of one peer. `started_at` is when it last began to flow; None while it does not."""

    def __init__(self, publisher: str, inbound: Inbound, clock: SenderClock) -> None:
        self.publisher, self.inbound, self.source = publisher, inbound, inbound.source
        self.clock = clock
        self.allowed = False
        self.layers: dict[str, Layer] = {}
        self.started_at: float | None = None
        self.last_at = 0.0
        self._rid_id = inbound.extensions.get(RID, 0)

    @property
    def is_live(self) -> bool:
        """Whether packets flow now."""
        return self.started_at is not None

    def rid_of(self, packet: RtpPacket) -> str | None:
        """The layer that a packet names; None when that layer was not accepted."""
        rid = packet.extensions.get(self._rid_id, b"").decode("ascii", "replace")
        if rid in self.inbound.rids:
            return rid
        return "" if not rid and len(self.inbound.rids) <= 1 else None

    def best_layer(self) -> Layer | None:
        """The layer to forward."""
        return next(iter(self.layers.values()), None)

    def is_silent(self, now: float) -> bool:
        """Whether nothing has come for so long that the source counts as muted."""
        return now - self.last_at > SILENT_AFTER_S[self.source]
