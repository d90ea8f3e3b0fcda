"""Loading postings for a use case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.board.model.kinds import HelpOffer, HelpRequest
from helpdesk.board.service.cards import AnyPosting, Kind
from helpdesk.board.service.permissions import OFFER_ACTIONS, REQUEST_ACTIONS, BoardActions
from portal.errors import NotFound


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
