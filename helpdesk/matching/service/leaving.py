"""Answers that end without a word of either side: an account is erased or suspended, or one of the two blocks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.board.service.cards import AnyPosting
from helpdesk.board.service.postings import access_posting
from helpdesk.board.service.tallying import write_down
from helpdesk.matching.model import TAKEN, Engagement, EngagementState, Reason
from helpdesk.matching.model import engagement as rules_of
from helpdesk.matching.service.loading import ref_of
from helpdesk.matching.service.streams import record_change


@dataclass(frozen=True)
class Left:
    """An answer that has just ended."""

    posting: AnyPosting
    """What it was to."""
    was_taken: bool
    """Whether its author had accepted it."""


async def leave(
    db: AsyncSession, engagement: Engagement, to: EngagementState, reason: Reason, *, by: str | None, at: datetime
) -> Left | None:
    """End an answer, also one to what is withheld. None: it had ended before."""
    if not engagement.is_standing:
        return None
    posting = await access_posting(db, ref_of(engagement), for_update=True)
    # Somebody else may have ended it while this transaction waited for the posting's lock.
    await db.refresh(engagement)
    if posting.has_ended or not engagement.is_standing:
        return None
    was_taken = engagement.state in TAKEN
    change = rules_of.release(posting, engagement, to, reason, at)
    # Of what is withheld the board's stream says nothing.
    if not posting.is_withheld:
        await write_down(db, posting, change, by)
    record_change(db, engagement, to.value, by)
    return Left(posting, was_taken)
