"""What has ended is forgotten: first its place, then its words; what stands is left alone."""

from __future__ import annotations

from datetime import timedelta

import pytest

from helpdesk.board.model import HasEnded, PostingState
from helpdesk.board.service import retention
from helpdesk.board.service.cards import AnyPosting
from helpdesk.board.service.own_data import ERASED
from helpdesk.board.service.postings import OFFERS, REQUESTS, PostingKind, Ref, access_posting
from helpdesk.matching.service import upkeep
from helpdesk.matching.service.loading import engagements_of
from portal.errors import NotFound
from portal.jobs import Jobs
from portal.permissions import Role
from tests.helpdesk.board.world import World, a_draft, person

ANNA, BRUNO, AGENT = person("anna"), person("bruno"), person("agent", Role.AGENT)
both_kinds = pytest.mark.parametrize("kind", [REQUESTS, OFFERS], ids=["request", "offer"])


async def forget(world: World) -> None:
    """Every job of the board and of what stands on it, as a web worker has them."""
    jobs = Jobs(world.database, world.clock)
    retention.register(jobs)
    upkeep.register(jobs)
    await jobs.run_due()


async def read(world: World, ref: Ref) -> tuple[AnyPosting, list[str]]:
    """A posting, and the private notes of its answers."""
    async with world.database.read() as db:
        posting = await access_posting(db, ref)
        notes = [word for item in await engagements_of(db, posting) for word in (item.note, item.reply)]
    return posting, notes


async def ended(world: World, kind: PostingKind) -> Ref:
    """A posting that was answered, accepted and closed."""
    draft = a_draft("Two bags", details="On the third floor")
    ref = Ref(kind, await world.board.post(ANNA, kind, draft, command_id="post-0001"))
    answer_id = (await world.matching.answer(BRUNO, ref, note="On Friday?", command_id="answer-01")).id
    await world.matching.accept(ANNA, ref, engagement_id=answer_id, reply="At ten", command_id="accept-01")
    await world.board.close(ANNA, ref, outcome="helped", seen=None, command_id="close-001")
    return ref


@both_kinds
async def test_place_is_forgotten_after_a_month_and_words_after_three(world: World, kind: PostingKind) -> None:
    ref = await ended(world, kind)

    world.clock.advance(days=30)
    await forget(world)
    assert (await world.matching.open_exact_place(ANNA, ref)).longitude
    world.clock.advance(days=1)
    await forget(world)
    posting, notes = await read(world, ref)
    assert (posting.sealed_place, posting.title, notes) == (b"", "Two bags", ["On Friday?", "At ten"])
    with pytest.raises(NotFound):
        await world.matching.open_exact_place(ANNA, ref)
    with pytest.raises(HasEnded):
        await world.matching.open_exact_place(AGENT, ref)

    world.clock.advance(days=60)
    await forget(world)
    posting, notes = await read(world, ref)
    assert (posting.title, posting.details, notes) == (ERASED, "", ["", ""])
    assert (posting.state, posting.outcome, posting.version) == (PostingState.CLOSED, "helped", 4)


@both_kinds
async def test_what_stands_keeps_place_and_words_however_old(world: World, kind: PostingKind) -> None:
    ref = Ref(kind, await world.board.post(ANNA, kind, a_draft("Two bags"), command_id="post-0001"))

    world.clock.now += timedelta(days=400)
    await forget(world)

    posting, _notes = await read(world, ref)
    assert (posting.title, posting.sealed_place != b"") == ("Two bags", True)


async def test_many_are_forgotten_batch_by_batch(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "BATCH", 2)
    refs = []
    for number in range(5):
        id_ = await world.board.post(ANNA, REQUESTS, a_draft("Two bags"), command_id=f"post-000{number}")
        refs.append(Ref(REQUESTS, id_))
        await world.board.cancel(ANNA, refs[-1], seen=None, command_id=f"cancel-{number}")

    world.clock.now += timedelta(days=91)
    await forget(world)

    assert {(await read(world, ref))[0].title for ref in refs} == {ERASED}
