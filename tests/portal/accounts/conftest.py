"""Accounts on an empty database of either kind."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from portal.static_files import StaticFiles
from tests.clock import FixedClock
from tests.portal.accounts.world import ROOT, World, open_world, settings_in


@pytest.fixture(scope="session")
def static(tmp_path_factory: pytest.TempPathFactory) -> StaticFiles:
    """The browser's files, prepared once for all tests."""
    return StaticFiles(ROOT / "static", tmp_path_factory.mktemp("static"))


@pytest.fixture
async def world(database_url: str, clock: FixedClock, tmp_path: Path, static: StaticFiles) -> AsyncIterator[World]:
    found = await open_world(settings_in(tmp_path / "data", database_url), clock, static)
    yield found
    found.accounts.passwords.close()
    await found.database.close()
