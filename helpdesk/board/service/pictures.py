"""The pictures of a posting: added and removed by its author, seen by whoever sees the posting."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import undefer

from helpdesk.board.model import MOST_PICTURES, NotTheAuthor, Picture
from helpdesk.board.model.picture_file import CleanPicture, clean_picture
from helpdesk.board.model.states import PostingState
from helpdesk.board.service.board import Board, access_run
from helpdesk.board.service.cards import AnyPosting
from helpdesk.board.service.editing import hold_anew
from helpdesk.board.service.holding import is_held
from helpdesk.board.service.permissions import PICTURES, may_run
from helpdesk.board.service.postings import KINDS, Ref, access_posting
from helpdesk.board.service.tallying import write_down
from helpdesk.trust.service.blocking import are_apart
from portal.commands import Answer
from portal.errors import InvalidInput, NotFound
from portal.i18n import lazy
from portal.ids import new_id
from portal.permissions import Actor, may, require


@dataclass(frozen=True)
class Pictures:
    """The use cases about pictures of one board."""

    board: Board
    _decoder: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))
    """One picture is decoded at a time: many at once would take the memory of a small server."""

    async def add(self, actor: Actor, ref: Ref, content: bytes, alt: str, *, command_id: str) -> None:
        """The author adds a picture. Raises `InvalidInput` for one that cannot be shown, or one too many."""
        require(actor, ref.kind.actions.edit)
        async with self.board.database.read() as db:
            posting = await access_posting(db, ref)
            if not may_run(actor, posting):
                raise NotTheAuthor
            posting.require_editable()
        self.board.limits.spend("board.picture", actor.id, PICTURES)
        async with self._decoder:
            clean = await asyncio.to_thread(clean_picture, content)

        async def do(db: AsyncSession, at: datetime) -> Answer:
            posting = await access_run(db, actor, ref)
            await _require_room(db, posting)
            change = posting.illustrate(at)
            db.add(_picture(posting, clean, alt, at))
            await db.flush()
            held = self.board.is_looked_at and await is_held(db, posting, at)
            # Of one that was held already nobody knows but those who look at it.
            if posting.state is not PostingState.HELD:
                if held:
                    await hold_anew(db, actor, posting, change)
                else:
                    await write_down(db, posting, change, actor.id)
            return {"version": posting.version}

        sent = hashlib.sha256(content).hexdigest()
        asked = self.board.vault.fingerprint(f"picture {ref.id} {sent} {alt}")
        await self.board.once(actor, ref.kind.actions.edit, command_id, asked, do)

    async def remove(self, actor: Actor, picture_id: str, *, command_id: str) -> Ref:
        """The author takes it away, whatever has become of the posting; returns whose picture it was."""
        async with self.board.database.read() as db:
            ref = _ref(await _access(db, picture_id))

        async def do(db: AsyncSession, at: datetime) -> Answer:
            posting = await access_run(db, actor, ref)
            await db.delete(await _access(db, picture_id))
            if posting.is_editable:
                change = posting.illustrate(at)
                if posting.state is not PostingState.HELD:
                    await write_down(db, posting, change, actor.id)
            return {"version": posting.version}

        await self.board.once(actor, ref.kind.actions.edit, command_id, f"remove picture {picture_id}", do)
        return ref

    async def read(self, db: AsyncSession, viewer: Actor | None, picture_id: str) -> Picture:
        """One picture with its content. Raises `NotFound` for whoever may not see the posting as it stands."""
        picture = await _access(db, picture_id, with_content=True)
        ref = _ref(picture)
        posting = await access_posting(db, ref)
        if may_run(viewer, posting) or may(viewer, ref.kind.actions.close_any):
            return picture
        if not posting.is_under_way or (viewer is not None and await are_apart(db, viewer.id, posting.author_id)):
            raise NotFound
        return picture


async def pictures_of(db: AsyncSession, posting_id: str) -> Sequence[Picture]:
    """The pictures of one posting, in the order in which they were added, without their content."""
    return (
        await db.scalars(select(Picture).filter_by(thing_id=posting_id).order_by(Picture.added_at, Picture.id))
    ).all()


async def _access(db: AsyncSession, picture_id: str, *, with_content: bool = False) -> Picture:
    options = [undefer(Picture.content)] if with_content else []
    picture = await db.get(Picture, picture_id, options=options)
    if picture is None:
        raise NotFound
    return picture


def _ref(picture: Picture) -> Ref:
    return Ref(KINDS[picture.thing_kind], picture.thing_id)


async def _require_room(db: AsyncSession, posting: AnyPosting) -> None:
    count = await db.scalar(select(func.count()).select_from(Picture).filter_by(thing_id=posting.id))
    if (count or 0) >= MOST_PICTURES:
        raise InvalidInput(fields={"file": lazy("There are three pictures already. Remove one of them first.")})


def _picture(posting: AnyPosting, clean: CleanPicture, alt: str, at: datetime) -> Picture:
    return Picture(
        id=new_id(),
        thing_kind=posting.KIND,
        thing_id=posting.id,
        author_id=posting.author_id,
        alt=alt,
        width=clean.width,
        height=clean.height,
        added_at=at,
        content=clean.content,
    )
