"""An invented voice for a browser's microphone: syllables without an end, so that every lost packet would be heard."""

from __future__ import annotations

import math
import wave
from array import array
from pathlib import Path

RATE = 48_000
SECONDS = 4
_SYLLABLES_A_SECOND = 4
_PARTIALS = 12


def write_voice(path: Path) -> None:
    """Write some seconds that can be repeated: a hundred and some hertz, its partials, and a rise and fall."""
    cycle = array("h", (_sample(number) for number in range(RATE * SECONDS)))
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE)
        sound.writeframes(cycle.tobytes())


def _sample(number: int) -> int:
    at = number / RATE
    envelope = 0.35 + 0.65 * math.sin(math.pi * _SYLLABLES_A_SECOND * at) ** 2
    pitch = 2 * math.pi * 130 * at + 2 * math.sin(2 * math.pi * at)
    tone = sum(math.sin(partial * pitch) / partial for partial in range(1, _PARTIALS))
    return round(7000 * envelope * tone)
