"""From a name and an address to an account.

Nothing is set by whoever asks: the mail's link leads to the page where the owner of the address chooses name and
password. So nobody can prepare an account for somebody else's address and wait (account pre-hijacking).
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from portal.accounts import mails
from portal.accounts.model import Person, Purpose, Status, Via
from portal.accounts.service.accounts import Accounts
from portal.accounts.service.chosen_password import chosen
from portal.accounts.service.links import end_links, make_link, open_link, use_link
from portal.accounts.service.logins import NewLogin, begin_login, end_logins, person_stream
from portal.accounts.service.people import claim_handle, holding, new_person
from portal.accounts.service.post import address, send
from portal.accounts.service.throttle import Visitor, spend_mail
from portal.audit import audit
from portal.events import DomainEvent, record
from portal.permissions import Role

OPENING = (Purpose.CONFIRM, Purpose.INVITE)

PERSON_JOINED = "person.joined"


@dataclass(frozen=True)
class AwaitedPerson:
    """Whom an unused link is for."""

    name: str
    email: str
    has_password: bool = False


async def ask_for_account(accounts: Accounts, visitor: Visitor, *, name: str, email: str, locale: str) -> None:
    """Write to the address: a link that opens an account or, where there is one, how to sign in. Raises `TooMany`.

    What the visitor is told is the same in each case.
    """
    spend_mail(accounts.limits, visitor, email)
    async with accounts.database.write() as db:
        person = await _person_of(db, accounts, name=name, email=email, locale=locale)
        await write_to_newcomer(db, accounts, person, email)
    accounts.mail_written()


async def write_to_newcomer(db: AsyncSession, accounts: Accounts, person: Person, email: str) -> None:
    """The mail after somebody asked for an account with this address."""
    if person.status is Status.UNCONFIRMED:
        link = address(
            accounts, f"/confirm/{await make_link(db, person, Purpose.CONFIRM, at=accounts.clock(), email=email)}"
        )
        await send(db, accounts, email, person.locale, lambda town: mails.confirm(town=town, link=link))
    else:
        sign_in, reset = address(accounts, "/sign-in"), address(accounts, "/reset")
        await send(
            db, accounts, email, person.locale, lambda town: mails.has_account(town=town, sign_in=sign_in, reset=reset)
        )


async def _person_of(db: AsyncSession, accounts: Accounts, *, name: str, email: str, locale: str) -> Person:
    find = select(Person).where(Person.email == email).with_for_update()
    person = await db.scalar(find)
    if person is not None:
        return person
    try:
        async with db.begin_nested():
            person = new_person(name=name, email=email, locale=locale, at=accounts.clock())
            db.add(person)
    except IntegrityError:
        # The same address was sent twice at once.
        return (await db.scalars(find)).one()
    return person


async def awaited_person(accounts: Accounts, secret: str) -> AwaitedPerson:
    """Whom a link opens an account for, without using it. Raises `LinkOver`."""
    async with accounts.database.read() as db:
        _link, person = await open_link(db, secret, *OPENING, at=accounts.clock())
    return AwaitedPerson(person.name, person.email or "")


async def open_account(
    accounts: Accounts, secret: str, *, name: str, password: str | None, locale: str, user_agent: str
) -> NewLogin:
    """Use the link: the account is open and this browser is signed in. Raises `LinkOver` or `InvalidInput`.

    Without a password the person signs in by links alone. Who registers is a resident; whom an administrator invited
    has the roles of the invitation.
    """
    awaited = await awaited_person(accounts, secret)
    kept = await chosen(accounts, password, about=(name, awaited.email)) if password is not None else None
    now = accounts.clock()
    async with accounts.database.write() as db:
        _link, person = await use_link(db, secret, *OPENING, at=now)
        person.confirm()
        person.describe(name=name)
        person.password_hash, person.locale = kept, locale
        await claim_handle(db, person)
        if not person.holdings:
            db.add(holding(person.id, Role.RESIDENT, at=now))
        await end_links(db, person.id)
        await end_logins(db, person.id, actor_id=person.id)
        login = begin_login(db, person, via=Via.LINK, at=now, user_agent=user_agent, is_shared=False)
        record(db, DomainEvent(person_stream(person.id), PERSON_JOINED, person.id, person.version, actor_id=person.id))
        audit(db, at=now, act=PERSON_JOINED, actor_id=person.id, subject_id=person.id)
    return login
