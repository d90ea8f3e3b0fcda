"""A block: one person wants nothing more to do with another on the board. It holds both ways, and only one knows."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Enum, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, IdColumn
from portal.errors import Conflict, Forbidden
from portal.i18n import lazy

MOST_BLOCKS = 500
"""People whom one person can have blocked."""
TITLE_LENGTH = 100


class BlockedAt(StrEnum):
    """Where somebody was blocked."""

    HELP_REQUEST = "help_request"
    HELP_OFFER = "help_offer"
    CONVERSATION = "conversation"


class NotToBeBlocked(Forbidden):
    """Oneself, or who has no account here: somebody for whom an agent asked."""

    code = "not-to-be-blocked"
    text = lazy("This person cannot be blocked.")


class TooManyBlocked(Conflict):
    """The list is full."""

    code = "too-many-blocked"
    text = lazy("You have blocked 500 people. Please take some off the list first, or tell the town what happens.")


class Block(Base):
    """One person has blocked another."""

    __tablename__ = "help_block"
    __table_args__ = (UniqueConstraint("blocker_id", "blocked_id"), Index("ix_help_block_blocked", "blocked_id"))

    id: Mapped[str] = mapped_column(IdColumn, primary_key=True)
    blocker_id: Mapped[str] = mapped_column(IdColumn)
    blocked_id: Mapped[str] = mapped_column(IdColumn)
    at: Mapped[datetime]
    where: Mapped[BlockedAt] = mapped_column(
        Enum(BlockedAt, native_enum=False, length=20, values_callable=lambda kind: [item.value for item in kind])
    )
    title: Mapped[str] = mapped_column(String(TITLE_LENGTH))
    """What it was about then: by it somebody is recognised whose name was never learned."""
    knows_name: Mapped[bool]
    """Whether the name was known to whoever blocked them: the list tells nothing new."""
