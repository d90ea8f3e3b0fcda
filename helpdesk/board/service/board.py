"""Use cases of the board: each one transaction, with its events, counted once however often it is sent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.board.model.draft import Draft, fault_of_date
from helpdesk.board.model.engagement import Engagement, EngagementState
from helpdesk.board.model.posting import (
    Change,
    HelpRequest,
    NotTheAuthor,
    OfferOutcome,
    PostingState,
    RequestOutcome,
    last_day,
)
from helpdesk.board.place import ExactPlace, PlaceVault
from helpdesk.board.service import ground
from helpdesk.board.service.cards import AnyPosting
from helpdesk.board.service.holding import is_held
from helpdesk.board.service.permissions import ANSWERS, PLACES_READ, POSTS
from helpdesk.board.service.postings import (
    KINDS,
    PostingKind,
    Ref,
    access_engagement,
    access_posting,
    engagement_of,
    engagements_of,
    own_answer,
)
from helpdesk.board.service.tallying import write_down, write_down_all
from portal.accounts.service import require_unsuspended
from portal.audit import audit
from portal.clock import Clock, civil_date
from portal.commands import Answer, once
from portal.db import Database
from portal.errors import InvalidInput, NotFound
from portal.i18n import lazy
from portal.ids import new_id
from portal.jobs import Run
from portal.permissions import Action, Actor, may, require
from portal.security import RateLimiter

EXPIRY_BATCH = 200


@dataclass(frozen=True)
class Board:
    """The board's use cases. Every method that takes a `command_id` may be repeated with it: it counts once."""

    database: Database
    clock: Clock
    limits: RateLimiter
    vault: PlaceVault
    is_looked_at: bool = True
    """Whether what is posted may be held before it stands on the board."""

    @classmethod
    def open(cls, database: Database, clock: Clock, limits: RateLimiter, secret_key: str) -> Board:
        """The board of the town whose portal this is."""
        return cls(database, clock, limits, PlaceVault(secret_key))

    async def post(self, actor: Actor, kind: PostingKind, draft: Draft, *, command_id: str) -> str:
        """Put a request or an offer on the board; returns its id. Raises `InvalidInput` naming each wrong field."""

        async def do(db: AsyncSession, at: datetime) -> Answer:
            self.limits.spend("board.post", actor.id, POSTS)
            posting = await self._posting(db, actor, kind, draft, at)
            db.add(posting)
            # One that is held tells nobody on the board's stream, not even that there is something.
            if not (self.is_looked_at and await is_held(db, posting, at)):
                await write_down(db, posting, Change("posted", (), opened=1), actor.id)
            return {"id": posting.id, "version": posting.version}

        asked = self.vault.fingerprint(draft.model_dump_json())
        answer = await self._once(actor, kind.actions.post, command_id, asked, do)
        return str(answer["id"])

    async def preview(self, db: AsyncSession, actor: Actor, kind: PostingKind, draft: Draft) -> AnyPosting:
        """The posting that `post` would make of the draft, kept nowhere. Raises as `post` does."""
        require(actor, kind.actions.post)
        return await self._posting(db, actor, kind, draft, self.clock())

    async def answer(self, actor: Actor, ref: Ref, *, note: str, command_id: str) -> str:
        """Propose oneself, with a private note to the author; returns the engagement's id."""

        async def do(db: AsyncSession, at: datetime) -> Answer:
            self.limits.spend("board.answer", actor.id, ANSWERS)
            posting = await access_posting(db, ref, for_update=True)
            engagement = await own_answer(db, posting, actor.id, note, at)
            await write_down(db, posting, posting.answer(engagement, at), actor.id)
            return {"id": engagement.id, "version": posting.version}

        answer = await self._once(actor, ref.kind.actions.answer, command_id, f"answer {ref.id} {note}", do)
        return str(answer["id"])

    async def accept(self, actor: Actor, ref: Ref, *, engagement_id: str, reply: str, command_id: str) -> None:
        """The author takes an answer, with a private word to its writer."""

        async def do(db: AsyncSession, at: datetime) -> Answer:
            posting = await access_posting(db, ref, for_update=True)
            posting.require_author(actor.id)
            engagement = await access_engagement(db, posting, engagement_id)
            change = posting.accept(engagement, at)
            engagement.reply = reply
            await write_down(db, posting, change, actor.id)
            return {"version": posting.version}

        await self._once(actor, ref.kind.actions.accept, command_id, f"accept {engagement_id} {reply}", do)

    async def decline(self, actor: Actor, ref: Ref, *, engagement_id: str, command_id: str) -> None:
        """The author does not take an answer, or no longer."""

        async def do(db: AsyncSession, at: datetime) -> Answer:
            posting = await access_posting(db, ref, for_update=True)
            posting.require_author(actor.id)
            engagement = await access_engagement(db, posting, engagement_id)
            await write_down(db, posting, posting.release(engagement, EngagementState.DECLINED, at), actor.id)
            return {"version": posting.version}

        await self._once(actor, ref.kind.actions.accept, command_id, f"decline {engagement_id}", do)

    async def withdraw(self, actor: Actor, ref: Ref, *, command_id: str) -> None:
        """The person who answered takes the answer back."""

        async def do(db: AsyncSession, at: datetime) -> Answer:
            posting = await access_posting(db, ref, for_update=True)
            engagement = await engagement_of(db, posting, actor.id)
            if engagement is None:
                raise NotFound
            await write_down(db, posting, posting.release(engagement, EngagementState.WITHDRAWN, at), actor.id)
            return {"version": posting.version}

        await self._once(actor, ref.kind.actions.answer, command_id, f"withdraw {ref.id}", do)

    async def close(self, actor: Actor, ref: Ref, *, outcome: str, seen: int | None, command_id: str) -> None:
        """It is over, and why: says the author, or an agent or a moderator (noted). `seen` is the version read."""

        async def do(db: AsyncSession, at: datetime) -> Answer:
            posting = await access_posting(db, ref, for_update=True)
            if actor.id != posting.author_id:
                if not may(actor, ref.kind.actions.close_any):
                    raise NotTheAuthor
                audit(
                    db, at=at, act=f"{ref.kind.name}.closed", actor_id=actor.id, subject_id=posting.id, detail=outcome
                )
            posting.require_version(seen)
            engagements = await engagements_of(db, posting)
            await write_down(db, posting, _close(posting, outcome, engagements, at), actor.id)
            return {"version": posting.version}

        await self._once(actor, ref.kind.actions.close, command_id, f"close {ref.id} {outcome}", do)

    async def cancel(self, actor: Actor, ref: Ref, *, seen: int | None, command_id: str) -> None:
        """The author takes it back."""

        async def do(db: AsyncSession, at: datetime) -> Answer:
            posting = await access_posting(db, ref, for_update=True)
            posting.require_author(actor.id)
            posting.require_version(seen)
            await write_down(db, posting, posting.cancel(await engagements_of(db, posting), at), actor.id)
            return {"version": posting.version}

        await self._once(actor, ref.kind.actions.close, command_id, f"cancel {ref.id}", do)

    async def open_exact_place(self, actor: Actor, ref: Ref) -> ExactPlace:
        """The true place: for its author, and for whom the permission admits; that is noted in the audit trail."""
        async with self.database.write() as db:
            posting = await access_posting(db, ref)
            if actor.id != posting.author_id:
                require(actor, ref.kind.actions.read_exact)
                self.limits.spend("board.read_exact", actor.id, PLACES_READ)
                act = f"{ref.kind.name}.exact_place_opened"
                audit(db, at=self.clock(), act=act, actor_id=actor.id, subject_id=posting.id)
            if not posting.sealed_place:
                raise NotFound  # erased with its author's account
            return self.vault.open(posting.sealed_place, posting.id)

    async def expire_due(self, db: AsyncSession, run: Run) -> int:
        """A job's work: end what nobody was accepted for and whose last day has passed, a batch of it."""
        count = 0
        for kind in KINDS.values():
            count += await _expire_batch(db, kind.model, run.now, EXPIRY_BATCH - count)
        return count

    async def _once(
        self,
        actor: Actor,
        action: Action,
        command_id: str,
        asked: str,
        do: Callable[[AsyncSession, datetime], Awaitable[Answer]],
    ) -> Answer:
        require(actor, action)
        at = self.clock()
        async with self.database.write() as db:
            await require_unsuspended(db, actor.id)
            return await once(
                db,
                actor_id=actor.id,
                command_id=command_id,
                asked=f"{action.name} {asked}",
                at=at,
                do=lambda: do(db, at),
            )

    async def _posting(
        self, db: AsyncSession, actor: Actor, kind: PostingKind, draft: Draft, at: datetime
    ) -> AnyPosting:
        today = civil_date(at)
        fault = fault_of_date(draft.by, today)
        if fault is not None:
            raise InvalidInput(fields={"by": fault})
        if draft.category_id not in await ground.categories(db):
            raise InvalidInput(fields={"category_id": lazy("Please choose one of the answers offered.")})
        found = await ground.find(db, draft)
        id_ = new_id()
        posting = kind.model(
            id=id_,
            author_id=actor.id,
            category_id=draft.category_id,
            title=draft.title,
            details=draft.details,
            cell_id=found.area.id,
            district_id=found.area.district_id,
            sealed_place=self.vault.seal(found.place, id_),
            posted_at=at,
            changed_at=at,
            expires_on=last_day(draft.by, today=today, days=kind.model.DAYS),
            version=1,
            state=PostingState.OPEN,
            capacity=draft.capacity,
            answers=0,
            accepted=0,
        )
        if isinstance(posting, HelpRequest):
            posting.needed_by = draft.by
        else:
            posting.available_until = draft.by
        return posting


def _close(posting: AnyPosting, outcome: str, engagements: Sequence[Engagement], at: datetime) -> Change:
    try:
        if isinstance(posting, HelpRequest):
            return posting.close(RequestOutcome(outcome), engagements, at)
        return posting.close(OfferOutcome(outcome), engagements, at)
    except ValueError:
        raise InvalidInput(fields={"outcome": lazy("Please choose one of the answers offered.")}) from None


async def _expire_batch(db: AsyncSession, model: Any, now: datetime, limit: int) -> int:
    # The state is spelled out, not bound: only so do both databases use the index over what is open.
    query = (
        select(model)
        .where(text("state = 'open'"), model.expires_on < civil_date(now))
        .order_by(model.expires_on)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    due: Sequence[AnyPosting] = (await db.scalars(query)).all()
    changes = []
    for posting in due:
        engagements = await engagements_of(db, posting) if posting.answers else []
        changes.append((posting, posting.expire(engagements, now)))
    await write_down_all(db, changes, None)
    return len(due)
