"""What a person has agreed to, and taken back: one line for each time, never changed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, IdColumn


class Agreement(Base):
    """A yes or a no of a person (GDPR article 7.1: that it was given can be shown, with when and to which text)."""

    __tablename__ = "agreement"
    __table_args__ = (Index("ix_agreement_person", "person_id", "what", "at"),)

    id: Mapped[str] = mapped_column(IdColumn, primary_key=True)
    person_id: Mapped[str] = mapped_column(IdColumn)
    what: Mapped[str] = mapped_column(String(40))
    """A name that a slice has defined (`portal.accounts.service.agreements`)."""
    version: Mapped[int]
    """Of the text that was read; 1 where there is only one."""
    is_given: Mapped[bool]
    """False: it was taken back."""
    about_id: Mapped[str] = mapped_column(IdColumn, default="")
    """What it was about, where it was about one thing."""
    at: Mapped[datetime]
