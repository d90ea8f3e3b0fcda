"""A murmur with the melody of speech: vowels from a pulse through three resonances, between soft consonants.

It says no words. The source-filter model is the usual one (Fant); formants are those of French vowels.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from math import cos, exp, pi, sin
from random import Random

RATE = 16_000
"""Samples a second."""
_LOUDEST = 0.3
"""Of full scale: a calm voice."""
_GAIN = 0.35
"""What the resonances add, taken back."""

_VOWELS = (
    (750, 1300, 2500),
    (500, 1750, 2500),
    (300, 2200, 2900),
    (450, 850, 2500),
    (320, 780, 2300),
    (550, 1400, 2450),
)
_BANDWIDTHS = (80.0, 110.0, 160.0)


@dataclass(frozen=True)
class Voice:
    """pitch_hz: in the middle. tract: how much higher the resonances lie than an average man's. seed: what is said."""

    pitch_hz: float
    tract: float
    seed: int


@dataclass(frozen=True)
class _Syllable:
    lasts_s: float
    formants: tuple[float, float, float]
    pitch: float
    loudness: float


def murmur(voice: Voice, lasts_s: float) -> array[int]:
    """Signed 16-bit samples, quiet at both ends."""
    said = array("h", islice(_spoken(voice, lasts_s), int(lasts_s * RATE)))
    said.extend([0] * (int(lasts_s * RATE) - len(said)))
    return said


def _spoken(voice: Voice, lasts_s: float) -> Iterator[int]:
    resonances = _Resonances()
    phase = 0.0
    before = (500.0 * voice.tract, 1500.0 * voice.tract, 2500.0 * voice.tract)
    for syllable in _syllables(voice, lasts_s):
        count = int(syllable.lasts_s * RATE)
        for number in range(count):
            share = number / count
            if number % 80 == 0:
                glide = min(1.0, share / 0.35)
                now = tuple(a + (b - a) * glide for a, b in zip(before, syllable.formants, strict=True))
                resonances.tune(now)
            phase = (phase + syllable.pitch * (1.06 - 0.12 * share) / RATE) % 1.0
            swell = syllable.loudness * sin(pi * share) ** 0.6
            yield int(32_767 * _LOUDEST * swell * resonances.pass_on(_pulse(phase)))
        before = syllable.formants


def _pulse(phase: float) -> float:
    """The flow through the glottis, differentiated: slowly open, quickly closed (Rosenberg)."""
    if phase < 0.4:
        return sin(pi * phase / 0.4) * 0.5
    return -1.6 * sin(pi * (phase - 0.4) / 0.16) if phase < 0.56 else 0.0


def _syllables(voice: Voice, lasts_s: float) -> Iterator[_Syllable]:
    chance = Random(voice.seed)  # noqa: S311 - a murmur, not a secret
    at, in_phrase = 0.25, 0
    silence = _Syllable(0.25, (500, 1500, 2500), voice.pitch_hz, 0.0)
    yield silence
    while at < lasts_s - 0.5:
        if in_phrase > 6 and chance.random() < 0.4:
            yield silence
            at, in_phrase = at + silence.lasts_s, 0
            continue
        lasts = chance.uniform(0.13, 0.24)
        first, second, third = chance.choice(_VOWELS)
        # The voice sinks through a phrase, and each syllable has its own small step.
        pitch = voice.pitch_hz * (1.12 - 0.025 * in_phrase) * chance.uniform(0.94, 1.08)
        formants = (first * voice.tract, second * voice.tract, third * voice.tract)
        yield _Syllable(lasts, formants, pitch, chance.uniform(0.6, 1.0))
        at, in_phrase = at + lasts, in_phrase + 1


class _Resonances:
    """Three second-order filters in a row, as in Klatt's synthesizer."""

    def __init__(self) -> None:
        self._taps = [(1.0, 0.0, 0.0)] * 3
        self._kept = [[0.0, 0.0] for _ in range(3)]

    def tune(self, formants: tuple[float, ...]) -> None:
        for number, (formant, bandwidth) in enumerate(zip(formants, _BANDWIDTHS, strict=True)):
            radius = exp(-pi * bandwidth / RATE)
            second = 2 * radius * cos(2 * pi * formant / RATE)
            third = -radius * radius
            self._taps[number] = (1 - second - third, second, third)

    def pass_on(self, sample: float) -> float:
        for (first, second, third), kept in zip(self._taps, self._kept, strict=True):
            sample = first * sample + second * kept[0] + third * kept[1]
            kept[1], kept[0] = kept[0], sample
        return max(-1.0, min(1.0, sample * _GAIN))
