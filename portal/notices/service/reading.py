"""A person's own notices: reading them, and having read them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from portal.db import Database
from portal.errors import NotFound, NotSignedIn
from portal.events import DomainEvent, record
from portal.notices.model import KINDS, Notice, Words
from portal.notices.service.telling import READ, stream_of
from portal.permissions import Actor

SHOWN = 100
"""The page shows the newest; older ones are rarely looked for and soon deleted."""


@dataclass(frozen=True)
class Shown:
    """A notice and its words of today."""

    notice: Notice
    words: Words


async def own_notices(db: AsyncSession, actor: Actor | None) -> list[Shown]:
    """The person's notices, newest first. Raises `NotSignedIn`."""
    newest = select(Notice).where(Notice.person_id == owner(actor)).order_by(Notice.at.desc(), Notice.id).limit(SHOWN)
    return await written(db, (await db.scalars(newest)).all())


async def written(db: AsyncSession, notices: Sequence[Notice]) -> list[Shown]:
    """Notices with their words, in the order given; those that may no longer be told are left out."""
    words: dict[str, Words] = {}
    for name, kind in KINDS.items():
        of_kind = [notice for notice in notices if notice.kind == name]
        if of_kind:
            words.update(await kind.word(db, of_kind))
    return [Shown(notice, words[notice.id]) for notice in notices if notice.id in words]


async def unread_count(db: AsyncSession, person_id: str) -> int:
    """How many the person has not read."""
    unread = select(func.count()).select_from(Notice).where(Notice.person_id == person_id, Notice.read_at.is_(None))
    return await db.scalar(unread) or 0


async def open_notice(database: Database, actor: Actor | None, notice_id: str, at: datetime) -> str:
    """Mark one as read and return the path of its page. Raises `NotFound`, also for somebody else's."""
    person_id = owner(actor)
    async with database.write() as db:
        notice = await db.get(Notice, notice_id)
        if notice is None or notice.person_id != person_id:
            raise NotFound
        _mark(db, notice, at)
        found = await written(db, [notice])
    return found[0].words.path if found else "/notices"


async def read_all(database: Database, actor: Actor | None, at: datetime) -> None:
    """Mark all as read. Raises `NotSignedIn`."""
    person_id = owner(actor)
    async with database.write() as db:
        unread = select(Notice).where(Notice.person_id == person_id, Notice.read_at.is_(None)).with_for_update()
        for notice in await db.scalars(unread):
            _mark(db, notice, at)


async def read_about(db: AsyncSession, person_id: str, kind: str, subject_id: str, at: datetime) -> None:
    """The person has the thing itself before them: called by the slice whose page shows it."""
    found = select(Notice).filter_by(person_id=person_id, kind=kind, subject_id=subject_id)
    notice = (await db.scalars(found)).one_or_none()
    if notice is not None:
        _mark(db, notice, at)


def owner(actor: Actor | None) -> str:
    """Whose notices these are. Raises `NotSignedIn`."""
    if actor is None:
        raise NotSignedIn
    return actor.account_id


def _mark(db: AsyncSession, notice: Notice, at: datetime) -> None:
    if notice.read(at):
        record(db, DomainEvent(stream_of(notice.person_id), READ, notice.id, 1))
