"""One browser's connection: its transport, the tracks it publishes and the slots it receives in."""

import secrets
from typing import Protocol

from .adapter import PacketBuffer
from .downlink import Downlink
from .limits import Drop
from .messages import Permissions, Source
from .negotiation import AUDIO_LEVEL, MID, TRANSPORT_CC, Inbound, Plan
from .publishing import Layer, Track
from .reception import SenderClock
from .rtcp import (
    RtcpError,
    SenderReport,
    compounds,
    from_ntp,
    parse_rtcp,
    write_nack,
    write_receiver_report,
    write_sender_report,
)
from .rtp import RtpError, RtpPacket, element_head, parse_rtp, unwrap_rtx
from .sdp import Offer
from .slots import Slot, SlotNews
from .transport import Surroundings, Transport
from .transport_cc import ArrivalRecorder
from .weakness import Weakness

MAX_STREAMS = 24  # incoming SSRCs, twice as many as six layers and their repairs: more is not a browser
LATE_S = 0.25
"""After the page has said that it stopped a source: packets overtaken by that word do not start it again."""


class Seat(Protocol):
    """The peer whose connection it is, as far as a connection needs it."""

    def connected(self, connection: "Connection") -> None:
        """The transport stands."""

    def closed(self, connection: "Connection") -> None:
        """The browser closed its side."""

    def track_started(self, track: Track, now: float) -> None:
        """The first packet of a source has come, and is not yet forwarded."""

    def layers_changed(self, track: Track, now: float) -> None:
        """Another layer of a source has begun to flow, or has ceased to."""

    def voice_heard(self, level: int, now: float) -> None:
        """A packet of the microphone has come."""


class Connection:
    """What one browser sends and receives."""

    def __init__(self, seat: Seat, surroundings: Surroundings, offer: Offer, plan: Plan, now: float) -> None:
        self._seat = seat
        self.plan = plan
        self._around, self._counters = surroundings, surroundings.counters
        self.transport = Transport(surroundings, self, offer.fingerprints, now)
        self.session_id, self.version = secrets.randbelow(1 << 62), 1
        self._clock = SenderClock()
        self.tracks = {each.source: Track("", each, self._clock) for each in plan.inbound}
        self.news = SlotNews()
        self.slots = [Slot(each, self.transport.path, self.news) for each in plan.outbound]
        self.downlink = Downlink(self.slots, self.transport, self._counters, surroundings.wall_offset_s)
        self.viewer = self.downlink.viewer
        self._layers: dict[int, Layer | None] = {}
        self._by_mid = {each.section.mid.encode(): each for each in plan.inbound}
        self._declared = {ssrc: each for each in plan.inbound for ssrc in each.section.ssrcs}
        extensions = [each.extensions for each in plan.inbound]
        self._mid_ids = {each[MID] for each in extensions if MID in each}
        self._numbered = element_head(_first(extensions, TRANSPORT_CC), 2)
        self._levelled = element_head(_first(extensions, AUDIO_LEVEL), 1)
        self._arrivals = ArrivalRecorder()
        self._repairs: dict[int, Layer] = {}
        self.weakness = Weakness()

    @property
    def waited_s(self) -> float:
        """How long the datagram that was read last has waited for us: that delay is no browser's line's."""
        return self._around.waited_s

    def belongs_to(self, peer: str, permissions: Permissions) -> None:
        """Name the publisher and set what may flow."""
        for track in self.tracks.values():
            track.publisher = peer
            track.allowed = permissions.allows(track.source)

    async def close(self) -> None:
        """Say goodbye, and come apart: thousands come and go, and what a connection kept is to be free at once.

        A garbage collector that finds it later would have more to look through, in the packet loop.
        """
        await self.transport.close()
        for track in self.tracks.values():
            track.layers.clear()
            track.wishes.clear()
        self._layers.clear()
        self._repairs.clear()

    # What the transport lets through ------------------------------------------------------------------------------

    def connected(self) -> None:
        """DTLS stands."""
        self._seat.connected(self)

    def closed(self) -> None:
        """The browser closed its side."""
        self._seat.closed(self)

    def received_rtp(self, buffer: PacketBuffer, length: int, now: float) -> None:
        """Check a packet against what was negotiated and allowed, and hand it to its layer."""
        head = self._around.head
        try:
            head.read(buffer.data, length, self._numbered, self._levelled)
        except RtpError:
            self._counters[Drop.RTP_MALFORMED] += 1
            return
        if head.number >= 0:
            came_at = now - self._around.waited_s  # our own delay is not the line's
            self._arrivals.arrived(head.number, int(came_at * 1_000_000))
        layer = self._layers.get(head.ssrc) or self._stranger(parse_rtp(bytes(buffer.view[:length])), now)
        if layer is None:
            return
        track = layer.track
        if not track.allowed:
            self._counters[Drop.RTP_NOT_ALLOWED] += 1
            return
        if head.marked_type & 0x7F != layer.payload_type:
            self._counters[Drop.RTP_UNKNOWN_STREAM] += 1
            return
        if not layer.is_flowing and not self._begin(layer, now):
            return
        track.last_at = now
        if layer.fanout.is_watched:
            if not layer.limit.take(now):
                self._counters[Drop.LAYER_RATE] += 1
                return
            layer.receive(head.packet(buffer.view), now)
            if layer.missing.gaps:
                self._ask_again(layer, now)
        else:
            layer.count(head, buffer.data, now)
        if head.level >= 0 and not layer.is_video:
            self._seat.voice_heard(head.level, now)

    def _stranger(self, packet: RtpPacket, now: float) -> Layer | None:
        """Look closer at a packet of a stream that is no layer's so far; the layer, if it turns out to be one's."""
        layer = self._bind(packet)
        if layer is None and packet.ssrc in self._layers:
            self._take_repair(packet, now)
        elif layer is None:
            self._counters[Drop.RTP_UNKNOWN_STREAM] += 1
        return layer

    def _begin(self, layer: Layer, now: float) -> bool:
        """The first packet of a layer has come, or the first after a pause; False for a last one that came late."""
        track = layer.track
        if now - track.ended_at < LATE_S:
            return False
        layer.is_flowing, layer.last_at = True, now
        track.forget_choices()
        if track.started_at is None:
            track.started_at = now
            self._seat.track_started(track, now)
        else:
            self._seat.layers_changed(track, now)
        return True

    def _bind(self, packet: RtpPacket) -> Layer | None:
        """Find out which section and layer a new SSRC belongs to (RFC 9143, 9.2); None for retransmissions."""
        if packet.ssrc in self._layers:
            return None
        inbound = self._section_of(packet)
        if inbound is None or packet.payload_type != inbound.codec.payload_type:
            if inbound is not None and packet.payload_type == inbound.codec.rtx_payload_type:
                self._bind_repairs(packet, self.tracks[inbound.source])
            return None
        track = self.tracks[inbound.source]
        rid = track.rid_of(packet)
        if rid is None or len(self._layers) >= MAX_STREAMS:
            return None
        layer = Layer(track, rid, packet.ssrc, self.transport, self._counters)
        track.layers[rid] = layer
        self._remember(packet.ssrc, layer)
        return layer

    def _bind_repairs(self, packet: RtpPacket, track: Track) -> None:
        """Note whose retransmissions come on a new SSRC. Most of them are probes, counted for their arrival only."""
        self._remember(packet.ssrc, None)
        layer = track.repaired_layer(packet)
        if layer is not None and packet.ssrc in self._layers:
            self._repairs[packet.ssrc] = layer

    def _take_repair(self, packet: RtpPacket, now: float) -> None:
        """Take a packet of a retransmission stream: something that was asked for, or a browser trying its line."""
        layer = self._repairs.get(packet.ssrc)
        if layer is None and (inbound := self._section_of(packet)) is not None:
            self._bind_repairs(packet, self.tracks[inbound.source])
            layer = self._repairs.get(packet.ssrc)
        codec = layer.track.inbound.codec if layer is not None else None
        if layer is None or codec is None or packet.payload_type != codec.rtx_payload_type:
            self._counters["probes"] += 1
            return
        repaired = unwrap_rtx(packet, codec.payload_type, layer.ssrc)
        is_waited_for = layer.track.allowed and layer.is_flowing and layer.fanout.is_watched
        if repaired is None or not is_waited_for:
            self._counters["probes"] += 1
            return
        layer.receive(repaired, now, is_repair=True)

    def _ask_again(self, layer: Layer, now: float) -> None:
        """Ask the publisher for what is missing, if anybody waits for it; when that is of no use, for a keyframe."""
        if not layer.fanout.is_watched:
            layer.missing.nobody_waits()
            return
        due = layer.missing.due(now, self.downlink.line.rtt_s)
        if due:
            self._counters["packets_asked_again"] += len(due)
            self.transport.send_rtcp(write_nack(1, layer.ssrc, due))
        if layer.missing.has_given_up:
            layer.missing.pardon()
            self._counters["losses_given_up"] += 1
            if layer.is_video:
                layer.request_keyframe(now)

    def _remember(self, ssrc: int, layer: Layer | None) -> None:
        if len(self._layers) < MAX_STREAMS:
            self._layers[ssrc] = layer

    def _section_of(self, packet: RtpPacket) -> Inbound | None:
        for number in self._mid_ids:
            if (mid := packet.extensions.get(number)) in self._by_mid:
                return self._by_mid[mid]
        return self._declared.get(packet.ssrc)

    def received_rtcp(self, data: bytes, now: float) -> None:
        """Act on what the browser reports and asks."""
        try:
            packets = parse_rtcp(data)
        except RtcpError:
            self._counters[Drop.RTCP_MALFORMED] += 1
            return
        for packet in packets:
            if isinstance(packet, SenderReport):
                self._sender_reported(packet, now)
            else:
                self.downlink.take(packet, now)

    def _sender_reported(self, report: SenderReport, now: float) -> None:
        layer = self._layers.get(report.ssrc)
        if layer is not None:
            layer.sender_reported(report, now)
            self._clock.observe(from_ntp(report.ntp), now + self._around.wall_offset_s)

    # What the worker's clock makes it do ----------------------------------------------------------------------------

    @property
    def is_calm(self) -> bool:
        """Whether nothing waits for the next tick: no packet is missing or late, and no padding is being sent."""
        for layer in self._layers.values():
            if layer is not None and layer.missing.gaps:
                return False
        return not (self.downlink.line.is_probing or any(track.uplink.is_late for track in self.tracks.values()))

    @property
    def is_resting(self) -> bool:
        """Whether nothing is published, and what is received has a line at ease."""
        if not self.downlink.line.is_at_ease or self.news.waiting:
            return False
        return not any(track.is_live for track in self.tracks.values())

    def keep_up(self, now: float) -> None:
        """Ask again for what is still missing, and fit what the viewer is sent to its line (every tick)."""
        for layer in self._layers.values():
            if layer is not None and layer.missing.gaps:
                self._ask_again(layer, now)
        self.downlink.keep_up(now)

    def line_figures(self) -> dict[str, int]:
        """How the line stands both ways; see messages.PeerState."""
        rates = (layer.meter.rates()[0] for track in self.tracks.values() for layer in track.layers.values())
        return {
            **self.downlink.line.figures(),
            "lost_up_permille": round(1000 * self.weakness.lost),
            "pictures_bps": round(sum(each[-1] for each in rates if each)),
        }

    def send_feedback(self) -> None:
        """Tell the publisher when its packets arrived (ten times a second or so)."""
        for feedback in self._feedback():
            self.transport.send_rtcp(feedback)

    def _feedback(self) -> list[bytes]:
        ssrc = next((ssrc for ssrc, layer in self._layers.items() if layer), None)
        feedback = self._arrivals.feedback(1, ssrc) if ssrc is not None else None
        return [feedback] if feedback else []

    def send_reports(self, now: float) -> None:
        """Send a receiver report about what was published, a sender report for every slot, and feedback, in as few
        datagrams as they fit in (once a second)."""
        layers = [(ssrc, layer) for ssrc, layer in self._layers.items() if layer is not None and layer.track.is_live]
        blocks = [layer.reception.block(ssrc, now) for ssrc, layer in layers]
        receptions = [layer.reception for layer in self._layers.values() if layer is not None]
        expected, received = sum(each.expected for each in receptions), sum(each.received for each in receptions)
        self.weakness.settle(expected, received, now)
        wall_now = now + self._around.wall_offset_s
        sent = (write_sender_report(each) for slot in self.slots if (each := slot.sender_report(wall_now)) is not None)
        reports = [write_receiver_report(1, blocks)] if blocks else []
        for compound in compounds([*reports, *sent, *self._feedback()]):
            self.transport.send_rtcp(compound)

    def is_publishing(self, source: Source) -> bool:
        """Whether a source flows now."""
        return source in self.tracks and self.tracks[source].is_live


def _first(extensions: list[dict[str, int]], uri: str) -> int:
    """The id of a header extension: bundled sections that have it agree on it (RFC 9143); 0 where none has it."""
    return next((each[uri] for each in extensions if uri in each), 0)
