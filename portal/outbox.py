"""What goes out by a table of its own (mails, pushes): a row that is due is taken in hand by one process at a time."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, Database, IdColumn


class Outgoing(Base):
    """A row of such a table; it is deleted once its receiver has taken it."""

    __abstract__ = True

    id: Mapped[str] = mapped_column(IdColumn, primary_key=True)
    due_at: Mapped[datetime]
    """When to try it; while it is in hand, when to try again if the process that has it ends."""
    attempts: Mapped[int] = mapped_column(default=0)
    """How often it was tried in vain."""


Row = TypeVar("Row", bound=Outgoing)


async def take_in_hand(
    database: Database, kind: type[Row], *conditions: ColumnElement[bool], now: datetime, lease: timedelta
) -> Row | None:
    """The row that is due the longest, if any is, put off by `lease`: whoever takes it deletes it or sets its time."""
    due = select(kind.id).where(kind.due_at <= now, *conditions)
    async with database.read() as db:
        if await db.scalar(due.limit(1)) is None:
            return None
    async with database.write() as db:
        # SKIP LOCKED is PostgreSQL's; SQLite has one writer and leaves the clause out.
        row_id = await db.scalar(due.order_by(kind.due_at).limit(1).with_for_update(skip_locked=True))
        if row_id is None:
            return None
        await db.execute(update(kind).where(kind.id == row_id).values(due_at=now + lease))
        return await db.get_one(kind, row_id)
