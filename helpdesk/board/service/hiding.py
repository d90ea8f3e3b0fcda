"""Taking things off every channel of the board, and putting them back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.board.model import PostingState
from helpdesk.board.service.cards import AnyPosting
from helpdesk.board.service.postings import KINDS
from helpdesk.board.service.tallying import write_down
from helpdesk.board.service.turns import Turn, Turned, turned
from portal.accounts.service import hides
from portal.notices.service import take_back_about


async def hide_posting(db: AsyncSession, posting: AnyPosting, actor_id: str | None, at: datetime) -> None:
    """Take a posting off every channel: pages, API, sockets and their replay, notices, mails and pushes on their way.

    Raises `Conflict` for one that is hidden already.
    """
    was_held = posting.state is PostingState.HELD
    change = posting.hide(at)
    if not was_held:
        await write_down(db, posting, change, actor_id)
    await turned(db, Turned(Turn.HIDDEN, posting, at))
    await take_back_about(db, [posting.id], at)


async def publish_posting(db: AsyncSession, posting: AnyPosting, actor_id: str | None, at: datetime) -> None:
    """Put one that was held on the board: it is as new, or stands again if it was held for what its author changed.

    One that has waited for so long that it has ended does not come back.
    """
    change = posting.publish(at)
    if not posting.is_under_way:
        return
    await write_down(db, posting, change, actor_id)
    if posting.edited_at is None:
        await turned(db, Turned(Turn.POSTED, posting, at))
    else:
        await turned(db, Turned(Turn.RESTORED, posting, at))
        await turned(db, Turned(Turn.EDITED, posting, at, changed=("details",)))


async def restore_posting(db: AsyncSession, posting: AnyPosting, actor_id: str | None, at: datetime) -> None:
    """Put one that was hidden by mistake back, to where it stood."""
    await write_down(db, posting, posting.restore(at), actor_id)
    if posting.is_under_way:
        await turned(db, Turned(Turn.RESTORED, posting, at))


async def end_withheld(db: AsyncSession, posting: AnyPosting, at: datetime) -> None:
    """One that is withheld is not put back any more: what was answered ends with it, and nobody is told."""
    posting.end_withheld(at)
    await turned(db, Turned(Turn.ENDED, posting, at))


@hides
async def hide_of(db: AsyncSession, person_id: str, at: datetime) -> None:
    """Hide a person's requests and offers."""
    for kind in KINDS.values():
        model: Any = kind.model
        shown = select(model).where(model.author_id == person_id, model.state != PostingState.HIDDEN)
        for posting in await db.scalars(shown.with_for_update()):
            await hide_posting(db, posting, None, at)


async def hidden_ids(db: AsyncSession, ids: Sequence[str]) -> set[str]:
    """Which of these postings are hidden."""
    found: set[str] = set()
    for kind in KINDS.values():
        model: Any = kind.model
        hidden = select(model.id).where(model.id.in_(ids), model.state == PostingState.HIDDEN)
        found.update(await db.scalars(hidden))
    return found
