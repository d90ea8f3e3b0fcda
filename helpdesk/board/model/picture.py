"""The pictures of a posting."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints
from sqlalchemy import Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk.board.model.draft import free_of_contacts
from portal.db import Base, IdColumn

MOST_PICTURES = 3
ALT_LENGTH = 200


class Picture(Base):
    """One picture of a request or an offer, as `clean_picture` wrote it: no file of anybody's is kept as it was sent.

    It stands in the database, so that it goes with the words in one transaction, and into every backup.
    """

    __tablename__ = "help_picture"
    __table_args__ = (
        Index("ix_help_picture_thing", "thing_id", "added_at"),
        Index("ix_help_picture_author", "author_id"),
    )

    id: Mapped[str] = mapped_column(IdColumn, primary_key=True)
    """Its address; nobody guesses it."""
    thing_kind: Mapped[str] = mapped_column(String(20))
    thing_id: Mapped[str] = mapped_column(IdColumn)
    """The posting; without a foreign key, since it stands in one of two tables."""
    author_id: Mapped[str] = mapped_column(IdColumn)
    alt: Mapped[str] = mapped_column(String(ALT_LENGTH))
    """What is to be seen, for who does not see it."""
    width: Mapped[int]
    height: Mapped[int]
    added_at: Mapped[datetime]
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True, deferred_raiseload=True)
    """A WebP file; read by its name alone."""


class PictureWords(BaseModel):
    """What its author says of a picture; everybody reads it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    alt: Annotated[
        str,
        StringConstraints(strip_whitespace=True, min_length=4, max_length=ALT_LENGTH),
        AfterValidator(free_of_contacts),
    ]
