"""How many postings are open where: kept with every change, so that the map's counts do not read the postings."""

from __future__ import annotations

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base


class Tally(Base):
    """The open postings of one kind and category in one cell."""

    __tablename__ = "help_tally"

    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    cell_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    category_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    district_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    """As the cell had it when they were posted."""
    open: Mapped[int]
