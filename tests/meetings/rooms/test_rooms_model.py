"""Who comes into a room, who waits, who stays out."""

from datetime import UTC, datetime

import pytest

from meetings.rooms.model import NotAdmitted, NotTheHost, Room, RoomClosed, RoomKind, Seat, SeatState, clean_name
from portal.errors import Conflict, InvalidInput
from portal.permissions import Actor, Role

NOW = datetime(2026, 11, 22, 18, 30, tzinfo=UTC)
LATER = datetime(2026, 11, 22, 18, 45, tzinfo=UTC)


def a_person(name: str, *roles: Role) -> Actor:
    return Actor(account_id=f"id-of-{name}", name=name, roles=frozenset(roles), login_id=f"login-of-{name}")


def a_room(kind: RoomKind = RoomKind.COMMITTEE, *, locked: bool = False, closed: bool = False) -> Room:
    return Room(
        id="room",
        title="Commission des finances",
        kind=kind,
        host_id="id-of-Agathe",
        created_at=NOW,
        is_locked=locked,
        closed_at=NOW if closed else None,
    )


def a_seat(state: SeatState) -> Seat:
    return Seat(id="seat", room_id="room", account_id="id-of-Bilal", name="Bilal", state=state, created_at=NOW)


AGATHE = a_person("Agathe", Role.CLERK)
BILAL = a_person("Bilal", Role.COUNCILLOR)
CHLOE = a_person("Chloé", Role.RESIDENT)


@pytest.mark.parametrize(
    ("kind", "person", "state"),
    [
        (RoomKind.COMMITTEE, BILAL, SeatState.ADMITTED),
        (RoomKind.COMMITTEE, CHLOE, SeatState.WAITING),
        (RoomKind.STAFF, BILAL, SeatState.WAITING),
        (RoomKind.STAFF, a_person("Denis", Role.AGENT), SeatState.ADMITTED),
        (RoomKind.OPEN, CHLOE, SeatState.ADMITTED),
        (RoomKind.OPEN, None, SeatState.WAITING),
    ],
)
def test_room_link_alone_admits_only_those_who_belong(kind: RoomKind, person: Actor | None, state: SeatState) -> None:
    assert a_room(kind).entry_of(person, None) is state


def test_room_never_locks_its_host_out() -> None:
    assert a_room(locked=True).entry_of(AGATHE, None) is SeatState.ADMITTED
    assert a_room(locked=True).entry_of(AGATHE, a_seat(SeatState.REMOVED)) is SeatState.ADMITTED


def test_room_that_is_locked_sends_newcomers_to_the_lobby_and_lets_those_back_who_were_in() -> None:
    room = a_room(locked=True)

    assert room.entry_of(BILAL, None) is SeatState.WAITING
    assert room.entry_of(BILAL, a_seat(SeatState.LEFT)) is SeatState.ADMITTED


@pytest.mark.parametrize("state", [SeatState.WAITING, SeatState.REFUSED, SeatState.REMOVED])
def test_room_keeps_the_hosts_word_when_somebody_opens_the_link_again(state: SeatState) -> None:
    assert a_room(RoomKind.OPEN).entry_of(BILAL, a_seat(state)) is state


def test_room_that_was_closed_lets_nobody_in() -> None:
    with pytest.raises(RoomClosed):
        a_room(closed=True).entry_of(AGATHE, None)
    with pytest.raises(RoomClosed):
        a_room(closed=True).close(LATER)


def test_room_obeys_its_host_only() -> None:
    a_room().check_host(AGATHE)
    with pytest.raises(NotTheHost):
        a_room().check_host(BILAL)
    with pytest.raises(NotTheHost):
        a_room().check_host(None)


@pytest.mark.parametrize(
    ("before", "decision"),
    [
        (SeatState.WAITING, SeatState.ADMITTED),
        (SeatState.WAITING, SeatState.REFUSED),
        (SeatState.REFUSED, SeatState.ADMITTED),
        (SeatState.REMOVED, SeatState.ADMITTED),
        (SeatState.ADMITTED, SeatState.REMOVED),
        (SeatState.LEFT, SeatState.REMOVED),
    ],
)
def test_seat_follows_the_hosts_decision(before: SeatState, decision: SeatState) -> None:
    seat = a_seat(before)

    seat.decide(decision)

    assert seat.state is decision


@pytest.mark.parametrize(
    ("before", "decision"),
    [
        (SeatState.ADMITTED, SeatState.REFUSED),
        (SeatState.WAITING, SeatState.REMOVED),
        (SeatState.ADMITTED, SeatState.ADMITTED),
        (SeatState.LEFT, SeatState.ADMITTED),
        (SeatState.WAITING, SeatState.LEFT),
    ],
)
def test_seat_refuses_a_decision_that_comes_too_late(before: SeatState, decision: SeatState) -> None:
    seat = a_seat(before)

    with pytest.raises(Conflict):
        seat.decide(decision)

    assert seat.state is before


def test_seat_keeps_the_moment_at_which_a_hand_went_up() -> None:
    seat = a_seat(SeatState.ADMITTED)

    seat.raise_hand(up=True, now=NOW)
    seat.raise_hand(up=True, now=LATER)
    assert seat.hand_raised_at == NOW

    seat.raise_hand(up=False, now=LATER)
    assert seat.hand_raised_at is None


def test_seat_lowers_the_hand_of_whoever_leaves_and_refuses_one_from_the_lobby() -> None:
    seat = a_seat(SeatState.ADMITTED)
    seat.raise_hand(up=True, now=NOW)

    seat.leave()

    assert (seat.state, seat.hand_raised_at) == (SeatState.LEFT, None)
    with pytest.raises(NotAdmitted):
        a_seat(SeatState.WAITING).raise_hand(up=True, now=NOW)


def test_seat_of_a_removed_person_stays_removed_when_they_leave() -> None:
    seat = a_seat(SeatState.REMOVED)

    seat.leave()

    assert seat.state is SeatState.REMOVED


def test_guest_name_loses_what_cannot_be_read() -> None:
    assert clean_name("  Jean\u202e \t Dupont\n") == "Jean Dupont"
    for unreadable in ("", " \n", "J", "x" * 61):
        with pytest.raises(InvalidInput):
            clean_name(unreadable)
