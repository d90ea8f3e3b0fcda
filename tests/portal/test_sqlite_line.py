"""The way to SQLite's thread: once for each statement, with all that SQLAlchemy asks of a cursor."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from portal.sqlite_line import connector


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    address = f"sqlite+aiosqlite:///{tmp_path / 'line.db'}"
    found = create_async_engine(address, async_creator=connector(address))
    async with found.begin() as connection:
        await connection.execute(text("CREATE TABLE word (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE)"))
        await connection.execute(text("INSERT INTO word (text) VALUES (:text)"), [{"text": f"w{n}"} for n in range(5)])
    yield found
    await found.dispose()


async def test_statement_goes_to_its_thread_and_back_once(engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    loop, ways = asyncio.get_running_loop(), 0
    back = loop.call_soon_threadsafe

    def counted(*arguments: Any, **options: Any) -> Any:
        nonlocal ways
        ways += 1
        return back(*arguments, **options)

    async with engine.connect() as connection:
        monkeypatch.setattr(loop, "call_soon_threadsafe", counted)
        rows = (await connection.execute(text("SELECT text FROM word ORDER BY id"))).scalars().all()

        assert rows == ["w0", "w1", "w2", "w3", "w4"]
        assert ways == 1


async def test_rows_that_a_change_returns_and_their_number_are_those_of_all_changed(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        returned = await connection.execute(text("UPDATE word SET text = text || '!' WHERE id > 2 RETURNING id"))
        changed = await connection.execute(text("DELETE FROM word WHERE id > 3"))

        assert sorted(returned.scalars()) == [3, 4, 5]
        assert changed.rowcount == 2


async def test_rows_are_given_one_by_one_where_they_are_streamed(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        found = [row.text async for row in await connection.stream(text("SELECT text FROM word ORDER BY id"))]

    assert found == ["w0", "w1", "w2", "w3", "w4"]


async def test_refusal_of_the_database_is_raised_and_the_connection_goes_on(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        with pytest.raises(IntegrityError):
            await connection.execute(text("INSERT INTO word (text) VALUES ('w1')"))
        assert await connection.scalar(text("SELECT count(*) FROM word")) == 5
