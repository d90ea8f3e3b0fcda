"""A PostgreSQL and a Redis of a test's own, to be killed and started again at the same place."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.free_ports import find_free_port
from tests.postgres import ROLE, programs_folder
from tests.postgres_guard import server_identity
from tests.waiting import wait_until

START_PATIENCE_S = 60.0


class RedisMissingError(Exception):
    """No Redis is installed; the text says how to install it."""


@dataclass
class Server:
    """A server process that can be killed and started again."""

    command: list[str | Path]
    ready: list[str | Path]
    """A command that succeeds once the server answers."""
    log: Path
    as_server: bool = False
    """Whether it runs as the database server's own user where we are root."""
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        identity = server_identity() if self.as_server else {}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/", **identity
            )
        wait_until(self._answers, patience_s=START_PATIENCE_S)

    def _answers(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.log.read_text()
        return subprocess.run(self.ready, capture_output=True, cwd="/", check=False).returncode == 0

    def kill(self) -> None:
        """End it at once, and what it started: a server that is killed leaves no time to say goodbye."""
        if self.process is None or self.process.poll() is not None:
            return
        # PostgreSQL's immediate shutdown: its children end too, nothing is written, the next start recovers.
        self.process.send_signal(signal.SIGQUIT if self.as_server else signal.SIGKILL)
        self.process.wait(timeout=60)


@dataclass
class Redis(Server):
    """A Redis that keeps nothing on disk."""

    port: int = field(default_factory=find_free_port)

    @property
    def url(self) -> str:
        """As in PARVIS_REDIS_URL."""
        return f"redis://127.0.0.1:{self.port}"


@dataclass
class Postgres(Server):
    """A PostgreSQL with one empty database. What it has committed survives being killed."""

    socket: Path = Path()

    @property
    def url(self) -> str:
        """As in PARVIS_DATABASE_URL."""
        return f"postgresql+asyncpg://{ROLE}@/postgres?host={self.socket}"


@contextmanager
def redis_server(folder: Path, port: int | None = None) -> Iterator[Redis]:
    """A running Redis."""
    program = shutil.which("redis-server")
    if program is None:
        raise RedisMissingError("Redis is not installed: sudo apt-get install redis-server")
    port = port or find_free_port()
    command: list[str | Path] = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder]
    server = Redis(command, ["redis-cli", "-p", str(port), "ping"], folder / "redis.log", port=port)
    server.start()
    try:
        yield server
    finally:
        server.kill()


@contextmanager
def postgres_server() -> Iterator[Postgres]:
    """A running PostgreSQL, in a folder that its own user may enter."""
    identity = server_identity()
    base = Path(tempfile.mkdtemp(prefix="parvis-faults-"))
    base.chmod(0o711)
    for name in ("data", "socket"):
        (base / name).mkdir(mode=0o700)
        if identity:
            os.chown(base / name, identity["user"], identity["group"])
    programs = programs_folder()
    options = ["--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", f"--username={ROLE}"]
    made: list[str | Path] = [programs / "initdb", "--pgdata", base / "data", *options]
    subprocess.run(made, check=True, capture_output=True, cwd="/", **identity)
    # A process that is killed loses nothing it has handed to the kernel: the disk need not be waited for.
    settings = ["-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=200"]
    command: list[str | Path] = [programs / "postgres", "-D", base / "data", "-k", base / "socket", *settings]
    ready: list[str | Path] = [programs / "pg_isready", "--quiet", "--host", base / "socket"]
    server = Postgres(command, ready, base / "log", as_server=True, socket=base / "socket")
    server.start()
    try:
        yield server
    finally:
        server.kill()
        shutil.rmtree(base, ignore_errors=True)
