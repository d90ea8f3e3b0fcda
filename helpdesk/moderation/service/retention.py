"""What moderation forgets: words half a year after a decision, public answers with what they stood under."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.board.service.postings import KINDS
from helpdesk.board.service.retention import WORDS_KEPT
from helpdesk.moderation.model import Case, CaseState, OfficialAnswer, Report
from portal.jobs import Job, Jobs, Run

CASES_KEPT = timedelta(days=183)
"""Long enough for an appeal and for somebody who comes back; what stays counts by rule, reason and verdict."""
BATCH = 500


def register(jobs: Jobs) -> None:
    """Have it done."""
    jobs.add(Job("moderation.cases", timedelta(hours=6), forget_cases, BATCH))
    jobs.add(Job("moderation.answers", timedelta(hours=6), forget_answers, BATCH))


async def forget_cases(db: AsyncSession, run: Run) -> int:
    """Take names and words out of what was decided half a year ago."""
    decided = func.coalesce(Case.settled_at, Case.decided_at)
    closed = Case.state.in_((CaseState.DECIDED, CaseState.SETTLED)), Case.author_id != ""
    ids = (await db.scalars(select(Case.id).where(*closed, decided < run.now - CASES_KEPT).limit(BATCH))).all()
    await db.execute(delete(Report).where(Report.case_id.in_(ids)))
    bare = {"author_id": "", "words": "", "appeal": "", "answer": "", "decided_by": None, "settled_by": None}
    await db.execute(update(Case).where(Case.id.in_(ids)).values(bare))
    return len(ids)


async def forget_answers(db: AsyncSession, run: Run) -> int:
    """Delete what the town said publicly under what has ended and lost its own words."""
    done = 0
    for kind in KINDS.values():
        model: Any = kind.model
        over = select(model.id).where(model.ended_at < run.now - WORDS_KEPT)
        old = select(OfficialAnswer.id).where(OfficialAnswer.thing_id.in_(over)).limit(BATCH - done)
        ids = (await db.scalars(old)).all()
        await db.execute(delete(OfficialAnswer).where(OfficialAnswer.id.in_(ids)))
        done += len(ids)
    return done
