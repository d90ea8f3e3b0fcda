"""The Chromium of this machine, as tests and measurements start it."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, async_playwright

from scripts.system_packages import CHROMIUM_NAMES

CHROMIUM_FLAGS = (
    "--no-sandbox",  # tests may run as root; they open our own pages only
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
)


@asynccontextmanager
async def running_chromium() -> AsyncIterator[Browser]:
    """A real Chromium with an invented camera and microphone; each of its contexts is a person of their own."""
    path = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    assert path is not None, "Chromium is not installed: sudo apt-get install chromium"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        yield browser
        await browser.close()
