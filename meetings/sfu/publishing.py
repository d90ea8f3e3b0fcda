"""What one peer publishes: a track per source, a layer per simulcast encoding, and who is subscribed to it."""

from itertools import pairwise
from typing import Protocol

from .allocation import LayerChoice
from .fanout import Fanout
from .layers import LayerDemand, LayerMeter, Smoothness
from .limits import PICTURE_PACKETS, VOICE_PACKETS, Counters, Drop, TokenBucket
from .messages import Source
from .missing import PICTURE, VOICE, MissingPackets
from .negotiation import REPAIRED_RID, RID, Inbound
from .packet_cache import CAPACITY, PacketCache
from .reception import Reception, SenderClock
from .rtcp import SenderReport, from_ntp, write_pli
from .rtp import RtpHead, RtpPacket, SequenceUnwrapper
from .uplink import Lateness, Uplink
from .vp8 import Vp8Error, keyframe_height, parse_vp8

KEYFRAME_INTERVAL_S = 0.5
SILENT_AFTER_S = {Source.MICROPHONE: 1.5, Source.CAMERA: 1.0, Source.SCREEN: 6.0}
"""How long nothing may come before a source counts as muted: Opus with DTX sends every 0.4 s, a still screen rarely."""

CEASED_AFTER_S, GOES_ON_S = 0.3, 0.15
"""A layer of which nothing has come for so long, while another one came just now, has been given up by its publisher:
its line has become worse, and viewers should not wait."""

WITHHELD_AFTER = 5
"""So many looks, one a second, without a layer that the publisher was asked for."""


class FeedbackPath(Protocol):
    """The way back to a publisher."""

    def send_rtcp(self, packet: bytes) -> None:
        """Send one RTCP packet."""


class Layer:
    """One incoming stream, an encoding of a track: its numbers, its recent packets, its viewers, its meters.

    rid: its name among the track's layers, empty when there is only one. rtx_ssrc: the stream of its retransmissions,
    once known. is_flowing: whether packets come now. height: of the picture in pixels,
    as its last keyframe said; 0 before the first.
    """

    def __init__(self, track: "Track", rid: str, ssrc: int, path: FeedbackPath, counters: Counters) -> None:
        self.track, self.rid, self.ssrc = track, rid, ssrc
        self.rtx_ssrc: int | None = None
        self.is_video = track.source is not Source.MICROPHONE
        self.clock_rate, self.payload_type = track.inbound.codec.clock_rate, track.inbound.codec.payload_type
        self.reception = Reception(self.clock_rate)
        self.lateness = Lateness(self.clock_rate)
        self.clock: tuple[float, int] | None = None
        self.fanout = Fanout()
        self.is_flowing = False
        self.smoothness = Smoothness()
        self.last_at = 0.0
        self.height = 0
        self.meter = LayerMeter()
        self.limit = TokenBucket(*(PICTURE_PACKETS if self.is_video else VOICE_PACKETS))
        self._path, self._counters = path, counters
        self._unwrap = SequenceUnwrapper()
        self._cache: PacketCache | None = None
        self._kept_from = 0
        self.missing = MissingPackets(PICTURE if self.is_video else VOICE)
        self._keyframe_at = -1e9
        self._keyframe_wanted = False

    def receive(self, packet: RtpPacket, now: float, *, is_repair: bool = False) -> None:
        """Take a decrypted packet and hand it to its viewers. is_repair: it came on the retransmission stream."""
        newest = self._unwrap.highest
        packet.extended = extended = self._unwrap.unwrap(packet.sequence)
        if extended <= newest and self._is_of_no_use(extended, newest):
            return
        if self.is_video and packet.size:
            try:
                packet.picture = picture = parse_vp8(packet.payload)
            except Vp8Error:
                self._counters[Drop.RTP_MALFORMED] += 1
                return
            if picture.is_keyframe:
                self._note_height(packet.payload, picture.header_offset)
                self.missing.needed_from(extended)
            self.meter.add(picture.temporal, packet.size, starts_frame=picture.starts_frame)
        self.last_at = now
        if not (self.missing.arrived(extended, now) or is_repair):  # repairs do not make a loss unsaid
            self.reception.arrived(extended, packet.timestamp, now)
        if self.is_video:
            if self._cache is None:
                self._cache = PacketCache()
            self._cache.put(packet, now)
        if self.fanout.is_watched:
            self.fanout.forward(packet, newest, now)

    def count(self, head: RtpHead, data: bytearray, now: float) -> None:
        """Take a packet that nobody gets: it is counted where it lies, and nothing of it is kept.

        What of it comes again later is of no use then, since nobody knows whether it was here already.
        """
        newest = self._unwrap.highest
        extended = self._unwrap.unwrap(head.sequence)
        self._cache, self._kept_from = None, self._unwrap.highest + 1
        if extended <= newest - CAPACITY:
            self._counters[Drop.RTP_TOO_OLD] += 1
            return
        if self.is_video and head.size:
            try:
                picture = parse_vp8(data, head.begin, head.end)
            except Vp8Error:
                self._counters[Drop.RTP_MALFORMED] += 1
                return
            if picture.is_keyframe:
                self._note_height(data[head.begin : head.end], picture.header_offset)
            self.meter.add(picture.temporal, head.size, starts_frame=picture.starts_frame)
        self.last_at = now
        if extended > newest:
            self.missing.passed(extended)
        self.reception.arrived(extended, head.timestamp, now)

    def kept(self, extended: int) -> RtpPacket | None:
        """A packet of a picture by its extended number, if it is recent and anybody got it when it came.
        Voices are kept as they went out."""
        return self._cache.get(extended) if self._cache is not None else None

    def _is_of_no_use(self, extended: int, newest: int) -> bool:
        """Whether a packet that is not new is too old, or here already: browsers probe with pictures they have sent."""
        if extended <= newest - CAPACITY or extended < self._kept_from:
            self._counters[Drop.RTP_TOO_OLD] += 1
            return True
        if self.kept(extended) is not None:
            self._counters[Drop.RTP_REPEATED] += 1
            return True
        return False

    def _note_height(self, payload: bytes | bytearray, header_offset: int) -> None:
        height = keyframe_height(payload, header_offset)
        if height and height != self.height:
            self.height = height
            self.track.forget_choices()

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
        if self.reception.agrees_with(report, now):
            self.clock = from_ntp(report.ntp), report.timestamp


class Track:
    """One source of one peer. `started_at` is when it last began to flow; None while it does not.

    layers: by RID, those that have come so far. wishes: by slot, the RID of the layer that it would show.
    """

    def __init__(self, publisher: str, inbound: Inbound, clock: SenderClock) -> None:
        self.publisher, self.inbound, self.source = publisher, inbound, inbound.source
        self.clock = clock
        self.allowed = False
        self.layers: dict[str, Layer] = {}
        self.wishes: dict[object, str] = {}
        self.demand = LayerDemand(inbound.rids)
        self.uplink = Uplink(len(inbound.rids))
        self._choices: tuple[LayerChoice, ...] | None = None
        self._looks_without = dict.fromkeys(inbound.rids, 0)
        self.started_at: float | None = None
        self.last_at = 0.0
        self.ended_at = -1e9
        self._rid_id = inbound.extensions.get(RID, 0)
        self._repaired_rid_id = inbound.extensions.get(REPAIRED_RID, 0)

    @property
    def is_live(self) -> bool:
        """Whether packets flow now."""
        return self.started_at is not None

    def rid_of(self, packet: RtpPacket) -> str | None:
        """The layer that a packet names; None when that layer was not accepted."""
        return self._named(packet, self._rid_id)

    def repaired_layer(self, packet: RtpPacket) -> Layer | None:
        """The layer that a packet of a retransmission stream names (RFC 8852, 3.2)."""
        rid = self._named(packet, self._repaired_rid_id)
        return self.layers.get(rid) if rid is not None else None

    def _named(self, packet: RtpPacket, extension: int) -> str | None:
        rid = packet.extensions.get(extension, b"").decode("ascii", "replace")
        if rid in self.inbound.rids:
            return rid
        return "" if not rid and len(self.inbound.rids) <= 1 else None

    def layer(self, rid: str | None) -> Layer | None:
        """A layer by its RID."""
        return self.layers.get(rid) if rid is not None else None

    def newest_layer(self) -> Layer | None:
        """The layer that packets came for last: a browser may go on with another stream."""
        return max(self.layers.values(), key=lambda layer: layer.last_at, default=None)

    def choices(self) -> tuple[LayerChoice, ...]:
        """All layers that were accepted, smallest first; those that have not come yet as they are expected."""
        if self._choices is None:
            rids = self.inbound.rids or tuple(self.layers)
            self._choices = tuple(self._choice(rid, rank) for rank, rid in enumerate(rids))
        return self._choices

    def _choice(self, rid: str, rank: int) -> LayerChoice:
        layer = self.layers.get(rid)
        is_withheld = self._looks_without.get(rid, 0) >= WITHHELD_AFTER
        if layer is None:
            return LayerChoice(rid, rank, is_flowing=False, is_withheld=is_withheld)
        is_good = layer.is_flowing and not layer.smoothness.is_starved and rank <= self.uplink.highest
        return LayerChoice(rid, rank, is_good, layer.height, *layer.meter.rates(), is_withheld)

    def forget_choices(self) -> None:
        """Something that `choices` tells has changed."""
        self._choices = None

    def stop(self) -> None:
        """Count as stopped, until packets come again."""
        self.started_at = None
        for layer in self.layers.values():
            layer.is_flowing = False
        self.forget_choices()

    def settle(self, now: float, waited_s: float = 0.0) -> bool:
        """Mark the layers that have ceased to flow, and those that the line does not take; True when there are any.

        waited_s: how long packets wait for us to read them, which is not the line's doing.
        """
        goes_on = now - self.last_at < GOES_ON_S
        limit = CEASED_AFTER_S if goes_on else SILENT_AFTER_S[self.source]
        ceased = [layer for layer in self.layers.values() if layer.is_flowing and now - layer.last_at > limit]
        for layer in ceased:
            layer.is_flowing = False
            if goes_on and layer.rid in self.demand.told:
                layer.smoothness.give_up()
        given_up = self._settle_uplink(now, waited_s)
        if ceased or given_up:
            self.forget_choices()
        return bool(ceased) or given_up

    def _settle_uplink(self, now: float, waited_s: float) -> bool:
        if len(self.inbound.rids) < 2:
            return False
        flowing = [layer for layer in self.layers.values() if layer.is_flowing]
        late = [layer.lateness.look(layer.reception.way, layer.reception.received, now) for layer in flowing]
        if not self.uplink.settle((each - waited_s for each in late if each is not None), now):
            return False
        for rid in self.inbound.rids[self.uplink.highest + 1 :]:
            if (layer := self.layers.get(rid)) is not None:
                layer.smoothness.give_up()
        return True

    def measure(self, now: float) -> None:
        """Work out the rates of all layers since the last call."""
        smooth = 0.0
        for rid in self.inbound.rids or tuple(self.layers):
            if (layer := self.layers.get(rid)) is not None:
                layer.meter.settle(now)
                frame_rate = max(layer.meter.rates()[1], default=0.0)
                layer.smoothness.settle(frame_rate, smooth, is_flowing=layer.is_flowing)
                smooth = max(smooth, frame_rate)
        for rid in self.inbound.rids:
            comes = (layer := self.layers.get(rid)) is not None and layer.is_flowing
            self._looks_without[rid] = 0 if comes or rid not in self.demand.told else self._looks_without[rid] + 1
        self.forget_choices()

    def settle_demand(self, now: float) -> bool:
        """Whether the publisher is to be told anew which layers anybody wants."""
        wanted = set(self.wishes.values())
        for below, rid in pairwise(self.inbound.rids):  # while a layer does not come, the next smaller one is shown
            layer = self.layers.get(rid)
            if rid in wanted and not (layer and layer.is_flowing):
                wanted.add(below)
        return self.demand.settle(wanted, now, self.uplink.highest)

    def is_silent(self, now: float) -> bool:
        """Whether nothing has come for so long that the source counts as muted."""
        return now - self.last_at > SILENT_AFTER_S[self.source]
