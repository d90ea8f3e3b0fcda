"""Elections on paper, in rounds."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from meetings.attendance.service import arrive, leave
from meetings.ballots.model import Election, Post
from meetings.ballots.service.elections import (
    ElectionDraft,
    RoundCount,
    correct_round,
    count_round,
    open_election,
    open_round,
    proclaim_election,
    void_election,
)
from meetings.sittings.model import SittingMode
from meetings.sittings.service.held import AsksAPerson, RefusedByRule
from portal.errors import Conflict, DomainError, Forbidden, InvalidInput, NotFound, NotSignedIn
from tests.meetings.ballots.hall import Hall, hall_of
from tests.meetings.ballots.test_taking_part import verified
from tests.meetings.sittings.world import World

DRAFT = ElectionDraft("Deuxième adjoint", Post.DEPUTY, ("Bilal", "Carole"))


async def begun(hall: Hall) -> Election:
    return await hall.act(lambda held: open_election(held, DRAFT))  # type: ignore[no-any-return] # what the act gives


async def round_of(hall: Hall, candidates: Mapping[str, int], blank: int = 0, void: int = 0) -> Election:
    election_id = [*hall.ballots.elections][-1]
    if hall.ballots.elections[election_id].awaits_opening:
        await hall.act(lambda held: open_round(held, election_id))
    count = RoundCount([*candidates.items()], blank, void)
    return await hall.act(lambda held: count_round(held, election_id, count))  # type: ignore[no-any-return] # what the act gives


async def proclaimed(hall: Hall, eldest: str | None = None) -> Election:
    election_id = [*hall.ballots.elections][-1]
    return await hall.act(lambda held: proclaim_election(held, election_id, eldest))  # type: ignore[no-any-return] # what the act gives


async def test_an_absolute_majority_elects_in_the_first_round(world: World) -> None:
    hall = await hall_of(world)
    await begun(hall)
    await round_of(hall, {"Bilal": 3, "Carole": 2}, blank=1)
    election = await proclaimed(hall)

    assert (election.elected, election.outcome) == ("Bilal", "absolute_majority")
    assert hall.ballots.current_id is None


async def test_without_a_majority_another_round_is_held_and_in_the_third_the_eldest_is_elected(world: World) -> None:
    hall = await hall_of(world)
    await begun(hall)
    for _ in range(2):
        assert (await round_of(hall, {"Bilal": 3, "Carole": 3})).awaits_opening
        with pytest.raises(Conflict, match="a round is due"):
            await proclaimed(hall)
    await round_of(hall, {"Bilal": 3, "Carole": 3})

    with pytest.raises(AsksAPerson):
        await proclaimed(hall)
    with pytest.raises(InvalidInput):
        await proclaimed(hall, "Driss")
    election = await proclaimed(hall, "Carole")
    assert (election.elected, election.outcome, len(election.rounds)) == ("Carole", "age", 3)
    assert await hall.read_again() == hall.ballots


async def test_more_papers_than_voters_are_refused(world: World) -> None:
    hall = await hall_of(world)
    await begun(hall)

    with pytest.raises(InvalidInput):
        await round_of(hall, {"Bilal": 4, "Carole": 2}, blank=1)
    with pytest.raises(InvalidInput):
        await round_of(hall, {" ": 4})


async def test_a_name_is_one_however_it_is_typed_and_stands_once_in_a_count(world: World) -> None:
    hall = await hall_of(world)
    draft = ElectionDraft("Adjoint", Post.DEPUTY, ("Bilal", " bilal ", "Carole  Petit", "carole petit"))
    election = await hall.act(lambda held: open_election(held, draft))
    assert election.candidates == ("Bilal", "Carole Petit")

    for again in ("Bilal", "BILAL ", "bilal"):
        with pytest.raises(InvalidInput) as refused:
            RoundCount([("Bilal", 2), ("Carole Petit", 1), (again, 3)]).read(6)
        assert "name" in refused.value.fields
    found = await round_of(hall, {"Bilal ": 2, " Carole   Petit": 4})
    assert dict(found.rounds[0].candidates) == {"Bilal": 2, "Carole Petit": 4}


async def test_fewer_papers_than_voters_are_confirmed_first(world: World) -> None:
    hall = await hall_of(world)
    election = await begun(hall)
    with pytest.raises(InvalidInput):
        await round_of(hall, {"Bilal": 3, "Carole": 1})

    count = RoundCount([("Bilal", 3), ("Carole", 1)], confirmed=True)
    assert (await hall.act(lambda held: count_round(held, election.election_id, count))).rounds[0].papers == 4


async def test_who_arrives_between_two_rounds_votes_in_the_second_and_who_has_left_does_not(world: World) -> None:
    hall = await hall_of(world, absent=("farid",))
    election = await begun(hall)
    await round_of(hall, {"Bilal": 2, "Carole": 2}, blank=1)
    await hall.act(lambda held: arrive(held, hall.seats["farid"]))
    await hall.act(lambda held: leave(held, hall.seats["eve"]))
    await hall.act(lambda held: open_round(held, election.election_id))

    voters = hall.ballots.elections[election.election_id].entitled
    assert (hall.seats["farid"] in voters, hall.seats["eve"] in voters, len(voters)) == (True, False, 5)
    await round_of(hall, {"Bilal": 3, "Carole": 2})
    assert (await proclaimed(hall)).elected == "Bilal"
    assert await verified(hall) == []


async def test_a_count_is_put_right_by_a_further_entry_before_the_proclamation_and_not_after_it(world: World) -> None:
    hall = await hall_of(world)
    election = await begun(hall)
    right = RoundCount([("Bilal", 2), ("Carole", 4)])
    with pytest.raises(Conflict, match="no count"):
        await hall.act(lambda held: correct_round(held, election.election_id, right, "Inversion"))
    await round_of(hall, {"Bilal": 3, "Carole": 3})
    await hall.act(lambda held: open_round(held, election.election_id))
    with pytest.raises(InvalidInput):
        await hall.act(lambda held: correct_round(held, election.election_id, right, " "))
    found = await hall.act(lambda held: correct_round(held, election.election_id, right, "Inversion"))

    assert (len(found.rounds), found.rounds[0].corrections, found.awaits_round) == (1, ("Inversion",), False)
    assert (await proclaimed(hall)).elected == "Carole"
    assert len(await hall.entries("round.counted")) == 1
    with pytest.raises(Conflict):
        await hall.act(lambda held: correct_round(held, election.election_id, right, "Encore"))
    assert await hall.read_again() == hall.ballots
    assert await verified(hall) == []


async def test_no_election_is_held_at_a_distance(world: World) -> None:
    hall = await hall_of(world, rule_set="fr-cgct-epci", mode=SittingMode.REMOTE)

    with pytest.raises(RefusedByRule):
        await begun(hall)


async def test_an_election_is_given_up_with_a_reason(world: World) -> None:
    hall = await hall_of(world)
    election = await begun(hall)
    with pytest.raises(Conflict, match="A ballot is under way"):
        await begun(hall)
    await hall.act(lambda held: void_election(held, election.election_id, "Aucun candidat"))

    assert hall.ballots.current_id is None
    assert [each.candidates for each in hall.ballots.elections_on(election.item_id)] == [("Bilal", "Carole")]


async def test_only_who_conducts_holds_an_election(world: World) -> None:
    hall = await hall_of(world)
    for who, refusal in ((None, NotSignedIn), (hall.member("bilal"), Forbidden)):
        with pytest.raises(refusal):
            await hall.act(lambda held: open_election(held, DRAFT), who)
    election = await begun(hall)
    acts = (
        lambda held: count_round(held, election.election_id, RoundCount([("Bilal", 6)])),
        lambda held: correct_round(held, election.election_id, RoundCount([("Bilal", 6)]), "x"),
        lambda held: open_round(held, election.election_id),
        lambda held: proclaim_election(held, election.election_id),
        lambda held: void_election(held, election.election_id, "x"),
    )
    refusals: tuple[type[DomainError], ...] = (Forbidden,)
    for act in acts:
        with pytest.raises(refusals):
            await hall.act(act, hall.member("bilal"))
    with pytest.raises(NotFound):
        await hall.act(lambda held: void_election(held, "elsewhere", "x"))
