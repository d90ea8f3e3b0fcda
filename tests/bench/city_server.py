"""The web process of the measured city, and a browser that asks it."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from portal.ids import new_id
from portal.pages import LOGIN_COOKIE, VISIT_COOKIE
from portal.security import form_token
from tests.bench.city import POSTS_EACH, City, posters_of
from tests.free_ports import find_free_port
from tests.waiting import wait_until

ROOT = Path(__file__).parents[2]
SECRET_KEY = "the secret of a measured city, which is torn down afterwards"
VISIT = "visit-of-a-bench"
AT_ONCE = 4
"""Browsers that post at the same time."""


@dataclass
class CityServer:
    """Where it answers, and one kept connection to it."""

    port: int
    city: City
    connection: http.client.HTTPConnection = field(init=False)

    def __post_init__(self) -> None:
        """Open the connection at the first call."""
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def get(self, path: str, asks: int | None = None) -> bytes:
        """An answer, read to its end. `asks`: which of the city's people does; None: a visitor."""
        headers = {"Accept": "application/json"}
        if asks is not None:
            secret, _login_id = self.city.posters[asks % len(self.city.posters)]
            headers["Cookie"] = f"{LOGIN_COOKIE}={secret}; {VISIT_COOKIE}={VISIT}"
        self.connection.request("GET", path, headers=headers)
        answer = self.connection.getresponse()
        body = answer.read()
        assert answer.status == 200, (path, answer.status, body[:300])
        return body

    def post(self, count: int, round_number: int) -> float:
        """Post as fast as the portal takes it; how many that is in a minute."""
        mine = self.city.posters[round_number * posters_of(count) :]
        jobs = [(mine[number // POSTS_EACH], number) for number in range(count)]
        begun = time.perf_counter()
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for _ in pool.map(self._post_all, [jobs[start::AT_ONCE] for start in range(AT_ONCE)]):
                pass
        return count / (time.perf_counter() - begun) * 60

    def _post_all(self, jobs: list[tuple[tuple[str, str], int]]) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        for (secret, login_id), number in jobs:
            place = self.city.middles[self.city.cells[number * 37 % len(self.city.cells)]]
            body = {
                "command_id": new_id(),
                "category_id": "groceries",
                "title": "Deux sacs du marché à monter",
                "longitude": place.lon,
                "latitude": place.lat,
            }
            headers = {
                "Content-Type": "application/json",
                "Cookie": f"{LOGIN_COOKIE}={secret}; {VISIT_COOKIE}={VISIT}",
                "X-CSRF-Token": form_token(SECRET_KEY, VISIT, login_id),
            }
            connection.request("POST", "/api/requests", json.dumps(body), headers)
            answer = connection.getresponse()
            told = answer.read()
            assert answer.status == 201, (answer.status, told[:300])
        connection.close()


@contextmanager
def watched(server: CityServer, watchers: int) -> Iterator[None]:
    """So many sockets follow the board, in a process of their own; none may be lost meanwhile."""
    command = [sys.executable, "-m", "tests.bench.sockets.clients", str(server.port), str(watchers), "board"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            assert process.stdout.readline().strip() == "connected"
            yield
            process.stdin.write("\n")
            process.stdin.flush()
            assert process.stdout.readline(), "watchers were lost"
        finally:
            process.kill()


@contextmanager
def serve_city(data: Path, address: str, city: City) -> Iterator[CityServer]:
    """A web process on a database that was filled."""
    data.mkdir()
    port = find_free_port()
    settings = {
        "PARVIS_DATA": str(data),
        "PARVIS_DATABASE_URL": address,
        "PARVIS_LISTEN": f"127.0.0.1:{port}",
        "PARVIS_SECRET_KEY": SECRET_KEY,
    }
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PARVIS_")}
    with (data / "web.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "portal", "web"], cwd=ROOT, env=kept | settings, stdout=log, stderr=log
        )
    server = CityServer(port, city)

    def answers() -> bool:
        assert process.poll() is None, (data / "web.log").read_text()
        try:
            return server.get("/healthz") != b""
        except OSError:
            server.connection.close()
            return False

    try:
        wait_until(answers, patience_s=60)
        yield server
    finally:
        server.connection.close()
        process.terminate()
        process.wait(timeout=30)
