"""Use cases of rooms: open one, come in, be admitted, speak, write, leave."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from meetings.rooms.model import (
    MEMBERS,
    SEATS,
    TITLE_LENGTH,
    ChatMessage,
    NotAdmitted,
    Room,
    RoomClosed,
    RoomFull,
    RoomKind,
    Seat,
    SeatState,
    clean_name,
)
from portal.audit import audit
from portal.errors import InvalidInput, NotFound
from portal.events import DomainEvent, record
from portal.i18n import lazy
from portal.ids import new_id
from portal.permissions import EVERYBODY, STAFF, Actor, Role, define, require

CREATE_ROOM = define("room.create", "Open a room and be its host.", STAFF | {Role.COUNCILLOR})
ENTER_ROOM = define("room.enter", "Come in by a room's link, or wait in its lobby.", EVERYBODY, public=True)
"""A guest needs no account: name and consent, then the lobby. Each room decides for itself (`Room.entry_of`)."""


@dataclass(frozen=True)
class Visitor:
    """Who stands at a room's door: a signed-in person, or a guest known by their browser's visit."""

    actor: Actor | None
    guest_key: str | None = None
    """SHA-256 of the visit cookie: the same browser comes back to the same seat."""
    guest_name: str | None = None


async def open_room(db: AsyncSession, actor: Actor, *, title: str, kind: RoomKind, now: datetime) -> Room:
    """A new room; its maker is its host. Raises `Forbidden`, `InvalidInput`."""
    require(actor, CREATE_ROOM)
    title = " ".join(title.split())
    if not 3 <= len(title) <= TITLE_LENGTH:
        raise InvalidInput(fields={"title": lazy("Please give the room a title of 3 to 120 characters.")})
    room = Room(id=new_id(), title=title, kind=kind, host_id=actor.account_id, created_at=now)
    db.add(room)
    _tell_room(db, room, "room.opened", ("title", "kind"), actor.account_id)
    return room


async def access_room(db: AsyncSession, room_id: str) -> Room:
    """A room by the id in its link, which is all that is needed to stand at its door. Raises `NotFound`."""
    room = await db.get(Room, room_id)
    if room is None:
        raise NotFound
    return room


async def access_seat(db: AsyncSession, room_id: str, visitor: Visitor) -> Seat | None:
    """The seat that this person holds in a room, if they ever came."""
    if visitor.actor is not None:
        return await db.scalar(select(Seat).filter_by(room_id=room_id, account_id=visitor.actor.account_id))
    if visitor.guest_key:
        return await db.scalar(select(Seat).filter_by(room_id=room_id, guest_digest=visitor.guest_key))
    return None


async def access_admitted(db: AsyncSession, room_id: str, visitor: Visitor) -> tuple[Room, Seat]:
    """Room and seat of somebody who is in it. Raises `NotFound`, `RoomClosed`, `NotAdmitted`."""
    room = await access_room(db, room_id)
    if room.closed_at is not None:
        raise RoomClosed
    seat = await access_seat(db, room_id, visitor)
    if seat is None or seat.state is not SeatState.ADMITTED:
        raise NotAdmitted
    return room, seat


async def enter(db: AsyncSession, room_id: str, visitor: Visitor, *, now: datetime) -> tuple[Room, Seat]:
    """Come in, or wait: the seat's state says which. Raises `NotFound`, `RoomClosed`, `RoomFull`, `InvalidInput`."""
    require(visitor.actor, ENTER_ROOM)
    room = await access_room(db, room_id)
    seat = await access_seat(db, room_id, visitor)
    state = room.entry_of(visitor.actor, seat)
    if seat is None:
        seat = await _new_seat(db, room, visitor, state, now)
    elif seat.state is not state:
        seat.state = state
    else:
        return room, seat
    kind = "seat.entered" if state is SeatState.ADMITTED else "seat.waiting"
    _tell_seat(db, seat, kind, ("state",), visitor.actor)
    return room, seat


async def _new_seat(db: AsyncSession, room: Room, visitor: Visitor, state: SeatState, now: datetime) -> Seat:
    taken = select(func.count()).where(Seat.room_id == room.id, Seat.state.in_([SeatState.WAITING, SeatState.ADMITTED]))
    if (await db.scalar(taken) or 0) >= SEATS and not room.is_hosted_by(visitor.actor):
        raise RoomFull
    if visitor.actor is None and not visitor.guest_key:
        raise InvalidInput(fields={"name": lazy("Please give the name by which the others know you.")})
    seat = Seat(
        id=new_id(),
        room_id=room.id,
        account_id=visitor.actor.account_id if visitor.actor else None,
        guest_digest=None if visitor.actor else visitor.guest_key,
        name=visitor.actor.name if visitor.actor else clean_name(visitor.guest_name or ""),
        state=state,
        created_at=now,
    )
    db.add(seat)
    return seat


async def decide(
    db: AsyncSession, actor: Actor, room_id: str, seat_id: str, state: SeatState, *, now: datetime
) -> Seat:
    """The host admits, refuses or removes. Raises `NotFound`, `NotTheHost`, `Conflict`."""
    room, seat = await _hosted_seat(db, actor, room_id, seat_id)
    seat.decide(state)
    _tell_seat(db, seat, f"seat.{state.value}", ("state",), actor)
    if state is SeatState.REMOVED:
        audit(db, at=now, act="seat.removed", actor_id=actor.account_id, subject_id=seat.id, detail=room.id)
    return seat


async def allow(
    db: AsyncSession,
    actor: Actor,
    room_id: str,
    seat_id: str,
    *,
    microphone: bool | None = None,
    camera: bool | None = None,
    screen: bool | None = None,
) -> Seat:
    """The host says what a person may publish; what is None stays. Raises `NotFound`, `NotTheHost`."""
    _room, seat = await _hosted_seat(db, actor, room_id, seat_id)
    seat.may_microphone = seat.may_microphone if microphone is None else microphone
    seat.may_camera = seat.may_camera if camera is None else camera
    seat.may_screen = seat.may_screen if screen is None else screen
    _tell_seat(db, seat, "seat.allowed", ("may_microphone", "may_camera", "may_screen"), actor)
    return seat


async def lock(db: AsyncSession, actor: Actor, room_id: str, *, locked: bool) -> Room:
    """Lock or unlock: into a locked room nobody new comes without the host. Raises `NotFound`, `NotTheHost`."""
    room = await access_room(db, room_id)
    room.check_host(actor)
    if room.is_locked != locked:
        room.is_locked = locked
        _tell_room(db, room, "room.locked" if locked else "room.unlocked", ("is_locked",), actor.account_id)
    return room


async def close(db: AsyncSession, actor: Actor, room_id: str, *, now: datetime) -> Room:
    """End the room for everybody. Raises `NotFound`, `NotTheHost`, `RoomClosed`."""
    room = await access_room(db, room_id)
    room.check_host(actor)
    room.close(now)
    _tell_room(db, room, "room.closed", ("closed_at",), actor.account_id)
    return room


async def leave(db: AsyncSession, room_id: str, visitor: Visitor) -> Seat | None:
    """Go. Leaving a room one is not in is no error."""
    seat = await access_seat(db, room_id, visitor)
    if seat is None or seat.state not in {SeatState.ADMITTED, SeatState.WAITING}:
        return None
    seat.leave()
    _tell_seat(db, seat, "seat.left", ("state",), visitor.actor)
    return seat


async def raise_hand(db: AsyncSession, room_id: str, visitor: Visitor, *, up: bool, now: datetime) -> Seat:
    """Raise or lower one's own hand. Raises `NotAdmitted`."""
    _room, seat = await access_admitted(db, room_id, visitor)
    seat.raise_hand(up=up, now=now)
    _tell_seat(db, seat, "seat.hand_raised" if up else "seat.hand_lowered", ("hand_raised_at",), visitor.actor)
    return seat


async def write(db: AsyncSession, room_id: str, visitor: Visitor, *, text: str, now: datetime) -> ChatMessage:
    """Add a line to the chat. Raises `NotAdmitted`."""
    room, seat = await access_admitted(db, room_id, visitor)
    message = ChatMessage(id=new_id(), room_id=room.id, seat_id=seat.id, at=now, text=text.strip())
    db.add(message)
    record(
        db,
        DomainEvent(
            stream=stream_of(room.id),
            kind="chat.written",
            subject_id=message.id,
            version=1,
            actor_id=visitor.actor.account_id if visitor.actor else None,
        ),
    )
    return message


async def rooms_of(db: AsyncSession, actor: Actor, limit: int = 20) -> list[Room]:
    """Rooms that this person hosts or has sat in and that are still open, the newest first."""
    mine = select(Seat.room_id).where(Seat.account_id == actor.account_id, Seat.state != SeatState.REMOVED)
    found = await db.scalars(
        select(Room)
        .where(Room.closed_at.is_(None), (Room.host_id == actor.account_id) | Room.id.in_(mine))
        .order_by(Room.created_at.desc())
        .limit(limit)
    )
    return list(found)


async def seats_of(db: AsyncSession, room_id: str, *states: SeatState) -> list[Seat]:
    """Seats of a room in these states, in order of their making: the order in which tiles stand."""
    wanted = states or (SeatState.ADMITTED, SeatState.WAITING)
    found = await db.scalars(
        select(Seat).where(Seat.room_id == room_id, Seat.state.in_(wanted)).order_by(Seat.created_at, Seat.id)
    )
    return list(found)


async def chat_of(db: AsyncSession, room_id: str, limit: int = 500) -> list[tuple[ChatMessage, str]]:
    """The room's latest chat lines with their writers' names, oldest first."""
    found = await db.execute(
        select(ChatMessage, Seat.name)
        .join(Seat, Seat.id == ChatMessage.seat_id)
        .where(ChatMessage.room_id == room_id)
        .order_by(ChatMessage.at.desc(), ChatMessage.id.desc())
        .limit(limit)
    )
    return [(message, name) for message, name in reversed(found.all())]


def may_come_in(actor: Actor | None, kind: RoomKind) -> bool:
    """Whether the link alone opens a room of this kind for the person."""
    return actor is not None and actor.holds(*MEMBERS[kind])


def stream_of(room_id: str) -> str:
    """The name of a room's stream."""
    return f"room:{room_id}"


async def _hosted_seat(db: AsyncSession, actor: Actor, room_id: str, seat_id: str) -> tuple[Room, Seat]:
    room = await access_room(db, room_id)
    room.check_host(actor)
    seat = await db.get(Seat, seat_id)
    if seat is None or seat.room_id != room.id:
        raise NotFound
    return room, seat


def _tell_room(db: AsyncSession, room: Room, kind: str, changed: tuple[str, ...], actor_id: str) -> None:
    event = DomainEvent(stream_of(room.id), kind, room.id, (room.version or 0) + 1, changed, actor_id)
    record(db, event)


def _tell_seat(db: AsyncSession, seat: Seat, kind: str, changed: tuple[str, ...], actor: Actor | None) -> None:
    actor_id = actor.account_id if actor else None
    record(db, DomainEvent(stream_of(seat.room_id), kind, seat.id, (seat.version or 0) + 1, changed, actor_id))
