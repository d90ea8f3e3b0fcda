"""The town's two colours, made safe to read: contrast is computed and corrected, never trusted.

Contrast: WCAG 2.2, "relative luminance" and "contrast ratio". Text needs 4.5:1 (success
criterion 1.4.3).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

from portal.errors import InvalidInput
from portal.i18n import lazy

TEXT_CONTRAST = 4.5
_MARGIN = 0.05
"""Above the limit, so that rounding to eight bits cannot fall below it."""

_HEX = re.compile(r"#?([0-9a-fA-F]{6})")


@dataclass(frozen=True)
class Colour:
    """A colour of the screen (sRGB, 8 bits a channel)."""

    red: int
    green: int
    blue: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """The colour of ``#1a2b3c``. Raises `InvalidInput`."""
        found = _HEX.fullmatch(text.strip())
        if found is None:
            raise InvalidInput(fields={"colour": lazy("A colour is written as # and six digits or letters a to f.")})
        digits = found[1]
        return cls(*(int(digits[at : at + 2], 16) for at in (0, 2, 4)))

    @property
    def hex(self) -> str:
        """``#1a2b3c``."""
        return f"#{self.red:02x}{self.green:02x}{self.blue:02x}"

    @property
    def luminance(self) -> float:
        """WCAG relative luminance: 0 for black, 1 for white."""
        red, green, blue = (_linear(channel / 255) for channel in (self.red, self.green, self.blue))
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    def contrast(self, other: Colour) -> float:
        """WCAG contrast ratio, from 1 to 21."""
        light, dark = sorted((self.luminance, other.luminance), reverse=True)
        return (light + 0.05) / (dark + 0.05)

    def mixed(self, other: Colour, share: float) -> Colour:
        """This colour with a share (0 to 1) of another."""
        pairs = ((self.red, other.red), (self.green, other.green), (self.blue, other.blue))
        return Colour(*(round(own + (its - own) * share) for own, its in pairs))

    def readable_on(self, *backgrounds: Colour, ratio: float = TEXT_CONTRAST) -> Colour:
        """The nearest mix of this colour with black or white that has the contrast on every background.

        Where no mix reaches it on all of them, black or white, whichever comes nearer.
        """
        ends = sorted((BLACK, WHITE), key=lambda end: min(end.contrast(ground) for ground in backgrounds))
        end = ends[-1]
        for percent in range(101):
            mix = self.mixed(end, percent / 100)
            if min(mix.contrast(ground) for ground in backgrounds) >= ratio + _MARGIN:
                return mix
        return end


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


BLACK, WHITE = Colour(0, 0, 0), Colour(255, 255, 255)


@dataclass(frozen=True)
class Paper:
    """What a scheme's text stands on: the tokens --sunken, --ground and --sheet of static/css/tokens.css."""

    sunken: Colour
    ground: Colour
    sheet: Colour

    def backgrounds(self, colour: Colour) -> tuple[Colour, ...]:
        """The scheme's own, and the sheet with the town's wash (11 % of the colour)."""
        return self.sunken, self.ground, self.sheet, self.sheet.mixed(colour, 0.11)


LIGHT = Paper(sunken=Colour(0xE8, 0xEC, 0xEF), ground=Colour(0xF3, 0xF5, 0xF6), sheet=WHITE)
DARK = Paper(sunken=Colour(0x0C, 0x10, 0x14), ground=Colour(0x12, 0x17, 0x1C), sheet=Colour(0x1B, 0x22, 0x29))
INK = Colour(0x14, 0x18, 0x1D)


@dataclass(frozen=True)
class Shades:
    """One of the town's colours, ready to be painted with."""

    fill: Colour
    """Surfaces: a header, a button. The town's colour itself."""
    ink: Colour
    """Text on those surfaces, 4.5:1."""
    text: Colour
    """Links and headings on a light page, 4.5:1 on each of its backgrounds."""
    text_in_dark: Colour
    """The same on a dark page."""


def shades(colour: Colour) -> Shades:
    """The safe variants of a colour, whatever it is."""
    return Shades(
        fill=colour,
        ink=_ink_on(colour),
        text=colour.readable_on(*LIGHT.backgrounds(colour)),
        text_in_dark=colour.readable_on(*DARK.backgrounds(colour)),
    )


def _ink_on(fill: Colour) -> Colour:
    # Of black and white one always reaches 4.5:1; the softer ink is taken where it does too.
    return next(ink for ink in (WHITE, INK, BLACK) if ink.contrast(fill) >= TEXT_CONTRAST)


def stylesheet(primary: Colour, accent: Colour) -> str:
    """What /town.css says: the custom properties that every page paints with, in the light scheme and the dark one."""
    both = [(number, shades(colour)) for number, colour in ((1, primary), (2, accent))]
    light = "".join(
        f"--town-{number}:{safe.fill.hex};--town-{number}-ink:{safe.ink.hex};--town-{number}-text:{safe.text.hex};"
        for number, safe in both
    )
    dark = "".join(f"--town-{number}-text:{safe.text_in_dark.hex};" for number, safe in both)
    return f":root{{{light}}}\n@media (prefers-color-scheme:dark){{:root{{{dark}}}}}\n.scheme-dark{{{dark}}}\n"
