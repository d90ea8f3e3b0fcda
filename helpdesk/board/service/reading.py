"""What a viewer reads: cards for everybody; on a posting's own page, what its author and those engaged may see too."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.board.model import EngagementState, HelpOffer, HelpRequest, PostingState
from helpdesk.board.place import DrawnPlace, drawn_place, public_place
from helpdesk.board.service.cards import AnyPosting, Card, EndedCard, card_of, public_card_of
from helpdesk.board.service.postings import Ref, access_posting, engagement_of, shown_engagements
from portal.accounts.service import people_by_id
from portal.errors import NotFound
from portal.i18n import lazy
from portal.permissions import Actor, may
from portal.town.service import public_areas


class NoLongerShown(NotFound):
    """A posting that is over, asked for by somebody who had no part in it."""

    code = "no-longer-shown"
    status = 410
    text = lazy("This has ended and is no longer shown.")


_KNOWS_THE_AUTHOR = {EngagementState.ACCEPTED, EngagementState.DONE}


@dataclass(frozen=True)
class AnswerView:
    """An answer as the posting's author and its own writer read it."""

    id: str
    state: EngagementState
    name: str
    """Who answered."""
    note: str
    reply: str
    proposed_at: datetime


@dataclass(frozen=True)
class PostingView:
    """A posting's page for one viewer."""

    card: Card
    area: DrawnPlace
    outcome: str | None
    is_over: bool
    takes_answers: bool
    is_author: bool
    may_answer: bool
    may_close: bool
    may_read_exact: bool
    author_name: str | None
    """For the author, and for whose answer was accepted; nobody else learns it."""
    own: AnswerView | None
    """The viewer's own answer."""
    answers: tuple[AnswerView, ...]
    """Every answer, for the author; empty for others."""


async def cards(db: AsyncSession, postings: Iterable[AnyPosting]) -> list[Card]:
    """The full cards of postings, in their order; one query for their cells."""
    found = list(postings)
    cells = await public_areas(db, {posting.cell_id for posting in found})
    return [card_of(posting, public_place(cells[posting.cell_id])) for posting in found]


async def public_cards(db: AsyncSession, postings: Iterable[AnyPosting]) -> dict[str, Card | EndedCard]:
    """What a stranger gets of postings, by id; one query for their cells."""
    found = list(postings)
    cells = await public_areas(db, {posting.cell_id for posting in found})
    return {posting.id: public_card_of(posting, public_place(cells[posting.cell_id])) for posting in found}


async def view_posting(db: AsyncSession, actor: Actor | None, ref: Ref) -> PostingView:
    """A posting's page. Raises `NotFound`, and `NoLongerShown` for one that is over and not of the viewer's doing."""
    posting = await access_posting(db, ref)
    is_author = actor is not None and actor.id == posting.author_id
    may_close_any = may(actor, ref.kind.actions.close_any)
    own = await engagement_of(db, posting, actor.id) if actor is not None and not is_author else None
    if posting.is_withheld and not (is_author or may_close_any):
        raise NoLongerShown if posting.state is PostingState.HIDDEN else NotFound
    if posting.is_over and not (is_author or own is not None or may_close_any):
        raise NoLongerShown
    engagements = await shown_engagements(db, posting) if is_author else ()
    knows_author = own is not None and own.state in _KNOWS_THE_AUTHOR
    names = await _names(db, [item.person_id for item in engagements], posting.author_id if knows_author else None)
    cell = (await public_areas(db, {posting.cell_id}))[posting.cell_id]
    me = actor.name if actor is not None else ""
    return PostingView(
        card=card_of(posting, public_place(cell)),
        area=drawn_place(cell),
        outcome=posting.outcome.value if posting.outcome is not None else None,
        is_over=posting.is_over,
        takes_answers=posting.takes_answers,
        is_author=is_author,
        may_answer=posting.takes_answers and not is_author and (own is None or own.state is EngagementState.WITHDRAWN),
        may_close=not posting.is_over and (is_author or may_close_any),
        may_read_exact=is_author or may(actor, ref.kind.actions.read_exact),
        author_name=me if is_author else names.get(posting.author_id) if knows_author else None,
        own=AnswerView(own.id, own.state, me, own.note, own.reply, own.proposed_at) if own is not None else None,
        answers=tuple(
            AnswerView(item.id, item.state, names.get(item.person_id, ""), item.note, item.reply, item.proposed_at)
            for item in engagements
        ),
    )


async def _names(db: AsyncSession, ids: Sequence[str], author_id: str | None) -> dict[str, str]:
    people = await people_by_id(db, [*ids, *([author_id] if author_id else [])])
    return {id_: person.name for id_, person in people.items()}


def outcomes_of(model: type[HelpRequest] | type[HelpOffer], *, is_author: bool) -> tuple[str, ...]:
    """The outcomes that a person closing it may choose: staff have reasons of their own."""
    of_staff = ("out_of_scope", "duplicate")
    values = tuple(item.value for item in model.Outcome)
    return tuple(value for value in values if value not in of_staff) if is_author else of_staff
