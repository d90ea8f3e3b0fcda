"""The journal as it is stored: rows are added and never changed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from meetings.sittings.journal import Entry
from portal.db import Base, IdColumn


class JournalEntry(Base):
    """One entry of a sitting's journal; its hash is computed again when it is read."""

    __tablename__ = "journal_entry"

    sitting_id: Mapped[str] = mapped_column(ForeignKey("sitting.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(String(60))
    by: Mapped[str] = mapped_column(IdColumn)
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    previous: Mapped[str] = mapped_column(String(64))

    @classmethod
    def of(cls, sitting_id: str, entry: Entry) -> JournalEntry:
        """The row of an entry."""
        return cls(
            sitting_id=sitting_id,
            number=entry.number,
            at=entry.at,
            kind=entry.kind,
            by=entry.by,
            content=dict(entry.content),
            previous=entry.previous,
        )

    @property
    def entry(self) -> Entry:
        """The entry as the chain knows it."""
        return Entry(self.number, self.at, self.kind, self.by, self.content, self.previous)
