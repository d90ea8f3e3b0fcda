"""What the media workers tell, as pushes to the pages that it concerns.

Every web worker is attached to every media worker and told the same: each tells its own connections.
"""

from __future__ import annotations

from collections.abc import Iterable

from meetings.rooms.media.channels import ALL_ROOMS, room_channel, seat_channel
from meetings.rooms.media.picture import slots_view
from meetings.rooms.media.pushes import (
    LayersChanged,
    LineTold,
    MediaRestarted,
    PeerChanged,
    SlotsChanged,
    SpeakersHeard,
    WeaknessTold,
)
from meetings.sfu import LayersWanted, LineChanged, Notification, SlotsAssigned, SpeakersChanged
from realtime.hub import Hub
from realtime.messages import Push


class PageTeller:
    """Tells the pages of this web worker about their sound and picture."""

    def __init__(self, hub: Hub) -> None:
        """Announce what may be pushed."""
        self._hub = hub
        hub.announces(SlotsChanged, SpeakersHeard, PeerChanged, LayersChanged, LineTold, WeaknessTold, MediaRestarted)

    async def tell(self, told: Notification) -> None:
        """Pass on what a worker tells."""
        match told:
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
                change = PeerChanged.of(told)
                await self._push(change, room_channel(change.room_id))

    async def everybody_connects_again(self) -> None:
        """Let the pages of all rooms connect their sound and picture anew."""
        await self._push(MediaRestarted(), ALL_ROOMS)

    async def connect_again(self, rooms: Iterable[str] = (), seats: Iterable[str] = ()) -> None:
        """Let the pages of these rooms, and of these seats, connect their sound and picture anew."""
        for channel in (*map(room_channel, rooms), *map(seat_channel, seats)):
            await self._push(MediaRestarted(), channel)

    async def _push(self, push: Push, channel: str) -> None:
        await self._hub.send(push, channel=channel, everywhere=False)
