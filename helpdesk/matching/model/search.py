"""The search for helpers of one request, and each time somebody was asked."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk.board.model import stored
from helpdesk.matching.model.waves import Rules
from portal.db import Base, IdColumn
from portal.errors import Conflict


class SearchState(StrEnum):
    """ASKING -> WAITING (all waves asked) -> AT_DESK; each -> OVER, and OVER -> ASKING when it is opened again."""

    ASKING = "asking"
    WAITING = "waiting"
    AT_DESK = "at_desk"
    """Nobody was found: the agents' queue."""
    OVER = "over"


class Search(Base):
    """How far the search for helpers of a request has come."""

    __tablename__ = "help_search"
    __table_args__ = (Index("ix_help_search_state_next_at", "state", "next_at"),)

    request_id: Mapped[str] = mapped_column(ForeignKey("help_request.id"), primary_key=True)
    state: Mapped[SearchState] = mapped_column(stored(SearchState))
    wave: Mapped[int]
    """The last wave asked; 0 before the first."""
    next_at: Mapped[datetime]
    """When to look at it again."""
    began_at: Mapped[datetime]
    language: Mapped[str] = mapped_column(String(5), server_default="")
    skills: Mapped[list[str]] = mapped_column(JSON)
    taken_by: Mapped[str | None] = mapped_column(IdColumn)
    """The agent who sees to it."""

    def begin(self, at: datetime, rules: Rules) -> None:
        """Look for helpers, from the first wave on."""
        self.state, self.wave, self.began_at, self.taken_by = SearchState.ASKING, 0, at, None
        self.next_at = rules.after_quiet(at + rules.grace)

    def asked(self, at: datetime, rules: Rules, *, is_urgent: bool) -> None:
        """A wave has been asked; the next follows after a pause, or nobody after the last."""
        self.wave += 1
        pause = rules.pause_urgent if is_urgent else rules.pause
        self.next_at = at + pause if is_urgent else rules.after_quiet(at + pause)
        if self.wave >= rules.waves:
            self.state = SearchState.WAITING
            self.next_at = max(self.next_at, at + pause) if is_urgent else self.began_at + rules.to_desk_after

    def hasten(self, at: datetime) -> None:
        """Everybody asked has said no: what comes next need not wait."""
        if self.state in {SearchState.ASKING, SearchState.WAITING}:
            self.next_at = min(self.next_at, at)

    def to_desk(self) -> None:
        """Nobody was found."""
        self.state = SearchState.AT_DESK

    def end(self) -> None:
        """Nobody is looked for any more."""
        self.state = SearchState.OVER

    def take(self, agent_id: str) -> None:
        """An agent sees to it. Raises `Conflict` if it is not in the queue."""
        if self.state is not SearchState.AT_DESK:
            raise Conflict
        self.taken_by = agent_id


class AskState(StrEnum):
    """OPEN -> ANSWERED | DECLINED | OVER."""

    OPEN = "open"
    ANSWERED = "answered"
    DECLINED = "declined"
    OVER = "over"


class Ask(Base):
    """One person asked for one request, with the reasons told to them."""

    __tablename__ = "help_ask"
    __table_args__ = (
        UniqueConstraint("request_id", "person_id"),
        Index("ix_help_ask_person_id_asked_at", "person_id", "asked_at"),
    )

    id: Mapped[str] = mapped_column(IdColumn, primary_key=True)
    request_id: Mapped[str] = mapped_column(ForeignKey("help_request.id"))
    person_id: Mapped[str] = mapped_column(IdColumn)
    wave: Mapped[int]
    why: Mapped[list[str]] = mapped_column(JSON)
    state: Mapped[AskState] = mapped_column(stored(AskState))
    asked_at: Mapped[datetime]

    def settle(self, to: AskState) -> None:
        """What became of it. Raises `Conflict` if that is known."""
        if self.state is not AskState.OPEN:
            raise Conflict
        self.state = to
