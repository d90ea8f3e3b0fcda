"""The course of a sitting: acts become entries, entries become the screens, and the same again after a restart."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from meetings.attendance.service import resume
from meetings.sittings.course import Course
from meetings.sittings.model import SittingState
from meetings.sittings.model.progress import ROLL_OPENED, SITTING_OPENED, Cause, ItemOutcome, Phase, Progress
from meetings.sittings.service import conduct
from meetings.sittings.service.held import Chamber, Held, hold
from portal.errors import Conflict, DomainError, Forbidden, InvalidInput, NotSignedIn
from portal.permissions import Actor
from tests.meetings.sittings.world import CLERK, LIBRARY, TOWN, World, actor, evening

Act = Callable[[Held], Awaitable[object]]


class Hall:
    """A sitting of three members, and its clerk."""

    def __init__(self, world: World, sitting_id: str) -> None:
        self.world, self.sitting_id, self.chamber = world, sitting_id, Chamber(LIBRARY, TOWN)

    async def act(self, do: Act, who: Actor | None = CLERK) -> Progress:
        async with self.world.database.write() as db:
            held = await hold(db, self.chamber, who, self.sitting_id, self.world.clock())
            await do(held)
        return held.progress

    async def open(self) -> Progress:
        await self.act(conduct.open_roll)
        return await self.open_again()

    async def open_again(self) -> Progress:
        """Open with the roll that is open already."""

        async def opened(held: Held) -> None:
            held.sitting.open()
            chair = next(iter(held.progress.seats))
            await held.note(SITTING_OPENED, {"chair": chair, "present": [], "quorum": {}})

        return await self.act(opened)


@pytest.fixture
async def hall(world: World) -> Hall:
    body = await world.council("anne", "bilal", "carole")
    sitting = await world.convened(body)
    return Hall(world, sitting.id)


async def test_the_roll_names_members_in_their_order_and_the_agenda_that_was_sent(hall: Hall) -> None:
    progress = await hall.act(conduct.open_roll)

    assert progress.phase is Phase.ROLL
    assert [seat.name for seat in progress.seats.values()] == ["Anne", "Bilal", "Carole"]
    assert [point.title for point in progress.points.values()] == ["Tarifs de la cantine"]


async def test_the_roll_is_opened_once_and_only_after_the_convocation(hall: Hall) -> None:
    await hall.act(conduct.open_roll)

    with pytest.raises(Conflict):
        await hall.act(conduct.open_roll)


@pytest.mark.parametrize(
    "do",
    [conduct.open_roll, conduct.suspend, resume, conduct.close_sitting, conduct.decline_suspension],
    ids=lambda do: do.__name__,
)
async def test_who_neither_clerks_nor_presides_conducts_nothing(hall: Hall, do: Act) -> None:
    for who, refusal in ((actor("stranger"), Forbidden), (None, NotSignedIn)):
        with pytest.raises(refusal):
            await hall.act(do, who)


async def test_the_chair_may_suspend_and_another_member_may_not(hall: Hall) -> None:
    opened = await hall.open()
    anne, bilal, _carole = (actor(seat.person_id) for seat in opened.seats.values())

    with pytest.raises(Forbidden):
        await hall.act(conduct.suspend, bilal)
    suspended = await hall.act(conduct.suspend, anne)

    assert (suspended.phase, suspended.suspended_for) == (Phase.SUSPENDED, Cause.CHAIR)


async def test_a_proposed_suspension_waits_for_the_chair_and_is_proposed_once(hall: Hall) -> None:
    await hall.open()
    proposed = await hall.act(lambda held: conduct.propose_suspension(held, Cause.QUORUM_LOST))
    again = await hall.act(lambda held: conduct.propose_suspension(held, Cause.CHAIR_LOST))

    assert (proposed.proposed, again.proposed) == (Cause.QUORUM_LOST, Cause.QUORUM_LOST)
    assert (await hall.act(conduct.suspend)).suspended_for is Cause.QUORUM_LOST
    assert (await hall.act(resume)).phase is Phase.OPEN


async def test_nothing_goes_on_while_the_sitting_is_suspended(hall: Hall) -> None:
    await hall.open()
    await hall.act(conduct.suspend)

    with pytest.raises(Conflict, match="suspended"):
        await hall.act(conduct.suspend)


async def test_the_secretary_is_a_member_and_auxiliaries_are_named(hall: Hall) -> None:
    opened = await hall.open()
    carole = [*opened.seats][2]
    progress = await hall.act(lambda held: conduct.appoint_secretary(held, carole, ("  Mme  Petit ", "")))

    assert (progress.secretary_id, progress.assistants) == (carole, ("Mme Petit",))
    with pytest.raises(InvalidInput):
        await hall.act(lambda held: conduct.appoint_secretary(held, "nobody"))


async def test_an_item_is_postponed_without_being_called_but_not_dealt_with(hall: Hall) -> None:
    opened = await hall.open()
    (item,) = opened.points

    with pytest.raises(Conflict):
        await hall.act(lambda held: conduct.end_item(held, ItemOutcome.DONE, item_id=item))
    ended = await hall.act(lambda held: conduct.end_item(held, ItemOutcome.POSTPONED, "Pièce absente", item))

    assert (ended.points[item].outcome, ended.points[item].reason) == (ItemOutcome.POSTPONED, "Pièce absente")


async def test_the_last_note_of_what_was_said_on_an_item_is_there_to_be_written_on(hall: Hall) -> None:
    opened = await hall.open()
    (item,) = opened.points

    await hall.act(lambda held: conduct.note_discussion(held, item, "M. Petit demande un délai."))
    noted = await hall.act(lambda held: conduct.note_discussion(held, item, "M. Petit demande un délai. Refusé."))

    assert noted.discussions == {item: "M. Petit demande un délai. Refusé."}


async def test_the_council_itself_closes_its_doors(hall: Hall) -> None:
    await hall.open()

    with pytest.raises(Conflict, match="vote"):
        await hall.act(conduct.close_doors)


async def test_a_correction_is_an_entry_and_changes_nothing_that_stands(hall: Hall) -> None:
    await hall.open()
    before = await hall.world.journal(await hall.world.sitting(hall.sitting_id))
    await hall.act(lambda held: conduct.correct(held, 2, "À 18 h 31."))
    after = await hall.world.journal(await hall.world.sitting(hall.sitting_id))

    assert after[: len(before)] == before
    assert (after[-1].kind, dict(after[-1].content)) == ("entry.corrected", {"corrects": 2, "text": "À 18 h 31."})
    with pytest.raises(InvalidInput):
        await hall.act(lambda held: conduct.correct(held, 99, "Rien"))


async def test_a_sitting_that_is_closed_stays_closed(hall: Hall) -> None:
    await hall.open()
    await hall.act(conduct.close_sitting)

    assert (await hall.world.sitting(hall.sitting_id)).state is SittingState.CLOSED
    for do in (conduct.close_sitting, conduct.suspend, resume):
        with pytest.raises(DomainError):
            await hall.act(do)


async def test_a_process_that_starts_anew_finds_the_same_course(hall: Hall) -> None:
    progress = await hall.open()
    journal = await hall.world.journal(await hall.world.sitting(hall.sitting_id))

    assert Course.start().after(journal).of(Progress) == progress
    other = Hall(hall.world, hall.sitting_id)
    assert (await other.act(conduct.suspend)).phase is Phase.SUSPENDED
    assert (await hall.act(resume)).phase is Phase.OPEN


async def test_what_was_rolled_back_is_not_in_the_course(hall: Hall) -> None:
    await hall.open()

    async def fails(held: Held) -> None:
        await conduct.suspend(held)
        raise Conflict

    with pytest.raises(Conflict):
        await hall.act(fails)
    assert (await hall.act(conduct.suspend)).phase is Phase.SUSPENDED


async def test_a_sitting_by_video_opens_with_a_stream_that_was_seen(world: World) -> None:
    body = await world.council("anne", "bilal", rule_set="fr-cgct-epci")
    sitting = await world.convened(body, evening(20), mode="remote")
    hall = Hall(world, sitting.id)
    hall.chamber.guard(SITTING_OPENED, conduct.require_stream)

    with pytest.raises(Conflict, match="follow this sitting live"):
        await hall.open()
    for wrong in ("http://example.org/live", "https://a b", "javascript:alert(1)"):
        with pytest.raises(InvalidInput):
            await hall.act(lambda held, wrong=wrong: conduct.record_stream(held, wrong))  # type: ignore[misc]
    seen = await hall.act(lambda held: conduct.record_stream(held, "https://example.org/live"))

    assert seen.stream is not None
    assert (await hall.open_again()).phase is Phase.OPEN


async def test_the_set_for_video_binds_a_sitting_by_video(world: World) -> None:
    body = await world.council("anne", "bilal", rule_set="fr-cgct-epci")
    sitting = await world.convened(body, evening(20), mode="remote")
    progress = await Hall(world, sitting.id).act(conduct.open_roll)

    assert progress.rule_set == "fr-cgct-epci-remote"


async def test_the_roll_is_not_opened_before_the_day_of_the_sitting(hall: Hall) -> None:
    hall.chamber.guard(ROLL_OPENED, conduct.require_day)
    meets_at = (await hall.world.sitting(hall.sitting_id)).meets_at
    hall.world.clock.now = meets_at - timedelta(days=1)
    with pytest.raises(Conflict):
        await hall.act(conduct.open_roll)

    hall.world.clock.now = meets_at - timedelta(hours=2)
    assert (await hall.act(conduct.open_roll)).phase is Phase.ROLL


async def test_a_sitting_is_not_opened_before_the_hour_for_which_members_were_called(hall: Hall) -> None:
    hall.chamber.guard(SITTING_OPENED, conduct.require_time)
    with pytest.raises(Conflict, match="before the time"):
        await hall.open()

    hall.world.clock.advance(days=16, hours=9, minutes=30)
    assert (await hall.open_again()).phase is Phase.OPEN
