"""Sittings on an empty database of either kind."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from portal.db import Base, Database
from portal.events import EventLog
from portal.schema import load_models
from tests.clock import FixedClock
from tests.meetings.sittings.world import World


@pytest.fixture
async def world(database_url: str, clock: FixedClock) -> AsyncIterator[World]:
    load_models()
    database = Database(database_url)
    async with database.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    EventLog(database, clock)
    yield World(database, clock)
    await database.close()
