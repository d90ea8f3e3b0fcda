"""The public view of a request or an offer: the very same for page, API and socket, and for its author's preview."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from helpdesk.board.model.kinds import HelpOffer, HelpRequest
from helpdesk.board.model.states import PostingState
from helpdesk.board.place import PublicPlace

AnyPosting = HelpRequest | HelpOffer
Kind = Literal["help_request", "help_offer"]


class Card(BaseModel):
    """What anybody may know of a posting that stands: no name, no exact place."""

    model_config = ConfigDict(frozen=True)

    kind: Kind
    id: str
    version: int
    state: PostingState
    category: str
    """Id of the category."""
    title: str
    details: str
    place: PublicPlace
    posted_at: datetime
    by: date | None
    """The last day on which the help is of use, or on which the offer stands."""
    weekdays: tuple[int, ...]
    """Of something weekly: its days of the week, Monday is 1; empty for all else."""
    starts_on: date | None
    """Of something weekly that begins later: from which day."""
    next_on: date | None
    """Of a weekly request: the next day on which it is of use."""
    edited_at: datetime | None
    """When its author last wrote it anew."""
    capacity: int
    """Helpers wanted by a request, neighbours that an offer is for."""
    answers: int
    accepted: int


class EndedCard(BaseModel):
    """What anybody may know of a posting that has ended, or was taken off the board: that it has."""

    model_config = ConfigDict(frozen=True)

    kind: Kind
    id: str
    version: int
    state: PostingState


def kind_of(posting: AnyPosting) -> Kind:
    """The posting's kind as it travels."""
    return "help_request" if isinstance(posting, HelpRequest) else "help_offer"


def card_of(posting: AnyPosting, place: PublicPlace) -> Card:
    """The public view, whatever the state: the author and those engaged still see one that has ended."""
    return Card(
        kind=kind_of(posting),
        id=posting.id,
        version=posting.version,
        state=posting.state,
        category=posting.category_id,
        title=posting.title,
        details=posting.details,
        place=place,
        posted_at=posting.posted_at,
        by=posting.schedule.by,
        weekdays=posting.schedule.days,
        starts_on=posting.starts_on,
        next_on=posting.needed_by if posting.weekdays and isinstance(posting, HelpRequest) else None,
        edited_at=posting.edited_at,
        capacity=posting.capacity,
        answers=posting.answers,
        accepted=posting.accepted,
    )


def public_card_of(posting: AnyPosting, place: PublicPlace) -> Card | EndedCard:
    """What a stranger gets."""
    if not posting.is_under_way:
        return EndedCard(kind=kind_of(posting), id=posting.id, version=posting.version, state=posting.state)
    return card_of(posting, place)
