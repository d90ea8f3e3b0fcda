"""What anybody reads of postings, and the outcomes that a person closing one may choose."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.board.model import HelpOffer, HelpRequest
from helpdesk.board.place import public_place
from helpdesk.board.service.cards import AnyPosting, Card, EndedCard, card_of, public_card_of
from portal.errors import NotFound
from portal.i18n import lazy
from portal.town.service import public_areas


class NoLongerShown(NotFound):
    """A posting that has ended or was taken off, asked for by somebody who had no part in it."""

    code = "no-longer-shown"
    status = 410
    text = lazy("This has ended and is no longer shown.")


class AuthorBlocked(NoLongerShown):
    """An open posting of somebody whom the viewer has blocked. Only who blocked is told so: see `NoLongerShown`."""

    code = "author-blocked"
    text = lazy("You have blocked this person. You can take it back in My account.")


class PostingView(Protocol):
    """What a posting's page knows of it for one viewer, as far as slices that add to the page need it."""

    @property
    def card(self) -> Card:
        """The posting."""
        ...

    @property
    def is_author(self) -> bool:
        """Whether the viewer wrote it, or stands in for who did."""
        ...

    @property
    def may_edit(self) -> bool:
        """Whether the viewer may write it anew."""
        ...

    @property
    def is_under_way(self) -> bool:
        """Whether it stands on the board: neither ended nor withheld."""
        ...


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


_OF_STAFF = ("out_of_scope", "duplicate")
_OF_AGENTS = (*_OF_STAFF, "could_not_reach")
_OF_NOBODY = ("helped_unconfirmed",)
"""Set by time alone."""


def outcomes_of(model: type[HelpOffer] | type[HelpRequest], *, is_author: bool, on_behalf: bool) -> tuple[str, ...]:
    """The outcomes that a person closing it may choose: staff have reasons of their own."""
    values = tuple(item.value for item in model.Outcome if item.value not in _OF_NOBODY)
    if is_author:
        return tuple(value for value in values if on_behalf or value not in _OF_AGENTS)
    return _OF_STAFF
