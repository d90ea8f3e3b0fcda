"""What rooms say on the live channel: messages from the browser, parsed once into these types, and pushes to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from meetings.rooms.model import CHAT_LENGTH, NAME_LENGTH
from meetings.sfu import Source
from realtime.messages import Command, Message, Push

RoomId = Annotated[str, StringConstraints(min_length=10, max_length=26)]
PageId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{8,64}$")]
"""Made anew by each page that is loaded: of two pages with one seat, the later one has it."""
SeatId = RoomId
TileHeight = Annotated[int, Field(ge=0, le=8640)]
SEATS_IN_SIGHT = 200
SdpOffer = Annotated[str, StringConstraints(min_length=50, max_length=48_000)]


class RoomEnter(Message):
    """Come in, or wait in the lobby; answered with the room as it stands."""

    name: ClassVar[str] = "room:enter"
    room_id: RoomId
    page_id: PageId
    guest_name: Annotated[str, StringConstraints(max_length=NAME_LENGTH)] | None = None
    agrees: bool = False


class RoomConnect(Message):
    """Connect sound and picture with an SDP offer; answered with the SDP answer."""

    name: ClassVar[str] = "room:connect"
    room_id: RoomId
    sdp_offer: SdpOffer


class RoomRestartIce(Message):
    """Renew the path of a standing connection after a change of network."""

    name: ClassVar[str] = "room:restart_ice"
    room_id: RoomId
    sdp_offer: SdpOffer


class RoomWatch(Message):
    """Say what the page shows: who is pinned large, whose small tiles are in sight, how high tiles are in device
    pixels; null leaves it to the worker."""

    name: ClassVar[str] = "room:watch"
    room_id: RoomId
    large: SeatId | None = None
    small: Annotated[tuple[SeatId, ...], Field(max_length=SEATS_IN_SIGHT)] | None = None
    screen: SeatId | None = None
    large_height: TileHeight = 720
    small_height: TileHeight = 180


class RoomEndSource(Message):
    """Say that the page has stopped a source, so that the others do not wait for its silence."""

    name: ClassVar[str] = "room:end_source"
    room_id: RoomId
    source: Source


class RoomLeave(Message):
    """Go."""

    name: ClassVar[str] = "room:leave"
    room_id: RoomId


class HandRaise(Message):
    """Raise or lower one's own hand."""

    name: ClassVar[str] = "hand:raise"
    room_id: RoomId
    up: bool


class ChatWrite(Command):
    """Add a line to the room's chat."""

    name: ClassVar[str] = "chat:write"
    room_id: RoomId
    text: Annotated[str, StringConstraints(min_length=1, max_length=CHAT_LENGTH, strip_whitespace=True)]


class SeatDecide(Message):
    """The host admits, refuses or removes somebody."""

    name: ClassVar[str] = "seat:decide"
    room_id: RoomId
    seat_id: RoomId
    decision: Literal["admitted", "refused", "removed"]


class SeatAllow(Message):
    """The host says what somebody may publish; null leaves it as it is."""

    name: ClassVar[str] = "seat:allow"
    room_id: RoomId
    seat_id: RoomId
    microphone: bool | None = None
    camera: bool | None = None
    screen: bool | None = None


class RoomLock(Message):
    """The host locks or unlocks the room."""

    name: ClassVar[str] = "room:lock"
    room_id: RoomId
    locked: bool


class RoomClose(Message):
    """The host ends the room for everybody."""

    name: ClassVar[str] = "room:close"
    room_id: RoomId


@dataclass(frozen=True)
class SeatTaken(Push):
    """The seat is held by the page of this id now; other pages with the same seat let go of it."""

    name: ClassVar[str] = "seat:taken"
    room_id: str
    page_id: str
