"""Which media worker a room is put on, and where it is found: the rule alone."""

from __future__ import annotations

from meetings.rooms.media.placement import EQUAL_WITHIN, Placement
from meetings.sfu import PeerCondition, PeerConnected, PeerGone, PeerState, Permissions, RoomState, Snapshot


def holding(boot: str = "first", **rooms: tuple[str, ...]) -> Snapshot:
    """A worker that holds these people in these rooms."""
    states = tuple(
        RoomState(
            room, tuple(PeerState(peer, PeerCondition.CONNECTED, Permissions(), (), ()) for peer in peers), (), None
        )
        for room, peers in rooms.items()
    )
    return Snapshot("media", boot, states)


def people(count: int) -> tuple[str, ...]:
    return tuple(f"p{number}" for number in range(count))


def test_a_new_room_goes_to_the_least_loaded_worker() -> None:
    placement = Placement(3)
    placement.attached(0, holding(council=people(3 * EQUAL_WITHIN)))
    placement.attached(1, holding(office=people(EQUAL_WITHIN - 1)))
    placement.attached(2, holding(committee=people(2 * EQUAL_WITHIN)))

    assert placement.choose("new") == 1


def test_a_room_stays_where_its_people_sit_however_loaded_that_worker_is() -> None:
    placement = Placement(2)
    placement.attached(0, holding(council=people(60)))
    placement.attached(1, holding())

    assert placement.choose("council") == 0


def test_two_web_workers_put_a_new_room_on_the_same_worker_although_they_know_a_little_less_of_each_other() -> None:
    one, other = Placement(4), Placement(4)
    for number in range(4):
        one.attached(number, holding())
        other.attached(number, holding())
    one.take(2, PeerConnected("office", "p0"))

    assert [one.choose(f"room{number}") for number in range(50)] == [other.choose(f"room{n}") for n in range(50)]
    assert {one.choose(f"room{number}") for number in range(50)} == {0, 1, 2, 3}


def test_no_room_goes_to_a_worker_that_is_away() -> None:
    placement = Placement(2)
    placement.attached(0, holding())

    assert {placement.choose(f"room{number}") for number in range(20)} == {0}
    placement.detached(0)
    assert placement.choose("room") is None


def test_a_room_whose_worker_is_away_waits_for_it_until_that_is_given_up() -> None:
    placement = Placement(2)
    placement.attached(0, holding(council=people(2)))
    placement.attached(1, holding())
    placement.detached(0)

    assert placement.choose("council") is None
    assert placement.given_up(0) == ("council",)
    assert placement.choose("council") == 1


def test_a_worker_that_comes_back_is_not_given_up() -> None:
    placement = Placement(2)
    placement.attached(0, holding(council=people(2)))
    placement.attached(1, holding())
    placement.detached(0)

    assert placement.attached(0, holding(council=people(2))) == ()
    assert placement.given_up(0) == ()
    assert placement.place_of("council") == 0


def test_a_worker_that_was_started_anew_has_lost_its_rooms() -> None:
    placement = Placement(1)
    placement.attached(0, holding("first", council=people(2)))
    placement.detached(0)

    assert placement.attached(0, holding("second")) == ("council",)


def test_rooms_that_have_moved_meanwhile_are_not_lost_again() -> None:
    placement = Placement(2)
    placement.attached(0, holding("first", council=people(2)))
    placement.attached(1, holding())
    placement.detached(0)
    placement.take(1, PeerConnected("council", "p0"))

    assert placement.attached(0, holding("second")) == ()


def test_a_room_ends_with_its_last() -> None:
    placement = Placement(2)
    placement.attached(0, holding(council=("anna",)))
    placement.attached(1, holding())
    placement.take(0, PeerGone("council", "anna", "left"))

    assert placement.place_of("council") is None


def test_a_room_on_two_workers_is_given_up_where_fewer_sit_and_everybody_says_so() -> None:
    placement = Placement(2)
    placement.attached(0, holding(council=("anna",)))
    placement.attached(1, holding(council=("berta", "claire")))

    assert placement.place_of("council") == 1
    assert placement.doubled("council") == {0: ("anna",)}


def test_of_two_equal_halves_of_a_room_the_first_worker_keeps_it() -> None:
    placement = Placement(2)
    placement.attached(1, holding(council=("berta",)))
    placement.attached(0, holding(council=("anna",)))

    assert placement.doubled("council") == {1: ("berta",)}
