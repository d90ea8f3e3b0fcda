"""How well the town knows a volunteer: dated facts that an agent has seen, never the papers themselves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from enum import IntEnum, StrEnum

from sqlalchemy import Date, Enum, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, IdColumn
from portal.errors import Conflict, Forbidden
from portal.i18n import lazy

LASTS = timedelta(days=3 * 365)
"""After three years it is looked at again, as in the protection of children."""
RENEWAL = timedelta(days=30)
"""How long before its end the person is told."""
KEPT = timedelta(days=365)
"""How long a check is kept after its end, for questions about what happened under it."""


class Rung(IntEnum):
    """The ladder: each rung takes the ones below for granted."""

    NEIGHBOUR = 0
    """Has an account."""
    CHARTER = 1
    """Has accepted the charter as it stands."""
    ADDRESS = 2
    """An agent has seen where they live."""
    IDENTITY = 3
    """An agent has seen who they are."""


class CheckKind(StrEnum):
    """What an agent has seen."""

    ADDRESS = "address"
    IDENTITY = "identity"


class Shown(StrEnum):
    """By what; the kind of paper alone is kept, no number and no copy."""

    PROOF_OF_RESIDENCE = "proof_of_residence"
    HOME_VISIT = "home_visit"
    IDENTITY_CARD = "identity_card"
    PASSPORT = "passport"
    RESIDENCE_PERMIT = "residence_permit"


SHOWN_FOR = {
    CheckKind.ADDRESS: (Shown.PROOF_OF_RESIDENCE, Shown.HOME_VISIT),
    CheckKind.IDENTITY: (Shown.IDENTITY_CARD, Shown.PASSPORT, Shown.RESIDENCE_PERMIT),
}
_RUNGS = {CheckKind.ADDRESS: Rung.ADDRESS, CheckKind.IDENTITY: Rung.IDENTITY}


class Withdrawal(StrEnum):
    """Why a check counts no longer before its end."""

    MOVED = "moved"
    MISTAKE = "mistake"
    CHARTER_BROKEN = "charter_broken"
    ASKED = "asked"
    """The person wanted it."""


SEEDED_RUNGS: Mapping[str, Rung] = {
    "children": Rung.IDENTITY,
    "medicine": Rung.ADDRESS,
    "paperwork": Rung.ADDRESS,
    "company": Rung.ADDRESS,
}
"""What a town begins with: children, medicine, papers and money, visits at home. Everything else is open to all."""


class BelowTheRung(Forbidden):
    """This kind of help asks for more than the person has shown; the words say what to do."""

    code = "below-the-rung"


class NotVerifiable(Conflict):
    """There is a check of this kind already, or none to withdraw."""

    code = "not-verifiable"
    text = lazy("This is confirmed already, or no longer.")


class OwnCheck(Forbidden):
    """Nobody confirms themself."""

    code = "own-check"
    text = lazy("A colleague confirms you: nobody confirms themself.")


class Check(Base):
    """An agent has seen where somebody lives or who they are."""

    __tablename__ = "help_check"
    __table_args__ = (
        Index("ix_help_check_person", "person_id", "checked_at"),
        Index("ix_help_check_valid_until", "valid_until"),
    )

    id: Mapped[str] = mapped_column(IdColumn, primary_key=True)
    person_id: Mapped[str] = mapped_column(IdColumn)
    kind: Mapped[CheckKind] = mapped_column(
        Enum(CheckKind, native_enum=False, length=20, values_callable=lambda kinds: [item.value for item in kinds])
    )
    shown: Mapped[Shown] = mapped_column(
        Enum(Shown, native_enum=False, length=20, values_callable=lambda kinds: [item.value for item in kinds])
    )
    checked_by: Mapped[str] = mapped_column(IdColumn)
    checked_at: Mapped[datetime]
    valid_until: Mapped[date] = mapped_column(Date)
    """The last day on which it counts."""
    told_at: Mapped[datetime | None]
    """When the person was told that it ends soon."""
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None] = mapped_column(IdColumn)
    ended_because: Mapped[Withdrawal | None] = mapped_column(
        Enum(Withdrawal, native_enum=False, length=20, values_callable=lambda kinds: [item.value for item in kinds])
    )
    ended_words: Mapped[str] = mapped_column(Text, default="")
    """To the person."""

    def is_valid(self, day: date) -> bool:
        """Whether it counts on a civil date."""
        return self.ended_at is None and day <= self.valid_until

    def withdraw(self, by: str, because: Withdrawal, words: str, at: datetime) -> None:
        """It counts no longer. Raises `NotVerifiable` if it was withdrawn before."""
        if self.ended_at is not None:
            raise NotVerifiable
        self.ended_at, self.ended_by, self.ended_because, self.ended_words = at, by, because, words


def rung_of(checks: Iterable[Check], day: date, *, has_charter: bool) -> Rung:
    """The rung that somebody stands on. Without the charter as it stands today the checks rest."""
    if not has_charter:
        return Rung.NEIGHBOUR
    return max((_RUNGS[check.kind] for check in checks if check.is_valid(day)), default=Rung.CHARTER)
