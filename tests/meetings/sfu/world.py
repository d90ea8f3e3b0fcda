"""A media worker in the test's own loop, with a controller, and bots that join it."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from meetings.sfu.bot import Bot
from meetings.sfu.bot_sdp import BotOffer
from meetings.sfu.client import WorkerAttached, WorkerClient, WorkerDetached
from meetings.sfu.control import ControlServer
from meetings.sfu.grants import issue_grant
from meetings.sfu.messages import Notification, Permissions, Source
from meetings.sfu.rtcp import KeyframeRequest, Rtcp
from meetings.sfu.rtp import RtpPacket
from meetings.sfu.settings import WorkerSettings
from meetings.sfu.worker import Worker

SECRET = b"a control secret for tests only"
ALL = Permissions(microphone=True, camera=True, screen=True)
PATIENCE_S = 20.0

KEYFRAME = bytes([0x90, 0xE0, 0x80, 0x01, 0x00, 0x00]) + bytes([0x00])
"""A VP8 descriptor (start of frame, picture id 1, TL0PICIDX 0) and the first byte of a keyframe."""
INTER = bytes([0x90, 0xE0, 0x80, 0x02, 0x01, 0x00]) + bytes([0x01])
"""The same for picture id 2, not a keyframe."""


async def until(condition: Callable[[], object], what: str) -> None:
    """Return as soon as the condition holds; fail after a time in which it should many times over."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, f"did not become true: {what}"
        await asyncio.sleep(0.01)


@dataclass
class Guest:
    """A bot and what it has received and been told."""

    name: str
    bot: Bot = field(init=False)
    packets: list[tuple[str, RtpPacket]] = field(default_factory=list)
    reports: list[Rtcp] = field(default_factory=list)
    keyframe_requests: int = 0
    offer: BotOffer = field(default_factory=BotOffer)

    def __post_init__(self) -> None:
        self.bot = Bot(
            self.offer, received=lambda slot, packet: self.packets.append((slot, packet)), reported=self._reported
        )

    def _reported(self, report: Rtcp) -> None:
        self.reports.append(report)
        self.keyframe_requests += isinstance(report, KeyframeRequest)

    def received(self, slot: str) -> list[RtpPacket]:
        """What has come in one slot."""
        return [packet for each, packet in self.packets if each == slot]


@dataclass
class Town:
    """A worker, its controller, and everything that the controller was told."""

    worker: Worker
    client: WorkerClient
    told: list[Notification | WorkerAttached | WorkerDetached]
    control_port: int
    guests: list[Guest] = field(default_factory=list)

    async def join(
        self, name: str, permissions: Permissions = ALL, room: str = "council", offer: BotOffer | None = None
    ) -> Guest:
        """Seat a bot and wait until it is connected."""
        guest = Guest(name, offer=offer or BotOffer())
        self.guests.append(guest)
        grant = issue_grant(SECRET, room=room, peer=name, permissions=permissions, now=time.time())
        await guest.bot.connect(lambda sdp_offer: self.client.join(room, name, grant, sdp_offer))
        await until(lambda: self.worker.rooms[room].peers[name].condition == "connected", f"{name} is connected")
        return guest

    def notes(self, kind: type) -> list[Notification | WorkerAttached | WorkerDetached]:
        """What the controller was told of one kind."""
        return [each for each in self.told if isinstance(each, kind)]


@asynccontextmanager
async def running_town(address: str = "127.0.0.1") -> AsyncIterator[Town]:
    """A worker on free ports of this machine, with a controller attached to it."""
    control = ControlServer(SECRET)
    settings = WorkerSettings(SECRET, bind=(address,), port=0, control_port=0)
    worker = Worker(settings, control.notify)
    worker.open()
    clock = asyncio.create_task(worker.run())
    told: list[Notification | WorkerAttached | WorkerDetached] = []
    port = await control.open("127.0.0.1", 0, worker)
    async with WorkerClient("127.0.0.1", port, SECRET, told.append) as client:
        await client.wait_attached()
        town = Town(worker, client, told, port)
        yield town
        for guest in town.guests:
            await guest.bot.close()
    clock.cancel()
    await asyncio.wait([clock])
    await worker.close()
    await control.close()


async def speak(guest: Guest, *, count: int = 5, level: int = 30, size: int = 80) -> list[bytes]:
    """Send voice packets of random bytes; returns them."""
    payloads = [secrets.token_bytes(size) for _ in range(count)]
    for number, payload in enumerate(payloads):
        guest.bot.send(Source.MICROPHONE, payload, 960 * number, level=level)
        await asyncio.sleep(0)
    return payloads


def picture(head: bytes, size: int = 600) -> bytes:
    """A VP8 payload of random bytes under a real descriptor."""
    return head + secrets.token_bytes(size)
