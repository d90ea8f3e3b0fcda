"""What the portal writes down by the way is deleted when its time is over, and not before."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import delete, select

from portal import retention
from portal.audit import AuditEntry, audit
from portal.commands import CommandReceipt, once
from portal.db import Base, Database
from portal.events import DomainEvent, EventLog, record
from portal.jobs import Jobs, Run
from portal.mail import OutgoingMail, post
from tests.clock import FixedClock

DAY = timedelta(days=1)


@pytest.fixture
async def database(database_url: str, clock: FixedClock) -> AsyncIterator[Database]:
    found = Database(database_url)
    async with found.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    EventLog(found, clock)
    yield found
    await found.close()


async def one_of_each(database: Database, clock: FixedClock) -> None:
    async def do() -> dict[str, str | int | bool | None]:
        return {}

    async with database.write() as db:
        audit(db, at=clock(), act="role.given", actor_id="anna", subject_id="bruno")
        await once(db, actor_id="anna", command_id="command-1", asked="x", at=clock(), do=do)
        post(db, to="anna@example.fr", subject="Bonjour", body="…", at=clock())


async def held(database: Database) -> tuple[int, int, int]:
    async with database.read() as db:
        found = [len((await db.scalars(select(kind))).all()) for kind in (AuditEntry, CommandReceipt, OutgoingMail)]
    return found[0], found[1], found[2]


async def test_each_is_kept_for_its_period_and_then_deleted(database: Database, clock: FixedClock) -> None:
    jobs = Jobs(database, clock, chance=lambda: 0)
    retention.register(jobs)
    await one_of_each(database, clock)
    async with database.write() as db:
        (await db.scalars(select(OutgoingMail))).one().give_up()

    clock.now += retention.RECEIPTS
    await jobs.run_due()
    assert await held(database) == (1, 1, 1)
    clock.now += DAY
    await jobs.run_due()
    assert await held(database) == (1, 0, 0)
    clock.now += retention.AUDIT
    await jobs.run_due()
    assert await held(database) == (0, 0, 0)


async def test_mail_that_is_still_tried_is_never_deleted(database: Database, clock: FixedClock) -> None:
    jobs = Jobs(database, clock)
    retention.register(jobs)
    await one_of_each(database, clock)

    clock.now += 400 * DAY
    await jobs.run_due()

    assert await held(database) == (0, 0, 1)


async def test_old_events_go_but_for_the_newest_of_each_stream(
    database: Database, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "REPLAYED", 2)
    log = EventLog(database, clock)
    for stream in ("board", "board", "board", "room:1", "room:1", "room:1", "person:anna"):
        async with database.write() as db:
            record(db, DomainEvent(stream, "thing.happened", "s", 1))
    clock.now += retention.EVENTS + DAY

    async with database.write() as db:
        assert await retention.delete_old_events(db, Run(clock(), None)) == 1

    assert [event.number for event in await log.after("board", 0, 10)] == [2, 3]
    assert len(await log.after("room:1", 0, 10)) == 3
    assert len(await log.after("person:anna", 0, 10)) == 1
    async with database.write() as db:
        record(db, DomainEvent("board", "thing.happened", "s", 1))
    assert await log.head("board") == 4


async def test_large_heap_is_deleted_batch_by_batch(
    database: Database, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "BATCH", 10)
    jobs = Jobs(database, clock)
    retention.register(jobs)
    async with database.write() as db:
        await db.execute(delete(AuditEntry))
        for _ in range(35):
            audit(db, at=clock() - 400 * DAY, act="role.given", actor_id="anna", subject_id="bruno")

    ran = await jobs.run_due()

    assert ran.count("portal.audit") == 4
    assert await held(database) == (0, 0, 0)
