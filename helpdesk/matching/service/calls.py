"""The calls that agents owe people without a device."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.matching.model import CallBack, CallReason, CallResult
from helpdesk.matching.model.proxy import CALL_AFTER_MISS_H
from helpdesk.matching.service.rules import town_rules
from portal.ids import new_id


async def owe_call(db: AsyncSession, request_id: str, reason: CallReason, at: datetime) -> None:
    """Put a call on the list, once for each reason however often it comes up."""
    owed = select(CallBack.id).filter_by(request_id=request_id, reason=reason, done_at=None)
    if await db.scalar(owed) is None:
        due_at = (await town_rules(db)).after_quiet(at)
        db.add(CallBack(id=new_id(), request_id=request_id, reason=reason, due_at=due_at, tries=0))


async def record_call(db: AsyncSession, call: CallBack, result: CallResult, agent_id: str, at: datetime) -> None:
    """What came of a call; who did not take it is called again some hours later, not at night."""
    again_at = (await town_rules(db)).after_quiet(at + timedelta(hours=CALL_AFTER_MISS_H))
    call.record(result, agent_id, at, again_at=again_at)


async def drop_calls(db: AsyncSession, request_id: str, at: datetime) -> None:
    """Nobody needs to be called any more."""
    owed = update(CallBack).where(CallBack.request_id == request_id, CallBack.done_at.is_(None))
    await db.execute(owed.values(done_at=at))
