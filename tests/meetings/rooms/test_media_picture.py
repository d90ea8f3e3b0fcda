"""What a web worker knows of a room's media, and what its pages are told after it was cut off from a media worker."""

from __future__ import annotations

from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path

from meetings.rooms.media import MediaDesk, room_channel
from meetings.rooms.media.picture import MediaPicture
from meetings.sfu import (
    LayersWanted,
    LineChanged,
    Notification,
    PeerCondition,
    PeerConnected,
    PeerGone,
    PeerLost,
    PeerReturned,
    PeerState,
    Permissions,
    RoomState,
    SlotsAssigned,
    SlotState,
    Snapshot,
    Source,
    SpeakersChanged,
    TrackMuted,
    TrackPublished,
)
from portal.settings import load
from tests.meetings.sfu.world import SECRET, running_town, until
from tests.realtime.town import Log, make_hub, served
from tests.realtime.wire import browser

ANNA_LARGE = (SlotState("large", "anna", Source.CAMERA, live=True),)
CHLOE_LARGE = (SlotState("large", "chloe", Source.CAMERA, live=True),)


def told(*notifications: Notification) -> MediaPicture:
    """What is known after these."""
    picture = MediaPicture()
    for each in notifications:
        picture.take(each)
    return picture


BEFORE = told(
    PeerConnected("council", "anna"),
    TrackPublished("council", "anna", Source.CAMERA),
    PeerConnected("council", "bruno"),
    SlotsAssigned("council", "bruno", ANNA_LARGE),
    SpeakersChanged("council", ("anna",), "anna"),
    PeerConnected("council", "daria"),
    PeerConnected("office", "emil"),
)
ANNA = PeerState("anna", PeerCondition.LOST, Permissions(), (), (), {"camera": ("l",)})
BRUNO = PeerState("bruno", PeerCondition.CONNECTED, Permissions(), (), CHLOE_LARGE, {}, "fewer")
CHLOE = PeerState("chloe", PeerCondition.CONNECTED, Permissions(), (Source.CAMERA,), (), {}, "all", True)
SINCE = Snapshot("media", "boot", (RoomState("council", (ANNA, BRUNO, CHLOE), ("chloe",), "chloe"),))


def test_what_was_missed_of_a_worker_is_what_it_would_have_told() -> None:
    missed = deepcopy(BEFORE).begin(SINCE)

    assert set(missed) == {
        PeerLost("council", "anna", "missed"),
        TrackMuted("council", "anna", Source.CAMERA, "missed"),
        LayersWanted("council", "anna", Source.CAMERA, ("l",)),
        SlotsAssigned("council", "bruno", CHLOE_LARGE),
        LineChanged("council", "bruno", "fewer", is_weak=False),
        PeerReturned("council", "chloe"),
        TrackPublished("council", "chloe", Source.CAMERA),
        LineChanged("council", "chloe", "all", is_weak=True),
        PeerGone("council", "daria", "missed"),
        SpeakersChanged("council", ("chloe",), "chloe"),
        PeerGone("office", "emil", "missed"),
    }


def test_nothing_was_missed_where_nothing_has_changed() -> None:
    picture = deepcopy(BEFORE)
    picture.begin(SINCE)

    assert picture.begin(SINCE) == []


def test_what_was_missed_leads_to_what_is_so() -> None:
    caught_up, anew = deepcopy(BEFORE), MediaPicture()
    for each in deepcopy(BEFORE).begin(SINCE):
        caught_up.take(each)
    anew.begin(SINCE)

    for room in ("council", "office"):
        assert caught_up.room(room) == anew.room(room)


async def test_a_page_is_told_what_happened_while_the_portal_was_cut_off_from_the_worker(tmp_path: Path) -> None:
    hub = make_hub(Log())
    async with running_town() as town, served(hub) as port, browser(port) as page:
        settings = load(
            {
                "PARVIS_DATA": str(tmp_path),
                "PARVIS_MEDIA_CONTROL": f"127.0.0.1:{town.control_port}",
                "PARVIS_MEDIA_SECRET": SECRET.decode(),
            }
        )
        desk = MediaDesk(settings, hub, lambda: datetime.now(UTC))
        hub.enter(page.sid, room_channel("council"))
        await desk.start()
        await until(lambda: desk.fleet.placement.workers[0].is_attached, "the desk is attached")
        await town.join("anna")
        assert (await page.pushed("media:peer_changed"))["line"] == "connected"

        channel = desk.fleet._workers[0]._channel
        assert channel is not None
        channel.abort()
        await town.client.leave("council", "anna")

        assert await page.pushed("media:peer_changed") == {
            "room_id": "council",
            "seat_id": "anna",
            "line": "gone",
            "source": None,
            "is_on": None,
        }
        await desk.stop()
