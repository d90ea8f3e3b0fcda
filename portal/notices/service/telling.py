"""Telling a person: called by a use case in its own transaction."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncSession

from portal.events import DomainEvent, record
from portal.i18n import lazy
from portal.ids import new_id
from portal.mail import OutgoingMail
from portal.notices.model import KINDS, Hours, How, Notice, NoticeChoice, NoticeHours, NoticeMail
from portal.town.model import Setting, WallTime, define_setting
from portal.town.service import TownSettings, town_settings

QUIET = lazy("Quiet hours of the town")
QUIET_FROM = define_setting(
    Setting(
        "notices.quiet_from",
        QUIET,
        lazy("They begin"),
        WallTime(),
        Hours().begin,
        hint=lazy("For everybody who has not chosen hours of their own. What is urgent is told all the same."),
    )
)
QUIET_UNTIL = define_setting(
    Setting(
        "notices.quiet_until",
        QUIET,
        lazy("They end"),
        WallTime(),
        Hours().end,
        hint=lazy("The same time twice: there are none."),
    )
)

TOLD = "notice.told"
READ = "notice.read"


def quiet_hours(settings: TownSettings) -> Hours:
    """The town's quiet hours."""
    return Hours(settings[QUIET_FROM], settings[QUIET_UNTIL])


def stream_of(person_id: str) -> str:
    """The stream on which a person's own pages learn of new notices."""
    return f"notices:{person_id}"


async def tell(
    db: AsyncSession,
    *,
    person_id: str,
    kind: str,
    subject_id: str,
    at: datetime,
    why: str = "",
    is_urgent: bool = False,
    is_near: bool = False,
) -> None:
    """Tell a person of a thing, once, in the way they chose, when this transaction commits.

    `is_urgent`: it is told at night too. `is_near`, in place or in time: who chose so (`How.NEAR`) is told at once.
    The same kind about the same subject replaces what was told before: a conversation has one notice, not twenty.
    Raises `KeyError` for a kind that was not defined.
    """
    how = await choice_of(db, person_id, kind)
    if how is How.OFF:
        return
    await _ensure(db, person_id, kind, subject_id, at)
    found = select(Notice).filter_by(person_id=person_id, kind=kind, subject_id=subject_id).with_for_update()
    notice = (await db.scalars(found)).one()
    hours = await hours_of(db, person_id)
    notice.arrive(how, at=at, why=why, is_urgent=is_urgent, is_near=is_near, hours=hours)
    record(db, DomainEvent(stream_of(person_id), TOLD, notice.id, 1))


async def take_back(db: AsyncSession, *, kind: str, subject_id: str, person_id: str | None = None) -> None:
    """Withdraw what was told of a thing that is over or hidden, from one person or from everybody."""
    over = delete(Notice).where(Notice.kind == kind, Notice.subject_id == subject_id)
    if person_id is not None:
        over = over.where(Notice.person_id == person_id)
    gone = (await db.execute(over.returning(Notice.person_id, Notice.id))).all()
    for owner, notice_id in gone:
        record(db, DomainEvent(stream_of(owner), READ, notice_id, 1))


async def take_back_about(db: AsyncSession, subject_ids: Collection[str], at: datetime) -> None:
    """Withdraw every notice about things that are hidden, with the pushes and mails that are on their way.

    What else stood in such a mail is told again, in one without them.
    """
    about = Notice.subject_id.in_(subject_ids)
    mails = select(NoticeMail.mail_id).join(Notice, Notice.id == NoticeMail.notice_id).where(about)
    stopped = (await db.scalars(mails.distinct())).all()
    told_with = select(NoticeMail.notice_id).where(NoticeMail.mail_id.in_(stopped))
    await db.execute(update(Notice).where(Notice.id.in_(told_with), Notice.read_at.is_(None)).values(due_at=at))
    await db.execute(delete(OutgoingMail).where(OutgoingMail.id.in_(stopped)))
    gone = (await db.execute(delete(Notice).where(about).returning(Notice.person_id, Notice.id))).all()
    for owner, notice_id in gone:
        record(db, DomainEvent(stream_of(owner), READ, notice_id, 1))


async def choice_of(db: AsyncSession, person_id: str, kind: str) -> How:
    """How the person wants to be told of a kind."""
    chosen = await db.get(NoticeChoice, (person_id, kind))
    return chosen.how if chosen else KINDS[kind].default


async def hours_of(db: AsyncSession, person_id: str) -> Hours:
    """The person's quiet hours: their own, or the town's."""
    own = await db.get(NoticeHours, person_id)
    return Hours(own.begin, own.end) if own else quiet_hours(await town_settings(db))


async def _ensure(db: AsyncSession, person_id: str, kind: str, subject_id: str, at: datetime) -> None:
    # Two transactions that tell of one thing at once meet at this row instead of making two.
    insert = postgresql_insert if db.get_bind().dialect.name == "postgresql" else sqlite_insert
    row = {"id": new_id(), "person_id": person_id, "kind": kind, "subject_id": subject_id, "at": at}
    blank = {"why": "", "is_urgent": False, "is_instant": False, "due_at": None, "read_at": None}
    await db.execute(insert(Notice).values(**row, **blank).on_conflict_do_nothing())
