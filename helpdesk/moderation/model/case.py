"""Cases: one thing on the board that somebody of the town looks at, decides on, and perhaps a second person again."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Enum, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, IdColumn
from portal.errors import Conflict, Forbidden
from portal.i18n import lazy

WORDS_LENGTH = 1000
MOST_UNSIGNED = 3
"""Reports of one case by people without an account that count: a flood of them puts nothing first in the list."""


class CaseState(StrEnum):
    """OPEN -> DECIDED -> APPEALED -> SETTLED."""

    OPEN = "open"
    DECIDED = "decided"
    APPEALED = "appealed"
    SETTLED = "settled"


class Verdict(StrEnum):
    """What becomes of the thing."""

    KEPT = "kept"
    """It stands on the board."""
    HIDDEN = "hidden"


class Reason(StrEnum):
    """Why something is reported, and why it was taken off: the town's rules, in few words."""

    DANGER = "danger"
    MONEY = "money"
    INSULT = "insult"
    PERSONAL = "personal"
    DECEIT = "deceit"
    ADVERTISING = "advertising"
    OUT_OF_SCOPE = "out_of_scope"
    OTHER = "other"


REASONS = {
    Reason.DANGER: lazy("Somebody is in danger"),
    Reason.MONEY: lazy("It is about money"),
    Reason.INSULT: lazy("It insults or threatens"),
    Reason.PERSONAL: lazy("It tells private things of somebody"),
    Reason.DECEIT: lazy("It is false or a trap"),
    Reason.ADVERTISING: lazy("It advertises"),
    Reason.OUT_OF_SCOPE: lazy("It does not belong on this board"),
    Reason.OTHER: lazy("Something else"),
}


class SamePerson(Forbidden):
    """An appeal is decided by somebody else than the decision."""

    code = "same-person"
    text = lazy("You decided this yourself. A colleague looks at it the second time.")


class OwnThing(Forbidden):
    """Nobody decides on what they wrote, nor reports it."""

    code = "own-thing"
    text = lazy("You wrote this yourself.")


class NoSecondAppeal(Conflict):
    """There is nothing to appeal against, or it was done."""

    code = "no-appeal"
    text = lazy("A second person can be asked once, about a decision against you.")


def _stored(kind: type[StrEnum]) -> Enum:
    return Enum(kind, native_enum=False, length=20, values_callable=lambda members: [item.value for item in members])


class Case(Base):
    """One thing that is looked at: held by a rule, reported by people, or both."""

    __tablename__ = "moderation_case"
    __table_args__ = (
        Index("ix_moderation_case_state", "state", "reports", "opened_at"),
        Index("ix_moderation_case_thing", "thing_id", "opened_at"),
        Index("ix_moderation_case_author", "author_id"),
    )

    id: Mapped[str] = mapped_column(IdColumn, primary_key=True)
    thing_kind: Mapped[str] = mapped_column(String(20))
    """``help_request`` or ``help_offer``."""
    thing_id: Mapped[str] = mapped_column(IdColumn)
    author_id: Mapped[str] = mapped_column(IdColumn)
    rule: Mapped[str] = mapped_column(String(20), default="")
    """The `HoldRule` that held it; empty where people reported it."""
    reports: Mapped[int] = mapped_column(default=0)
    state: Mapped[CaseState] = mapped_column(_stored(CaseState), default=CaseState.OPEN)
    opened_at: Mapped[datetime]
    verdict: Mapped[Verdict | None] = mapped_column(_stored(Verdict))
    reason: Mapped[str] = mapped_column(String(20), default="")
    words: Mapped[str] = mapped_column(Text, default="")
    """To the author: why."""
    decided_by: Mapped[str | None] = mapped_column(IdColumn)
    decided_at: Mapped[datetime | None]
    appeal: Mapped[str] = mapped_column(Text, default="")
    """The author's words to the second person."""
    appealed_at: Mapped[datetime | None]
    answer: Mapped[str] = mapped_column(Text, default="")
    """The second person's words to the author."""
    settled_by: Mapped[str | None] = mapped_column(IdColumn)
    settled_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}

    @property
    def is_waiting(self) -> bool:
        """Whether somebody is still to decide."""
        return self.state in {CaseState.OPEN, CaseState.APPEALED}

    def decide(self, by: str, verdict: Verdict, reason: str, words: str, at: datetime) -> bool:
        """Decide, or decide on an appeal. Returns whether the thing changes: an appeal may leave it as it is.

        Raises `OwnThing`, `SamePerson` for the one who decided first, and `Conflict` when nothing is to be decided.
        """
        if by == self.author_id:
            raise OwnThing
        if self.state is CaseState.OPEN:
            self.state, self.verdict, self.reason, self.words = CaseState.DECIDED, verdict, reason, words
            self.decided_by, self.decided_at = by, at
            return True
        if self.state is not CaseState.APPEALED:
            raise Conflict
        if by == self.decided_by:
            raise SamePerson
        changes = verdict is not self.verdict
        self.state, self.verdict, self.answer = CaseState.SETTLED, verdict, words
        self.settled_by, self.settled_at = by, at
        return changes

    def ask_again(self, by: str, words: str, at: datetime) -> None:
        """The author asks a second person. Raises `NoSecondAppeal`; nobody else may even know of the decision."""
        if by != self.author_id or self.state is not CaseState.DECIDED or self.verdict is not Verdict.HIDDEN:
            raise NoSecondAppeal
        self.state, self.appeal, self.appealed_at = CaseState.APPEALED, words, at


class Report(Base):
    """One report of one thing. Who reported is shown to nobody but in the audit trail of the town."""

    __tablename__ = "moderation_report"
    __table_args__ = (
        UniqueConstraint("thing_id", "reporter_id"),
        Index("ix_moderation_report_case", "case_id"),
        Index("ix_moderation_report_reporter", "reporter_id"),
    )

    id: Mapped[str] = mapped_column(IdColumn, primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("moderation_case.id"))
    thing_id: Mapped[str] = mapped_column(IdColumn)
    reporter_id: Mapped[str] = mapped_column(IdColumn)
    """Nobody's id where it is not signed."""
    is_signed: Mapped[bool] = mapped_column(default=True, server_default="1")
    """Whether somebody with an account reported it."""
    contact: Mapped[str] = mapped_column(String(254), default="", server_default="")
    """Where somebody without an account can be asked something; erased with the decision."""
    reason: Mapped[Reason] = mapped_column(_stored(Reason))
    words: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]


class WatchedWord(Base):
    """A word of the town's own list, `plain`."""

    __tablename__ = "watched_word"

    word: Mapped[str] = mapped_column(String(40), primary_key=True)
    added_by: Mapped[str] = mapped_column(IdColumn)
    added_at: Mapped[datetime]
