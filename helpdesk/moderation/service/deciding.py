"""Reports, decisions and appeals: each one transaction, audited, told to the author with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from helpdesk.board.model import PostingState
from helpdesk.board.service.cards import AnyPosting
from helpdesk.board.service.hiding import hide_posting, publish_posting, restore_posting
from helpdesk.board.service.postings import KINDS, Ref, access_posting
from helpdesk.moderation.model import MOST_UNSIGNED, Case, CaseState, OwnThing, Reason, Report, Verdict
from helpdesk.moderation.service.notices import DECIDED
from helpdesk.moderation.service.permissions import (
    APPEAL,
    APPEALS,
    DECIDE,
    REPORT,
    REPORTS,
    REPORTS_OF_ALL_UNSIGNED,
    REPORTS_UNSIGNED,
    SUSPEND,
)
from helpdesk.moderation.service.queue import tell_staff
from portal.accounts.model import Person
from portal.accounts.service import require_unsuspended, stays_suspended
from portal.accounts.service.accounts import Accounts
from portal.accounts.service.administration import suspend
from portal.audit import audit
from portal.clock import Clock, civil_date
from portal.db import Database
from portal.errors import Conflict, Forbidden, NotFound
from portal.i18n import lazy
from portal.ids import new_id
from portal.notices.service import tell
from portal.permissions import STAFF, Actor, require
from portal.security import RateLimiter


class ReportedBefore(Conflict):
    """One report of one thing by one person."""

    code = "reported-before"
    text = lazy("You have reported this already. Somebody of the town looks at it.")


class StaffMember(Forbidden):
    """People with an office are the administrator's to suspend."""

    code = "staff-member"
    text = lazy("This person works for the town: only an administrator can suspend the account.")


class AuthorSuspended(Conflict):
    """What a suspended person wrote is not put on the board."""

    code = "author-suspended"
    text = lazy(
        "The account of the person who wrote this is suspended: nothing of theirs goes on the board until it is opened."
    )


@dataclass(frozen=True)
class Decision:
    """What staff say: what becomes of it, the reason's code, and the words to the author."""

    verdict: Verdict
    reason: Reason | None
    words: str
    version: int


@dataclass(frozen=True)
class Moderation:
    """The use cases."""

    database: Database
    clock: Clock
    limits: RateLimiter
    accounts: Accounts

    async def report(self, actor: Actor, ref: Ref, reason: Reason, words: str) -> None:
        """Report a thing that stands on the board. Raises `ReportedBefore`, and `OwnThing` for one's own."""
        require(actor, REPORT)
        self.limits.spend("moderation.report", actor.id, REPORTS)
        at = self.clock()
        async with self.database.write() as db:
            await require_unsuspended(db, actor.id)
            posting = await access_posting(db, ref, for_update=True)
            if posting.is_withheld:
                raise NotFound
            if posting.author_id == actor.id:
                raise OwnThing
            if await db.scalar(select(Report.id).filter_by(thing_id=ref.id, reporter_id=actor.id)) is not None:
                raise ReportedBefore
            case = await _open_case(db, ref, posting.author_id, at)
            case.reports += 1
            await db.flush()
            db.add(
                Report(
                    id=new_id(),
                    case_id=case.id,
                    thing_id=ref.id,
                    reporter_id=actor.id,
                    reason=reason,
                    words=words,
                    at=at,
                )
            )
            audit(db, at=at, act="moderation.reported", actor_id=actor.id, subject_id=ref.id, detail=reason.value)
            try:
                await db.flush()
            except IntegrityError:
                raise ReportedBefore from None
            tell_staff(db, case)

    async def report_unsigned(self, by: str, ref: Ref, reason: Reason, words: str, contact: str | None) -> None:
        """Report without an account. `by` is the household that it comes from, kept nowhere but in the limits.

        Beyond `MOST_UNSIGNED` of one case the town knows: nothing more is written down.
        """
        self.limits.spend("moderation.report_unsigned", by, REPORTS_UNSIGNED)
        self.limits.spend("moderation.report_all_unsigned", "all", REPORTS_OF_ALL_UNSIGNED)
        at = self.clock()
        async with self.database.write() as db:
            posting = await access_posting(db, ref, for_update=True)
            if not posting.is_under_way:
                raise NotFound
            case = await _open_case(db, ref, posting.author_id, at)
            await db.flush()
            unsigned = select(func.count()).where(Report.case_id == case.id, Report.is_signed.is_(False))
            if (await db.scalar(unsigned) or 0) >= MOST_UNSIGNED:
                return
            case.reports += 1
            report = Report(id=new_id(), case_id=case.id, thing_id=ref.id, reporter_id=new_id(), reason=reason, at=at)
            report.words, report.contact, report.is_signed = words, contact or "", False
            db.add(report)
            audit(db, at=at, act="moderation.reported", actor_id=None, subject_id=ref.id, detail=reason.value)
            tell_staff(db, case)

    async def decide(self, actor: Actor, case_id: str, decision: Decision) -> None:
        """Decide on a case, or on its appeal.

        Raises what `Case.decide` raises, `Conflict` for an older page, and `AuthorSuspended`.
        """
        require(actor, DECIDE)
        at = self.clock()
        async with self.database.write() as db:
            about = await _find_case(db, case_id)
            if await stays_suspended(db, about.author_id) and decision.verdict is Verdict.KEPT:
                raise AuthorSuspended
            case, posting = await _access_case(db, about, decision.version)
            reason = decision.reason.value if decision.reason else ""
            changes = case.decide(actor.id, decision.verdict, reason, decision.words, at)
            if changes:
                await _carry_out(db, case, posting, actor.id, at)
            await self._write_down(db, case, actor, at)

    async def suspend_author(self, actor: Actor, case_id: str, decision: Decision) -> None:
        """Take the thing off the board and suspend its author: one act, after which nothing of theirs is served."""
        require(actor, SUSPEND)
        at = self.clock()
        async with self.database.write() as db:
            about = await _find_case(db, case_id)
            found = select(Person).where(Person.id == about.author_id).options(selectinload(Person.holdings))
            person = await db.scalar(found.with_for_update())
            if person is None:
                raise NotFound
            if not person.roles_on(civil_date(at)).isdisjoint(STAFF):
                raise StaffMember
            case, _posting = await _access_case(db, about, decision.version)
            case.decide(actor.id, Verdict.HIDDEN, decision.reason.value if decision.reason else "", decision.words, at)
            await suspend(db, self.accounts, actor, person, decision.words)
            await self._write_down(db, case, actor, at)
        self.accounts.mail_written()

    async def ask_again(self, actor: Actor, case_id: str, words: str) -> None:
        """The author asks a second person, once. Raises `NoSecondAppeal`, and `NotFound` for anybody else."""
        require(actor, APPEAL)
        self.limits.spend("moderation.appeal", actor.id, APPEALS)
        at = self.clock()
        async with self.database.write() as db:
            case, _posting = await _access_case(db, await _find_case(db, case_id))
            if case.author_id != actor.id:
                raise NotFound
            case.ask_again(actor.id, words, at)
            audit(db, at=at, act="moderation.appealed", actor_id=actor.id, subject_id=case.id)
            tell_staff(db, case)

    async def _write_down(self, db: AsyncSession, case: Case, actor: Actor, at: datetime) -> None:
        await db.execute(update(Report).where(Report.case_id == case.id, Report.contact != "").values(contact=""))
        act = "moderation.settled" if case.state is CaseState.SETTLED else "moderation.decided"
        verdict = case.verdict.value if case.verdict else ""
        audit(db, at=at, act=act, actor_id=actor.id, subject_id=case.thing_id, detail=f"{verdict} {case.reason}")
        tell_staff(db, case)
        # A report that was unfounded is no news to its author: they need not know that there was one.
        concerns_author = case.rule or case.verdict is Verdict.HIDDEN or case.state is CaseState.SETTLED
        if concerns_author and await db.get(Person, case.author_id) is not None:
            await tell(db, person_id=case.author_id, kind=DECIDED, subject_id=case.id, at=at)


async def _find_case(db: AsyncSession, case_id: str) -> Case:
    """A case, not locked yet: enough to know whose thing it is about."""
    case = await db.get(Case, case_id)
    if case is None:
        raise NotFound
    return case


async def _access_case(db: AsyncSession, found: Case, version: int | None = None) -> tuple[Case, AnyPosting]:
    """A case and its thing, locked in the order that everybody keeps: person, posting, case.

    Raises `Conflict` where the case has another version than the one that was read.
    """
    posting = await access_posting(db, Ref(KINDS[found.thing_kind], found.thing_id), for_update=True)
    await db.refresh(found, with_for_update=True)
    if version is not None and found.version != version:
        raise Conflict
    return found, posting


async def _open_case(db: AsyncSession, ref: Ref, author_id: str, at: datetime) -> Case:
    """The case of this thing that waits, or a new one. The thing's row is locked: two reports make no two cases."""
    waiting = select(Case).where(Case.thing_id == ref.id, Case.state.in_((CaseState.OPEN, CaseState.APPEALED)))
    case = await db.scalar(waiting.with_for_update())
    if case is None:
        case = Case(
            id=new_id(),
            thing_kind=ref.kind.name,
            thing_id=ref.id,
            author_id=author_id,
            state=CaseState.OPEN,
            opened_at=at,
            reports=0,
        )
        db.add(case)
    return case


async def _carry_out(db: AsyncSession, case: Case, posting: AnyPosting, actor_id: str, at: datetime) -> None:
    if case.verdict is Verdict.HIDDEN:
        if posting.state is not PostingState.HIDDEN:
            await hide_posting(db, posting, actor_id, at)
    elif posting.state is PostingState.HELD:
        await publish_posting(db, posting, actor_id, at)
    elif posting.state is PostingState.HIDDEN:
        await restore_posting(db, posting, actor_id, at)
