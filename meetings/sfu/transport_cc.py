"""Transport-wide congestion control feedback: arrival times of a publisher's packets, so that it knows its line.

Source: draft-holmer-rmcat-transport-wide-cc-extensions-01.
"""

from itertools import repeat
from struct import error as struct_error
from struct import pack, unpack_from

from .rtcp import APPLICATION_FORMAT, TRANSPORT_FEEDBACK, RtcpError
from .rtp import SequenceUnwrapper

TICK_US = 250
REFERENCE_US = 64_000
_MAX_STATUSES = 448  # 64 chunks of 7: a feedback packet stays below one datagram
_MAX_READ = 8192
_RECEIVED_SMALL, _RECEIVED_LARGE = 1, 2
_DELTAS = frozenset({_RECEIVED_SMALL, _RECEIVED_LARGE})


class ArrivalRecorder:
    """Gathers arrivals and writes them up as feedback.

    Feedback names every packet from the first to the last that it is about. When one comes late, those after it are
    told once more as they had arrived; one that comes later than the round before is not told any more.
    """

    __slots__ = ("_arrivals", "_count", "_next", "_oldest", "_told", "_unwrap")

    def __init__(self) -> None:
        self._unwrap = SequenceUnwrapper()
        self._arrivals: dict[int, int] = {}
        self._told: dict[int, int] = {}
        self._next = self._oldest = -1
        self._count = 0

    def arrived(self, sequence: int, at_us: int) -> None:
        """Note a packet's transport-wide sequence number (16 bits) and arrival in microseconds."""
        extended, arrivals = self._unwrap.unwrap(sequence), self._arrivals
        if extended >= self._oldest and len(arrivals) < 4 * _MAX_STATUSES:
            arrivals.setdefault(extended, at_us)

    def feedback(self, sender: int, ssrc: int) -> bytes | None:
        """Write the next feedback packet about the media of `ssrc`; None when nothing has arrived."""
        arrivals = self._arrivals
        if not arrivals:
            return None
        first = min(arrivals)
        if first < self._next:
            arrivals.update((number, at_us) for number, at_us in self._told.items() if number > first)
        last = max(arrivals)
        base = min(first, self._next) if self._next >= 0 else first
        base = max(base, first - _MAX_STATUSES + 1)
        reference = arrivals[first] // REFERENCE_US
        statuses: list[int] = []
        deltas = bytearray()
        previous = reference * REFERENCE_US // TICK_US
        for sequence in range(base, min(last, base + _MAX_STATUSES - 1) + 1):
            at_us = arrivals.get(sequence)
            if at_us is None:
                statuses.append(0)
                continue
            delta = at_us // TICK_US - previous
            if 0 <= delta <= 0xFF:
                statuses.append(_RECEIVED_SMALL)
                deltas.append(delta)
            elif -0x8000 <= delta <= 0x7FFF:
                statuses.append(_RECEIVED_LARGE)
                deltas += pack("!h", delta)
            else:
                break
            previous += delta
        end = base + len(statuses)
        self._told, self._oldest, self._next = arrivals, base, max(self._next, end)
        self._arrivals = {number: at_us for number, at_us in arrivals.items() if number >= end} if end <= last else {}
        head = pack("!HHI", base & 0xFFFF, len(statuses), (reference & 0xFFFFFF) << 8 | self._count)
        self._count = (self._count + 1) & 0xFF
        body = head + _chunks(statuses) + deltas
        return _packet(sender, ssrc, body)


def _chunks(statuses: list[int]) -> bytes:
    """One run when all are alike, as they nearly always are; otherwise vectors of seven two-bit symbols."""
    if statuses.count(statuses[0]) == len(statuses):
        return pack("!H", statuses[0] << 13 | len(statuses))
    written = bytearray()
    for start in range(0, len(statuses), 7):
        word = 0xC000
        for place, status in enumerate(statuses[start : start + 7]):
            word |= status << (12 - 2 * place)
        written += pack("!H", word)
    return bytes(written)


def _packet(sender: int, ssrc: int, body: bytes) -> bytes:
    padding = -len(body) % 4
    if padding:
        body += bytes(padding - 1) + bytes([padding])
    first = 0x80 | (0x20 if padding else 0) | APPLICATION_FORMAT
    return pack("!BBHII", first, TRANSPORT_FEEDBACK, 2 + len(body) // 4, sender, ssrc) + body


def read_feedback(body: bytes) -> list[tuple[int, int]]:
    """The arrivals that a feedback packet tells of, as (sequence number of 16 bits, time in microseconds) in the order
    of their numbers; those that did not arrive are left out. Times are of the reporter's clock and wrap in 12 days.

    body: what follows the RTCP header and the two SSRCs. Raises RtcpError. The work is bounded by what is there to be
    read, whatever number of packets it claims to be about: a run of packets that did not come is passed over at once.
    """
    try:
        base, count, word = unpack_from("!HHI", body)
        statuses, position = _statuses(body, base, base + count)
        at, arrivals = (word >> 8) * REFERENCE_US, []
        for number, status in statuses:
            if status == _RECEIVED_SMALL:
                at += body[position] * TICK_US
                position += 1
            else:
                at += unpack_from("!h", body, position)[0] * TICK_US
                position += 2
            arrivals.append((number & 0xFFFF, at))
    except (struct_error, IndexError) as problem:
        raise RtcpError("feedback is cut off") from problem
    return arrivals


def _statuses(body: bytes, number: int, end: int) -> tuple[list[tuple[int, int]], int]:
    """The packets from `number` to before `end` that arrived, each with its kind of delta, and where the chunks end
    (3.1.3 and 3.1.4 of the draft)."""
    if end - number > _MAX_READ:
        raise RtcpError("feedback is about more packets than anybody sends")
    arrived: list[tuple[int, int]] = []
    position = 8
    while number < end:
        (chunk,) = unpack_from("!H", body, position)
        position += 2
        if not chunk & 0x8000:
            run, status = min(chunk & 0x1FFF, end - number), chunk >> 13
            if status in _DELTAS:
                if run > len(body) - position:
                    raise RtcpError("feedback has fewer times than packets")
                arrived += zip(range(number, number + run), repeat(status))
            number += run
            continue
        width, mask = (2, 3) if chunk & 0x4000 else (1, 1)
        for shift in range(14 - width, -1, -width):
            status = chunk >> shift & mask
            if status in _DELTAS and number < end:
                arrived.append((number, status))
            number += 1
    return arrived, position


class TransportSequence:
    """Numbers outgoing packets for the other side's recorder."""

    __slots__ = ("_number",)

    def __init__(self) -> None:
        self._number = 0

    def next(self) -> bytes:
        """The next transport-wide sequence number, as its header extension holds it."""
        self._number = (self._number + 1) & 0xFFFF
        return pack("!H", self._number)
