"""The three who keep a newcomer company. Nobody of these names exists, and none of them can sign in."""

from __future__ import annotations

from dataclasses import dataclass

from meetings.rooms.demo.figure import Look
from meetings.rooms.demo.voice import Voice


@dataclass(frozen=True)
class Part:
    """How somebody looks and sounds."""

    look: Look
    voice: Voice


PARTS = (
    Part(
        Look(wall="9fb7b5", clothes="1f5a6b", skin="e3b698", hair="5a3a29", long_hair=True),
        Voice(pitch_hz=196, tract=1.16, seed=11),
    ),
    Part(
        Look(wall="c9bba2", clothes="34405a", skin="b98762", hair="241d1b", glasses=True, beard=True, backdrop="shelf"),
        Voice(pitch_hz=112, tract=1.0, seed=23),
    ),
    Part(
        Look(wall="b3a8bd", clothes="7d3f56", skin="efcdb6", hair="a9a5a3", glasses=True, backdrop="plant"),
        Voice(pitch_hz=178, tract=1.12, seed=37),
    ),
)
"""In the order of their seats."""
