"""Private messages between an author and a person who answered."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, StringConstraints
from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk.board.model import ContactDetail, contact_detail_in, stored
from helpdesk.matching.model.engagement import NOTE_LENGTH, THANKS_LENGTH
from portal.db import Base, IdColumn
from portal.i18n import lazy

MESSAGE_LENGTH = 1000

_WORDS = {
    ContactDetail.TELEPHONE: lazy("Please leave out the telephone number: you reach each other here."),
    ContactDetail.EMAIL: lazy("Please leave out the e-mail address: you reach each other here."),
    ContactDetail.ADDRESS: lazy("Please leave out the address: whoever is accepted opens it on this page."),
}


def _without_contacts(value: str) -> str:
    found = contact_detail_in(value)
    if found is not None:
        raise ValueError(_WORDS[found])
    return value


Note = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=NOTE_LENGTH), AfterValidator(_without_contacts)
]
"""A private word between the author and a person who answered: no telephone, mail or address."""
Thanks = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=THANKS_LENGTH), AfterValidator(_without_contacts)
]
MessageText = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=MESSAGE_LENGTH),
    AfterValidator(_without_contacts),
]


class ReportReason(StrEnum):
    """Why a message is shown to a moderator."""

    RUDE = "rude"
    MONEY = "money"
    UNSAFE = "unsafe"
    OTHER = "other"


class Message(Base):
    """One message. Nobody but the two reads it, unless one of them shows it to a moderator."""

    __tablename__ = "help_message"
    __table_args__ = (
        Index("ix_help_message_engagement_id_at", "engagement_id", "at"),
        Index("ix_help_message_reported_at", "reported_at"),
    )

    id: Mapped[str] = mapped_column(IdColumn, primary_key=True)
    engagement_id: Mapped[str] = mapped_column(ForeignKey("help_engagement.id"))
    person_id: Mapped[str] = mapped_column(IdColumn)
    at: Mapped[datetime]
    text: Mapped[str] = mapped_column(String(MESSAGE_LENGTH))
    """Empty once a moderator has taken it away or its writer's account is gone."""
    reported_at: Mapped[datetime | None]
    """When it was shown to the moderators; None once they have decided."""
    reported_as: Mapped[ReportReason | None] = mapped_column(stored(ReportReason))
