"""The states of requests and offers, without a database."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest

from helpdesk.board.model import (
    Change,
    HasEnded,
    HelpOffer,
    HelpRequest,
    NoMoreAnswers,
    OfferOutcome,
    OwnPosting,
    PostingState,
    RequestOutcome,
    TooLateToReopen,
    last_day,
)
from portal.errors import Conflict

NOW = datetime(2026, 3, 20, 9, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
LAST_DAY = date(2026, 4, 10)


def a_request(capacity: int = 1, state: PostingState = PostingState.OPEN) -> HelpRequest:
    return HelpRequest(
        id="r",
        author_id="anna",
        sealed_place=b"sealed",
        state=state,
        version=1,
        answers=0,
        accepted=0,
        held=0,
        capacity=capacity,
    )


def an_offer(capacity: int = 1) -> HelpOffer:
    return HelpOffer(
        id="o",
        author_id="anna",
        sealed_place=b"sealed",
        state=PostingState.OPEN,
        version=1,
        answers=0,
        accepted=0,
        held=0,
        capacity=capacity,
    )


def test_answer_is_counted_and_makes_a_new_version() -> None:
    wanted = a_request()

    change = wanted.answer("bruno", LATER, holds=False)

    assert change == Change("answered", ("answers",))
    assert (wanted.answers, wanted.version, wanted.changed_at, wanted.state) == (1, 2, LATER, PostingState.OPEN)


def test_place_held_reserves_the_request_and_another_answer_stands_by() -> None:
    wanted = a_request()

    change = wanted.answer("bruno", NOW, holds=True)

    assert change == Change("answered", ("answers", "held", "state"), opened=-1)
    assert wanted.state is PostingState.RESERVED
    with pytest.raises(NoMoreAnswers):
        wanted.answer("chloe", LATER, holds=True)
    assert wanted.answer("chloe", LATER, holds=False) == Change("answered", ("answers",))


def test_place_that_was_held_too_long_is_free_again() -> None:
    wanted = a_request()
    wanted.answer("bruno", NOW, holds=True)

    assert wanted.lapse(LATER) == Change("reservation_lapsed", ("held", "state"), opened=1)
    assert (wanted.state, wanted.held, wanted.answers) == (PostingState.OPEN, 0, 1)


def test_author_cannot_answer() -> None:
    with pytest.raises(OwnPosting):
        a_request().answer("anna", NOW, holds=False)


def test_accepting_engages_the_request_and_ends_further_answers() -> None:
    wanted = a_request()
    wanted.answer("bruno", NOW, holds=True)

    change = wanted.accept(LATER, was_held=True)

    assert change == Change("accepted", ("held", "accepted", "state"))
    assert (wanted.state, wanted.held) == (PostingState.ENGAGED, 0)
    with pytest.raises(NoMoreAnswers):
        wanted.answer("chloe", LATER, holds=False)


def test_accepting_who_stood_by_takes_the_held_place() -> None:
    wanted = a_request()
    wanted.answer("bruno", NOW, holds=True)
    wanted.answer("chloe", NOW, holds=False)

    wanted.accept(LATER, was_held=False)

    assert (wanted.state, wanted.held, wanted.accepted) == (PostingState.ENGAGED, 0, 1)


def test_second_answer_cannot_be_accepted_where_one_is_wanted() -> None:
    wanted = a_request()
    wanted.answer("bruno", NOW, holds=False)
    wanted.answer("chloe", NOW, holds=False)
    wanted.accept(NOW, was_held=False)

    with pytest.raises(NoMoreAnswers):
        wanted.accept(NOW, was_held=False)


def test_request_for_two_holds_two_places_and_is_reserved_with_the_second() -> None:
    wanted = a_request(capacity=2)

    states = []
    for person_id in ("bruno", "chloe"):
        wanted.answer(person_id, NOW, holds=True)
        states.append(wanted.state)
    wanted.accept(NOW, was_held=True)
    states.append(wanted.state)
    wanted.accept(NOW, was_held=True)
    states.append(wanted.state)

    assert states == [PostingState.OPEN, PostingState.RESERVED, PostingState.RESERVED, PostingState.ENGAGED]


def test_helper_who_withdraws_opens_the_request_again() -> None:
    wanted = a_request()
    wanted.answer("bruno", NOW, holds=False)
    wanted.accept(NOW, was_held=False)

    change = wanted.release("answer_withdrawn", LATER, was_accepted=True)

    assert change == Change("answer_withdrawn", ("answers", "accepted", "state"), opened=1)
    assert (wanted.state, wanted.answers, wanted.accepted) == (PostingState.OPEN, 0, 0)


@pytest.mark.parametrize("outcome", list(RequestOutcome))
def test_closing_keeps_the_outcome(outcome: RequestOutcome) -> None:
    wanted = a_request()

    change = wanted.close(outcome, LATER)

    assert change == Change("closed", ("state", "outcome"), opened=-1)
    assert (wanted.state, wanted.outcome, wanted.ended_at) == (PostingState.CLOSED, outcome, LATER)


def test_only_a_change_of_what_is_open_counts() -> None:
    offered = an_offer(capacity=2)

    opened = [
        offered.answer("bruno", NOW, holds=False).opened,
        offered.answer("chloe", NOW, holds=False).opened,
        offered.accept(NOW, was_held=False).opened,
        offered.accept(NOW, was_held=False).opened,
        offered.release("answer_declined", NOW, was_accepted=True).opened,
        offered.release("answer_withdrawn", NOW, was_accepted=True).opened,
        offered.cancel(NOW).opened,
    ]

    assert opened == [0, 0, 0, -1, 1, 0, -1]


def test_offer_closes_with_its_own_outcomes() -> None:
    offered = an_offer()

    offered.close(OfferOutcome.NOT_ASKED_FOR, NOW)

    assert (offered.state, offered.outcome) == (PostingState.CLOSED, OfferOutcome.NOT_ASKED_FOR)


def test_nothing_happens_to_what_has_ended() -> None:
    wanted = a_request()
    wanted.cancel(NOW)

    acts: tuple[Callable[[], Change], ...] = (
        lambda: wanted.close(RequestOutcome.HELPED, NOW),
        lambda: wanted.cancel(NOW),
        lambda: wanted.release("answer_declined", NOW),
        lambda: wanted.accept(NOW, was_held=False),
        lambda: wanted.keep(LAST_DAY, NOW),
    )
    for act in acts:
        with pytest.raises(HasEnded):
            act()
    with pytest.raises(NoMoreAnswers):
        wanted.answer("bruno", NOW, holds=False)
    assert (wanted.version, wanted.state) == (2, PostingState.CANCELLED)


def test_engaged_request_does_not_expire() -> None:
    wanted = a_request()
    wanted.answer("bruno", NOW, holds=False)
    wanted.accept(NOW, was_held=False)

    with pytest.raises(Conflict):
        wanted.expire(LATER)


def test_author_is_asked_whether_it_happened_and_may_say_not_yet() -> None:
    wanted = a_request()
    with pytest.raises(Conflict):
        wanted.ask_whether_done(NOW)
    wanted.answer("bruno", NOW, holds=False)
    wanted.accept(NOW, was_held=False)

    assert wanted.ask_whether_done(LATER) == Change("reported_done", ("state",))
    assert (wanted.state, wanted.asked_at) == (PostingState.TO_CONFIRM, LATER)

    assert wanted.go_on(LATER) == Change("goes_on", ("state",))
    assert (wanted.state, wanted.asked_at) == (PostingState.ENGAGED, None)


def test_nobody_who_came_makes_room_though_it_was_said_to_be_done() -> None:
    wanted = a_request()
    wanted.answer("bruno", NOW, holds=False)
    wanted.accept(NOW, was_held=False)
    wanted.ask_whether_done(NOW)

    wanted.release("no_show", LATER, was_accepted=True)

    assert (wanted.state, wanted.accepted) == (PostingState.OPEN, 0)


def test_asked_whether_it_is_still_needed_it_stands_until_then_and_as_long_as_kept() -> None:
    wanted = a_request()

    wanted.ask_whether_needed(LAST_DAY, NOW)
    assert (wanted.asked_at, wanted.expires_on) == (NOW, LAST_DAY)

    wanted.keep(LAST_DAY + timedelta(days=14), LATER)
    assert (wanted.asked_at, wanted.expires_on) == (None, LAST_DAY + timedelta(days=14))


def test_ended_request_is_opened_again_within_a_week_with_nothing_of_before() -> None:
    wanted = a_request()
    wanted.needed_by = date(2026, 3, 19)
    wanted.answer("bruno", NOW, holds=False)
    wanted.accept(NOW, was_held=False)
    wanted.close(RequestOutcome.HELPED, NOW)

    change = wanted.reopen(LAST_DAY, NOW + timedelta(days=7))

    assert change == Change("reopened", ("state", "answers", "accepted"), opened=1)
    assert wanted.state is PostingState.OPEN
    assert [wanted.outcome, wanted.ended_at, wanted.needed_by] == [None, None, None]
    assert (wanted.answers, wanted.accepted, wanted.held, wanted.expires_on) == (0, 0, 0, LAST_DAY)


@pytest.mark.parametrize("outcome", [RequestOutcome.OUT_OF_SCOPE, RequestOutcome.DUPLICATE])
def test_what_the_town_took_off_the_board_is_not_opened_again(outcome: RequestOutcome) -> None:
    wanted = a_request()
    wanted.close(outcome, NOW)

    with pytest.raises(TooLateToReopen):
        wanted.reopen(LAST_DAY, LATER)


def test_after_a_week_or_without_its_place_it_is_not_opened_again() -> None:
    late, erased = a_request(), a_request()
    for wanted in (late, erased):
        wanted.cancel(NOW)
    erased.sealed_place = b""

    with pytest.raises(TooLateToReopen):
        late.reopen(LAST_DAY, NOW + timedelta(days=7, seconds=1))
    with pytest.raises(TooLateToReopen):
        erased.reopen(LAST_DAY, LATER)


def test_older_version_conflicts_and_none_does_not_ask() -> None:
    wanted = a_request()
    wanted.answer("bruno", NOW, holds=False)

    with pytest.raises(Conflict):
        wanted.require_version(1)
    wanted.require_version(2)
    wanted.require_version(None)


def test_posting_stands_until_its_date_or_for_its_kinds_days() -> None:
    today = date(2026, 3, 20)

    assert last_day(date(2026, 3, 22), today=today, days=14) == date(2026, 3, 22)
    assert last_day(None, today=today, days=14) == date(2026, 4, 3)
