"""One member's convocation: sent, handed over, opened, acknowledged, answered."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Enum, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, IdColumn


class Reply(StrEnum):
    """What a member says beforehand."""

    PRESENT = "present"
    REMOTE = "remote"
    ABSENT = "absent"


class Summons(Base):
    """What went to one member and what came back. Times are set once: the first opening is the one that counts."""

    __tablename__ = "summons"
    __table_args__ = (UniqueConstraint("sitting_id", "mandate_id"),)

    id: Mapped[str] = mapped_column(IdColumn, primary_key=True)
    sitting_id: Mapped[str] = mapped_column(ForeignKey("sitting.id"))
    mandate_id: Mapped[str] = mapped_column(ForeignKey("mandate.id"))
    on_paper: Mapped[bool]
    """To be handed over on paper besides, as the member asked."""
    mail_id: Mapped[str | None] = mapped_column(IdColumn)
    """The mail that carried it: while it waits in the mail room, it was not handed to a server yet."""
    secret_digest: Mapped[str] = mapped_column(String(64), unique=True)
    """Of the secret in the mail's own link, by which a member opens it without signing in."""
    sent_at: Mapped[datetime]
    paper_at: Mapped[datetime | None]
    opened_at: Mapped[datetime | None]
    acknowledged_at: Mapped[datetime | None]
    reply: Mapped[Reply | None] = mapped_column(
        Enum(Reply, native_enum=False, length=16, values_callable=lambda kind: [item.value for item in kind])
    )
    replied_at: Mapped[datetime | None]

    def open(self, at: datetime) -> bool:
        """The member has it before them. Returns whether for the first time."""
        if self.opened_at is not None:
            return False
        self.opened_at = at
        return True

    def acknowledge(self, at: datetime) -> bool:
        """The member says that they have it. Returns whether for the first time."""
        if self.acknowledged_at is not None:
            return False
        self.open(at)
        self.acknowledged_at = at
        return True

    def answer(self, reply: Reply, at: datetime) -> None:
        """The member says whether they come; the last word counts."""
        self.open(at)
        self.reply, self.replied_at = reply, at
