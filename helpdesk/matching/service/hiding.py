"""What suspending a person and hiding a posting do to engagements, asks and what was told of them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.board.service.postings import access_posting
from helpdesk.board.service.tallying import write_down
from helpdesk.matching.model import TAKEN, Ask, AskState, Engagement, EngagementState, Reason, Volunteer
from helpdesk.matching.model import engagement as rules_of
from helpdesk.matching.service.loading import ref_of
from helpdesk.matching.service.streams import record_ask, record_change
from helpdesk.matching.service.telling import tell_of_removal
from portal.accounts.service import hides
from portal.notices.service import take_back_about


@hides
async def hide_of(db: AsyncSession, person_id: str, at: datetime) -> None:
    """Take a person's answers to others back, and ask them no more."""
    answers = (await db.scalars(select(Engagement).filter_by(person_id=person_id))).all()
    for engagement in answers:
        if engagement.is_standing:
            posting = await access_posting(db, ref_of(engagement), for_update=True)
            if posting.is_over:
                continue
            was_taken = engagement.state in TAKEN
            to, reason = EngagementState.WITHDRAWN, Reason.ACCOUNT_CLOSED
            await write_down(db, posting, rules_of.release(posting, engagement, to, reason, at), None)
            record_change(db, engagement, to.value, None)
            await tell_of_removal(db, posting, at, was_taken=was_taken)
    await take_back_about(db, [engagement.id for engagement in answers], at)
    await db.execute(update(Volunteer).where(Volunteer.person_id == person_id).values(is_on=False))
    asks = select(Ask).filter_by(person_id=person_id, state=AskState.OPEN)
    for ask in await db.scalars(asks):
        ask.settle(AskState.OVER)
        record_ask(db, person_id, ask.id, "over")
