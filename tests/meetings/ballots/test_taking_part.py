"""Who may still vote once a ballot is open: interests declared meanwhile, departures, and the casting vote."""

from __future__ import annotations

import pytest

from meetings.attendance.service import arrive, declare_interest, leave, record_proxy, revoke_proxy
from meetings.ballots.model import Choice, Count, Kind, Method, State
from meetings.ballots.model.ballot import Means
from meetings.ballots.model.ballots import BALLOT_CLOSED, VOICES_LOST
from meetings.ballots.service.results import answer_question, count_ballot, proclaim, void_ballot
from meetings.ballots.service.voting import close_ballot, enter_vote
from meetings.minutes.verification import recompute
from meetings.sittings.service.held import AsksAPerson
from portal.errors import Conflict, Forbidden, InvalidInput
from tests.meetings.ballots.hall import Hall, hall_of
from tests.meetings.sittings.world import World


async def interested(hall: Hall, name: str) -> None:
    """A member says so on their own device, on the item under discussion."""
    assert hall.held is not None
    item_id = hall.held.progress.item_id or ""
    await hall.act(lambda held: declare_interest(held, hall.seats[name], item_id), hall.member(name))


async def goes(hall: Hall, name: str) -> None:
    await hall.act(lambda held: leave(held, hall.seats[name]))


async def counted(hall: Hall, count: Count) -> None:
    ballot_id = hall.ballot.ballot_id
    await hall.act(lambda held: count_ballot(held, ballot_id, count))


async def entered(hall: Hall, name: str, means: Means) -> None:
    """The clerk enters a vote in favour."""
    voice, ballot_id = hall.seats[name], hall.ballot.ballot_id
    await hall.act(lambda held: enter_vote(held, ballot_id, voice, Choice.FOR, means))


async def verified(hall: Hall) -> list[str]:
    """What does not follow in the journal."""
    sitting = await hall.world.sitting(hall.sitting_id)
    return [each.what for each in recompute(await hall.world.journal(sitting)).differences]


async def test_an_interest_declared_during_a_vote_by_name_takes_the_vote_away_with_those_cast_for_others(
    world: World,
) -> None:
    hall = await hall_of(world, absent=("eve",), proxies={"eve": "bilal"})
    await hall.open()
    await hall.vote("bilal", Choice.FOR)
    await hall.vote("bilal", Choice.FOR, of="eve")
    await hall.vote("carole", Choice.AGAINST)
    await interested(hall, "bilal")

    assert [*hall.ballot.votes] == [hall.seats["carole"]]
    assert (hall.ballot.present, hall.ballot.represented) == (4, 0)
    (entry,) = await hall.entries(VOICES_LOST)
    assert entry.content["voices"] == [hall.seats["bilal"], hall.seats["eve"]]
    with pytest.raises(Forbidden):
        await hall.vote("bilal", Choice.AGAINST)
    with pytest.raises(InvalidInput):
        await entered(hall, "bilal", Means.VOICE)
    assert await hall.read_again() == hall.ballots
    assert await verified(hall) == []


async def test_votes_fall_also_between_the_close_and_the_proclamation(world: World) -> None:
    hall = await hall_of(world, names=("anne", "bilal", "carole"))
    await hall.open()
    for name, choice in (("anne", Choice.AGAINST), ("bilal", Choice.FOR), ("carole", Choice.FOR)):
        await hall.vote(name, choice)
    ballot_id = hall.ballot.ballot_id
    await hall.act(lambda held: close_ballot(held, ballot_id))
    await interested(hall, "bilal")
    found = await hall.act(lambda held: proclaim(held, ballot_id))

    assert (found.adopted, found.decided_by, found.count.votes_for) == (False, "casting_vote", 1)
    assert await verified(hall) == []


async def test_a_roll_call_goes_on_past_who_declares_an_interest(world: World) -> None:
    hall = await hall_of(world, names=("anne", "bilal", "carole"))
    await hall.open(method=Method.ROLL_CALL)
    assert hall.ballot.asked == hall.seats["anne"]
    await interested(hall, "anne")

    assert hall.ballot.asked == hall.seats["bilal"]


async def test_a_hand_not_yet_counted_is_left_out_and_a_counted_one_cannot_be_told_apart(world: World) -> None:
    hall = await hall_of(world)
    await hall.open(Kind.ORDINARY)
    await interested(hall, "bilal")
    with pytest.raises(InvalidInput):
        await counted(hall, Count(6))
    await counted(hall, Count(5))

    with pytest.raises(Conflict, match="void first"):
        await interested(hall, "carole")
    ballot_id = hall.ballot.ballot_id
    await hall.act(lambda held: void_ballot(held, ballot_id, "Conflit d'intérêts"))
    await interested(hall, "carole")
    assert len((await hall.open(Kind.ORDINARY)).entitled) == 4


async def test_an_interest_waits_while_papers_are_in_the_box(world: World) -> None:
    hall = await hall_of(world)
    await hall.open(Kind.SECRET)

    with pytest.raises(Conflict, match="L2131-11"):
        await interested(hall, "bilal")


async def test_who_has_left_casts_no_vote_until_they_are_back_and_what_they_cast_before_stands(world: World) -> None:
    hall = await hall_of(world)
    await hall.open()
    await hall.vote("carole", Choice.FOR)
    for name in ("bilal", "carole"):
        await goes(hall, name)

    with pytest.raises(Conflict, match="has left"):
        await hall.vote("bilal", Choice.FOR)
    with pytest.raises(Conflict, match="has left"):
        await hall.vote("carole", Choice.AGAINST)
    with pytest.raises(Conflict, match="has left"):
        await entered(hall, "bilal", Means.PHONE)
    assert hall.ballot.votes[hall.seats["carole"]].choice is Choice.FOR
    await hall.act(lambda held: arrive(held, hall.seats["bilal"]))
    assert (await hall.vote("bilal", Choice.FOR)).choice is Choice.FOR
    assert await verified(hall) == []


async def test_a_proxy_taken_back_during_the_ballot_is_not_cast(world: World) -> None:
    hall = await hall_of(world, absent=("eve",))
    proxy = await hall.act(lambda held: record_proxy(held, hall.seats["eve"], hall.seats["bilal"]))
    await hall.open()
    await hall.act(lambda held: revoke_proxy(held, proxy), hall.member("eve"))

    with pytest.raises(Conflict, match="proxy has ended"):
        await hall.vote("bilal", Choice.FOR, of="eve")
    assert (await hall.vote("bilal", Choice.FOR)).choice is Choice.FOR


@pytest.mark.parametrize("why", ["interest", "left", "left meanwhile"])
async def test_a_chair_who_takes_no_part_to_the_end_has_no_casting_vote(world: World, why: str) -> None:
    hall = await hall_of(world)
    if why == "interest":
        await interested(hall, "anne")
    if why == "left":
        await goes(hall, "anne")
    await hall.open(Kind.ORDINARY)
    if why == "left meanwhile":
        await goes(hall, "anne")
    await counted(hall, Count(2, 2, 2 if why == "left meanwhile" else 1))
    ballot_id = hall.ballot.ballot_id

    with pytest.raises(Conflict, match="nothing to decide"):
        await hall.act(lambda held: answer_question(held, ballot_id, "for"))
    found = await hall.act(lambda held: proclaim(held, ballot_id))
    assert (found.adopted, found.decided_by) == (False, "majority")
    assert "takes no part" in found.answer.because.en
    (entry,) = await hall.entries(BALLOT_CLOSED)
    assert entry.content["chair_present"] is False
    assert await verified(hall) == []


async def test_what_the_chair_said_of_one_count_says_nothing_of_a_corrected_one(world: World) -> None:
    hall = await hall_of(world)
    await hall.open(Kind.ORDINARY)
    await counted(hall, Count(3, 3))
    ballot_id = hall.ballot.ballot_id
    await hall.act(lambda held: answer_question(held, ballot_id, "for"))
    await counted(hall, Count(2, 2, 2))

    assert hall.ballot.state is State.CLOSED
    with pytest.raises(AsksAPerson):
        await hall.act(lambda held: proclaim(held, ballot_id))
