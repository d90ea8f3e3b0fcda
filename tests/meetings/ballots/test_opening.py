"""Opening a ballot: which kinds the rules allow, and who is entitled at that moment."""

from __future__ import annotations

import pytest

from meetings.attendance.model.presence import INTEREST_DECLARED, MEMBER_LEFT
from meetings.ballots.model import Kind, Method, Post, Purpose
from meetings.ballots.model.ballots import BALLOT_OPENED
from meetings.ballots.service.opening import BallotDraft, open_ballot
from meetings.ballots.service.options import Asked, options, usual
from meetings.ballots.service.requests import (
    ask_for_members,
    ask_for_own,
    vote_on_secrecy,
    withdraw_for_member,
    withdraw_own,
)
from meetings.ballots.service.results import void_ballot
from meetings.ballots.service.voters import voters_on
from meetings.sittings.model import SittingMode
from meetings.sittings.model.progress import ItemOutcome
from meetings.sittings.service import conduct
from meetings.sittings.service.held import Held, RefusedByRule
from portal.errors import Conflict, Forbidden, InvalidInput, NotSignedIn
from tests.meetings.ballots.hall import Hall, hall_of
from tests.meetings.sittings.world import World

NINE = ("anne", "bilal", "carole", "driss", "eve", "farid", "gaelle", "hugo", "ines")


async def usual_kind(hall: Hall, purpose: Purpose) -> Kind:
    async def ask(held: Held) -> Kind:
        return usual(held, Asked(purpose, voters_on(held, held.progress.item_id or "")))

    return await hall.act(ask)  # type: ignore[no-any-return] # what the act gives


async def allowed(hall: Hall, purpose: Purpose = Purpose.DECISION) -> set[Kind]:
    async def ask(held: Held) -> set[Kind]:
        asked = Asked(purpose, voters_on(held, held.progress.item_id or ""))
        return {option.kind for option in options(held, asked) if option.is_allowed}

    return await hall.act(ask)  # type: ignore[no-any-return] # what the act gives


async def leave(hall: Hall, *names: str) -> None:
    async def go(held: Held) -> None:
        for name in names:
            await held.note(MEMBER_LEFT, {"member": hall.seats[name], "cause": "left"})

    await hall.act(go)


async def test_the_ballot_keeps_what_was_true_when_it_was_opened(world: World) -> None:
    hall = await hall_of(world, absent=("eve",), proxies={"eve": "bilal"})
    ballot = await hall.open()
    await hall.act(lambda held: held.note(MEMBER_LEFT, {"member": hall.seats["carole"], "cause": "left"}))

    (entry,) = await hall.entries(BALLOT_OPENED)
    assert ballot.question == "Tarifs de la cantine"
    assert entry.content["order"] == [hall.seats[name] for name in ("anne", "bilal", "carole", "driss", "eve", "farid")]
    assert entry.content["chair"] == hall.seats["anne"]
    assert "L2121-17" in str(entry.content["quorum"])
    assert hall.ballot.entitled[hall.seats["eve"]] == hall.seats["bilal"]
    assert hall.seats["carole"] in hall.ballot.entitled


async def test_who_is_interested_has_no_vote_and_casts_nobodys(world: World) -> None:
    hall = await hall_of(world, names=NINE, absent=("eve",), proxies={"eve": "bilal"})
    item_id = hall.held.progress.item_id if hall.held else ""
    interest = {"member": hall.seats["bilal"], "item": item_id, "ground": "interest"}
    await hall.act(lambda held: held.note(INTEREST_DECLARED, interest))
    ballot = await hall.open()

    assert hall.seats["bilal"] not in ballot.entitled
    assert hall.seats["eve"] not in ballot.entitled


async def test_a_show_of_hands_is_usual_and_an_appointment_is_secret(world: World) -> None:
    hall = await hall_of(world)

    assert await usual_kind(hall, Purpose.DECISION) is Kind.ORDINARY
    assert await usual_kind(hall, Purpose.APPOINTMENT) is Kind.SECRET
    with pytest.raises(RefusedByRule) as refused:
        await hall.open(Kind.ORDINARY, Purpose.APPOINTMENT)
    assert "L2121-21" in refused.value.words()


async def test_an_appointment_is_voted_in_the_open_once_all_have_agreed_to_it(world: World) -> None:
    hall = await hall_of(world)

    assert await hall.act(lambda held: vote_on_secrecy(held, Post.OTHER, 5, 1, 0)) is False
    with pytest.raises(RefusedByRule):
        await hall.open(Kind.ORDINARY, Purpose.APPOINTMENT)
    assert await hall.act(lambda held: vote_on_secrecy(held, Post.OTHER, 6, 0, 0)) is True
    assert (await hall.open(Kind.ORDINARY, Purpose.APPOINTMENT)).kind is Kind.ORDINARY


async def test_secrecy_is_given_up_by_all_and_not_by_those_alone_who_said_so(world: World) -> None:
    hall = await hall_of(world)
    with pytest.raises(InvalidInput):
        await hall.act(lambda held: vote_on_secrecy(held, Post.COMMITTEE, 1, 0, 0))

    assert await hall.act(lambda held: vote_on_secrecy(held, Post.COMMITTEE, 5, 0, 0, confirmed=True)) is False
    assert not hall.ballots.is_waived(hall.held.progress.item_id or "" if hall.held else "", Post.COMMITTEE)
    assert await hall.act(lambda held: vote_on_secrecy(held, Post.COMMITTEE, 6, 0, 0)) is True


async def test_the_journal_keeps_for_which_post_an_appointment_is_voted_and_no_post_otherwise(world: World) -> None:
    hall = await hall_of(world)
    await hall.act(lambda held: vote_on_secrecy(held, Post.COMMITTEE, 6, 0, 0))
    with pytest.raises(RefusedByRule):
        await hall.open(Kind.ORDINARY, Purpose.APPOINTMENT, post=Post.OTHER)
    ballot = await hall.open(Kind.ORDINARY, Purpose.APPOINTMENT, post=Post.COMMITTEE)
    await hall.act(lambda held: void_ballot(held, ballot.ballot_id, "Erreur"))
    await hall.open(Kind.ORDINARY, post=Post.COMMITTEE)

    assert [entry.content["post"] for entry in await hall.entries(BALLOT_OPENED)] == ["committee", None]
    assert [each.post for each in hall.ballots.ballots.values()] == [Post.COMMITTEE, None]
    assert await hall.read_again() == hall.ballots


async def test_the_secrecy_of_the_mayors_election_is_not_given_up(world: World) -> None:
    hall = await hall_of(world)

    assert await hall.act(lambda held: vote_on_secrecy(held, Post.MAYOR, 6, 0, 0)) is False
    with pytest.raises(InvalidInput):
        await hall.act(lambda held: vote_on_secrecy(held, Post.OTHER, 7, 0, 0))


async def test_a_quarter_of_those_present_obtain_a_public_ballot_and_a_third_a_secret_one(world: World) -> None:
    hall = await hall_of(world, names=NINE)
    await hall.act(lambda held: ask_for_own(held, Kind.PUBLIC), hall.member("bilal"))
    assert await allowed(hall) == {Kind.ORDINARY, Kind.PUBLIC, Kind.SECRET}

    await hall.act(lambda held: ask_for_members(held, Kind.PUBLIC, [hall.seats["carole"], hall.seats["driss"]]))
    assert await allowed(hall) == {Kind.PUBLIC}
    assert await usual_kind(hall, Purpose.DECISION) is Kind.PUBLIC
    with pytest.raises(Conflict, match="asked for a public ballot"):
        await hall.open(Kind.ORDINARY)

    await hall.act(lambda held: ask_for_members(held, Kind.SECRET, [hall.seats[name] for name in NINE[:3]]))
    assert await allowed(hall) == {Kind.SECRET}
    assert await allowed(hall, Purpose.CLOSED_SESSION) == {Kind.ORDINARY, Kind.PUBLIC, Kind.SECRET}


async def test_a_request_counts_once_for_each_member_who_is_there(world: World) -> None:
    hall = await hall_of(world, names=NINE, absent=("ines",), proxies={"ines": "bilal"})
    for _ in range(3):
        await hall.act(lambda held: ask_for_own(held, Kind.SECRET), hall.member("bilal"))
    with pytest.raises(Conflict, match="a proxy does not count"):
        await hall.act(lambda held: ask_for_own(held, Kind.SECRET), hall.member("ines"))

    item_id = hall.held.progress.item_id if hall.held else ""
    assert hall.ballots.requests_on(item_id or "").by(Kind.SECRET) == {hall.seats["bilal"]}
    assert len(await hall.entries("ballot.requested")) == 1


async def test_a_request_that_is_taken_back_gives_up_what_it_had_obtained(world: World) -> None:
    hall = await hall_of(world, names=NINE)
    for name in NINE[1:4]:
        await hall.act(lambda held: ask_for_own(held, Kind.SECRET), hall.member(name))
    assert await allowed(hall) == {Kind.SECRET}

    await hall.act(lambda held: withdraw_own(held, Kind.SECRET), hall.member(NINE[1]))
    assert await allowed(hall) == {Kind.ORDINARY, Kind.PUBLIC, Kind.SECRET}
    assert (await hall.entries("ballot.request_decided"))[-1].content["granted"] == ""

    await hall.act(lambda held: withdraw_for_member(held, Kind.SECRET, hall.seats[NINE[2]]))
    item_id = hall.held.progress.item_id if hall.held else ""
    assert hall.ballots.requests_on(item_id or "").by(Kind.SECRET) == {hall.seats[NINE[3]]}
    assert await hall.read_again() == hall.ballots


async def test_what_some_obtained_stands_when_another_takes_back_a_request_for_the_other_kind(world: World) -> None:
    hall = await hall_of(world, names=NINE)
    await hall.act(lambda held: ask_for_own(held, Kind.SECRET), hall.member("hugo"))
    await hall.act(lambda held: ask_for_members(held, Kind.PUBLIC, [hall.seats[name] for name in NINE[1:4]]))
    await leave(hall, *NINE[1:3])
    await hall.act(lambda held: withdraw_own(held, Kind.SECRET), hall.member("hugo"))

    assert await allowed(hall) == {Kind.PUBLIC}
    assert [entry.content["granted"] for entry in await hall.entries("ballot.request_decided")] == ["public"]
    await hall.act(lambda held: withdraw_own(held, Kind.PUBLIC), hall.member("driss"))
    assert await allowed(hall) == {Kind.ORDINARY, Kind.PUBLIC, Kind.SECRET}


async def test_what_was_granted_stands_when_others_ask_for_less_after_those_who_obtained_it_have_left(
    world: World,
) -> None:
    hall = await hall_of(world, names=NINE)
    await hall.act(lambda held: ask_for_members(held, Kind.SECRET, [hall.seats[name] for name in NINE[1:4]]))
    await leave(hall, *NINE[1:3])
    await hall.act(lambda held: ask_for_members(held, Kind.PUBLIC, [hall.seats[name] for name in NINE[4:7]]))

    assert await allowed(hall) == {Kind.SECRET}


async def test_a_request_is_taken_back_by_who_made_it_and_before_the_ballot_opens(world: World) -> None:
    hall = await hall_of(world)
    await hall.act(lambda held: ask_for_own(held, Kind.PUBLIC), hall.member("bilal"))

    with pytest.raises(Conflict, match="has not asked"):
        await hall.act(lambda held: withdraw_own(held, Kind.PUBLIC), hall.member("carole"))
    with pytest.raises(Forbidden):
        await hall.act(lambda held: withdraw_for_member(held, Kind.PUBLIC, hall.seats["bilal"]), hall.member("carole"))
    with pytest.raises(NotSignedIn):
        await hall.act(lambda held: withdraw_own(held, Kind.PUBLIC), None)
    await hall.open()
    with pytest.raises(Conflict, match="A ballot is under way"):
        await hall.act(lambda held: withdraw_own(held, Kind.PUBLIC), hall.member("bilal"))


async def test_who_is_no_member_asks_for_nothing(world: World) -> None:
    hall = await hall_of(world)

    for who, refusal in ((None, NotSignedIn), (hall.member("bilal"), Forbidden)):
        with pytest.raises(refusal):
            await hall.act(lambda held: ask_for_members(held, Kind.SECRET, [hall.seats["carole"]]), who)
        with pytest.raises(refusal):
            await hall.act(lambda held: vote_on_secrecy(held, Post.OTHER, 6, 0, 0), who)
        with pytest.raises(refusal):
            await hall.act(lambda held: open_ballot(held, BallotDraft()), who)


async def test_at_a_distance_all_ballots_are_public_and_a_secret_request_postpones_the_item(world: World) -> None:
    hall = await hall_of(world, rule_set="fr-cgct-epci", mode=SittingMode.REMOTE)
    assert await allowed(hall) == {Kind.PUBLIC}
    item_id = hall.held.progress.item_id if hall.held else ""

    await hall.act(lambda held: ask_for_own(held, Kind.SECRET), hall.member("bilal"))
    await hall.act(lambda held: ask_for_own(held, Kind.SECRET), hall.member("carole"))
    assert hall.held is not None
    point = hall.held.progress.points[item_id or ""]
    assert point.outcome is ItemOutcome.POSTPONED
    assert "L5211-11-1" in str((await hall.entries("ballot.request_decided"))[0].content["answer"])
    with pytest.raises(Conflict, match="No item is under discussion"):
        await hall.open()


async def test_one_ballot_is_under_way_at_a_time_and_only_on_the_item_under_discussion(world: World) -> None:
    hall = await hall_of(world)
    await hall.open()
    with pytest.raises(Conflict, match="A ballot is under way"):
        await hall.open()


async def test_no_ballot_is_opened_while_the_sitting_is_suspended(world: World) -> None:
    hall = await hall_of(world)
    await hall.act(conduct.suspend)

    with pytest.raises(Conflict, match="suspended"):
        await hall.open()


async def test_the_head_neither_presides_over_the_vote_on_their_accounts_nor_votes(world: World) -> None:
    hall = await hall_of(world)
    with pytest.raises(Conflict, match="L2121-14"):
        await hall.open(Kind.ORDINARY, Purpose.ACCOUNTS)
    await hall.act(lambda held: conduct.take_chair(held, hall.seats["bilal"], "Compte administratif"))

    assert hall.seats["anne"] not in (await hall.open(Kind.ORDINARY, Purpose.ACCOUNTS)).entitled


async def test_a_method_that_is_none_of_the_kinds_is_refused(world: World) -> None:
    hall = await hall_of(world)

    with pytest.raises(InvalidInput):
        await hall.open(Kind.SECRET, method=Method.DEVICES)


async def asked(hall: Hall, *names: str) -> list[str]:
    """A ballot on closing the doors is opened at their request; the names that the journal keeps."""
    asking = tuple(hall.seats[name] for name in names)
    await hall.open(Kind.ORDINARY, Purpose.CLOSED_SESSION, asked_by=asking)
    entry = (await hall.entries(BALLOT_OPENED))[-1]
    kept = str(entry.content["asked_by"])
    return sorted(
        (name for name, seat in hall.seats.items() if seat in kept), key=lambda name: kept.index(hall.seats[name])
    )


async def test_a_closed_session_is_put_to_the_vote_for_three_members_or_the_mayor_and_the_journal_names_them(
    world: World,
) -> None:
    hall = await hall_of(world)
    for names in ((), ("bilal", "carole"), ("bilal", "bilal", "carole")):
        with pytest.raises(RefusedByRule) as refused:
            await asked(hall, *names)
        assert "L2121-18" in refused.value.words()
    assert await hall.entries(BALLOT_OPENED) == []

    assert await asked(hall, "driss", "bilal", "carole") == ["bilal", "carole", "driss"]
    assert hall.ballot.demand is not None
    assert hall.ballot.demand.articles == ("CGCT L2121-18",)
    assert await hall.read_again() == hall.ballots
    await hall.act(lambda held: void_ballot(held, hall.ballot.ballot_id, "Erreur"))
    assert await asked(hall, "anne") == ["anne"]


async def test_in_a_grouping_five_members_ask_for_a_closed_session_or_the_president(world: World) -> None:
    hall = await hall_of(world, rule_set="fr-cgct-epci")
    with pytest.raises(RefusedByRule) as refused:
        await asked(hall, "bilal", "carole", "driss", "eve")

    assert "L5211-11" in refused.value.words()
    assert len(await asked(hall, "bilal", "carole", "driss", "eve", "farid")) == 5


async def test_who_is_absent_asks_for_no_closed_session_also_with_a_proxy(world: World) -> None:
    hall = await hall_of(world, absent=("eve",), proxies={"eve": "bilal"})
    with pytest.raises(InvalidInput) as refused:
        await asked(hall, "bilal", "carole", "eve")

    assert "asked_by" in refused.value.fields


async def test_who_presides_in_the_mayors_place_asks_for_a_closed_session_alone(world: World) -> None:
    hall = await hall_of(world)
    await hall.act(lambda held: conduct.take_chair(held, hall.seats["bilal"]))

    assert await asked(hall, "bilal") == ["bilal"]


async def test_who_asks_counts_for_a_closed_session_alone(world: World) -> None:
    hall = await hall_of(world)
    await hall.open(Kind.ORDINARY, asked_by=(hall.seats["bilal"],))

    (entry,) = await hall.entries(BALLOT_OPENED)
    assert "asked_by" not in entry.content
