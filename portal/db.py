"""The database: one declarative base, one way to read, one way to write.

A use case opens exactly one `Database.write()`; state and events are committed together (see `portal.events`).
SQLite writes go through a single connection under ``BEGIN IMMEDIATE`` so that writers queue in the process
instead of failing on a lock; reads run beside them on their own connections (WAL).
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar

import asyncpg  # type: ignore[import-untyped]  # the library is untyped
import structlog
from sqlalchemy import DateTime, Dialect, Enum, MetaData, String, TypeDecorator, event, func, select
from sqlalchemy.engine import make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm.exc import StaleDataError
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool
from sqlalchemy.util.concurrency import in_greenlet

from portal.errors import Conflict, Unavailable
from portal.i18n import lazy
from portal.slow_statements import tell_slow_statements
from portal.sqlite_line import connector

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

IdColumn = String(26)
"""Wide enough for `portal.ids.new_id` and for identifiers that another town made."""


class Instant(TypeDecorator[datetime]):
    """An instant: aware UTC in Python, stored without a zone so that both databases order it alike."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a naive datetime: its zone would be a guess."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the stored value its zone back."""
        return None if value is None else value.replace(tzinfo=UTC)


StoredEnum = Enum(StrEnum, native_enum=False, length=30, values_callable=lambda kind: [item.value for item in kind])
"""A `StrEnum` is stored as its value: a new member needs no migration."""


class Base(DeclarativeBase):
    """Base of every mapped class. Relationships are ``lazy="raise"``: a service loads what it needs by name."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {datetime: Instant, StrEnum: StoredEnum}  # noqa: RUF012 - SQLAlchemy reads it off the class


T = TypeVar("T")
BeforeCommit = Callable[[AsyncSession], Awaitable[None]]
AfterCommit = Callable[[AsyncSession], Awaitable[None]]


AWAY_RETRY_MS = 1_000

CROSSED_RETRY_MS = 200

_CROSSED = frozenset({"40001", "40P01"})
"""PostgreSQL's SQLSTATEs of a transaction that it breaks off in favour of another: not serializable, deadlock."""

_GOING_AWAY = frozenset({"57P01", "57P02", "57P03"})
"""PostgreSQL's SQLSTATEs of a server that shuts down, has crashed, or is starting."""

_NO_CONNECTION = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.InterfaceError,
)
"""What connecting to a server that is not there, or not yet, ends with."""


class DatabaseAway(Unavailable):
    """The database server cannot be reached or went away: whether a commit took effect may be unknown."""

    code = "database-away"
    text = lazy("The portal cannot reach its database at the moment. Please try again: it will count once.")
    retry_after_ms = AWAY_RETRY_MS


class Crossed(Unavailable):
    """The database broke the transaction off for another that wanted the same at the same moment; nothing is done."""

    code = "crossed"
    text = lazy("Somebody else did something here at the same moment. Please try again: it will count once.")
    retry_after_ms = CROSSED_RETRY_MS


async def twice_if_crossed(use_case: Callable[[], Awaitable[T]]) -> T:
    """Do a use case, which opens its transaction itself, and once more if the database broke it off: see `Crossed`."""
    try:
        return await use_case()
    except Crossed:
        return await use_case()


class Database:
    """Engines and sessions over one database address.

    ``before_commit`` runs last in each writing transaction and ``after_commit`` once it is on disk; the event log
    sets both.
    """

    def __init__(self, address: str) -> None:
        """Open engines on an SQLAlchemy address (``sqlite+aiosqlite:///…`` or ``postgresql+asyncpg://…``)."""
        self.address = address
        self.is_sqlite = make_url(address).get_backend_name() == "sqlite"
        self._writer, self._reader = _sqlite_engines(address) if self.is_sqlite else _shared_engine(address)
        self._writes = async_sessionmaker(self._writer, expire_on_commit=False)
        self._reads = async_sessionmaker(self._reader, expire_on_commit=False)
        self.before_commit: BeforeCommit | None = None
        self.after_commit: AfterCommit | None = None

    @property
    def engine(self) -> AsyncEngine:
        """The writing engine: for migrations and checks."""
        return self._writer

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """A session that sees one consistent state and may not change it. What was loaded stays readable afterwards.

        Raises `DatabaseAway`.
        """
        with _noticing_absence():
            async with self._reads() as session:
                # Closing ends the transaction; a rollback would also expire every object that the caller takes along.
                yield session

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        """One transaction: commits when the block ends, rolls back when it raises.

        Whoever is cancelled meanwhile, because a browser went away, gets all of the commit or nothing of it. Raises
        `Conflict` when a versioned row was changed by somebody else since it was loaded, `Crossed` when another
        transaction was let through instead, `DatabaseAway` when the server went away.
        """
        with _noticing_absence():
            try:
                async with self._writes() as session, session.begin():
                    await self._name_request(session)
                    yield session
                    if self.before_commit is not None:
                        await session.flush()
                        await self.before_commit(session)
                    await _to_the_end(self._commit(session))
            except StaleDataError as error:
                raise Conflict from error

    async def wait(self) -> None:
        """Return once the database answers; for ever if it never does."""
        while True:
            try:
                async with self.read() as session:
                    await session.execute(select(1))
            except DatabaseAway:
                await asyncio.sleep(AWAY_RETRY_MS / 1000)
            else:
                return

    async def _name_request(self, session: AsyncSession) -> None:
        """Show PostgreSQL which request a transaction is of: in ``pg_stat_activity`` and in its own log."""
        request_id = structlog.contextvars.get_contextvars().get("request_id")
        if request_id is not None and not self.is_sqlite:
            named = func.set_config("application_name", f"parvis {request_id}", True)
            await session.execute(select(named))

    def pool_figures(self) -> dict[str, int]:
        """How many connections there are and how many of them are in use, those that write and those that read."""
        pools = {"writing": self._writer.sync_engine.pool, "reading": self._reader.sync_engine.pool}
        if not self.is_sqlite:
            pools = {"shared": pools["writing"]}
        return {
            f"{name}_connections_{word}": count
            for name, pool in pools.items()
            if isinstance(pool, QueuePool)
            for word, count in (("in_use", pool.checkedout()), ("idle", pool.checkedin()))
        }

    async def _commit(self, session: AsyncSession) -> None:
        await session.commit()
        if self.after_commit is not None:
            await self.after_commit(session)

    async def close(self) -> None:
        """Close every connection."""
        await self._writer.dispose()
        if self.is_sqlite:
            await self._reader.dispose()


async def _to_the_end(work: Coroutine[object, object, None]) -> None:
    """Await `work` whole, and only then be cancelled: what is on disk must also be told."""
    task = asyncio.create_task(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError as error:
            cancelled = error
    task.result()
    if cancelled is not None:
        raise cancelled


@contextmanager
def _noticing_absence() -> Iterator[None]:
    """Turn a lost connection, and none to be had, into `DatabaseAway`, and a deadlock into `Crossed`."""
    try:
        yield
    except DBAPIError as error:
        state = getattr(error.orig, "sqlstate", None)
        if state in _CROSSED:
            raise Crossed from error
        if not (error.connection_invalidated or state in _GOING_AWAY):
            raise
        raise DatabaseAway from error
    except (PoolTimeoutError, ConnectionResetError, BrokenPipeError) as error:
        raise DatabaseAway from error


_QUIET: dict[str, Any] = {"hide_parameters": True}
"""What people write is in the parameters of statements; the traceback of one that failed goes to the log."""


def _shared_engine(address: str) -> tuple[AsyncEngine, AsyncEngine]:
    engine = create_async_engine(address, pool_size=10, max_overflow=10, pool_pre_ping=True, pool_timeout=10, **_QUIET)
    _tell_refused_connections(engine)
    tell_slow_statements(engine)
    # PostgreSQL's own choice would let each statement of a page see another state.
    return engine, engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def _tell_refused_connections(engine: AsyncEngine) -> None:
    @event.listens_for(engine.sync_engine, "do_connect")
    def connect(
        dialect: Dialect, record: ConnectionPoolEntry, arguments: tuple[Any, ...], options: dict[str, Any]
    ) -> DBAPIConnection:
        try:
            return dialect.connect(*arguments, **options)
        except _NO_CONNECTION as error:
            raise DatabaseAway from error


def _sqlite_engines(address: str) -> tuple[AsyncEngine, AsyncEngine]:
    opened = connector(address)
    writer = create_async_engine(address, pool_size=1, max_overflow=0, async_creator=opened, **_QUIET)
    reader = create_async_engine(address, pool_size=5, max_overflow=5, async_creator=opened, **_QUIET)
    for engine in (writer, reader):
        tell_slow_statements(engine)
    _configure_sqlite(writer, begin="BEGIN IMMEDIATE", query_only=False)
    _configure_sqlite(reader, begin="BEGIN", query_only=True)
    return writer, reader


def _configure_sqlite(engine: AsyncEngine, *, begin: str, query_only: bool) -> None:
    @event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
        # The driver must not open transactions by itself: "begin" below does.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA busy_timeout=15000")
        if not query_only:
            # FULL: with NORMAL a commit that was acknowledged can be lost when the power fails.
            cursor.execute("PRAGMA journal_mode=WAL")
            cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute(f"PRAGMA query_only={'ON' if query_only else 'OFF'}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def start(connection: Any) -> None:
        connection.exec_driver_sql(begin)

    @event.listens_for(engine.sync_engine, "invalidate")
    def let_go(connection: DBAPIConnection, record: ConnectionPoolEntry, error: BaseException | None) -> None:
        # A statement that was cancelled half-way outlives close(), and with it the transaction and the write lock.
        if in_greenlet():
            connection.rollback()


def digest(secret: str) -> str:
    """SHA-256 of a bearer secret, hexadecimal: what is stored in its place, so that a stolen table opens nothing."""
    return hashlib.sha256(secret.encode()).hexdigest()
