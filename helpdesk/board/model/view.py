"""Which part of the town somebody wants to see first."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, IdColumn


class BoardView(Base):
    """A person's own choice; who never chose sees the part of the town that their own area lies in."""

    __tablename__ = "board_view"

    person_id: Mapped[str] = mapped_column(IdColumn, primary_key=True)
    district_id: Mapped[str] = mapped_column(String(40))
    """Empty: the whole town."""
    chosen_at: Mapped[datetime]
