"""What one peer may cost, checked before any work is done for it; and the count of what was dropped, by reason."""

from collections import Counter
from enum import StrEnum


class Drop(StrEnum):
    """Why a datagram or a message was dropped."""

    UNKNOWN_SENDER = "drop_unknown_sender"
    UNKNOWN_KIND = "drop_unknown_kind"
    TOO_LONG = "drop_too_long"
    PEER_RATE = "drop_peer_rate"
    TOO_MANY_SOURCES = "drop_too_many_sources"
    LAYER_RATE = "drop_layer_rate"
    REPORT_RATE = "drop_report_rate"
    KEYFRAME_RATE = "drop_keyframe_rate"
    NACK_RATE = "drop_nack_rate"
    STUN_MALFORMED = "drop_stun_malformed"
    STUN_UNKNOWN_USER = "drop_stun_unknown_user"
    STUN_INTEGRITY = "drop_stun_integrity"
    STUN_RATE = "drop_stun_rate"
    DTLS_OVERFLOW = "drop_dtls_overflow"
    DTLS_FAILED = "drop_dtls_failed"
    NOT_READY = "drop_not_ready"
    SRTP_AUTHENTICATION = "drop_srtp_authentication"
    RTP_MALFORMED = "drop_rtp_malformed"
    RTP_UNKNOWN_STREAM = "drop_rtp_unknown_stream"
    RTP_NOT_ALLOWED = "drop_rtp_not_allowed"
    RTP_TOO_OLD = "drop_rtp_too_old"
    RTP_REPEATED = "drop_rtp_repeated"
    RTCP_MALFORMED = "drop_rtcp_malformed"
    KERNEL_FULL = "drop_kernel_full"
    UNREACHABLE = "drop_unreachable"
    SRTP_REFUSED = "drop_srtp_refused"
    INTERNAL = "drop_internal_error"
    CONTROL_REFUSED = "drop_control_refused"
    CONTROL_MALFORMED = "drop_control_malformed"


Counters = Counter[str]


PACKETS_PER_S, PACKETS_AT_ONCE = 3000, 1500
OCTETS_PER_S, OCTETS_AT_ONCE = 1_500_000, 1_500_000
"""Three camera layers, a screen and a voice are 3.3 Mbit/s; a browser that tries its line sends twice as much."""
VOICE_PACKETS, PICTURE_PACKETS = (150.0, 300.0), (800.0, 800.0)
"""A second and at once, of one stream that others get: each of them costs as much again for every viewer. Opus sends 50
a second, 100 at its shortest; a screen in motion sends 300, and its keyframe some hundred at once."""
REPORTS_PER_S, REPORTS_AT_ONCE = 200, 300
REPORT_OCTETS_PER_S, REPORT_OCTETS_AT_ONCE = 60_000, 120_000
"""A browser reports some 60 times a second, mostly in 100 bytes or less. What it costs to read them is by the byte."""
KEYFRAMES_PER_S, KEYFRAMES_AT_ONCE = 10, 30
"""Twelve slots that begin at once ask for twelve."""
PICTURE_KEYFRAMES_PER_S, PICTURE_KEYFRAMES_AT_ONCE = 0.5, 5.0
"""Of one picture: each keyframe is as large as a second of the others, for everybody who is shown it."""
NACKED_PER_S, NACKED_AT_ONCE = 1500, 1500


class TokenBucket:
    """At most `rate` units a second on average and `burst` at once. Time comes in, in seconds."""

    __slots__ = ("_burst", "_level", "_rate", "_since")

    def __init__(self, rate: float, burst: float) -> None:
        self._rate, self._burst = rate, burst
        self._level, self._since = burst, 0.0

    def change(self, rate: float, burst: float) -> None:
        """Give another rate and burst from now on."""
        self._rate, self._burst = rate, burst

    def take(self, now: float, amount: float = 1.0) -> bool:
        """Take `amount` if it is there."""
        level = min(self._burst, self._level + (now - self._since) * self._rate)
        self._since = now
        if level < amount:
            self._level = level
            return False
        self._level = level - amount
        return True


class PeerLimits:
    """What one peer may send. Each question is asked before the work it stands for is done."""

    __slots__ = ("_keyframes", "_nacked", "_octets", "_packets", "_report_octets", "_reports", "_since")

    def __init__(self) -> None:
        self._packets, self._octets, self._since = float(PACKETS_AT_ONCE), float(OCTETS_AT_ONCE), 0.0
        self._reports = TokenBucket(REPORTS_PER_S, REPORTS_AT_ONCE)
        self._report_octets = TokenBucket(REPORT_OCTETS_PER_S, REPORT_OCTETS_AT_ONCE)
        self._keyframes = TokenBucket(KEYFRAMES_PER_S, KEYFRAMES_AT_ONCE)
        self._nacked = TokenBucket(NACKED_PER_S, NACKED_AT_ONCE)

    def lets_in(self, length: int, now: float) -> bool:
        """Whether a datagram is looked at: two token buckets in one, since it is asked for every datagram."""
        elapsed, self._since = now - self._since, now
        packets, octets = self._packets + elapsed * PACKETS_PER_S, self._octets + elapsed * OCTETS_PER_S
        if packets > PACKETS_AT_ONCE:  # noqa: PLR1730  # the packet path: calling `min` costs as much as all the rest
            packets = PACKETS_AT_ONCE
        if octets > OCTETS_AT_ONCE:  # noqa: PLR1730  # as above
            octets = OCTETS_AT_ONCE
        if packets < 1.0 or octets < length:
            self._packets, self._octets = packets, octets
            return False
        self._packets, self._octets = packets - 1.0, octets - length
        return True

    def lets_report(self, length: int, now: float) -> bool:
        """Whether an RTCP packet is decrypted and read."""
        return self._reports.take(now) and self._report_octets.take(now, length)

    def lets_ask_keyframe(self, now: float) -> bool:
        """Whether a PLI or FIR is passed on."""
        return self._keyframes.take(now)

    def lets_ask_again(self, packets: int, now: float) -> bool:
        """Whether a NACK of so many packets is looked up."""
        return self._nacked.take(now, packets)
