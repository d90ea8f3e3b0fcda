"""The header of a slot's packets, extensions included: written in one go, since it is written for every viewer."""

from struct import Struct
from typing import Final

from .negotiation import ABS_SEND_TIME, AUDIO_LEVEL, MID, TRANSPORT_CC, Outbound
from .rtp import EXTENSION_BIT, HEADER_SIZE, PADDING_BIT, VERSION_BITS, RtpPacket, one_byte_block
from .sent_log import SentLog

_CHANGING: Final = ((TRANSPORT_CC, 2, "H"), (ABS_SEND_TIME, 3, "3s"), (AUDIO_LEVEL, 1, "B"))
"""Extensions whose value is another one in each packet: their length and how they are written."""
_SILENCE = 0x7F


class _SendTime:
    """The send time of all packets that go out at one moment: 24 bits, 6.18 fixed point seconds."""

    def __init__(self) -> None:
        self.now = -1.0
        self.field = bytes(3)

    def move(self, now: float) -> None:
        self.now = now
        self.field = (int(now * (1 << 18)) & 0xFFFFFF).to_bytes(3, "big")


_send_time = _SendTime()


class HeadWriter:
    """Writes header and extensions of one stream of a slot. size: of both together, the same for every packet."""

    __slots__ = (
        "_between",
        "_first_byte",
        "_levelled",
        "_log",
        "_numbered",
        "_pack",
        "_payload_type",
        "_ssrc",
        "_timed",
        "size",
    )

    def __init__(self, outbound: Outbound, payload_type: int, ssrc: int, log: SentLog) -> None:
        self._payload_type, self._ssrc, self._log = payload_type, ssrc, log
        ids = outbound.extensions
        self._numbered, self._timed, self._levelled = (uri in ids for uri, _, _ in _CHANGING)
        fixed = [(ids[MID], outbound.section.mid.encode()[:16])] if MID in ids else []
        changing = [(ids[uri], bytes(length)) for uri, length, _ in _CHANGING if uri in ids]
        block = one_byte_block(fixed + changing) if ids else b""
        self.size = HEADER_SIZE + len(block)
        self._first_byte = VERSION_BITS | (EXTENSION_BIT if block else 0)
        between, written, begin = [], "!BBHII", 0
        end = 4 + sum(1 + len(value) for _, value in fixed) if block else 0
        for uri, length, code in _CHANGING:
            if uri in ids:
                end += 1
                between.append(block[begin:end])
                written += f"{end - begin}s{code}"
                begin = end = end + length
            else:
                between.append(b"")
                written += "0s0s"
        self._between = (*between, block[begin:])
        self._pack = Struct(f"{written}{len(block) - begin}s").pack_into

    def write(self, buffer: bytearray, packet: RtpPacket, sequence: int, timestamp: int, now: float) -> None:
        """Write the head of `packet` under the stream's own numbers (16 and 32 bits)."""
        if now != _send_time.now:
            _send_time.move(now)
        before_number, before_time, before_level, last = self._between
        self._pack(
            buffer,
            0,
            self._first_byte | PADDING_BIT if packet.padded else self._first_byte,
            self._payload_type | 0x80 if packet.marker else self._payload_type,
            sequence,
            timestamp,
            self._ssrc,
            before_number,
            self._log.sent(len(packet.payload), now) if self._numbered else b"",
            before_time,
            _send_time.field if self._timed else b"",
            before_level,
            (_SILENCE if packet.level is None else packet.level) if self._levelled else b"",
            last,
        )
