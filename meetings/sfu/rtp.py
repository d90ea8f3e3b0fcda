"""RTP packets (RFC 3550) as this SFU sees them: a header written anew for each viewer, and a payload left alone."""

from struct import Struct
from typing import Final

from .vp8 import Vp8Descriptor

FIXED_HEADER: Final = Struct("!BBHII")
_read_header = FIXED_HEADER.unpack_from
HEADER_SIZE: Final = 12
VERSION_BITS: Final = 0x80
PADDING_BIT: Final = 0x20
EXTENSION_BIT: Final = 0x10
ONE_BYTE_PROFILE: Final = 0xBEDE
_EXTENSION_HEADER = Struct("!HH")
_NO_EXTENSIONS: dict[int, bytes] = {}


class RtpError(ValueError):
    """Not a well-formed RTP packet."""


class RtpPacket:
    """One packet. `payload` includes its padding; `size` is the payload without it.

    `extended`, `picture` and `level` are filled in by its layer: the sequence number that does not wrap, the VP8
    descriptor, and the audio level byte (RFC 6464).
    """

    __slots__ = (
        "extended",
        "extensions",
        "level",
        "marker",
        "padded",
        "payload",
        "payload_type",
        "picture",
        "sequence",
        "size",
        "ssrc",
        "timestamp",
    )

    def __init__(
        self,
        payload_type: int,
        sequence: int,
        timestamp: int,
        ssrc: int,
        payload: bytes,
        *,
        marker: bool = False,
        padded: bool = False,
        size: int | None = None,
        extensions: dict[int, bytes] = _NO_EXTENSIONS,
    ) -> None:
        self.payload_type, self.sequence, self.timestamp, self.ssrc = payload_type, sequence, timestamp, ssrc
        self.payload, self.marker, self.padded = payload, marker, padded
        self.size = len(payload) if size is None else size
        self.extensions = extensions
        self.extended = 0
        self.picture: Vp8Descriptor | None = None
        self.level: int | None = None


def parse_rtp(data: bytes) -> RtpPacket:
    """Read a decrypted packet. Raises RtpError."""
    length = len(data)
    if length < HEADER_SIZE:
        raise RtpError("shorter than a header")
    first, second, sequence, timestamp, ssrc = _read_header(data)
    if first & 0xC0 != VERSION_BITS:
        raise RtpError("not version 2")
    start = HEADER_SIZE + 4 * (first & 0x0F)
    extensions = _NO_EXTENSIONS
    if first & EXTENSION_BIT:
        if length < start + 4:
            raise RtpError("extension header is cut off")
        profile, words = _EXTENSION_HEADER.unpack_from(data, start)
        end = start + 4 + 4 * words
        if length < end:
            raise RtpError("extension is cut off")
        if profile == ONE_BYTE_PROFILE:
            extensions = _one_byte_elements(data, start + 4, end)
        start = end
    if length < start:
        raise RtpError("sources are cut off")
    payload = data[start:]
    size = len(payload)
    padded = bool(first & PADDING_BIT)
    if padded:
        if not size or not 0 < payload[-1] <= size:
            raise RtpError("padding is longer than the payload")
        size -= payload[-1]
    return RtpPacket(
        second & 0x7F,
        sequence,
        timestamp,
        ssrc,
        payload,
        marker=second > 0x7F,
        padded=padded,
        size=size,
        extensions=extensions,
    )


def unwrap_rtx(packet: RtpPacket, payload_type: int, ssrc: int) -> RtpPacket | None:
    """The packet that a retransmission holds, as one of the stream `ssrc` (RFC 4588, 4); None when it is padding."""
    if packet.size < 2:
        return None
    return RtpPacket(
        payload_type,
        packet.payload[0] << 8 | packet.payload[1],
        packet.timestamp,
        ssrc,
        packet.payload[2:],
        marker=packet.marker,
        padded=packet.padded,
        size=packet.size - 2,
        extensions=packet.extensions,
    )


def _one_byte_elements(data: bytes, position: int, end: int) -> dict[int, bytes]:
    """Elements by id (RFC 8285, 4.2)."""
    elements: dict[int, bytes] = {}
    while position < end:
        head = data[position]
        position += 1
        if head == 0:
            continue
        number, size = head >> 4, (head & 0x0F) + 1
        if number == 15:
            break
        begin = position
        position += size
        elements[number] = data[begin:position]
    if position > end:
        raise RtpError("extension element is cut off")
    return elements


def one_byte_block(elements: list[tuple[int, bytes]]) -> bytes:
    """Write elements (id 1 to 14, 1 to 16 bytes each) with the block's header and padding (RFC 8285, 4.2)."""
    body = b"".join(bytes([number << 4 | len(value) - 1]) + value for number, value in elements)
    body += bytes(-len(body) % 4)
    return _EXTENSION_HEADER.pack(ONE_BYTE_PROFILE, len(body) // 4) + body


def write_rtp(packet: RtpPacket) -> bytes:
    """Write a whole packet, as a publisher does."""
    block = one_byte_block(list(packet.extensions.items())) if packet.extensions else b""
    first = VERSION_BITS | (PADDING_BIT if packet.padded else 0) | (EXTENSION_BIT if block else 0)
    second = packet.payload_type | (0x80 if packet.marker else 0)
    head = FIXED_HEADER.pack(first, second, packet.sequence, packet.timestamp, packet.ssrc)
    return head + block + packet.payload


class SequenceUnwrapper:
    """Turns 16-bit sequence numbers into ever-growing ones, by the nearest to the highest seen."""

    __slots__ = ("highest",)

    def __init__(self) -> None:
        self.highest = -1

    def unwrap(self, sequence: int) -> int:
        """The extended number of `sequence`; moves `highest` when it is newer."""
        highest = self.highest
        if highest < 0:
            self.highest = extended = sequence + 0x10000  # room below for packets that come late
            return extended
        delta = (sequence - highest) & 0xFFFF
        if delta >= 0x8000:
            return highest + delta - 0x10000
        self.highest = highest = highest + delta
        return highest
