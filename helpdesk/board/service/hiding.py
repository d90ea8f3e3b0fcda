"""Taking things off every channel of the board, and putting them back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.board.model import Engagement, EngagementState, PostingState
from helpdesk.board.service.cards import AnyPosting
from helpdesk.board.service.postings import KINDS, OFFERS, REQUESTS, Ref, access_posting, engagements_of
from helpdesk.board.service.tallying import write_down
from portal.accounts.service import hides
from portal.notices.service import take_back_about

_STANDS = {EngagementState.PROPOSED, EngagementState.ACCEPTED}


async def hide_posting(db: AsyncSession, posting: AnyPosting, actor_id: str | None, at: datetime) -> None:
    """Take a posting off every channel: pages, API, sockets and their replay, notices, mails and pushes on their way.

    Raises `Conflict` for one that is hidden already.
    """
    was_held = posting.state is PostingState.HELD
    change = posting.hide(at)
    if not was_held:
        await write_down(db, posting, change, actor_id)
    answers = [engagement.id for engagement in await engagements_of(db, posting)]
    await take_back_about(db, [posting.id, *answers], at)


@hides
async def hide_of(db: AsyncSession, person_id: str, at: datetime) -> None:
    """Hide a person's requests and offers, and take their answers to others back."""
    answers = (await db.scalars(select(Engagement).filter_by(person_id=person_id))).all()
    for engagement in answers:
        if engagement.state in _STANDS:
            posting = await access_posting(db, _answered(engagement), for_update=True)
            if not posting.is_over:
                await write_down(db, posting, posting.release(engagement, EngagementState.WITHDRAWN, at), None)
    await take_back_about(db, [engagement.id for engagement in answers], at)
    for kind in KINDS.values():
        model: Any = kind.model
        shown = select(model).where(model.author_id == person_id, model.state != PostingState.HIDDEN)
        for posting in await db.scalars(shown.with_for_update()):
            await hide_posting(db, posting, None, at)


async def hidden_ids(db: AsyncSession, ids: Sequence[str]) -> set[str]:
    """Which of these postings are hidden."""
    found: set[str] = set()
    for kind in KINDS.values():
        model: Any = kind.model
        hidden = select(model.id).where(model.id.in_(ids), model.state == PostingState.HIDDEN)
        found.update(await db.scalars(hidden))
    return found


def _answered(engagement: Engagement) -> Ref:
    if engagement.request_id is not None:
        return Ref(REQUESTS, engagement.request_id)
    return Ref(OFFERS, engagement.offer_id or "")
