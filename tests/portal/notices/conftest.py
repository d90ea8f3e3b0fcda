"""Accounts and notices on an empty database of either kind, and one kind of notice that tests tell of."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path

import pytest
from jinja2 import ChoiceLoader, FileSystemLoader, PrefixLoader
from sqlalchemy.ext.asyncio import AsyncSession

from portal.notices import live, web
from portal.notices.model import KINDS
from portal.notices.service import How, Notice, Words, define
from portal.static_files import StaticFiles
from tests.clock import FixedClock
from tests.portal.accounts.world import ROOT, World, open_world, settings_in

HIDDEN: set[str] = set()
"""Subjects that nobody may read any more."""


async def words_of(db: AsyncSession, notices: Sequence[Notice]) -> dict[str, Words]:
    del db
    return {
        notice.id: Words(f"News of {notice.subject_id}", f"Because: {notice.why}.", f"/things/{notice.subject_id}")
        for notice in notices
        if notice.subject_id not in HIDDEN
    }


@pytest.fixture(autouse=True)
def kinds() -> Iterator[None]:
    """Two kinds that no feature defines, and the portal's own as they were."""
    before = dict(KINDS)
    KINDS.clear()
    HIDDEN.clear()
    define("thing.near", "Things near you", How.INSTANT, words_of)
    define("thing.far", "Things far away", How.DIGEST, words_of)
    yield
    KINDS.clear()
    KINDS.update(before)


@pytest.fixture(scope="session")
def static(tmp_path_factory: pytest.TempPathFactory) -> StaticFiles:
    """The browser's files, prepared once for all tests."""
    return StaticFiles(ROOT / "static", tmp_path_factory.mktemp("static"))


@pytest.fixture
async def world(database_url: str, clock: FixedClock, tmp_path: Path, static: StaticFiles) -> AsyncIterator[World]:
    settings = settings_in(tmp_path / "data", database_url, PARVIS_PUSH_SERVICES="localhost push.example")
    found = await open_world(settings, clock, static)
    templates = PrefixLoader({"notices": FileSystemLoader(ROOT / "portal" / "notices" / "templates")})
    environment = found.app.jinja_env
    assert environment.loader is not None
    environment.loader = ChoiceLoader([environment.loader, templates])
    web.register(found.app, found.portal)
    live.register(found.app, found.portal)
    yield found
    found.accounts.passwords.close()
    await found.database.close()
