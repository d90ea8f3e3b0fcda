"""Answering, being accepted, ending early: each one transaction over the posting and the engagement."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.board.model import HelpRequest, NotTheAuthor
from helpdesk.board.place import ExactPlace
from helpdesk.board.service.board import Board, access_run
from helpdesk.board.service.cards import AnyPosting
from helpdesk.board.service.postings import Ref, access_posting
from helpdesk.board.service.reading import NoLongerShown
from helpdesk.board.service.tallying import write_down
from helpdesk.matching.model import OF_AUTHOR, OF_HELPER, TAKEN, EngagementState, Reason, Volunteer
from helpdesk.matching.model import engagement as rules_of
from helpdesk.matching.service.loading import (
    Pair,
    access_engagement,
    access_pair,
    engagement_of,
    engagements_of,
    held_for,
    held_longest,
    own_answer,
)
from helpdesk.matching.service.permissions import ANSWERS, WRITE
from helpdesk.matching.service.readiness import EXACT_PLACE, require_ready
from helpdesk.matching.service.rules import town_rules
from helpdesk.matching.service.searches import declined_or_answered
from helpdesk.matching.service.streams import record_change
from helpdesk.matching.service.telling import tell, tell_author
from helpdesk.matching.service.words import Telling
from helpdesk.trust.service.blocking import are_apart
from helpdesk.trust.service.ladder import require_rung
from portal.accounts.service import agree
from portal.clock import civil_date
from portal.commands import Answer
from portal.errors import Conflict, InvalidInput, NotFound
from portal.i18n import lazy
from portal.permissions import Actor, require


@dataclass(frozen=True)
class Answered:
    """What became of an answer."""

    id: str
    state: EngagementState
    """`HELD`: a place is kept for now. `PROPOSED`: somebody was faster, or the author chooses."""


@dataclass(frozen=True)
class Matching:
    """Use cases of matching. Every method that takes a `command_id` may be repeated with it: it counts once."""

    board: Board
    is_guarded: bool = True
    """Whether who helps has to stand on the rung that this kind of help asks for, and to have read the rules."""

    async def answer(self, actor: Actor, ref: Ref, *, note: str, rules: int | None = None, command_id: str) -> Answered:
        """Propose oneself, with a private note to the author. `rules`: the version of the rules just read, if any.

        For a request the first to come have their place held for a while; who comes a moment later stands by.
        Raises `BelowTheRung` and `RulesNotRead`.
        """

        async def do(db: AsyncSession, at: datetime) -> Answer:
            self.board.limits.spend("board.answer", actor.id, ANSWERS, command_id)
            posting = await access_posting(db, ref, for_update=True)
            if await are_apart(db, actor.id, posting.author_id):
                raise NoLongerShown
            if self.is_guarded:
                await require_ready(db, posting, actor.id, rules, at)
            engagement = await own_answer(db, posting, actor.id, note, at)
            hold = await self._hold(db, posting, actor.id, at)
            await write_down(db, posting, rules_of.answer(posting, engagement, at, hold=hold), actor.id)
            await declined_or_answered(db, posting, actor.id, at, answered=True)
            await tell_author(db, Telling.ANSWERED, posting, at)
            return {"id": engagement.id, "state": engagement.state.value}

        found = await self.board.once(actor, ref.kind.actions.answer, command_id, f"answer {ref.id} {note}", do)
        return Answered(str(found["id"]), EngagementState(str(found["state"])))

    async def accept(
        self, actor: Actor, ref: Ref, *, engagement_id: str, reply: str, shares_place: bool = False, command_id: str
    ) -> None:
        """The author takes an answer, with a private word to its writer.

        Who is accepted for a request may open its exact place; for an offer, only if the author says so.
        """

        async def do(db: AsyncSession, at: datetime) -> Answer:
            posting = await access_run(db, actor, ref)
            engagement = await access_engagement(db, posting, engagement_id)
            shares = shares_place or isinstance(posting, HelpRequest)
            if self.is_guarded and not isinstance(posting, HelpRequest):
                await require_rung(db, posting.author_id, posting.category_id, at)
            if shares and not posting.on_behalf:
                agree(db, actor.id, EXACT_PLACE, at=at, about_id=posting.id)
            held = await held_longest(db, posting)
            change = rules_of.accept(posting, engagement, at, held=held, shares_place=shares)
            engagement.reply = reply
            await write_down(db, posting, change, actor.id)
            await _mark_helped(db, engagement.person_id, at)
            record_change(db, engagement, "accepted", actor.id)
            await tell(db, Telling.ACCEPTED, posting, person_id=engagement.person_id, subject_id=engagement.id, at=at)
            return {"version": posting.version}

        asked = f"accept {engagement_id} {shares_place} {reply}"
        await self.board.once(actor, ref.kind.actions.accept, command_id, asked, do)

    async def decline(self, actor: Actor, ref: Ref, *, engagement_id: str, reason: str = "", command_id: str) -> None:
        """The author does not take an answer, or no longer."""
        why = _reason(reason, OF_AUTHOR)

        async def do(db: AsyncSession, at: datetime) -> Answer:
            posting = await access_run(db, actor, ref)
            pair = Pair(await access_engagement(db, posting, engagement_id), posting, is_author=True)
            await self._release(db, pair, EngagementState.DECLINED, reason=why, actor=actor, at=at)
            return {"version": posting.version}

        await self.board.once(actor, ref.kind.actions.accept, command_id, f"decline {engagement_id} {reason}", do)

    async def withdraw(self, actor: Actor, ref: Ref, *, reason: str = "", command_id: str) -> None:
        """The person who answered takes the answer back; their place is free at once."""
        why = _reason(reason, OF_HELPER)

        async def do(db: AsyncSession, at: datetime) -> Answer:
            posting = await access_posting(db, ref, for_update=True)
            engagement = await engagement_of(db, posting, actor.id)
            if engagement is None:
                raise NotFound
            pair = Pair(engagement, posting, is_author=False)
            await self._release(db, pair, EngagementState.WITHDRAWN, reason=why, actor=actor, at=at)
            return {"version": posting.version}

        await self.board.once(actor, ref.kind.actions.answer, command_id, f"withdraw {ref.id} {reason}", do)

    async def report_done(self, actor: Actor, engagement_id: str, *, command_id: str) -> None:
        """The person who helped says that it is done; the one who was helped is asked to confirm."""

        async def do(db: AsyncSession, at: datetime) -> Answer:
            pair = await access_pair(db, actor, engagement_id, for_update=True)
            # Of an offer it is the author who helps, and the other one who confirms nothing: the author closes it.
            if pair.is_author or not isinstance(pair.posting, HelpRequest):
                raise Conflict
            await write_down(db, pair.posting, rules_of.report_done(pair.posting, pair.engagement, at), actor.id)
            record_change(db, pair.engagement, "reported", actor.id)
            await tell_author(db, Telling.CONFIRM, pair.posting, at)
            return {"version": pair.posting.version}

        await self.board.once(actor, WRITE, command_id, f"done {engagement_id}", do)

    async def not_yet(self, actor: Actor, ref: Ref, *, command_id: str) -> None:
        """The person helped says that it has not happened yet."""

        async def do(db: AsyncSession, at: datetime) -> Answer:
            posting = await access_run(db, actor, ref)
            await write_down(db, posting, posting.go_on(at), actor.id)
            await self._reported_go_on(db, posting, actor, at)
            return {"version": posting.version}

        await self.board.once(actor, ref.kind.actions.accept, command_id, f"not yet {ref.id}", do)

    async def no_show(self, actor: Actor, ref: Ref, *, engagement_id: str, command_id: str) -> None:
        """The author says that the accepted person never came; the place is free again."""

        async def do(db: AsyncSession, at: datetime) -> Answer:
            posting = await access_run(db, actor, ref)
            pair = Pair(await access_engagement(db, posting, engagement_id), posting, is_author=True)
            await self._release(db, pair, EngagementState.NO_SHOW, reason=Reason.NONE, actor=actor, at=at)
            return {"version": posting.version}

        await self.board.once(actor, ref.kind.actions.accept, command_id, f"no show {engagement_id}", do)

    async def thank(self, actor: Actor, engagement_id: str, *, words: str, command_id: str) -> None:
        """The person helped thanks; of an offer, the one who was accepted thanks its author in a message."""

        async def do(db: AsyncSession, at: datetime) -> Answer:
            pair = await access_pair(db, actor, engagement_id, for_update=True)
            if not pair.is_author:
                raise NotTheAuthor
            pair.engagement.thank(words, at)
            record_change(db, pair.engagement, "thanked", actor.id)
            helper = pair.engagement.person_id
            await tell(db, Telling.THANKED, pair.posting, person_id=helper, subject_id=pair.engagement.id, at=at)
            return {"id": pair.engagement.id}

        await self.board.once(actor, WRITE, command_id, f"thank {engagement_id} {words}", do)

    async def open_exact_place(self, actor: Actor, ref: Ref) -> ExactPlace:
        """The true place: for its author, an agent, and who was accepted; noted, and only until it has ended."""
        async with self.board.database.write() as db:
            posting = await access_posting(db, ref)
            if actor.id == posting.author_id:
                return self.board.place_of(posting)
            engagement = await engagement_of(db, posting, actor.id)
            if engagement is None or engagement.state not in TAKEN or not engagement.shares_place:
                require(actor, ref.kind.actions.read_exact)
            return self.board.disclose(db, actor, posting)

    async def _hold(self, db: AsyncSession, posting: AnyPosting, person_id: str, at: datetime) -> timedelta | None:
        """How long a place is kept for this person; offers keep none, since their author chooses."""
        rules = await town_rules(db)
        if not isinstance(posting, HelpRequest) or await held_for(db, person_id) >= rules.holds_each:
            return None
        is_urgent = posting.needed_by is not None and posting.needed_by <= civil_date(at)
        return rules.hold_urgent if is_urgent else rules.hold

    async def _release(
        self, db: AsyncSession, pair: Pair, to: EngagementState, *, reason: Reason, actor: Actor, at: datetime
    ) -> None:
        pair.posting.require_under_way()
        was_taken = pair.engagement.state in TAKEN
        change = rules_of.release(pair.posting, pair.engagement, to, reason, at)
        await write_down(db, pair.posting, change, actor.id)
        record_change(db, pair.engagement, to.value, actor.id)
        if to is EngagementState.WITHDRAWN and was_taken:
            await tell_author(db, Telling.WITHDRAWN, pair.posting, at)
        elif to is EngagementState.DECLINED:
            helper = pair.engagement.person_id
            await tell(db, Telling.DECLINED, pair.posting, person_id=helper, subject_id=pair.engagement.id, at=at)

    async def _reported_go_on(self, db: AsyncSession, posting: AnyPosting, actor: Actor, at: datetime) -> None:
        for engagement in await engagements_of(db, posting):
            if engagement.state is EngagementState.REPORTED:
                engagement.move(EngagementState.ACCEPTED, at)
                record_change(db, engagement, "goes_on", actor.id)


def _reason(given: str, allowed: tuple[Reason, ...]) -> Reason:
    if given not in {"", *allowed}:
        raise InvalidInput(fields={"reason": lazy("Please choose one of the answers offered.")})
    return Reason(given)


async def _mark_helped(db: AsyncSession, person_id: str, at: datetime) -> None:
    volunteer = await db.get(Volunteer, person_id)
    if volunteer is not None:
        volunteer.helped_at = at
