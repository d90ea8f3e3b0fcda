"""Jobs run once however many workers there are, and whatever becomes of those that began them."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from portal.audit import AuditEntry, audit
from portal.db import Base, Database
from portal.jobs import LEASE, Job, Jobs, JobState, Run, midnight
from tests.clock import FixedClock
from tests.waiting import wait_until

ROOT = Path(__file__).parents[2]
MINUTE = timedelta(minutes=1)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    found = Database(database_url)
    async with found.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    yield found
    await found.close()


class Counting:
    """A job's work that writes a row each time."""

    def __init__(self) -> None:
        self.runs: list[Run] = []
        self.then: Callable[[], Awaitable[None]] | None = None
        self.answers = [0]

    async def __call__(self, db: AsyncSession, run: Run) -> int:
        audit(db, at=run.now, act="job.ran", actor_id=None, subject_id="job")
        await db.flush()
        self.runs.append(run)
        if self.then is not None:
            await self.then()
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def worker(database: Database, clock: FixedClock, job: Job) -> Jobs:
    jobs = Jobs(database, clock, chance=lambda: 0.5)
    jobs.add(job)
    return jobs


async def rows(database: Database) -> int:
    async with database.read() as db:
        return len((await db.scalars(select(AuditEntry))).all())


async def state(database: Database) -> JobState:
    async with database.read() as db:
        return (await db.scalars(select(JobState))).one()


async def test_job_runs_at_first_and_again_when_its_interval_and_some_jitter_are_over(
    database: Database, clock: FixedClock
) -> None:
    work = Counting()
    jobs = worker(database, clock, Job("test.count", 10 * MINUTE, work))

    assert await jobs.run_due() == ["test.count"]
    clock.advance(minutes=10)
    assert await jobs.run_due() == []
    clock.advance(seconds=30)
    assert await jobs.run_due() == ["test.count"]

    assert [run.since for run in work.runs] == [None, work.runs[0].now]
    assert await rows(database) == 2


async def test_restart_does_not_make_a_job_due(database: Database, clock: FixedClock) -> None:
    job = Job("test.count", 10 * MINUTE, Counting())
    await worker(database, clock, job).run_due()

    assert await worker(database, clock, job).run_due() == []


async def test_job_that_left_some_is_run_again_at_once(database: Database, clock: FixedClock) -> None:
    work = Counting()
    work.answers = [3, 3, 1]

    assert await worker(database, clock, Job("test.count", MINUTE, work, batch=3)).run_due() == ["test.count"] * 3
    assert [run.since for run in work.runs] == [None, None, None]
    assert (await state(database)).since == clock()


async def test_job_that_is_due_at_midnight_runs_then(database: Database, clock: FixedClock) -> None:
    clock.now = datetime(2026, 5, 4, 21, 59, tzinfo=UTC)  # one minute to midnight in Paris
    jobs = worker(database, clock, Job("test.count", 10 * MINUTE, Counting(), also_at=midnight))
    await jobs.run_due()

    clock.advance(seconds=59)
    assert await jobs.run_due() == []
    clock.advance(seconds=1)
    assert await jobs.run_due() == ["test.count"]


async def test_failure_undoes_the_run_and_is_tried_again_later_each_time(database: Database, clock: FixedClock) -> None:
    work = Counting()

    async def fail() -> None:
        raise ZeroDivisionError

    work.then = fail
    jobs = worker(database, clock, Job("test.count", 60 * MINUTE, work))
    await jobs.run_due()
    clock.advance(seconds=29)
    assert await jobs.run_due() == []
    clock.advance(seconds=1)
    await jobs.run_due()
    clock.advance(seconds=119)
    assert await jobs.run_due() == []
    failed = await state(database)
    assert (failed.failures, failed.fault) == (2, "ZeroDivisionError")
    assert await rows(database) == 0

    work.then = None
    clock.advance(seconds=1)
    await jobs.run_due()

    mended = await state(database)
    assert (mended.failures, mended.fault) == (0, "")
    assert await rows(database) == 1


async def test_two_workers_that_look_at_once_run_it_once(database: Database, clock: FixedClock) -> None:
    other = Database(database.address)
    work = Counting()
    job = Job("test.count", 10 * MINUTE, work)
    workers = [worker(database, clock, job), worker(other, clock, job)]

    for _ in range(20):
        await asyncio.gather(*(each.run_due() for each in workers))
        clock.advance(minutes=11)

    assert len(work.runs) == 20
    assert await rows(database) == 20
    await other.close()


async def test_worker_that_was_overtaken_does_nothing(database: Database, clock: FixedClock) -> None:
    """It stood still after taking the job, longer than its lease; another worker has done it meanwhile."""
    work = Counting()
    job = Job("test.count", 10 * MINUTE, work)
    slow, quick = worker(database, clock, job), worker(database, clock, job)
    await slow._due()
    run = await slow._take(job, "slow")
    assert run is not None
    assert await quick.run_due() == []

    clock.advance(seconds=LEASE.total_seconds())
    assert await quick.run_due() == ["test.count"]
    await slow._work(job, run, "slow")

    assert len(work.runs) == 1
    assert await rows(database) == 1


async def test_worker_that_is_stopped_hands_the_job_back_undone(database: Database, clock: FixedClock) -> None:
    work, begun = Counting(), asyncio.Event()

    async def hang() -> None:
        begun.set()
        await asyncio.Event().wait()

    work.then = hang
    job = Job("test.count", 10 * MINUTE, work)
    jobs = worker(database, clock, job)
    await jobs.start()
    await begun.wait()
    await jobs.stop()
    assert await rows(database) == 0

    work.then = None
    assert await worker(database, clock, job).run_due() == ["test.count"]
    assert await rows(database) == 1


HANGING = """
import asyncio, sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from portal.audit import audit
from portal.db import Database
from portal.jobs import Job, Jobs

async def work(db, run):
    audit(db, at=run.now, act="job.ran", actor_id=None, subject_id="job")
    await db.flush()
    Path(sys.argv[2]).touch()
    await asyncio.Event().wait()

async def main():
    jobs = Jobs(Database(sys.argv[1]), lambda: datetime(2026, 5, 4, 7, tzinfo=UTC))
    jobs.add(Job("test.count", timedelta(minutes=10), work))
    await jobs.run_due()

asyncio.run(main())
"""


def begin_and_kill(address: str, begun: Path) -> None:
    """A worker of its own that is killed while it does the job."""
    process = subprocess.Popen([sys.executable, "-c", HANGING, address, begun], cwd=ROOT)
    wait_until(begun.exists, patience_s=60)
    process.send_signal(signal.SIGKILL)
    process.wait()


async def test_worker_that_is_killed_half_way_leaves_nothing_done_and_another_does_it(
    database: Database, clock: FixedClock, tmp_path: Path
) -> None:
    begin_and_kill(database.address, tmp_path / "begun")
    work = Counting()
    jobs = worker(database, clock, Job("test.count", 10 * MINUTE, work))

    assert await jobs.run_due() == []
    assert await rows(database) == 0
    clock.advance(seconds=LEASE.total_seconds())
    while await rows(database) == 0:  # PostgreSQL notices after a moment that the worker is gone
        await jobs.run_due()

    assert len(work.runs) == 1
    assert await rows(database) == 1


def test_name_is_given_once(tmp_path: Path, clock: FixedClock) -> None:
    jobs = worker(Database(f"sqlite+aiosqlite:///{tmp_path / 'x.db'}"), clock, Job("test.count", MINUTE, Counting()))

    with pytest.raises(ValueError, match="added twice"):
        jobs.add(Job("test.count", MINUTE, Counting()))
