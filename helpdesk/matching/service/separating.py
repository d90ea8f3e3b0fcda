"""What a block does between two people: engagements, asks, and what was told of them, without a word of why."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.board.model import HelpOffer, HelpRequest
from helpdesk.matching.model import Ask, AskState, Engagement, EngagementState, Reason
from helpdesk.matching.service.leaving import leave
from helpdesk.matching.service.streams import record_ask
from helpdesk.matching.service.telling import tell, tell_of_removal
from helpdesk.matching.service.words import Telling
from helpdesk.trust.service.blocking import Apart, separates
from portal.notices.service import take_back_about


@separates
async def end_between(db: AsyncSession, apart: Apart) -> None:
    """End what stands between the two, as it ends between others, and ask neither for the other any more."""
    between = await _between(db, apart)
    await take_back_about(db, [item.id for item in between], apart.at)
    for item in between:
        await _end(db, apart, item)
    await _end_asks(db, apart)


async def _between(db: AsyncSession, apart: Apart) -> Sequence[Engagement]:
    both = apart.blocker_id, apart.blocked_id
    of_request = select(HelpRequest.id).where(HelpRequest.author_id.in_(both))
    of_offer = select(HelpOffer.id).where(HelpOffer.author_id.in_(both))
    theirs = or_(Engagement.request_id.in_(of_request), Engagement.offer_id.in_(of_offer))
    return (await db.scalars(select(Engagement).where(Engagement.person_id.in_(both), theirs))).all()


async def _end(db: AsyncSession, apart: Apart, item: Engagement) -> None:
    is_helper = item.person_id == apart.blocker_id
    # A helper withdraws; to a helper it is over. Neither is asked or told a reason.
    to = EngagementState.WITHDRAWN if is_helper else EngagementState.DECLINED
    reason = Reason.NONE if is_helper else Reason.POSTING_ENDED
    left = await leave(db, item, to, reason, by=apart.blocker_id, at=apart.at)
    if left is None or not left.posting.is_under_way:
        return
    if not is_helper:
        await tell(db, Telling.OVER, left.posting, person_id=item.person_id, subject_id=item.id, at=apart.at)
    await tell_of_removal(db, left.posting, apart.at, was_taken=left.was_taken and is_helper)


async def _end_asks(db: AsyncSession, apart: Apart) -> None:
    one, other = apart.blocker_id, apart.blocked_id
    about_the_other = or_(
        and_(Ask.person_id == one, HelpRequest.author_id == other),
        and_(Ask.person_id == other, HelpRequest.author_id == one),
    )
    open_ = select(Ask).join(HelpRequest, HelpRequest.id == Ask.request_id).where(Ask.state == AskState.OPEN)
    asks = (await db.scalars(open_.where(about_the_other))).all()
    for ask in asks:
        ask.settle(AskState.OVER)
        record_ask(db, ask.person_id, ask.id, "over")
    await take_back_about(db, [ask.id for ask in asks], apart.at)
