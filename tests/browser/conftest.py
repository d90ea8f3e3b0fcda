"""What browser tests share: a portal of their own, one for each test that names it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.browser.portal_process import PortalProcess, demo_portal


@pytest.fixture
async def portal(tmp_path: Path) -> AsyncIterator[PortalProcess]:
    """The demo town's portal as `scripts/serve` starts it."""
    async with demo_portal(tmp_path) as process:
        yield process
