"""RTCP packets (RFC 3550, RFC 4585, RFC 5104): reading those that browsers send, writing those that they need."""

from dataclasses import dataclass
from struct import Struct, error, pack, unpack_from
from typing import NamedTuple

SENDER_REPORT = 200
RECEIVER_REPORT = 201
BYE = 203
TRANSPORT_FEEDBACK = 205
PAYLOAD_FEEDBACK = 206
NACK_FORMAT = 1
PLI_FORMAT = 1
FIR_FORMAT = 4
APPLICATION_FORMAT = 15

NTP_EPOCH_OFFSET_S = 2208988800  # from 1900 to 1970
_REPORT = Struct("!IIIIII")
_MAX_NACKED = 512
LONGEST_COMPOUND = 1200
"""Bytes, before encryption: they go through any network in one piece."""


class RtcpError(ValueError):
    """Not a well-formed compound packet."""


class ReportBlock(NamedTuple):
    """What one side has received of `ssrc`: loss since the last report (in 1/256) and in all, jitter in clock units."""

    ssrc: int
    fraction_lost: int
    lost: int
    highest: int
    jitter: int
    last_sender_report: int
    delay: int


@dataclass(frozen=True, slots=True)
class SenderReport:
    """A sender's clock: the NTP time (64 bits, 32.32) at which its RTP timestamp was `timestamp`."""

    ssrc: int
    ntp: int
    timestamp: int
    packets: int
    octets: int


@dataclass(frozen=True, slots=True)
class Reports:
    """The report blocks of a sender or receiver report."""

    blocks: tuple[ReportBlock, ...]


@dataclass(frozen=True, slots=True)
class KeyframeRequest:
    """A PLI or FIR for what we send as `ssrc`."""

    ssrc: int


@dataclass(frozen=True, slots=True)
class Nack:
    """Sequence numbers (16 bits) that a viewer misses of what we send as `ssrc`."""

    ssrc: int
    sequences: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Remb:
    """A viewer's estimate of what its line can take, in bits a second."""

    bitrate_bps: int


@dataclass(frozen=True, slots=True)
class TransportFeedback:
    """Arrival times of what a publisher sent (transport-cc); raw after the header."""

    body: bytes


Rtcp = SenderReport | Reports | KeyframeRequest | Nack | Remb | TransportFeedback


def parse_rtcp(data: bytes) -> list[Rtcp]:
    """Read a decrypted compound packet; packets of other types are skipped. Raises RtcpError."""
    found: list[Rtcp] = []
    position, end = 0, len(data)
    if end < 8:
        raise RtcpError("shorter than a header")
    try:
        while position < end:
            first, kind, words = unpack_from("!BBH", data, position)
            size = 4 * (words + 1)
            if first & 0xC0 != 0x80 or position + size > end:
                raise RtcpError("a packet is cut off or not version 2")
            found += _parse_one(kind, first & 0x1F, data[position : position + size])
            position += size
    except error as problem:
        raise RtcpError("a packet is shorter than its type needs") from problem
    return found


def _parse_one(kind: int, count: int, data: bytes) -> list[Rtcp]:
    if kind == SENDER_REPORT:
        return [SenderReport(*unpack_from("!IQIII", data, 4)), Reports(_blocks(data, 28, count))]
    if kind == RECEIVER_REPORT:
        return [Reports(_blocks(data, 8, count))]
    if kind == PAYLOAD_FEEDBACK:
        return _payload_feedback(count, data)
    if kind == TRANSPORT_FEEDBACK and count == NACK_FORMAT:
        return [Nack(unpack_from("!I", data, 8)[0], _nacked(data))]
    if kind == TRANSPORT_FEEDBACK and count == APPLICATION_FORMAT:
        return [TransportFeedback(data[12:])]
    return []


def _blocks(data: bytes, start: int, count: int) -> tuple[ReportBlock, ...]:
    blocks = []
    for number in range(count):
        ssrc, loss, highest, jitter, last, delay = _REPORT.unpack_from(data, start + 24 * number)
        lost = loss & 0xFFFFFF
        blocks.append(
            ReportBlock(ssrc, loss >> 24, lost - (1 << 24) if lost >> 23 else lost, highest, jitter, last, delay)
        )
    return tuple(blocks)


def _payload_feedback(fmt: int, data: bytes) -> list[Rtcp]:
    if fmt == PLI_FORMAT:
        return [KeyframeRequest(unpack_from("!I", data, 8)[0])]
    if fmt == FIR_FORMAT:
        return [KeyframeRequest(unpack_from("!I", data, at)[0]) for at in range(12, len(data) - 7, 8)]
    if fmt == APPLICATION_FORMAT and data[12:16] == b"REMB":
        (word,) = unpack_from("!I", data, 16)
        return [Remb((word & 0x3FFFF) << (word >> 18 & 0x3F))]
    return []


def _nacked(data: bytes) -> tuple[int, ...]:
    """Sequence numbers of the generic NACK's pairs of number and mask (RFC 4585, 6.2.1)."""
    sequences: list[int] = []
    for at in range(12, len(data) - 3, 4):
        first, mask = unpack_from("!HH", data, at)
        sequences.append(first)
        sequences += [(first + bit + 1) & 0xFFFF for bit in range(16) if mask >> bit & 1]
        if len(sequences) >= _MAX_NACKED:
            break
    return tuple(sequences)


def compounds(packets: list[bytes]) -> list[bytes]:
    """Put packets that leave at one moment together, in their order: each datagram saved is an encryption and a call of
    the kernel less (RFC 3550, 6.1; RFC 5506, 4.2 for those that begin with something other than a report).

    packets: reports first; one that ends in padding last (RFC 3550, 6.4.1).
    """
    joined: list[bytes] = []
    for packet in packets:
        if joined and len(joined[-1]) + len(packet) <= LONGEST_COMPOUND:
            joined[-1] += packet
        else:
            joined.append(packet)
    return joined


def write_receiver_report(sender: int, blocks: list[ReportBlock]) -> bytes:
    """Write a receiver report of at most 31 blocks."""
    return pack("!BBHI", 0x80 | len(blocks), RECEIVER_REPORT, 1 + 6 * len(blocks), sender) + _write_blocks(blocks)


def _write_blocks(blocks: list[ReportBlock]) -> bytes:
    written = bytearray(24 * len(blocks))
    for number, block in enumerate(blocks):
        loss = block.fraction_lost << 24 | block.lost & 0xFFFFFF
        values = (block.ssrc, loss, block.highest, block.jitter, block.last_sender_report, block.delay)
        _REPORT.pack_into(written, 24 * number, *values)
    return bytes(written)


def write_sender_report(report: SenderReport, cname: bytes = b"parvis") -> bytes:
    """Write a sender report with the SDES CNAME that ties the streams of one clock together."""
    sdes = pack("!I", report.ssrc) + bytes([1, len(cname)]) + cname
    sdes += bytes(4 - len(sdes) % 4)
    head = pack("!BBH", 0x80, SENDER_REPORT, 6)
    body = pack("!IQIII", report.ssrc, report.ntp, report.timestamp, report.packets, report.octets)
    return head + body + pack("!BBH", 0x81, 202, len(sdes) // 4) + sdes


def write_pli(sender: int, ssrc: int) -> bytes:
    """Ask the publisher of `ssrc` for a keyframe (RFC 4585, 6.3.1)."""
    return pack("!BBHII", 0x80 | PLI_FORMAT, PAYLOAD_FEEDBACK, 2, sender, ssrc)


def write_nack(sender: int, ssrc: int, sequences: list[int]) -> bytes:
    """Ask for packets again: pairs of a number and a mask of the 16 after it (RFC 4585, 6.2.1).

    sequences: in ascending order (extended numbers may be given; their last 16 bits are written).
    """
    pairs: list[tuple[int, int]] = []
    for sequence in sequences:
        if pairs and 0 < sequence - pairs[-1][0] <= 16:
            first, mask = pairs[-1]
            pairs[-1] = first, mask | 1 << (sequence - first - 1)
        else:
            pairs.append((sequence, 0))
    head = pack("!BBHII", 0x80 | NACK_FORMAT, TRANSPORT_FEEDBACK, 2 + len(pairs), sender, ssrc)
    return head + b"".join(pack("!HH", first & 0xFFFF, mask) for first, mask in pairs)


def write_remb(sender: int, bitrate_bps: int, ssrcs: list[int]) -> bytes:
    """Tell what the line takes for these streams (draft-alvestrand-rmcat-remb-03, 2.2)."""
    exponent = max(bitrate_bps.bit_length() - 18, 0)
    word = len(ssrcs) << 24 | exponent << 18 | bitrate_bps >> exponent
    head = pack("!BBHII4sI", 0x80 | APPLICATION_FORMAT, PAYLOAD_FEEDBACK, 4 + len(ssrcs), sender, 0, b"REMB", word)
    return head + b"".join(pack("!I", ssrc) for ssrc in ssrcs)


def to_ntp(seconds: float) -> int:
    """Seconds since 1970 as a 64-bit NTP timestamp."""
    return int((seconds + NTP_EPOCH_OFFSET_S) * (1 << 32))


def from_ntp(ntp: int) -> float:
    """A 64-bit NTP timestamp as seconds since 1970."""
    return ntp / (1 << 32) - NTP_EPOCH_OFFSET_S
