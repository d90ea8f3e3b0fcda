"""People as other slices need them: their public names, and new ones without the pages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from portal.accounts.model import RESERVED_HANDLES, TOWN_WIDE, Person, RoleHolding, Status, clean_email, handle_from
from portal.clock import civil_date
from portal.errors import Conflict
from portal.i18n import _, lazy
from portal.ids import new_id
from portal.permissions import Role


@dataclass(frozen=True)
class PublicName:
    """What everybody may know of a person."""

    id: str
    name: str
    handle: str | None


async def people_by_id(db: AsyncSession, ids: Iterable[str]) -> Mapping[str, PublicName]:
    """The public names of people, by id. A closed account has a general name; unknown ids are left out."""
    wanted = set(ids)
    if not wanted:
        return {}
    rows = await db.execute(select(Person.id, Person.name, Person.handle, Person.status).where(Person.id.in_(wanted)))
    return {
        id_: PublicName(id_, _("Closed account") if status is Status.ERASED else name, handle)
        for id_, name, handle, status in rows
    }


async def names_by_id(db: AsyncSession, ids: Iterable[str]) -> Mapping[str, str]:
    """The names alone."""
    return {id_: person.name for id_, person in (await people_by_id(db, ids)).items()}


async def add_person(
    db: AsyncSession,
    *,
    name: str,
    email: str,
    roles: Iterable[Role],
    at: datetime,
    password_hash: str | None = None,
    locale: str = "fr",
    body: str = "",
) -> Person:
    """An active account in the caller's transaction: for the first administrator and the demo town.

    `body` is where the roles are held that belong to a council or a service. `password_hash` is made by
    `portal.accounts.service.passwords.Passwords.hash`. Raises `ValueError` for what is no e-mail address and `Conflict`
    for one that has an account.
    """
    address = clean_email(email)
    if await db.scalar(select(Person.id).where(Person.email == address)) is not None:
        raise Conflict(lazy("There is an account with this e-mail address already."))
    person = new_person(name=name, email=address, locale=locale, at=at)
    person.status = Status.ACTIVE
    person.password_hash = password_hash
    db.add(person)
    await claim_handle(db, person)
    for role in sorted(set(roles)):
        db.add(holding(person.id, role, at=at, body="" if role in TOWN_WIDE else body))
    await db.flush()
    return person


def new_person(*, name: str, email: str, locale: str, at: datetime) -> Person:
    """An account that nobody has confirmed yet."""
    person = Person(
        id=new_id(), handle=None, name=name, email=email, locale=locale, status=Status.UNCONFIRMED, created_at=at
    )
    person.describe()
    return person


def holding(person_id: str, role: Role, *, at: datetime, body: str = "", given_by: str | None = None) -> RoleHolding:
    """A role from today on, with no end set."""
    return RoleHolding(
        id=new_id(), person_id=person_id, role=role, body=body, since=civil_date(at), until=None, given_by=given_by
    )


async def claim_handle(db: AsyncSession, person: Person) -> None:
    """Give a person the first free handle that their name suggests: ``marie-dupont``, then ``marie-dupont-2``."""
    if person.handle is not None:
        return
    base = handle_from(person.name)
    number = 2 if base in RESERVED_HANDLES else 1
    while True:
        handle = base if number == 1 else f"{base}-{number}"
        if await db.scalar(select(Person.id).where(Person.handle == handle)) is None:
            try:
                async with db.begin_nested():
                    person.describe(handle=handle)
                    await db.flush()
            except IntegrityError:
                # Somebody of the same name was faster; the savepoint took our values back.
                await db.refresh(person)
            else:
                return
        number += 1


async def person_by_email(db: AsyncSession, email: str) -> Person | None:
    """The account with an address, closed ones left out."""
    open_ones = select(Person).where(Person.email == email, Person.status.in_([Status.UNCONFIRMED, Status.ACTIVE]))
    found: Person | None = await db.scalar(open_ones)
    return found
