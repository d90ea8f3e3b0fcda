"""A viewer's receiving slot: one outgoing stream whose publisher and layer change without the browser noticing."""

import secrets

from .heads import Head
from .messages import SlotState
from .negotiation import Outbound, source_of_slot
from .outgoing import OutgoingStream
from .publishing import Layer, Track
from .resending import ResendBudget, ResendLedger
from .rewriter import random_start
from .rtcp import SenderReport, to_ntp
from .rtp import RtpPacket
from .sending import SendingPath
from .sent_voices import SentVoices

KEYFRAME_RETRY_S = 0.6
"""A request or the keyframe itself may get lost: a picture is to be there within a second all the same."""
_PADDING = RtpPacket(0, 0, 0, 0, bytes(254) + b"\xff", padded=True, size=0)
ALL_TEMPORAL = 3


class SlotNews:
    """What the slots of one viewer have in common. has_changed: whether the `state` of any may have changed since
    `take_change`. waiting: those that wait for a keyframe."""

    __slots__ = ("has_changed", "waiting")

    def __init__(self) -> None:
        self.has_changed = True
        self.waiting: set[Slot] = set()

    def take_change(self) -> bool:
        """Whether anything may have changed since the last call."""
        changed, self.has_changed = self.has_changed, False
        return changed


class Slot:
    """One slot. Another layer takes over with its first packet, for pictures its first keyframe; until then the one
    before goes on.

    Once a layer has taken over, its fanout sends the packets in the slot's `OutgoingStream`; the slot itself sees only
    those with which something may change, while it waits for one.
    """

    def __init__(self, outbound: Outbound, path: SendingPath, news: SlotNews | None = None) -> None:
        self.name = outbound.slot
        self._news = news or SlotNews()
        self.is_video = outbound.section.kind == "video"
        self.source = source_of_slot(outbound.slot)
        self.outbound = outbound
        self._target_temporal = self._temporal = ALL_TEMPORAL
        self._path = path
        self._clock_rate = outbound.codec.clock_rate
        self._voices = None if self.is_video else SentVoices()
        self._stream = OutgoingStream(
            self._clock_rate,
            random_start(secrets.randbelow),
            Head(outbound, outbound.codec.payload_type, outbound.ssrc),
            path,
            self._voices,
            first_picture_id=secrets.randbelow(1 << 15),
            first_tl0=secrets.randbelow(1 << 8),
        )
        self._current: Layer | None = None
        self._pending: Layer | None = None
        self._looks_at: Layer | None = None
        self._requested_at = 0.0
        self._rtx_sequence = 1 + secrets.randbelow((1 << 15) - 2)
        self._resent = ResendLedger()
        rtx = outbound.codec.rtx_payload_type
        self._rtx_head = Head(outbound, rtx, outbound.rtx_ssrc) if rtx is not None else None

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
        """Show another layer, up to a temporal layer of it, which is followed at the next frame that allows for it; or
        nothing."""
        self._target_temporal = temporal
        is_other = layer is not self.layer
        if is_other:
            if layer is None or (self._current is not None and not self._current.track.is_live):
                self.clear()
            self._pending = layer if layer is not self._current else None
            self._news.has_changed = True
        self._look_where_due()
        if is_other and self._pending is not None:
            self._request_keyframe(now)

    def _look_where_due(self) -> None:
        """See the packets of the layer that is to take over, or of the one whose temporal layer is to change."""
        if self._pending is None:
            self._news.waiting.discard(self)
        elif self.is_video:
            self._news.waiting.add(self)
        is_tuned = self._temporal == self._target_temporal
        due = self._pending or (None if is_tuned else self._current)
        if due is self._looks_at:
            return
        if self._looks_at is not None:
            self._looks_at.fanout.turning.remove(self)
        if due is not None:
            due.fanout.turning.append(self)
        self._looks_at = due

    def shows(self, track: Track) -> bool:
        """Whether anything of a track is forwarded, or will be."""
        return any(layer is not None and layer.track is track for layer in (self._current, self._pending))

    def clear(self) -> None:
        """Stop at once, as when a permission is withdrawn."""
        if self._current is not None:
            self._stream.leave()
            self._current.fanout.remove(self._stream)
        self._current = self._pending = None
        self._news.has_changed = True
        self._look_where_due()

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

    def turn(self, packet: RtpPacket, newest: int, now: float) -> None:
        """Begin with a packet, or change the temporal layer with it, if it allows for that; see `fanout.Follower`."""
        if self._pending is not None:
            self._take_over(self._pending, packet, newest, now)
        elif self._current is not None and packet.extended > newest:
            self._retune(self._current, packet, newest)

    def _take_over(self, layer: Layer, packet: RtpPacket, newest: int, now: float) -> None:
        """Switch to the pending layer if this packet lets the viewer begin with it."""
        if self.is_video and (packet.picture is None or not packet.picture.is_keyframe):
            return
        source = layer.fanout.thinned(self._target_temporal, packet, newest)
        if not self._stream.follow(source, packet, now):
            return
        if self._current is not None:
            self._current.fanout.remove(self._stream)
        layer.fanout.add(self._stream, source)
        self._current, self._pending = layer, None
        self._temporal = self._target_temporal
        self._news.has_changed = True
        self._look_where_due()

    def _retune(self, layer: Layer, packet: RtpPacket, newest: int) -> None:
        """Change the temporal layer at the start of a frame: down at once, up where the player can begin with it."""
        picture, target = packet.picture, self._target_temporal
        if target < self._temporal or (picture is not None and picture.is_keyframe):
            reached = target
        elif picture is not None and picture.is_sync:
            reached = max(self._temporal, min(picture.temporal, target))
        else:
            return
        if reached == self._temporal:
            return
        source = layer.fanout.thinned(reached, packet, newest)
        self._stream.retune(source, packet)
        layer.fanout.remove(self._stream)
        layer.fanout.add(self._stream, source)
        self._temporal = reached
        self._look_where_due()

    def resend(self, sequences: tuple[int, ...], now: float, rtt_s: float, budget: ResendBudget) -> int:
        """Answer a NACK, within the viewer's budget; returns how many packets were sent.

        Pictures come from the packet cache, on the RTX stream (RFC 4588, 4); voices as they went out before.
        """
        again = self._resend_voice if self._voices is not None else self._resend_picture
        return sum(again(number, now, budget) for number in sequences if self._resent.may_send(number, now, rtt_s))

    def _resend_voice(self, number: int, now: float, budget: ResendBudget) -> bool:
        datagram = self._voices.get(number) if self._voices is not None else None
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
        timestamp = (packet.timestamp + self._stream.timestamp_offset) & 0xFFFFFFFF
        end = self._write_rtx(head, packet, timestamp, now, number.to_bytes(2, "big"))
        if packet.picture is not None:
            self._stream.write_picture(packet.picture, source[1], self._path.outbox.data, end - len(packet.payload))
        return self._path.send(end) > 0

    def pad(self, now: float) -> int:
        """Send a packet of padding on the RTX stream: it tries the line and means nothing. Returns its length, or 0."""
        if self._rtx_head is None:
            return 0
        return self._path.send(self._write_rtx(self._rtx_head, _PADDING, self._stream.timestamp, now))

    def _write_rtx(self, head: Head, packet: RtpPacket, timestamp: int, now: float, number: bytes = b"") -> int:
        """Write a packet of the RTX stream; number: which packet it repeats (RFC 4588, 4). Returns where it ends."""
        sequence = self._rtx_sequence & 0xFFFF
        self._rtx_sequence += 1
        return head.write(self._path, packet, (sequence, timestamp), now, before=number)

    def sender_report(self, wall_now: float) -> SenderReport | None:
        """Map the common clock (`wall_now`, seconds since 1970) to the slot's timestamps (RFC 3550, 6.4.1)."""
        packets, octets = self._stream.counts
        if self._current is None or self._current.clock is None or not packets:
            return None
        at, timestamp = self._current.clock
        elapsed = round((wall_now - at - (self._current.track.clock.offset_s or 0.0)) * self._clock_rate)
        mapped = (timestamp + elapsed + self._stream.timestamp_offset) & 0xFFFFFFFF
        return SenderReport(self.outbound.ssrc, to_ntp(wall_now), mapped, packets & 0xFFFFFFFF, octets & 0xFFFFFFFF)
