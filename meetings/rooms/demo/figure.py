"""An invented colleague at their desk: how they look, and the picture of one moment."""

from __future__ import annotations

from dataclasses import dataclass
from math import pi, sin

from meetings.rooms.demo.canvas import HEIGHT, WIDTH, Canvas, Colour

SWAY_S = 4
"""Everything that moves by itself is back where it was after this many seconds, so that loops have no seam."""

_DARK = Colour.of("2b2320")
_WHITE = Colour.of("f4f1ec")
_LIPS = Colour.of("a3514c")
_MOUTH = Colour.of("5d2326")


@dataclass(frozen=True)
class Look:
    """Colours as “rrggbb”, and what tells one figure from another."""

    wall: str
    clothes: str
    skin: str
    hair: str
    long_hair: bool = False
    glasses: bool = False
    beard: bool = False
    backdrop: str = "window"
    """``window``, ``shelf`` or ``plant``."""


@dataclass(frozen=True)
class Moment:
    """at_s: seconds since the loop's beginning. voice: how far the mouth is open, 0 to 1. speaks: whether they have
    the floor, in which case the head moves along."""

    at_s: float
    voice: float = 0.0
    speaks: bool = False


def backdrop_of(look: Look) -> Canvas:
    """What stands still behind a figure."""
    canvas = Canvas()
    wall = Colour.of(look.wall)
    canvas.fade(wall.lit(14), wall.lit(-12))
    {"window": _window, "shelf": _shelf, "plant": _plant_pot}[look.backdrop](canvas, wall)
    return canvas


def draw(look: Look, backdrop: Canvas, moment: Moment) -> Canvas:
    """The figure before its backdrop."""
    canvas = backdrop.copy()
    turn = 2 * pi * moment.at_s / SWAY_S
    if look.backdrop == "window":
        _clouds(canvas, turn)
    elif look.backdrop == "plant":
        _leaves(canvas, turn)
    x = WIDTH / 2 + 9 * sin(turn)
    nod = (8 * sin(3 * turn) if moment.speaks else 3 * sin(turn + 1)) + 5 * moment.voice
    _body(canvas, look, x, 4 * sin(turn + 0.6))
    _head(canvas, look, (x + 7 * sin(turn + 0.4), 318 + nod), moment)
    return canvas


def _window(canvas: Canvas, wall: Colour) -> None:
    canvas.box(90, 70, 430, 470, _WHITE.lit(-10))
    canvas.box(106, 86, 414, 454, Colour.of("b9d7ea"))
    canvas.ellipse((260, 520), (300, 150), Colour.of("8fb28a"), until=454)
    # What of the hill lies beside the pane is wall again.
    canvas.box(0, 360, 90, 480, wall)
    canvas.box(430, 360, 580, 480, wall)
    canvas.box(60, 470, 460, 492, _WHITE.lit(-24))


def _clouds(canvas: Canvas, turn: float) -> None:
    for x, y, size in ((200, 150, 1.0), (320, 205, 0.7)):
        shift = 18 * sin(turn) * size
        for dx, dy, across, down in ((-34, 6, 34, 16), (0, 0, 40, 24), (36, 8, 30, 14)):
            canvas.ellipse((x + shift + dx * size, y + dy * size), (across * size, down * size), _WHITE)
    canvas.box(252, 86, 268, 454, _WHITE.lit(-10))


def _shelf(canvas: Canvas, wall: Colour) -> None:
    books = ("7a3b3f", "c8a25a", "3f6073", "e4ddd0", "58714f", "9b6a4c", "37475c")
    for row, top in enumerate((60, 250, 440)):
        x = 820 + 12 * row
        for number in range(11):
            colour = Colour.of(books[(number * 3 + row * 2) % len(books)])
            width, height = 24 + (number * 7 + row * 5) % 17, 118 + (number * 13 + row * 11) % 40
            canvas.box(x, top + 165 - height, x + width, top + 165, colour)
            x += width + 4
        canvas.box(790, top + 165, WIDTH, top + 181, wall.lit(-46))


def _plant_pot(canvas: Canvas, wall: Colour) -> None:
    canvas.box(140, 90, 400, 250, wall.lit(30))
    canvas.box(156, 106, 384, 234, Colour.of("dfb873"))
    canvas.ellipse((260, 250), (100, 70), Colour.of("6f8f7b"), until=234)
    canvas.box(1010, 520, 1130, 680, Colour.of("b5694a"))
    canvas.box(1000, 505, 1140, 535, Colour.of("c37a5a"))


def _leaves(canvas: Canvas, turn: float) -> None:
    green = Colour.of("4f7d52")
    leaves = ((-70, 380, 34, 70), (70, 370, 34, 72), (-34, 330, 30, 88), (36, 320, 30, 90), (0, 290, 28, 110))
    for number, (dx, y, across, down) in enumerate(leaves):
        sway = 7 * sin(turn + number)
        canvas.ellipse((1070 + dx + sway, y + 60), (across, down), green.lit(6 * number - 10))


def _body(canvas: Canvas, look: Look, x: float, breath: float) -> None:
    clothes, skin = Colour.of(look.clothes), Colour.of(look.skin)
    if look.long_hair:
        canvas.ellipse((x, 370), (178, 220), Colour.of(look.hair).lit(-6))
    canvas.ellipse((x, 770 + breath), (370, 270), clothes)
    canvas.box(x - 58, 430, x + 58, 560 + breath, skin.lit(-14))
    canvas.ellipse((x, 555 + breath), (86, 46), skin.lit(-14))
    canvas.fill(540 + breath, HEIGHT, lambda y: (x - 8 - (y - 540) * 0.03, x + 8 + (y - 540) * 0.03), clothes.lit(-16))


def _head(canvas: Canvas, look: Look, centre: tuple[float, float], moment: Moment) -> None:
    x, y = centre
    skin, hair = Colour.of(look.skin), Colour.of(look.hair)
    canvas.ellipse((x, y - 42), (158, 172), hair)
    for side in (-1, 1):
        canvas.ellipse((x + side * 140, y + 8), (24, 36), skin.lit(-8))
    if look.beard:
        canvas.ellipse((x, y + 46), (140, 142), hair.lit(10))
    canvas.ellipse((x, y), (140, 172), skin, until=y + 62 if look.beard else HEIGHT)
    if look.beard:
        canvas.ellipse((x, y + 20), (126, 96), skin)
    canvas.ellipse((x + 22, y - 152), (128, 66), hair)
    canvas.ellipse((x - 70, y - 128), (78, 56), hair)
    _face(canvas, look, centre, moment)


def _face(canvas: Canvas, look: Look, centre: tuple[float, float], moment: Moment) -> None:
    x, y = centre
    skin = Colour.of(look.skin)
    is_blinking = moment.at_s % SWAY_S > SWAY_S - 0.16
    for side in (-1, 1):
        eye = (x + side * 56, y - 8)
        if look.glasses:
            canvas.ellipse(eye, (46, 42), _DARK)
            canvas.ellipse(eye, (40, 36), skin.lit(10))
        if not is_blinking:
            canvas.ellipse(eye, (23, 15), _WHITE)
            canvas.ellipse((eye[0] + 4 * sin(2 * pi * moment.at_s / SWAY_S), eye[1]), (11, 13), _DARK)
        else:
            canvas.ellipse(eye, (23, 4), skin.lit(-50))
        lift = 5 * moment.voice
        canvas.ellipse((eye[0], y - 52 - lift), (34, 8), Colour.of(look.hair).lit(-8))
    if look.glasses:
        canvas.box(x - 14, y - 12, x + 14, y - 5, _DARK)
    canvas.ellipse((x, y + 34), (18, 13), skin.lit(-16))
    opening = 5 + 30 * moment.voice
    canvas.ellipse((x, y + 88), (46 - 9 * moment.voice, opening + 6), _LIPS)
    canvas.ellipse((x, y + 88), (38 - 9 * moment.voice, max(2.0, opening - 2)), _MOUTH)
    if moment.voice > 0.3:
        canvas.ellipse((x, y + 88 - opening * 0.45), (26, 6), _WHITE)
