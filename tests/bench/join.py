"""From the click on Join to the first picture of somebody who is there already, in a real browser.

The person is admitted, their devices are open, a publisher sends. The aim is 500 ms.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import tempfile
from pathlib import Path

from playwright.async_api import Browser, expect

from scripts import system_packages
from tests.browser.chromium import running_chromium
from tests.browser.portal_process import PortalProcess, demo_portal
from tests.browser.room_pages import PersonInRoom, new_room, open_room

ROUNDS = 5

WATCH = """() => {
  const steps = (window.steps = {});
  const note = (name) => (steps[name] ??= performance.now());
  document.querySelector("[data-join]").addEventListener("submit", () => note("click"), true);
  const connection = RTCPeerConnection.prototype;
  for (const [method, name] of [["setLocalDescription", "offered"], ["setRemoteDescription", "answered"]]) {
    const own = connection[method];
    connection[method] = async function (...given) {
      if (name === "answered") this.addEventListener("connectionstatechange", () =>
        this.connectionState === "connected" && note("connected"));
      await own.apply(this, given);
      note(name);
    };
  }
  const look = async () => {
    const peer = document.querySelector("room-page").call?.peer;
    const report = (await peer?.connection.getStats()) ?? new Map();
    for (const entry of report.values()) if (entry.type === "inbound-rtp" && entry.framesDecoded > 0) note("decoded");
    if (!steps.decoded) setTimeout(look, 5);
  };
  document.querySelector("[data-join]").addEventListener("submit", look);
}"""
"""Notes in the page when each step is reached, in milliseconds of its own clock."""

STEPS = ("offered", "answered", "connected", "decoded")


async def one_round(portal: PortalProcess, browser: Browser, path: str) -> dict[str, float]:
    """Join once with a fresh page; milliseconds from the click to each step."""
    person = await open_room(portal, browser, "agente", path)
    await expect(person.page.locator("[data-preview]")).to_be_visible()
    await person.page.wait_for_load_state("networkidle")
    await person.page.evaluate(WATCH)
    await person.page.click("[data-join] button")
    steps: dict[str, float] = {}
    async with asyncio.timeout(30):
        while "decoded" not in steps:
            await asyncio.sleep(0.2)
            steps = await person.page.evaluate("window.steps")
    await person.press("leave")
    await person.page.context.close()
    return {name: steps[name] - steps["click"] for name in STEPS}


async def measure() -> list[dict[str, float]]:
    """All rounds against one portal with one publisher, after one round to warm up."""
    with tempfile.TemporaryDirectory() as folder:
        async with demo_portal(Path(folder)) as portal, running_chromium() as browser:
            host: PersonInRoom = await open_room(portal, browser, "greffe", "/rooms/new")
            path = await new_room(host.page, "Mesure")
            await host.join()
            rounds = [await one_round(portal, browser, path) for _ in range(ROUNDS + 1)]
            return rounds[1:]


def main() -> None:
    """Print a table of the steps, then one JSON line."""
    system_packages.provide([system_packages.CHROMIUM, system_packages.FONTS])
    rounds = asyncio.run(measure())
    print(f"{'from the click on Join, ms':<30} {'median':>8} {'min':>8} {'max':>8}   ({ROUNDS} rounds)")
    for name in STEPS:
        figures = [each[name] for each in rounds]
        print(f"{name:<30} {statistics.median(figures):8.0f} {min(figures):8.0f} {max(figures):8.0f}")
    first_frame = statistics.median(each["decoded"] for each in rounds)
    print(json.dumps({"bench": "join", "first_frame_ms": round(first_frame)}))


if __name__ == "__main__":
    main()
