"""The event log: dense, in the order of commits, together with the state or not at all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from portal.db import Base, Database
from portal.events import DomainEvent, EventLog, record, stream_head
from tests.clock import FixedClock


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    found = Database(database_url)
    async with found.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    yield found
    await found.close()


def posted(stream: str = "board", subject: str = "s") -> DomainEvent:
    return DomainEvent(stream, "thing.posted", subject, version=1, changed=("title",), actor_id="anna")


async def commit(database: Database, *events: DomainEvent) -> None:
    async with database.write() as db:
        for event in events:
            record(db, event)


async def test_events_are_numbered_densely_within_their_stream(database: Database, clock: FixedClock) -> None:
    log = EventLog(database, clock)

    await commit(database, posted(), posted("room:1"), posted())
    await commit(database, posted())

    assert [event.number for event in await log.after("board", 0, 10)] == [1, 2, 3]
    assert [event.number for event in await log.after("room:1", 0, 10)] == [1]
    assert [event.number for event in await log.after("board", 1, 1)] == [2]
    assert (await log.head("board"), await log.head("nothing")) == (3, 0)


async def test_transaction_that_fails_leaves_no_event_and_no_gap(database: Database, clock: FixedClock) -> None:
    log = EventLog(database, clock)
    await commit(database, posted())

    async def fail() -> None:
        async with database.write() as db:
            record(db, posted())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    await commit(database, posted())

    assert [event.number for event in await log.after("board", 0, 10)] == [1, 2]


async def test_reader_who_follows_while_many_write_misses_nothing(database: Database, clock: FixedClock) -> None:
    """Numbers are committed in order: whoever has read up to the head never finds an earlier number afterwards."""
    log = EventLog(database, clock)
    read: list[int] = []
    writing = asyncio.gather(
        *(commit(database, posted(subject=str(number)), posted(f"room:{number % 3}")) for number in range(60))
    )

    while not writing.done() or len(read) < 60:
        read += [event.number for event in await log.after("board", read[-1] if read else 0, 100)]
        await asyncio.sleep(0)
        if writing.done() and await log.head("board") == len(read):
            break
    await writing

    assert read == list(range(1, 61))


async def test_transactions_over_the_same_streams_in_any_order_do_not_wait_for_each_other_for_ever(
    database: Database, clock: FixedClock
) -> None:
    log = EventLog(database, clock)
    forth, back = [posted("a"), posted("b"), posted("c")], [posted("c"), posted("b"), posted("a")]

    async with asyncio.timeout(30):
        await asyncio.gather(*(commit(database, *events) for events in [forth, back] * 10))

    assert [await log.head(name) for name in "abc"] == [20, 20, 20]


async def test_listener_is_told_each_head_after_the_commit(database: Database, clock: FixedClock) -> None:
    log = EventLog(database, clock)
    told: list[tuple[str, int, int]] = []

    async def listen(stream: str, head: int) -> None:
        told.append((stream, head, await log.head(stream)))

    log.on_advanced(listen)
    await commit(database, posted(), posted(), posted("room:1"))
    await commit(database)

    assert sorted(told) == [("board", 2, 2), ("room:1", 1, 1)]


async def test_listener_that_fails_does_not_undo_or_fail_what_was_committed(
    database: Database, clock: FixedClock
) -> None:
    """The person is not told "failed" about what is on disk, and the other listeners still hear of it."""
    log = EventLog(database, clock)
    told: list[int] = []

    async def fail(stream: str, head: int) -> None:
        raise ZeroDivisionError

    async def listen(stream: str, head: int) -> None:
        told.append(head)

    log.on_advanced(fail)
    log.on_advanced(listen)

    await commit(database, posted())

    assert told == [1]
    assert await log.head("board") == 1


async def test_who_may_see_a_stream_is_judged_after_the_commit_and_before_anybody_hears_that_it_advanced(
    database: Database, clock: FixedClock
) -> None:
    log = EventLog(database, clock)
    told: list[str] = []

    async def judge(event: DomainEvent) -> None:
        told.append(f"{event.kind} when the head is {await log.head('board')}")
        raise ZeroDivisionError

    async def listen(stream: str, head: int) -> None:
        told.append(f"{stream} at {head}")

    log.on_advanced(listen)
    log.before_advanced("board.renewed", judge)
    await commit(database, posted(), DomainEvent("board", "board.renewed", "anna", 0))
    await commit(database, posted())

    assert told == ["board.renewed when the head is 2", "board at 2", "board at 3"]


async def test_head_read_with_a_page_is_of_the_same_moment(database: Database, clock: FixedClock) -> None:
    EventLog(database, clock)
    await commit(database, posted())

    async with database.read() as db:
        first = await stream_head(db, "board")

    assert first == 1


async def test_events_of_one_commit_bear_one_time(database: Database, clock: FixedClock) -> None:
    log = EventLog(database, clock)

    await commit(database, posted(), posted())

    first, second = await log.after("board", 0, 10)
    assert first.at == second.at == clock()
    assert (first.changed, first.actor_id, first.subject_id) == (["title"], "anna", "s")
