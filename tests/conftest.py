"""What tests of every package share: real databases, a real browser, free ports, a clock that stands still."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import hypothesis
import pytest
import structlog
from playwright.async_api import Browser

from tests.browser.chromium import running_chromium
from tests.clock import FixedClock
from tests.free_ports import find_free_port
from tests.postgres import PostgresServer, shared_server

# How long an example takes says nothing where several things run on one machine.
hypothesis.settings.register_profile("parvis", deadline=None)
hypothesis.settings.load_profile("parvis")

# The default renders a traceback with every local value in it, which takes minutes where one of them is large.
structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
    ]
)


@pytest.fixture
def clock() -> FixedClock:
    """Monday 4 May 2026, nine in the morning in Paris, until the test moves it."""
    return FixedClock(datetime(2026, 5, 4, 7, 0, tzinfo=UTC))


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    """The PostgreSQL server of this run, one for all of pytest-xdist's processes."""
    folder = tmp_path_factory.getbasetemp()
    with shared_server(folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder) as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """SQLAlchemy's address of an empty database of the test's own; the test runs on SQLite, then on PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path / 'parvis.db'}"
    server: PostgresServer = request.getfixturevalue("postgres_server")
    return server.new_database()


@pytest.fixture
def free_port() -> int:
    """A port of 127.0.0.1 on which nobody listens, neither by TCP nor by UDP."""
    return find_free_port()


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    """A real Chromium with an invented camera and microphone; each of its contexts is a person of their own."""
    async with running_chromium() as browser:
        yield browser
