"""Shapes: outlines of squares, polygons from files."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.errors import InvalidInput
from portal.town.grid import Place, Square
from portal.town.shapes import holds, middle, outline, parse_multipolygon

N, E = 2_900_000, 3_800_000
SQUARE = [[2.0, 49.0], [2.1, 49.0], [2.1, 49.1], [2.0, 49.1], [2.0, 49.0]]


def squares(*where: tuple[int, int]) -> list[Square]:
    return [Square(200, N + 200 * up, E + 200 * right) for up, right in where]


def test_outline_of_one_square_has_its_four_corners() -> None:
    [[ring]] = outline(squares((0, 0)))["coordinates"]

    assert len(ring) == 5
    assert ring[0] == ring[-1]


def test_outline_of_a_row_has_no_corners_between_squares() -> None:
    [[ring]] = outline(squares((0, 0), (0, 1), (0, 2)))["coordinates"]

    assert len(ring) == 5


def test_outline_of_a_ring_of_squares_has_a_hole() -> None:
    around = squares(*((up, right) for up in range(3) for right in range(3) if (up, right) != (1, 1)))

    shape = outline(around)

    [[_outer, _hole]] = shape["coordinates"]
    assert not holds(shape, squares((1, 1))[0].centre)
    assert holds(shape, squares((0, 1))[0].centre)


def test_squares_that_touch_at_a_corner_are_two_polygons() -> None:
    assert len(outline(squares((0, 0), (1, 1)))["coordinates"]) == 2


@given(st.sets(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=1))
def test_outline_holds_the_squares_and_nothing_else(where: set[tuple[int, int]]) -> None:
    shape = outline(squares(*where))

    everywhere = {(up, right) for up in range(-1, 8) for right in range(-1, 8)}
    assert {spot for spot in everywhere if holds(shape, squares(spot)[0].centre)} == where


def test_polygon_of_a_file_becomes_a_multipolygon() -> None:
    shape = parse_multipolygon({"type": "Polygon", "coordinates": [SQUARE]})

    assert shape["type"] == "MultiPolygon"
    assert holds(shape, Place(49.05, 2.05))
    assert not holds(shape, Place(49.05, 2.2))
    assert middle([shape]) == Place(49.05, 2.05)


@pytest.mark.parametrize(
    "geometry",
    [
        None,
        {},
        {"type": "Point", "coordinates": [2, 49]},
        {"type": "Polygon", "coordinates": []},
        {"type": "Polygon", "coordinates": [SQUARE[:-1]]},
        {"type": "Polygon", "coordinates": [[[2, 49], [2, 49]]]},
        {"type": "Polygon", "coordinates": [[*SQUARE[:-1], ["2", "49"], [2.0, 49.0]]]},
        {"type": "Polygon", "coordinates": [[*SQUARE[:-1], [True, False], [2.0, 49.0]]]},
        {"type": "Polygon", "coordinates": [[[2, 490], [3, 490], [3, 491], [2, 490]]]},
        {"type": "MultiPolygon", "coordinates": [[]]},
        {"type": "MultiPolygon", "coordinates": "x"},
        {"type": "MultiPolygon", "coordinates": [[[[2.0, 49.0]] * 20_001]]},
    ],
)
def test_shape_that_is_none_is_refused(geometry: Any) -> None:
    with pytest.raises(InvalidInput):
        parse_multipolygon(geometry)
