"""A sitting called with urgency: the body decides on that first (CGCT L2121-11, L2121-12)."""

from __future__ import annotations

import pytest

from meetings.attendance.service import arrive, call_item, open_sitting
from meetings.ballots.model import Count, Kind, Purpose
from meetings.ballots.service.results import count_ballot, proclaim
from meetings.minutes.verification import recompute
from meetings.sittings.model import ItemKind
from meetings.sittings.model.progress import ItemOutcome, Point
from meetings.sittings.service import conduct
from meetings.sittings.service.held import Held, RefusedByRule
from tests.meetings.ballots.hall import Hall
from tests.meetings.sittings.world import World, evening


async def urgent(world: World) -> tuple[Hall, Point, Point]:
    """Three members, the question of urgency and one item to be voted; the sitting is open."""
    body = await world.council("anne", "bilal", "carole")
    world.clock.now = evening(17)
    hall = Hall(world, (await world.convened(body, evening(20), is_urgent=True)).id)
    world.clock.now = evening(20)
    await hall.act(conduct.open_roll)

    async def gather(held: Held) -> None:
        for seat in held.progress.seats:
            await arrive(held, seat)
        await open_sitting(held)

    await hall.act(gather)
    assert hall.held is not None
    question, item = hall.held.progress.points.values()
    assert question.kind is ItemKind.URGENCY
    return hall, question, item


async def decided(hall: Hall, question: Point, count: Count) -> None:
    await hall.act(lambda held: call_item(held, question.item_id))
    ballot = await hall.open(Kind.ORDINARY, Purpose.URGENCY)
    await hall.act(lambda held: count_ballot(held, ballot.ballot_id, count))
    await hall.act(lambda held: proclaim(held, ballot.ballot_id))


async def test_no_item_is_called_before_the_urgency_is_decided(world_on_either: World) -> None:
    hall, question, item = await urgent(world_on_either)
    with pytest.raises(RefusedByRule) as refused:
        await hall.act(lambda held: call_item(held, item.item_id))
    assert "CGCT L2121-12" in refused.value.answer.articles
    await hall.act(lambda held: call_item(held, question.item_id))
    with pytest.raises(RefusedByRule):
        await hall.act(conduct.end_item)
    with pytest.raises(RefusedByRule):
        await hall.act(lambda held: conduct.end_item(held, ItemOutcome.WITHDRAWN))


async def test_once_it_is_recognised_the_items_are_called(world_on_either: World) -> None:
    hall, question, item = await urgent(world_on_either)
    await decided(hall, question, Count(2, 1))
    await hall.act(conduct.end_item)
    await hall.act(lambda held: call_item(held, item.item_id))

    assert hall.held is not None
    assert hall.held.progress.item_id == item.item_id


async def test_refused_it_sends_what_was_to_be_voted_to_a_later_sitting(world_on_either: World) -> None:
    hall, question, item = await urgent(world_on_either)
    await decided(hall, question, Count(1, 2))

    assert hall.held is not None
    point = hall.held.progress.points[item.item_id]
    assert point.outcome is ItemOutcome.POSTPONED
    assert "L2121-12" in point.reason
    await hall.act(conduct.end_item)
    with pytest.raises(RefusedByRule):
        await hall.act(lambda held: call_item(held, item.item_id))
    sitting = await world_on_either.sitting(hall.sitting_id)
    assert recompute(await world_on_either.journal(sitting)).differences == ()
