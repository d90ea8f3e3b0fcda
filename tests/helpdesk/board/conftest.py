"""A board on an empty database of either kind."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from helpdesk.board.place import PlaceVault
from helpdesk.board.service.board import Board
from portal.db import Base, Database
from portal.events import EventLog
from portal.security import RateLimiter
from tests.clock import FixedClock
from tests.helpdesk.board.site import Site, open_site
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


@pytest.fixture
async def site(tmp_path: Path, static_cache: Path, database_url: str, clock: FixedClock) -> AsyncIterator[Site]:
    (tmp_path / "data" / "cache").mkdir(parents=True)
    (tmp_path / "data" / "cache" / "static").symlink_to(static_cache)
    found = await open_site(tmp_path / "data", database_url, clock)
    yield found
    await found.portal.database.close()
