"""What rooms forget by themselves: guests once they have been gone for a while, and old lines of the chat.

docs/rooms.md says how long; the law sets no period for a work meeting, so these are the shortest that serve (article
5(1)(e) of the General Data Protection Regulation).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from meetings.rooms.model import ChatMessage, Room, Seat
from meetings.rooms.service.departures import OCCUPIED
from meetings.rooms.service.own_data import NOBODY
from portal.events import Event
from portal.jobs import Job, Jobs, Run

GUESTS_KEPT = timedelta(days=30)
"""A guest comes back to their seat, or stays out if removed, for this long after they were last there."""
CHAT_KEPT = timedelta(days=365)
BATCH = 500


def register(jobs: Jobs) -> None:
    """Have it done every hour."""

    async def forget_due_guests(db: AsyncSession, run: Run) -> int:
        return await forget_guests(db, run.now)

    async def delete_old_lines(db: AsyncSession, run: Run) -> int:
        return await forget_chat(db, run.now)

    jobs.add(Job("rooms.guests", timedelta(hours=1), forget_due_guests, BATCH))
    jobs.add(Job("rooms.chat", timedelta(hours=1), delete_old_lines, BATCH))


async def forget_guests(db: AsyncSession, now: datetime) -> int:
    """Delete seats of guests who have been gone for long; where they wrote, only their name and browser are forgotten.

    Returns how many, at most `BATCH`.
    """
    last = now - GUESTS_KEPT
    closed = select(Room.id).where(Room.closed_at <= last)
    told_since = exists().where(Event.subject_id == Seat.id, Event.at > last)
    due = (
        select(Seat)
        .where(Seat.guest_digest.is_not(None), Seat.created_at <= last)
        .where(or_(Seat.state.not_in(OCCUPIED) & ~told_since, Seat.room_id.in_(closed)))
        .limit(BATCH)
    )
    seats = list(await db.scalars(due))
    ids = [seat.id for seat in seats]
    wrote = set(await db.scalars(select(ChatMessage.seat_id).where(ChatMessage.seat_id.in_(ids)).distinct()))
    for seat in seats:
        if seat.id in wrote:
            seat.name, seat.guest_digest = NOBODY, None
        else:
            await db.delete(seat)
    return len(seats)


async def forget_chat(db: AsyncSession, now: datetime) -> int:
    """Delete lines older than a year; returns how many, at most `BATCH`."""
    old = select(ChatMessage.id).where(ChatMessage.at <= now - CHAT_KEPT).limit(BATCH)
    ids = list(await db.scalars(old))
    await db.execute(delete(ChatMessage).where(ChatMessage.id.in_(ids)))
    return len(ids)
