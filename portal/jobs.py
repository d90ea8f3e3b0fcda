"""Work that comes round by itself: each job runs once when it is due, however many workers there are.

A job has a row. A worker that finds it due takes a lease on it in one transaction; the job's work, its result and the
next due time are a second transaction, which counts only while the lease is still that worker's. So a worker that dies
half-way leaves nothing half done, and its lease runs out; one that was only slow finds that it has been overtaken, and
its work is undone. What a job does outside the database must bear to be done twice.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

import structlog
from sqlalchemy import String, or_, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from portal.clock import PARIS, Clock, civil_time
from portal.db import Base, Database, IdColumn
from portal.ids import new_id

log = structlog.get_logger(__name__)

LEASE = timedelta(minutes=2)
PATIENCE_S = 90.0
"""How long one run may take; below the lease, so that a run is ended before another worker begins it anew."""
LOOK_EVERY_S = 5.0
JITTER = 0.1
"""Up to this share of its interval a job comes later, so that those of one interval do not all come together."""
PAUSES = tuple(timedelta(seconds=seconds) for seconds in (30, 120, 600))
"""After the first, second and every further failure in a row."""


@dataclass(frozen=True)
class Run:
    """One run of a job."""

    now: datetime
    since: datetime | None
    """When the last run that came to its end began; None before the first."""


Work = Callable[[AsyncSession, Run], Awaitable[int]]
"""Does what is due within the caller's transaction, at most a batch of it; returns how many things it did."""


@dataclass(frozen=True)
class Job:
    """Something that a feature wants done again and again. `name` is ``area.what``."""

    name: str
    every: timedelta
    do: Work
    batch: int | None = None
    """A run that did this many has left some: the next follows at once."""
    also_at: Callable[[datetime], datetime] | None = None
    """Given an instant, the next one at which the job is due whatever its interval says."""


class JobState(Base):
    """What is known of a job: when it is due, who has it in hand, how it last went."""

    __tablename__ = "job"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    due_at: Mapped[datetime]
    holder: Mapped[str | None] = mapped_column(IdColumn)
    """The run that has it in hand."""
    held_until: Mapped[datetime | None]
    failures: Mapped[int]
    """Runs in a row that failed or were cut short."""
    fault: Mapped[str] = mapped_column(String(80))
    """The kind of the last failure; empty after a run that went well."""
    began_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    """When the last run that went well ended."""
    since: Mapped[datetime | None]
    """When the last run that went well and left nothing began."""
    done: Mapped[int]
    """How many things that run did."""

    def take(self, run_id: str, now: datetime) -> None:
        """Begin a run."""
        self.holder, self.held_until, self.began_at = run_id, now + LEASE, now
        # Counted before the work: a run that takes its whole process down is not begun again without a pause.
        self.failures += 1
        self.due_at = now

    def finish(self, job: Job, run: Run, now: datetime, done: int, delay: timedelta) -> None:
        """The run went well."""
        self.holder = self.held_until = None
        self.failures, self.fault, self.done, self.ended_at = 0, "", done, now
        if job.batch is not None and done >= job.batch:
            self.due_at = now
            return
        self.since = run.now
        self.due_at = now + delay
        if job.also_at is not None:
            self.due_at = min(self.due_at, job.also_at(run.now))

    def fail(self, fault: str, now: datetime) -> None:
        """The run failed."""
        self.holder = self.held_until = None
        self.fault = fault[:80]
        self.due_at = now + PAUSES[min(self.failures, len(PAUSES)) - 1]


def midnight(instant: datetime) -> datetime:
    """The next midnight in Paris: what holds by civil date begins and ends then."""
    tomorrow = civil_time(instant).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(), PARIS).astimezone(instant.tzinfo)


class Jobs:
    """The jobs of every feature, and this worker's share in doing them; owns its one task."""

    def __init__(self, database: Database, clock: Clock, chance: Callable[[], float] = random.random) -> None:
        """`chance` returns a number from 0 up to 1, for the jitter."""
        self._database = database
        self._clock = clock
        self._chance = chance
        self._jobs: dict[str, Job] = {}
        self._held: str | None = None
        self._task: asyncio.Task[None] | None = None

    def add(self, job: Job) -> None:
        """Let a feature have a job done. Raises `ValueError` if the name is taken."""
        if job.name in self._jobs:
            raise ValueError(f"job {job.name} is added twice")
        self._jobs[job.name] = job

    @property
    def names(self) -> frozenset[str]:
        """Every job that is done."""
        return frozenset(self._jobs)

    async def start(self) -> None:
        """Begin to look for what is due."""
        self._task = asyncio.create_task(self._run(), name="jobs")

    async def stop(self) -> None:
        """End; a run that is cut short is undone and due again at once."""
        if self._task is None:
            return
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        if self._held is not None:
            freed = update(JobState).where(JobState.holder == self._held)
            async with self._database.write() as db:
                await db.execute(freed.values(holder=None, held_until=None, failures=JobState.failures - 1))

    async def states(self) -> Sequence[JobState]:
        """What is known of every job, by name."""
        async with self._database.read() as db:
            return (await db.scalars(select(JobState).order_by(JobState.name))).all()

    async def run_due(self) -> list[str]:
        """Run each job that is due and that nobody else has in hand; the names of those that ran here."""
        ran = []
        for name in await self._due():
            while await self._run_one(self._jobs[name]):
                ran.append(name)
        return ran

    async def _run(self) -> None:
        while True:
            try:
                await self.run_due()
            except Exception:
                log.exception("jobs failed")
            await asyncio.sleep(LOOK_EVERY_S)

    async def _due(self) -> list[str]:
        now = self._clock()
        known = {state.name: state for state in await self.states()}
        if missing := self._jobs.keys() - known.keys():
            await self._make(sorted(missing), now)
        return [
            name
            for name in self._jobs
            if name not in known or (known[name].due_at <= now and (known[name].held_until or now) <= now)
        ]

    async def _make(self, names: Sequence[str], now: datetime) -> None:
        insert = sqlite_insert if self._database.is_sqlite else postgresql_insert
        rows = [{"name": name, "due_at": now, "failures": 0, "fault": "", "done": 0} for name in names]
        async with self._database.write() as db:
            await db.execute(insert(JobState).on_conflict_do_nothing(), rows)

    async def _run_one(self, job: Job) -> bool:
        """Run a job if it is due and free. Whether it ran."""
        run_id = new_id()
        run = await self._take(job, run_id)
        if run is None:
            return False
        self._held = run_id
        with structlog.contextvars.bound_contextvars(job=job.name, request_id=run_id[:12]):
            try:
                async with asyncio.timeout(PATIENCE_S):
                    await self._work(job, run, run_id)
            except Exception as error:
                log.exception("job failed")
                async with self._database.write() as db:
                    state = await _held(db, job.name, run_id)
                    if state is not None:
                        state.fail(type(error).__name__, self._clock())
        self._held = None
        return True

    async def _take(self, job: Job, run_id: str) -> Run | None:
        now = self._clock()
        # SKIP LOCKED is PostgreSQL's; SQLite has one writer and leaves the clause out.
        free = (
            select(JobState)
            .where(JobState.name == job.name, JobState.due_at <= now)
            .where(or_(JobState.held_until.is_(None), JobState.held_until <= now))
            .with_for_update(skip_locked=True)
        )
        async with self._database.write() as db:
            state = await db.scalar(free)
            if state is None:
                return None
            if state.holder is not None:
                log.warning("job was cut short and begins anew", job=job.name)
            state.take(run_id, now)
            return Run(now, state.since)

    async def _work(self, job: Job, run: Run, run_id: str) -> None:
        delay = job.every * (1 + JITTER * self._chance())
        async with self._database.write() as db:
            state = await _held(db, job.name, run_id)
            if state is None:
                log.warning("job was overtaken")
                return
            done = await job.do(db, run)
            state.finish(job, run, self._clock(), done, delay)
        if done:
            log.info("job done", count=done)


async def _held(db: AsyncSession, name: str, run_id: str) -> JobState | None:
    """The job's row, locked, if the run still has it in hand."""
    own = select(JobState).where(JobState.name == name, JobState.holder == run_id).with_for_update()
    state: JobState | None = await db.scalar(own)
    return state
