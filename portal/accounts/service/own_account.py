"""What a person does with their own account. Whatever could lock them out asks for the password again."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from portal.accounts import mails
from portal.accounts.model import Login, Person, Purpose, Via
from portal.accounts.service.accounts import Accounts
from portal.accounts.service.chosen_password import chosen
from portal.accounts.service.links import LinkOver, end_links, make_link, open_link, use_link
from portal.accounts.service.logins import NewLogin, begin_login, end_login, end_logins, person_stream
from portal.accounts.service.post import address, send
from portal.accounts.service.sign_in import replace_password
from portal.accounts.service.throttle import Visitor, spend_mail
from portal.audit import audit
from portal.errors import Conflict, DomainError, InvalidInput, NotSignedIn
from portal.events import DomainEvent, record
from portal.i18n import lazy
from portal.permissions import Actor
from portal.security import Rate

PROOFS = Rate(count=8, per_s=900)

PERSON_CHANGED = "person.changed"


class ProofNeeded(DomainError):
    """An account without a password, signed in a while ago: only a fresh link shows that it is still its owner."""

    code = "proof-needed"
    status = 403
    text = lazy("For this, please sign out and sign in again by a link, then repeat within a quarter of an hour.")


async def access_own(db: AsyncSession, actor: Actor | None, *, lock: bool = False) -> Person:
    """The actor's own account: theirs whatever roles they hold. Raises `NotSignedIn`."""
    if actor is None:
        raise NotSignedIn
    find = select(Person).where(Person.id == actor.account_id).options(selectinload(Person.holdings))
    person = await db.scalar(find.with_for_update() if lock else find)
    if person is None or not person.is_active:
        raise NotSignedIn
    return person


async def prove(accounts: Accounts, actor: Actor | None, password: str | None) -> Person:
    """Make sure that whoever sits here is the owner. Raises `InvalidInput` naming ``current``, or `ProofNeeded`.

    Within a quarter of an hour after signing in nothing more is asked; later the password.
    """
    async with accounts.database.read() as db:
        person = await access_own(db, actor)
        login = await db.get(Login, actor.login_id if actor else "")
    if login is not None and login.is_fresh(accounts.clock()) and (login.via is Via.LINK or not password):
        return person
    if person.password_hash is None:
        raise ProofNeeded
    accounts.limits.spend("account.proof", person.id, PROOFS)
    if not password:
        raise InvalidInput(fields={"current": lazy("Please give your present password.")})
    if not await accounts.passwords.verify(person.password_hash, password):
        raise InvalidInput(fields={"current": lazy("This is not your present password.")})
    return person


async def describe(accounts: Accounts, actor: Actor | None, *, name: str, locale: str) -> None:
    """Change name and language. The handle stays: others have written it down."""
    async with accounts.database.write() as db:
        person = await access_own(db, actor, lock=True)
        changed = tuple(field for field, new in (("name", name), ("locale", locale)) if getattr(person, field) != new)
        if not changed:
            return
        person.describe(name=name)
        person.locale = locale
        person.version += 1
        _record_change(db, person, changed)


async def change_password(
    accounts: Accounts, actor: Actor | None, *, current: str | None, password: str, user_agent: str
) -> NewLogin:
    """Set a new password. Every sign-in ends, this one too: it goes on under a new secret."""
    proven = await prove(accounts, actor, current)
    kept = await chosen(accounts, password, about=(proven.name, proven.email or ""))
    now = accounts.clock()
    async with accounts.database.write() as db:
        person = await access_own(db, actor, lock=True)
        if person.password_hash != proven.password_hash:
            raise Conflict
        is_shared = await db.scalar(select(Login.is_shared).where(Login.id == (actor.login_id if actor else "")))
        await replace_password(db, accounts, person, kept)
        await end_logins(db, person.id, actor_id=person.id)
        login = begin_login(db, person, via=Via.PASSWORD, at=now, user_agent=user_agent, is_shared=bool(is_shared))
    accounts.mail_written()
    return login


async def ask_new_email(
    accounts: Accounts, actor: Actor | None, visitor: Visitor, *, current: str | None, email: str
) -> None:
    """Send a link to a new address; the account has it once the link was used.

    Where the address has an account already, its owner is told so, and the asker learns nothing.
    """
    proven = await prove(accounts, actor, current)
    spend_mail(accounts.limits, visitor, email)
    async with accounts.database.write() as db:
        person = await access_own(db, actor, lock=True)
        if person.email != proven.email:
            raise Conflict
        taken = await db.scalar(select(Person).where(Person.email == email))
        if taken is None:
            link = address(
                accounts,
                f"/confirm-address/{await make_link(db, person, Purpose.EMAIL, at=accounts.clock(), email=email)}",
            )
            await send(db, accounts, email, person.locale, lambda town: mails.new_email(town=town, link=link))
        else:
            sign_in, reset = address(accounts, "/sign-in"), address(accounts, "/reset")
            await send(
                db,
                accounts,
                email,
                taken.locale,
                lambda town: mails.has_account(town=town, sign_in=sign_in, reset=reset),
            )
    accounts.mail_written()


async def awaited_email(accounts: Accounts, secret: str) -> str:
    """The address that an unused link confirms. Raises `LinkOver`."""
    async with accounts.database.read() as db:
        link, _person = await open_link(db, secret, Purpose.EMAIL, at=accounts.clock())
    return link.email


async def confirm_email(accounts: Accounts, secret: str) -> None:
    """Use the link: the account has the new address, and the old one is told. Raises `LinkOver`."""
    now = accounts.clock()
    try:
        async with accounts.database.write() as db:
            link, person = await use_link(db, secret, Purpose.EMAIL, at=now)
            if not person.is_active:
                raise LinkOver
            former = person.email
            person.describe(email=link.email)
            person.version += 1
            await db.flush()
            await end_links(db, person.id)
            _record_change(db, person, ("email",))
            audit(db, at=now, act="person.email_changed", actor_id=person.id, subject_id=person.id)
            if former is not None:
                await send(db, accounts, former, person.locale, lambda town: mails.email_changed(town=town, at=now))
    except IntegrityError as error:
        # Somebody opened an account with the address since the link was sent.
        raise LinkOver from error
    accounts.mail_written()


async def sign_out(accounts: Accounts, actor: Actor | None) -> None:
    """End this sign-in."""
    if actor is not None:
        await end_own_login(accounts, actor, actor.login_id)


async def forget_login(accounts: Accounts, actor: Actor) -> None:
    """End the sign-in that a browser had before another took its place, if it has not ended by itself."""
    async with accounts.database.write() as db:
        login = await db.get(Login, actor.login_id)
        if login is not None:
            await end_login(db, actor.account_id, login.id, actor_id=actor.account_id)


async def end_own_login(accounts: Accounts, actor: Actor | None, login_id: str) -> None:
    """End one of one's own sign-ins. Raises `NotFound` for anybody else's."""
    async with accounts.database.write() as db:
        person = await access_own(db, actor)
        await end_login(db, person.id, login_id, actor_id=person.id)


async def sign_out_everywhere(accounts: Accounts, actor: Actor | None) -> int:
    """End every sign-in, this one too; the number ended. Asks for no password: it can only make things safer."""
    async with accounts.database.write() as db:
        person = await access_own(db, actor)
        await end_links(db, person.id)
        return await end_logins(db, person.id, actor_id=person.id)


def _record_change(db: AsyncSession, person: Person, changed: tuple[str, ...]) -> None:
    stream = person_stream(person.id)
    record(db, DomainEvent(stream, PERSON_CHANGED, person.id, person.version, changed=changed, actor_id=person.id))
