"""What is looked at before it stands on the board: who looks adds itself, the board knows no rule.

@holds
async def fault(db, posting, at): ...
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.board.service.cards import AnyPosting

Holder = Callable[[AsyncSession, AnyPosting, datetime], Awaitable[bool]]
"""Whether a posting is held, in the transaction that writes it, or writes it anew; whoever says yes keeps why."""

_holders: list[Holder] = []


def holds(holder: Holder) -> Holder:
    """Let a function look at what is posted."""
    _holders.append(holder)
    return holder


async def is_held(db: AsyncSession, posting: AnyPosting, at: datetime) -> bool:
    """Whether somebody wants to look at it first, as it is written now."""
    for holder in _holders:
        if await holder(db, posting, at):
            return True
    return False
