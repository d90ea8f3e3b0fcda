"""The portal's end of the media plane: seats become peers, what the worker tells becomes pushes to pages.

One task per portal process drains the workers' notifications, in order: every web process attaches to every worker, is
told everything and passes it on to its own pages. A worker that has ended has lost every seat; its people are told over
the socket to connect again, to another worker if there is one, long before ICE would notice.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine, Mapping

import structlog

from meetings.rooms.media.fleet import Told, WorkerFleet
from meetings.rooms.media.picture import MediaPicture, PeerPicture, RoomPicture
from meetings.rooms.media.telling import PageTeller
from meetings.rooms.model import Seat
from meetings.sfu import (
    CommandRefusedError,
    PeerConnected,
    PeerGone,
    PeerLost,
    PeerReturned,
    Permissions,
    RefusalCode,
    Snapshot,
    Source,
    TrackMuted,
    TrackPublished,
    Wanted,
    WorkerAttached,
    WorkerClient,
    WorkerDetached,
    WorkerUnavailableError,
    issue_grant,
)
from portal.clock import Clock
from portal.errors import InvalidInput, Unavailable
from portal.i18n import lazy
from portal.settings import Settings
from realtime.hub import Hub
from realtime.messages import Json

log = structlog.get_logger(__name__)

ATTACH_PATIENCE_S = 2.0
GIVEN_UP_AFTER_S = 1.0
"""A worker that is away for longer has ended, and its rooms go to another one: a lost connection is back sooner."""

_OF_PEOPLE = (PeerConnected, PeerLost, PeerReturned, PeerGone, TrackPublished, TrackMuted)


class MediaUnavailable(Unavailable):
    """The media worker does not answer."""

    code = "media-unavailable"
    text = lazy("Sound and picture are not available at the moment. You are connected again by yourself in a moment.")


class MediaDesk:
    """Asks the media workers for the portal, and passes on what they tell."""

    def __init__(self, settings: Settings, hub: Hub, clock: Clock) -> None:
        """Attach to the workers at the settings' control addresses once started."""
        self._secret = settings.media_secret.encode()
        self._pages = PageTeller(hub)
        self._clock = clock
        # A worker speaks in bursts of a few per person; what a page misses of it, its next snapshot holds.
        self._told: asyncio.Queue[tuple[int, Told]] = asyncio.Queue()
        self.fleet = WorkerFleet(
            settings.media_controls, self._secret, lambda number, told: self._told.put_nowait((number, told))
        )
        self._pictures = [MediaPicture() for _ in range(len(self.fleet))]
        self._tasks: set[asyncio.Task[None]] = set()
        self._awaiting_seats: list[Callable[[str, str], Coroutine[object, object, None]]] = []
        self._is_settled = asyncio.Event()
        self._listeners: list[Callable[[str], None]] = []

    @property
    def is_attached(self) -> bool:
        """Whether every worker answers."""
        return self.fleet.is_whole

    def on_connected(self, heard: Callable[[str, str], Coroutine[object, object, None]]) -> None:
        """Be told of a room and a seat in it whenever the seat is connected, for the first time or again."""
        self._awaiting_seats.append(heard)

    async def start(self) -> None:
        """Begin to attach and to listen."""
        self.fleet.start()
        self._own(self._listen(), "media desk")
        self._own(self._settle_later(), "media desk settles")

    async def stop(self) -> None:
        """Let go of the workers; what they forward goes on without us."""
        await self.fleet.stop()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _own(self, work: Coroutine[object, object, None], name: str) -> None:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def connect(self, seat: Seat, sdp_offer: str) -> str:
        """Seat the person's browser; returns the SDP answer. Raises `MediaUnavailable`, `InvalidInput`."""
        now = self._clock().timestamp()
        grant = issue_grant(self._secret, room=seat.room_id, peer=seat.id, permissions=permissions_of(seat), now=now)
        return await self._negotiate(self.fleet.join(seat.room_id, seat.id, grant, sdp_offer))

    async def restart_ice(self, seat: Seat, sdp_offer: str) -> str:
        """Renew the connection's path after a change of network. Raises as `connect`."""
        return await self._negotiate(self.fleet.restart_ice(seat.room_id, seat.id, sdp_offer))

    async def allow(self, seat: Seat) -> None:
        """Make the worker enforce what the seat may publish, now. Raises `MediaUnavailable`."""
        await self._tell_worker(self.fleet.allow(seat.room_id, seat.id, permissions_of(seat)))

    async def watch(self, seat: Seat, wanted: Wanted) -> None:
        """Say what the person's page shows. Raises `MediaUnavailable`."""
        await self._tell_worker(self._holder(seat).watch(seat.room_id, seat.id, wanted))

    async def end_source(self, seat: Seat, source: Source) -> None:
        """Say that the person's page has stopped a source. Raises `MediaUnavailable`."""
        await self._tell_worker(self._holder(seat).end_source(seat.room_id, seat.id, source))

    async def unseat(self, room_id: str, seat_id: str) -> None:
        """End a person's sound and picture. A worker that is away has no seat to end."""
        try:
            await self._tell_worker(self.fleet.leave(room_id, seat_id))
        except MediaUnavailable:
            log.warning("seat not ended, worker away", room_id=room_id, seat_id=seat_id)

    async def close_room(self, room_id: str) -> None:
        """End everybody's sound and picture in a room."""
        try:
            await self._tell_worker(self.fleet.close_room(room_id))
        except MediaUnavailable:
            log.warning("room not ended, worker away", room_id=room_id)

    def _holder(self, seat: Seat) -> WorkerClient:
        try:
            return self.fleet.holder(seat.room_id)
        except WorkerUnavailableError as error:
            raise MediaUnavailable from error

    async def _negotiate(self, asked: Awaitable[str]) -> str:
        try:
            return await asked
        except WorkerUnavailableError as error:
            raise MediaUnavailable from error
        except CommandRefusedError as error:
            if error.code in {RefusalCode.SDP_INVALID, RefusalCode.MALFORMED}:
                raise InvalidInput(fields={"sdp_offer": lazy("This browser's call cannot be understood.")}) from error
            raise MediaUnavailable from error

    async def _tell_worker(self, asked: Awaitable[None]) -> None:
        try:
            await asked
        except CommandRefusedError as error:
            # A peer that is not connected has nothing to enforce: its next grant carries the new permissions.
            if error.code != RefusalCode.UNKNOWN_PEER:
                raise MediaUnavailable from error
        except WorkerUnavailableError as error:
            raise MediaUnavailable from error

    async def _listen(self) -> None:
        while True:
            number, told = await self._told.get()
            try:
                await self._take(number, told)
            except Exception:
                log.exception("media notification not passed on", kind=type(told).__name__)

    async def _settle_later(self) -> None:
        """Right after a start every worker is waited for, but no longer than this."""
        await asyncio.sleep(ATTACH_PATIENCE_S)
        if self.fleet.is_reachable:
            self._is_settled.set()

    def on_people_changed(self, listener: Callable[[str], None]) -> None:
        """Call `listener` with a room's id whenever somebody's connection, sound or picture there has changed."""
        self._listeners.append(listener)

    def people(self, room_id: str) -> Mapping[str, PeerPicture] | None:
        """Everybody's media in a room, by seat; None while it is not known."""
        if not self._is_settled.is_set() or self.fleet.placement.choose(room_id) is None:
            return None
        place = self.fleet.placement.place_of(room_id)
        return {} if place is None else self._pictures[place].room(room_id).peers

    async def view(self, seat: Seat) -> dict[str, Json]:
        """The room's media as this person's page draws it.

        Right after a start of the portal the workers' state comes a moment later than the browsers: it is waited for,
        or a page would connect anew although its sound and picture go on. ``is_known`` false: the worker is away.
        """
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(ATTACH_PATIENCE_S):
                await self._is_settled.wait()
        place = self.fleet.placement.place_of(seat.room_id)
        picture = RoomPicture() if place is None else self._pictures[place].room(seat.room_id)
        is_known = self._is_settled.is_set() and self.fleet.placement.choose(seat.room_id) is not None
        return {**picture.view(seat.id), "is_known": is_known}

    async def _take(self, number: int, told: Told) -> None:
        """Bring what is known up to date, then tell the pages."""
        placement = self.fleet.placement
        match told:
            case WorkerAttached(snapshot):
                await self._attached(number, snapshot)
            case WorkerDetached():
                log.warning("media worker detached", worker=number)
                placement.detached(number)
                if not self.fleet.is_reachable:
                    self._is_settled.clear()
                self._own(self._give_up_later(number), "media worker given up")
            case _:
                self._pictures[number].take(told)
                placement.take(number, told)
                if isinstance(told, _OF_PEOPLE):
                    self._say_changed(told.room)
                await self._pages.tell(told)
                if isinstance(told, PeerConnected):
                    await self._end_doubles(told.room)
                if isinstance(told, PeerConnected | PeerReturned):
                    for heard in self._awaiting_seats:
                        self._own(heard(told.room, told.peer), "media desk tells of a seat")

    async def _attached(self, number: int, snapshot: Snapshot) -> None:
        placement = self.fleet.placement
        was_seen, was_reachable = placement.workers[number].boot, any(each.is_attached for each in placement.workers)
        lost = placement.attached(number, snapshot)
        missed = self._pictures[number].begin(snapshot)
        if self.fleet.is_whole or was_seen is not None:
            self._is_settled.set()
        if was_seen not in {None, snapshot.boot} and not was_reachable:
            # Nobody could connect while there was no worker: whoever tried in vain is told, too.
            await self._pages.everybody_connects_again()
        else:
            await self._pages.connect_again(lost)
        if was_seen == snapshot.boot:  # it went on while it could not be heard
            for each in missed:
                if placement.place_of(each.room) in {number, None}:
                    await self._pages.tell(each)
        for room_id in {*lost, *(room.room for room in snapshot.rooms)}:
            self._say_changed(room_id)
        for room in snapshot.rooms:
            await self._end_doubles(room.room)

    async def _give_up_later(self, number: int) -> None:
        """Send the people of a worker that stays away to the others, if there are any."""
        await asyncio.sleep(GIVEN_UP_AFTER_S)
        if self.fleet.is_reachable and not self.fleet.placement.workers[number].is_attached:
            rooms = self.fleet.placement.given_up(number)
            self._pictures[number] = MediaPicture()
            log.warning("media worker given up", worker=number, rooms=len(rooms))
            await self._pages.connect_again(rooms)

    def _say_changed(self, room_id: str) -> None:
        for listener in self._listeners:
            listener(room_id)

    async def _end_doubles(self, room: str) -> None:
        """Bring a room together that two web workers have put on two media workers in the same moment."""
        for number, people in self.fleet.placement.doubled(room).items():
            log.warning("room found on two media workers", room_id=room, given_up=number)
            await self._tell_worker(self.fleet.end_room_at(number, room))
            await self._pages.connect_again(seats=people)


def permissions_of(seat: Seat) -> Permissions:
    """What the seat may publish, as the worker knows it."""
    return Permissions(seat.may_microphone, seat.may_camera, seat.may_screen, seat.version)
