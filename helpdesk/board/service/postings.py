"""Loading postings and engagements for a use case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.board.model.engagement import Engagement, EngagementState
from helpdesk.board.model.posting import AnsweredAlready, HelpOffer, HelpRequest
from helpdesk.board.service.cards import AnyPosting, Kind
from helpdesk.board.service.permissions import OFFER_ACTIONS, REQUEST_ACTIONS, BoardActions
from portal.accounts.service import unsuspended
from portal.errors import NotFound
from portal.ids import new_id


@dataclass(frozen=True)
class PostingKind:
    """One of the two kinds of posting: its class and what one may do with it."""

    name: Kind
    model: type[HelpRequest] | type[HelpOffer]
    actions: BoardActions


REQUESTS = PostingKind("help_request", HelpRequest, REQUEST_ACTIONS)
OFFERS = PostingKind("help_offer", HelpOffer, OFFER_ACTIONS)
KINDS: Mapping[str, PostingKind] = {kind.name: kind for kind in (REQUESTS, OFFERS)}


@dataclass(frozen=True)
class Ref:
    """A posting by its kind and id."""

    kind: PostingKind
    id: str


async def access_posting(db: AsyncSession, ref: Ref, *, for_update: bool = False) -> AnyPosting:
    """The posting, locked until the transaction ends if it is going to change. Raises `NotFound`."""
    posting: AnyPosting | None = await db.get(ref.kind.model, ref.id, with_for_update=for_update or None)
    if posting is None:
        raise NotFound
    return posting


def _of(posting: AnyPosting) -> dict[str, str]:
    return {"request_id" if isinstance(posting, HelpRequest) else "offer_id": posting.id}


async def engagements_of(db: AsyncSession, posting: AnyPosting) -> Sequence[Engagement]:
    """Every answer, in the order given."""
    query = select(Engagement).filter_by(**_of(posting)).order_by(Engagement.proposed_at, Engagement.id)
    return (await db.scalars(query)).all()


async def shown_engagements(db: AsyncSession, posting: AnyPosting) -> Sequence[Engagement]:
    """The answers that the author reads: all but those of people who were suspended."""
    query = select(Engagement).filter_by(**_of(posting)).where(unsuspended(Engagement.person_id))
    return (await db.scalars(query.order_by(Engagement.proposed_at, Engagement.id))).all()


async def engagement_of(db: AsyncSession, posting: AnyPosting, person_id: str) -> Engagement | None:
    """A person's own answer."""
    return (await db.scalars(select(Engagement).filter_by(**_of(posting), person_id=person_id))).one_or_none()


async def access_engagement(db: AsyncSession, posting: AnyPosting, engagement_id: str) -> Engagement:
    """One of the posting's answers. Raises `NotFound`."""
    found = (await db.scalars(select(Engagement).filter_by(**_of(posting), id=engagement_id))).one_or_none()
    if found is None:
        raise NotFound
    return found


async def own_answer(db: AsyncSession, posting: AnyPosting, person_id: str, note: str, at: datetime) -> Engagement:
    """A fresh answer of this person, or the one withdrawn before. Raises `AnsweredAlready` for one that stands."""
    found = await engagement_of(db, posting, person_id)
    if found is None:
        found = Engagement(
            id=new_id(),
            **_of(posting),
            person_id=person_id,
            state=EngagementState.PROPOSED,
            note=note,
            reply="",
            proposed_at=at,
            changed_at=at,
        )
        db.add(found)
    elif found.state is not EngagementState.WITHDRAWN:
        raise AnsweredAlready
    found.note, found.proposed_at = note, at
    return found
