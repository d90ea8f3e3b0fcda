"""SQLite's driver with one way to its thread and back for each statement.

aiosqlite keeps a connection in a thread of its own and goes there four times for a SELECT: to make the cursor, to
carry it out, to fetch, to close. Each way costs more than a short statement does, and the one that comes back waits
for the interpreter while the loop is busy. Here all four are one. This file alone knows aiosqlite's private parts.
"""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial
from typing import Any, NamedTuple, Self

import aiosqlite
from sqlalchemy.engine import make_url

_ITER_CHUNK = 64


class _CarriedOut(NamedTuple):
    """What a statement left, taken in the connection's thread while its cursor was open."""

    rows: Sequence[Any]
    description: Any
    rowcount: int
    lastrowid: int | None


class OneTripCursor:
    """A cursor as SQLAlchemy's adapter of aiosqlite uses one: its rows are here once the statement is carried out."""

    def __init__(self, connection: OneTripConnection) -> None:
        """Nothing is asked of the thread before the statement."""
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None
        self.arraysize = 1
        self._connection = connection
        self._rows: deque[Any] = deque()

    async def __aenter__(self) -> Self:
        """As the adapter opens cursors."""
        return self

    async def execute(self, sql: str, parameters: Any = ()) -> Self:
        """Carry out a statement. Raises what sqlite3 raises."""
        self._take(await self._connection.carry_out(sql, parameters))
        return self

    async def executemany(self, sql: str, parameters: Iterable[Any]) -> Self:
        """The same once for each of the parameters."""
        self._take(await self._connection.carry_out_many(sql, parameters))
        return self

    async def fetchone(self) -> Any:
        """The next row, or none."""
        return self._rows.popleft() if self._rows else None

    async def fetchmany(self, size: int | None = None) -> list[Any]:
        """The next rows."""
        return [self._rows.popleft() for _ in range(min(size or self.arraysize, len(self._rows)))]

    async def fetchall(self) -> list[Any]:
        """All that are left."""
        rows = list(self._rows)
        self._rows.clear()
        return rows

    async def close(self) -> None:
        """Let the rows go; the thread closed its cursor when it had them."""
        self._rows.clear()

    def _take(self, found: _CarriedOut) -> None:
        self._rows = deque(found.rows)
        self.description, self.rowcount, self.lastrowid = found.description, found.rowcount, found.lastrowid


class OneTripConnection(aiosqlite.Connection):
    """A connection whose statements are each one way to its thread and back."""

    def __init__(self, open_here: Callable[[], sqlite3.Connection]) -> None:
        """Awaited, it is opened by this in its thread, which does not keep the process when it is forgotten."""
        super().__init__(open_here, _ITER_CHUNK)
        self._thread.daemon = True

    def cursor(self) -> OneTripCursor:  # type: ignore[override]  # the adapter asks no more of it
        """A cursor; nothing waits for it."""
        return OneTripCursor(self)

    async def carry_out(self, sql: str, parameters: Any) -> _CarriedOut:
        """One statement in the connection's thread, with all its rows."""
        found: _CarriedOut = await self._execute(self._in_thread, sqlite3.Cursor.execute, sql, parameters)
        return found

    async def carry_out_many(self, sql: str, parameters: Iterable[Any]) -> _CarriedOut:
        """One statement for many parameters."""
        found: _CarriedOut = await self._execute(self._in_thread, sqlite3.Cursor.executemany, sql, parameters)
        return found

    async def _execute(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        return await super()._execute(fn, *args, **kwargs)  # type: ignore[no-untyped-call]  # the library's is not

    def _in_thread(self, do: Callable[..., object], sql: str, parameters: Any) -> _CarriedOut:
        cursor = self._conn.cursor()
        try:
            do(cursor, sql, parameters)
            # Read to the end before it is counted: what RETURNING gives is counted with its last row.
            rows = cursor.fetchall() if cursor.description else ()
            return _CarriedOut(rows, cursor.description, cursor.rowcount, cursor.lastrowid)
        finally:
            cursor.close()


def connector(address: str) -> Callable[[], Awaitable[OneTripConnection]]:
    """What opens a database by its SQLAlchemy address: the ``async_creator`` of an engine."""
    url = make_url(address)
    (database,), options = url.get_dialect()().create_connect_args(url)
    open_here: Callable[[], sqlite3.Connection] = partial(sqlite3.connect, database, **options)

    async def connect() -> OneTripConnection:
        connection = OneTripConnection(open_here)
        await connection
        return connection

    return connect
