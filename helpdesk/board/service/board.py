"""Use cases of the board: each one transaction, with its events, counted once however often it is sent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.board.model.draft import Draft
from helpdesk.board.model.kinds import HelpRequest, last_day
from helpdesk.board.model.states import (
    HAPPENED,
    Change,
    NotTheAuthor,
    OfferOutcome,
    PostingState,
    RequestOutcome,
)
from helpdesk.board.place import ExactPlace, PlaceVault
from helpdesk.board.service import ground
from helpdesk.board.service.cards import AnyPosting
from helpdesk.board.service.holding import is_held
from helpdesk.board.service.permissions import PLACES_READ, POSTS, may_run
from helpdesk.board.service.postings import PostingKind, Ref, access_posting
from helpdesk.board.service.rules import require_room, standing_days
from helpdesk.board.service.tallying import write_down
from helpdesk.board.service.turns import Turn, Turned, turned
from portal.accounts.service import require_unsuspended
from portal.audit import audit
from portal.clock import Clock, civil_date
from portal.commands import Answer, once
from portal.db import Database, twice_if_crossed
from portal.errors import InvalidInput, NotFound
from portal.i18n import lazy
from portal.ids import new_id
from portal.permissions import Action, Actor, may, require
from portal.security import RateLimiter


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
            self.limits.spend("board.post", actor.id, POSTS, command_id)
            await require_room(db, actor.id)
            posting = await self.add(db, actor.id, kind, draft, at)
            return {"id": posting.id, "version": posting.version}

        asked = self.vault.fingerprint(draft.model_dump_json())
        answer = await self.once(actor, kind.actions.post, command_id, asked, do)
        return str(answer["id"])

    async def add(
        self,
        db: AsyncSession,
        author_id: str,
        kind: PostingKind,
        draft: Draft,
        at: datetime,
        *,
        filed_by: str | None = None,
    ) -> AnyPosting:
        """Put it on the board in the caller's transaction. `filed_by`: the agent who asks for somebody else."""
        posting = await self._posting(db, author_id, kind, draft, at)
        if isinstance(posting, HelpRequest):
            posting.filed_by = filed_by
        db.add(posting)
        # One that is held tells nobody on the board's stream, not even that there is something. What an agent files
        # was looked at.
        if filed_by is None and self.is_looked_at and await is_held(db, posting, at):
            posting.hold(at)
        else:
            await write_down(db, posting, Change("posted", (), opened=1), filed_by or author_id)
            await turned(db, Turned(Turn.POSTED, posting, at))
        return posting

    async def preview(self, db: AsyncSession, actor: Actor, kind: PostingKind, draft: Draft) -> AnyPosting:
        """The posting that `post` would make of the draft, kept nowhere. Raises as `post` does."""
        require(actor, kind.actions.post)
        return await self._posting(db, actor.id, kind, draft, self.clock())

    async def close(self, actor: Actor, ref: Ref, *, outcome: str, seen: int | None, command_id: str) -> None:
        """It is over, and why: says the author, or an agent or a moderator (noted). `seen` is the version read."""

        async def do(db: AsyncSession, at: datetime) -> Answer:
            posting = await access_posting(db, ref, for_update=True)
            if actor.id != posting.author_id:
                if not (may(actor, ref.kind.actions.close_any) or may_run(actor, posting)):
                    raise NotTheAuthor
                act = f"{ref.kind.name}.closed"
                audit(db, at=at, act=act, actor_id=actor.id, subject_id=posting.id, detail=outcome)
            posting.require_version(seen)
            await write_down(db, posting, _close(posting, outcome, at), actor.id)
            await turned(db, Turned(Turn.ENDED, posting, at, happened=outcome in HAPPENED))
            return {"version": posting.version}

        await self.once(actor, ref.kind.actions.close, command_id, f"close {ref.id} {outcome}", do)

    async def cancel(self, actor: Actor, ref: Ref, *, seen: int | None, command_id: str) -> None:
        """The author takes it back."""

        async def do(db: AsyncSession, at: datetime) -> Answer:
            posting = await access_run(db, actor, ref)
            posting.require_version(seen)
            await write_down(db, posting, posting.cancel(at), actor.id)
            await turned(db, Turned(Turn.ENDED, posting, at))
            return {"version": posting.version}

        await self.once(actor, ref.kind.actions.close, command_id, f"cancel {ref.id}", do)

    async def reopen(self, actor: Actor, ref: Ref, *, command_id: str) -> None:
        """The author needs it again, within a week of its end. Raises `TooLateToReopen` and `TooManyOpen`."""

        async def do(db: AsyncSession, at: datetime) -> Answer:
            posting = await access_run(db, actor, ref)
            await require_room(db, posting.author_id)
            until = await _standing_until(db, ref.kind, posting, at)
            await write_down(db, posting, posting.reopen(until, at), actor.id)
            await turned(db, Turned(Turn.REOPENED, posting, at))
            return {"version": posting.version}

        await self.once(actor, ref.kind.actions.close, command_id, f"reopen {ref.id}", do)

    async def keep(self, actor: Actor, ref: Ref, *, command_id: str) -> None:
        """The author says that it is still needed."""

        async def do(db: AsyncSession, at: datetime) -> Answer:
            posting = await access_run(db, actor, ref)
            until = await _standing_until(db, ref.kind, posting, at)
            await write_down(db, posting, posting.keep(until, at), actor.id)
            return {"version": posting.version}

        await self.once(actor, ref.kind.actions.close, command_id, f"keep {ref.id}", do)

    def disclose(self, db: AsyncSession, actor: Actor, posting: AnyPosting) -> ExactPlace:
        """The true place for somebody who may know it, in the caller's transaction: limited, noted, and only while
        the posting stands. Raises `HasEnded`.
        """
        posting.require_under_way()
        self.limits.spend("board.read_exact", actor.id, PLACES_READ)
        act = f"{posting.KIND}.exact_place_opened"
        audit(db, at=self.clock(), act=act, actor_id=actor.id, subject_id=posting.id)
        return self.place_of(posting)

    def place_of(self, posting: AnyPosting) -> ExactPlace:
        """The true place. Raises `NotFound` once it is erased."""
        if not posting.sealed_place:
            raise NotFound
        return self.vault.open(posting.sealed_place, posting.id)

    async def once(
        self,
        actor: Actor,
        action: Action,
        command_id: str,
        asked: str,
        do: Callable[[AsyncSession, datetime], Awaitable[Answer]],
    ) -> Answer:
        """One use case: who may, in one transaction, counted once. `asked` is its content, for a repetition."""
        require(actor, action)
        at = self.clock()

        async def in_one() -> Answer:
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

        return await twice_if_crossed(in_one)

    async def _posting(
        self, db: AsyncSession, author_id: str, kind: PostingKind, draft: Draft, at: datetime
    ) -> AnyPosting:
        today = civil_date(at)
        faults = draft.schedule.faults(today)
        if faults:
            raise InvalidInput(fields=faults)
        if draft.category_id not in await ground.categories(db):
            raise InvalidInput(fields={"category_id": lazy("Please choose one of the answers offered.")})
        found = await ground.find(db, draft)
        id_ = new_id()
        posting = kind.model(
            id=id_,
            author_id=author_id,
            category_id=draft.category_id,
            title=draft.title,
            details=draft.details,
            cell_id=found.area.id,
            district_id=found.area.district_id,
            sealed_place=self.vault.seal(found.place, id_),
            posted_at=at,
            changed_at=at,
            expires_on=last_day(draft.by, today=today, days=await standing_days(db, kind)),
            version=1,
            state=PostingState.OPEN,
            capacity=draft.capacity,
            answers=0,
            accepted=0,
            held=0,
        )
        posting.take_schedule(draft.schedule, today)
        return posting


async def access_run(db: AsyncSession, actor: Actor, ref: Ref) -> AnyPosting:
    """One's own posting, or one that the town filed for somebody, locked. Raises `NotFound` or `NotTheAuthor`."""
    posting = await access_posting(db, ref, for_update=True)
    if not may_run(actor, posting):
        raise NotTheAuthor
    return posting


async def _standing_until(db: AsyncSession, kind: PostingKind, posting: AnyPosting, at: datetime) -> date:
    today, by = civil_date(at), posting.schedule.by
    return last_day(by if by and by >= today else None, today=today, days=await standing_days(db, kind))


def _close(posting: AnyPosting, outcome: str, at: datetime) -> Change:
    if outcome == RequestOutcome.HELPED_UNCONFIRMED:
        raise InvalidInput(fields={"outcome": lazy("Please choose one of the answers offered.")})
    try:
        if isinstance(posting, HelpRequest):
            return posting.close(RequestOutcome(outcome), at)
        return posting.close(OfferOutcome(outcome), at)
    except ValueError:
        raise InvalidInput(fields={"outcome": lazy("Please choose one of the answers offered.")}) from None
