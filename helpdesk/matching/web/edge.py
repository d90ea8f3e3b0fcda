"""What the pages of matching share."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.board.service.ground import districts, known_categories
from helpdesk.board.service.postings import OFFERS, REQUESTS, PostingKind, Ref
from helpdesk.matching.service.engagements import Matching
from helpdesk.matching.service.filing import Desk
from helpdesk.matching.web.words import MatchingSpeech
from portal.clock import civil_date
from portal.context import Portal


@dataclass(frozen=True)
class Edge:
    """The portal and its matching, as the pages hold them."""

    portal: Portal
    matching: Matching
    desk: Desk

    async def speech(self, db: AsyncSession) -> MatchingSpeech:
        """Words for today."""
        return MatchingSpeech(await known_categories(db), await districts(db), civil_date(self.portal.clock()))


def path_of(ref: Ref) -> str:
    """The page of a posting."""
    return f"/board/{'requests' if ref.kind.name == 'help_request' else 'offers'}/{ref.id}"


def kind_at(path: str) -> PostingKind:
    """Requests or offers, by the first part of their pages' addresses."""
    return OFFERS if path == "offers" else REQUESTS
