"""A portal with several web workers over PostgreSQL and Redis, whose processes can be killed one by one."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import requests

from portal.accounts.model import Via
from portal.accounts.service import add_person
from portal.accounts.service.logins import begin_login
from portal.clock import utc_now
from portal.db import Database
from portal.events import EventLog
from portal.pages import LOGIN_COOKIE
from portal.permissions import Actor, Role
from portal.settings import HYPERCORN
from tests.faults.servers import Postgres, Redis, postgres_server, redis_server
from tests.free_ports import find_free_port
from tests.waiting import wait_until

ROOT = Path(__file__).parents[2]
START_PATIENCE_S = 180.0
PLACE = {"longitude": 1.952, "latitude": 49.07}
"""Within the invented town."""


@dataclass
class Town:
    """The invented town, served by a supervisor with its children."""

    folder: Path
    port: int
    postgres: Postgres
    redis: Redis
    supervisor: subprocess.Popen[bytes]

    @property
    def address(self) -> str:
        """Where its pages are."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        """What its processes have said so far."""
        return (self.folder / "portal.log").read_text()

    def processes(self, child: str) -> list[int]:
        """The process numbers of ``web`` or ``media`` at this moment."""
        argument = {"web": b"portal\0web", "media": b"meetings.sfu"}[child]
        children = Path(f"/proc/{self.supervisor.pid}/task/{self.supervisor.pid}/children").read_text().split()
        return [int(pid) for pid in children if argument in _command_line(pid)]

    def kill(self, process: int) -> None:
        """End one of them as a crash would."""
        os.kill(process, signal.SIGKILL)

    def answers(self) -> bool:
        """Whether some web worker reaches the database."""
        assert self.supervisor.poll() is None, self.log
        try:
            return requests.get(f"{self.address}/healthz", timeout=5).ok
        except requests.RequestException:
            return False

    def category(self) -> str:
        """A category of the town."""
        answer = requests.get(f"{self.address}/api/town", timeout=30)
        answer.raise_for_status()
        code: str = answer.json()["categories"][0]["code"]
        return code

    def titles_listed(self, beginning: str) -> list[str]:
        """Titles of all open requests that begin so, as a browser that loads the list anew reads them."""
        found: list[str] = []
        after = ""
        while True:
            answer = requests.get(
                f"{self.address}/api/requests", params={"limit": "100", "after": after}, timeout=60
            ).json()
            found += [item["title"] for item in answer["items"] if item["title"].startswith(beginning)]
            after = answer["next"]
            if not after:
                return found

    def holder_of(self, client_port: int) -> int | None:
        """The process number of the web worker that holds the connection of a client's port."""
        ours, theirs = (f"0100007F:{port:04X}" for port in (self.port, client_port))
        rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        sockets = {f"socket:[{row[9]}]" for row in rows if (row[1], row[2]) == (ours, theirs)}
        return next((pid for pid in self.processes("web") if _open_files(pid) & sockets), None)

    async def sign_in(self, count: int, role: Role) -> list[SignedIn]:
        """Register people and sign each in."""
        database = Database(self.postgres.url)
        EventLog(database, utc_now)
        found = []
        async with database.write() as db:
            for number in range(count):
                name = f"{role.value} {number}"
                email = f"{role.value}-{number}@exemple.fr"
                # Not so new that a moderator looks at what they post first.
                person = await add_person(db, name=name, email=email, roles=[role], at=utc_now() - timedelta(days=60))
                login = begin_login(db, person, via=Via.PASSWORD, at=utc_now(), user_agent="", is_shared=False)
                actor = Actor(person.id, name, frozenset({role}), login.id)
                found.append(SignedIn(actor, f"{LOGIN_COOKIE}={login.secret}"))
        await database.close()
        return found


@dataclass(frozen=True)
class SignedIn:
    """A person, and what their browser sends along."""

    actor: Actor
    cookie: str


def _command_line(pid: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except FileNotFoundError:
        return b""


def _open_files(pid: int) -> set[str]:
    found = set()
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(OSError):
            found.add(str(link.readlink()))
    return found


@contextmanager
def running_town(folder: Path, *, workers: int = 2, port: int | None = None) -> Iterator[Town]:
    """Start everything in an empty folder, wait until it answers, stop it at the end."""
    port = port or find_free_port()
    own = folder / "hypercorn.toml"
    own.write_text(HYPERCORN.read_text().replace("workers = 1\n", f"workers = {workers}\n"))
    with postgres_server() as postgres, redis_server(folder) as redis, (folder / "portal.log").open("wb") as log:
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("PARVIS_")},
            "PARVIS_HYPERCORN": str(own),
            "PARVIS_DATABASE_URL": postgres.url,
            "PARVIS_REDIS_URL": redis.url,
            "PARVIS_DEMO": "1",
            "PARVIS_MEDIA_PORT": str(find_free_port()),
            "PARVIS_PUBLIC_URL": f"http://127.0.0.1:{port}",
        }
        command = [sys.executable, "-m", "portal", "serve", "--port", str(port), "--data", str(folder / "data")]
        supervisor = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
        town = Town(folder, port, postgres, redis, supervisor)
        try:
            wait_until(town.answers, patience_s=START_PATIENCE_S)
            wait_until(lambda: len(town.processes("web")) == workers, patience_s=START_PATIENCE_S)
            yield town
        finally:
            supervisor.terminate()
            supervisor.wait(timeout=60)
