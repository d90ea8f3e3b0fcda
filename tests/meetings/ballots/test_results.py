"""Counting, what the rules ask, the proclamation and what follows from it."""

from __future__ import annotations

from typing import Any

import pytest

from meetings.ballots.model import Ballot, Choice, Count, Kind, Purpose, State
from meetings.ballots.model.ballots import BALLOT_PROCLAIMED, BALLOT_REQUESTED
from meetings.ballots.service.requests import ask_for_members
from meetings.ballots.service.results import answer_question, count_ballot, proclaim, void_ballot
from meetings.ballots.service.voting import close_ballot
from meetings.sittings.model.progress import DOORS_CLOSED, QUESTION_DECIDED, ItemOutcome
from meetings.sittings.service import conduct
from meetings.sittings.service.held import AsksAPerson
from portal.errors import Conflict, Forbidden, InvalidInput, NotSignedIn
from tests.meetings.ballots.hall import Hall, hall_of
from tests.meetings.sittings.world import World


async def all_vote(hall: Hall, **choices: Choice) -> Ballot:
    """A public ballot in which these vote, closed."""
    ballot = await hall.open()
    for name, choice in choices.items():
        await hall.vote(name, choice)
    for _ in range(2):
        if hall.ballot.state is State.OPEN:
            await hall.act(lambda held: close_ballot(held, ballot.ballot_id, confirmed=True))
    return hall.ballot


async def counted(hall: Hall, count: Count, **more: Any) -> Ballot:
    """A show of hands."""
    ballot = await hall.open(more.pop("kind", Kind.ORDINARY), **more)
    await hall.act(lambda held: count_ballot(held, ballot.ballot_id, count, confirmed=True))
    return hall.ballot


async def proclaimed(hall: Hall) -> Ballot:
    await hall.act(lambda held: proclaim(held, hall.ballot.ballot_id))
    return hall.ballot


async def test_a_public_ballot_is_counted_from_its_names_and_says_why(world: World) -> None:
    hall = await hall_of(world)
    for_, against, abstain = Choice.FOR, Choice.AGAINST, Choice.ABSTAIN
    await all_vote(hall, anne=for_, bilal=for_, carole=against, driss=abstain, eve=for_, farid=abstain)
    ballot = await proclaimed(hall)

    assert ballot.result is not None
    assert (ballot.result.adopted, ballot.result.cast, ballot.result.majority) == (True, 4, 3)
    assert ballot.result.count == Count(3, 1, 2)
    assert "CGCT L2121-20" in ballot.result.articles
    assert hall.ballots.current_id is None


async def test_the_journal_never_holds_a_name_with_a_show_of_hands(world: World) -> None:
    hall = await hall_of(world)
    await counted(hall, Count(4, 2, 0))
    await proclaimed(hall)

    (entry,) = await hall.entries(BALLOT_PROCLAIMED)
    assert not set(hall.seats.values()) & {str(value) for value in entry.content.values()}
    assert hall.ballot.votes == {}


async def test_more_votes_than_voters_are_refused_and_fewer_are_confirmed(world: World) -> None:
    hall = await hall_of(world)
    ballot = await hall.open(Kind.ORDINARY)

    for count, confirmed in ((Count(5, 2), True), (Count(3, 2), False), (Count(3, 2, 0, 1), True)):
        with pytest.raises(InvalidInput):
            await hall.act(
                lambda held, c=count, ok=confirmed: count_ballot(held, ballot.ballot_id, c, confirmed=ok)  # type: ignore[misc] # bound early
            )
    await hall.act(lambda held: count_ballot(held, ballot.ballot_id, Count(3, 2), confirmed=True))
    assert hall.ballot.state is State.CLOSED


async def test_a_count_is_corrected_until_it_is_proclaimed_and_both_stand_in_the_journal(world: World) -> None:
    hall = await hall_of(world)
    ballot = await counted(hall, Count(3, 3))
    await hall.act(lambda held: count_ballot(held, ballot.ballot_id, Count(4, 2)))
    await proclaimed(hall)

    assert hall.ballot.result is not None
    assert hall.ballot.result.count == Count(4, 2)
    assert len(await hall.entries("ballot.counted")) == 2
    with pytest.raises(Conflict):
        await hall.act(lambda held: count_ballot(held, ballot.ballot_id, Count(2, 4)))


async def test_the_papers_of_a_secret_ballot_are_entered_with_blank_and_void(world: World) -> None:
    hall = await hall_of(world)
    await counted(hall, Count(3, 1, 0, 1, 1), kind=Kind.SECRET)
    ballot = await proclaimed(hall)

    assert ballot.result is not None
    assert (ballot.result.adopted, ballot.result.cast, ballot.result.count.blank) == (True, 4, 1)


async def test_equal_votes_in_secret_adopt_nothing(world: World) -> None:
    hall = await hall_of(world)
    await counted(hall, Count(3, 3), kind=Kind.SECRET)

    assert (await proclaimed(hall)).result.adopted is False  # type: ignore[union-attr] # proclaimed


@pytest.mark.parametrize(("chair", "adopted"), [(Choice.FOR, True), (Choice.AGAINST, False)])
async def test_on_equal_votes_by_name_the_chairs_own_prevails(world: World, chair: Choice, adopted: bool) -> None:
    hall = await hall_of(world, names=("anne", "bilal"))
    other = Choice.AGAINST if chair is Choice.FOR else Choice.FOR
    await all_vote(hall, anne=chair, bilal=other)
    ballot = await proclaimed(hall)

    assert ballot.result is not None
    assert (ballot.result.adopted, ballot.result.decided_by) == (adopted, "casting_vote")
    (entry,) = await hall.entries(BALLOT_PROCLAIMED)
    assert entry.content["chair_vote"] == chair.value


async def test_on_equal_hands_the_chair_says_how_they_voted_before_it_is_proclaimed(world: World) -> None:
    hall = await hall_of(world)
    ballot = await counted(hall, Count(3, 3))

    with pytest.raises(AsksAPerson):
        await proclaimed(hall)
    await hall.act(lambda held: answer_question(held, ballot.ballot_id, "for"), hall.member("anne"))
    assert (await proclaimed(hall)).result.decided_by == "casting_vote"  # type: ignore[union-attr] # proclaimed
    (decided,) = await hall.entries(QUESTION_DECIDED)
    assert (decided.content["question"], decided.content["choice"]) == ("ballot.tie", "for")


@pytest.mark.parametrize(
    ("choice", "adopted", "outcome"),
    [("not_adopted", False, None), ("vote_again", None, None), ("adjourn", None, ItemOutcome.POSTPONED)],
)
async def test_what_no_law_settles_the_chair_decides_and_the_journal_keeps(
    world: World,
    choice: str,
    adopted: bool | None,
    outcome: ItemOutcome | None,
) -> None:
    hall = await hall_of(world)
    item_id = (await counted(hall, Count(2, 2, 2))).item_id
    await hall.act(lambda held: answer_question(held, hall.ballot.ballot_id, "abstain"))
    with pytest.raises(AsksAPerson):
        await proclaimed(hall)
    with pytest.raises(InvalidInput):
        await hall.act(lambda held: answer_question(held, hall.ballot.ballot_id, "toss a coin"))
    await hall.act(lambda held: answer_question(held, hall.ballot.ballot_id, choice))
    ballot = await proclaimed(hall)

    assert ballot.result is not None
    assert ballot.result.adopted is adopted
    assert hall.held is not None
    assert hall.held.progress.points[item_id].outcome is outcome


async def test_a_question_of_one_ballot_is_not_answered_for_the_next(world: World) -> None:
    hall = await hall_of(world)
    await counted(hall, Count(3, 3))
    await hall.act(lambda held: answer_question(held, hall.ballot.ballot_id, "for"))
    await proclaimed(hall)
    await counted(hall, Count(3, 3))

    with pytest.raises(AsksAPerson):
        await proclaimed(hall)


async def test_an_adopted_closed_session_closes_the_doors_and_the_chair_opens_them(world: World) -> None:
    hall = await hall_of(world)
    await counted(hall, Count(4, 0, 2), purpose=Purpose.CLOSED_SESSION, asked_by=(hall.seats["anne"],))
    ballot = await proclaimed(hall)

    (closed,) = await hall.entries(DOORS_CLOSED)
    assert closed.content["ballot"] == ballot.ballot_id
    await hall.act(conduct.open_doors, hall.member("anne"))
    assert hall.held is not None
    assert hall.held.progress.doors_closed_at is None


async def test_half_of_those_there_close_no_doors(world: World) -> None:
    hall = await hall_of(world)
    await counted(hall, Count(3, 0, 3), purpose=Purpose.CLOSED_SESSION, asked_by=(hall.seats["anne"],))

    assert (await proclaimed(hall)).result.adopted is False  # type: ignore[union-attr] # proclaimed
    assert await hall.entries(DOORS_CLOSED) == []


async def test_nothing_is_proclaimed_from_an_open_ballot_or_twice(world: World) -> None:
    hall = await hall_of(world)
    await hall.open()
    with pytest.raises(Conflict, match="still open"):
        await proclaimed(hall)
    await hall.act(lambda held: void_ballot(held, hall.ballot.ballot_id, "Question mal posée"))
    with pytest.raises(Conflict):
        await proclaimed(hall)


async def test_a_void_ballot_says_why_and_counts_for_nothing(world: World) -> None:
    hall = await hall_of(world)
    ballot = await hall.open()
    await hall.vote("bilal", Choice.FOR)

    with pytest.raises(InvalidInput):
        await hall.act(lambda held: void_ballot(held, ballot.ballot_id, ""))
    await hall.act(lambda held: void_ballot(held, ballot.ballot_id, "Question mal posée"))
    assert (hall.ballot.state, hall.ballot.void_reason) == (State.VOIDED, "Question mal posée")
    with pytest.raises(Conflict):
        await hall.vote("carole", Choice.FOR)


async def test_the_sitting_does_not_go_on_over_an_open_ballot(world: World) -> None:
    hall = await hall_of(world)
    await hall.open()

    with pytest.raises(Conflict, match="A ballot is under way"):
        await hall.act(conduct.end_item)


async def test_requests_are_for_one_vote_and_end_with_its_proclamation(world: World) -> None:
    hall = await hall_of(world)
    asking = [hall.seats["bilal"], hall.seats["carole"]]
    await hall.act(lambda held: ask_for_members(held, Kind.PUBLIC, asking))
    ballot = await all_vote(hall, **dict.fromkeys(("anne", "bilal", "carole", "driss"), Choice.FOR))
    await proclaimed(hall)

    assert len(await hall.entries(BALLOT_REQUESTED)) == 1
    assert hall.ballots.requests_on(ballot.item_id).granted is None


async def test_only_who_conducts_counts_closes_decides_proclaims_or_voids(world: World) -> None:
    hall = await hall_of(world)
    ballot = await hall.open(Kind.ORDINARY)
    ballot_id = ballot.ballot_id
    acts = (
        lambda held: count_ballot(held, ballot_id, Count(6)),
        lambda held: answer_question(held, ballot_id, "for"),
        lambda held: proclaim(held, ballot_id),
        lambda held: void_ballot(held, ballot_id, "x"),
    )

    for act in acts:
        for who, refusal in ((None, NotSignedIn), (hall.member("bilal"), Forbidden)):
            with pytest.raises(refusal):
                await hall.act(act, who)
