"""RTP packets (RFC 3550) as this SFU sees them: a header written anew for each viewer, and a payload left alone."""

from struct import Struct
from typing import Final

from .vp8 import Vp8Descriptor

FIXED_HEADER: Final = Struct("!BBHII")
HEADER_SIZE: Final = 12
_read_header = Struct("!BBHIIHH").unpack_from  # with the extension header, which nearly all have
LEAST: Final = 16
VERSION_BITS: Final = 0x80
PADDING_BIT: Final = 0x20
EXTENSION_BIT: Final = 0x10
ONE_BYTE_PROFILE: Final = 0xBEDE
_EXTENSION_HEADER = Struct("!HH")
_RESERVED: Final = 0xF0
_NO_EXTENSIONS: dict[int, bytes] = {}


class RtpError(ValueError):
    """Not a well-formed RTP packet."""


class RtpPacket:
    """One packet. `payload` includes its padding; `size` is the payload without it.

    `extended` and `picture` are filled in by its layer: the sequence number that does not wrap, and the VP8 descriptor.
    `level` is the audio level byte (RFC 6464), once its head has been read for it.
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


class RtpHead:
    """The head of the packet that is being read, where it lies: numbers and positions, and nothing is copied.

    One serves for all packets, since most of them are only counted. marked_type: the payload type, with the marker as
    its highest bit. elements: where one-byte extensions begin; they go on to `begin`, where the payload does. end: of
    the payload with its padding; size: of it without. number: the transport-wide sequence number; level: the audio
    level byte (RFC 6464); -1 in a packet that has none.
    """

    __slots__ = (
        "_first",
        "begin",
        "elements",
        "end",
        "level",
        "marked_type",
        "number",
        "sequence",
        "size",
        "ssrc",
        "timestamp",
    )

    def __init__(self) -> None:
        self._first = self.marked_type = self.sequence = self.timestamp = self.ssrc = 0
        self.elements = self.begin = self.end = self.size = 0
        self.number = self.level = -1

    def read(self, data: bytes | bytearray, length: int, numbered: int = -1, levelled: int = -1) -> None:
        """Read a decrypted packet: the first `length` bytes of `data`, which are LEAST or more. Raises RtpError.

        numbered, levelled: how the elements that hold `number` and `level` begin; see `element_head`.
        """
        if length < HEADER_SIZE:
            raise RtpError("shorter than a header")
        first, self.marked_type, self.sequence, self.timestamp, self.ssrc, profile, words = _read_header(data)
        if first & 0xC0 != VERSION_BITS:
            raise RtpError("not version 2")
        self.number = self.level = -1
        begin = elements = HEADER_SIZE + 4 * (first & 0x0F)
        if first & EXTENSION_BIT:
            if length < begin + 4:
                raise RtpError("extension header is cut off")
            if begin > HEADER_SIZE:
                profile, words = _EXTENSION_HEADER.unpack_from(data, begin)
            elements = begin + 4
            begin = elements + 4 * words
            if length < begin:
                raise RtpError("extension is cut off")
            if profile == ONE_BYTE_PROFILE:
                self._pick(data, elements, begin, numbered, levelled)
            else:
                elements = begin
        if length < begin:
            raise RtpError("sources are cut off")
        size = length - begin
        if first & PADDING_BIT:
            if not size or not 0 < data[length - 1] <= size:
                raise RtpError("padding is longer than the payload")
            size -= data[length - 1]
        self._first, self.elements, self.begin, self.end, self.size = first, elements, begin, length, size

    def _pick(self, data: bytes | bytearray, position: int, end: int, numbered: int, levelled: int) -> None:
        """Find what is asked for among one-byte elements (RFC 8285, 4.2)."""
        while position < end:
            head = data[position]
            if head == numbered:
                self.number = data[position + 1] << 8 | data[position + 2]
            elif head == levelled:
                self.level = data[position + 1]
            elif head >= _RESERVED:
                return
            position += (head & 0x0F) + 2 if head else 1
        if position > end:
            raise RtpError("extension element is cut off")

    def packet(self, data: memoryview) -> RtpPacket:
        """The packet itself, with a copy of its payload. data: what was read."""
        packet = RtpPacket(
            self.marked_type & 0x7F,
            self.sequence,
            self.timestamp,
            self.ssrc,
            bytes(data[self.begin : self.end]),
            marker=self.marked_type > 0x7F,
            padded=bool(self._first & PADDING_BIT),
            size=self.size,
        )
        packet.level = self.level if self.level >= 0 else None
        return packet


def parse_rtp(data: bytes) -> RtpPacket:
    """Read a decrypted packet with all its extensions. Raises RtpError."""
    head = RtpHead()
    head.read(data.ljust(LEAST, b"\0"), len(data))
    packet = head.packet(memoryview(data))
    if head.elements < head.begin:
        packet.extensions = _one_byte_elements(data, head.elements, head.begin)
    return packet


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


def element_head(number: int, size: int) -> int:
    """The byte before an element of `size` bytes and id `number` (RFC 8285, 4.2); -1, which none is, for id 0."""
    return number << 4 | size - 1 if number else -1


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
