"""What the tests and the bench change at random: recorded datagrams, packets of a peer, commands of a controller."""

from __future__ import annotations

import random
import secrets

from meetings.sfu import wire
from meetings.sfu.messages import Join, Leave, Source, Wanted, Watch
from meetings.sfu.rtp import RtpPacket, write_rtp
from tests.meetings.sfu.world import KEYFRAME, picture

DATAGRAM = 1500
"""Bytes that fit into one."""


def mutated(data: bytes, chance: random.Random, limit: int = DATAGRAM) -> bytes:
    """A datagram or a message with a few bytes changed, or cut, or grown, and still short enough to arrive."""
    changed = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 8))):
        place = chance.randrange(len(changed)) if changed else 0
        match chance.randrange(6):
            case 0 if changed:
                changed[place] ^= 1 << chance.randrange(8)
            case 1 if changed:
                changed[place] = chance.choice((0, 1, 0x7F, 0x80, 0xFF))
            case 2:
                del changed[place:]
            case 3:
                changed[place:place] = chance.randbytes(chance.choice((1, 4, 60)))
            case 4:
                del changed[place : place + chance.choice((1, 4))]
            case _:
                changed += changed[:place]
    return bytes(changed[:limit])


def media_of(ssrcs: dict[Source, int]) -> list[bytes]:
    """One packet of each kind that a peer sends, before it is encrypted."""
    voice = RtpPacket(
        109, 500, 48_000, ssrcs[Source.MICROPHONE], secrets.token_bytes(60), extensions={1: b"0", 2: b"\x90"}
    )
    image = RtpPacket(120, 500, 90_000, ssrcs[Source.CAMERA], picture(KEYFRAME), marker=True, extensions={1: b"1"})
    padded = RtpPacket(
        120, 501, 90_000, ssrcs[Source.CAMERA], bytes(9) + b"\x0a", padded=True, extensions={4: b"\x00\x01"}
    )
    return [write_rtp(packet) for packet in (voice, image, padded)]


def commands() -> list[bytes]:
    """Genuine frames of the control interface."""
    return [
        wire.encode(Join("r", "p", "g", "v=0\r\n"), 1),
        wire.encode(Leave("r", "p"), 2),
        wire.encode(Watch("r", "p", Wanted(small=("a",))), 3),
        b'{"type":"allow","id":4,"room":"r","peer":"p","permissions":{"camera":true}}',
    ]
