"""The states of requests, offers and engagements, without a database."""

from datetime import UTC, date, datetime, timedelta

import pytest

from helpdesk.board.model.engagement import Engagement, EngagementState
from helpdesk.board.model.posting import (
    Change,
    HasEnded,
    HelpOffer,
    HelpRequest,
    NoMoreAnswers,
    NotTheAuthor,
    OfferOutcome,
    OwnPosting,
    PostingState,
    RequestOutcome,
    last_day,
)
from portal.errors import Conflict

NOW = datetime(2026, 3, 20, 9, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


def a_request(capacity: int = 1) -> HelpRequest:
    return HelpRequest(
        id="r", author_id="anna", state=PostingState.OPEN, version=1, answers=0, accepted=0, capacity=capacity
    )


def an_answer(person_id: str = "bruno", state: EngagementState = EngagementState.PROPOSED) -> Engagement:
    return Engagement(id=f"e-{person_id}", person_id=person_id, state=state)


def test_answer_is_counted_and_makes_a_new_version() -> None:
    wanted = a_request()

    change = wanted.answer(an_answer(), LATER)

    assert change == Change("answered", ("answers",))
    assert (wanted.answers, wanted.version, wanted.changed_at, wanted.state) == (1, 2, LATER, PostingState.OPEN)


def test_author_cannot_answer() -> None:
    with pytest.raises(OwnPosting):
        a_request().answer(an_answer("anna"), NOW)


def test_accepting_engages_the_request_and_ends_further_answers() -> None:
    wanted, answer = a_request(), an_answer()
    wanted.answer(answer, NOW)

    change = wanted.accept(answer, LATER)

    assert change == Change("accepted", ("accepted", "state"), opened=-1)
    assert (wanted.state, answer.state, answer.changed_at) == (PostingState.ENGAGED, EngagementState.ACCEPTED, LATER)
    with pytest.raises(NoMoreAnswers):
        wanted.answer(an_answer("chloe"), LATER)


def test_second_answer_cannot_be_accepted_where_one_is_wanted() -> None:
    wanted, first, second = a_request(), an_answer("bruno"), an_answer("chloe")
    wanted.answer(first, NOW)
    wanted.answer(second, NOW)
    wanted.accept(first, NOW)

    with pytest.raises(NoMoreAnswers):
        wanted.accept(second, NOW)

    assert second.state is EngagementState.PROPOSED


def test_offer_for_two_stays_open_after_the_first_is_accepted() -> None:
    first, second = an_answer("bruno"), an_answer("chloe")
    offered = HelpOffer(id="o", author_id="anna", state=PostingState.OPEN, version=1, answers=2, accepted=0, capacity=2)

    offered.accept(first, NOW)
    assert offered.state is PostingState.OPEN
    offered.accept(second, NOW)

    assert (offered.state, offered.accepted) == (PostingState.ENGAGED, 2)


def test_helper_who_withdraws_opens_the_request_again() -> None:
    wanted, answer = a_request(), an_answer()
    wanted.answer(answer, NOW)
    wanted.accept(answer, NOW)

    change = wanted.release(answer, EngagementState.WITHDRAWN, LATER)

    assert change == Change("answer_withdrawn", ("answers", "accepted", "state"), opened=1)
    assert (wanted.state, wanted.answers, wanted.accepted) == (PostingState.OPEN, 0, 0)


def test_withdrawn_answer_can_be_given_again_and_a_declined_one_cannot() -> None:
    wanted, bruno, chloe = a_request(), an_answer("bruno"), an_answer("chloe")
    wanted.answer(bruno, NOW)
    wanted.answer(chloe, NOW)
    wanted.release(bruno, EngagementState.WITHDRAWN, NOW)
    wanted.release(chloe, EngagementState.DECLINED, NOW)

    wanted.answer(bruno, LATER)

    assert (bruno.state, wanted.answers) == (EngagementState.PROPOSED, 1)
    with pytest.raises(Conflict):
        chloe.move(EngagementState.PROPOSED, LATER)


@pytest.mark.parametrize(
    ("outcome", "accepted_becomes"),
    [
        (RequestOutcome.HELPED, EngagementState.DONE),
        (RequestOutcome.PARTLY_HELPED, EngagementState.DONE),
        (RequestOutcome.NO_LONGER_NEEDED, EngagementState.DECLINED),
    ],
)
def test_closing_settles_every_answer(outcome: RequestOutcome, accepted_becomes: EngagementState) -> None:
    wanted, first, second = a_request(), an_answer("bruno"), an_answer("chloe")
    wanted.answer(first, NOW)
    wanted.answer(second, NOW)
    wanted.accept(first, NOW)

    change = wanted.close(outcome, [first, second], LATER)

    assert change == Change("closed", ("state", "outcome"))
    assert (wanted.state, wanted.outcome) == (PostingState.CLOSED, outcome)
    assert (first.state, second.state) == (accepted_becomes, EngagementState.DECLINED)


def test_only_a_change_of_what_is_open_counts() -> None:
    offered = HelpOffer(id="o", author_id="anna", state=PostingState.OPEN, version=1, answers=0, accepted=0, capacity=2)
    first, second = an_answer("bruno"), an_answer("chloe")

    opened = [
        offered.answer(first, NOW).opened,
        offered.answer(second, NOW).opened,
        offered.accept(first, NOW).opened,
        offered.accept(second, NOW).opened,
        offered.release(second, EngagementState.DECLINED, NOW).opened,
        offered.release(first, EngagementState.WITHDRAWN, NOW).opened,
        offered.cancel([first, second], NOW).opened,
    ]

    assert opened == [0, 0, 0, -1, 1, 0, -1]


def test_offer_closes_with_its_own_outcomes() -> None:
    offered = HelpOffer(id="o", state=PostingState.OPEN, version=1, answers=0, accepted=0, capacity=1)

    offered.close(OfferOutcome.NOT_ASKED_FOR, [], NOW)

    assert (offered.state, offered.outcome) == (PostingState.CLOSED, OfferOutcome.NOT_ASKED_FOR)


def test_nothing_happens_to_what_has_ended() -> None:
    wanted, answer = a_request(), an_answer()
    wanted.cancel([], NOW)

    with pytest.raises(HasEnded):
        wanted.close(RequestOutcome.HELPED, [], NOW)
    with pytest.raises(HasEnded):
        wanted.cancel([], NOW)
    with pytest.raises(HasEnded):
        wanted.release(answer, EngagementState.DECLINED, NOW)
    with pytest.raises(NoMoreAnswers):
        wanted.answer(answer, NOW)
    assert (wanted.version, wanted.state) == (2, PostingState.CANCELLED)


def test_engaged_request_does_not_expire() -> None:
    wanted, answer = a_request(), an_answer()
    wanted.answer(answer, NOW)
    wanted.accept(answer, NOW)

    with pytest.raises(Conflict):
        wanted.expire([answer], LATER)


def test_expiry_declines_answers_that_nobody_took() -> None:
    wanted, answer = a_request(), an_answer()
    wanted.answer(answer, NOW)

    change = wanted.expire([answer], LATER)

    assert (change.verb, wanted.state, answer.state) == ("expired", PostingState.EXPIRED, EngagementState.DECLINED)


def test_older_version_conflicts_and_none_does_not_ask() -> None:
    wanted = a_request()
    wanted.answer(an_answer(), NOW)

    with pytest.raises(Conflict):
        wanted.require_version(1)
    wanted.require_version(2)
    wanted.require_version(None)


def test_only_the_author_is_the_author() -> None:
    with pytest.raises(NotTheAuthor):
        a_request().require_author("bruno")
    a_request().require_author("anna")


def test_posting_stands_until_its_date_or_for_its_kinds_days() -> None:
    today = date(2026, 3, 20)

    assert last_day(date(2026, 3, 22), today=today, days=14) == date(2026, 3, 22)
    assert last_day(None, today=today, days=14) == date(2026, 4, 3)
