"""Public ballots: who may vote for whom, once, until the closing."""

from __future__ import annotations

import pytest

from meetings.ballots.model import Choice, Kind, Method, State
from meetings.ballots.model.ballot import Means
from meetings.ballots.model.ballots import BALLOT_CLOSED, LAST_CALL, VOTE_CALLED
from meetings.ballots.service.voting import (
    BallotClosed,
    call_next,
    cast_vote,
    close_ballot,
    enter_vote,
    reopen_ballot,
)
from meetings.sittings.service import conduct
from portal.errors import Conflict, Forbidden, InvalidInput, NotFound, NotSignedIn
from tests.meetings.ballots.hall import NAMES, hall_of
from tests.meetings.sittings.world import CLERK, World, actor


async def test_a_vote_gives_a_receipt_that_names_its_entry_in_the_journal(world: World) -> None:
    hall = await hall_of(world)
    await hall.open()
    vote = await hall.vote("bilal", Choice.FOR)

    (entry,) = await hall.entries()
    assert vote.receipt == f"n° {entry.number} · {entry.hash[:4]}-{entry.hash[4:8]}"
    assert entry.content == {
        "ballot": hall.ballot.ballot_id,
        "voice": hall.seats["bilal"],
        "caster": hall.seats["bilal"],
        "choice": "for",
        "method": "device",
    }


async def test_the_same_choice_again_is_the_same_vote_with_the_same_receipt(world: World) -> None:
    hall = await hall_of(world)
    await hall.open()
    first = await hall.vote("bilal", Choice.FOR)
    again = await hall.vote("bilal", Choice.FOR)

    assert again == first
    assert len(await hall.entries()) == 1


async def test_a_vote_may_be_changed_until_the_closing_and_the_last_counts(world: World) -> None:
    hall = await hall_of(world)
    await hall.open()
    first = await hall.vote("bilal", Choice.FOR)
    last = await hall.vote("bilal", Choice.AGAINST)

    assert last.receipt != first.receipt
    tally = hall.ballot.tally
    assert tally is not None
    assert (tally.votes_for, tally.against) == (0, 1)


async def test_the_holder_of_a_proxy_has_two_voices_and_casts_each_by_itself(world: World) -> None:
    hall = await hall_of(world, absent=("eve",), proxies={"eve": "bilal"})
    ballot = await hall.open()

    assert ballot.voices_of(hall.seats["bilal"]) == (hall.seats["bilal"], hall.seats["eve"])
    assert (ballot.present, ballot.represented) == (5, 1)
    await hall.vote("bilal", Choice.FOR)
    await hall.vote("bilal", Choice.AGAINST, of="eve")
    assert [(vote.choice, vote.caster) for vote in hall.ballot.votes.values()] == [
        (Choice.FOR, hall.seats["bilal"]),
        (Choice.AGAINST, hall.seats["bilal"]),
    ]


async def test_nobody_votes_for_somebody_elses_voice(world: World) -> None:
    hall = await hall_of(world, absent=("eve",), proxies={"eve": "bilal"})
    await hall.open()

    for name, voice in (("carole", "bilal"), ("carole", "eve"), ("eve", "eve")):
        with pytest.raises(Forbidden):
            await hall.vote(name, Choice.FOR, of=voice)
    assert await hall.entries() == []


async def test_who_is_no_member_of_the_sitting_does_not_vote(world: World) -> None:
    hall = await hall_of(world)
    ballot = await hall.open()

    for who, refusal in ((None, NotSignedIn), (CLERK, Forbidden), (actor("stranger"), Forbidden)):
        with pytest.raises(refusal):
            await hall.act(
                lambda held: cast_vote(held, ballot.ballot_id, hall.seats["anne"], Choice.FOR),
                who,
            )


async def test_a_ballot_of_another_sitting_is_not_found(world: World) -> None:
    hall = await hall_of(world)
    await hall.open()

    with pytest.raises(NotFound):
        await hall.act(lambda held: cast_vote(held, "elsewhere", hall.seats["anne"], Choice.FOR), hall.member("anne"))


async def test_a_vote_after_the_closing_is_refused_in_words(world: World) -> None:
    hall = await hall_of(world)
    ballot = await hall.open()
    await hall.vote("bilal", Choice.FOR)
    await hall.act(lambda held: close_ballot(held, ballot.ballot_id))
    await hall.act(lambda held: close_ballot(held, ballot.ballot_id, confirmed=True))

    for name in ("bilal", "carole"):
        with pytest.raises(BallotClosed, match="your vote was not recorded"):
            await hall.vote(name, Choice.AGAINST)
    assert len(await hall.entries()) == 1


async def test_closing_warns_the_missing_first_and_only_then_leaves_them_out(world: World) -> None:
    hall = await hall_of(world)
    ballot = await hall.open()
    for name in NAMES[1:]:
        await hall.vote(name, Choice.FOR)

    # Nobody was warned yet: to confirm without having been shown the names counts for nothing.
    assert await hall.act(lambda held: close_ballot(held, ballot.ballot_id, confirmed=True)) is False
    assert await hall.act(lambda held: close_ballot(held, ballot.ballot_id)) is False
    (warning,) = await hall.entries(LAST_CALL)
    assert warning.content["missing"] == [hall.seats["anne"]]
    assert await hall.act(lambda held: close_ballot(held, ballot.ballot_id, confirmed=True)) is True
    (closed,) = await hall.entries(BALLOT_CLOSED)
    assert closed.content["missing"] == [hall.seats["anne"]]


async def test_a_ballot_in_which_all_have_voted_closes_at_once(world: World) -> None:
    hall = await hall_of(world)
    ballot = await hall.open()
    for name in NAMES:
        await hall.vote(name, Choice.FOR)

    assert await hall.act(lambda held: close_ballot(held, ballot.ballot_id)) is True


async def test_a_member_who_was_cut_off_votes_when_the_chair_opens_the_ballot_again(world: World) -> None:
    hall = await hall_of(world)
    ballot = await hall.open()
    for name in NAMES[1:]:
        await hall.vote(name, Choice.FOR)
    await hall.act(lambda held: close_ballot(held, ballot.ballot_id))
    await hall.act(lambda held: close_ballot(held, ballot.ballot_id, confirmed=True))

    with pytest.raises(InvalidInput):
        await hall.act(lambda held: reopen_ballot(held, ballot.ballot_id, " "), hall.member("anne"))
    await hall.act(lambda held: reopen_ballot(held, ballot.ballot_id, "Coupure"), hall.member("anne"))
    await hall.vote("anne", Choice.AGAINST)

    assert hall.ballot.state is State.OPEN
    assert hall.ballot.missing == ()


async def test_the_clerk_enters_a_vote_said_aloud_and_nobody_else_does(world: World) -> None:
    hall = await hall_of(world)
    ballot = await hall.open()

    async def enter(who: object, means: Means = Means.VOICE) -> None:
        await hall.act(
            lambda held: enter_vote(held, ballot.ballot_id, hall.seats["eve"], Choice.ABSTAIN, means),
            who,  # type: ignore[arg-type] # an actor, or none
        )

    for who, refusal in (
        (None, NotSignedIn),
        (hall.member("anne"), Forbidden),
        (hall.member("eve"), Forbidden),
    ):
        with pytest.raises(refusal):
            await enter(who)
    with pytest.raises(InvalidInput):
        await enter(CLERK, Means.DEVICE)
    await enter(CLERK, Means.PHONE)
    (entry,) = await hall.entries()
    assert (entry.by, entry.content["method"], entry.content["caster"]) == ("clerk", "phone", hall.seats["eve"])


async def test_nobody_votes_on_a_device_in_a_show_of_hands(world: World) -> None:
    hall = await hall_of(world)
    await hall.open(Kind.ORDINARY)

    with pytest.raises(Conflict, match="No names are kept"):
        await hall.vote("bilal", Choice.FOR)


async def test_nobody_votes_while_the_sitting_is_suspended(world: World) -> None:
    hall = await hall_of(world)
    await hall.open()
    await hall.act(conduct.suspend)

    with pytest.raises(Conflict, match="suspended"):
        await hall.vote("bilal", Choice.FOR)


async def test_a_roll_call_asks_in_the_order_of_the_table_and_comes_back_to_those_passed_over(world: World) -> None:
    hall = await hall_of(world, absent=("eve",), proxies={"eve": "bilal"})
    ballot = await hall.open(method=Method.ROLL_CALL)

    with pytest.raises(Conflict, match="has not come to this name"):
        await hall.vote("bilal", Choice.FOR)
    await hall.vote("anne", Choice.FOR)
    await hall.act(lambda held: call_next(held, ballot.ballot_id))
    for name, of in (("carole", "carole"), ("driss", "driss"), ("bilal", "eve"), ("farid", "farid")):
        await hall.vote(name, Choice.AGAINST, of=of)

    assert hall.ballot.asked == hall.seats["bilal"]
    order = [entry.content["voice"] for entry in await hall.entries(VOTE_CALLED)]
    assert order == [hall.seats[name] for name in ("anne", "bilal", "carole", "driss", "eve", "farid", "bilal")]


async def test_who_is_asked_is_called_by_the_clerk_or_the_chair_only(world: World) -> None:
    hall = await hall_of(world)
    ballot = await hall.open(method=Method.ROLL_CALL)

    for who, refusal in ((None, NotSignedIn), (hall.member("bilal"), Forbidden)):
        with pytest.raises(refusal):
            await hall.act(lambda held: call_next(held, ballot.ballot_id), who)
        with pytest.raises(refusal):
            await hall.act(lambda held: close_ballot(held, ballot.ballot_id), who)


async def test_a_ballot_stands_as_it_was_when_the_journal_is_read_again(world_on_either: World) -> None:
    hall = await hall_of(world_on_either, absent=("eve",), proxies={"eve": "bilal"})
    await hall.open()
    await hall.vote("bilal", Choice.AGAINST, of="eve")
    await hall.vote("carole", Choice.FOR)

    assert await hall.read_again() == hall.ballots
