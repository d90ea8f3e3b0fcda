"""What is forgotten of a posting that has ended: first where it was, then what it said (docs/board.md, Retention)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.board.model import Engagement
from helpdesk.board.service.own_data import ERASED
from helpdesk.board.service.postings import KINDS, PostingKind
from portal.jobs import Job, Jobs, Run

PLACE_KEPT = timedelta(days=30)
"""The exact place: long enough to bring back a borrowed ladder."""
WORDS_KEPT = timedelta(days=90)
"""Title, details and private notes; afterwards a posting counts in the figures and says nothing."""
BATCH = 500

_HAS_ENDED = text("state IN ('closed', 'cancelled', 'expired')")


def register(jobs: Jobs) -> None:
    """Have it forgotten."""
    jobs.add(Job("board.places", timedelta(hours=6), forget_places, BATCH))
    jobs.add(Job("board.words", timedelta(hours=6), forget_words, BATCH))


async def forget_places(db: AsyncSession, run: Run) -> int:
    """Erase the exact places of what ended a while ago."""
    done = 0
    for kind in KINDS.values():
        model: Any = kind.model
        ids = await _ended(db, kind, run.now - PLACE_KEPT, BATCH - done, model.sealed_place != b"")
        await db.execute(update(model).where(model.id.in_(ids)).values(sealed_place=b""))
        done += len(ids)
    return done


async def forget_words(db: AsyncSession, run: Run) -> int:
    """Erase what was written in what ended long ago, and in its answers."""
    done = 0
    for kind in KINDS.values():
        model: Any = kind.model
        ids = await _ended(db, kind, run.now - WORDS_KEPT, BATCH - done, model.title != ERASED)
        await db.execute(update(model).where(model.id.in_(ids)).values(title=ERASED, details=""))
        answers = or_(Engagement.request_id.in_(ids), Engagement.offer_id.in_(ids))
        await db.execute(update(Engagement).where(answers).values(note="", reply=""))
        done += len(ids)
    return done


async def _ended(db: AsyncSession, kind: PostingKind, before: datetime, limit: int, holds: Any) -> Sequence[str]:
    """Ids of postings that ended before an instant and still hold something: their end was their last change."""
    model: Any = kind.model
    return (await db.scalars(select(model.id).where(_HAS_ENDED, model.changed_at < before, holds).limit(limit))).all()
