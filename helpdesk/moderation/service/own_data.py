"""What moderation keeps about a person: handed to them, removed with their account (GDPR articles 15, 17)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.moderation.model import Case, CaseState, OfficialAnswer, Report, Verdict
from helpdesk.moderation.service.queue import tell_staff
from portal.accounts.service import erases, exports


@exports("decisions")
async def decisions_on_me(db: AsyncSession, person_id: str) -> list[dict[str, str | None]]:
    """Decisions on what the person wrote, with their reasons. Who reported or decided is not in it."""
    found = await db.scalars(select(Case).filter_by(author_id=person_id).order_by(Case.opened_at))
    return [
        {
            "about": case.thing_id,
            "at": case.opened_at.isoformat(),
            "held_by_rule": case.rule or None,
            "state": case.state.value,
            "verdict": case.verdict.value if case.verdict else None,
            "reason": case.reason or None,
            "words": case.words,
            "my_appeal": case.appeal,
            "answer": case.answer,
        }
        for case in found
        # A report that was unfounded or is not decided yet is no matter of its author's.
        if case.rule or case.verdict is Verdict.HIDDEN
    ]


@exports("reports")
async def my_reports(db: AsyncSession, person_id: str) -> list[dict[str, str]]:
    """What the person reported."""
    found = await db.scalars(select(Report).filter_by(reporter_id=person_id).order_by(Report.at))
    return [
        {"about": item.thing_id, "at": item.at.isoformat(), "reason": item.reason.value, "words": item.words}
        for item in found
    ]


@exports("official_answers")
async def my_official_answers(db: AsyncSession, person_id: str) -> list[dict[str, str]]:
    """What the person said in the town's name."""
    found = await db.scalars(select(OfficialAnswer).filter_by(author_id=person_id).order_by(OfficialAnswer.at))
    return [{"about": item.thing_id, "at": item.at.isoformat(), "text": item.text} for item in found]


@erases
async def forget(db: AsyncSession, person_id: str, at: datetime) -> None:
    """Remove words; what waited for a decision waits no longer. What was said in the town's name stays the town's."""
    for case in await db.scalars(select(Case).filter_by(author_id=person_id)):
        case.appeal = ""
        if case.is_waiting:
            case.state, case.settled_at = CaseState.SETTLED, at
            tell_staff(db, case)
    await db.execute(delete(Report).where(Report.reporter_id == person_id))
