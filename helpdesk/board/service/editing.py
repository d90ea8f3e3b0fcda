"""An author writes a posting anew: the same checks as when it was posted, and those engaged are told."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.board.model import Change, PostingState, Revision, Writing
from helpdesk.board.model.kinds import last_day
from helpdesk.board.service import ground
from helpdesk.board.service.board import Board, access_run
from helpdesk.board.service.cards import AnyPosting
from helpdesk.board.service.holding import is_held
from helpdesk.board.service.permissions import EDITS
from helpdesk.board.service.postings import Ref
from helpdesk.board.service.tallying import move_tally, write_down
from helpdesk.board.service.turns import Turn, Turned, turned
from portal.clock import civil_date
from portal.commands import Answer
from portal.errors import InvalidInput
from portal.i18n import lazy
from portal.notices.service import take_back_about
from portal.permissions import Actor


async def edit(board: Board, actor: Actor, ref: Ref, revision: Revision, *, seen: int | None, command_id: str) -> None:
    """The author writes it anew; the place stays. `seen` is the version read.

    Raises `InvalidInput` naming each wrong field, and what `Posting.edit` raises.
    """

    async def do(db: AsyncSession, at: datetime) -> Answer:
        board.limits.spend("board.edit", actor.id, EDITS, command_id)
        posting = await access_run(db, actor, ref)
        posting.require_version(seen)
        await _require_fitting(db, posting, revision, at)
        was, category = posting.state, posting.category_id
        change = _write(posting, revision, at)
        if change is None:
            return {"version": posting.version}
        if was is PostingState.OPEN and category != posting.category_id:
            await move_tally(db, posting, category)
        held = board.is_looked_at and await is_held(db, posting, at)
        # Of one that was held already nobody knows but those who look at it.
        if was is not PostingState.HELD:
            await (hold_anew if held else _publish)(db, actor, posting, change)
        return {"version": posting.version}

    asked = board.vault.fingerprint(f"edit {ref.id} {revision.model_dump_json()}")
    await board.once(actor, ref.kind.actions.edit, command_id, asked, do)


def _write(posting: AnyPosting, revision: Revision, at: datetime) -> Change | None:
    today, schedule = civil_date(at), revision.schedule
    writing = Writing(revision.category_id, revision.title, revision.details, revision.capacity, schedule)
    return posting.edit(writing, last_day(schedule.by, today=today, days=posting.DAYS), today, at)


async def _publish(db: AsyncSession, actor: Actor, posting: AnyPosting, change: Change) -> None:
    await write_down(db, posting, change, actor.id)
    await turned(db, Turned(Turn.EDITED, posting, posting.changed_at, changed=change.changed))


async def hold_anew(db: AsyncSession, actor: Actor, posting: AnyPosting, change: Change) -> None:
    """What was changed leaves every channel until somebody has looked at it; what was told of it is withdrawn."""
    at = posting.changed_at
    held = posting.hold(at)
    await write_down(db, posting, replace(held, opened=change.opened + held.opened), actor.id)
    await turned(db, Turned(Turn.HIDDEN, posting, at))
    await take_back_about(db, [posting.id], at)


async def _require_fitting(db: AsyncSession, posting: AnyPosting, revision: Revision, at: datetime) -> None:
    faults = revision.schedule.faults(civil_date(at))
    # A category that the town has switched off since stays with what stands in it.
    if revision.category_id != posting.category_id and revision.category_id not in await ground.categories(db):
        faults["category_id"] = lazy("Please choose one of the answers offered.")
    if faults:
        raise InvalidInput(fields=faults)
