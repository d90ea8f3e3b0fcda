"""A person in a room, as a test drives one: joins by the page, and reads from the browser what is seen and heard."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any, Protocol

from playwright.async_api import Browser, Locator, Page, expect

from tests.browser.portal_process import PortalProcess

PATIENCE_S = 40.0

SMALL_CAMERA = """(() => {
  const devices = navigator.mediaDevices;
  if (!devices) return;
  const open = devices.getUserMedia.bind(devices);
  devices.getUserMedia = (asked) =>
    open(asked.video ? { ...asked, video: { ...asked.video, width: 640, height: 360, frameRate: 15 } } : asked);
})()"""
"""Two cores carry several browsers at this size."""

STATS = """async () => {
  const { readStats } = await import("parvis/media/stats.js");
  const peer = document.querySelector("room-page").call?.peer;
  return peer && peer.connection.connectionState !== "closed" ? (await readStats(peer)).slots : {};
}"""

SPEAK_ALL_THE_SAME = """async (sources) => {
  const { call } = document.querySelector("room-page");
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: sources.includes("camera") });
  for (const track of stream.getTracks()) {
    await call.peer.publish(track.kind === "audio" ? "microphone" : "camera", track);
  }
}"""

PACKETS_SENT = """async () => {
  const report = await document.querySelector("room-page").call.peer.connection.getStats();
  const sent = { audio: 0, video: 0 };
  report.forEach((entry) => entry.type === "outbound-rtp" && (sent[entry.kind] += entry.packetsSent));
  return sent;
}"""

Slots = dict[str, dict[str, float]]


class AnyPage(Protocol):
    """A page of whichever browser that a function can be asked in."""

    async def evaluate(self, expression: str) -> Any:
        """What the function returns in the page."""


class Viewer:
    """What a page of a room receives, straight from its browser."""

    def __init__(self, page: AnyPage) -> None:
        self._page = page

    async def slots(self) -> Slots:
        """Statistics of the receiving slots, straight from the browser."""
        found: Slots = await self._page.evaluate(STATS)
        return found

    async def until(self, expected: Callable[[Slots], bool]) -> Slots:
        """The first statistics that are as expected."""
        deadline = time.monotonic() + PATIENCE_S
        while not expected(slots := await self.slots()):
            assert time.monotonic() < deadline, f"not as expected: {slots}"
            await asyncio.sleep(0.1)
        return slots

    async def sees_and_hears(self, people: int = 1) -> None:
        """Return when pictures of so many others move and a voice is heard, both beginning from this moment."""
        before = await self.slots()

        def is_so(now: Slots) -> bool:
            moving = [name for name in now if frames_in(now, name) > frames_in(before, name) + 10]
            return len(moving) >= people and energy(now) > energy(before) + 0.001

        await self.until(is_so)

    async def frames_per_second(self, over: int = 45) -> float:
        """How fast pictures of others are decoded, over some frames."""
        began, first = time.monotonic(), frames(await self.slots())
        slots = await self.until(lambda now: frames(now) >= first + over)
        return (frames(slots) - first) / (time.monotonic() - began)


class PersonInRoom(Viewer):
    """One person's page of a room."""

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        self.page = page

    @property
    def call(self) -> Locator:
        """The call's part of the page."""
        return self.page.locator('[data-view="call"]')

    def tile(self, name: str) -> Locator:
        """A person's tile in the strip."""
        return self.call.locator(".stage__strip .tile").filter(has_text=name)

    async def join(self) -> None:
        """Press Join once the devices are open, and wait until the call is there."""
        await self.knock()
        await expect(self.call).to_be_visible(timeout=PATIENCE_S * 1000)

    async def knock(self, name: str | None = None) -> None:
        """Press Join, as a guest with a name and consent, and wait for nothing."""
        await expect(self.page.locator("[data-preview]")).to_be_visible()
        if name is not None:
            await self.page.fill("[name=guest_name]", name)
            await self.page.check("[name=agree]")
        await self.page.click("[data-join] button")

    async def press(self, control: str) -> None:
        """Press a control of the call's bar."""
        await self.call.locator(f'[data-control="{control}"]').click()

    def person(self, name: str) -> Locator:
        """Somebody's row in the list of those in the room."""
        return self.page.locator("[data-people] li").filter(has_text=name)

    def waiting(self, name: str) -> Locator:
        """Somebody's row in the list of those in the lobby."""
        return self.page.locator("[data-waiting] li").filter(has_text=name)

    @property
    def said(self) -> Locator:
        """What the lines of the chat say."""
        return self.page.locator("[data-chat] .said p:last-child")

    async def say(self, text: str) -> None:
        """Write a line into the open chat."""
        await self.page.fill("[data-chat-form] input[name=text]", text)
        await self.page.press("[data-chat-form] input[name=text]", "Enter")


def frames_in(slots: Slots, name: str) -> float:
    """Frames decoded in one slot; none yet where it does not exist."""
    return slots[name]["framesDecoded"] if name in slots else 0


def frames(slots: Slots) -> float:
    """Frames decoded of the busiest picture."""
    return max((frames_in(slots, name) for name in slots), default=0)


def energy(slots: Slots) -> float:
    """Sound energy heard from all voices."""
    return sum(slot["audioEnergy"] for slot in slots.values())


def packets(slots: Slots, kind: str = "") -> float:
    """Packets received of others' sounds and pictures; of the slots whose names begin so, where it is said."""
    return sum(slot["packetsReceived"] for name, slot in slots.items() if name.startswith(kind))


async def speak_all_the_same(page: Page, *sources: str) -> None:
    """Send sound, and picture if `camera` is named, whatever the page's controls say."""
    await page.evaluate(SPEAK_ALL_THE_SAME, [*sources])


async def packets_sent(page: Page) -> dict[str, int]:
    """Packets that a page has sent, of ``audio`` and of ``video``."""
    found: dict[str, int] = await page.evaluate(PACKETS_SENT)
    return found


async def open_room(portal: PortalProcess, browser: Browser, mailbox: str | None, path: str) -> PersonInRoom:
    """The page of a room, by a demo person or a guest, before joining."""
    page = await (portal.guest(browser) if mailbox is None else portal.sign_in(browser, mailbox))
    await page.add_init_script(SMALL_CAMERA)
    await page.goto(path)
    return PersonInRoom(page)


async def new_room(host: Page, title: str, kind: str = "staff") -> str:
    """A room opened by its host with the form; returns its path."""
    await host.goto("/rooms/new")
    await host.fill("[name=title]", title)
    await host.check(f"[name=kind][value={kind}]", force=True)
    await host.locator("main form button[type=submit]").last.click()
    await host.wait_for_url("**/rooms/*")
    return "/rooms/" + host.url.rpartition("/")[2]
