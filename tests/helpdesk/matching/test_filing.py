"""Requests that an agent files for somebody without a device: consent, calls, and who learns what."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from helpdesk.board.model import HasEnded, NotTheAuthor, PostingState
from helpdesk.board.service.postings import REQUESTS, Ref, access_posting
from helpdesk.matching.model import CallBack, CallReason, CallResult, ConsentBy, Helped, Proxy
from helpdesk.matching.service import messages
from helpdesk.matching.service.filing import Desk, Filing, queue
from helpdesk.matching.service.seal import PersonVault
from helpdesk.matching.service.upkeep import forget
from portal.audit import AuditEntry
from portal.commands import CommandReceipt
from portal.errors import Conflict, Forbidden, NotFound
from portal.jobs import Run
from portal.permissions import Role
from tests.helpdesk.board.world import World, a_draft, person

ANNA, BRUNO = person("anna"), person("bruno")
AGENT, COLLEAGUE = person("agent", Role.AGENT), person("colleague", Role.AGENT)
MODERATOR = person("moderator", Role.MODERATOR)
SUZANNE = Helped(name="Suzanne Marchand", telephone="01 99 00 12 34")


def desk(world: World) -> Desk:
    return Desk(world.matching, PersonVault("secret"))


async def filed(world: World) -> Ref:
    filing = Filing(SUZANNE, ConsentBy.TELEPHONE, a_draft())
    return Ref(REQUESTS, await desk(world).file(AGENT, filing, command_id="file-0001"))


async def calls(world: World) -> list[tuple[CallReason, CallResult | None, bool]]:
    async with world.database.read() as db:
        found = await db.scalars(select(CallBack).order_by(CallBack.due_at))
        return [(call.reason, call.result, call.done_at is not None) for call in found]


async def due_calls(world: World) -> list[str]:
    async with world.database.read() as db:
        return [call.id for call in (await queue(db, AGENT, world.clock())).calls]


async def test_filed_request_stands_like_any_other_and_its_author_is_nobodys_account(world: World) -> None:
    ref = await filed(world)

    async with world.database.read() as db:
        posting = await access_posting(db, ref)
        proxy = await db.get_one(Proxy, ref.id)
        stored = [str(vars(receipt)) for receipt in await db.scalars(select(CommandReceipt))]
        (entry,) = await db.scalars(select(AuditEntry))
    assert (posting.state, posting.on_behalf) == (PostingState.OPEN, True)
    assert posting.author_id not in {AGENT.id, ""}
    assert (proxy.consent_by, proxy.filed_by) == (ConsentBy.TELEPHONE, AGENT.id)
    assert b"Suzanne" not in proxy.sealed
    assert not any("Suzanne" in text for text in stored)
    assert (entry.act, entry.actor_id, entry.detail) == ("help_request.filed_for_another", "agent", "telephone")


async def test_only_agents_file_and_twice_is_once(world: World) -> None:
    filing = Filing(SUZANNE, ConsentBy.TELEPHONE, a_draft())
    for who in (ANNA, MODERATOR):
        with pytest.raises(Forbidden):
            await desk(world).file(who, filing, command_id="file-0001")

    assert await filed(world) == await filed(world)


async def test_any_agent_decides_for_them_and_nobody_else_does(world: World) -> None:
    ref = await filed(world)
    answer = await world.matching.answer(BRUNO, ref, note="I can.", command_id="answer-01")
    for who in (ANNA, MODERATOR):
        with pytest.raises(NotTheAuthor):
            await world.matching.accept(who, ref, engagement_id=answer.id, reply="", command_id="accept-01")

    await world.matching.accept(COLLEAGUE, ref, engagement_id=answer.id, reply="", command_id="accept-01")
    assert (await world.matching.open_exact_place(BRUNO, ref)).label == ""
    assert await desk(world).name_for_helper(ref.id) == "Suzanne Marchand"
    await world.board.close(COLLEAGUE, ref, outcome="could_not_reach", seen=None, command_id="close-001")

    with pytest.raises(HasEnded):
        await world.matching.open_exact_place(AGENT, ref)


async def test_each_thing_to_tell_is_a_call_and_once_only(world: World) -> None:
    ref = await filed(world)
    for name in ("bruno", "chloe"):
        await world.matching.answer(person(name), ref, note="", command_id=f"answer-{name}")

    assert await calls(world) == [(CallReason.ANSWERED, None, False)]
    (call_id,) = await due_calls(world)
    await desk(world).record_call(AGENT, call_id, CallResult.NO_ANSWER, command_id="call-0001")
    assert await due_calls(world) == []
    world.clock.advance(hours=3)
    assert await due_calls(world) == [call_id]
    await desk(world).record_call(AGENT, call_id, CallResult.REACHED, command_id="call-0002")

    assert await calls(world) == [(CallReason.ANSWERED, CallResult.REACHED, True)]
    with pytest.raises(Conflict):
        await desk(world).record_call(AGENT, call_id, CallResult.REACHED, command_id="call-0003")
    for who in (ANNA, MODERATOR):
        with pytest.raises(Forbidden):
            await desk(world).record_call(who, call_id, CallResult.REACHED, command_id="call-0004")


async def test_calls_are_made_by_day_and_not_after_the_end(world: World) -> None:
    ref = await filed(world)
    world.clock.advance(hours=13)
    await world.matching.answer(BRUNO, ref, note="", command_id="answer-01")
    assert await due_calls(world) == []
    world.clock.advance(hours=10)
    assert len(await due_calls(world)) == 1

    await world.board.close(AGENT, ref, outcome="no_longer_needed", seen=None, command_id="close-001")

    assert await due_calls(world) == []


async def test_there_are_no_messages_with_somebody_without_a_device(world: World) -> None:
    ref = await filed(world)
    answer = await world.matching.answer(BRUNO, ref, note="", command_id="answer-01")

    for who in (BRUNO, AGENT):
        with pytest.raises(messages.Closed):
            await messages.write(world.matching, who, answer.id, text="Hello", command_id="message-1")


async def test_who_is_to_be_called_is_for_agents_and_noted_and_erased_after_a_month(world: World) -> None:
    ref = await filed(world)
    for who in (ANNA, MODERATOR):
        with pytest.raises(Forbidden):
            await desk(world).open_person(who, ref.id)

    assert await desk(world).open_person(COLLEAGUE, ref.id) == SUZANNE

    async with world.database.read() as db:
        acts = [(entry.act, entry.actor_id) for entry in await db.scalars(select(AuditEntry).order_by(AuditEntry.act))]
    assert ("help_request.person_opened", "colleague") in acts
    await world.board.close(AGENT, ref, outcome="helped", seen=None, command_id="close-001")
    world.clock.advance(days=31)
    async with world.database.write() as db:
        await forget(db, Run(world.clock(), None))
    with pytest.raises(NotFound):
        await desk(world).open_person(COLLEAGUE, ref.id)
    assert await desk(world).name_for_helper(ref.id) is None


async def test_only_agents_take_and_ask_again(world: World) -> None:
    ref = await filed(world)
    for who in (ANNA, MODERATOR):
        with pytest.raises(Forbidden):
            await desk(world).take(who, ref.id, command_id="take-0001")
        with pytest.raises(Forbidden):
            await desk(world).ask_again(who, ref.id, command_id="again-001")
    with pytest.raises(Conflict):
        await desk(world).take(AGENT, ref.id, command_id="take-0001")
    with pytest.raises(NotFound):
        await desk(world).ask_again(AGENT, "nothing", command_id="again-001")

    await desk(world).ask_again(AGENT, ref.id, command_id="again-002")
