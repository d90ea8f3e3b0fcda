"""Several media workers, each a real process: rooms spread over them, and move on when one ends."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from meetings.rooms.media import MediaDesk, MediaUnavailable
from meetings.rooms.media.placement import EQUAL_WITHIN
from meetings.rooms.model import Seat
from meetings.sfu import Permissions, Source, WorkerClient, issue_grant
from meetings.sfu.bot import Bot
from portal.app import build
from portal.serving import free_local_ports
from portal.settings import load
from tests.browser.portal_process import PortalProcess, demo_portal
from tests.free_ports import find_free_ports
from tests.meetings.sfu.test_process import started
from tests.meetings.sfu.world import SECRET, until


def seat(room: str, name: str) -> Seat:
    return Seat(id=name, room_id=room, may_microphone=True, may_camera=True, may_screen=True, version=1)


@dataclass
class House:
    """Two worker processes, and the desks of the web workers that are attached to them."""

    control: int
    folder: Path
    workers: list[asyncio.subprocess.Process] = field(default_factory=list)
    desks: list[MediaDesk] = field(default_factory=list)
    bots: list[Bot] = field(default_factory=list)

    async def open_desk(self) -> MediaDesk:
        """Another web worker's desk, attached to every worker."""
        settings = load(
            {
                "PARVIS_DATA": str(self.folder / f"web{len(self.desks)}"),
                "PARVIS_MEDIA_WORKERS": "2",
                "PARVIS_MEDIA_CONTROL": f"127.0.0.1:{self.control}",
                "PARVIS_MEDIA_SECRET": SECRET.decode(),
            }
        )
        _app, portal = build(settings)
        desk = next(each for start in portal.start if isinstance(each := getattr(start, "__self__", None), MediaDesk))
        self.desks.append(desk)
        await desk.start()
        await until(
            lambda: all(each.is_attached for each in desk.fleet.placement.workers), "the desk knows every worker"
        )
        return desk

    async def join(self, desk: MediaDesk, room: str, name: str) -> None:
        """Connect somebody without a browser."""
        bot = Bot()
        self.bots.append(bot)
        await bot.connect(lambda sdp_offer: desk.connect(seat(room, name), sdp_offer))

    async def join_at(self, number: int, room: str, name: str) -> None:
        """Connect somebody on a worker of our choice, as another controller could."""
        bot = Bot()
        self.bots.append(bot)
        grant = issue_grant(SECRET, room=room, peer=name, permissions=Permissions(), now=time.time())
        async with WorkerClient("127.0.0.1", self.control + number, SECRET, lambda _: None) as worker:
            await worker.wait_attached()
            await bot.connect(lambda sdp_offer: worker.join(room, name, grant, sdp_offer))


@asynccontextmanager
async def two_workers(folder: Path) -> AsyncIterator[House]:
    house = House(free_local_ports(2), folder)
    house.workers = [await started(house.control + number) for number in range(2)]
    try:
        yield house
    finally:
        for bot in house.bots:
            await bot.close()
        for desk in house.desks:
            await desk.stop()
        for worker in house.workers:
            if worker.returncode is None:
                worker.terminate()
            await worker.communicate()


async def test_rooms_are_spread_over_the_workers_and_everybody_finds_them(tmp_path: Path) -> None:
    async with two_workers(tmp_path) as house:
        desk = await house.open_desk()
        for number in range(EQUAL_WITHIN):
            await house.join(desk, "council", f"councillor{number}")
        await house.join(desk, "office", "agent")

        council, office = (desk.fleet.placement.place_of(room) for room in ("council", "office"))
        assert {council, office} == {0, 1}

        other = await house.open_desk()
        await house.join(other, "council", "latecomer")
        await until(
            lambda: "latecomer" in desk.fleet.placement.workers[council or 0].rooms["council"],
            "the first web worker knows who came through the second one",
        )
        view = await other.view(seat("office", "agent"))
        assert view["is_known"]
        assert "agent" in str(view["peers"])


async def test_a_dead_workers_rooms_go_to_the_one_that_lives(tmp_path: Path) -> None:
    async with two_workers(tmp_path) as house:
        desk = await house.open_desk()
        await house.join(desk, "council", "anna")
        dead = desk.fleet.placement.place_of("council")
        assert dead is not None

        house.workers[dead].kill()
        await until(lambda: desk.fleet.placement.choose("council") == 1 - dead, "the room has another place")
        await house.join(desk, "council", "anna")

        assert desk.fleet.placement.place_of("council") == 1 - dead
        assert (await desk.view(seat("council", "anna")))["is_known"]


async def test_nobody_is_seated_while_no_worker_lives(tmp_path: Path) -> None:
    async with two_workers(tmp_path) as house:
        desk = await house.open_desk()
        for worker in house.workers:
            worker.kill()
        await until(lambda: not desk.fleet.is_reachable, "the desk knows that they are gone")

        with pytest.raises(MediaUnavailable):
            await house.join(desk, "council", "anna")


async def test_a_room_that_was_put_on_two_workers_comes_together(tmp_path: Path) -> None:
    async with two_workers(tmp_path) as house:
        desk = await house.open_desk()
        await house.join_at(1, "council", "anna")
        await house.join_at(1, "council", "berta")
        await house.join_at(0, "council", "claire")

        await until(
            lambda: [each.rooms for each in desk.fleet.placement.workers] == [{}, {"council": {"anna", "berta"}}],
            "claire's worker has given the room up",
        )


async def test_a_withdrawn_permission_reaches_the_room_wherever_it_is(tmp_path: Path) -> None:
    async with two_workers(tmp_path) as house:
        desk = await house.open_desk()
        await house.join(desk, "council", "anna")
        muted = seat("council", "anna")
        muted.may_microphone = False

        await desk.allow(muted)

        snapshots = await desk.fleet.snapshots()
        (state,) = (peer for each in snapshots.values() for room in each.rooms for peer in room.peers)
        assert [state.permissions.allows(source) for source in Source] == [False, True, True]


def media_processes(portal: PortalProcess) -> dict[int, int]:
    """The media workers that a portal's supervisor runs now, process numbers by UDP port."""
    children = Path(f"/proc/{portal.process.pid}/task/{portal.process.pid}/children").read_text().split()
    found = {}
    for pid in map(int, children):
        with suppress(FileNotFoundError, ProcessLookupError):
            if b"meetings.sfu" in Path(f"/proc/{pid}/cmdline").read_bytes():
                entries = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
                port = next(entry for entry in entries if entry.startswith(b"PARVIS_MEDIA_PORT="))
                found[int(port.partition(b"=")[2])] = pid
    return found


async def test_a_portal_runs_as_many_media_workers_as_are_set_and_starts_a_dead_one_again(tmp_path: Path) -> None:
    port = find_free_ports(2)
    settings = {"PARVIS_MEDIA_WORKERS": "2", "PARVIS_MEDIA_PORT": str(port)}
    async with demo_portal(tmp_path, demo=False, settings=settings) as portal:
        before = media_processes(portal)
        assert sorted(before) == [port, port + 1]

        os.kill(before[port + 1], signal.SIGKILL)

        await until(lambda: media_processes(portal).get(port + 1, 0) != before[port + 1], "the dead one is gone")
        await until(lambda: len(media_processes(portal)) == 2, "there are two again")
        assert media_processes(portal)[port] == before[port]
