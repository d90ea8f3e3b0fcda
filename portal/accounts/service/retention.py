"""What ends by itself: links and sign-ins that are over, accounts that nobody opened, roles past their last day."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import and_, delete, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from portal.accounts.model import LONG_STAYING, SHORT_REST, Login, OneTimeLink, Person, RoleHolding, Status
from portal.accounts.model.login import LIFE, REST, SHORT_LIFE
from portal.accounts.service.administration import ROLES_CHANGED
from portal.accounts.service.logins import end_login, person_stream
from portal.clock import civil_date
from portal.events import DomainEvent, record
from portal.jobs import Job, Jobs, Run, midnight

UNOPENED = timedelta(days=30)
"""An account that was asked for or prepared and never opened is deleted after this."""
BATCH = 500
"""People or sign-ins that one transaction ends."""


def register(jobs: Jobs) -> None:
    """Have done what ends by itself."""
    few_minutes = timedelta(minutes=10)
    jobs.add(Job("accounts.roles", few_minutes, turn_roles, also_at=midnight))
    jobs.add(Job("accounts.sign_ins", few_minutes, end_lapsed_sign_ins, BATCH))
    jobs.add(Job("accounts.links", timedelta(hours=1), delete_old_links))
    jobs.add(Job("accounts.unopened", timedelta(hours=1), delete_unopened, BATCH))


async def delete_old_links(db: AsyncSession, run: Run) -> int:
    """Delete links that open nothing any more."""
    old = await db.execute(delete(OneTimeLink).where(OneTimeLink.expires_at <= run.now).returning(OneTimeLink.digest))
    return len(old.all())


async def end_lapsed_sign_ins(db: AsyncSession, run: Run) -> int:
    """End sign-ins that have lapsed, which closes their sockets."""
    now = run.now
    of_staff = exists().where(
        RoleHolding.person_id == Login.person_id, RoleHolding.ended_at.is_(None), RoleHolding.role.not_in(LONG_STAYING)
    )
    is_short = or_(Login.is_shared, of_staff)
    may_have_lapsed = or_(
        Login.used_at <= now - REST,
        Login.created_at <= now - LIFE,
        and_(is_short, or_(Login.used_at <= now - SHORT_REST, Login.created_at <= now - SHORT_LIFE)),
    )
    rows = await db.execute(
        select(Login, Person)
        .join(Person, Person.id == Login.person_id)
        .where(may_have_lapsed)
        .options(selectinload(Person.holdings))
    )
    ended = 0
    for login, person in rows.all():
        is_staff = not person.roles_on(civil_date(now)) <= LONG_STAYING
        if not login.is_alive(now, is_staff=is_staff):
            await end_login(db, person.id, login.id, actor_id=None)
            ended += 1
            if ended == BATCH:
                break
    return ended


async def delete_unopened(db: AsyncSession, run: Run) -> int:
    """Delete accounts that were asked for or prepared long ago and never opened."""
    unopened = select(Person.id).where(
        Person.status == Status.UNCONFIRMED,
        Person.created_at <= run.now - UNOPENED,
        ~exists().where(OneTimeLink.person_id == Person.id),
    )
    ids = (await db.scalars(unopened.limit(BATCH))).all()
    await db.execute(delete(RoleHolding).where(RoleHolding.person_id.in_(ids)))
    await db.execute(delete(Person).where(Person.id.in_(ids)))
    return len(ids)


async def turn_roles(db: AsyncSession, run: Run) -> int:
    """Close the sockets of people whose roles began or ended by date since the last run: they come back as of today."""
    today = civil_date(run.now)
    since = civil_date(run.since or run.now)
    if since >= today:
        return 0
    began = RoleHolding.since.between(since + timedelta(days=1), today)
    lapsed = RoleHolding.until.between(since, today - timedelta(days=1))
    ids = (await db.scalars(select(RoleHolding.person_id).where(or_(began, lapsed)).distinct())).all()
    people = (await db.scalars(select(Person).where(Person.id.in_(ids), Person.status == Status.ACTIVE))).all()
    for person in people:
        stream = person_stream(person.id)
        record(db, DomainEvent(stream, ROLES_CHANGED, person.id, person.version, changed=("roles",)))
    return len(people)
