"""The states of engagements and of the posting they belong to, without a database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from helpdesk.board.model import HelpRequest, PostingState
from helpdesk.matching.model import Engagement, EngagementState, Reason
from helpdesk.matching.model import engagement as rules_of
from portal.errors import Conflict

NOW = datetime(2026, 3, 20, 9, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
HOUR = timedelta(hours=1)


def a_request(capacity: int = 1) -> HelpRequest:
    return HelpRequest(
        id="r", author_id="anna", state=PostingState.OPEN, version=1, answers=0, accepted=0, held=0, capacity=capacity
    )


def an_answer(person_id: str = "bruno", state: EngagementState = EngagementState.PROPOSED) -> Engagement:
    return Engagement(id=f"e-{person_id}", person_id=person_id, state=state, reason=Reason.NONE)


def test_first_to_answer_has_the_place_kept_and_the_second_stands_by() -> None:
    wanted, bruno, chloe = a_request(), an_answer("bruno"), an_answer("chloe")

    rules_of.answer(wanted, bruno, NOW, hold=HOUR)
    rules_of.answer(wanted, chloe, NOW, hold=HOUR)

    assert (bruno.state, bruno.held_until) == (EngagementState.HELD, LATER)
    assert (chloe.state, chloe.held_until) == (EngagementState.PROPOSED, None)
    assert (wanted.state, wanted.answers, wanted.held) == (PostingState.RESERVED, 2, 1)


def test_author_may_take_who_stood_by_and_the_other_stands_by_then() -> None:
    wanted, bruno, chloe = a_request(), an_answer("bruno"), an_answer("chloe")
    rules_of.answer(wanted, bruno, NOW, hold=HOUR)
    rules_of.answer(wanted, chloe, NOW, hold=HOUR)

    rules_of.accept(wanted, chloe, LATER, held=bruno, shares_place=True)

    assert (chloe.state, bruno.state, bruno.held_until) == (EngagementState.ACCEPTED, EngagementState.PROPOSED, None)
    assert (wanted.state, wanted.held, wanted.accepted) == (PostingState.ENGAGED, 0, 1)


def test_lapse_frees_the_place_and_the_answer_stands() -> None:
    wanted, bruno = a_request(), an_answer()
    rules_of.answer(wanted, bruno, NOW, hold=HOUR)

    rules_of.lapse(wanted, bruno, LATER)

    assert (bruno.state, wanted.state, wanted.answers) == (EngagementState.PROPOSED, PostingState.OPEN, 1)
    with pytest.raises(Conflict):
        rules_of.lapse(wanted, bruno, LATER)


@pytest.mark.parametrize(
    ("to", "reason", "may_again"),
    [
        (EngagementState.WITHDRAWN, Reason.UNWELL, True),
        (EngagementState.DECLINED, Reason.NOT_SUITABLE, False),
        (EngagementState.NO_SHOW, Reason.NONE, False),
    ],
)
def test_accepted_one_that_ends_early_makes_room(to: EngagementState, reason: Reason, may_again: bool) -> None:
    wanted, bruno = a_request(), an_answer()
    rules_of.answer(wanted, bruno, NOW, hold=HOUR)
    rules_of.accept(wanted, bruno, NOW, held=bruno, shares_place=True)

    rules_of.release(wanted, bruno, to, reason, LATER)

    assert (bruno.state, bruno.reason, bruno.may_begin_anew) == (to, reason, may_again)
    assert (wanted.state, wanted.answers, wanted.accepted) == (PostingState.OPEN, 0, 0)


def test_only_an_accepted_one_can_be_a_no_show_or_be_reported_done() -> None:
    wanted, bruno = a_request(), an_answer()
    rules_of.answer(wanted, bruno, NOW, hold=None)

    with pytest.raises(Conflict):
        rules_of.release(wanted, bruno, EngagementState.NO_SHOW, Reason.NONE, LATER)
    with pytest.raises(Conflict):
        rules_of.report_done(wanted, bruno, LATER)
    assert (wanted.version, wanted.answers, bruno.state) == (2, 1, EngagementState.PROPOSED)


def test_reported_done_asks_the_author() -> None:
    wanted, bruno = a_request(), an_answer()
    rules_of.answer(wanted, bruno, NOW, hold=HOUR)
    rules_of.accept(wanted, bruno, NOW, held=bruno, shares_place=True)

    rules_of.report_done(wanted, bruno, LATER)

    assert (bruno.state, wanted.state, wanted.asked_at) == (EngagementState.REPORTED, PostingState.TO_CONFIRM, LATER)


@pytest.mark.parametrize(("happened", "becomes"), [(True, EngagementState.DONE), (False, EngagementState.DECLINED)])
def test_end_of_the_posting_settles_what_stands(happened: bool, becomes: EngagementState) -> None:
    accepted, waiting = an_answer("bruno", EngagementState.ACCEPTED), an_answer("chloe")
    gone = an_answer("dora", EngagementState.WITHDRAWN)

    for one in (accepted, waiting, gone):
        rules_of.settle(one, LATER, happened=happened)

    assert (accepted.state, waiting.state, gone.state) == (
        becomes,
        EngagementState.DECLINED,
        EngagementState.WITHDRAWN,
    )
    assert waiting.may_begin_anew, "nobody has said no to this answer"


def test_thanks_come_after_it_is_done() -> None:
    bruno = an_answer(state=EngagementState.ACCEPTED)
    with pytest.raises(Conflict):
        bruno.thank("Thank you!", NOW)
    bruno.move(EngagementState.DONE, NOW)

    bruno.thank("Thank you!", LATER)

    assert (bruno.thanks, bruno.thanked_at) == ("Thank you!", LATER)


def test_counts_of_the_posting_are_those_of_its_engagements_whatever_happens() -> None:
    """Every series of four steps by two people on a request for two."""

    def steps(wanted: HelpRequest, one: Engagement, held: Engagement | None) -> list[object]:
        return [
            lambda: rules_of.answer(wanted, one, NOW, hold=HOUR),
            lambda: rules_of.accept(wanted, one, NOW, held=held, shares_place=True),
            lambda: rules_of.lapse(wanted, one, NOW),
            lambda: rules_of.release(wanted, one, EngagementState.WITHDRAWN, Reason.NONE, NOW),
            lambda: rules_of.report_done(wanted, one, NOW),
        ]

    for series in product(range(10), repeat=4):
        wanted = a_request(capacity=2)
        people = [an_answer("bruno", EngagementState.WITHDRAWN), an_answer("chloe", EngagementState.WITHDRAWN)]
        for step in series:
            one = people[step // 5]
            if step % 5 == 0 and not one.may_begin_anew:
                continue
            held = next((other for other in people if other.state is EngagementState.HELD), None)
            try:
                steps(wanted, one, held)[step % 5]()  # type: ignore[operator]
            except Conflict:
                continue
        taken = {EngagementState.ACCEPTED, EngagementState.REPORTED}
        assert wanted.held == sum(one.state is EngagementState.HELD for one in people), series
        assert wanted.accepted == sum(one.state in taken for one in people), series
        assert wanted.answers == sum(one.is_standing for one in people), series
        assert wanted.accepted + wanted.held <= wanted.capacity, series
