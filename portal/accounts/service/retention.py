"""What ends by itself: links and sign-ins that are over, accounts that nobody opened, roles past their last day."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import delete, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from portal.accounts.model import LONG_STAYING, SHORT_REST, Login, OneTimeLink, Person, RoleHolding, Status
from portal.accounts.service.administration import ROLES_CHANGED
from portal.accounts.service.logins import end_login, person_stream
from portal.clock import Clock, civil_date
from portal.db import Database
from portal.events import DomainEvent, record

UNOPENED = timedelta(days=30)
"""An account that was asked for or prepared and never opened is deleted after this."""


async def end_what_is_over(database: Database, clock: Clock, *, since: date) -> None:
    """End sign-ins that have lapsed, which closes their sockets; delete links and unopened accounts that are too old.

    People whose roles began or ended by date after the day `since` and until today have their sockets closed too, so
    that they come back with the roles of today.
    """
    now = clock()
    async with database.write() as db:
        await db.execute(delete(OneTimeLink).where(OneTimeLink.expires_at <= now))
        await _end_lapsed_logins(db, now)
        await _delete_unopened(db, now)
        if since < civil_date(now):
            await _tell_of_turned_roles(db, since, civil_date(now))


async def _end_lapsed_logins(db: AsyncSession, now: datetime) -> None:
    rows = await db.execute(
        select(Login, Person)
        .join(Person, Person.id == Login.person_id)
        .where(Login.used_at <= now - SHORT_REST)
        .options(selectinload(Person.holdings))
    )
    for login, person in rows.all():
        is_staff = not person.roles_on(civil_date(now)) <= LONG_STAYING
        if not login.is_alive(now, is_staff=is_staff):
            await end_login(db, person.id, login.id, actor_id=None)


async def _delete_unopened(db: AsyncSession, now: datetime) -> None:
    unopened = select(Person.id).where(
        Person.status == Status.UNCONFIRMED,
        Person.created_at <= now - UNOPENED,
        ~exists().where(OneTimeLink.person_id == Person.id),
    )
    ids = (await db.scalars(unopened)).all()
    await db.execute(delete(RoleHolding).where(RoleHolding.person_id.in_(ids)))
    await db.execute(delete(Person).where(Person.id.in_(ids)))


async def _tell_of_turned_roles(db: AsyncSession, since: date, today: date) -> None:
    began = RoleHolding.since.between(since + timedelta(days=1), today)
    lapsed = RoleHolding.until.between(since, today - timedelta(days=1))
    ids = (await db.scalars(select(RoleHolding.person_id).where(or_(began, lapsed)).distinct())).all()
    for person in await db.scalars(select(Person).where(Person.id.in_(ids), Person.status == Status.ACTIVE)):
        stream = person_stream(person.id)
        record(db, DomainEvent(stream, ROLES_CHANGED, person.id, person.version, changed=("roles",)))
