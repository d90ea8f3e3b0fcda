"""What suspending a person and hiding a posting do to engagements, asks and what was told of them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.matching.model import Ask, AskState, Engagement, EngagementState, Reason, Volunteer
from helpdesk.matching.service.leaving import leave
from helpdesk.matching.service.streams import record_ask
from helpdesk.matching.service.telling import tell_of_removal
from portal.accounts.service import hides
from portal.notices.service import take_back_about


@hides
async def hide_of(db: AsyncSession, person_id: str, at: datetime) -> None:
    """Take a person's answers to others back, and ask them no more."""
    answers = (await db.scalars(select(Engagement).filter_by(person_id=person_id))).all()
    for engagement in answers:
        left = await leave(db, engagement, EngagementState.WITHDRAWN, Reason.ACCOUNT_CLOSED, by=None, at=at)
        if left is not None and left.posting.is_under_way:
            await tell_of_removal(db, left.posting, at, was_taken=left.was_taken)
    await take_back_about(db, [engagement.id for engagement in answers], at)
    await db.execute(update(Volunteer).where(Volunteer.person_id == person_id).values(is_on=False))
    asks = select(Ask).filter_by(person_id=person_id, state=AskState.OPEN)
    for ask in await db.scalars(asks):
        ask.settle(AskState.OVER)
        record_ask(db, person_id, ask.id, "over")
