"""A portal's database of either kind, and a small town in it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from portal.db import Base, Database
from portal.events import EventLog
from portal.schema import load_models
from tests.clock import FixedClock


@pytest.fixture
async def database(database_url: str, clock: FixedClock) -> AsyncIterator[Database]:
    """Every table, nothing in them."""
    load_models()
    found = Database(database_url)
    EventLog(found, clock)
    async with found.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    yield found
    await found.close()
