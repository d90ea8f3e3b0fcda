"""Rooms on the live channel."""

from __future__ import annotations

from dataclasses import dataclass

from quart import Blueprint, Quart

from meetings.rooms.live.attendance import Attendance
from meetings.rooms.live.desk import RoomDesk
from meetings.rooms.live.enforcement import RoomEnforcement
from meetings.rooms.live.stream import RoomStream
from meetings.rooms.media import MediaDesk
from meetings.rooms.media.pages import MediaPages
from meetings.rooms.messages import (
    ChatWrite,
    HandRaise,
    RoomClose,
    RoomConnect,
    RoomEndSource,
    RoomEnter,
    RoomLeave,
    RoomLock,
    RoomRestartIce,
    RoomWatch,
    SeatAllow,
    SeatDecide,
    SeatTaken,
)
from portal.context import Portal

_EXTENSION = "parvis.rooms"


@dataclass(frozen=True)
class RoomParts:
    """What rooms offer to the slices above them; one for the portal."""

    media: MediaDesk
    enforcement: RoomEnforcement

    def offer(self, app: Quart) -> None:
        """Let those find it who register later."""
        app.extensions[_EXTENSION] = self

    @classmethod
    def of(cls, app: Quart) -> RoomParts:
        """What `offer` gave."""
        found: RoomParts = app.extensions[_EXTENSION]
        return found


def register(app: Quart, portal: Portal) -> None:
    """Let rooms answer their messages and own their streams."""
    media = MediaDesk(portal.settings, portal.hub, portal.clock)
    operating = Blueprint("media", __name__)
    MediaPages(portal, media).add_to(operating)
    app.register_blueprint(operating)
    enforcement = RoomEnforcement(portal, media)
    RoomParts(media, enforcement).offer(app)
    desk = RoomDesk(portal, media, enforcement)
    attendance = Attendance(portal, media)
    portal.probes["media"] = lambda: media.is_attached
    portal.streams.add("room", RoomStream())
    portal.hub.announces(SeatTaken)
    portal.hub.on(RoomEnter, desk.enter)
    portal.hub.on(RoomConnect, desk.connect)
    portal.hub.on(RoomRestartIce, desk.restart_ice)
    portal.hub.on(RoomWatch, desk.watch)
    portal.hub.on(RoomEndSource, desk.end_source)
    portal.hub.on(RoomLeave, desk.leave)
    portal.hub.on(HandRaise, desk.raise_hand)
    portal.hub.on(ChatWrite, desk.write)
    portal.hub.on(SeatDecide, desk.decide)
    portal.hub.on(SeatAllow, desk.allow)
    portal.hub.on(RoomLock, desk.lock)
    portal.hub.on(RoomClose, desk.close)
    portal.hub.presence.on_changed(attendance.changed)
    portal.log.on_advanced(attendance.account_changed)
    portal.start.extend([media.start, attendance.start])
    portal.stop.extend([media.stop, attendance.stop])
