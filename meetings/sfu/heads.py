"""The head of a slot's packets, header and extensions, ready to be packed in one go: it is written for every viewer.

What never changes is one string, what is the same for all viewers of a packet another; between them are a few numbers.
"""

from collections.abc import Callable
from functools import lru_cache
from struct import Struct
from typing import Final

from .negotiation import ABS_SEND_TIME, AUDIO_LEVEL, MID, TRANSPORT_CC, Outbound
from .rtp import EXTENSION_BIT, HEADER_SIZE, PADDING_BIT, VERSION_BITS, RtpPacket, one_byte_block
from .sending import SendingPath

Ready = tuple[Callable[..., None], int, int, bytes]

_SILENCE = 0x7F
RUNNING_NUMBERS_AT: Final = 2
"""Where browsers put VP8's picture id of 15 bits, with TL0PICIDX right behind it (RFC 7741, 4.2)."""
AFTER_RUNNING_NUMBERS: Final = 5


@lru_cache(maxsize=8192)
def _whole(head: str, rest: int) -> Struct:
    """A head and a payload of `rest` bytes."""
    return Struct(f"{head}{rest}s")


@lru_cache(maxsize=8192)
def _whole_picture(head: str, rest: int) -> Struct:
    """A head, the bytes before VP8's running numbers, picture id, TL0PICIDX, and `rest` bytes."""
    return Struct(f"{head}{RUNNING_NUMBERS_AT}sHB{rest}s")


class HeadLayout:
    """How packets begin for all viewers that number the same extensions alike.

    is_numbered: whether packets carry a transport-wide number. size: of header and extensions, the same for every
    packet. A head is packed from: `opening` with the payload type added, sequence number, timestamp, the stream's fixed
    string, the transport-wide number (an empty string where there is none), and the packet's `tail`.
    """

    __slots__ = ("_has_level", "_has_time", "_head", "_opening", "_template", "is_numbered", "size")

    def __init__(self, fixed: int, template: bytes, *, is_numbered: bool, has_time: bool, has_level: bool) -> None:
        """fixed: length of the stream's string. template: of the tail, without its values."""
        self.is_numbered, self._has_time, self._has_level = is_numbered, has_time, has_level
        self._template = template
        self._head = f"!HHI{fixed}s{'H' if is_numbered else '0s'}{len(template)}s"
        self.size = 8 + fixed + 2 * is_numbered + len(template)
        self._opening = VERSION_BITS << 8 | (EXTENSION_BIT << 8 if self.size > HEADER_SIZE else 0)

    def opening(self, packet: RtpPacket) -> int:
        """The first two bytes of a packet, without its payload type."""
        return self._opening | (PADDING_BIT << 8 if packet.padded else 0) | (0x80 if packet.marker else 0)

    def tail(self, packet: RtpPacket, now: float) -> bytes:
        """The extensions that have the same value for all viewers: the send time (24 bits, 6.18 fixed point seconds)
        and the level of a voice."""
        tail, at = self._template, 1
        if self._has_time:
            tail = tail[:1] + (int(now * (1 << 18)) & 0xFFFFFF).to_bytes(3, "big") + tail[4:]
            at = 5
        if self._has_level:
            level = _SILENCE if packet.level is None else packet.level
            tail = tail[:at] + bytes((level,)) + tail[at + 1 :]
        return tail

    def ready(self, packet: RtpPacket, size: int, now: float, *, is_usual: bool) -> Ready:
        """What writes `packet` with a payload of `size`: what packs it, where it ends, its opening and its tail.

        The payload comes as one string, or if `is_usual` in four pieces: what stands before VP8's running numbers,
        picture id, TL0PICIDX, and the rest.
        """
        whole = _whole_picture(self._head, size - AFTER_RUNNING_NUMBERS) if is_usual else _whole(self._head, size)
        return whole.pack_into, whole.size, self.opening(packet), self.tail(packet, now)


_layout = lru_cache(maxsize=256)(HeadLayout)


class Head:
    """The head of one stream of a slot. fixed: its string that never changes, from the SSRC on."""

    __slots__ = ("fixed", "layout", "payload_type")

    def __init__(self, outbound: Outbound, payload_type: int, ssrc: int) -> None:
        self.payload_type = payload_type
        ids = outbound.extensions
        named = [(ids[MID], outbound.section.mid.encode()[:16])] if MID in ids else []
        values = [(TRANSPORT_CC, 2), (ABS_SEND_TIME, 3), (AUDIO_LEVEL, 1)]
        elements = named + [(ids[uri], bytes(length)) for uri, length in values if uri in ids]
        block = one_byte_block(elements) if elements else b""
        is_numbered = TRANSPORT_CC in ids
        number_at = (4 if elements else 0) + sum(1 + len(mid) for _, mid in named) + is_numbered
        self.fixed = ssrc.to_bytes(4, "big") + block[:number_at]
        self.layout = _layout(
            len(self.fixed),
            block[number_at + 2 * is_numbered :],
            is_numbered=is_numbered,
            has_time=ABS_SEND_TIME in ids,
            has_level=AUDIO_LEVEL in ids,
        )

    def write(
        self,
        path: SendingPath,
        packet: RtpPacket,
        numbers: tuple[int, int],
        now: float,
        *,
        before: bytes = b"",
    ) -> int:
        """Write a whole packet into the path's outbox: `before`, and then the payload of `packet`. numbers: sequence
        number and timestamp, of 16 and 32 bits. Returns where it ends."""
        payload = before + packet.payload
        pack, end, opening, tail = self.layout.ready(packet, len(payload), now, is_usual=False)
        number = path.log.sent(len(payload), now) if self.layout.is_numbered else b""
        pack(path.outbox.data, 0, opening | self.payload_type, *numbers, self.fixed, number, tail, payload)
        return end
