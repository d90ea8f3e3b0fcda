"""The web process alone, forked from one that has loaded the portal: killed and back in a moment.

A fork starts with the modules loaded and nothing else: it reads its settings, opens the database and binds its port as
the first process did, and a kill takes from it what it takes from any process.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from pathlib import Path

import requests

from portal.app import SLICES
from portal.cli import main
from portal.db import Database
from portal.schema import migrate
from portal.settings import load
from tests.free_ports import find_free_port
from tests.waiting import wait_until

START_PATIENCE_S = 180.0


@dataclass
class ForkedWeb:
    """The web process, whatever number it has at the moment."""

    folder: Path
    settings: Mapping[str, str]
    """As in docs/settings.md, over those of an empty portal."""
    context: ForkServerContext
    port: int = field(default_factory=find_free_port)
    process: BaseProcess | None = None

    @property
    def _environment(self) -> dict[str, str]:
        own = {"PARVIS_DATA": f"{self.folder}/data", "PARVIS_DEMO": "0", "PARVIS_LISTEN": f"127.0.0.1:{self.port}"}
        return own | dict(self.settings)

    @property
    def database_url(self) -> str:
        """Where it keeps what it acknowledges."""
        return load(self._environment).database_url

    def start(self) -> None:
        """Start it; it answers a moment later."""
        self.process = self.context.Process(target=serve, args=(self._environment, self.folder / "web.log"))
        self.process.start()

    def answers(self) -> bool:
        """Whether it reaches the database."""
        assert self.process is not None
        assert self.process.is_alive(), (self.folder / "web.log").read_text()
        try:
            return requests.get(f"http://127.0.0.1:{self.port}/healthz", timeout=5).ok
        except requests.RequestException:
            return False

    def kill(self) -> None:
        """End it as a crash or a power cut would."""
        assert self.process is not None
        self.process.kill()
        self.process.join()


def serve(environment: Mapping[str, str], log: Path) -> None:
    """In the fork: be the web process."""
    with log.open("ab") as output:
        for stream in (sys.stdout, sys.stderr):
            os.dup2(output.fileno(), stream.fileno())
    for name in [name for name in os.environ if name.startswith("PARVIS_")]:
        del os.environ[name]
    os.environ.update(environment)
    sys.exit(main(["web"]))


@asynccontextmanager
async def forked_web(folder: Path, settings: Mapping[str, str]) -> AsyncIterator[ForkedWeb]:
    """A running web process of an empty portal with its data in `folder`."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__, *[f"{name}.{edge}" for name in SLICES for edge in ("web", "live")]])
    (folder / "data").mkdir()
    web = ForkedWeb(folder, settings, context)
    database = Database(web.database_url)
    await migrate(database)
    await database.close()
    web.start()
    try:
        await asyncio.to_thread(wait_until, web.answers, START_PATIENCE_S)
        yield web
    finally:
        web.kill()
