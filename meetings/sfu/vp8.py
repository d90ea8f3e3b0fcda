"""The VP8 payload descriptor (RFC 7741, 4.2): where a frame starts, whether it is a keyframe, its numbers."""

from dataclasses import dataclass

KEYFRAME_HEADER = 10  # frame tag, start code, width and height (RFC 6386, 9.1)


@dataclass(slots=True)
class Vp8Descriptor:
    """What is needed of a descriptor.

    picture_id: the running number of the frame, `picture_id_bits` (7 or 15, 0 when absent) wide, at
    `picture_id_offset` in the payload; tl0: TL0PICIDX at `tl0_offset` (-1 when absent). temporal: the temporal layer,
    0 when there is only one; is_sync: whether a player that had none of this layer can begin with it here (Y).
    header_offset: where the VP8 payload header begins.
    """

    starts_frame: bool
    is_keyframe: bool
    picture_id: int
    picture_id_bits: int
    picture_id_offset: int
    tl0: int
    tl0_offset: int
    temporal: int
    is_sync: bool
    header_offset: int

    @property
    def is_usual(self) -> bool:
        """Whether its running numbers stand where browsers put them: a picture id of 15 bits, TL0PICIDX behind it."""
        return self.picture_id_bits == 15 and self.picture_id_offset == 2 and self.tl0_offset == 4


class Vp8Error(ValueError):
    """A payload that is too short for what its descriptor announces."""


def parse_vp8(data: bytes | bytearray, begin: int = 0, end: int | None = None) -> Vp8Descriptor:
    """Read the descriptor at the start of an RTP payload, which lies between `begin` and `end`. Raises Vp8Error."""
    try:
        picture = _parse(data, begin)
    except IndexError:
        raise Vp8Error("descriptor is cut off") from None
    if end is not None and begin + picture.header_offset >= end:
        raise Vp8Error("descriptor is cut off")
    return picture


def _parse(data: bytes | bytearray, begin: int) -> Vp8Descriptor:
    first = data[begin]
    position = begin + 1
    picture_id = picture_id_bits = temporal = 0
    picture_id_offset = tl0 = tl0_offset = -1
    is_sync = False
    if first & 0x80:  # X
        extension = data[position]
        position += 1
        if extension & 0x80:  # I
            picture_id_offset = position - begin
            picture_id = data[position]
            picture_id_bits = 7
            if picture_id & 0x80:  # M
                position += 1
                picture_id = (picture_id & 0x7F) << 8 | data[position]
                picture_id_bits = 15
            position += 1
        if extension & 0x40:  # L
            tl0, tl0_offset = data[position], position - begin
            position += 1
        if extension & 0x30:  # T or K
            if extension & 0x20:
                temporal, is_sync = data[position] >> 6, data[position] & 0x20 != 0
            position += 1
    starts = first & 0x17 == 0x10  # S set, partition 0
    is_keyframe = data[position] & 0x01 == 0 and starts  # P of the payload header is inverted (RFC 7741, 4.3)
    return Vp8Descriptor(
        starts,
        is_keyframe,
        picture_id,
        picture_id_bits,
        picture_id_offset,
        tl0,
        tl0_offset,
        temporal,
        is_sync,
        position - begin,
    )


def keyframe_height(payload: bytes | bytearray, header_offset: int) -> int | None:
    """The height in pixels that a keyframe announces (RFC 6386, 9.1); None when it is cut off or not one."""
    header = payload[header_offset : header_offset + KEYFRAME_HEADER]
    if len(header) < KEYFRAME_HEADER or header[3:6] != b"\x9d\x01\x2a":
        return None
    return (header[8] | header[9] << 8) & 0x3FFF
