"""One way to read, one way to write: whole states, whole transactions, whatever happens to who asked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from portal.db import Base, Database
from portal.errors import Conflict
from portal.events import DomainEvent, EventLog, record, stream_head
from tests.clock import FixedClock


class Own(DeclarativeBase):
    """Tables of this test alone."""


class Counted(Own):
    """A row with an optimistic version."""

    __tablename__ = "counted"

    id: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int]
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it off the class


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    found = Database(database_url)
    async with found.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
        await connection.run_sync(Own.metadata.create_all)
    yield found
    await found.close()


async def post(database: Database) -> None:
    async with database.write() as db:
        record(db, DomainEvent("board", "thing.posted", "s", version=1))


@pytest.mark.parametrize("moment", ["INSERT INTO stream", "INSERT INTO event", "COMMIT", "told"])
async def test_write_whose_asker_goes_away_is_told_or_undone_and_holds_nobody_up(
    database: Database, clock: FixedClock, moment: str
) -> None:
    log = EventLog(database, clock)
    told: list[int] = []
    await post(database)
    asked = asyncio.create_task(post(database))

    def go_away(now: str) -> None:
        if now.startswith(moment) and not asked.cancelling():
            # In the next turn of the loop: the statement is under way by then.
            asyncio.get_running_loop().call_soon(asked.cancel)

    async def hear(stream: str, head: int) -> None:
        go_away("told")
        await asyncio.sleep(0)
        told.append(head)

    log.on_advanced(hear)
    writer = database.engine.sync_engine
    event.listen(writer, "before_cursor_execute", lambda *args: go_away(args[2]))
    event.listen(writer, "commit", lambda _connection: go_away("COMMIT"))
    with pytest.raises(asyncio.CancelledError):
        await asked

    async with asyncio.timeout(5):
        await post(database)

    assert told == list(range(2, await log.head("board") + 1))


async def test_page_reads_one_state_while_others_write(database: Database, clock: FixedClock) -> None:
    EventLog(database, clock)
    await post(database)

    async with database.read() as db:
        before = await stream_head(db, "board")
        await post(database)
        after = await stream_head(db, "board")
    async with database.read() as db:
        later = await stream_head(db, "board")

    assert (before, after, later) == (1, 1, 2)


async def test_reading_session_cannot_write(database: Database) -> None:
    async with database.read() as db:
        with pytest.raises(DBAPIError):
            await db.execute(text("INSERT INTO stream VALUES ('board', 1)"))


async def test_row_changed_by_somebody_else_meanwhile_is_a_conflict(database: Database) -> None:
    async with database.write() as db:
        db.add(Counted(id="one", count=0))
    async with database.read() as db:
        seen = await db.get_one(Counted, "one")
    async with database.write() as db:
        (await db.get_one(Counted, "one")).count = 1

    async def change_what_was_seen() -> None:
        async with database.write() as db:
            db.add(seen)
            seen.count = 2

    with pytest.raises(Conflict):
        await change_what_was_seen()
