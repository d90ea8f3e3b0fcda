"""What the board keeps about a person: handed to them, and removed with their account (GDPR articles 15, 17, 20)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.board.model import Picture
from helpdesk.board.service.cards import AnyPosting
from helpdesk.board.service.hiding import end_withheld
from helpdesk.board.service.postings import KINDS, OFFERS, REQUESTS, PostingKind
from helpdesk.board.service.tallying import write_down
from helpdesk.board.service.turns import Turn, Turned, turned
from portal.accounts.service import erases, exports

ERASED = "–"
"""What stands in the place of words that were erased: those who were engaged keep the rest."""


@exports("help_requests")
async def my_requests(db: AsyncSession, person_id: str) -> list[dict[str, str | None]]:
    """One's own requests. The exact place is on each one's page, for its author alone."""
    return [_words(posting) for posting in await _by_author(db, REQUESTS, person_id)]


@exports("help_offers")
async def my_offers(db: AsyncSession, person_id: str) -> list[dict[str, str | None]]:
    """One's own offers."""
    return [_words(posting) for posting in await _by_author(db, OFFERS, person_id)]


@exports("help_pictures")
async def my_pictures(db: AsyncSession, person_id: str) -> list[dict[str, str | int]]:
    """The pictures of one's own postings; the address shows each one, to its author whatever became of the posting."""
    found = await db.scalars(select(Picture).filter_by(author_id=person_id).order_by(Picture.added_at))
    return [
        {
            "posting": picture.thing_id,
            "address": f"/board/pictures/{picture.id}",
            "alt": picture.alt,
            "width": picture.width,
            "height": picture.height,
            "added_at": picture.added_at.isoformat(),
        }
        for picture in found
    ]


@erases
async def forget(db: AsyncSession, person_id: str, at: datetime) -> None:
    """End what still stands, and remove words, places and pictures."""
    await db.execute(delete(Picture).where(Picture.author_id == person_id))
    for kind in KINDS.values():
        for posting in await _by_author(db, kind, person_id):
            if posting.is_under_way:
                await write_down(db, posting, posting.cancel(at), person_id)
                await turned(db, Turned(Turn.ENDED, posting, at))
            elif not posting.has_ended:
                await end_withheld(db, posting, at)
            posting.title, posting.details, posting.sealed_place = ERASED, "", b""


def _words(posting: AnyPosting) -> dict[str, str | None]:
    schedule = posting.schedule
    return {
        "id": posting.id,
        "category": posting.category_id,
        "title": posting.title,
        "details": posting.details,
        "cell": posting.cell_id,
        "by": schedule.by.isoformat() if schedule.by else None,
        "weekdays": schedule.weekdays,
        "starts_on": schedule.starts_on.isoformat() if schedule.starts_on else None,
        "posted_at": posting.posted_at.isoformat(),
        "edited_at": posting.edited_at.isoformat() if posting.edited_at else None,
        "state": posting.state.value,
        "outcome": posting.outcome.value if posting.outcome else None,
    }


async def _by_author(db: AsyncSession, kind: PostingKind, person_id: str) -> list[AnyPosting]:
    model: Any = kind.model
    return list(await db.scalars(select(model).where(model.author_id == person_id).order_by(model.posted_at)))
