"""A PostgreSQL that goes away in the middle of things and comes back."""

from __future__ import annotations

import asyncio
import html
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from portal.app import build
from portal.db import Database, DatabaseAway
from portal.errors import problem_of
from portal.schema import migrate
from portal.settings import load
from tests.faults.servers import Postgres, postgres_server


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    with postgres_server() as server:
        yield server


async def ask(database: Database) -> int:
    async with database.read() as db:
        return int(await db.scalar(text("SELECT 1")) or 0)


async def test_database_that_is_away_is_said_to_be_and_used_again_when_it_is_back(postgres: Postgres) -> None:
    database = Database(postgres.url)
    assert await asyncio.gather(*(ask(database) for _ in range(5))) == [1] * 5

    await asyncio.to_thread(postgres.kill)
    for _ in range(2):
        with pytest.raises(DatabaseAway):
            await ask(database)
    waiting = asyncio.create_task(database.wait())
    await asyncio.to_thread(postgres.start)
    await waiting

    assert await asyncio.gather(*(ask(database) for _ in range(15))) == [1] * 15
    await database.close()


async def test_what_is_under_way_when_the_database_goes_away_ends_as_something_to_try_again(postgres: Postgres) -> None:
    database = Database(postgres.url)

    async def write() -> None:
        async with database.write() as db:
            await db.execute(text("SELECT pg_sleep(600)"))

    async def write_after(gone: asyncio.Event) -> None:
        async with database.write() as db:
            await db.execute(text("SELECT 1"))
            await gone.wait()

    gone = asyncio.Event()
    under_way = [asyncio.create_task(write()), asyncio.create_task(write_after(gone))]
    while (await busy(database)) < 2:  # noqa: ASYNC110 - the server has no event for it
        await asyncio.sleep(0.01)
    await asyncio.to_thread(postgres.kill)
    gone.set()
    ended = await asyncio.gather(*under_way, return_exceptions=True)
    await asyncio.to_thread(postgres.start)

    assert [type(error) for error in ended] == [DatabaseAway, DatabaseAway]
    problem, status = problem_of(DatabaseAway())
    assert (problem.body()["code"], problem.body()["retry_after_ms"], status) == ("database-away", 1000, 503)
    await database.close()


async def busy(database: Database) -> int:
    """Connections of others that are in a transaction."""
    async with database.read() as db:
        others = "pid <> pg_backend_pid() AND state IN ('active', 'idle in transaction') AND usename IS NOT NULL"
        return int(await db.scalar(text(f"SELECT count(*) FROM pg_stat_activity WHERE {others}")) or 0)  # noqa: S608 - ours


async def test_pages_and_api_say_that_the_database_is_away(postgres: Postgres, tmp_path: Path) -> None:
    app, portal = build(load({"PARVIS_DATA": str(tmp_path), "PARVIS_DATABASE_URL": postgres.url}))
    await migrate(portal.database)
    client = app.test_client()

    await asyncio.to_thread(postgres.kill)
    page = await client.get("/sign-in", headers={"Accept-Language": "fr"})
    answer = await client.get("/api/requests")
    await asyncio.to_thread(postgres.start)

    assert page.status_code == answer.status_code == 503
    assert "Le portail ne peut pas joindre sa base de données" in html.unescape(await page.get_data(as_text=True))
    error = (await answer.get_json())["error"]
    assert (error["code"], error["retry_after_ms"]) == ("database-away", 1000)
    assert (await client.get("/api/requests")).status_code == 200
    await portal.database.close()
