"""What the shared fixtures promise to the tests that use them."""

from __future__ import annotations

import socket
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.async_api import Browser
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from tests.clock import FixedClock
from tests.free_ports import candidates, find_free_port
from tests.postgres import PostgresServer
from tests.waiting import wait_until


async def test_each_test_has_an_empty_database_of_its_own(database_url: str) -> None:
    engine = create_async_engine(database_url)

    async with engine.begin() as connection:
        await connection.execute(text("CREATE TABLE here (id integer)"))
        count = (await connection.execute(text("SELECT count(*) FROM here"))).scalar_one()
    await engine.dispose()

    assert count == 0


async def test_databases_of_one_server_do_not_see_each_other(postgres_server: PostgresServer) -> None:
    for address in (postgres_server.new_database(), postgres_server.new_database()):
        engine = create_async_engine(address)
        async with engine.begin() as connection:
            await connection.execute(text("CREATE TABLE here (id integer)"))
            user, version = (await connection.execute(text("SELECT current_user, version()"))).one()
        await engine.dispose()

        assert user == "parvis"
        assert version.startswith("PostgreSQL")


def test_server_ends_with_the_test_process_that_was_killed(tmp_path: Path) -> None:
    code = (
        "import os, signal, sys; from pathlib import Path; from tests.postgres import shared_server\n"
        "with shared_server(Path(sys.argv[1])) as server:\n"
        "    print(server.socket.parent, flush=True); os.kill(os.getpid(), signal.SIGKILL)"
    )
    killed = subprocess.run(
        [sys.executable, "-c", code, tmp_path],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[1],
    )
    base = Path(killed.stdout.strip())

    assert killed.returncode == -9
    wait_until(lambda: not base.exists())


def test_free_ports_are_never_those_that_the_system_gives_to_others() -> None:
    with ExitStack() as stack:
        given = set()
        for _ in range(200):
            other = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            other.bind(("127.0.0.1", 0))
            given.add(other.getsockname()[1])

    assert given.isdisjoint(candidates())
    assert len({find_free_port() for _ in range(200)}) == 200


def test_free_port_can_be_bound(free_port: int) -> None:
    with socket.socket() as tcp, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        tcp.bind(("127.0.0.1", free_port))
        udp.bind(("127.0.0.1", free_port))


def test_clock_stands_still_until_it_is_moved(clock: FixedClock) -> None:
    before = clock()

    clock.advance(hours=1)

    assert (clock() - before).total_seconds() == 3600
    assert clock() == clock()


@pytest.mark.browser
async def test_chromium_has_a_camera_and_a_microphone(chromium: Browser) -> None:
    context = await chromium.new_context(permissions=["camera", "microphone"])
    page = await context.new_page()
    await page.route(
        "https://town.test/", lambda route: route.fulfill(body="<!doctype html>", content_type="text/html")
    )
    await page.goto("https://town.test/")

    kinds = await page.evaluate(
        "navigator.mediaDevices.getUserMedia({audio: true, video: true})"
        ".then((stream) => stream.getTracks().map((track) => track.kind).sort())"
    )

    assert kinds == ["audio", "video"]
