"""Two real browsers through a real media worker process; no portal. Frames and sound are read from the browsers."""

from __future__ import annotations

import asyncio
import functools
import http.server
import os
import sys
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page

from meetings.sfu.client import WorkerAttached, WorkerClient, WorkerDetached
from meetings.sfu.grants import issue_grant
from meetings.sfu.messages import LayersWanted, Notification, Permissions, Wanted

pytestmark = pytest.mark.browser

SECRET = b"a control secret for browser tests"
STATIC = Path(__file__).parents[2] / "static"
PATIENCE_S = 40.0
FRAMES_PER_S = 10.0
ALL = Permissions(microphone=True, camera=True, screen=True)

PUBLISH = """async (size) => {
  const { MediaPeer } = await import("/media/peer.js");
  const { readStats } = await import("/media/stats.js");
  const peer = new MediaPeer((offer, kind) => window.signal(offer, kind));
  window.peer = peer;
  window.slots = async () => (await readStats(peer)).slots;
  const video = { width: 640, height: 360, frameRate: 15, ...size };
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video });
  await peer.publish("microphone", stream.getAudioTracks()[0]);
  await peer.publish("camera", stream.getVideoTracks()[0]);
  for (const slot of ["voice-0", "large"]) {
    const element = document.createElement(slot === "large" ? "video" : "audio");
    element.srcObject = new MediaStream([peer.track(slot)]);
    element.muted = slot === "large";
    document.body.append(element);
    element.play().catch(() => {});
  }
  await peer.connect();
}"""

SENT = """async () => {
  const sent = {};
  (await peer.connection.getStats()).forEach((entry) => {
    if (entry.type === "outbound-rtp" && entry.rid) {
      sent[entry.rid] = { frames: entry.framesSent ?? 0, height: entry.frameHeight ?? 0 };
    }
  });
  return sent;
}"""


class _QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def page_address() -> Iterator[str]:
    """An address on localhost under which static/ is served: browsers open cameras on such pages only."""
    handler = functools.partial(_QuietHandler, directory=str(STATIC))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        yield f"http://localhost:{server.server_port}/media/"
        server.shutdown()
        serving.join()


Told = Notification | WorkerAttached | WorkerDetached


@pytest.fixture
def told() -> list[Told]:
    """Everything that the controller of `media_worker` was told."""
    return []


@pytest.fixture
async def media_worker(free_port: int, told: list[Told]) -> AsyncIterator[WorkerClient]:
    """A media worker process of its own, and a controller attached to it."""
    environment = {
        **os.environ,
        "PARVIS_MEDIA_SECRET": SECRET.decode(),
        "PARVIS_MEDIA_BIND": "127.0.0.1",
        "PARVIS_MEDIA_PORT": "0",
        "PARVIS_MEDIA_CONTROL": f"127.0.0.1:{free_port}",
    }
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "meetings.sfu", env=environment)
    async with WorkerClient("127.0.0.1", free_port, SECRET, told.append) as client:
        async with asyncio.timeout(PATIENCE_S):
            await client.wait_attached()
        yield client
    process.terminate()
    assert await process.wait() == 0


Signal = Callable[[str, str], Awaitable[str]]


def signal_of(worker: WorkerClient, name: str, secret: bytes = SECRET) -> Signal:
    """The way of a page to the worker, with a grant made under `secret`."""

    async def signal(offer: str, kind: str) -> str:
        if kind == "restart":
            return await worker.restart_ice("council", name, offer)
        grant = issue_grant(secret, room="council", peer=name, permissions=ALL, now=time.time())
        return await worker.join("council", name, grant, offer)

    return signal


async def open_page(browser: Browser, address: str, signal: Signal) -> Page:
    """A page of somebody else's browser, with a way to the worker."""
    page = await (await browser.new_context()).new_page()
    await page.expose_function("signal", signal)
    await page.goto(address)
    return page


async def until_sample(page: Page, expected: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The first statistics of a page's slots that are as expected."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            slots: dict[str, Any] = await page.evaluate("slots()")
            if expected(slots):
                return slots
            await asyncio.sleep(0.1)


async def frames_per_second(page: Page, slot: str = "large", frames: int = 45) -> float:
    """How fast a slot decodes, over some frames."""
    began, first = time.monotonic(), (await page.evaluate("slots()"))[slot]["framesDecoded"]
    slots = await until_sample(page, lambda each: each[slot]["framesDecoded"] >= first + frames)
    return float(slots[slot]["framesDecoded"] - first) / (time.monotonic() - began)


def sees_and_hears(slots: dict[str, Any]) -> bool:
    """Whether pictures and sound have begun."""
    return bool(
        slots.get("large", {}).get("framesDecoded", 0) > 5 and slots.get("voice-0", {}).get("audioEnergy", 0) > 0.01
    )


async def test_two_browsers_see_and_hear_each_other_and_a_third_without_a_grant_gets_neither(
    chromium: Browser, media_worker: WorkerClient, page_address: str
) -> None:
    anna = await open_page(chromium, page_address, signal_of(media_worker, "anna"))
    bruno = await open_page(chromium, page_address, signal_of(media_worker, "bruno"))
    eve = await open_page(chromium, page_address, signal_of(media_worker, "eve", b"not the secret of this town"))
    for page in (anna, bruno):
        await page.evaluate(PUBLISH)
    with pytest.raises(Exception, match="grant_invalid"):
        await eve.evaluate(PUBLISH)
    for page in (anna, bruno):
        slots = await until_sample(page, sees_and_hears)
        assert await frames_per_second(page) >= FRAMES_PER_S
        louder = slots["voice-0"]["audioEnergy"]
        await until_sample(page, lambda each, before=louder: each["voice-0"]["audioEnergy"] > before)  # type: ignore[misc]
    assert await eve.evaluate("slots()") == {}
    counters = (await media_worker.snapshot()).counters
    assert counters["packets_forwarded"] > 100
    assert not [name for name in counters if name.startswith("drop_srtp")]


async def test_switching_between_publishers_looks_like_one_stream_without_loss(
    chromium: Browser, media_worker: WorkerClient, page_address: str
) -> None:
    pages = {name: await open_page(chromium, page_address, signal_of(media_worker, name)) for name in ("a", "b", "c")}
    for page in pages.values():
        await page.evaluate(PUBLISH)
    viewer = pages["c"]
    await until_sample(viewer, sees_and_hears)
    for publisher in ("a", "b", "a", "b"):
        await media_worker.watch("council", "c", Wanted(large=publisher, small=()))
        before = (await viewer.evaluate("slots()"))["large"]["framesDecoded"]
        await until_shown(media_worker, "c", publisher)
        await until_sample(viewer, lambda slots, since=before: slots["large"]["framesDecoded"] > since + 10)  # type: ignore[misc]
    assert (await viewer.evaluate("slots()"))["large"]["packetsLost"] == 0


async def until_shown(worker: WorkerClient, viewer: str, publisher: str) -> None:
    """Return when the viewer's large slot shows a publisher."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            (room,) = (await worker.snapshot()).rooms
            slots = next(peer.slots for peer in room.peers if peer.peer == viewer)
            if any(each.slot == "large" and each.publisher == publisher and each.live for each in slots):
                return
            await asyncio.sleep(0.05)


async def test_a_reloaded_page_is_back_in_its_seat(
    chromium: Browser, media_worker: WorkerClient, page_address: str
) -> None:
    pages = {name: await open_page(chromium, page_address, signal_of(media_worker, name)) for name in ("a", "b")}
    for page in pages.values():
        await page.evaluate(PUBLISH)
    await until_sample(pages["b"], sees_and_hears)
    await pages["a"].reload()
    await pages["a"].evaluate(PUBLISH)
    await until_sample(pages["a"], sees_and_hears)
    frames = (await pages["b"].evaluate("slots()"))["large"]["framesDecoded"]
    await until_sample(pages["b"], lambda slots: slots["large"]["framesDecoded"] > frames + 15)
    (room,) = (await media_worker.snapshot()).rooms
    assert [peer.peer for peer in room.peers] == ["a", "b"]


async def test_an_ice_restart_does_not_interrupt_what_flows(
    chromium: Browser, media_worker: WorkerClient, page_address: str
) -> None:
    pages = {name: await open_page(chromium, page_address, signal_of(media_worker, name)) for name in ("a", "b")}
    for page in pages.values():
        await page.evaluate(PUBLISH)
    await until_sample(pages["b"], sees_and_hears)
    await pages["a"].evaluate("peer.restart()")
    frames = (await pages["b"].evaluate("slots()"))["large"]["framesDecoded"]
    slots = await until_sample(pages["b"], lambda each: each["large"]["framesDecoded"] > frames + 30)
    assert slots["large"]["packetsLost"] == 0
    assert await pages["a"].evaluate("peer.connection.connectionState") == "connected"


async def do_as_told(page: Page, name: str, told: list[Told]) -> None:
    """Let a page send the layers that are wanted of it, as the portal does."""
    done = 0
    while True:
        for each in told[done:]:
            done += 1
            if isinstance(each, LayersWanted) and each.peer == name:
                given = [each.source.value, list(each.rids)]
                await page.evaluate("([source, rids]) => peer.sendLayers(source, rids)", given)
        await asyncio.sleep(0.05)


def frames_of(sent: dict[str, dict[str, int]], rid: str) -> int:
    """The pictures of a layer in what a page has sent."""
    return sent[rid]["frames"] if rid in sent else 0


async def until_sent(page: Page, expected: dict[str, int]) -> None:
    """Return when a page sends exactly these layers, of these heights, for ten frames of the smallest one."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            before = now = await page.evaluate(SENT)  # has no layer before the first of its packets
            while frames_of(now, "l") < frames_of(before, "l") + 10:
                await asyncio.sleep(0.1)
                now = await page.evaluate(SENT)
            grown = {rid: each for rid, each in now.items() if each["frames"] > frames_of(before, rid)}
            if {rid: each["height"] for rid, each in grown.items()} == expected:
                return


async def until_height(page: Page, height: int) -> None:
    """Return when a page's large picture has that height."""
    await until_sample(page, lambda slots: bool(slots["large"]["height"] == height))


async def test_a_browser_sends_the_layers_that_are_watched_and_no_others(
    chromium: Browser, media_worker: WorkerClient, page_address: str, told: list[Told]
) -> None:
    publisher, viewer = [
        await open_page(chromium, page_address, signal_of(media_worker, name)) for name in ("anna", "bruno")
    ]
    obeying = asyncio.create_task(do_as_told(publisher, "anna", told))
    await publisher.evaluate(PUBLISH, {"width": 1280, "height": 720, "frameRate": 10})
    await until_sent(publisher, {"l": 180})  # nobody else is there; whoever comes sees something at once
    await viewer.evaluate(PUBLISH, {"width": 320, "height": 180, "frameRate": 5})
    for tile, sent in ((720, {"l": 180, "h": 720}), (400, {"l": 180, "m": 360}), (150, {"l": 180})):
        await media_worker.watch("council", "bruno", Wanted(large_height=tile))
        await until_sent(publisher, sent)
        await until_height(viewer, max(sent.values()))
    slots = await viewer.evaluate("slots()")
    assert slots["large"]["packetsLost"] == 0
    obeying.cancel()
    await asyncio.wait([obeying])


async def test_a_camera_of_few_pixels_sends_its_whole_picture(
    chromium: Browser, media_worker: WorkerClient, page_address: str
) -> None:
    page = await open_page(chromium, page_address, signal_of(media_worker, "anna"))
    await page.evaluate(PUBLISH)
    await until_sent(page, {"l": 180, "m": 360})
    await page.evaluate("""async () => {
      const small = { video: { width: 320, height: 180, frameRate: 15 } };
      const [track] = (await navigator.mediaDevices.getUserMedia(small)).getTracks();
      await peer.publish("camera", track);
    }""")
    await until_sent(page, {"l": 180})
