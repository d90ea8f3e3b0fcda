"""What rooms keep about a person: shown to them in their export, erased with their account."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from meetings.rooms.model import ChatMessage, Room, Seat
from portal.accounts.service import erases, exports

NOBODY = "—"
"""The name of a seat whose holder has erased their account."""


@exports("rooms")
async def my_rooms(db: AsyncSession, person_id: str) -> Sequence[dict[str, str]]:
    """Rooms in which the person has held a seat, and what they wrote there."""
    seats = await db.execute(
        select(Seat, Room.title).join(Room, Room.id == Seat.room_id).where(Seat.account_id == person_id)
    )
    lines = await db.execute(
        select(ChatMessage, Room.title)
        .join(Seat, Seat.id == ChatMessage.seat_id)
        .join(Room, Room.id == ChatMessage.room_id)
        .where(Seat.account_id == person_id)
        .order_by(ChatMessage.at)
    )
    return [
        *({"room": title, "since": seat.created_at.isoformat(), "name": seat.name} for seat, title in seats),
        *({"room": title, "written_at": line.at.isoformat(), "text": line.text} for line, title in lines),
    ]


@erases
async def forget_seats(db: AsyncSession, person_id: str, at: datetime) -> None:
    """Take the person's name from their seats and delete what they wrote in chats."""
    del at
    mine = list(await db.scalars(select(Seat).filter_by(account_id=person_id)))
    await db.execute(delete(ChatMessage).where(ChatMessage.seat_id.in_([seat.id for seat in mine])))
    for seat in mine:
        seat.name = NOBODY
