"""The room's chat."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import not_, or_, select
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
    message = ChatMessage(
        id=new_id(), room_id=room.id, seat_id=seat.id, at=now, text=text.strip(), behind_doors=room.doors_closed
    )
    db.add(message)
    actor_id = visitor.actor.account_id if visitor.actor else None
    record(db, DomainEvent(stream_of(room.id), "chat.written", message.id, version=1, actor_id=actor_id))
    return message


async def chat_of(
    db: AsyncSession, room_id: str, inside_since: datetime | None = None, limit: int = 500
) -> list[tuple[ChatMessage, str]]:
    """The room's latest chat lines with their writers' names, oldest first; of those written behind closed doors only
    what somebody reads who is inside since then."""
    is_open = not_(ChatMessage.behind_doors)
    found = await db.execute(
        select(ChatMessage, Seat.name)
        .join(Seat, Seat.id == ChatMessage.seat_id)
        .where(ChatMessage.room_id == room_id, unsuspended(Seat.account_id))
        .where(is_open if inside_since is None else or_(is_open, ChatMessage.at >= inside_since))
        .order_by(ChatMessage.at.desc(), ChatMessage.id.desc())
        .limit(limit)
    )
    return [(message, name) for message, name in reversed(found.all())]
