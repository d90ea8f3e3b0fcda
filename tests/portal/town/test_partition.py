"""The partition: every published area holds the floor, also when areas of different times are compared."""

from collections.abc import Mapping, Sequence
from itertools import combinations, pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from portal.town.grid import Level, Square
from portal.town.partition import FLOOR, Area, Ground, divide, ground_of

N, E = 2_900_000, 3_800_000


def square(up: int, right: int) -> Square:
    """The 200 m square some squares to the north and east of a corner of the 1 km and 400 m grids."""
    return Square(200, N + 200 * up, E + 200 * right)


def ground(counts: Mapping[tuple[int, int], int], district: str = "") -> Ground:
    """A town with so many addresses in its squares, all of one district or none."""
    addresses = {square(*where): count for where, count in counts.items() if count}
    bare = ground_of(addresses, {}, "95999")
    return Ground(addresses, dict.fromkeys(bare.squares, district) if district else {}, bare.squares, "95999")


def area_at(areas: Sequence[Area], up: int, right: int) -> Area:
    """The area that a square belongs to."""
    [found] = [area for area in areas if square(up, right) in area.squares]
    return found


def test_square_with_the_floor_is_published_as_itself() -> None:
    areas = divide(ground({(0, 0): FLOOR, (0, 1): 12, (7, 7): 40}))

    assert area_at(areas, 0, 0).id == "CRS3035RES200mN2900000E3800000"
    assert square(0, 1) not in area_at(areas, 0, 0).squares


def test_square_where_nobody_lives_belongs_to_the_nearest_area() -> None:
    areas = divide(ground({(0, 0): 20, (7, 7): 40}))

    assert area_at(areas, 2, 2) is area_at(areas, 0, 0)
    assert area_at(areas, 6, 6) is area_at(areas, 7, 7)


def test_sparse_squares_share_the_square_of_400_m_without_its_published_ones() -> None:
    areas = divide(ground({(0, 0): 30, (0, 1): 6, (1, 0): 5, (9, 9): 40}))

    assert area_at(areas, 0, 1).level is Level.SQUARE_400_M
    assert area_at(areas, 0, 1).squares >= {square(0, 1), square(1, 0), square(1, 1)}
    assert area_at(areas, 0, 0).squares.isdisjoint(area_at(areas, 0, 1).squares)


def test_square_of_400_m_is_not_published_when_less_than_the_floor_is_left_of_it() -> None:
    areas = divide(ground({(0, 0): 30, (0, 1): FLOOR - 1, (4, 4): 1, (9, 9): 40}))

    found = area_at(areas, 0, 1)
    assert found.level is Level.SQUARE_1_KM
    assert found is area_at(areas, 4, 4)


def test_what_no_square_gathers_is_shown_as_its_district() -> None:
    areas = divide(ground({(0, 0): 6, (7, 7): 5, (14, 14): 40}, district="abc"))

    assert area_at(areas, 0, 0).id == "district-abc"
    assert area_at(areas, 7, 7).id == "district-abc"


def test_one_lonely_house_is_shown_as_the_town_together_with_the_emptiest_of_the_coarsest() -> None:
    areas = divide(ground({(0, 0): 30, (0, 5): 12, (20, 20): 1}))

    lonely = area_at(areas, 20, 20)
    assert lonely.level is Level.TOWN
    assert lonely.id == "commune-95999"
    assert lonely is area_at(areas, 0, 5)
    assert area_at(areas, 0, 0).level is Level.SQUARE_200_M


def test_town_below_the_floor_is_one_area() -> None:
    areas = divide(ground({(0, 0): 3, (9, 9): 2}))

    assert [area.id for area in areas] == ["commune-95999"]


def test_town_without_addresses_has_no_areas() -> None:
    assert divide(ground({})) == []


def test_same_addresses_again_change_nothing() -> None:
    town = ground({(0, 0): 30, (0, 1): 6, (1, 0): 5, (3, 3): 4, (9, 9): 40, (30, 30): 2})
    first = divide(town)

    assert divide(town, first) == first


def test_area_that_grew_is_split_and_what_is_left_gets_an_id_of_its_own() -> None:
    first = divide(ground({(0, 0): 6, (0, 1): 6, (9, 9): 40}))

    second = divide(ground({(0, 0): 12, (0, 1): 12, (9, 9): 40}), first)

    assert area_at(first, 0, 0).id == "CRS3035RES400mN2900000E3800000"
    assert area_at(second, 0, 0).id == "CRS3035RES200mN2900000E3800000"
    assert area_at(second, 0, 1).level in {Level.SQUARE_200_M, Level.SQUARE_400_M}
    assert area_at(second, 0, 1).id != area_at(first, 0, 1).id


def test_area_that_fell_below_the_floor_joins_another_and_is_never_split_again() -> None:
    full = ground({(0, 0): 12, (0, 1): 12, (9, 9): 40})
    first = divide(full)
    second = divide(ground({(0, 0): 4, (0, 1): 12, (9, 9): 40}), first)

    third = divide(full, second)

    assert area_at(second, 0, 0).is_united
    assert {area.squares for area in third} == {area.squares for area in second}


def test_id_of_the_past_is_not_given_to_other_squares() -> None:
    areas = divide(ground({(0, 0): 30, (9, 9): 40}), taken=frozenset({"CRS3035RES200mN2900000E3800000"}))

    assert area_at(areas, 0, 0).id == "CRS3035RES200mN2900000E3800000~2"


COUNTS = st.dictionaries(st.tuples(st.integers(0, 12), st.integers(0, 12)), st.integers(0, 25), min_size=1, max_size=40)


@settings(max_examples=150, deadline=None)
@given(st.lists(COUNTS, min_size=1, max_size=5))
def test_no_two_areas_of_any_time_have_fewer_addresses_than_the_floor_in_common(
    files: list[dict[tuple[int, int], int]],
) -> None:
    history: list[tuple[Ground, list[Area]]] = []
    areas: list[Area] = []
    taken: frozenset[str] = frozenset()
    for counts in files:
        town = ground(counts)
        areas = divide(town, areas, taken)
        taken |= {area.id for area in areas}
        assert_partition(town, areas)
        history.append((town, areas))

    # What a stranger learns of a person from two of their areas is what both have in common. It held the floor at
    # some time, or is put together from sets that did.
    held = {area.squares for _town, areas_then in history for area in areas_then}
    for (_, early), (town, late) in pairwise(history):
        held |= {common for common in commons(early, late) if town.count(common) >= FLOOR}
    for (_, early), (_, late) in combinations(history, 2):
        for common in commons(early, late):
            assert common == frozenset[Square]().union(*(block for block in held if block <= common))


def commons(early: Sequence[Area], late: Sequence[Area]) -> set[frozenset[Square]]:
    """What an area of one time and an area of another have in common."""
    return {a.squares & b.squares for a in early for b in late} - {frozenset()}


def assert_partition(town: Ground, areas: Sequence[Area]) -> None:
    """Every square is in one area, every area holds the floor unless the whole town does not, every id is its own."""
    squares = [square for area in areas for square in area.squares]
    assert len(squares) == len(set(squares))
    assert set(town.addresses) <= set(squares)
    assert len({area.id for area in areas}) == len(areas)
    if town.count(squares) >= FLOOR:
        assert [area.id for area in areas if town.count(area.squares) < FLOOR] == []
    else:
        assert len([area for area in areas if area.squares]) <= 1 or not town.addresses
