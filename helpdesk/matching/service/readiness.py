"""What somebody has to have read, shown and agreed to before they help or are helped."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.board.model import HelpRequest
from helpdesk.board.service.cards import AnyPosting
from helpdesk.trust.model import Guidance, GuidanceKind
from helpdesk.trust.service.guidance import confirm_read, unread
from helpdesk.trust.service.ladder import missing_rung, require_rung, what_to_do
from portal.accounts.service import define_agreement
from portal.i18n import lazy

EXACT_PLACE = define_agreement("help.exact_place", lazy("An accepted person may open my exact address"))
BEING_ASKED = define_agreement("help.being_asked", lazy("The portal asks me, by my hours and the area where I live"))


def guidance_for(posting: AnyPosting, *, is_author: bool) -> GuidanceKind:
    """Which rules concern a person: who asked is helped, and so is who answers an offer."""
    is_helped = isinstance(posting, HelpRequest) is is_author
    return GuidanceKind.HELPED if is_helped else GuidanceKind.HELPING


async def require_ready(db: AsyncSession, posting: AnyPosting, person_id: str, rules: int | None, at: datetime) -> None:
    """Who answers has read the rules; who answers a request stands high enough to help. Raises what these raise."""
    if isinstance(posting, HelpRequest):
        await require_rung(db, person_id, posting.category_id, at)
    await confirm_read(db, person_id, guidance_for(posting, is_author=False), version=rules, at=at)


@dataclass(frozen=True)
class Readiness:
    """What still stands between a person and their answer."""

    must_first: str = ""
    """What to do first, in words; empty: nothing."""
    to_read: Guidance | None = None
    """Rules to read and confirm with the answer."""


async def readiness_of(db: AsyncSession, posting: AnyPosting, person_id: str, at: datetime) -> Readiness:
    """What this person has to do before, or with, their answer."""
    must_first = ""
    if isinstance(posting, HelpRequest):
        missing = await missing_rung(db, person_id, posting.category_id, at)
        must_first = what_to_do(missing) if missing is not None else ""
    return Readiness(must_first, await unread(db, person_id, guidance_for(posting, is_author=False)))
