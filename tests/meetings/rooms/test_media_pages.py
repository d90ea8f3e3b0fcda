"""What operators see of sound and picture: with a real worker process, people without browsers, and real pages."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

from meetings.rooms.media import MediaDesk
from meetings.rooms.model import Room, RoomKind
from meetings.sfu import Permissions, Source, WorkerClient, issue_grant
from meetings.sfu.adapter import Certificate
from meetings.sfu.bot import Bot
from meetings.sfu.bot_sdp import BotOffer
from portal.ids import new_id
from portal.permissions import Role
from tests.clock import FixedClock
from tests.meetings.sfu.test_process import started
from tests.meetings.sfu.world import SECRET, until
from tests.portal.town.site import Site, open_site
from tests.portal.town.world import found_town

OTHERS = [role for role in Role if role is not Role.ADMINISTRATOR]


@pytest.fixture
async def worker_port(free_port: int) -> AsyncIterator[int]:
    """Where a media worker process of the test's own is controlled."""
    worker = await started(free_port)
    yield free_port
    worker.terminate()
    await worker.communicate()


@pytest.fixture
async def site(tmp_path: Path, clock: FixedClock, worker_port: int) -> AsyncIterator[Site]:
    """A portal with its media worker, in whose one room, of the council, Anna and Berta sit; Anna speaks."""
    control = f"127.0.0.1:{worker_port}"
    site = await open_site(tmp_path, clock, PARVIS_MEDIA_CONTROL=control, PARVIS_MEDIA_SECRET=SECRET.decode())
    await found_town(site.portal.database, clock)
    desk = next(d for start in site.portal.start if isinstance(d := getattr(start, "__self__", None), MediaDesk))
    await desk.start()
    bots = [Bot(), Bot()]
    room = Room(id=new_id(), title="Budget council", kind=RoomKind.STAFF, host_id=new_id(), created_at=clock())
    async with site.portal.database.write() as db:
        db.add(room)
    async with WorkerClient("127.0.0.1", worker_port, SECRET, lambda _: None) as client:
        await client.wait_attached()
        for name, bot in zip(("anna", "berta"), bots, strict=True):
            await bot.connect(partial(_seated, client, room.id, name))
        speaking: set[str] = set()
        while not speaking:
            bots[0].send(Source.MICROPHONE, b"voice", 960, level=20)
            states = [peer for each in (await client.snapshot()).rooms for peer in each.peers]
            speaking = {peer.peer for peer in states if peer.publishing}
    await until(lambda: desk.is_attached, "the portal is attached")
    yield site
    for bot in bots:
        await bot.close()
    await desk.stop()
    await site.portal.database.close()


async def _seated(client: WorkerClient, room: str, name: str, sdp_offer: str) -> str:
    grant = issue_grant(SECRET, room=room, peer=name, permissions=Permissions(microphone=True), now=time.time())
    return await client.join(room, name, grant, sdp_offer)


async def test_an_administrator_sees_every_room_and_each_seat_but_no_name(site: Site) -> None:
    browser = await site.person(Role.ADMINISTRATOR)

    all_rooms = await browser.text("/admin/media")
    assert "Budget council" in all_rooms
    path = all_rooms.split('<a href="/admin/media/')[1].partition('"')[0]
    one_room = await browser.text(f"/admin/media/{path}")

    assert "Budget council" in one_room
    assert "2 people" in one_room
    assert "Microphone" in one_room
    assert "anna" not in (all_rooms + one_room).lower()


async def test_of_a_line_that_has_told_nothing_yet_nothing_is_made_up(site: Site) -> None:
    ((snapshot),) = (await _desk(site).fleet.snapshots()).values()
    (room,) = snapshot.rooms
    grant = issue_grant(SECRET, room=room.room, peer="chloe", permissions=Permissions(), now=time.time())
    await _desk(site).fleet.join(room.room, "chloe", grant, BotOffer().text(Certificate().fingerprint))

    browser = await site.person(Role.ADMINISTRATOR)
    path = (await browser.text("/admin/media")).split('<a href="/admin/media/')[1].partition('"')[0]
    seats = re.findall(
        r'data-label="Line">(.*?)<.*?data-label="Way and queue, ms">(.*?)<',
        await browser.text(f"/admin/media/{path}"),
        re.DOTALL,
    )

    assert seats == [("stands", "– + 0"), ("stands", "– + 0"), ("connecting", "– + 0")]


async def test_the_pages_do_not_give_away_the_way_into_a_room(site: Site) -> None:
    browser = await site.person(Role.ADMINISTRATOR)
    async with site.portal.database.read() as db:
        room = await db.get(Room, (await _only_room(site)))
    assert room is not None

    assert room.id not in await browser.text("/admin/media")


def _desk(site: Site) -> MediaDesk:
    return next(d for start in site.portal.start if isinstance(d := getattr(start, "__self__", None), MediaDesk))


async def _only_room(site: Site) -> str:
    ((snapshot),) = (await _desk(site).fleet.snapshots()).values()
    return snapshot.rooms[0].room


async def test_nobody_else_sees_them(site: Site) -> None:
    browser = await site.person(*OTHERS)

    assert (await browser.get("/admin/media", "application/json")).status_code == 403
    assert (await browser.get("/admin/media/anything", "application/json")).status_code == 403
    assert (await site.visitor().get("/admin/media", "application/json")).status_code == 401


async def test_a_room_that_nobody_sits_in_is_not_found(site: Site) -> None:
    browser = await site.person(Role.ADMINISTRATOR)

    await browser.text("/admin/media/0123456789abcdef", 404)


async def test_prometheus_is_told_by_worker_and_never_by_room(site: Site) -> None:
    token = {"Authorization": f"Bearer {site.portal.settings.metrics_token}"}
    answer = await site.app.test_client().get("/metrics", headers=token)
    told = await answer.get_data(as_text=True)

    assert 'parvis_media_people{media_worker="1"} 2.0' in told
    assert 'parvis_media_shown{media_worker="1",step="all"} 2.0' in told
    assert 'parvis_media_cpu_seconds_total{media_worker="1"}' in told
    assert 'parvis_media_events_total{event="packets_forwarded",media_worker="1"}' in told
    assert await _only_room(site) not in told
