"""A council, committee or bureau, and who sits in it from one day to another."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Date, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, IdColumn

NAME_LENGTH = 120
GROUP_LENGTH = 80
CLAUSE_LENGTH = 200
SIRET_LENGTH = 14


def is_siret(text: str) -> bool:
    """Whether it is an establishment's number in the SIRENE register: fourteen digits whose check sum holds (Luhn)."""
    if len(text) != SIRET_LENGTH or not (text.isascii() and text.isdigit()):
        return False
    doubled = [int(digit) * (2 if place % 2 == 0 else 1) for place, digit in enumerate(text)]
    return sum(number - 9 if number > 9 else number for number in doubled) % 10 == 0


class SessionKind(StrEnum):
    """What kind of meeting the body holds, in the words of the rules (`meetings.rules`)."""

    PLENARY = "plenary"
    COMMITTEE = "committee"
    BUREAU = "bureau"


class MandateFunction(StrEnum):
    """What a member is in the body."""

    CHAIR = "chair"
    DEPUTY = "deputy"
    """Takes the chair's place, in the order of the table (CGCT L2122-17)."""
    MEMBER = "member"


class Body(Base):
    """A body that deliberates or advises, under one set of rules."""

    __tablename__ = "body"

    id: Mapped[str] = mapped_column(IdColumn, primary_key=True)
    name: Mapped[str] = mapped_column(String(NAME_LENGTH))
    rule_set: Mapped[str] = mapped_column(String(60))
    """Which rules bind it: the id of a set of `meetings.rules`."""
    session: Mapped[SessionKind]
    seats: Mapped[int]
    """By law or statutes; a seat that nobody holds is vacant and does not count for the quorum."""
    video_clause_on: Mapped[date | None] = mapped_column(Date)
    """The day on which the body wrote into its internal rules how it meets by video (CGCT L5211-11-1)."""
    video_clause: Mapped[str] = mapped_column(String(CLAUSE_LENGTH), default="", server_default="")
    """The deliberation and the article that say so."""
    authority: Mapped[str] = mapped_column(String(NAME_LENGTH), default="", server_default="")
    """The official name of the commune or grouping whose body it is, for open data."""
    siret: Mapped[str] = mapped_column(String(SIRET_LENGTH), default="", server_default="")
    """Its number in the SIRENE register, fourteen digits."""
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}

    @property
    def sits_in_public(self) -> bool:
        """Whether everybody may know of its sittings: a council's (CGCT L2121-18), and no other body's (L2121-22)."""
        return self.session is SessionKind.PLENARY

    def provides_for_video(self, day: date) -> bool:
        """Whether its internal rules, as they stand on a day, say how it meets by video."""
        return self.video_clause_on is not None and self.video_clause_on <= day


class Mandate(Base):
    """A person's seat in a body. It is never changed into another person's: a successor has a mandate of their own."""

    __tablename__ = "mandate"
    __table_args__ = (Index("ix_mandate_body_id", "body_id"), Index("ix_mandate_person_id", "person_id"))

    id: Mapped[str] = mapped_column(IdColumn, primary_key=True)
    body_id: Mapped[str] = mapped_column(ForeignKey("body.id"))
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"))
    function: Mapped[MandateFunction]
    group: Mapped[str] = mapped_column(String(GROUP_LENGTH), default="")
    """The political group, for speaking time and rights of groups; empty for none."""
    rank: Mapped[int]
    """The place in the order of the table (CGCT L2121-1): who is called when, who presides when the chair is away."""
    since: Mapped[date]
    until: Mapped[date | None]
    """The last day, included."""
    on_paper: Mapped[bool] = mapped_column(default=False)
    """The member asked for convocations on paper (CGCT L2121-10)."""

    def is_valid(self, day: date) -> bool:
        """Whether the seat is held on a civil date."""
        return self.since <= day and (self.until is None or day <= self.until)

    def overlaps(self, since: date, until: date | None) -> bool:
        """Whether it is held on some day of a term."""
        return (self.until is None or since <= self.until) and (until is None or self.since <= until)
