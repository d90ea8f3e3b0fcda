"""The end of accounts that nobody uses: their owners are told twice, then they are erased."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base

FIRST_NOTICE = timedelta(days=365)
"""After so long without use its owner is told …"""
UNUSED = timedelta(days=730)
"""… and after so long the account is erased (the CNIL holds two years to be proportionate) …"""
LAST_NOTICE = timedelta(days=30)
"""… of which its owner is told so long before, again."""


class UnusedNotice(Base):
    """What the owner of an unused account was told last. Worth nothing once the account was used again."""

    __tablename__ = "unused_notice"

    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), primary_key=True)
    unused_since: Mapped[date]
    """The day of the last use that the notice spoke of."""
    told_on: Mapped[date]
    is_last: Mapped[bool]


def ends_on(unused_since: date, told_on: date) -> date:
    """The day on which an account is erased whose owner is told today: never sooner than the last notice allows."""
    return max(unused_since + UNUSED, told_on + LAST_NOTICE)
