"""What is looked at before it stands on the board: who looks adds itself, the board knows no rule.

@holds
async def fault(db, posting, at): ...
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.board.service.cards import AnyPosting
from portal.participants import Participants

Holder = Callable[[AsyncSession, AnyPosting, datetime], Awaitable[bool]]
"""Whether a posting is held, in the transaction that writes it, or writes it anew; whoever says yes keeps why."""

holds: Participants[Holder] = Participants()
"""Lets a function look at what is posted."""


async def is_held(db: AsyncSession, posting: AnyPosting, at: datetime) -> bool:
    """Whether somebody wants to look at it first, as it is written now."""
    for wants_to_look in holds:
        if await wants_to_look(db, posting, at):
            return True
    return False
