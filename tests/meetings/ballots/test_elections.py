"""Elections on paper, in rounds."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from meetings.ballots.model import Election, Post
from meetings.ballots.service.elections import (
    ElectionDraft,
    count_round,
    open_election,
    proclaim_election,
    void_election,
)
from meetings.sittings.model import SittingMode
from meetings.sittings.service.held import AsksAPerson, RefusedByRule
from portal.errors import Conflict, DomainError, Forbidden, InvalidInput, NotFound, NotSignedIn
from tests.meetings.ballots.hall import Hall, hall_of
from tests.meetings.sittings.world import World

DRAFT = ElectionDraft("Deuxième adjoint", Post.DEPUTY, ("Bilal", "Carole"))


async def begun(hall: Hall) -> Election:
    return await hall.act(lambda held: open_election(held, DRAFT))  # type: ignore[no-any-return] # what the act gives


async def round_of(hall: Hall, candidates: Mapping[str, int], blank: int = 0, void: int = 0) -> Election:
    election_id = [*hall.ballots.elections][-1]
    return await hall.act(  # type: ignore[no-any-return] # what the act gives
        lambda held: count_round(held, election_id, candidates, blank, void)
    )


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
        assert (await round_of(hall, {"Bilal": 3, "Carole": 3})).awaits_round
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
        lambda held: count_round(held, election.election_id, {"Bilal": 6}, 0, 0),
        lambda held: proclaim_election(held, election.election_id),
        lambda held: void_election(held, election.election_id, "x"),
    )
    refusals: tuple[type[DomainError], ...] = (Forbidden,)
    for act in acts:
        with pytest.raises(refusals):
            await hall.act(act, hall.member("bilal"))
    with pytest.raises(NotFound):
        await hall.act(lambda held: void_election(held, "elsewhere", "x"))
