"""Loading engagements for a use case."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.board.model import HelpRequest
from helpdesk.board.service.cards import AnyPosting
from helpdesk.board.service.permissions import may_run
from helpdesk.board.service.postings import OFFERS, REQUESTS, Ref, access_posting
from helpdesk.matching.model import STANDING, AnsweredAlready, Engagement, EngagementState, Reason
from helpdesk.trust.service.blocking import apart_ids, are_apart
from portal.accounts.service import unsuspended
from portal.errors import NotFound
from portal.ids import new_id
from portal.permissions import Actor


def _of(posting: AnyPosting) -> dict[str, str]:
    return {"request_id" if isinstance(posting, HelpRequest) else "offer_id": posting.id}


def ref_of(engagement: Engagement) -> Ref:
    """The posting that an engagement is about."""
    return Ref(REQUESTS if engagement.request_id else OFFERS, engagement.posting_id)


async def engagements_of(db: AsyncSession, posting: AnyPosting) -> Sequence[Engagement]:
    """Every answer, in the order given."""
    query = select(Engagement).filter_by(**_of(posting)).order_by(Engagement.proposed_at, Engagement.id)
    return (await db.scalars(query)).all()


async def shown_engagements(db: AsyncSession, posting: AnyPosting) -> Sequence[Engagement]:
    """The answers that the author reads: all but those of people who were suspended, or keep away from each other."""
    query = select(Engagement).filter_by(**_of(posting)).where(unsuspended(Engagement.person_id))
    query = query.where(Engagement.person_id.not_in(apart_ids(posting.author_id)))
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


async def held_longest(db: AsyncSession, posting: AnyPosting) -> Engagement | None:
    """Of the answers for which a place is held, the one that came first."""
    held = select(Engagement).filter_by(**_of(posting), state=EngagementState.HELD)
    return (await db.scalars(held.order_by(Engagement.held_until, Engagement.id).limit(1))).first()


async def held_for(db: AsyncSession, person_id: str) -> int:
    """How many places are held for a person."""
    query = select(func.count()).select_from(Engagement)
    return await db.scalar(query.filter_by(person_id=person_id, state=EngagementState.HELD)) or 0


async def own_answer(db: AsyncSession, posting: AnyPosting, person_id: str, note: str, at: datetime) -> Engagement:
    """A fresh answer of this person, or the one before, to begin anew. Raises `AnsweredAlready` for one that stands."""
    found = await engagement_of(db, posting, person_id)
    if found is None:
        found = Engagement(
            id=new_id(),
            **_of(posting),
            person_id=person_id,
            state=EngagementState.PROPOSED,
            reason=Reason.NONE,
            reply="",
            shares_place=False,
            thanks="",
            proposed_at=at,
            changed_at=at,
        )
        db.add(found)
    elif not found.may_begin_anew:
        raise AnsweredAlready
    found.note, found.thanks, found.thanked_at, found.shares_place = note, "", None, False
    return found


@dataclass(frozen=True)
class Pair:
    """An engagement with its posting, and who asks."""

    engagement: Engagement
    posting: AnyPosting
    is_author: bool
    """Or an agent in the place of somebody without a device."""

    @property
    def is_helper(self) -> bool:
        """Whether it is the person who answered."""
        return not self.is_author


async def is_suspended(db: AsyncSession, person_id: str) -> bool:
    """Whether nothing of a person is shown at present."""
    return not await db.scalar(select(unsuspended(literal(person_id))))


async def access_pair(db: AsyncSession, actor: Actor, engagement_id: str, *, for_update: bool = False) -> Pair:
    """An engagement for one of its two people; for anybody else it does not exist. Raises `NotFound`.

    While its posting is withheld, or after the other one was suspended, it does not exist for anybody. Between two of
    whom one has blocked the other it is over, and can still be read.
    """
    engagement = await db.get(Engagement, engagement_id)
    if engagement is None:
        raise NotFound
    posting = await access_posting(db, ref_of(engagement), for_update=for_update)
    if for_update:
        # Another worker may have moved it while this one waited for the posting's lock.
        await db.refresh(engagement)
    other = posting.author_id if engagement.person_id == actor.id else engagement.person_id
    if posting.is_withheld or await is_suspended(db, other):
        raise NotFound
    if for_update and await are_apart(db, actor.id, other):
        raise NotFound
    if engagement.person_id == actor.id:
        return Pair(engagement, posting, is_author=False)
    if may_run(actor, posting):
        return Pair(engagement, posting, is_author=True)
    raise NotFound


async def standing_by(db: AsyncSession, person_id: str) -> Sequence[Engagement]:
    """A person's answers of which something may still come."""
    query = select(Engagement).where(Engagement.person_id == person_id, Engagement.state.in_(STANDING))
    return (await db.scalars(query.order_by(Engagement.proposed_at))).all()


async def of_postings(db: AsyncSession, posting_ids: Iterable[str]) -> Sequence[Engagement]:
    """Every answer to these postings, requests and offers alike."""
    ids = list(posting_ids)
    if not ids:
        return ()
    query = select(Engagement).where(or_(Engagement.request_id.in_(ids), Engagement.offer_id.in_(ids)))
    return (await db.scalars(query.order_by(Engagement.proposed_at))).all()
