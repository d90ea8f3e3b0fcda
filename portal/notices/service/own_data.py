"""What is kept of a person's notices: handed to them, removed with their account, and deleted when old."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from portal.accounts.service import erases, exports
from portal.notices.model import Notice, NoticeChoice, NoticeHours, PushDevice

KEPT = timedelta(days=60)


@exports("notices")
async def my_notices(db: AsyncSession, person_id: str) -> list[dict[str, str]]:
    """What the person was told of, and when."""
    found = await db.scalars(select(Notice).where(Notice.person_id == person_id).order_by(Notice.at))
    return [{"kind": item.kind, "about": item.subject_id, "at": item.at.isoformat()} for item in found]


@exports("notice_choices")
async def my_choices(db: AsyncSession, person_id: str) -> dict[str, str]:
    """How the person wants to be told, where they chose."""
    return {row.kind: row.how.value for row in await db.scalars(select(NoticeChoice).filter_by(person_id=person_id))}


@exports("notice_hours")
async def my_hours(db: AsyncSession, person_id: str) -> dict[str, str] | None:
    """The person's own quiet hours."""
    own = await db.get(NoticeHours, person_id)
    return {"from": own.begin.isoformat("minutes"), "until": own.end.isoformat("minutes")} if own else None


@exports("push_devices")
async def my_devices(db: AsyncSession, person_id: str) -> list[dict[str, str]]:
    """Which browsers take web push."""
    found = await db.scalars(select(PushDevice).filter_by(person_id=person_id).order_by(PushDevice.created_at))
    return [{"browser": item.browser, "since": item.created_at.isoformat()} for item in found]


@erases
async def forget(db: AsyncSession, person_id: str, at: datetime) -> None:
    """Delete all of it."""
    del at
    for table in (Notice, NoticeChoice, NoticeHours, PushDevice):
        await db.execute(delete(table).where(table.person_id == person_id))


async def forget_old(db: AsyncSession, now: datetime) -> int:
    """Delete what was told two months ago; returns how many."""
    gone = await db.execute(delete(Notice).where(Notice.at < now - KEPT).returning(Notice.id))
    return len(gone.all())
