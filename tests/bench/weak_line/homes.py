"""A browser in each home, and what it says of the call; the server between them."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.async_api import BrowserType, Page, Route

from meetings.sfu.client import Listener, WorkerAttached, WorkerClient, WorkerDetached
from meetings.sfu.grants import issue_grant
from meetings.sfu.messages import LayersWanted, LineChanged, Notification, Permissions
from scripts.system_packages import CHROMIUM_NAMES
from tests.bench.weak_line.town import Home, Town
from tests.browser.chromium import CHROMIUM_FLAGS

SECRET = b"a control secret for one bench"
STATIC = Path(__file__).parents[3] / "static"
CONTROL_PORT, MEDIA_PORT = 8470, 8443
PATIENCE_S = 60.0
PAGE = "http://localhost/"
TYPES = {".js": "text/javascript"}

JOIN = """async ({ publishes }) => {
  const { MediaPeer } = await import("/media/peer.js");
  const peer = (window.peer = new MediaPeer((offer, kind) => window.signal(offer, kind)));
  const seen = (slot) => {
    const element = document.createElement(slot === "large" ? "video" : "audio");
    element.srcObject = new MediaStream([peer.track(slot)]);
    element.muted = slot === "large";
    document.body.append(element);
    element.play().catch(() => {});
    if (slot === "large") watch(element);
  };
  const watch = (video) => {
    window.still = { ms: 0, since: performance.now() };
    const shown = () => {
      still.ms += standing();
      still.since = performance.now();
      video.requestVideoFrameCallback(shown);
    };
    video.requestVideoFrameCallback(shown);
  };
  // A picture that is not replaced within 200 ms stands still; at 20 a second that is three times as long as usual.
  window.standing = () => {
    const gap = performance.now() - still.since;
    return gap > 200 ? gap - 50 : 0;
  };
  // A picture in which as much moves as the layers' bit rates take; in the browser's own only a clock moves.
  const restless = () => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 640, height: 360 });
    const pen = canvas.getContext("2d");
    const dots = Array.from({ length: 40 }, (_, n) => ({ x: (n * 71) % 640, y: (n * 37) % 360, v: 2 + (n % 7) }));
    setInterval(() => {
      pen.fillStyle = "#446";
      pen.fillRect(0, 0, 640, 360);
      dots.forEach((dot, n) => {
        dot.x = (dot.x + dot.v) % 640;
        pen.fillStyle = `hsl(${(n * 40) % 360} 80% ${30 + (n % 5) * 10}%)`;
        pen.fillRect(dot.x, dot.y + 20 * Math.sin(dot.x / 30), 18 + (n % 9) * 4, 14 + (n % 5) * 6);
      });
    }, 50);
    return canvas.captureStream(20);
  };
  if (publishes) {
    const raw = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
    const voice = await navigator.mediaDevices.getUserMedia({ audio: raw });
    await peer.publish("microphone", voice.getAudioTracks()[0]);
    await peer.publish("camera", restless().getVideoTracks()[0]);
  } else {
    for (const slot of ["voice-0", "large"]) seen(slot);
  }
  await peer.connect();
}"""

READ = """async () => {
  const slots = new Map([...peer.receivers].map(([slot, each]) => [each.mid, slot]));
  const found = { at: performance.now() / 1000, out: [], still_ms: still.ms + standing() };
  (await peer.connection.getStats()).forEach((entry) => {
    if (entry.type === "inbound-rtp" && slots.has(entry.mid)) found[slots.get(entry.mid)] = entry;
    if (entry.type === "outbound-rtp") found.out.push(entry);
    if (entry.type === "candidate-pair" && entry.nominated) found.path = entry;
  });
  return found;
}"""


@dataclass(frozen=True)
class Sample:
    """What a viewer's browser has counted since it began. Times in seconds."""

    at: float
    frames: int
    height: int
    frozen_s: float
    samples: int
    concealed: int
    repaired: int
    fec: int

    @classmethod
    def of(cls, found: dict[str, Any]) -> Sample:
        """Read it from the browser's statistics."""
        picture, voice = found.get("large", {}), found.get("voice-0", {})
        return cls(
            at=found["at"],
            frames=picture.get("framesDecoded", 0),
            height=picture.get("frameHeight", 0),
            frozen_s=found["still_ms"] / 1000,
            samples=voice.get("totalSamplesReceived", 0),
            concealed=voice.get("concealedSamples", 0) - voice.get("silentConcealedSamples", 0),
            repaired=picture.get("retransmittedPacketsReceived", 0),
            fec=voice.get("fecPacketsReceived", 0),
        )


@asynccontextmanager
async def media_worker(town: Town, listener: Listener) -> AsyncIterator[WorkerClient]:
    """A worker in the server's namespace, which is this process's own; `listener` is told what it tells."""
    addresses = ",".join(home.server_address for home in town.homes)
    environment = {
        **os.environ,
        "PARVIS_MEDIA_SECRET": SECRET.decode(),
        "PARVIS_MEDIA_BIND": addresses,
        "PARVIS_MEDIA_PORT": str(MEDIA_PORT),
        "PARVIS_MEDIA_CONTROL": f"127.0.0.1:{CONTROL_PORT}",
    }
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "meetings.sfu", env=environment)
    try:
        async with WorkerClient("127.0.0.1", CONTROL_PORT, SECRET, listener) as client:
            async with asyncio.timeout(PATIENCE_S):
                await client.wait_attached()
            yield client
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


Told = Notification | WorkerAttached | WorkerDetached


async def obey(told: asyncio.Queue[Told], publisher: Page, said: list[str]) -> None:
    """Do for the publisher's page what the portal does: let it pause layers. What lines take is noted in `said`."""
    while True:
        note = await told.get()
        if isinstance(note, LayersWanted):
            given = [note.source.value, list(note.rids)]
            await publisher.evaluate("([source, rids]) => peer.sendLayers(source, rids)", given)
        elif isinstance(note, LineChanged):
            said.append(f"{note.peer[-1]}: {note.shown}{' weak' if note.is_weak else ''}")


async def _serve(route: Route) -> None:
    """Give the page its scripts from `static/`, without a network."""
    path = STATIC / route.request.url.removeprefix(PAGE)
    if path.is_file():
        await route.fulfill(body=path.read_bytes(), content_type=TYPES.get(path.suffix, "text/plain"))
    else:
        await route.fulfill(body="<!doctype html><title>line</title>", content_type="text/html")


@asynccontextmanager
async def browser_in(
    home: Home, chromium: BrowserType, worker: WorkerClient, folder: Path, voice: Path
) -> AsyncIterator[Page]:
    """A page of a real browser in that home, with a way to ask the worker for a seat."""
    path = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), "chromium")
    launcher = folder / f"{home.name}.sh"
    launcher.write_text(f'#!/bin/sh\nexec ip netns exec {home.name} {path} "$@"\n')
    launcher.chmod(0o755)
    flags = [*CHROMIUM_FLAGS, f"--use-file-for-fake-audio-capture={voice}"]
    browser = await chromium.launch(executable_path=launcher, args=flags)

    async def signal(offer: str, kind: str) -> str:
        if kind == "restart":
            return await worker.restart_ice("council", home.name, offer)
        everything = Permissions(microphone=True, camera=True, screen=True)
        grant = issue_grant(SECRET, room="council", peer=home.name, permissions=everything, now=time.time())
        return await worker.join("council", home.name, grant, offer)

    try:
        page = await browser.new_page()
        await page.expose_function("signal", signal)
        await page.route("**/*", _serve)
        await page.goto(PAGE)
        yield page
    finally:
        await browser.close()
