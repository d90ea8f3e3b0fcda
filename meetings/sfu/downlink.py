"""The receiving side of a connection: what its viewer reports and asks, and what it is sent on the line that it has."""

from .ladder import ALLOWANCE, Rung
from .limits import PICTURE_KEYFRAMES_AT_ONCE, PICTURE_KEYFRAMES_PER_S, Counters, Drop, TokenBucket
from .rtcp import KeyframeRequest, Nack, Remb, Reports, RtcpError, TransportFeedback
from .slots import Slot
from .transport import Transport
from .transport_cc import read_feedback
from .viewer_line import VOICES_BPS, ViewerLine
from .viewing import Viewer

NEEDS_EVERY_S = 1.0
AMPLE = 1.5

ViewerReport = KeyframeRequest | Nack | Remb | Reports | TransportFeedback


class Downlink:
    """Fits a viewer's slots to its line, and answers for them."""

    def __init__(self, slots: list[Slot], transport: Transport, counters: Counters, wall_offset_s: float) -> None:
        self.viewer, self.line = Viewer(slots), ViewerLine(counters)
        self._transport, self._counters, self._wall_offset_s = transport, counters, wall_offset_s
        self._by_ssrc = {each.outbound.ssrc: each for each in slots}
        self._keyframes = {
            ssrc: TokenBucket(PICTURE_KEYFRAMES_PER_S, PICTURE_KEYFRAMES_AT_ONCE) for ssrc in self._by_ssrc
        }
        self._padded_slot = next((each for each in slots if each.is_video), None)
        self._needs: tuple[float, ...] = (0.0,) * len(Rung)
        self._needs_at = -1e9
        self._has_all_needs = False

    @property
    def shown(self) -> Rung:
        """The rung as the viewer sees it: where nothing is left out, it is the first one."""
        rung = self.line.rung
        return Rung.ALL if self._needs[rung] >= self._needs[Rung.ALL] else rung

    def take(self, report: ViewerReport, now: float) -> None:
        """Act on what the viewer reports and asks."""
        match report:
            case TransportFeedback(body):
                self._arrived(body, now)
            case Remb(bitrate_bps):
                self.line.estimate.remb_came(bitrate_bps)
            case Reports(blocks):
                ours = tuple(block for block in blocks if block.ssrc in self._by_ssrc)
                self.line.reported(ours, now, now + self._wall_offset_s)
            case KeyframeRequest(ssrc) if ssrc in self._by_ssrc:
                self._keyframe_asked(self._by_ssrc[ssrc], now)
            case Nack(ssrc, sequences) if ssrc in self._by_ssrc:
                self._asked_again(self._by_ssrc[ssrc], sequences, now)

    def _arrived(self, feedback: bytes, now: float) -> None:
        try:
            arrivals = read_feedback(feedback)
        except RtcpError:
            self._counters[Drop.RTCP_MALFORMED] += 1
            return
        log = self._transport.path.log
        if log.arrived(arrivals, now):
            self.line.queued(log.queue_s, log.arrived_bps, now)

    def _keyframe_asked(self, slot: Slot, now: float) -> None:
        if self._transport.limits.lets_ask_keyframe(now) and self._keyframes[slot.outbound.ssrc].take(now):
            slot.keyframe_asked(now)
        else:
            self._counters[Drop.KEYFRAME_RATE] += 1

    def _asked_again(self, slot: Slot, sequences: tuple[int, ...], now: float) -> None:
        if not self._transport.limits.lets_ask_again(len(sequences), now):
            self._counters[Drop.NACK_RATE] += 1
            return
        before = self._transport.path.octets
        sent = slot.resend(sequences, now, self.line.rtt_s, self.line.budget)
        self._counters["nacked_packets"] += len(sequences)
        self._counters["packets_retransmitted"] += sent
        self._counters["octets_retransmitted"] += self._transport.path.octets - before

    def keep_up(self, now: float) -> bool:
        """Do what the clock demands, many times a second; True when the rung has changed."""
        changed = self.line.settle(self._needed(now), self._transport.path.octets, now)
        if changed:
            self._counters["rung_changes"] += 1
            self.viewer.allowance = self.line.allowance
            self.viewer.settle(now)
        if self.line.padding_due:
            self._pad(self.line.padding_due, now)
        return changed

    def _needed(self, now: float) -> tuple[float, ...]:
        """Bits a second that each rung takes: worked out once a second where there is an estimate to compare them with,
        and beyond the first only where the line is near what is sent."""
        estimate = self.line.estimate.bps
        if estimate is None:
            return self._needs
        is_ample = estimate > AMPLE * (self._needs[0] + VOICES_BPS)
        if now - self._needs_at >= NEEDS_EVERY_S or not (is_ample or self._has_all_needs):
            rungs = [Rung.ALL] if is_ample and self.line.rung is Rung.ALL else list(Rung)
            costs = [self.viewer.cost(ALLOWANCE[rung]) for rung in rungs]
            self._has_all_needs = len(costs) == len(Rung)
            self._needs = tuple(costs if self._has_all_needs else costs * len(Rung))
            self._needs_at = now
        return self._needs

    def _pad(self, octets: int, now: float) -> None:
        while self._padded_slot is not None and octets > 0 and (sent := self._padded_slot.pad(now)):
            octets -= sent
            self._counters["octets_padded"] += sent
