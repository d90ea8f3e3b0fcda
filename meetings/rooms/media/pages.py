"""Pages for operators: how sound and picture do, in all rooms and in one. Rooms are named, and nobody in them."""

from __future__ import annotations

from quart import Blueprint

from meetings.rooms.media.desk import MediaDesk
from meetings.rooms.media.figures import RoomFigures, figures_of, metrics_of
from meetings.rooms.service import WATCH_MEDIA, titles_of
from meetings.sfu import PeerCondition
from portal.context import NavItem, Portal
from portal.db import digest
from portal.errors import NotFound
from portal.i18n import lazy
from portal.pages import Answer, actor, render
from portal.permissions import may, require

ALL = "/admin/media"
NAME_LENGTH = 16
SHOWN = {
    "all": lazy("Everything"),
    "fewer": lazy("Fewer pictures"),
    "smaller": lazy("Smaller pictures"),
    "one": lazy("One small picture"),
    "sound": lazy("Sound alone"),
}
LINES = {
    PeerCondition.JOINING: lazy("connecting"),
    PeerCondition.CONNECTED: lazy("stands"),
    PeerCondition.LOST: lazy("lost"),
}
LAYERS = {"l": lazy("small"), "m": lazy("middle"), "h": lazy("large")}
SOURCES = {"microphone": lazy("Microphone"), "camera": lazy("Camera"), "screen": lazy("Screen")}

WORDS = {"shown": SHOWN, "sources": SOURCES, "lines": LINES, "layers": LAYERS}


class MediaPages:
    """What stands below ``/admin/media``, and the same for Prometheus."""

    def __init__(self, portal: Portal, media: MediaDesk) -> None:
        """Ask the workers that this desk is attached to."""
        self._portal = portal
        self._media = media

    def add_to(self, pages: Blueprint) -> None:
        """Name the addresses, the link in the header and the figures."""
        pages.get(ALL)(self.see_all)
        pages.get(f"{ALL}/<name>")(self.see_one)
        self._portal.administration.append(
            NavItem(87, lazy("Sound and picture"), ALL, lambda who: may(who, WATCH_MEDIA))
        )
        self._portal.figures.append(self.metrics)

    async def see_all(self) -> Answer:
        """Every worker and every room."""
        require(actor(), WATCH_MEDIA)
        workers = figures_of(await self._media.fleet.snapshots())
        rooms = [room for worker in workers for room in worker.rooms]
        async with self._portal.database.read() as db:
            titles = await titles_of(db, [room.room_id for room in rooms])
        listed = [(public_name(room), titles.get(room.room_id, ""), room) for room in rooms]
        return await render(
            "rooms/media.html", workers=workers, rooms=listed, missing=len(self._media.fleet) - len(workers)
        )

    async def see_one(self, name: str) -> Answer:
        """One room, seat by seat."""
        require(actor(), WATCH_MEDIA)
        workers = figures_of(await self._media.fleet.snapshots())
        room = next((each for worker in workers for each in worker.rooms if public_name(each) == name), None)
        if room is None:
            raise NotFound
        async with self._portal.database.read() as db:
            title = (await titles_of(db, [room.room_id])).get(room.room_id, "")
        return await render("rooms/media_room.html", room=room, title=title, name=name, words=WORDS)

    async def metrics(self) -> list[object]:
        """What Prometheus is told."""
        return list(metrics_of(figures_of(await self._media.fleet.snapshots())))


def public_name(room: RoomFigures) -> str:
    """Names a room in an address of these pages: its own id is the way into it."""
    return digest(f"media page {room.room_id}")[:NAME_LENGTH]
