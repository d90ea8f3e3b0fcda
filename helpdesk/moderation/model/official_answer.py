"""What the mayor or a service of the town says publicly under a request or an offer, marked as theirs."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Enum, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, IdColumn
from portal.permissions import Role

ANSWER_LENGTH = 1000


class OfficialAnswer(Base):
    """A public answer, in the office that its writer held then: it stays the town's when the person leaves."""

    __tablename__ = "official_answer"
    __table_args__ = (Index("ix_official_answer_thing", "thing_id", "at"),)

    id: Mapped[str] = mapped_column(IdColumn, primary_key=True)
    thing_kind: Mapped[str] = mapped_column(String(20))
    thing_id: Mapped[str] = mapped_column(IdColumn)
    author_id: Mapped[str] = mapped_column(IdColumn)
    role: Mapped[Role] = mapped_column(
        Enum(Role, native_enum=False, length=24, values_callable=lambda kind: [item.value for item in kind])
    )
    body: Mapped[str] = mapped_column(String(120), default="")
    """The service of an agent, as their role names it."""
    text: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
