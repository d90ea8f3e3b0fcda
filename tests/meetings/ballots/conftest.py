"""Where the tests of ballots hold their sittings."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from portal.db import Database
from portal.events import EventLog
from tests.clock import FixedClock
from tests.meetings.ballots.hall import WorldInAFile
from tests.meetings.sittings import conftest
from tests.meetings.sittings.world import World

world_on_either = conftest.world
"""The same on either database: its fixture has another name here."""


@pytest.fixture
async def world(tmp_path: Path, clock: FixedClock) -> AsyncIterator[World]:
    """A world on SQLite; the journal's own tests look at both databases."""
    path = tmp_path / "parvis.db"
    database = Database(f"sqlite+aiosqlite:///{path}")
    EventLog(database, clock)
    yield WorldInAFile(database, clock, path=path)
    await database.close()
