"""What suspending an account hides: everything of the person, on every channel, in the same transaction.

A slice that shows something of people adds itself where its service is, as with erasure::

    @hides
    async def hide_requests(db, person_id, at): ...

What a slice reads anew each time it may also leave out there and then, by `unsuspended`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime

from sqlalchemy import ColumnElement, SQLColumnExpression, exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from portal.accounts.model import Person, Status
from portal.errors import NotSignedIn
from portal.participants import Participants

Hider = Callable[[AsyncSession, str, datetime], Awaitable[None]]
"""Hides what a slice shows of a person, in the caller's transaction; nothing is destroyed."""

hides: Participants[Hider] = Participants()
"""Lets a function take part when an account is suspended."""


async def hide_everything(db: AsyncSession, person_id: str, at: datetime) -> None:
    """Let every slice hide what it shows of a person."""
    for hide in hides:
        await hide(db, person_id, at)


def unsuspended(person_id: SQLColumnExpression[str] | SQLColumnExpression[str | None]) -> ColumnElement[bool]:
    """A condition of a query: the person of this column is not suspended. Guests and people of other towns are not."""
    return ~exists(select(Person.id).where(Person.id == person_id, Person.status == Status.BANNED))


async def require_unsuspended(db: AsyncSession, person_id: str) -> None:
    """Raise `NotSignedIn` for a person who was suspended after they were identified.

    Nobody is suspended until this transaction ends: what it writes is either there to be hidden or never written. The
    commands of one person wait for each other here: what one of them counts, no other adds to meanwhile.
    """
    # Not FOR UPDATE: whoever tells this person something writes a row with their id, and need not wait.
    kept = select(Person.status).where(Person.id == person_id).with_for_update(key_share=True)
    if await db.scalar(kept) is Status.BANNED:
        raise NotSignedIn


async def stays_suspended(db: AsyncSession, person_id: str) -> bool:
    """Whether a person is suspended; neither changes until this writing transaction ends."""
    kept = select(Person.status).where(Person.id == person_id).with_for_update(read=True)
    return await db.scalar(kept) is Status.BANNED
