"""Alembic's entry: runs on the connection that `portal.schema.migrate` hands over, or on ``PARVIS_DATABASE_URL``."""

from __future__ import annotations

import asyncio

from alembic import context
from sqlalchemy import Connection

from portal.db import Base, Database
from portal.schema import load_models
from portal.settings import load

load_models()


def run(connection: Connection) -> None:
    """Migrate within the connection's transaction."""
    # Batch mode: SQLite alters a table by copying it.
    is_sqlite = connection.dialect.name == "sqlite"
    context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=is_sqlite)
    with context.begin_transaction():
        context.run_migrations()


async def run_alone() -> None:
    """For ``alembic revision --autogenerate`` by a developer."""
    database = Database(load().database_url)
    async with database.engine.begin() as connection:
        await connection.run_sync(run)
    await database.close()


handed_over: Connection | None = context.config.attributes.get("connection")
if handed_over is not None:
    run(handed_over)
else:
    asyncio.run(run_alone())
