"""A real PostgreSQL that the tests start themselves: in a temporary directory, on a socket of its own, not as root.

One server serves every test process of a run. It belongs to a guard (`postgres_guard.py`) that lives until the last
test process has let go of a pipe, so that nothing stays behind even where a run was killed.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

ROLE = "parvis"
GUARD = Path(__file__).with_name("postgres_guard.py")

_guards: list[subprocess.Popen[str]] = []
"""Kept, because they outlive the function that starts them."""


class PostgresMissingError(Exception):
    """No PostgreSQL is installed; the text says how to install it."""


@dataclass(frozen=True)
class PostgresServer:
    """A running server."""

    programs: Path
    socket: Path

    def new_database(self) -> str:
        """Make an empty database; the SQLAlchemy address of it."""
        name = f"test_{uuid4().hex}"
        subprocess.run(
            [self.programs / "createdb", "--host", self.socket, "--username", ROLE, name],
            check=True,
            capture_output=True,
            timeout=60,
        )
        return f"postgresql+asyncpg://{ROLE}@/{name}?host={self.socket}"


def programs_folder() -> Path:
    """Where the server's programs are: on the PATH, or the newest that Debian keeps. Raises `PostgresMissingError`."""
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).resolve().parent
    kept = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    if not kept:
        raise PostgresMissingError("PostgreSQL is not installed: sudo apt-get install postgresql")
    return kept[-1].parent


@contextlib.contextmanager
def shared_server(shared: Path) -> Iterator[PostgresServer]:
    """The run's server, started by whichever test process comes first; `shared` is a folder that all of them know."""
    with (shared / "postgres.lock").open("a+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        state = shared / "postgres.json"
        holding = _hold(Path(json.loads(state.read_text())["base"])) if state.exists() else None
        if holding is None:
            base, holding = _start_guard()
            state.write_text(json.dumps({"base": str(base)}))
    base = Path(json.loads(state.read_text())["base"])
    try:
        yield PostgresServer(programs_folder(), base / "socket")
    finally:
        os.close(holding)


def _hold(base: Path) -> int | None:
    """Keep the guard of a server waiting; None when it is gone."""
    try:
        return os.open(base / "hold", os.O_WRONLY | os.O_NONBLOCK)
    except OSError:
        return None


def _start_guard() -> tuple[Path, int]:
    # The server's own user must pass through this folder, so it is not below pytest's, which only its owner may enter.
    base = Path(tempfile.mkdtemp(prefix="parvis-postgres-"))
    os.mkfifo(base / "hold", 0o600)
    guard = subprocess.Popen(
        [sys.executable, GUARD, base, programs_folder(), ROLE],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    _guards.append(guard)
    assert guard.stdout
    with guard.stdout as output:
        listening = output.readline() == "listening\n"
        holding = _hold(base) if listening else None
        answer = output.read()
    if holding is None or answer != "ready\n":
        raise RuntimeError(f"PostgreSQL could not be started:\n{answer}")
    return base, holding
