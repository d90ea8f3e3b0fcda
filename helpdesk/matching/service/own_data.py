"""What matching keeps about a person: handed to them, and removed with their account (GDPR articles 15, 17, 20)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.board.service.hiding import hidden_ids
from helpdesk.matching.model import Ask, Engagement, EngagementState, Message, Reason, Volunteer
from helpdesk.matching.service.leaving import leave
from portal.accounts.service import erases, exports


@exports("help_answers")
async def my_answers(db: AsyncSession, person_id: str) -> list[dict[str, str]]:
    """One's own answers to others, and what they replied unless it was hidden since."""
    found = await _by_person(db, person_id)
    withheld = await hidden_ids(db, [item.posting_id for item in found])
    return [
        {
            "to": item.posting_id,
            "at": item.proposed_at.isoformat(),
            "state": item.state.value,
            "reason": item.reason.value,
            "note": item.note,
            "reply": "" if item.posting_id in withheld else item.reply,
            "thanks": "" if item.posting_id in withheld else item.thanks,
        }
        for item in found
    ]


@exports("help_messages")
async def my_messages(db: AsyncSession, person_id: str) -> list[dict[str, str]]:
    """What one wrote to others. What they wrote is theirs."""
    found = await db.scalars(select(Message).filter_by(person_id=person_id).order_by(Message.at))
    return [{"at": item.at.isoformat(), "conversation": item.engagement_id, "text": item.text} for item in found]


@exports("help_volunteer")
async def my_profile(db: AsyncSession, person_id: str) -> dict[str, str | bool | list[str] | None] | None:
    """What one said of oneself as a volunteer."""
    found = await db.get(Volunteer, person_id)
    if found is None:
        return None
    return {
        "is_on": found.is_on,
        "away_until": found.away_until.isoformat() if found.away_until else None,
        "categories": found.categories,
        "slots": found.slots,
        "cell": found.cell_id,
        "languages": found.languages,
        "skills": found.skills,
    }


@exports("help_asked")
async def my_asks(db: AsyncSession, person_id: str) -> list[dict[str, str | list[str]]]:
    """What one was asked for, and why."""
    found = await db.scalars(select(Ask).filter_by(person_id=person_id).order_by(Ask.asked_at))
    return [
        {"request": ask.request_id, "at": ask.asked_at.isoformat(), "why": ask.why, "state": ask.state.value}
        for ask in found
    ]


@erases
async def forget(db: AsyncSession, person_id: str, at: datetime) -> None:
    """End what still stands, and remove words, profile and asks. What others wrote to the person stays theirs."""
    for engagement in await _by_person(db, person_id):
        await leave(db, engagement, EngagementState.WITHDRAWN, Reason.ACCOUNT_CLOSED, by=person_id, at=at)
        engagement.note = engagement.reply = engagement.thanks = ""
    await db.execute(update(Message).where(Message.person_id == person_id).values(text=""))
    await db.execute(delete(Ask).where(Ask.person_id == person_id))
    await db.execute(delete(Volunteer).where(Volunteer.person_id == person_id))


async def _by_person(db: AsyncSession, person_id: str) -> list[Engagement]:
    found = await db.scalars(select(Engagement).filter_by(person_id=person_id).order_by(Engagement.proposed_at))
    return list(found)
