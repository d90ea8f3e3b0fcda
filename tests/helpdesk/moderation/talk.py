"""A room in which somebody has written a line."""

from __future__ import annotations

from meetings.rooms.model import ChatMessage, Room, RoomKind, Seat, SeatState
from meetings.rooms.service.rooms import stream_of
from portal.events import DomainEvent, Event, record
from tests.helpdesk.board.site import Site


async def someone_wrote(site: Site, account_id: str, text: str) -> tuple[str, Event]:
    """The room's id, and the event that told of the line."""
    now = site.clock()
    async with site.portal.database.write() as db:
        db.add(Room(id="room", title="Talk", kind=RoomKind.OPEN, host_id="host", created_at=now))
        await db.flush()
        seat = Seat(
            id="seat", room_id="room", account_id=account_id, name="Z", state=SeatState.LEFT, created_at=now
        )  # fmt: skip
        db.add(seat)
        await db.flush()
        db.add(ChatMessage(id="line", room_id="room", seat_id="seat", at=now, text=text))
        record(db, DomainEvent(stream_of("room"), "chat.written", "line", version=1))
    (event,) = await site.portal.log.after(stream_of("room"), 0, 10)
    return "room", event
