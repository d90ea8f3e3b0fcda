"""Coming in: by password, or by a link that was sent by mail; and a new password for who has forgotten theirs."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from portal.accounts import mails
from portal.accounts.model import Person, Purpose, Status, Via, clean_email
from portal.accounts.service.accounts import Accounts
from portal.accounts.service.chosen_password import chosen
from portal.accounts.service.links import end_links, make_link, open_link, use_link
from portal.accounts.service.logins import NewLogin, begin_login, end_logins
from portal.accounts.service.post import address, send
from portal.accounts.service.registration import AwaitedPerson, write_to_newcomer
from portal.accounts.service.throttle import Visitor, forget_sign_in, spend_mail, spend_sign_in
from portal.audit import audit
from portal.errors import DomainError
from portal.i18n import lazy


class WrongSignIn(DomainError):
    """Address and password do not belong together, or there is no such account: from outside the two look alike."""

    code = "wrong-sign-in"
    status = 401
    text = lazy("The e-mail address or the password is not right. A link by mail also signs you in.")


class Suspended(DomainError):
    """The account is banned; said only to who has shown that it is theirs."""

    code = "suspended"
    status = 403
    text = lazy("This account is suspended. Please contact the town hall.")


async def sign_in(
    accounts: Accounts, visitor: Visitor, *, email: str, password: str, user_agent: str, is_shared: bool
) -> NewLogin:
    """Sign in by password. Raises `WrongSignIn`, `Suspended`, `TooMany` or `Unavailable`."""
    given = _comparable(email)
    spend_sign_in(accounts.limits, visitor, given, accounts.secret_key)
    async with accounts.database.read() as db:
        found = await db.scalar(select(Person).where(Person.email == given))
    kept = found.password_hash if found is not None else None
    if not await accounts.passwords.verify(kept, password) or found is None or kept is None:
        raise WrongSignIn
    renewed = await accounts.passwords.hash(password) if accounts.passwords.is_outdated(kept) else kept
    now = accounts.clock()
    async with accounts.database.write() as db:
        person = await db.get_one(Person, found.id, with_for_update=True)
        if person.password_hash != kept:
            # Changed while we were checking the old one.
            raise WrongSignIn
        _refuse_closed(person)
        person.password_hash = renewed
        login = begin_login(db, person, via=Via.PASSWORD, at=now, user_agent=user_agent, is_shared=is_shared)
    forget_sign_in(accounts.limits, visitor, given)
    return login


async def send_sign_in_link(accounts: Accounts, visitor: Visitor, *, email: str, locale: str) -> None:
    """Send a link that signs in; or say by mail why there is none. What the visitor is told is always the same."""
    await _answer_by_mail(accounts, visitor, email=email, locale=locale, purpose=Purpose.SIGN_IN)


async def send_reset(accounts: Accounts, visitor: Visitor, *, email: str, locale: str) -> None:
    """Send a link to a new password; or say by mail why there is none. What the visitor is told is always the same."""
    await _answer_by_mail(accounts, visitor, email=email, locale=locale, purpose=Purpose.RESET)


async def awaited_by_link(accounts: Accounts, secret: str, purpose: Purpose) -> AwaitedPerson:
    """Whom an unused link signs in. Raises `LinkOver`."""
    async with accounts.database.read() as db:
        _link, person = await open_link(db, secret, purpose, at=accounts.clock())
    return AwaitedPerson(person.name, person.email or "", person.password_hash is not None)


async def sign_in_by_link(accounts: Accounts, secret: str, *, user_agent: str, is_shared: bool) -> NewLogin:
    """Use a link to sign in. Raises `LinkOver` or `Suspended`."""
    now = accounts.clock()
    async with accounts.database.write() as db:
        _link, person = await use_link(db, secret, Purpose.SIGN_IN, at=now)
        _refuse_closed(person)
        return begin_login(db, person, via=Via.LINK, at=now, user_agent=user_agent, is_shared=is_shared)


async def reset_password(accounts: Accounts, secret: str, *, password: str, user_agent: str) -> NewLogin:
    """Use a link to set a new password; every other sign-in and link ends. Raises `LinkOver` or `InvalidInput`."""
    awaited = await awaited_by_link(accounts, secret, Purpose.RESET)
    kept = await chosen(accounts, password, about=(awaited.name, awaited.email))
    now = accounts.clock()
    async with accounts.database.write() as db:
        _link, person = await use_link(db, secret, Purpose.RESET, at=now)
        _refuse_closed(person)
        await replace_password(db, accounts, person, kept)
        await end_logins(db, person.id, actor_id=person.id)
        login = begin_login(db, person, via=Via.LINK, at=now, user_agent=user_agent, is_shared=False)
    accounts.mail_written()
    return login


async def replace_password(db: AsyncSession, accounts: Accounts, person: Person, kept: str) -> None:
    """Set a password's hash, end the links that were on their way, and tell the owner."""
    now = accounts.clock()
    person.password_hash = kept
    person.version += 1
    await end_links(db, person.id)
    audit(db, at=now, act="person.password_changed", actor_id=person.id, subject_id=person.id)
    reset = address(accounts, "/reset")
    if person.email is not None:
        await send(
            db,
            accounts,
            person.email,
            person.locale,
            lambda town: mails.password_changed(town=town, at=now, reset=reset),
        )


async def _answer_by_mail(accounts: Accounts, visitor: Visitor, *, email: str, locale: str, purpose: Purpose) -> None:
    spend_mail(accounts.limits, visitor, email)
    async with accounts.database.write() as db:
        person = await db.scalar(select(Person).where(Person.email == email).with_for_update())
        if person is None:
            register = address(accounts, "/register")
            await send(db, accounts, email, locale, lambda town: mails.no_account(town=town, register=register))
        elif person.status is Status.UNCONFIRMED:
            await write_to_newcomer(db, accounts, person, email)
        elif person.status is Status.BANNED:
            await send(db, accounts, email, person.locale, lambda town: mails.suspended(town=town))
        else:
            await _send_link(db, accounts, person, email, purpose)
    accounts.mail_written()


async def _send_link(db: AsyncSession, accounts: Accounts, person: Person, email: str, purpose: Purpose) -> None:
    secret = await make_link(db, person, purpose, at=accounts.clock(), email=email)
    if purpose is Purpose.RESET:
        link = address(accounts, f"/reset/{secret}")
        await send(db, accounts, email, person.locale, lambda town: mails.reset(town=town, link=link))
    else:
        link = address(accounts, f"/sign-in/link/{secret}")
        await send(db, accounts, email, person.locale, lambda town: mails.sign_in(town=town, link=link))


def _refuse_closed(person: Person) -> None:
    if person.status is Status.BANNED:
        raise Suspended
    if not person.is_active:
        raise WrongSignIn


def _comparable(email: str) -> str:
    """The address as it is stored; what is no address belongs to nobody, and is treated like any unknown one."""
    try:
        return clean_email(email)
    except ValueError:
        return email.strip().lower()
