"""A running media worker for the tests of this folder."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.meetings.sfu.world import Town, running_town


@pytest.fixture
async def town() -> AsyncIterator[Town]:
    """A worker with a controller; see world.py."""
    async with running_town() as running:
        yield running
