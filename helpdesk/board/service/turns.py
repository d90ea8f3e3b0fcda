"""The turning points of a posting, and who takes part in them: slices above the board, in the same transaction.

A slice adds itself where its service is, as with permissions::

    @takes_part
    async def settle(db, turned): ...
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.board.service.cards import AnyPosting
from portal.participants import Participants


class Turn(StrEnum):
    """What happened to a posting as a whole."""

    POSTED = "posted"
    ENDED = "ended"
    REOPENED = "reopened"
    HIDDEN = "hidden"
    """By moderation; it may be restored."""
    RESTORED = "restored"
    EDITED = "edited"
    """Its author has written it anew, and those who have a part in it read something else now."""


@dataclass(frozen=True)
class Turned:
    """A posting's turning point. It has happened to the posting, and is written with the same commit."""

    turn: Turn
    posting: AnyPosting
    at: datetime
    happened: bool = False
    """It ended, and those accepted did what they came for."""
    changed: tuple[str, ...] = ()
    """Names of the fields that were edited."""


Listener = Callable[[AsyncSession, Turned], Awaitable[None]]

takes_part: Participants[Listener] = Participants()
"""Lets a function take part in every turning point."""


async def turned(db: AsyncSession, what: Turned) -> None:
    """Let everybody take part who asked to."""
    for listener in takes_part:
        await listener(db, what)
