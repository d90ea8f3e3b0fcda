"""A request that an agent filed for somebody without a device: who it is, that they agreed, and the calls to make."""

from __future__ import annotations

import re
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints
from sqlalchemy import ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk.board.model import stored
from portal.db import Base, IdColumn
from portal.errors import Conflict
from portal.i18n import lazy

CALL_AFTER_MISS_H = 3
"""Hours after a call that nobody took until the next."""


class ConsentBy(StrEnum):
    """How the person agreed that the town asks for them and tells a helper their name and address."""

    TELEPHONE = "telephone"
    AT_THE_COUNTER = "at_the_counter"
    HOME_VISIT = "home_visit"
    GUARDIAN = "guardian"


_TELEPHONE = re.compile(r"\+?[0-9 .()-]{6,24}")


def _telephone(value: str) -> str:
    if not _TELEPHONE.fullmatch(value):
        raise ValueError(lazy("Please write a telephone number in figures, such as 01 99 00 12 34."))
    return value


class Helped(BaseModel):
    """The person without a device: told to the accepted helper (the name) and to agents (all of it)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=80)]
    telephone: Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(_telephone)]


class Consent(BaseModel):
    """That the person agreed, and how."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    by: ConsentBy
    given: Annotated[bool, Field(strict=False)]


class Proxy(Base):
    """The record behind a request that was filed for somebody."""

    __tablename__ = "help_proxy"

    request_id: Mapped[str] = mapped_column(ForeignKey("help_request.id"), primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    """`Helped`, encrypted; empty once it is erased."""
    consent_by: Mapped[ConsentBy] = mapped_column(stored(ConsentBy))
    consent_at: Mapped[datetime]
    filed_by: Mapped[str] = mapped_column(IdColumn)


class CallReason(StrEnum):
    """Why somebody without a device is called."""

    ANSWERED = "answered"
    CONFIRM = "confirm"
    """Did it happen?"""
    STILL_NEEDED = "still_needed"
    WITHDRAWN = "withdrawn"
    """The accepted helper cannot come after all."""


class CallResult(StrEnum):
    """What came of a call."""

    REACHED = "reached"
    NO_ANSWER = "no_answer"
    WRONG_NUMBER = "wrong_number"


class CallBack(Base):
    """A call that an agent owes somebody: what a message or a mail is to the others."""

    __tablename__ = "help_call_back"
    __table_args__ = (
        Index("ix_help_call_back_due_at", "done_at", "due_at"),
        Index("ix_help_call_back_request_id", "request_id"),
    )

    id: Mapped[str] = mapped_column(IdColumn, primary_key=True)
    request_id: Mapped[str] = mapped_column(ForeignKey("help_request.id"))
    reason: Mapped[CallReason] = mapped_column(stored(CallReason))
    due_at: Mapped[datetime]
    tries: Mapped[int]
    done_at: Mapped[datetime | None]
    done_by: Mapped[str | None] = mapped_column(IdColumn)
    result: Mapped[CallResult | None] = mapped_column(stored(CallResult))

    def record(self, result: CallResult, agent_id: str, at: datetime, *, again_at: datetime) -> None:
        """What came of it; who did not take the call is called again. Raises `Conflict` if it was done before."""
        if self.done_at is not None:
            raise Conflict
        self.tries += 1
        self.result, self.done_by = result, agent_id
        if result is CallResult.NO_ANSWER:
            self.due_at = again_at
        else:
            self.done_at = at
