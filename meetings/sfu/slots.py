"""A viewer's receiving slot: one outgoing stream whose publisher and layer change without the browser noticing."""

import secrets
from struct import pack_into
from typing import Protocol

from .adapter import PacketBuffer
from .heads import HeadWriter
from .messages import SlotState
from .negotiation import Outbound, source_of_slot
from .publishing import Layer, Track
from .resending import ResendBudget, ResendLedger
from .rewriter import StreamRewriter, random_start
from .rtcp import SenderReport, to_ntp
from .rtp import RtpPacket
from .sent_log import SentLog
from .sent_voices import SentVoices

KEYFRAME_RETRY_S = 0.6
"""A request or the keyframe itself may get lost: a picture is to be there within a second all the same."""
_PADDING = RtpPacket(0, 0, 0, 0, bytes(254) + b"\xff", padded=True, size=0)
ALL_TEMPORAL = 3


class SendingPath(Protocol):
    """The way to a viewer. Packets are written into `outbox` and sent from there."""

    outbox: PacketBuffer
    sent_log: SentLog

    def send_rtp(self, length: int) -> int:
        """Encrypt and send the packet in `outbox`; returns its length there, 0 when it was not sent. Never waits: a
        full kernel drops."""

    def send_again(self, datagram: bytes) -> None:
        """Send what was encrypted before."""


class Slot:
    """One slot. Another layer takes over with its first packet, for pictures its first keyframe; until then the one
    before goes on.

    target_temporal: the highest temporal layer to pass on; it is followed at the next frame that allows for it.
    """

    def __init__(self, outbound: Outbound, path: SendingPath) -> None:
        self.name = outbound.slot
        self.is_video = outbound.section.kind == "video"
        self.source = source_of_slot(outbound.slot)
        self.outbound = outbound
        self.target_temporal = ALL_TEMPORAL
        self._has_changed = True
        self._temporal = ALL_TEMPORAL
        self._path = path
        self._clock_rate = outbound.codec.clock_rate
        self._stream = StreamRewriter(
            self._clock_rate,
            random_start(secrets.randbelow),
            first_picture_id=secrets.randbelow(1 << 15),
            first_tl0=secrets.randbelow(1 << 8),
        )
        self._current: Layer | None = None
        self._pending: Layer | None = None
        self._requested_at = 0.0
        self._packets = self._octets = 0
        self._rtx_sequence = 1 + secrets.randbelow((1 << 15) - 2)
        self._resent = ResendLedger()
        self._sent_voices = None if self.is_video else SentVoices()
        self._head = HeadWriter(outbound, outbound.codec.payload_type, outbound.ssrc, path.sent_log)
        rtx = outbound.codec.rtx_payload_type
        self._rtx_head = HeadWriter(outbound, rtx, outbound.rtx_ssrc, path.sent_log) if rtx is not None else None

    @property
    def layer(self) -> Layer | None:
        """The layer that is shown, or will be with its next keyframe."""
        return self._pending or self._current

    @property
    def publisher(self) -> str | None:
        """Whose layer that is."""
        return self.layer.track.publisher if self.layer else None

    def state(self) -> SlotState:
        """The slot as the viewer sees it: the old publisher until the new one has taken over."""
        shown = self._current or self._pending
        if shown is None:
            return SlotState(self.name, None, None, live=False)
        return SlotState(self.name, shown.track.publisher, self.source, live=self._current is not None)

    def assign(self, layer: Layer | None, now: float, temporal: int = ALL_TEMPORAL) -> None:
        """Show another layer, up to a temporal layer of it; or nothing."""
        self.target_temporal = temporal
        if layer is self.layer:
            return
        if layer is None or (self._current is not None and not self._current.track.is_live):
            self.clear()
        if self._pending is not None:
            self._pending.unsubscribe(self)
            self._pending = None
        self._has_changed = True
        if layer is not None and layer is not self._current:
            self._pending = layer
            layer.subscribe(self)
            self._request_keyframe(now)

    def shows(self, track: Track) -> bool:
        """Whether anything of a track is forwarded, or will be."""
        return any(layer is not None and layer.track is track for layer in (self._current, self._pending))

    def take_change(self) -> bool:
        """Whether `state` may have changed since the last call."""
        changed, self._has_changed = self._has_changed, False
        return changed

    def clear(self) -> None:
        """Stop at once, as when a permission is withdrawn."""
        for layer in (self._current, self._pending):
            if layer is not None:
                layer.unsubscribe(self)
        self._current = self._pending = None
        self._has_changed = True

    def _request_keyframe(self, now: float) -> None:
        if self.is_video and self.layer is not None:
            self._requested_at = now
            self.layer.request_keyframe(now)

    def keyframe_asked(self, now: float) -> None:
        """The viewer cannot decode what it has."""
        self._request_keyframe(now)

    def retry(self, now: float) -> None:
        """Ask again for a keyframe that has not come."""
        if self._pending is not None and now - self._requested_at > KEYFRAME_RETRY_S:
            self._request_keyframe(now)

    def forward(self, layer: Layer, packet: RtpPacket, now: float) -> None:
        """Send a packet of `layer` under the slot's own numbers. The packet path: nothing here waits."""
        if layer is not self._current and not self._takes_over(layer, packet, now):
            return
        picture = packet.picture
        stream, picture = self._stream, packet.picture
        if picture is not None:
            if picture.starts_frame and self._temporal != self.target_temporal:
                self._retune(packet)
            if picture.temporal > self._temporal and stream.skip(packet.extended, picture):
                return
        mapped = stream.map(packet.extended, packet.timestamp, now)
        if mapped is None:
            return
        sequence, timestamp, picture_offset = mapped
        path, head, payload = self._path, self._head, packet.payload
        outbox, start = path.outbox.data, head.size
        head.write(outbox, packet, sequence & 0xFFFF, timestamp, now)
        end = start + len(payload)
        outbox[start:end] = payload
        if picture is not None:
            stream.write_picture(picture, picture_offset, outbox, start, sequence == stream.highest)
        self._packets += 1
        self._octets += packet.size
        size = path.send_rtp(end)
        if self._sent_voices is not None and size:
            self._sent_voices.keep(sequence & 0xFFFF, bytes(path.outbox.view[:size]))

    def _takes_over(self, layer: Layer, packet: RtpPacket, now: float) -> bool:
        """Switch to the pending layer if this packet lets the viewer begin with it."""
        if layer is not self._pending:
            return False
        if self.is_video and (packet.picture is None or not packet.picture.is_keyframe):
            return False
        if self._current is not None:
            self._current.unsubscribe(self)
        self._current, self._pending = layer, None
        self._temporal = self.target_temporal
        self._stream.switch(packet.extended, packet.timestamp, now, packet.picture)
        self._has_changed = True
        return True

    def _retune(self, packet: RtpPacket) -> None:
        """Follow `target_temporal` at the start of a frame: down at once, up where the player can begin with it."""
        picture = packet.picture
        if self.target_temporal < self._temporal:
            self._temporal = self.target_temporal
        elif picture is not None and (picture.is_keyframe or picture.is_sync):
            reached = self.target_temporal if picture.is_keyframe else picture.temporal
            self._temporal = max(self._temporal, min(reached, self.target_temporal))

    def resend(self, sequences: tuple[int, ...], now: float, rtt_s: float, budget: ResendBudget) -> int:
        """Answer a NACK, within the viewer's budget; returns how many packets were sent.

        Pictures come from the packet cache, on the RTX stream (RFC 4588, 4); voices as they went out before.
        """
        again = self._resend_voice if self._sent_voices is not None else self._resend_picture
        return sum(again(number, now, budget) for number in sequences if self._resent.may_send(number, now, rtt_s))

    def _resend_voice(self, number: int, now: float, budget: ResendBudget) -> bool:
        datagram = self._sent_voices.get(number) if self._sent_voices is not None else None
        if datagram is None or not budget.take(now, len(datagram)):
            return False
        self._path.send_again(datagram)
        return True

    def _resend_picture(self, number: int, now: float, budget: ResendBudget) -> bool:
        head, layer = self._rtx_head, self._current
        source = self._stream.source_of(number)
        packet = layer.kept(source[0]) if source is not None and layer is not None else None
        if head is None or source is None or packet is None or not budget.take(now, len(packet.payload)):
            return False
        outbox = self._path.outbox.data
        timestamp = (packet.timestamp + self._stream.timestamp_offset) & 0xFFFFFFFF
        start = self._write_rtx_head(head, packet, timestamp, now)
        pack_into("!H", outbox, start, number)
        end = start + 2 + len(packet.payload)
        outbox[start + 2 : end] = packet.payload
        if packet.picture is not None:
            self._stream.write_picture(packet.picture, source[1], outbox, start + 2, False)
        return self._path.send_rtp(end) > 0

    def pad(self, now: float) -> int:
        """Send a packet of padding on the RTX stream: it tries the line and means nothing. Returns its length, or 0."""
        if self._rtx_head is None:
            return 0
        start = self._write_rtx_head(self._rtx_head, _PADDING, self._stream.timestamp, now)
        end = start + len(_PADDING.payload)
        self._path.outbox.data[start:end] = _PADDING.payload
        return self._path.send_rtp(end)

    def _write_rtx_head(self, head: HeadWriter, packet: RtpPacket, timestamp: int, now: float) -> int:
        """Write a header of the RTX stream; returns where the payload begins."""
        head.write(self._path.outbox.data, packet, self._rtx_sequence & 0xFFFF, timestamp, now)
        self._rtx_sequence += 1
        return head.size

    def sender_report(self, wall_now: float) -> SenderReport | None:
        """Map the common clock (`wall_now`, seconds since 1970) to the slot's timestamps (RFC 3550, 6.4.1)."""
        if self._current is None or self._current.clock is None or not self._packets:
            return None
        at, timestamp = self._current.clock
        elapsed = round((wall_now - at - (self._current.track.clock.offset_s or 0.0)) * self._clock_rate)
        mapped = (timestamp + elapsed + self._stream.timestamp_offset) & 0xFFFFFFFF
        octets = self._octets & 0xFFFFFFFF
        return SenderReport(self.outbound.ssrc, to_ntp(wall_now), mapped, self._packets & 0xFFFFFFFF, octets)
