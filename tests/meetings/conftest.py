"""A portal whose pages are asked without a server: the same for every slice of meetings."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.clock import FixedClock
from tests.helpdesk.board.site import Site, found_site, open_site


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database that every site begins with, made once."""
    path = tmp_path_factory.mktemp("founded") / "parvis.db"
    asyncio.run(found_site(path, FixedClock(datetime(2026, 5, 4, 7, 0, tzinfo=UTC))))
    return path


@pytest.fixture(scope="session")
def static_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the static files' compressed copies are kept: made once for all sites of a run."""
    return tmp_path_factory.mktemp("static")


@pytest.fixture
async def site(tmp_path: Path, founded: Path, static_cache: Path, clock: FixedClock) -> AsyncIterator[Site]:
    found = open_site(tmp_path / "data", founded, static_cache, clock)
    yield found
    await found.portal.database.close()
