"""The town's colours: readable whatever was chosen."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.errors import InvalidInput
from portal.town.colours import BLACK, DARK, LIGHT, TEXT_CONTRAST, WHITE, Colour, shades, stylesheet

ROOT = Path(__file__).parents[3]
COLOURS = st.builds(Colour, *(st.integers(0, 255) for _channel in range(3)))


def test_contrast_is_that_of_wcag() -> None:
    assert BLACK.contrast(WHITE) == pytest.approx(21)
    assert WHITE.contrast(WHITE) == pytest.approx(1)
    # WCAG's understanding documents name #767676 as the lightest grey that passes on white.
    assert Colour.parse("#767676").contrast(WHITE) >= TEXT_CONTRAST > Colour.parse("#777777").contrast(WHITE)


@given(COLOURS)
def test_every_colour_gives_text_that_can_be_read_on_every_background(colour: Colour) -> None:
    safe = shades(colour)

    assert safe.fill == colour
    assert safe.ink.contrast(colour) >= TEXT_CONTRAST
    assert min(safe.text.contrast(ground) for ground in LIGHT.backgrounds(colour)) >= TEXT_CONTRAST
    assert min(safe.text_in_dark.contrast(ground) for ground in DARK.backgrounds(colour)) >= TEXT_CONTRAST


def test_colour_that_is_readable_stays_as_it_is() -> None:
    navy = Colour.parse("#1d3f66")

    assert shades(navy).text == navy
    assert shades(navy).text_in_dark != navy


def test_papers_are_the_backgrounds_that_pages_use() -> None:
    sheets = (ROOT / "static/css/tokens.css").read_text().split("@media (prefers-color-scheme: dark)")

    for paper, text in ((LIGHT, sheets[0]), (DARK, sheets[1])):
        found = dict(re.findall(r"--(sunken|ground|sheet): #([0-9a-f]+);", text)[:3])
        full = {
            name: value if len(value) == 6 else "".join(digit * 2 for digit in value) for name, value in found.items()
        }
        assert {name: f"#{value}" for name, value in full.items()} == {
            "sunken": paper.sunken.hex,
            "ground": paper.ground.hex,
            "sheet": paper.sheet.hex,
        }


def test_stylesheet_sets_the_names_that_pages_paint_with() -> None:
    text = stylesheet(Colour.parse("#1d3f66"), Colour.parse("#d8a03d"))

    light, dark, _stage = text.strip().split("\n")
    assert re.findall(r"--([\w-]+):", light) == [
        *("town-1", "town-1-ink", "town-1-text"),
        *("town-2", "town-2-ink", "town-2-text"),
    ]
    assert re.findall(r"--([\w-]+):", dark) == ["town-1-text", "town-2-text"]


@pytest.mark.parametrize("text", ["", "red", "#12345", "#1234567", "#12345g", "url(x)", "#fff;}body{"])
def test_what_is_no_colour_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        Colour.parse(text)
