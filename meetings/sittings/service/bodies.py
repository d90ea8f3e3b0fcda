"""Bodies and mandates: named by the clerk, members by hand or from a CSV file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

from pydantic import StringConstraints
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from meetings.rules import SetLibrary
from meetings.sittings.model import Body, Mandate, SessionKind
from meetings.sittings.model.body import CLAUSE_LENGTH, NAME_LENGTH, is_siret
from meetings.sittings.service.members_file import FaultyFileError, LineFault, MemberRow, read_members
from meetings.sittings.service.permissions import KEEP_BODIES
from portal.accounts.service import people_by_id, person_by_email
from portal.audit import audit
from portal.clock import civil_date
from portal.errors import Conflict, InvalidInput, NotFound
from portal.i18n import lazy
from portal.ids import new_id
from portal.permissions import Actor, require

MOST_SEATS = 300

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=NAME_LENGTH)]


@dataclass(frozen=True)
class Member:
    """A mandate with its holder's public name."""

    mandate: Mandate
    name: str


async def name_body(
    db: AsyncSession,
    actor: Actor | None,
    library: SetLibrary,
    *,
    name: str,
    rule_set: str,
    session: SessionKind,
    seats: int,
    at: datetime,
) -> Body:
    """A new body. Raises `InvalidInput` for a rule set that does not exist and for impossible seats."""
    require(actor, KEEP_BODIES)
    name = " ".join(name.split())
    faults = {}
    if not 3 <= len(name) <= NAME_LENGTH:
        faults["name"] = lazy("Please give a name of 3 to 120 characters.")
    if rule_set not in {each.id for each in library.sets}:
        faults["rule_set"] = lazy("Please choose one of the answers offered.")
    if not 1 <= seats <= MOST_SEATS:
        faults["seats"] = lazy("Please give the number of seats.")
    if faults:
        raise InvalidInput(fields=faults)
    body = Body(id=new_id(), name=name, rule_set=rule_set, session=session, seats=seats, created_at=at)
    db.add(body)
    audit(db, at=at, act="body.named", actor_id=actor.account_id if actor else None, subject_id=body.id)
    return body


async def record_video_clause(
    db: AsyncSession, actor: Actor | None, body: Body, *, on: date, clause: str, at: datetime
) -> None:
    """Keep where the body's internal rules say how it meets by video; without it the rules refuse such a sitting.

    `on` is the day of the deliberation. Raises `InvalidInput` for a day to come and for no words.
    """
    require(actor, KEEP_BODIES)
    words = " ".join(clause.split())
    faults = {}
    if on > civil_date(at):
        faults["on"] = lazy("This day is yet to come.")
    if not 3 <= len(words) <= CLAUSE_LENGTH:
        faults["clause"] = lazy("Please name the deliberation and the article, in 200 characters at most.")
    if faults:
        raise InvalidInput(fields=faults)
    body.video_clause_on, body.video_clause = on, words
    by = actor.account_id if actor else None
    audit(db, at=at, act="body.video_clause", actor_id=by, subject_id=body.id, detail=on.isoformat())


async def record_authority(
    db: AsyncSession, actor: Actor | None, body: Body, *, authority: str, siret: str, at: datetime
) -> None:
    """Keep whose body it is, as open data names it. Raises `InvalidInput` for no name and for no SIRET number."""
    require(actor, KEEP_BODIES)
    words, digits = " ".join(authority.split()), "".join(siret.split())
    faults = {}
    if not 3 <= len(words) <= NAME_LENGTH:
        faults["authority"] = lazy("Please give the official name, in 120 characters at most.")
    if not is_siret(digits):
        faults["siret"] = lazy("A SIRET number has fourteen digits; please check them.")
    if faults:
        raise InvalidInput(fields=faults)
    body.authority, body.siret = words, digits
    by = actor.account_id if actor else None
    audit(db, at=at, act="body.authority", actor_id=by, subject_id=body.id, detail=digits)


async def access_body(db: AsyncSession, body_id: str) -> Body:
    """A body; that it exists is public. Raises `NotFound`."""
    body = await db.get(Body, body_id)
    if body is None:
        raise NotFound
    return body


async def bodies(db: AsyncSession) -> Sequence[Body]:
    """Every body, by name."""
    return (await db.scalars(select(Body).order_by(Body.name))).all()


async def members_on(db: AsyncSession, body_id: str, day: date) -> list[Member]:
    """The members in office on a day, in the order of the table."""
    rows = await db.scalars(select(Mandate).filter_by(body_id=body_id).order_by(Mandate.rank, Mandate.id))
    return await _named(db, [mandate for mandate in rows if mandate.is_valid(day)])


async def _named(db: AsyncSession, mandates: Sequence[Mandate]) -> list[Member]:
    names = await people_by_id(db, {mandate.person_id for mandate in mandates})
    return [Member(mandate, names[mandate.person_id].name) for mandate in mandates]


async def seat_member(db: AsyncSession, actor: Actor | None, body: Body, row: MemberRow, at: datetime) -> Mandate:
    """Give a seat to the person with an address. Raises `InvalidInput` without such an account and for dates that make
    no sense, and `Conflict` when the person sits there already or every seat is taken."""
    require(actor, KEEP_BODIES)
    if row.until is not None and row.until < row.since:
        raise InvalidInput(fields={"until": lazy("The last day is before the first.")})
    person = await person_by_email(db, row.email)
    if person is None:
        raise InvalidInput(
            fields={"email": lazy("No account has this address. The administrator invites the person first.")}
        )
    seated = (await db.scalars(select(Mandate).filter_by(body_id=body.id))).all()
    then = [mandate for mandate in seated if mandate.overlaps(row.since, row.until)]
    if any(mandate.person_id == person.id for mandate in then):
        raise Conflict(lazy("This person sits in this body already in those days."))
    if sum(mandate.is_valid(row.since) for mandate in then) >= body.seats:
        raise Conflict(lazy("Every seat of this body is taken in those days."))
    mandate = Mandate(
        id=new_id(),
        body_id=body.id,
        person_id=person.id,
        function=row.function,
        group=row.group,
        rank=row.rank,
        since=row.since,
        until=row.until,
        on_paper=row.paper,
    )
    db.add(mandate)
    await db.flush()
    audit(db, at=at, act="body.member_seated", actor_id=actor.account_id if actor else None, subject_id=mandate.id)
    return mandate


async def members_from(db: AsyncSession, body_id: str, day: date) -> list[Member]:
    """The members in office on a day or later, in the order of the table."""
    rows = await db.scalars(select(Mandate).filter_by(body_id=body_id).order_by(Mandate.rank, Mandate.id))
    return await _named(db, [mandate for mandate in rows if mandate.until is None or day <= mandate.until])


async def end_mandate(db: AsyncSession, actor: Actor | None, mandate_id: str, *, last_day: date, at: datetime) -> str:
    """A seat is given up or lost; the body's id. Raises `NotFound`, and `InvalidInput` for a day before it began."""
    require(actor, KEEP_BODIES)
    mandate = await db.get(Mandate, mandate_id, with_for_update=True)
    if mandate is None:
        raise NotFound
    if last_day < mandate.since:
        raise InvalidInput(fields={"until": lazy("The last day is before the first.")})
    mandate.until = last_day
    audit(db, at=at, act="body.mandate_ended", actor_id=actor.account_id if actor else None, subject_id=mandate.id)
    return mandate.body_id


async def import_members(db: AsyncSession, actor: Actor | None, body: Body, data: bytes, at: datetime) -> int:
    """Seat everybody whom a file names; how many.

    Raises `FaultyFileError` with each line that cannot be taken: then nothing of what was flushed may be committed.
    """
    require(actor, KEEP_BODIES)
    found = read_members(data)
    faults = list(found.faults)
    for number, row in found.rows.items():
        try:
            await seat_member(db, actor, body, row, at)
        except InvalidInput as error:
            faults += [LineFault(number, name, str(getattr(row, name)), why) for name, why in error.fields.items()]
        except Conflict as error:
            faults.append(LineFault(number, "email", row.email, error.text))
    if faults:
        raise FaultyFileError(sorted(faults, key=lambda fault: fault.number))
    return len(found.rows)
