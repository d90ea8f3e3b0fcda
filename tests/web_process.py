"""The web process alone, on a data directory that holds the demo town: to be killed, started again, and asked."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import requests

from portal import demo
from portal.clock import utc_now
from portal.db import Database
from portal.events import EventLog
from portal.settings import Settings, load
from tests.free_ports import find_free_port
from tests.waiting import wait_until

ROOT = Path(__file__).parents[1]
FORM_TOKEN = re.compile(r'name="csrf_token" value="([0-9a-f]+)"')


def invent_demo(data: Path) -> None:
    """Fill a data directory as the first start does."""
    settings = load({"PARVIS_DATA": str(data), "PARVIS_DEMO": "1"})
    data.mkdir(parents=True, exist_ok=True)
    demo.begin_anew(settings)
    asyncio.run(_invent(settings))


async def _invent(settings: Settings) -> None:
    database = Database(settings.database_url)
    EventLog(database, utc_now)
    await demo.invent(database, settings)
    await database.close()


@dataclass
class WebProcess:
    """One town's web process, whatever number it has at the moment."""

    data: Path
    port: int = field(default_factory=find_free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """Where it answers."""
        return f"http://localhost:{self.port}"

    @property
    def settings(self) -> Settings:
        """What it was started with."""
        return load(self._environment())

    def _environment(self) -> dict[str, str]:
        return {"PARVIS_DATA": str(self.data), "PARVIS_DEMO": "1", "PARVIS_LISTEN": f"127.0.0.1:{self.port}"}

    def start(self) -> None:
        """Start it and wait until it answers."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PARVIS_")}
        with (self.data / "web.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "portal", "web"],
                cwd=ROOT,
                env=kept | self._environment(),
                stdout=log,
                stderr=log,
            )
        wait_until(self._answers, patience_s=60)

    def _answers(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, (self.data / "web.log").read_text()
        try:
            return requests.get(f"{self.address}/healthz", timeout=5).ok
        except requests.ConnectionError:
            return False

    def kill(self) -> None:
        """End it as a crash or a power cut would."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        """Ask it to end."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(timeout=20)

    def sign_in(self, mailbox: str) -> requests.Session:
        """A browser of one of the demo's people, its form token on every request."""
        person = requests.Session()
        [email] = [each.email for each in demo.sign_ins() if each.email.startswith(f"{mailbox}@")]
        form = {"email": email, "password": demo.password(self.settings)}
        form["csrf_token"] = self.form_token(person, "/sign-in")
        person.post(f"{self.address}/sign-in", data=form, timeout=20).raise_for_status()
        person.headers["X-CSRF-Token"] = self.form_token(person, "/board")
        return person

    def form_token(self, person: requests.Session, page: str) -> str:
        """The token that forms on a page carry."""
        found = FORM_TOKEN.search(person.get(f"{self.address}{page}", timeout=20).text)
        assert found is not None
        return found[1]


@contextmanager
def running(data: Path) -> Iterator[WebProcess]:
    """A web process from its start to its end."""
    web = WebProcess(data)
    web.start()
    try:
        yield web
    finally:
        web.stop()
