"""A board, and what stands on it, on an empty database of either kind."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from helpdesk.board.place import PlaceVault
from helpdesk.board.service.board import Board
from portal.db import Base, Database
from portal.events import EventLog
from portal.security import RateLimiter
from tests.clock import FixedClock
from tests.helpdesk.board.site import Site, found_site, open_site
from tests.helpdesk.board.world import World, found_town


@pytest.fixture
async def world(database_url: str, clock: FixedClock) -> AsyncIterator[World]:
    database = Database(database_url)
    async with database.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    log = EventLog(database, clock)
    limits = RateLimiter(lambda: clock().timestamp())
    await found_town(database)
    found = World(database, log, clock, Board(database, clock, limits, PlaceVault("secret")))
    yield found
    await database.close()


@pytest.fixture(scope="session")
def static_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the static files' compressed copies are kept: made once for all sites of a run."""
    return tmp_path_factory.mktemp("static")


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database that every site begins with, made once."""
    path = tmp_path_factory.mktemp("founded") / "parvis.db"
    asyncio.run(found_site(path, FixedClock(datetime(2026, 5, 4, 7, 0, tzinfo=UTC))))
    return path


@pytest.fixture
async def site(tmp_path: Path, founded: Path, static_cache: Path, clock: FixedClock) -> AsyncIterator[Site]:
    """The pages say the same whatever the database; what stands behind them is tested on both in a `world`."""
    found = open_site(tmp_path / "data", founded, static_cache, clock)
    yield found
    await found.portal.database.close()
