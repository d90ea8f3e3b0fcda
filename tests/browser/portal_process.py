"""The real portal as people start it: supervisor, web process and media worker, with the invented demo town."""

from __future__ import annotations

import asyncio
import http.client
import os
import re
import signal
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Browser, Page

from tests.free_ports import find_free_port

ROOT = Path(__file__).parents[2]
START_PATIENCE_S = 120.0
"""The demo answers after 11 s on two idle cores; this ends a hopeless wait and judges no speed."""
STOP_PATIENCE_S = 20.0
DOMAIN = "clairval.example"
PASSWORD_LINE = re.compile(r"Password for everybody: (\S+)")


@dataclass
class PortalProcess:
    """A running portal. Its log is kept in `log_path`, for a test that failed."""

    data: Path
    log_path: Path
    port: int
    process: asyncio.subprocess.Process
    password: str = ""

    @property
    def address(self) -> str:
        """Where its pages are; localhost, because browsers open cameras on such pages only."""
        return f"http://localhost:{self.port}"

    @property
    def log(self) -> str:
        """What its processes have said so far."""
        return self.log_path.read_text()

    def pid_of(self, child: str) -> int | None:
        """The process number of `web` or `media` at this moment; None while it is being started again."""
        argument = {"web": b"portal\0web", "media": b"meetings.sfu"}[child]
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        found = [int(pid) for pid in children if argument in Path(f"/proc/{pid}/cmdline").read_bytes()]
        return found[0] if found else None

    def kill(self, child: str) -> int:
        """End `web` or `media` at once, as a crash would; returns the process number it had."""
        pid = self.pid_of(child)
        assert pid is not None, f"{child} does not run"
        os.kill(pid, signal.SIGKILL)
        return pid

    async def until_answering(self) -> None:
        """Return when the web process answers."""
        async with asyncio.timeout(START_PATIENCE_S):
            while not await asyncio.to_thread(self._answers):
                assert self.process.returncode is None, f"the portal has ended:\n{self.log}"
                await asyncio.sleep(0.05)

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    async def stop(self) -> int:
        """Ask it to end, as Ctrl-C does; returns its exit code."""
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(STOP_PATIENCE_S):
            return await self.process.wait()

    async def guest(self, browser: Browser, *, locale: str = "fr-FR") -> Page:
        """An empty page of somebody without an account, in a browser of their own."""
        context = await browser.new_context(base_url=self.address, locale=locale, permissions=["clipboard-write"])
        return await context.new_page()

    async def sign_in(self, browser: Browser, mailbox: str, *, locale: str = "fr-FR") -> Page:
        """A page of one of the demo's people, signed in, in a browser of their own."""
        page = await self.guest(browser, locale=locale)
        await page.goto("/sign-in")
        await page.fill("input[name=email]", f"{mailbox}@{DOMAIN}")
        await page.fill("input[name=password]", self.password)
        await page.press("input[name=password]", "Enter")
        await page.wait_for_url(lambda url: "/sign-in" not in url)
        return page


@dataclass(frozen=True)
class Stage:
    """A running portal with its invented town, and a browser in front of it."""

    portal: PortalProcess
    browser: Browser

    async def guest(self) -> Page:
        """As `PortalProcess.guest`."""
        return await self.portal.guest(self.browser)

    async def sign_in(self, mailbox: str) -> Page:
        """As `PortalProcess.sign_in`."""
        return await self.portal.sign_in(self.browser, mailbox)


@asynccontextmanager
async def demo_portal(
    folder: Path, *, demo: bool = True, settings: Mapping[str, str] | None = None
) -> AsyncIterator[PortalProcess]:
    """Start a portal on free ports with its data in `folder`, wait until it answers, stop it at the end.

    `settings` are added to its environment, as in docs/settings.md.
    `demo` false is `scripts/serve --empty`: a portal that waits to be told which town it serves.
    """
    port = find_free_port()
    log_path = folder / "portal.log"
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("PARVIS_")},
        "PARVIS_MEDIA_PORT": str(find_free_port()),
        "PYTHONUNBUFFERED": "1",
        **(settings or {}),
    }
    command = [sys.executable, "-m", "portal", "serve", "--port", str(port), "--data", str(folder / "data")]
    with log_path.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *command, *([] if demo else ["--empty"]), cwd=ROOT, env=environment, stdout=output, stderr=output
        )
    portal = PortalProcess(folder / "data", log_path, port, process)
    try:
        await portal.until_answering()
        portal.password = await _printed_password(portal) if demo else ""
        yield portal
    finally:
        code = await portal.stop()
    assert code == 0, portal.log


async def _printed_password(portal: PortalProcess) -> str:
    """The demo's password as the start prints it, a moment after the portal answers."""
    deadline = time.monotonic() + START_PATIENCE_S
    while (found := PASSWORD_LINE.search(portal.log)) is None:
        assert time.monotonic() < deadline, portal.log
        await asyncio.sleep(0.05)
    return found[1]
