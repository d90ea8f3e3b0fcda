"""Rooms themselves: opened, found, listed, and the stream that tells of them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from meetings.rooms.model import TITLE_LENGTH, Room, RoomKind, Seat, SeatState
from portal.errors import InvalidInput, NotFound
from portal.events import DomainEvent, record
from portal.i18n import lazy
from portal.ids import new_id
from portal.permissions import EVERYBODY, STAFF, Actor, Role, define, require

CREATE_ROOM = define("room.create", "Open a room and be its host.", STAFF | {Role.COUNCILLOR})
WATCH_MEDIA = define(
    "media.watch", "See how sound and picture do in every room, without names.", frozenset({Role.ADMINISTRATOR})
)
ENTER_ROOM = define("room.enter", "Come in by a room's link, or wait in its lobby.", EVERYBODY, public=True)
"""A guest needs no account: name and consent, then the lobby. Each room decides for itself (`Room.entry_of`)."""


async def open_room(db: AsyncSession, actor: Actor, *, title: str, kind: RoomKind, now: datetime) -> Room:
    """A new room; its maker is its host. Raises `Forbidden`, `InvalidInput`."""
    require(actor, CREATE_ROOM)
    if kind is RoomKind.SITTING:
        raise InvalidInput(fields={"kind": lazy("The room of a sitting is opened from the sitting.")})
    title = " ".join(title.split())
    if not 3 <= len(title) <= TITLE_LENGTH:
        raise InvalidInput(fields={"title": lazy("Please give the room a title of 3 to 120 characters.")})
    room = Room(id=new_id(), title=title, kind=kind, host_id=actor.account_id, created_at=now)
    db.add(room)
    tell_room(db, room, "room.opened", ("title", "kind"), actor.account_id)
    return room


async def access_room(db: AsyncSession, room_id: str, *, lock: bool = False) -> Room:
    """A room by the id in its link, which is all that is needed to stand at its door. Raises `NotFound`.

    `lock` keeps it as it is, and others from coming in, until the transaction ends.
    """
    room = await db.get(Room, room_id, with_for_update=lock or None, populate_existing=lock)
    if room is None:
        raise NotFound
    return room


async def rooms_of(db: AsyncSession, actor: Actor, limit: int = 20) -> list[Room]:
    """Rooms that this person hosts or has sat in and that are still open, the newest first."""
    let_in = Seat.state.in_([SeatState.ADMITTED, SeatState.LEFT])
    mine = select(Seat.room_id).where(Seat.account_id == actor.account_id, let_in)
    found = await db.scalars(
        select(Room)
        .where(Room.closed_at.is_(None), (Room.host_id == actor.account_id) | Room.id.in_(mine))
        .order_by(Room.created_at.desc())
        .limit(limit)
    )
    return list(found)


async def titles_of(db: AsyncSession, room_ids: Collection[str]) -> dict[str, str]:
    """Titles of rooms, by id; without those that there are not."""
    found = await db.execute(select(Room.id, Room.title).where(Room.id.in_(room_ids)))
    return {room.id: room.title for room in found}


def stream_of(room_id: str) -> str:
    """The name of a room's stream."""
    return f"room:{room_id}"


def tell_room(db: AsyncSession, room: Room, kind: str, changed: tuple[str, ...], actor_id: str) -> None:
    """Record that something happened to a room."""
    record(db, DomainEvent(stream_of(room.id), kind, room.id, (room.version or 0) + 1, changed, actor_id))


def tell_seat(db: AsyncSession, seat: Seat, kind: str, changed: tuple[str, ...], actor: Actor | None) -> None:
    """Record that something happened to a seat."""
    actor_id = actor.account_id if actor else None
    record(db, DomainEvent(stream_of(seat.room_id), kind, seat.id, (seat.version or 0) + 1, changed, actor_id))
