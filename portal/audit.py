"""The audit trail: who did what that matters in law or to a person's rights.

Appended in the transaction of the act itself, never changed, deleted when its retention ends (`portal.retention`).
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, IdColumn
from portal.ids import new_id


class AuditEntry(Base):
    """One act: a role given, an exact address opened, a person banned. Ids only."""

    __tablename__ = "audit_entry"
    __table_args__ = (Index("ix_audit_entry_subject_id_at", "subject_id", "at"), Index("ix_audit_entry_at", "at"))

    id: Mapped[str] = mapped_column(IdColumn, primary_key=True)
    at: Mapped[datetime]
    act: Mapped[str] = mapped_column(String(60))
    actor_id: Mapped[str | None] = mapped_column(IdColumn)
    subject_id: Mapped[str] = mapped_column(IdColumn)
    detail: Mapped[str] = mapped_column(String(200))


def audit(db: AsyncSession, *, at: datetime, act: str, actor_id: str | None, subject_id: str, detail: str = "") -> None:
    """Add an act to the trail. `detail` holds codes and counts, never personal text."""
    db.add(AuditEntry(id=new_id(), at=at, act=act, actor_id=actor_id, subject_id=subject_id, detail=detail[:200]))
