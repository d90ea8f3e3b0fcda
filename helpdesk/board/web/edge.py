"""What the pages of the board share: who asks, what words to say it with, forms that go wrong in words."""

from __future__ import annotations

from dataclasses import dataclass

from quart import request
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.board.service.board import Board
from helpdesk.board.service.ground import districts, known_categories
from helpdesk.board.service.permissions import LOOKS, SEARCHES
from helpdesk.board.web.words import Speech
from helpdesk.trust.service.blocking import apart_from
from portal.clock import civil_date
from portal.context import Portal
from portal.errors import NotSignedIn
from portal.pages import actor
from portal.permissions import Actor
from portal.security import network_of


@dataclass(frozen=True)
class Edge:
    """The portal and its board, as the pages hold them."""

    portal: Portal
    board: Board

    async def speech(self, db: AsyncSession) -> Speech:
        """Words for today."""
        return Speech(await known_categories(db), await districts(db), civil_date(self.portal.clock()))


def signed_in() -> Actor:
    """The person who asks. Raises `NotSignedIn` for a visitor."""
    who = actor()
    if who is None:
        raise NotSignedIn
    return who


def spend_look(portal: Portal) -> None:
    """One more question about a place. Raises `TooMany` for somebody who asks from everywhere at once."""
    portal.limits.spend("board.look", _who_asks(), LOOKS)


def spend_search(portal: Portal) -> None:
    """One more search: it reads many rows. Raises `TooMany`."""
    portal.limits.spend("board.search", _who_asks(), SEARCHES)


def _who_asks() -> str:
    who = actor()
    return who.id if who is not None else network_of(request.remote_addr or "")


async def apart_from_viewer(db: AsyncSession) -> frozenset[str]:
    """Everybody whom the person who asks neither sees nor is seen by."""
    who = actor()
    return await apart_from(db, who.id if who is not None else None)
