"""The quorum: taken at the opening and at each item, frozen there, lost and found; the second call."""

from __future__ import annotations

from datetime import timedelta

import pytest

from meetings.attendance.service import (
    arrive,
    call_item,
    decide_quorum,
    fail_sitting,
    leave,
    open_sitting,
    quorum_of,
    resume,
)
from meetings.rules import Grade
from meetings.sittings.model import Body, SittingState
from meetings.sittings.model.progress import Cause, Phase
from meetings.sittings.service import conduct
from meetings.sittings.service.held import AsksAPerson, RefusedByRule
from portal.clock import civil_date
from portal.errors import Conflict, Forbidden, InvalidInput
from tests.meetings.attendance.hall import NAMES, Hall
from tests.meetings.sittings.world import World


async def test_a_council_of_seven_opens_with_four_and_not_with_three(world: World) -> None:
    hall = await Hall.of(world)
    await hall.roll("anne", "bilal", "carole")

    with pytest.raises(RefusedByRule) as refusal:
        await hall.act(open_sitting)
    assert "L2121-17" in refusal.value.words()

    await hall.arrive("denis")
    held = await hall.act(open_sitting)
    assert (held.progress.phase, held.progress.chair_id) == (Phase.OPEN, hall.ids["anne"])
    assert (await world.sitting(hall.sitting_id)).state is SittingState.OPEN
    (opened,) = await hall.noted("sitting.opened")
    assert opened.content["present"] == [hall.ids[name] for name in ("anne", "bilal", "carole", "denis")]
    assert opened.content["quorum"]["result"]["threshold"] == 4  # type: ignore[index,call-overload]


async def test_only_clerk_or_chair_opens_fails_and_calls(world: World) -> None:
    hall = await Hall.of(world)
    await hall.roll(*NAMES[:4])

    for do in (open_sitting, fail_sitting, lambda held: call_item(held, "x"), lambda held: decide_quorum(held, "x")):
        with pytest.raises(Forbidden):
            await hall.act(do, hall.member("bilal"))


async def test_without_the_mayor_the_next_of_the_table_presides(world: World) -> None:
    hall = await Hall.of(world)
    await hall.open("bilal", "carole", "denis", "elsa")

    assert (await hall.look()).progress.chair_id == hall.ids["bilal"]


async def test_a_departure_keeps_the_item_and_bars_the_next(world: World) -> None:
    hall = await Hall.of(world)
    await hall.open(*NAMES[:4])
    item = await hall.call()
    await hall.act(lambda held: leave(held, hall.ids["denis"]))

    look = await hall.look()
    assert look.progress.proposed is Cause.QUORUM_LOST
    assert look.progress.item_id == item
    (called,) = await hall.noted("item.called")
    assert len(called.content["present"]) == 4  # type: ignore[arg-type]

    await hall.act(conduct.decline_suspension)
    await hall.act(lambda held: leave(held, hall.ids["carole"]))
    assert (await hall.look()).progress.proposed is None


async def test_a_quorum_that_is_found_again_lets_the_sitting_go_on(world: World) -> None:
    hall = await Hall.of(world)
    await hall.open(*NAMES[:4])
    await hall.act(lambda held: leave(held, hall.ids["denis"]))
    await hall.act(conduct.suspend)
    item = await hall.item()

    with pytest.raises(Conflict):
        await hall.act(lambda held: call_item(held, item))
    await hall.arrive("elsa")
    await hall.act(resume)
    await hall.act(lambda held: call_item(held, item))
    assert (await hall.look()).progress.item_id == item
    assert await hall.agrees_with_journal()


async def test_a_sitting_whose_members_left_in_the_pause_goes_on_with_its_item_only_as_the_chair_decides(
    world: World,
) -> None:
    hall = await Hall.of(world)
    await hall.open(*NAMES[:4])
    item = await hall.call()
    await hall.act(conduct.suspend)
    await hall.act(lambda held: leave(held, hall.ids["denis"]))

    with pytest.raises(AsksAPerson) as asked:
        await hall.act(resume)
    assert asked.value.answer.question is not None
    assert asked.value.answer.certainty is Grade.C
    with pytest.raises(InvalidInput):
        await hall.act(lambda held: resume(held, "maybe"))
    await hall.act(lambda held: resume(held, "stay"))
    assert (await hall.look()).progress.phase is Phase.SUSPENDED
    assert await hall.noted("sitting.resumed") == []
    await hall.act(lambda held: resume(held, "go_on"))

    decided = await hall.noted("question.decided")
    assert [(entry.content["question"], entry.content["choice"], entry.content["item"]) for entry in decided] == [
        ("quorum.resumption", "stay", item),
        ("quorum.resumption", "go_on", item),
    ]
    (resumed,) = await hall.noted("sitting.resumed")
    assert len(resumed.content["present"]) == 3  # type: ignore[arg-type] # a list
    assert (await hall.look()).progress.item_id == item
    assert await hall.agrees_with_journal()


async def test_with_a_quorum_or_without_an_item_a_sitting_resumes_without_a_question_and_notes_who_is_there(
    world: World,
) -> None:
    hall = await Hall.of(world)
    await hall.open(*NAMES[:4])
    await hall.act(conduct.suspend)
    await hall.act(lambda held: leave(held, hall.ids["denis"]))
    await hall.act(resume)
    await hall.arrive("denis")
    item = await hall.call()
    await hall.act(conduct.suspend)
    await hall.act(resume)

    first, second = await hall.noted("sitting.resumed")
    assert (len(first.content["present"]), len(second.content["present"])) == (3, 4)  # type: ignore[arg-type] # lists
    assert ("item" in first.content, second.content["item"]) == (False, item)
    assert await hall.noted("question.decided") == []


async def test_a_suspension_is_no_longer_proposed_once_the_quorum_is_found_again(world: World) -> None:
    hall = await Hall.of(world)
    await hall.open(*NAMES[:4])
    await hall.act(lambda held: leave(held, hall.ids["carole"]))
    await hall.act(lambda held: leave(held, hall.ids["denis"]))

    await hall.arrive("elsa")
    assert (await hall.look()).progress.proposed is Cause.QUORUM_LOST
    await hall.arrive("carole")
    assert (await hall.look()).progress.proposed is None
    assert (await hall.noted("suspension.withdrawn"))[0].content == {"cause": "quorum_lost"}
    assert await hall.agrees_with_journal()


async def test_an_item_is_refused_with_the_article_when_too_few_are_left(world: World) -> None:
    hall = await Hall.of(world)
    await hall.open(*NAMES[:4])
    await hall.act(lambda held: leave(held, hall.ids["denis"]))
    item = await hall.item()

    with pytest.raises(RefusedByRule) as refusal:
        await hall.act(lambda held: call_item(held, item))
    assert "L2121-17" in refusal.value.words()


async def test_a_sitting_without_its_quorum_fails_and_is_over(world: World) -> None:
    hall = await Hall.of(world)
    await hall.roll(*NAMES[:3])
    failed = await hall.act(fail_sitting)

    assert failed.progress.phase is Phase.FAILED
    assert (await world.sitting(hall.sitting_id)).state is SittingState.CLOSED


async def test_a_sitting_that_has_its_quorum_does_not_fail(world: World) -> None:
    hall = await Hall.of(world)
    await hall.roll(*NAMES[:4])

    with pytest.raises(Conflict):
        await hall.act(fail_sitting)


async def test_a_second_call_needs_no_quorum_for_what_it_carries_over(world: World) -> None:
    first = await Hall.of(world)
    await first.roll(*NAMES[:3])
    await first.act(fail_sitting)
    sitting = await world.sitting(first.sitting_id)
    later = sitting.meets_at + timedelta(days=12)
    async with world.database.read() as db:
        body = await db.get_one(Body, sitting.body_id)
    again = await world.convened(body, later, second_call_of=civil_date(sitting.meets_at))
    world.clock.now = again.meets_at
    hall = Hall(world, again.id, first.ids, first.persons, first.chamber)
    await hall.open(*NAMES[:2])
    await hall.call()

    presence = await hall.presence()
    assert presence.second_call
    assert presence.carried == {await hall.item()}
    assert await hall.agrees_with_journal()


async def test_a_committee_asks_its_chair_whether_it_has_a_quorum(world: World) -> None:
    hall = await Hall.of(world, *NAMES, rule_set="fr-commission")
    await hall.roll("anne", "bilal")

    with pytest.raises(AsksAPerson):
        await hall.act(open_sitting)
    await hall.act(lambda held: decide_quorum(held, "no_quorum"), hall.member("anne"))
    await hall.act(open_sitting)
    await hall.call()

    assert quorum_of(await hall.look()).is_met
    (opened,) = await hall.noted("sitting.opened")
    assert opened.content["quorum"]["decided"] == "no_quorum"  # type: ignore[index,call-overload]


async def test_a_member_who_arrives_late_is_there_for_the_next_item_only_in_what_was_frozen(world: World) -> None:
    hall = await Hall.of(world)
    await hall.open(*NAMES[:4])
    await hall.call()
    await hall.act(lambda held: arrive(held, hall.ids["elsa"]))

    (called,) = await hall.noted("item.called")
    assert hall.ids["elsa"] not in called.content["present"]  # type: ignore[operator]
    assert quorum_of(await hall.look()).counted == 5
