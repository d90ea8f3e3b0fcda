"""Rooms and the seats in them: who may come in, who waits, who may publish what."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, IdColumn
from portal.errors import Conflict, Forbidden, InvalidInput
from portal.i18n import lazy
from portal.permissions import STAFF, Actor, Role

TITLE_LENGTH = 120
NAME_LENGTH = 60
CHAT_LENGTH = 2_000
SEATS = 150
"""People in one room at most."""
LOBBY = 50
"""People waiting at one room's door at most; those who belong in the room do not wait behind them."""


class RoomKind(StrEnum):
    """Who belongs in a room without being asked."""

    STAFF = "staff"
    COMMITTEE = "committee"
    OPEN = "open"
    SITTING = "sitting"
    """Of one sitting: its members have seats from the roll, everybody else waits; opened by the sitting itself."""


MEMBERS: dict[RoomKind, frozenset[Role]] = {
    RoomKind.STAFF: STAFF,
    RoomKind.COMMITTEE: STAFF | {Role.COUNCILLOR},
    RoomKind.OPEN: frozenset(Role),
    RoomKind.SITTING: frozenset(),
}
HOSTS: dict[RoomKind, frozenset[Role]] = {RoomKind.SITTING: frozenset({Role.CLERK, Role.MAYOR})}
"""Roles whose holders are hosts beside the one who presides: a sitting does not depend on one person's connection."""
"""Roles whose holders come in by the link alone; everybody else waits in the lobby."""


class SeatState(StrEnum):
    """Where a person stands: waiting → admitted | refused | withdrawn; admitted → left | removed; left → admitted.

    Who withdrew was never let in, and stands at the door again when they come back.
    """

    WAITING = "waiting"
    WITHDRAWN = "withdrawn"
    ADMITTED = "admitted"
    LEFT = "left"
    REFUSED = "refused"
    REMOVED = "removed"


class RoomClosed(Conflict):
    """The room has ended."""

    code = "room-closed"
    text = lazy("This room has been closed by its host.")


class RoomFull(Conflict):
    """Every seat is taken."""

    code = "room-full"
    text = lazy("This room is full. Please ask its host for another one.")


class NotAdmitted(Forbidden):
    """The person is not in the room: still waiting, refused, removed, or never came."""

    code = "not-admitted"
    text = lazy("You are not in this room. Its host decides who comes in.")


class NotTheHost(Forbidden):
    """Only the room's host may do this."""

    code = "not-the-host"
    text = lazy("Only the host of this room can do this.")


class Room(Base):
    """A place to meet. Its id is unguessable and stands in its link."""

    __tablename__ = "room"
    __table_args__ = (Index("ix_room_host_id", "host_id"),)

    id: Mapped[str] = mapped_column(IdColumn, primary_key=True)
    title: Mapped[str] = mapped_column(String(TITLE_LENGTH))
    kind: Mapped[RoomKind]
    host_id: Mapped[str] = mapped_column(IdColumn)
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    is_locked: Mapped[bool] = mapped_column(default=False)
    doors_closed: Mapped[bool] = mapped_column(default=False, server_default="0")
    """Whether the sitting in it excludes the public (CGCT L2121-18)."""
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}

    def is_hosted_by(self, actor: Actor | None) -> bool:
        """Whether this person is the room's host, or one of its hosts."""
        return actor is not None and (
            actor.account_id == self.host_id or actor.holds(*HOSTS.get(self.kind, frozenset()))
        )

    def inside_since(self, actor: Actor | None, seat: Seat) -> datetime | None:
        """From when somebody reads what is written behind closed doors: its hosts all of it."""
        return self.created_at if self.is_hosted_by(actor) else seat.inside_since

    def entry_of(self, actor: Actor | None, seat: Seat | None) -> SeatState:
        """How somebody who opens the link comes in: admitted at once, or waiting in the lobby.

        The host is never locked out. Who was let in before comes back to the same seat; who was refused or removed
        stays out until the host says otherwise; a locked room lets nobody new pass the lobby. Raises `RoomClosed`.
        """
        if self.closed_at is not None:
            raise RoomClosed
        if self.is_hosted_by(actor):
            return SeatState.ADMITTED
        if seat is not None and seat.state is not SeatState.WITHDRAWN:
            return SeatState.ADMITTED if seat.state is SeatState.LEFT else seat.state
        belongs = actor is not None and actor.holds(*MEMBERS[self.kind])
        return SeatState.ADMITTED if belongs and not self.is_locked else SeatState.WAITING

    def check_host(self, actor: Actor | None) -> None:
        """Raise `NotTheHost` for anybody else."""
        if not self.is_hosted_by(actor):
            raise NotTheHost

    def close(self, now: datetime) -> None:
        """End the room for everybody. Raises `RoomClosed` if it has ended."""
        if self.closed_at is not None:
            raise RoomClosed
        self.closed_at = now


class Seat(Base):
    """One person's place in one room; the media plane's peer. Kept while the person comes and goes."""

    __tablename__ = "seat"
    __table_args__ = (Index("uq_seat_room_id_account_id", "room_id", "account_id", unique=True),)

    id: Mapped[str] = mapped_column(IdColumn, primary_key=True)
    room_id: Mapped[str] = mapped_column(ForeignKey("room.id"))
    account_id: Mapped[str | None] = mapped_column(IdColumn)
    """None for a guest, who is known by their browser's visit cookie."""
    guest_digest: Mapped[str | None] = mapped_column(String(64), index=True)
    name: Mapped[str] = mapped_column(String(NAME_LENGTH))
    state: Mapped[SeatState]
    created_at: Mapped[datetime]
    may_microphone: Mapped[bool] = mapped_column(default=True)
    may_camera: Mapped[bool] = mapped_column(default=True)
    may_screen: Mapped[bool] = mapped_column(default=True)
    hand_raised_at: Mapped[datetime | None]
    inside_since: Mapped[datetime | None]
    """From when this person reads what is written behind closed doors: members from the start, somebody whom a host
    admits meanwhile from then; None for everybody else."""
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}

    def decide(self, state: SeatState) -> None:
        """The host's word on a person: admit, refuse, remove. Raises `Conflict` where it makes no sense any more."""
        allowed = {
            SeatState.ADMITTED: {SeatState.WAITING, SeatState.REFUSED, SeatState.REMOVED},
            SeatState.REFUSED: {SeatState.WAITING},
            SeatState.REMOVED: {SeatState.ADMITTED, SeatState.LEFT},
        }
        if self.state not in allowed.get(state, set()):
            raise Conflict
        self.state = state
        self.hand_raised_at = None
        if state is SeatState.REMOVED:
            self.inside_since = None

    def leave(self) -> None:
        """Go of one's own accord; leaving twice is leaving once."""
        after = {SeatState.ADMITTED: SeatState.LEFT, SeatState.WAITING: SeatState.WITHDRAWN}
        self.state = after.get(self.state, self.state)
        self.hand_raised_at = None

    def judge_anew(self) -> None:
        """Forget that the person was let in: the next time they come, their roles decide, or the host."""
        if self.state in {SeatState.ADMITTED, SeatState.LEFT, SeatState.WAITING}:
            self.state = SeatState.WITHDRAWN
            self.hand_raised_at = None
        self.inside_since = None

    def raise_hand(self, *, up: bool, now: datetime) -> None:
        """Ask for the floor, or stop asking; the time of the first asking counts."""
        if self.state is not SeatState.ADMITTED:
            raise NotAdmitted
        self.hand_raised_at = (self.hand_raised_at or now) if up else None


class ChatMessage(Base):
    """A line of the room's chat, complete for whoever is in the room, after a reload too."""

    __tablename__ = "chat_message"
    __table_args__ = (Index("ix_chat_message_room_id_at", "room_id", "at"),)

    id: Mapped[str] = mapped_column(IdColumn, primary_key=True)
    room_id: Mapped[str] = mapped_column(ForeignKey("room.id"))
    seat_id: Mapped[str] = mapped_column(ForeignKey("seat.id"))
    at: Mapped[datetime]
    text: Mapped[str] = mapped_column(Text)
    behind_doors: Mapped[bool] = mapped_column(default=False, server_default="0")
    """Written while the public was excluded: for those who were inside, and for nobody who comes later."""

    def is_for(self, inside_since: datetime | None) -> bool:
        """Whether somebody reads it who is inside since then, or who is not."""
        return not self.behind_doors or (inside_since is not None and inside_since <= self.at)


def clean_name(text: str) -> str:
    """A guest's name as others will read it: printable, single spaces. Raises `InvalidInput`."""
    name = " ".join("".join(char for char in text if char.isprintable()).split())
    if not 2 <= len(name) <= NAME_LENGTH:
        raise InvalidInput(fields={"name": lazy("Please give the name by which the others know you.")})
    return name
