"""Our media worker as a measured server."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from meetings.sfu import Permissions, WorkerClient, issue_grant
from meetings.sfu.bot_sdp import BotOffer
from meetings.sfu.messages import Source
from meetings.sfu.negotiation import MID, TRANSPORT_CC
from tests.bench.media_load.clients import MediaClient, VideoSource, host_address
from tests.bench.media_load.servers import end, server_of
from tests.free_ports import find_free_port

SECRET = b"a control secret for measurements only"
ROOM = "measured"


@dataclass
class WorkerServer:
    """A worker process and a controller attached to it."""

    process: asyncio.subprocess.Process
    controller: WorkerClient
    control_port: int
    name: str = "ours"
    publishers: int = 0
    viewers: int = 0

    @property
    def pid(self) -> int:
        """Of the worker."""
        return self.process.pid

    async def publish(self, client: MediaClient) -> VideoSource:
        """The first publisher sends its screen, the others their cameras: ten of them fill all picture slots."""
        source = Source.CAMERA if self.publishers else Source.SCREEN
        name = f"publisher{self.publishers}"
        self.publishers += 1
        offer = BotOffer(is_receiving=False, ice_ufrag=client.ice_ufrag, ice_pwd=client.ice_pwd)
        await self._join(client, name, offer, Permissions(camera=True, screen=True))
        mid = {offer.extension(MID): offer.mid(source).encode()}
        return VideoSource(client, offer.vp8, offer.ssrcs[source], mid, offer.extension(TRANSPORT_CC))

    async def watch(self, client: MediaClient, streams: int) -> None:
        """A viewer gets the large picture, eight small ones and the screen by itself."""
        del streams
        self.viewers += 1
        offer = BotOffer(ice_ufrag=client.ice_ufrag, ice_pwd=client.ice_pwd)
        await self._join(client, f"viewer{self.viewers}", offer, Permissions())

    async def _join(self, client: MediaClient, name: str, offer: BotOffer, permissions: Permissions) -> None:
        grant = issue_grant(SECRET, room=ROOM, peer=name, permissions=permissions, now=time.time())
        answer = await self.controller.join(ROOM, name, grant, offer.text(client.fingerprint))
        await client.connect(server_of(answer))


@asynccontextmanager
async def running_worker(command: list[str] | None = None) -> AsyncIterator[WorkerServer]:
    """A worker of its own on the measured address. command: runs it, instead of plain Python."""
    control = find_free_port()
    environment = {
        **os.environ,
        "PARVIS_MEDIA_SECRET": SECRET.decode(),
        "PARVIS_MEDIA_BIND": host_address(),
        "PARVIS_MEDIA_PORT": "0",
        "PARVIS_MEDIA_CONTROL": f"127.0.0.1:{control}",
    }
    process = await asyncio.create_subprocess_exec(
        *(command or [sys.executable]), "-m", "meetings.sfu", env=environment, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        async with WorkerClient("127.0.0.1", control, SECRET, lambda _: None) as controller:
            async with asyncio.timeout(20):
                await controller.wait_attached()
            yield WorkerServer(process, controller, control)
    finally:
        await end(process)
