"""What browser tests share: a portal of their own, one for each test that names it, or one for a file of stories."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.browser.chromium import running_chromium
from tests.browser.portal_process import PortalProcess, Stage, demo_portal


@pytest.fixture
async def portal(tmp_path: Path) -> AsyncIterator[PortalProcess]:
    """The demo town's portal as `scripts/serve` starts it."""
    async with demo_portal(tmp_path) as process:
        yield process


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """One such portal and one Chromium for all stories of a file, which is marked `asyncio(loop_scope="module")`.

    A file names what it wants otherwise as `SETTINGS`. Each story has people and postings of its own, so that none
    rests on what another has left.
    """
    folder, settings = tmp_path_factory.mktemp("stage"), getattr(request.module, "SETTINGS", None)
    async with demo_portal(folder, settings=settings) as portal, running_chromium() as browser:
        yield Stage(portal, browser)
