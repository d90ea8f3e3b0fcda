"""A whole database as one file, and back: SQLite by its own copy, PostgreSQL through its own tools."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from sqlalchemy.engine import URL, make_url

PATIENCE_S = 3600


class CopyError(Exception):
    """A database that could not be copied; the text is for the person at the keyboard."""


class SqliteCopy:
    """One file of SQLite's own."""

    file_name = "database.sqlite"
    kind = "sqlite"

    def __init__(self, url: URL) -> None:
        """`url` names a file."""
        self._path = Path(url.database or "")

    def tables(self) -> int:
        """How many tables the database holds; 0 for a file that does not exist."""
        if not self._path.exists():
            return 0
        return int(str(_asked(self._path, "SELECT count(*) FROM sqlite_master WHERE type = 'table'")))

    def others(self) -> int:
        """Somebody else who works on it is told by the data directory's lock."""
        return 0

    def save(self, target: Path) -> None:
        """Write the database as one instant saw it; those who write meanwhile are not held up."""
        if not self._path.exists():
            raise CopyError(f"There is no database at {self._path} yet.")
        with _opened(self._path, "ro") as source:
            source.execute("VACUUM INTO ?", [str(target)])

    def load(self, source: Path) -> None:
        """Put a saved database in the place of the present one. What stood there is moved aside by the caller."""
        arriving = self._path.with_name(self._path.name + ".restoring")
        shutil.copyfile(source, arriving)
        try:
            if _asked(arriving, "PRAGMA integrity_check") != "ok":
                raise CopyError(f"{source} is damaged: SQLite finds faults in it.")
        except sqlite3.DatabaseError as error:
            arriving.unlink()
            raise CopyError(f"{source} is damaged: {error}.") from error
        with arriving.open("rb+") as file:
            os.fsync(file.fileno())
        for suffix in ("-wal", "-shm"):
            self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)
        arriving.replace(self._path)

    def revision(self, saved: Path) -> str:
        """The schema revision of a saved database."""
        return str(_asked(saved, "SELECT version_num FROM alembic_version"))

    def set_aside(self, folder: Path) -> None:
        """Move the present database into a folder."""
        for suffix in ("", "-wal", "-shm"):
            path = self._path.with_name(self._path.name + suffix)
            if path.exists():
                path.rename(folder / path.name)


def _opened(path: Path, mode: str) -> _Closing:
    return _Closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode={mode}", uri=True, timeout=60))


class _Closing:
    """SQLite's own context manager commits and leaves the file open."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def __enter__(self) -> sqlite3.Connection:
        return self._connection

    def __exit__(self, *error: object) -> None:
        self._connection.close()


def _asked(path: Path, question: str) -> object:
    with _opened(path, "ro") as connection:
        return connection.execute(question).fetchone()[0]


class PostgresqlCopy:
    """A dump in PostgreSQL's custom format."""

    file_name = "database.dump"
    kind = "postgresql"

    def __init__(self, url: URL) -> None:
        """`url` names a server and a database on it."""
        host = url.host or url.query.get("host") or ""
        given = {
            "PGHOST": host if isinstance(host, str) else host[0],
            "PGPORT": str(url.port or ""),
            "PGUSER": url.username or "",
            # In the environment, not among the arguments that every user of the machine may read.
            "PGPASSWORD": str(url.password or ""),
            "PGDATABASE": url.database or "",
        }
        self._environment = {name: value for name, value in given.items() if value}

    def tables(self) -> int:
        """How many tables the database holds."""
        return int(self._ask("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"))

    def others(self) -> int:
        """How many other connections the database has."""
        return int(
            self._ask(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
                "AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
            )
        )

    def save(self, target: Path) -> None:
        """Write the database as one instant saw it; those who write meanwhile are not held up."""
        self._run("pg_dump", ["--format=custom", "--no-owner", "--no-privileges", f"--file={target}"])

    def load(self, source: Path) -> None:
        """Put a saved database in the place of the present one, in one transaction."""
        script = source.with_name(".restoring.sql")
        doomed = self._ask("SELECT string_agg(quote_ident(tablename), ', ') FROM pg_tables WHERE schemaname = 'public'")
        clear = ["--command", f"DROP TABLE {doomed} CASCADE"] if doomed else []
        try:
            self._run("pg_restore", ["--no-owner", "--no-privileges", f"--file={script}", str(source)])
            options = ["--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1"]
            self._run("psql", [*options, *clear, f"--file={script}"])
        finally:
            script.unlink(missing_ok=True)

    def revision(self, saved: Path) -> str:
        """The schema revision of a saved database."""
        rows = self._run("pg_restore", ["--data-only", "--table=alembic_version", "--file=-", str(saved)]).splitlines()
        start = next((number for number, row in enumerate(rows) if row.startswith("COPY ")), len(rows) - 2)
        return rows[start + 1].strip()

    def set_aside(self, folder: Path) -> None:
        """Save the present database into a folder."""
        self.save(folder / self.file_name)

    def _ask(self, question: str) -> str:
        return self._run("psql", ["--no-psqlrc", "--tuples-only", "--no-align", "--command", question]).strip()

    def _run(self, program: str, arguments: Sequence[str]) -> str:
        try:
            done = subprocess.run(  # noqa: S603 - a program of PostgreSQL with arguments of ours
                [_client(program), *arguments],
                env={**_surroundings(), **self._environment},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=PATIENCE_S,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise CopyError(f"{program} has not ended within an hour.") from error
        if done.returncode != 0:
            raise CopyError(f"{program} failed: {done.stderr.strip()[-600:]}")
        return done.stdout


def _surroundings() -> Mapping[str, str]:
    return {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "PGCONNECT_TIMEOUT": "10"}


def _client(program: str) -> str:
    found = shutil.which(program)
    if found is None:
        raise CopyError(f"{program} is not installed: sudo apt-get install postgresql-client")
    return found


DatabaseCopy = SqliteCopy | PostgresqlCopy


def database_copy(address: str) -> DatabaseCopy:
    """The way to copy the database of an SQLAlchemy address."""
    url = make_url(address)
    return SqliteCopy(url) if url.get_backend_name() == "sqlite" else PostgresqlCopy(url)
