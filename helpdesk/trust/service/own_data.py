"""What trust keeps about a person: handed to them, and removed with their account (GDPR articles 15, 17)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.trust.model import Block, Check
from portal.accounts.service import erases, exports


@exports("blocked_people")
async def whom_i_blocked(db: AsyncSession, person_id: str) -> list[dict[str, str]]:
    """Whom one has blocked, as one's own list names them. Who has blocked oneself is those people's secret."""
    found = await db.scalars(select(Block).filter_by(blocker_id=person_id).order_by(Block.at))
    return [{"at": item.at.isoformat(), "where": item.where.value, "about": item.title} for item in found]


@exports("confirmed_by_the_town")
async def my_checks(db: AsyncSession, person_id: str) -> list[dict[str, str | None]]:
    """What an agent has seen of the person, by what kind of paper, and until when it counts."""
    found = await db.scalars(select(Check).filter_by(person_id=person_id).order_by(Check.checked_at))
    return [
        {
            "what": item.kind.value,
            "by": item.shown.value,
            "at": item.checked_at.isoformat(),
            "until": item.valid_until.isoformat(),
            "ended_at": item.ended_at.isoformat() if item.ended_at else None,
            "ended_because": item.ended_because.value if item.ended_because else None,
            "words": item.ended_words,
        }
        for item in found
    ]


@erases
async def forget(db: AsyncSession, person_id: str, at: datetime) -> None:
    """Remove blocks of and by the person, since nobody is left to keep away from, and what was confirmed of them."""
    del at
    await db.execute(delete(Block).where(or_(Block.blocker_id == person_id, Block.blocked_id == person_id)))
    await db.execute(delete(Check).where(Check.person_id == person_id))
