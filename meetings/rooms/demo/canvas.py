"""Flat shapes on a picture in three planes (I420), drawn line by line; twice as large as what is sent, so that edges
come out smooth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt

WIDTH, HEIGHT = 1280, 720

Extent = Callable[[float], tuple[float, float] | None]
"""From which x to which x a shape reaches at a height y; None where it is not."""


@dataclass(frozen=True, slots=True)
class Colour:
    """Luma and the two differences, as BT.601 has them in video range."""

    y: int
    u: int
    v: int

    @classmethod
    def of(cls, rgb: str) -> Colour:
        """From “rrggbb”."""
        red, green, blue = bytes.fromhex(rgb)
        return cls(
            round(16 + 0.257 * red + 0.504 * green + 0.098 * blue),
            round(128 - 0.148 * red - 0.291 * green + 0.439 * blue),
            round(128 + 0.439 * red - 0.368 * green - 0.071 * blue),
        )

    def lit(self, amount: int) -> Colour:
        """Lighter, or darker below zero."""
        return Colour(min(235, max(16, self.y + amount)), self.u, self.v)


class Canvas:
    """A picture to draw on."""

    def __init__(self) -> None:
        """Black."""
        self.y = bytearray(b"\x10" * (WIDTH * HEIGHT))
        self.u = bytearray(b"\x80" * (WIDTH * HEIGHT // 4))
        self.v = bytearray(b"\x80" * (WIDTH * HEIGHT // 4))

    def copy(self) -> Canvas:
        """The same picture, to be drawn on further."""
        other = Canvas.__new__(Canvas)
        other.y, other.u, other.v = self.y[:], self.u[:], self.v[:]
        return other

    def fill(self, top: float, bottom: float, extent: Extent, colour: Colour) -> None:
        """Fill what lies between two heights and within `extent`."""
        _fill_plane(self.y, 1, (top, bottom), extent, colour.y)
        _fill_plane(self.u, 2, (top, bottom), extent, colour.u)
        _fill_plane(self.v, 2, (top, bottom), extent, colour.v)

    def box(self, left: float, top: float, right: float, bottom: float, colour: Colour) -> None:
        """A rectangle."""
        self.fill(top, bottom, lambda _y: (left, right), colour)

    def ellipse(
        self, centre: tuple[float, float], radii: tuple[float, float], colour: Colour, *, until: float = HEIGHT
    ) -> None:
        """An ellipse, cut off below `until`."""
        (x, y), (across, down) = centre, radii

        def extent(height: float) -> tuple[float, float] | None:
            rest = 1 - ((height - y) / down) ** 2
            half = across * sqrt(rest) if rest > 0 else 0.0
            return (x - half, x + half) if half else None

        self.fill(y - down, min(y + down, until), extent, colour)

    def fade(self, top: Colour, bottom: Colour) -> None:
        """Cover everything, from one colour above to another below."""
        for line in range(HEIGHT):
            share = line / HEIGHT
            mixed = Colour(*(round(a + (b - a) * share) for a, b in zip(_parts(top), _parts(bottom), strict=True)))
            self.fill(line, line + 1, lambda _y: (0, WIDTH), mixed)


def _parts(colour: Colour) -> tuple[int, int, int]:
    return colour.y, colour.u, colour.v


def _fill_plane(plane: bytearray, step: int, between: tuple[float, float], extent: Extent, value: int) -> None:
    """One plane, in which a point stands for `step` points of the picture in both directions."""
    width, height = WIDTH // step, HEIGHT // step
    whole = bytes([value]) * width
    for line in range(max(0, round(between[0] / step)), min(height, round(between[1] / step))):
        reach = extent((line + 0.5) * step)
        if reach is None:
            continue
        left, right = max(0, round(reach[0] / step)), min(width, round(reach[1] / step))
        if left < right:
            plane[line * width + left : line * width + right] = whole[: right - left]
