"""A person's data in one file, and their erasure (GDPR articles 15, 17 and 20).

A slice that keeps something about people adds itself where its service is, as with permissions::

    @exports("help_requests")
    async def my_requests(db, person_id): ...

    @erases
    async def forget_requests(db, person_id, at): ...
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from portal.accounts import mails
from portal.accounts.model import Person, UnusedNotice
from portal.accounts.service.accounts import Accounts
from portal.accounts.service.administrators import keep_an_administrator
from portal.accounts.service.links import end_links
from portal.accounts.service.logins import end_logins, logins_of, person_stream
from portal.accounts.service.own_account import access_own, prove
from portal.accounts.service.post import send
from portal.audit import audit
from portal.clock import civil_date
from portal.events import DomainEvent, record
from portal.participants import Participants
from portal.permissions import Actor

Json = None | bool | int | str | Sequence["Json"] | Mapping[str, "Json"]

Exporter = Callable[[AsyncSession, str], Awaitable[Json]]
"""Reads what a slice keeps about a person, for that person."""

Eraser = Callable[[AsyncSession, str, datetime], Awaitable[None]]
"""Removes what a slice keeps about a person and need not keep by law, in the caller's transaction."""

Warner = Callable[[AsyncSession, str, date], Awaitable[Sequence[str]]]
"""Sentences on what somebody still holds on a day, which their account is needed for."""

PERSON_ERASED = "person.erased"

_exporters: dict[str, Exporter] = {}
erases: Participants[Eraser] = Participants()
"""Lets a function take part when an account is erased."""
warns_before_erasure: Participants[Warner] = Participants()
"""Lets a function say what to settle before one's account is erased."""


def exports(section: str) -> Callable[[Exporter], Exporter]:
    """Let a function fill one section of the export."""

    def add(exporter: Exporter) -> Exporter:
        if section in _exporters:
            raise ValueError(f"section {section} is exported twice")
        _exporters[section] = exporter
        return exporter

    return add


async def export_of(accounts: Accounts, actor: Actor | None) -> dict[str, Json]:
    """Everything the portal keeps about the actor, by section."""
    now = accounts.clock()
    async with accounts.database.read() as db:
        person = await access_own(db, actor)
        found: dict[str, Json] = {
            "exported_at": now.isoformat(),
            "account": _account(person),
            "roles": [
                {
                    "role": holding.role.value,
                    "body": holding.body,
                    "since": holding.since.isoformat(),
                    "until": _day(holding.until),
                    "ended_at": holding.ended_at.isoformat() if holding.ended_at else None,
                }
                for holding in person.holdings
            ],
            "sign_ins": [
                {
                    "begun_at": login.created_at.isoformat(),
                    "used_at": login.used_at.isoformat(),
                    "browser": login.browser,
                    "via": login.via.value,
                }
                for login in await logins_of(db, person, now)
            ],
        }
        for section in sorted(_exporters):
            found[section] = await _exporters[section](db, person.id)
    return found


async def warnings_of(accounts: Accounts, actor: Actor | None) -> list[str]:
    """What the actor should settle before their account is erased. Raises `NotSignedIn`."""
    today = civil_date(accounts.clock())
    async with accounts.database.read() as db:
        person = await access_own(db, actor)
        return [sentence for warn in warns_before_erasure for sentence in await warn(db, person.id, today)]


async def erase_account(accounts: Accounts, actor: Actor | None, *, current: str | None) -> None:
    """Close the actor's account and erase what is personal; the id stays, so that votes and minutes keep theirs.

    Raises `InvalidInput` or `ProofNeeded` (see `prove`), and `Conflict` for the last administrator.
    """
    await prove(accounts, actor, current)
    now = accounts.clock()
    async with accounts.database.write() as db:
        await keep_an_administrator(db, now, without_person=actor.account_id if actor else "")
        person = await access_own(db, actor, lock=True)
        email, locale = person.email, person.locale
        await erase_person(db, person, now, actor_id=person.id)
        if email is not None:
            await send(db, accounts, email, locale, lambda town: mails.erased(town=town))
    accounts.mail_written()


async def erase_person(db: AsyncSession, person: Person, now: datetime, *, actor_id: str | None) -> None:
    """Erase what is personal of an account, in every slice; `holdings` must have been loaded. None: by itself."""
    for erase in erases:
        await erase(db, person.id, now)
    for holding in person.holdings:
        if holding.ended_at is None:
            holding.end(now)
    await end_links(db, person.id)
    await end_logins(db, person.id, actor_id=actor_id)
    await db.execute(delete(UnusedNotice).where(UnusedNotice.person_id == person.id))
    person.erase()
    person.version += 1
    record(db, DomainEvent(person_stream(person.id), PERSON_ERASED, person.id, person.version, actor_id=actor_id))
    audit(db, at=now, act=PERSON_ERASED, actor_id=actor_id, subject_id=person.id)


def _account(person: Person) -> dict[str, Json]:
    return {
        "id": person.id,
        "handle": person.handle,
        "name": person.name,
        "email": person.email,
        "locale": person.locale,
        "created_at": person.created_at.isoformat(),
        "last_used_on": _day(person.seen_on),
        "has_password": person.password_hash is not None,
    }


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None
