"""What the portal finds in its own house: address, database, jobs, mail that waits, backups."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import SQLAlchemyError

from portal.backup import last_backup
from portal.db import Database
from portal.errors import Unavailable
from portal.events import Stream
from portal.findings import Finding, State
from portal.i18n import lazy
from portal.jobs import JobState
from portal.mail import OutgoingMail
from portal.schema import is_current
from portal.settings import Settings

BACKUP_AGE = timedelta(days=2)
LATE = timedelta(hours=1)
FAILURES = 3
_PROBE = "check:probe"


def public_address(settings: Settings) -> list[Finding]:
    """The address under which people come."""
    name = lazy("address")
    here = urlsplit(settings.public_url).hostname in {"localhost", "127.0.0.1", "::1"}
    values = {"url": settings.public_url}
    if settings.demo:
        return [Finding(name, State.WARNING, lazy("This is the invented town."), lazy("For your own: --empty."))]
    if here:
        says = lazy("%(url)s is reached from this machine only.")
        return [Finding(name, State.WARNING, says, lazy("Set PARVIS_PUBLIC_URL to the town's address."), values)]
    if not settings.is_secure:
        says = lazy("%(url)s is not https: browsers give no camera and no microphone.")
        return [Finding(name, State.FAULT, says, lazy("docs/install.md: Behind a reverse proxy, with TLS."), values)]
    if not settings.trusted_proxies and not settings.tls:
        says = lazy("No reverse proxy is trusted: everybody seems to come from its address; limits hit all.")
        return [Finding(name, State.WARNING, says, lazy("Set PARVIS_TRUSTED_PROXIES, e.g. 127.0.0.1/32."), values)]
    return [Finding(name, State.GOOD, lazy("%(url)s"), values=values)]


async def data(settings: Settings) -> list[Finding]:
    """The database: reachable, up to date, sound, writable."""
    name = lazy("database")
    database = Database(settings.database_url)
    try:
        if not _is_made(database):
            return [Finding(name, State.WARNING, lazy("There is none yet."), lazy("The first start makes it."))]
        if not await is_current(database):
            says = lazy("Its schema is not this version's.")
            return [Finding(name, State.FAULT, says, lazy("Start the portal: it brings the database up to date."))]
        if database.is_sqlite:
            async with database.engine.connect() as connection:
                told = (await connection.execute(text("PRAGMA quick_check"))).scalar_one()
            if told != "ok":
                says = lazy("SQLite finds it damaged: %(told)s")
                return [Finding(name, State.FAULT, says, lazy("Restore the last backup."), {"told": told})]
        await _write(database)
    except (SQLAlchemyError, Unavailable, OSError) as error:
        cause = {"cause": f"{type(error).__name__}: {error}".splitlines()[0][:200]}
        says = lazy("It cannot be used: %(cause)s")
        return [Finding(name, State.FAULT, says, lazy("Does it run, and is PARVIS_DATABASE_URL right?"), cause)]
    finally:
        await database.close()
    kind = {"kind": "SQLite" if database.is_sqlite else "PostgreSQL"}
    return [Finding(name, State.GOOD, lazy("%(kind)s answers, is up to date and takes writes."), values=kind)]


def _is_made(database: Database) -> bool:
    """Whether there is a database to look at: merely opening SQLite's file would make it."""
    return not database.is_sqlite or Path(database.engine.url.database or "").exists()


async def _write(database: Database) -> None:
    """Write something and take it back."""
    async with database.engine.connect() as connection:
        await connection.execute(insert(Stream).values(name=_PROBE, head=0))
        await connection.rollback()


async def jobs(settings: Settings, now: datetime) -> list[Finding]:
    """What comes round by itself."""
    name = lazy("jobs")
    found = await _read_all(settings)
    if found is None:
        return []
    states = found[0]
    failing = [state for state in states if state.failures >= FAILURES and state.fault]
    late = [state for state in states if state.due_at < now - LATE and state not in failing]
    if failing:
        told = {"jobs": ", ".join(f"{state.name} ({state.fault})" for state in failing)}
        says = lazy("Fail again and again: %(jobs)s")
        return [Finding(name, State.FAULT, says, lazy("The log says why: look for “job failed”."), told)]
    if late:
        told = {"jobs": ", ".join(state.name for state in late)}
        return [Finding(name, State.FAULT, lazy("Overdue: %(jobs)s"), lazy("Is the portal running?"), told)]
    return [Finding(name, State.GOOD, lazy("%(count)s jobs run in their time."), values={"count": len(states)})]


async def mail_queue(settings: Settings) -> list[Finding]:
    """Mail that waits, and mail that was given up."""
    found = await _read_all(settings)
    if found is None:
        return []
    _states, waiting, given_up = found
    values = {"waiting": waiting, "given_up": given_up}
    says = lazy("%(waiting)s waiting, %(given_up)s given up in the last month.")
    state = State.WARNING if given_up or waiting > 100 else State.GOOD
    advice = lazy("The log says why: look for “mail not delivered”.") if state is State.WARNING else ""
    return [Finding(lazy("mail queue"), state, says, advice, values)]


async def _read_all(settings: Settings) -> tuple[list[JobState], int, int] | None:
    """Jobs, waiting mails, mails given up; None where the database cannot be read, which has a line of its own."""
    database = Database(settings.database_url)
    try:
        if not _is_made(database):
            return None
        async with database.read() as db:
            states = list(await db.scalars(select(JobState)))
            given_up = func.count().filter(OutgoingMail.given_up.is_(True))
            all_mails, lost = (await db.execute(select(func.count(), given_up).select_from(OutgoingMail))).one()
            return states, all_mails - lost, lost
    except (SQLAlchemyError, Unavailable, OSError):
        return None
    finally:
        await database.close()


def backups(settings: Settings, now: datetime) -> Finding:
    """When the last backup was made."""
    name, advice = lazy("backup"), lazy("docs/operate.md: Backup, by a timer.")
    made = last_backup(settings)
    mild = State.WARNING if settings.demo else State.FAULT
    if made is None:
        return Finding(name, mild, lazy("None has been made by this portal."), advice)
    values = {"hours": int((now - made).total_seconds() // 3600)}
    if now - made > BACKUP_AGE:
        return Finding(name, mild, lazy("The last one is %(hours)s hours old."), advice, values)
    return Finding(name, State.GOOD, lazy("The last one is %(hours)s hours old."), values=values)
