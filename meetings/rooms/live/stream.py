"""The stream of a room, as each audience may read it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from meetings.rooms import service
from meetings.rooms.live.views import chat_view, departed_view, door_view, seat_view
from meetings.rooms.live.visitors import visitor_of
from meetings.rooms.model import ChatMessage, Room, Seat, SeatState
from meetings.rooms.service.departures import UNSEATED
from portal.accounts.service import unsuspended
from portal.events import Event
from realtime.messages import Json
from realtime.sources import Connection

HIDDEN = frozenset({SeatState.WAITING, SeatState.WITHDRAWN, SeatState.REFUSED})
"""Who stands in the lobby is the host's affair; the others in the room are not told."""


class RoomStream:
    """The stream ``room:<id>``: the host reads all of it, those inside what concerns them, the lobby its own fate."""

    async def audience(self, db: AsyncSession, key: str, connection: Connection) -> str | None:
        """``host``, ``participants``, ``inside.<instant>`` for who reads from then on what is written behind closed
        doors, ``seat.<id>`` for somebody in the lobby; strangers are refused."""
        visitor = visitor_of(connection)
        room = await db.get(Room, key)
        seat = await service.access_seat(db, key, visitor) if room else None
        if room is None or seat is None or seat.state is SeatState.REMOVED:
            return None
        if seat.state is not SeatState.ADMITTED:
            return f"seat.{seat.id}"
        if room.is_hosted_by(visitor.actor):
            return "host"
        return f"inside.{seat.inside_since.isoformat()}" if seat.inside_since else "participants"

    async def render(
        self, db: AsyncSession, key: str, events: Sequence[Event], audience: str
    ) -> Mapping[int, Mapping[str, Json]]:
        """Seats, chat lines and the room as they stand now, by the event that told of them."""
        ids = {event.subject_id for event in events}
        seats = {seat.id: seat for seat in await db.scalars(select(Seat).where(Seat.id.in_(ids)))}
        room = await db.get_one(Room, key)
        if audience.startswith("seat."):
            own = audience.removeprefix("seat.")
            seen = {own: {"seat": {"id": own, "state": seats[own].state.value}}} if own in seats else {}
            return {event.number: seen[event.subject_id] for event in events if event.subject_id in seen}
        lines = await db.execute(
            select(ChatMessage, Seat.name)
            .join(Seat, Seat.id == ChatMessage.seat_id)
            .where(ChatMessage.id.in_(ids), unsuspended(Seat.account_id))
        )
        inside_since = _inside_since(audience, room)
        bodies: dict[str, Mapping[str, Json]] = {
            line.id: {"chat": chat_view(line, name)} for line, name in lines if line.is_for(inside_since)
        }
        bodies[room.id] = {"room": door_view(room)}
        for seat in seats.values():
            if audience == "host" or seat.state not in HIDDEN:
                bodies[seat.id] = {"seat": seat_view(seat, room)}
        shown = {event.number: bodies[event.subject_id] for event in events if event.subject_id in bodies}
        for event in events:
            if event.kind == service.FREED and event.number in shown:
                shown[event.number] = {**shown[event.number], "to_all": True}
        unseated = {e.number: seats[e.subject_id] for e in events if e.kind == UNSEATED and e.subject_id in seats}
        gone = {number: {"seat": departed_view(seat)} for number, seat in unseated.items() if number not in shown}
        return {**shown, **gone}


def _inside_since(audience: str, room: Room) -> datetime | None:
    if audience == "host":
        return room.created_at
    return datetime.fromisoformat(audience.removeprefix("inside.")) if audience.startswith("inside.") else None
