"""The database's schema: brought up to date by Alembic, once, before any worker starts."""

from __future__ import annotations

import asyncio
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import structlog
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from portal.db import Database

log = structlog.get_logger(__name__)

MODEL_MODULES = (
    "portal.audit",
    "portal.commands",
    "portal.events",
    "portal.jobs",
    "portal.mail",
    "portal.accounts.model",
    "portal.town.model",
    "portal.notices.model",
    "helpdesk.trust.model",
    "helpdesk.board.model",
    "helpdesk.matching.model",
    "helpdesk.moderation.model",
    "meetings.rooms.model",
    "meetings.sittings.model",
)
"""Every module that maps a table: Alembic compares the database with what they declare."""


def load_models() -> None:
    """Import every mapped class."""
    for name in MODEL_MODULES:
        if find_spec(name.rpartition(".")[0]) and find_spec(name):
            import_module(name)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


async def migrate(database: Database) -> None:
    """Bring the schema to the newest revision, in one transaction."""
    async with database.engine.begin() as connection:
        await connection.run_sync(_upgrade)


def _upgrade(connection: Connection) -> None:
    config = _config()
    config.attributes["connection"] = connection
    stands_at = MigrationContext.configure(connection).get_current_revision()
    newest = ScriptDirectory.from_config(config).get_current_head()
    if stands_at is not None and stands_at != newest:
        log.info("bringing the database up to date", stands_at=stands_at, newest=newest)
    command.upgrade(config, "head")


async def is_current(database: Database) -> bool:
    """Whether the schema stands at the newest revision."""
    newest = await asyncio.to_thread(lambda: ScriptDirectory.from_config(_config()).get_current_head())
    async with database.engine.connect() as connection:
        return await connection.run_sync(lambda sync: MigrationContext.configure(sync).get_current_revision() == newest)


def knows(revision: str) -> bool:
    """Whether a revision is one of those that this version brings up to date."""
    return any(script.revision == revision for script in ScriptDirectory.from_config(_config()).walk_revisions())
