"""The room's chat."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from meetings.rooms.model import ChatMessage, Seat
from meetings.rooms.service.rooms import stream_of
from meetings.rooms.service.seats import Visitor, access_admitted
from portal.accounts.service import unsuspended
from portal.events import DomainEvent, record
from portal.ids import new_id


async def write(db: AsyncSession, room_id: str, visitor: Visitor, *, text: str, now: datetime) -> ChatMessage:
    """Add a line to the chat. Raises `NotAdmitted`."""
    room, seat = await access_admitted(db, room_id, visitor)
    message = ChatMessage(id=new_id(), room_id=room.id, seat_id=seat.id, at=now, text=text.strip())
    db.add(message)
    actor_id = visitor.actor.account_id if visitor.actor else None
    record(db, DomainEvent(stream_of(room.id), "chat.written", message.id, version=1, actor_id=actor_id))
    return message


async def chat_of(db: AsyncSession, room_id: str, limit: int = 500) -> list[tuple[ChatMessage, str]]:
    """The room's latest chat lines with their writers' names, oldest first."""
    found = await db.execute(
        select(ChatMessage, Seat.name)
        .join(Seat, Seat.id == ChatMessage.seat_id)
        .where(ChatMessage.room_id == room_id, unsuspended(Seat.account_id))
        .order_by(ChatMessage.at.desc(), ChatMessage.id.desc())
        .limit(limit)
    )
    return [(message, name) for message, name in reversed(found.all())]
