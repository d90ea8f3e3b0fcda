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


def parse_vp8(payload: bytes) -> Vp8Descriptor:
    """Read the descriptor at the start of an RTP payload. Raises Vp8Error."""
    try:
        return _parse(payload)
    except IndexError:
        raise Vp8Error("descriptor is cut off") from None


def _parse(payload: bytes) -> Vp8Descriptor:
    first = payload[0]
    position = 1
    picture_id = picture_id_bits = temporal = 0
    picture_id_offset = tl0 = tl0_offset = -1
    is_sync = False
    if first & 0x80:  # X
        extension = payload[1]
        position = 2
        if extension & 0x80:  # I
            picture_id_offset = position
            if payload[position] & 0x80:  # M
                picture_id = (payload[position] & 0x7F) << 8 | payload[position + 1]
                picture_id_bits = 15
                position += 2
            else:
                picture_id = payload[position]
                picture_id_bits = 7
                position += 1
        if extension & 0x40:  # L
            tl0, tl0_offset = payload[position], position
            position += 1
        if extension & 0x30:  # T or K
            if extension & 0x20:
                temporal, is_sync = payload[position] >> 6, bool(payload[position] & 0x20)
            position += 1
    starts = first & 0x17 == 0x10  # S set, partition 0
    is_keyframe = payload[position] & 0x01 == 0 and starts  # P of the payload header is inverted (RFC 7741, 4.3)
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
        position,
    )


def keyframe_height(payload: bytes, header_offset: int) -> int | None:
    """The height in pixels that a keyframe announces (RFC 6386, 9.1); None when it is cut off or not one."""
    header = payload[header_offset : header_offset + KEYFRAME_HEADER]
    if len(header) < KEYFRAME_HEADER or header[3:6] != b"\x9d\x01\x2a":
        return None
    return (header[8] | header[9] << 8) & 0x3FFF
