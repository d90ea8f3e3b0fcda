"""Accounts that nobody uses: their owners are told, twice, and in the end they are erased."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from portal.accounts import mails
from portal.accounts.model import Person, RoleHolding, Status
from portal.accounts.model.unused import FIRST_NOTICE, LAST_NOTICE, UNUSED, UnusedNotice, ends_on
from portal.accounts.service.accounts import Accounts
from portal.accounts.service.own_data import erase_person
from portal.accounts.service.post import address, send
from portal.clock import civil_date
from portal.jobs import Job, Jobs, Run
from portal.permissions import Role

BATCH = 50

KEPT_BY_NOBODY = frozenset({Role.RESIDENT, Role.VOLUNTEER})
"""Who holds another role was given it by the town, which takes it back: such an account is not ended by itself."""


def register(jobs: Jobs, accounts: Accounts) -> None:
    """Have it done, every day."""

    async def tell(db: AsyncSession, run: Run) -> int:
        return await tell_owners(db, accounts, run.now)

    passed_over: set[str] = set()

    async def erase(db: AsyncSession, run: Run) -> int:
        return await erase_unused(db, accounts, run.now, passed_over)

    jobs.add(Job("accounts.unused_told", timedelta(days=1), tell, BATCH))
    jobs.add(Job("accounts.unused_erased", timedelta(days=1), erase, 1))


async def tell_owners(db: AsyncSession, accounts: Accounts, now: datetime) -> int:
    """Tell owners after a year, and again a month before the end; returns how many."""
    today = civil_date(now)
    # A notice of before the last use says nothing any more.
    was_told = UnusedNotice.unused_since == Person.seen_on
    first = and_(Person.seen_on <= today - FIRST_NOTICE, or_(UnusedNotice.person_id.is_(None), ~was_told))
    last = and_(
        Person.seen_on <= today - UNUSED + LAST_NOTICE,
        or_(UnusedNotice.person_id.is_(None), ~was_told, UnusedNotice.is_last.is_(False)),
    )
    people = [person for person, _notice in await db.execute(_unused(today, or_(first, last)))]
    for person in people:
        since = person.seen_on or today
        is_last = since <= today - UNUSED + LAST_NOTICE
        await db.merge(UnusedNotice(person_id=person.id, unused_since=since, told_on=today, is_last=is_last))
        await _tell(db, accounts, person, ends_on(since, today))
    return len(people)


async def erase_unused(db: AsyncSession, accounts: Accounts, now: datetime, passed_over: set[str]) -> int:
    """Erase one account to which its owner, told in time, has not come back; returns how many there were, 0 or 1.

    One that cannot be erased keeps no other waiting: it is written into `passed_over`, and tried again when all others
    are done.
    """
    today = civil_date(now)
    due = and_(
        Person.seen_on <= today - UNUSED,
        UnusedNotice.unused_since == Person.seen_on,
        UnusedNotice.is_last,
        UnusedNotice.told_on <= today - LAST_NOTICE,
        Person.id.not_in(passed_over),
    )
    found = (await db.execute(_unused(today, due).limit(1))).first()
    if found is None:
        passed_over.clear()
        return 0
    person, _notice = found
    person_id, email, locale = person.id, person.email, person.locale
    try:
        await erase_person(db, person, now, actor_id=None)
        if email is not None:
            await send(db, accounts, email, locale, lambda town: mails.erased_unused(town=town))
        await db.flush()
    except Exception:
        passed_over.add(person_id)
        raise
    return 1


async def _tell(db: AsyncSession, accounts: Accounts, person: Person, end: date) -> None:
    if person.email is not None:
        link = address(accounts, "/sign-in")
        await send(db, accounts, person.email, person.locale, lambda town: mails.unused(town=town, link=link, end=end))


def _unused(today: date, wanted: ColumnElement[bool]) -> Select[Person, UnusedNotice]:
    """Active accounts of people without an office, with the notice they were given; a batch of them."""
    lasts = or_(RoleHolding.until.is_(None), RoleHolding.until >= today)
    office = RoleHolding.role.not_in(KEPT_BY_NOBODY), RoleHolding.ended_at.is_(None), lasts
    return (
        select(Person, UnusedNotice)
        .outerjoin(UnusedNotice, UnusedNotice.person_id == Person.id)
        .where(Person.status == Status.ACTIVE, ~exists().where(RoleHolding.person_id == Person.id, *office), wanted)
        .order_by(Person.id)
        .limit(BATCH)
        .options(selectinload(Person.holdings))
    )
