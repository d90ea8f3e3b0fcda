"""The migrations and the mapped classes make the same database, on SQLite and on PostgreSQL."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection
from structlog.testing import capture_logs

from portal.db import Base, Database
from portal.schema import is_current, load_models, migrate

ROOT = Path(__file__).parents[2]
SQLITE = """SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'"""
POSTGRESQL = """
    SELECT 'column', table_name, concat_ws(' ', column_name, data_type, character_maximum_length, is_nullable)
    FROM information_schema.columns WHERE table_schema = 'public'
    UNION ALL SELECT 'index', indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
    UNION ALL SELECT 'constraint', conname, pg_get_constraintdef(oid)
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace
"""


async def drawn(connection: AsyncConnection, *, is_sqlite: bool) -> set[tuple[str, ...]]:
    """Every table, column, index and constraint as the database itself writes it, without its alembic_version."""
    rows = await connection.execute(text(SQLITE if is_sqlite else POSTGRESQL))
    told = {tuple(_in_one_order(str(part)) for part in row) for row in rows}
    return {row for row in told if "alembic_version" not in row[1]}


def _in_one_order(definition: str) -> str:
    """A definition with what stands between its outer commas sorted: where a migration adds a column means nothing."""
    text = " ".join(definition.replace("(", "( ").replace(")", " )").split())
    head, begins, inside = text.partition("( ")
    if not begins or not head.startswith("CREATE TABLE"):
        return text
    parts, depth = [""], 0
    for sign in inside.removesuffix(" )"):
        depth += {"(": 1, ")": -1}.get(sign, 0)
        if sign == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += sign
    return head + begins + ", ".join(sorted(part.strip() for part in parts))


async def test_migrations_make_exactly_what_the_classes_map(database_url: str) -> None:
    load_models()
    database = Database(database_url)
    async with database.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
        mapped = await drawn(connection, is_sqlite=database.is_sqlite)
        await connection.run_sync(Base.metadata.drop_all)
        assert await drawn(connection, is_sqlite=database.is_sqlite) == set()

    await migrate(database)

    async with database.engine.connect() as connection:
        assert await drawn(connection, is_sqlite=database.is_sqlite) == mapped
    assert any(row[1] == "help_request" for row in mapped)
    await database.close()


async def test_only_a_database_that_stood_before_is_said_to_be_brought_up_to_date(database_url: str) -> None:
    database = Database(database_url)
    script = Config()
    script.set_main_option("script_location", str(ROOT / "portal/migrations"))

    def begin(connection: Connection) -> None:
        script.attributes["connection"] = connection
        command.upgrade(script, "0015")

    async with database.engine.begin() as connection:
        await connection.run_sync(begin)
    with capture_logs() as of_the_old:
        await migrate(database)
    with capture_logs() as of_the_current:
        await migrate(database)
    async with database.engine.begin() as connection:
        await connection.run_sync(Base.metadata.drop_all)
        await connection.execute(text("DROP TABLE alembic_version"))
    with capture_logs() as of_an_empty:
        await migrate(database)

    assert [(line["event"], line["stands_at"]) for line in of_the_old] == [("bringing the database up to date", "0015")]
    assert of_the_current == of_an_empty == []
    await database.close()


async def test_migrating_twice_changes_nothing(database_url: str) -> None:
    database = Database(database_url)
    assert not await is_current(database)

    await migrate(database)
    await migrate(database)

    assert await is_current(database)
    await database.close()
