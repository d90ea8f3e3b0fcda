"""The ladder of volunteers: who stands where, what a kind of help asks for, and what agents confirm and withdraw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.trust.model import (
    LASTS,
    BelowTheRung,
    Check,
    CheckKind,
    GuidanceKind,
    NotVerifiable,
    OwnCheck,
    Rung,
    Shown,
    Withdrawal,
    rung_of,
)
from helpdesk.trust.service.guidance import AGREEMENTS, category_rungs, guidance
from helpdesk.trust.service.notices import ENDED
from helpdesk.trust.service.permissions import LOOKUPS, VERIFY
from portal.accounts.model import Person, Status, plain
from portal.accounts.service import agreed_versions, require_unsuspended
from portal.audit import audit
from portal.clock import Clock, civil_date
from portal.db import Database
from portal.errors import NotFound
from portal.i18n import _, lazy
from portal.ids import new_id
from portal.notices.service import tell
from portal.permissions import Actor, require
from portal.security import RateLimiter

FOUND = 20
SHORTEST_QUERY = 3

RUNG_WORDS = {
    Rung.NEIGHBOUR: lazy("Neighbour"),
    Rung.CHARTER: lazy("Charter accepted"),
    Rung.ADDRESS: lazy("Address confirmed by the town hall"),
    Rung.IDENTITY: lazy("Identity confirmed by the town hall"),
}
_TO_DO = {
    Rung.CHARTER: lazy(
        "For this kind of help please accept the volunteers' charter first, under My account, How the town knows me."
    ),
    Rung.ADDRESS: lazy(
        "For this kind of help the town hall first confirms your address: come to its counter with a proof of "
        "residence, and accept the charter under My account, How the town knows me. Nothing is copied."
    ),
    Rung.IDENTITY: lazy(
        "For this kind of help the town hall first confirms who you are: come to its counter with an identity paper, "
        "and accept the charter under My account, How the town knows me. Nothing is copied."
    ),
}


def what_to_do(rung: Rung) -> str:
    """How somebody comes to a rung, in the language of the moment."""
    return _(_TO_DO[rung])


async def rungs_of(db: AsyncSession, person_ids: Sequence[str], day: date) -> Mapping[str, Rung]:
    """The rung that each person stands on."""
    if not person_ids:
        return {}
    charter = await guidance(db, GuidanceKind.CHARTER)
    agreed = await agreed_versions(db, person_ids, AGREEMENTS[GuidanceKind.CHARTER])
    checks: dict[str, list[Check]] = {id_: [] for id_ in person_ids}
    standing = select(Check).where(Check.person_id.in_(person_ids), Check.ended_at.is_(None), Check.valid_until >= day)
    for check in await db.scalars(standing):
        checks[check.person_id].append(check)
    return {
        id_: rung_of(checks[id_], day, has_charter=agreed.get(id_) == charter.version)
        for id_ in dict.fromkeys(person_ids)
    }


async def rung_needed(db: AsyncSession, category_id: str) -> Rung:
    """What a kind of help asks of who helps."""
    return (await category_rungs(db, [category_id]))[category_id]


async def missing_rung(db: AsyncSession, person_id: str, category_id: str, at: datetime) -> Rung | None:
    """The rung that this person would need for this kind of help and does not stand on; None: they may help."""
    needed = await rung_needed(db, category_id)
    if needed is Rung.NEIGHBOUR:
        return None
    return needed if (await rungs_of(db, [person_id], civil_date(at)))[person_id] < needed else None


async def require_rung(db: AsyncSession, person_id: str, category_id: str, at: datetime) -> None:
    """Raise `BelowTheRung`, with what to do, for who may not help in this category yet."""
    missing = await missing_rung(db, person_id, category_id, at)
    if missing is not None:
        raise BelowTheRung(what_to_do(missing))


async def badges_of(db: AsyncSession, person_ids: Sequence[str], at: datetime) -> Mapping[str, str]:
    """What is shown beside a name: what the town hall has confirmed; nothing for anybody else."""
    rungs = await rungs_of(db, person_ids, civil_date(at))
    return {id_: _(RUNG_WORDS[rung]) for id_, rung in rungs.items() if rung >= Rung.ADDRESS}


async def checks_of(db: AsyncSession, person_id: str) -> Sequence[Check]:
    """What was seen of a person, the newest first."""
    return (await db.scalars(select(Check).filter_by(person_id=person_id).order_by(Check.checked_at.desc()))).all()


@dataclass(frozen=True)
class Known:
    """A person as agents see one at the counter."""

    id: str
    name: str
    email: str
    rung: Rung


@dataclass(frozen=True)
class Ladder:
    """What agents do."""

    database: Database
    clock: Clock
    limits: RateLimiter

    async def find(self, db: AsyncSession, actor: Actor | None, query: str) -> list[Known]:
        """People by name or address: three letters at least, twenty at most."""
        require(actor, VERIFY)
        words = plain(query).split()[:4]
        if actor is None or len("".join(words)) < SHORTEST_QUERY:
            return []
        self.limits.spend("trust.lookup", actor.id, LOOKUPS)
        chosen = select(Person).where(Person.status == Status.ACTIVE)
        for word in words:
            chosen = chosen.where(Person.search_text.contains(word, autoescape=True))
        people = (await db.scalars(chosen.order_by(Person.search_text, Person.id).limit(FOUND))).all()
        rungs = await rungs_of(db, [person.id for person in people], civil_date(self.clock()))
        return [Known(person.id, person.name, person.email or "", rungs[person.id]) for person in people]

    async def see(self, db: AsyncSession, actor: Actor | None, person_id: str) -> Known:
        """One person. Raises `NotFound` for one whose account is closed."""
        require(actor, VERIFY)
        person = await db.get(Person, person_id)
        if person is None or person.status is not Status.ACTIVE:
            raise NotFound
        rungs = await rungs_of(db, [person_id], civil_date(self.clock()))
        return Known(person.id, person.name, person.email or "", rungs[person_id])

    async def confirm(self, actor: Actor, person_id: str, kind: CheckKind, shown: Shown) -> None:
        """Write down what was seen, from today on; one that stands is renewed by it. Raises `OwnCheck`."""
        require(actor, VERIFY)
        at = self.clock()
        async with self.database.write() as db:
            await require_unsuspended(db, actor.id)
            if person_id == actor.id:
                raise OwnCheck
            await self.see(db, actor, person_id)
            for check in await db.scalars(select(Check).filter_by(person_id=person_id, kind=kind, ended_at=None)):
                check.ended_at = at
            check = Check(id=new_id(), person_id=person_id, kind=kind, shown=shown, checked_by=actor.id, checked_at=at)
            check.valid_until = civil_date(at + LASTS)
            db.add(check)
            detail = f"{kind.value} {shown.value}"
            audit(db, at=at, act="help_person.verified", actor_id=actor.id, subject_id=person_id, detail=detail)

    async def withdraw(self, actor: Actor, check_id: str, because: Withdrawal, words: str) -> str:
        """It counts no longer, for a reason that the person is told. Returns who it is. Raises `NotFound`."""
        require(actor, VERIFY)
        at = self.clock()
        async with self.database.write() as db:
            await require_unsuspended(db, actor.id)
            check = await db.get(Check, check_id, with_for_update=True)
            if check is None:
                raise NotFound
            if check.person_id == actor.id:
                raise OwnCheck
            if not check.is_valid(civil_date(at)):
                raise NotVerifiable
            check.withdraw(actor.id, because, words, at)
            act, detail = "help_person.check_withdrawn", f"{check.kind.value} {because.value}"
            audit(db, at=at, act=act, actor_id=actor.id, subject_id=check.person_id, detail=detail)
            await tell(db, person_id=check.person_id, kind=ENDED, subject_id=check.id, at=at)
            return check.person_id
