"""Appointments without a vote: the only candidate, the only list."""

from __future__ import annotations

import pytest

from meetings.ballots.model import Election, Post
from meetings.ballots.model.ballots import CANDIDACY_TOOK_EFFECT
from meetings.ballots.service.appointing import appoint
from meetings.ballots.service.elections import ElectionDraft
from meetings.sittings.model import SittingMode
from meetings.sittings.service.held import RefusedByRule
from portal.errors import Conflict, Forbidden, InvalidInput, NotSignedIn
from portal.i18n import speaking
from tests.meetings.ballots.hall import Hall, hall_of
from tests.meetings.sittings.world import World

BOARD = ElectionDraft("Délégué au syndicat des eaux", Post.COMMITTEE, ("Bilal",))


async def appointed(hall: Hall, draft: ElectionDraft = BOARD, *, is_list: bool = False) -> Election:
    return await hall.act(lambda held: appoint(held, draft, is_list=is_list))  # type: ignore[no-any-return] # what the act gives


async def test_the_only_candidate_is_appointed_at_once_and_the_journal_says_by_which_article(world: World) -> None:
    hall = await hall_of(world)
    election = await appointed(hall)

    assert (election.elected, election.is_without_vote, election.is_settled) == ("Bilal", True, True)
    assert hall.ballots.current_id is None
    (entry,) = await hall.entries(CANDIDACY_TOOK_EFFECT)
    assert "CGCT L2121-21" in str(entry.content["answer"])
    assert await hall.read_again() == hall.ballots


async def test_the_only_list_is_appointed_in_its_order(world: World) -> None:
    hall = await hall_of(world)
    draft = ElectionDraft("Commission des finances", Post.COMMITTEE, ("Carole", "Bilal", " Carole "))

    assert (await appointed(hall, draft, is_list=True)).elected == "Carole, Bilal"


async def test_two_candidates_are_voted_on(world: World) -> None:
    hall = await hall_of(world)

    with pytest.raises(RefusedByRule) as refused, speaking("en"):
        await appointed(hall, ElectionDraft("", Post.COMMITTEE, ("Bilal", "Carole")))
    with speaking("en"):
        assert "there must be a vote" in refused.value.words()


@pytest.mark.parametrize("post", [Post.MAYOR, Post.DEPUTY, Post.OTHER])
async def test_a_mayor_and_a_deputy_are_elected_even_alone(world: World, post: Post) -> None:
    hall = await hall_of(world)

    with pytest.raises(RefusedByRule):
        await appointed(hall, ElectionDraft("", post, ("Bilal",)))


async def test_nobody_is_appointed_at_a_distance_without_a_name_or_during_a_ballot(world: World) -> None:
    remote = await hall_of(world, rule_set="fr-cgct-epci", mode=SittingMode.REMOTE)
    with pytest.raises(RefusedByRule):
        await appointed(remote)
    with pytest.raises(InvalidInput):
        await appointed(remote, ElectionDraft("", Post.COMMITTEE, (" ",)))
    await remote.open()
    with pytest.raises(Conflict, match="A ballot is under way"):
        await appointed(remote)


async def test_only_who_conducts_reads_an_appointment_out(world: World) -> None:
    hall = await hall_of(world)
    for who, refusal in ((None, NotSignedIn), (hall.member("bilal"), Forbidden)):
        with pytest.raises(refusal):
            await hall.act(lambda held: appoint(held, BOARD, is_list=False), who)
