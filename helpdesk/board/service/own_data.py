"""What the board keeps about a person: handed to them, and removed with their account (GDPR articles 15, 17, 20)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.board.model import Engagement, EngagementState
from helpdesk.board.service.cards import AnyPosting, by_of
from helpdesk.board.service.hiding import hidden_ids
from helpdesk.board.service.postings import KINDS, OFFERS, REQUESTS, PostingKind, Ref, access_posting, engagements_of
from helpdesk.board.service.tallying import write_down
from portal.accounts.service import erases, exports

ERASED = "–"
"""What stands in the place of words that were erased: those who were engaged keep the rest."""

_ENDS_WITH_THE_ACCOUNT = {EngagementState.PROPOSED, EngagementState.ACCEPTED}


@exports("help_requests")
async def my_requests(db: AsyncSession, person_id: str) -> list[dict[str, str | None]]:
    """One's own requests. The exact place is on each one's page, for its author alone."""
    return [_words(posting) for posting in await _by_author(db, REQUESTS, person_id)]


@exports("help_offers")
async def my_offers(db: AsyncSession, person_id: str) -> list[dict[str, str | None]]:
    """One's own offers."""
    return [_words(posting) for posting in await _by_author(db, OFFERS, person_id)]


@exports("help_answers")
async def my_answers(db: AsyncSession, person_id: str) -> list[dict[str, str]]:
    """One's own answers to others, and what they replied unless it was hidden since."""
    found = await _by_person(db, person_id)
    withheld = await hidden_ids(db, [item.request_id or item.offer_id or "" for item in found])
    return [
        {
            "to": item.request_id or item.offer_id or "",
            "at": item.proposed_at.isoformat(),
            "state": item.state.value,
            "note": item.note,
            "reply": "" if (item.request_id or item.offer_id) in withheld else item.reply,
        }
        for item in found
    ]


@erases
async def forget(db: AsyncSession, person_id: str, at: datetime) -> None:
    """End what still stands, and remove words and places."""
    for engagement in await _by_person(db, person_id):
        if engagement.state in _ENDS_WITH_THE_ACCOUNT:
            posting = await access_posting(db, _answered(engagement), for_update=True)
            await write_down(db, posting, posting.release(engagement, EngagementState.WITHDRAWN, at), person_id)
        engagement.note = engagement.reply = ""
    for kind in KINDS.values():
        for posting in await _by_author(db, kind, person_id):
            engagements = await engagements_of(db, posting)
            if not posting.is_over:
                await write_down(db, posting, posting.cancel(engagements, at), person_id)
            posting.title, posting.details, posting.sealed_place = ERASED, "", b""
            for engagement in engagements:
                engagement.reply = ""


def _answered(engagement: Engagement) -> Ref:
    if engagement.request_id is not None:
        return Ref(REQUESTS, engagement.request_id)
    return Ref(OFFERS, engagement.offer_id or "")


def _words(posting: AnyPosting) -> dict[str, str | None]:
    by = by_of(posting)
    return {
        "id": posting.id,
        "category": posting.category_id,
        "title": posting.title,
        "details": posting.details,
        "cell": posting.cell_id,
        "by": by.isoformat() if by else None,
        "posted_at": posting.posted_at.isoformat(),
        "state": posting.state.value,
        "outcome": posting.outcome.value if posting.outcome else None,
    }


async def _by_author(db: AsyncSession, kind: PostingKind, person_id: str) -> list[AnyPosting]:
    model: Any = kind.model
    return list(await db.scalars(select(model).where(model.author_id == person_id).order_by(model.posted_at)))


async def _by_person(db: AsyncSession, person_id: str) -> list[Engagement]:
    found = await db.scalars(select(Engagement).filter_by(person_id=person_id).order_by(Engagement.proposed_at))
    return list(found)
