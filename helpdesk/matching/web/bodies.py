"""What the API takes and gives, as OpenAPI describes it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from helpdesk.board.service.cards import Card
from helpdesk.board.web.bodies import CommandBody
from helpdesk.matching.model import EngagementState, MessageText, Note, ReportReason, Thanks, Why

_Reason = Annotated[str, Field(max_length=20)]


class AnswerBody(CommandBody):
    """A private note to the author, and the version of the rules that was read (`/api/board/rules`)."""

    note: Note = ""
    rules: int | None = None


class AcceptBody(CommandBody):
    """A private word to the person accepted; for an offer, whether they may open the exact place."""

    reply: Note = ""
    share_place: bool = False


class ReasonBody(CommandBody):
    """Why it ends early."""

    reason: _Reason = ""


class MessageBody(CommandBody):
    """A message."""

    text: MessageText


class ThanksBody(CommandBody):
    """A word of thanks."""

    words: Thanks = ""


class ReportBody(CommandBody):
    """Why a message is reported."""

    reason: ReportReason


class AnsweredBody(BaseModel):
    """The answer's id, and whether a place is kept for it."""

    id: str
    state: EngagementState


class WrittenBody(BaseModel):
    """The message's id."""

    id: str


class ExactPlaceBody(BaseModel):
    """The true point and its words."""

    longitude: float
    latitude: float
    label: str


class SaidBody(BaseModel):
    """One message."""

    id: str
    at: datetime
    mine: bool
    text: str
    """Empty: taken away."""


class EngagementBody(BaseModel):
    """One engagement, for its two people."""

    id: str
    state: EngagementState
    posting: Card
    is_author: bool
    other_name: str | None
    """None until it may be known."""
    messages: list[SaidBody]
    head: int
    """Follow the stream ``engagement:<id>`` from this number and nothing is missed."""


class AskBody(BaseModel):
    """A request that one is asked for."""

    id: str
    request: Card
    why: list[Why]
    asked_at: datetime


class AskList(BaseModel):
    """What one is asked and has not answered."""

    items: list[AskBody]
