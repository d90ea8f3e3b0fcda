"""Holding, hiding and putting back, without a database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from helpdesk.board.model import Change, HasEnded, PostingState, RequestOutcome, TooLateToReopen
from portal.errors import Conflict
from tests.helpdesk.board.test_model import LAST_DAY, LATER, NOW, a_request


def test_hidden_one_stands_again_where_it_stood_and_its_author_is_asked_anew() -> None:
    wanted = a_request()
    wanted.answer("bruno", NOW, holds=False)
    wanted.accept(NOW, was_held=False)
    wanted.ask_whether_done(NOW)

    wanted.hide(NOW)
    change = wanted.restore(LATER)

    assert change == Change("posted", ("state",))
    assert (wanted.state, wanted.asked_at, wanted.withheld_at) == (PostingState.TO_CONFIRM, LATER, None)


@pytest.mark.parametrize("state", [PostingState.CLOSED, PostingState.CANCELLED, PostingState.EXPIRED])
def test_ended_one_that_is_hidden_and_put_back_has_ended_as_before(state: PostingState) -> None:
    wanted = a_request()
    {
        PostingState.CLOSED: lambda: wanted.close(RequestOutcome.HELPED, NOW),
        PostingState.CANCELLED: lambda: wanted.cancel(NOW),
        PostingState.EXPIRED: lambda: wanted.expire(NOW),
    }[state]()

    wanted.hide(LATER)
    assert not wanted.may_be_reopened(LATER)
    with pytest.raises(TooLateToReopen):
        wanted.reopen(LAST_DAY, LATER)
    assert wanted.restore(LATER) == Change(state.value, ("state",))

    assert (wanted.state, wanted.ended_at) == (state, NOW)
    assert wanted.may_be_reopened(LATER)


def test_held_one_that_is_hidden_and_put_back_stands_as_new() -> None:
    wanted = a_request()

    wanted.hold(NOW)
    wanted.hide(LATER)

    assert wanted.restore(LATER).opened == 1
    assert wanted.state is PostingState.OPEN


def test_answer_that_ends_while_it_is_withheld_leaves_it_withheld() -> None:
    wanted = a_request()
    wanted.answer("bruno", NOW, holds=False)
    wanted.accept(NOW, was_held=False)
    wanted.hide(NOW)

    wanted.release("answer_withdrawn", LATER, was_accepted=True)

    assert (wanted.state, wanted.answers, wanted.accepted) == (PostingState.HIDDEN, 0, 0)
    wanted.restore(LATER)
    assert wanted.state is PostingState.OPEN


def test_nothing_else_happens_to_what_is_withheld() -> None:
    wanted = a_request()
    wanted.answer("bruno", NOW, holds=False)
    wanted.hide(NOW)

    acts: list[Callable[[], Change]] = [
        lambda: wanted.accept(LATER, was_held=False),
        lambda: wanted.cancel(LATER),
        lambda: wanted.keep(LAST_DAY, LATER),
        lambda: wanted.close(RequestOutcome.HELPED, LATER),
    ]
    for act in acts:
        with pytest.raises(HasEnded):
            act()


def test_what_is_not_put_back_ended_when_it_was_withheld_and_comes_back_only_as_ended() -> None:
    wanted = a_request()
    wanted.hold(NOW)
    month_later = NOW + timedelta(days=30)

    wanted.end_withheld(month_later)

    assert (wanted.state, wanted.has_ended, wanted.ended_at) == (PostingState.HELD, True, NOW)
    assert not wanted.is_editable
    with pytest.raises(HasEnded):
        wanted.release("answer_withdrawn", month_later)
    with pytest.raises(Conflict):
        wanted.end_withheld(month_later)
    assert wanted.publish(month_later).opened == 0
    assert (wanted.state, wanted.may_be_reopened(month_later)) == (PostingState.EXPIRED, False)


def test_only_what_is_withheld_ends_without_a_word() -> None:
    with pytest.raises(Conflict):
        a_request().end_withheld(NOW)
