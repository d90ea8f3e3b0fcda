"""The grid: published values of the projection, the squares' codes, and distances in steps."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.errors import InvalidInput
from portal.town.grid import Level, Place, Square, Step, from_laea, step_between, to_laea

FRANCE = {"lat": st.floats(41.3, 51.1), "lon": st.floats(-5.2, 9.6)}


def test_projection_gives_the_worked_example_of_iogp_guidance_note_7_2() -> None:
    east, north = to_laea(50.0, 5.0)

    assert (round(east, 2), round(north, 2)) == (3962799.45, 2999718.85)


def test_projection_back_gives_the_worked_example_of_iogp_guidance_note_7_2() -> None:
    lat, lon = from_laea(3962799.45, 2999718.85)

    assert lat == pytest.approx(50.0, abs=1e-7)
    assert lon == pytest.approx(5.0, abs=1e-7)


def test_projection_has_its_origin_at_52_north_10_east() -> None:
    assert to_laea(52, 10) == (4321000.0, 3210000.0)
    assert from_laea(4321000.0, 3210000.0) == (52.0, 10.0)


@given(**FRANCE)
def test_projection_there_and_back_moves_a_point_by_less_than_a_millimetre(lat: float, lon: float) -> None:
    back = from_laea(*to_laea(lat, lon))

    assert Place(lat, lon).metres_to(Place(*back)) < 0.001


def test_square_is_named_as_insee_names_it() -> None:
    square = Square(200, 2471000, 4108000)

    assert square.id == "CRS3035RES200mN2471000E4108000"
    assert Square.parse(square.id) == square


def test_square_of_lille_city_hall_is_one_that_insee_publishes_around_there() -> None:
    # INSEE's square of 200 m N3079600 E3834800 lies in the commune 59350 (Lille).
    centre = Square.parse("CRS3035RES200mN3079600E3834800").centre

    assert centre.metres_to(Place(50.6305, 3.0707)) < 5000


@pytest.mark.parametrize("code", ["", "CRS3035RES200mN2471001E4108000", "CRS3035RES0mN0E0", "N1E2", "CRS3035RES200mN1"])
def test_square_refuses_a_code_that_is_none(code: str) -> None:
    with pytest.raises(ValueError, match="square"):
        Square.parse(code)


@given(**FRANCE)
def test_square_holds_the_place_that_it_was_found_for(lat: float, lon: float) -> None:
    square = Square.holding(Place(lat, lon))
    east, north = to_laea(lat, lon)

    assert (square.east <= east < square.east + 200, square.north <= north < square.north + 200) == (True, True)
    assert square in square.within(400).atoms()
    assert square in square.within(1000).atoms()
    assert Square.holding(square.centre) == square


@pytest.mark.parametrize(("lat", "lon"), [(91, 0), (0, 181), (float("nan"), 2), (2, float("inf"))])
def test_place_refuses_what_is_no_point_on_earth(lat: float, lon: float) -> None:
    with pytest.raises(InvalidInput):
        Place(lat, lon)


def at(east_m: float) -> Place:
    """A place some metres to the east of a fixed one."""
    return Place(*from_laea(3_800_000 + east_m, 2_900_000))


@pytest.mark.parametrize(
    ("metres", "step"), [(0, Step.UNDER_300_M), (200, Step.UNDER_300_M), (400, Step.UNDER_1_KM), (1200, Step.FURTHER)]
)
def test_step_between_small_squares_follows_their_centres(metres: int, step: Step) -> None:
    assert step_between((Level.SQUARE_200_M, at(0)), (Level.SQUARE_200_M, at(metres))) is step


def test_step_is_never_finer_than_the_coarser_area() -> None:
    assert step_between((Level.SQUARE_200_M, at(0)), (Level.SQUARE_1_KM, at(0))) is Step.UNDER_1_KM
    assert step_between((Level.DISTRICT, at(0)), (Level.SQUARE_200_M, at(0))) is Step.SOMEWHERE_IN_TOWN
