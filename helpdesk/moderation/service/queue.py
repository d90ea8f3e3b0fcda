"""The cases that wait, and the stream that counts them for staff."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.board.service.cards import AnyPosting
from helpdesk.board.service.listing import postings_by_id
from helpdesk.board.service.postings import KINDS
from helpdesk.moderation.model import Case, CaseState, Report
from helpdesk.moderation.service.permissions import DECIDE
from portal.accounts.model import Person
from portal.errors import NotFound
from portal.events import DomainEvent, record
from portal.permissions import Actor, require

STREAM = "moderation"
SHOWN = 100
_WAITING = (CaseState.OPEN, CaseState.APPEALED)


@dataclass(frozen=True)
class CaseView:
    """A case as staff see it. Who reported is not in it."""

    case: Case
    posting: AnyPosting | None
    author_name: str
    is_author_suspended: bool
    reports: Sequence[Report]


def tell_staff(db: AsyncSession, case: Case) -> None:
    """Let the pages of staff count again when this transaction commits."""
    record(db, DomainEvent(STREAM, f"case.{case.state.value}", case.id, case.version))


async def waiting(db: AsyncSession, actor: Actor | None) -> list[CaseView]:
    """What is to be decided: asked a second time first, then by number of reports, then the oldest."""
    require(actor, DECIDE)
    query = select(Case).where(Case.state.in_(_WAITING))
    ordered = query.order_by(Case.state, Case.reports.desc(), Case.opened_at).limit(SHOWN)
    return await _viewed(db, (await db.scalars(ordered)).all())


async def count_waiting(db: AsyncSession) -> int:
    """How many cases are to be decided."""
    query = select(func.count()).select_from(Case).where(Case.state.in_(_WAITING))
    return await db.scalar(query) or 0


async def see_case(db: AsyncSession, actor: Actor | None, case_id: str) -> CaseView:
    """One case. Raises `NotFound`."""
    require(actor, DECIDE)
    case = await db.get(Case, case_id)
    if case is None:
        raise NotFound
    return (await _viewed(db, [case]))[0]


async def _viewed(db: AsyncSession, cases: Sequence[Case]) -> list[CaseView]:
    ids: dict[str, set[str]] = {name: set() for name in KINDS}
    for case in cases:
        ids[case.thing_kind].add(case.thing_id)
    postings: Mapping[str, AnyPosting] = await postings_by_id(db, ids)
    authors = {case.author_id for case in cases}
    people = {person.id: person for person in await db.scalars(select(Person).where(Person.id.in_(authors)))}
    reports: dict[str, list[Report]] = {case.id: [] for case in cases}
    for report in await db.scalars(select(Report).where(Report.case_id.in_(reports)).order_by(Report.at)):
        reports[report.case_id].append(report)
    return [
        CaseView(
            case,
            postings.get(case.thing_id),
            author.name if (author := people.get(case.author_id)) else "",
            author is not None and not author.is_active,
            reports[case.id],
        )
        for case in cases
    ]
