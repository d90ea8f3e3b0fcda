"""People and roles, for administrators: found, invited, given roles, suspended. Every act is audited."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from portal.accounts import mails
from portal.accounts.model import Person, Purpose, RoleHolding, Status, plain
from portal.accounts.service.accounts import Accounts
from portal.accounts.service.administrators import keep_an_administrator
from portal.accounts.service.hiding import hide_everything
from portal.accounts.service.links import end_links, make_link
from portal.accounts.service.logins import end_logins, person_stream
from portal.accounts.service.people import new_person
from portal.accounts.service.post import address, send
from portal.accounts.service.role_words import role_words
from portal.audit import audit
from portal.clock import civil_date
from portal.errors import Conflict, InvalidInput, NotFound
from portal.events import DomainEvent, record
from portal.i18n import lazy
from portal.ids import new_id
from portal.permissions import Actor, Role, define, require
from portal.security import Rate

ADMINISTRATORS = frozenset({Role.ADMINISTRATOR})
SEE_PEOPLE = define("people.see", "See the list of people, their addresses and their roles", ADMINISTRATORS)
INVITE = define("people.invite", "Prepare an account for somebody and invite them by mail", ADMINISTRATORS)
GIVE_ROLE = define("people.give_role", "Give a person a role, from one day to another", ADMINISTRATORS)
END_ROLE = define("people.end_role", "Take a role away", ADMINISTRATORS)
BAN = define("people.ban", "Suspend an account, with a reason, and open it again", ADMINISTRATORS)

PAGE = 50
INVITATIONS = Rate(count=100, per_s=3600)

ROLES_CHANGED = "person.roles_changed"
PERSON_BANNED = "person.banned"
PERSON_UNBANNED = "person.unbanned"


@dataclass(frozen=True)
class PeoplePage:
    """One page of the people found."""

    people: tuple[Person, ...]
    total: int
    number: int

    @property
    def pages(self) -> int:
        """How many pages there are, one at least."""
        return max(1, -(-self.total // PAGE))


@dataclass(frozen=True)
class Term:
    """From which day to which, the last included, and in which body a role is held."""

    since: date
    until: date | None = None
    body: str = ""


async def find_people(
    db: AsyncSession, actor: Actor | None, *, query: str = "", role: Role | None = None, today: date, number: int = 1
) -> PeoplePage:
    """People by name, handle or address, accents and capitals apart, and by a role held today; fifty a page."""
    require(actor, SEE_PEOPLE)
    chosen: Select[Person] = select(Person).where(Person.status != Status.ERASED)
    for word in plain(query).split()[:8]:
        chosen = chosen.where(Person.search_text.contains(word, autoescape=True))
    if role is not None:
        held = (RoleHolding.until.is_(None) | (RoleHolding.until >= today)) & (RoleHolding.since <= today)
        holders = select(RoleHolding.person_id).where(RoleHolding.role == role, RoleHolding.ended_at.is_(None), held)
        chosen = chosen.where(Person.id.in_(holders))
    total = await db.scalar(select(func.count()).select_from(chosen.subquery())) or 0
    number = min(max(1, number), max(1, -(-total // PAGE)))
    rows = await db.scalars(
        chosen.order_by(Person.search_text, Person.id)
        .offset((number - 1) * PAGE)
        .limit(PAGE)
        .options(selectinload(Person.holdings))
    )
    return PeoplePage(tuple(rows), total, number)


async def access_person(db: AsyncSession, actor: Actor | None, person_id: str, *, lock: bool = False) -> Person:
    """A person with their roles, for an administrator. Raises `NotFound` for an erased one too."""
    require(actor, SEE_PEOPLE)
    find = select(Person).where(Person.id == person_id, Person.status != Status.ERASED)
    person = await db.scalar((find.with_for_update() if lock else find).options(selectinload(Person.holdings)))
    if person is None:
        raise NotFound
    return person


async def give_role(accounts: Accounts, actor: Actor | None, person_id: str, role: Role, term: Term) -> None:
    """Give a role. Raises `InvalidInput` for dates that make no sense and `Conflict` for a role already held then."""
    require(actor, GIVE_ROLE)
    _check_term(term, civil_date(accounts.clock()))
    async with accounts.database.write() as db:
        person = await access_person(db, actor, person_id, lock=True)
        _add_role(person, role, term, actor)
        await _roles_changed(db, accounts, person, actor, act="people.give_role", role=role)
    accounts.mail_written()


async def end_role(accounts: Accounts, actor: Actor | None, person_id: str, holding_id: str) -> None:
    """Take a role away at once. Raises `LastAdministrator` for the one role that must stay."""
    require(actor, END_ROLE)
    now = accounts.clock()
    async with accounts.database.write() as db:
        await keep_an_administrator(db, now, without_holding=holding_id)
        person = await access_person(db, actor, person_id, lock=True)
        holding = next((item for item in person.holdings if item.id == holding_id), None)
        if holding is None:
            raise NotFound
        holding.end(now)
        await _roles_changed(db, accounts, person, actor, act="people.end_role", role=holding.role)
    accounts.mail_written()


async def ban(accounts: Accounts, actor: Actor | None, person_id: str, reason: str) -> None:
    """Suspend an account: every sign-in and socket ends at once, and the person is told why.

    In the same transaction everything of the person is hidden, on every channel (`hiding`).
    """
    require(actor, BAN)
    async with accounts.database.write() as db:
        # Before the person's own row, as `end_role` does: two who remove each other wait, and do not cross.
        await keep_an_administrator(db, accounts.clock(), without_person=person_id)
        person = await access_person(db, actor, person_id, lock=True)
        await suspend(db, accounts, actor, person, reason)
    accounts.mail_written()


async def suspend(db: AsyncSession, accounts: Accounts, actor: Actor | None, person: Person, reason: str) -> None:
    """The one act of `ban`, in the caller's transaction, for a slice with a permission of its own; the row is locked.

    Raises `Conflict` for one's own account, and for the last administrator.
    """
    now = accounts.clock()
    await keep_an_administrator(db, now, without_person=person.id)
    if actor is not None and person.id == actor.account_id:
        raise Conflict(lazy("You cannot suspend your own account."))
    person.ban(reason)
    person.version += 1
    await hide_everything(db, person.id, now)
    await end_links(db, person.id)
    await end_logins(db, person.id, actor_id=_id(actor))
    _record(db, accounts, person, actor, PERSON_BANNED)
    if person.email is not None:
        await send(
            db, accounts, person.email, person.locale, lambda town: mails.banned(town=town, at=now, reason=reason)
        )


async def unban(accounts: Accounts, actor: Actor | None, person_id: str) -> None:
    """Open a suspended account again."""
    require(actor, BAN)
    async with accounts.database.write() as db:
        person = await access_person(db, actor, person_id, lock=True)
        person.unban()
        person.version += 1
        _record(db, accounts, person, actor, PERSON_UNBANNED)
        link = address(accounts, "/sign-in")
        if person.email is not None:
            await send(db, accounts, person.email, person.locale, lambda town: mails.unbanned(town=town, sign_in=link))
    accounts.mail_written()


async def invite(
    accounts: Accounts, actor: Actor | None, *, name: str, email: str, roles: frozenset[Role], term: Term, locale: str
) -> str:
    """Prepare an account with its roles and send its link; the person's id.

    An account that nobody has opened yet is invited again, with these roles besides. Raises `Conflict` for an open one.
    """
    require(actor, INVITE)
    require(actor, GIVE_ROLE)
    accounts.limits.spend("people.invite", _id(actor) or "", INVITATIONS)
    now = accounts.clock()
    _check_term(term, civil_date(now))
    if not roles:
        raise InvalidInput(fields={"roles": lazy("Please choose one role at least.")})
    async with accounts.database.write() as db:
        find = select(Person).where(Person.email == email).options(selectinload(Person.holdings)).with_for_update()
        person = await db.scalar(find)
        if person is None:
            db.add(new_person(name=name, email=email, locale=locale, at=now))
            await db.flush()
            person = (await db.scalars(find)).one()
        elif person.status is not Status.UNCONFIRMED:
            raise Conflict(lazy("There is an account with this e-mail address already."))
        person.describe(name=name)
        for role in sorted(roles):
            if not _holds_then(person, role, term):
                _add_role(person, role, term, actor)
        link = address(accounts, f"/confirm/{await make_link(db, person, Purpose.INVITE, at=now, email=email)}")
        _record(db, accounts, person, actor, "person.invited")
        with_words = role_words(roles, locale)
        await send(db, accounts, email, locale, lambda town: mails.invitation(town=town, link=link, roles=with_words))
    accounts.mail_written()
    return person.id


def _check_term(term: Term, today: date) -> None:
    if term.until is not None and term.until < term.since:
        raise InvalidInput(fields={"until": lazy("The last day is before the first.")})
    if term.until is not None and term.until < today:
        raise InvalidInput(fields={"until": lazy("This day is past.")})


def _holds_then(person: Person, role: Role, term: Term) -> bool:
    """Whether the role is held in the same body on some day of the term."""
    return any(
        item.role is role
        and item.body == term.body
        and item.ended_at is None
        and (item.until is None or term.since <= item.until)
        and (term.until is None or item.since <= term.until)
        for item in person.holdings
    )


def _add_role(person: Person, role: Role, term: Term, actor: Actor | None) -> None:
    if _holds_then(person, role, term):
        raise Conflict(lazy("This person holds the role in those days already."))
    person.holdings.append(
        RoleHolding(id=new_id(), role=role, body=term.body, since=term.since, until=term.until, given_by=_id(actor))
    )


async def _roles_changed(
    db: AsyncSession, accounts: Accounts, person: Person, actor: Actor | None, *, act: str, role: Role
) -> None:
    person.version += 1
    now = accounts.clock()
    stream = person_stream(person.id)
    record(db, DomainEvent(stream, ROLES_CHANGED, person.id, person.version, changed=("roles",), actor_id=_id(actor)))
    audit(db, at=now, act=act, actor_id=_id(actor), subject_id=person.id, detail=role.value)
    if person.email is not None and person.is_active:
        words = role_words(person.roles_on(civil_date(now)), person.locale)
        link = address(accounts, "/account")
        await send(
            db,
            accounts,
            person.email,
            person.locale,
            lambda town: mails.roles_changed(town=town, roles=words, account=link),
        )


def _record(db: AsyncSession, accounts: Accounts, person: Person, actor: Actor | None, kind: str) -> None:
    record(db, DomainEvent(person_stream(person.id), kind, person.id, person.version, actor_id=_id(actor)))
    audit(db, at=accounts.clock(), act=kind, actor_id=_id(actor), subject_id=person.id)


def _id(actor: Actor | None) -> str | None:
    return actor.account_id if actor else None
