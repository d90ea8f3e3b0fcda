"""The portal's end of the media plane: seats become peers, what the worker tells becomes pushes to pages.

One task per portal process drains the worker's notifications, in order: every web process attaches, is told everything
and passes it on to its own pages. A worker that was started anew has lost every
seat; its people are told over the socket to connect again, long before ICE would notice.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable

import structlog

from meetings.rooms.media.channels import ALL_ROOMS, room_channel, seat_channel
from meetings.rooms.media.picture import MediaPicture, slots_view
from meetings.rooms.media.pushes import (
    LayersChanged,
    LineTold,
    MediaRestarted,
    PeerChanged,
    SlotsChanged,
    SpeakersHeard,
    WeaknessTold,
)
from meetings.rooms.model import Seat
from meetings.sfu import (
    CommandRefusedError,
    LayersWanted,
    LineChanged,
    Notification,
    PeerConnected,
    PeerGone,
    PeerLost,
    PeerReturned,
    Permissions,
    RefusalCode,
    SlotsAssigned,
    Source,
    SpeakersChanged,
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
from realtime.messages import Json, Push

log = structlog.get_logger(__name__)

ATTACH_PATIENCE_S = 2.0

Told = Notification | WorkerAttached | WorkerDetached


class MediaUnavailable(Unavailable):
    """The media worker does not answer."""

    code = "media-unavailable"
    text = lazy("Sound and picture are not available at the moment. You are connected again by yourself in a moment.")


class MediaDesk:
    """Asks the media worker for the portal, and passes on what it tells."""

    def __init__(self, settings: Settings, hub: Hub, clock: Clock) -> None:
        """Attach to the worker at the settings' control address once started."""
        host, _, port = settings.media_control.rpartition(":")
        self._secret = settings.media_secret.encode()
        self._hub = hub
        self._clock = clock
        # The worker speaks in bursts of a few per person; what a page misses of it, its next snapshot holds.
        self._told: asyncio.Queue[Told] = asyncio.Queue()
        self._worker = WorkerClient(host, int(port), self._secret, self._told.put_nowait)
        self._task: asyncio.Task[None] | None = None
        self._boot: str | None = None
        self._is_settled = asyncio.Event()
        self._picture = MediaPicture()
        hub.announces(SlotsChanged, SpeakersHeard, PeerChanged, LayersChanged, LineTold, WeaknessTold, MediaRestarted)

    @property
    def is_attached(self) -> bool:
        """Whether the worker answers."""
        return self._worker.is_attached

    async def start(self) -> None:
        """Begin to attach and to listen."""
        self._worker.start()
        self._task = asyncio.create_task(self._listen(), name="media desk")

    async def stop(self) -> None:
        """Let go of the worker; what it forwards goes on without us."""
        await self._worker.stop()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def connect(self, seat: Seat, sdp_offer: str) -> str:
        """Seat the person's browser; returns the SDP answer. Raises `MediaUnavailable`, `InvalidInput`."""
        now = self._clock().timestamp()
        grant = issue_grant(self._secret, room=seat.room_id, peer=seat.id, permissions=permissions_of(seat), now=now)
        return await self._negotiate(self._worker.join(seat.room_id, seat.id, grant, sdp_offer))

    async def restart_ice(self, seat: Seat, sdp_offer: str) -> str:
        """Renew the connection's path after a change of network. Raises as `connect`."""
        return await self._negotiate(self._worker.restart_ice(seat.room_id, seat.id, sdp_offer))

    async def allow(self, seat: Seat) -> None:
        """Make the worker enforce what the seat may publish, now. Raises `MediaUnavailable`."""
        await self._tell_worker(self._worker.allow(seat.room_id, seat.id, permissions_of(seat)))

    async def watch(self, seat: Seat, wanted: Wanted) -> None:
        """Say what the person's page shows. Raises `MediaUnavailable`."""
        await self._tell_worker(self._worker.watch(seat.room_id, seat.id, wanted))

    async def end_source(self, seat: Seat, source: Source) -> None:
        """Say that the person's page has stopped a source. Raises `MediaUnavailable`."""
        await self._tell_worker(self._worker.end_source(seat.room_id, seat.id, source))

    async def unseat(self, room_id: str, seat_id: str) -> None:
        """End a person's sound and picture. A worker that is away has no seat to end."""
        try:
            await self._tell_worker(self._worker.leave(room_id, seat_id))
        except MediaUnavailable:
            log.warning("seat not ended, worker away", room_id=room_id, seat_id=seat_id)

    async def close_room(self, room_id: str) -> None:
        """End everybody's sound and picture in a room."""
        try:
            await self._tell_worker(self._worker.close_room(room_id))
        except MediaUnavailable:
            log.warning("room not ended, worker away", room_id=room_id)

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
            told = await self._told.get()
            try:
                await self._pass_on(told)
            except Exception:
                log.exception("media notification not passed on", kind=type(told).__name__)

    async def view(self, seat: Seat) -> dict[str, Json]:
        """The room's media as this person's page draws it.

        Right after a start of the portal the worker's state comes a moment later than the browsers: it is waited for,
        or a page would connect anew although its sound and picture go on. ``is_known`` false: the worker is away.
        """
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(ATTACH_PATIENCE_S):
                await self._is_settled.wait()
        return {**self._picture.room(seat.room_id).view(seat.id), "is_known": self._is_settled.is_set()}

    async def _pass_on(self, told: Told) -> None:
        if not isinstance(told, WorkerAttached | WorkerDetached):
            self._picture.take(told)
        match told:
            case WorkerAttached(snapshot):
                self._picture.begin(snapshot)
                self._is_settled.set()
                if self._boot not in {None, snapshot.boot}:
                    await self._push(MediaRestarted(), ALL_ROOMS)
                self._boot = snapshot.boot
            case WorkerDetached():
                self._is_settled.clear()
                log.warning("media worker detached")
            case SlotsAssigned(room, viewer, slots):
                await self._push(SlotsChanged(room, slots_view(slots)), seat_channel(viewer))
            case LayersWanted(room, peer, source, rids):
                await self._hub.send(LayersChanged(room, source.value, rids), channel=seat_channel(peer))
            case LineChanged(room, peer, shown, is_weak):
                await self._push(LineTold(room, shown), seat_channel(peer))
                await self._push(WeaknessTold(room, peer, is_weak), room_channel(room))
            case SpeakersChanged(room, speaking, dominant):
                await self._push(SpeakersHeard(room, speaking, dominant), room_channel(room))
            case _:
                change = _peer_change(told)
                await self._push(change, room_channel(change.room_id))

    async def _push(self, push: Push, channel: str) -> None:
        # Every web worker is attached and told the same: each tells its own connections.
        await self._hub.send(push, channel=channel, everywhere=False)


def permissions_of(seat: Seat) -> Permissions:
    """What the seat may publish, as the worker knows it."""
    return Permissions(microphone=seat.may_microphone, camera=seat.may_camera, screen=seat.may_screen)


def _peer_change(
    told: PeerConnected | PeerLost | PeerReturned | PeerGone | TrackPublished | TrackMuted,
) -> PeerChanged:
    match told:
        case PeerConnected(room, peer) | PeerReturned(room, peer):
            return PeerChanged(room, peer, "connected", None, None)
        case PeerLost(room, peer, _):
            return PeerChanged(room, peer, "lost", None, None)
        case PeerGone(room, peer, _):
            return PeerChanged(room, peer, "gone", None, None)
        case TrackPublished(room, peer, source):
            return PeerChanged(room, peer, None, source.value, is_on=True)
        case TrackMuted(room, peer, source, _):
            return PeerChanged(room, peer, None, source.value, is_on=False)
