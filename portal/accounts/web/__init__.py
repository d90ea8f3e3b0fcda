"""Pages and API of accounts: registering, signing in, one's own account, people and roles."""

from __future__ import annotations

from quart import Blueprint, Quart
from sqlalchemy.ext.asyncio import AsyncSession

from portal.accounts.model import Via
from portal.accounts.service import retention, unused
from portal.accounts.service.accounts import Accounts
from portal.accounts.service.administration import SEE_PEOPLE
from portal.accounts.service.founding import add_first_administrator
from portal.accounts.service.logins import begin_login
from portal.accounts.service.passwords import Passwords, town_hasher
from portal.accounts.service.role_words import role_word
from portal.accounts.web.account import AccountPages
from portal.accounts.web.answers import begin_sign_in, user_agent
from portal.accounts.web.me import register_api
from portal.accounts.web.people import PeoplePages
from portal.accounts.web.registration import RegistrationPages
from portal.accounts.web.sign_in import SignInPages
from portal.context import Found, NavItem, NewAdministrator, Portal, Welcome
from portal.i18n import lazy
from portal.permissions import may


def register(app: Quart, portal: Portal) -> None:
    """Add accounts to a portal: pages, API, the link for administrators; start and end what they run."""
    passwords = Passwords(town_hasher())
    accounts = accounts_of(portal, passwords)
    add_accounts(app, portal, accounts)
    portal.founding.append(_founder(portal, accounts))
    retention.register(portal.jobs)
    unused.register(portal.jobs, accounts)

    async def stop() -> None:
        passwords.close()

    portal.stop.append(stop)


def _founder(portal: Portal, accounts: Accounts) -> Found:
    async def found(db: AsyncSession, given: NewAdministrator) -> Welcome:
        person = await add_first_administrator(accounts, db, given)
        login = begin_login(db, person, via=Via.PASSWORD, at=accounts.clock(), user_agent=user_agent(), is_shared=False)
        return lambda response: begin_sign_in(portal, response, login, given.email)

    return found


def add_accounts(app: Quart, portal: Portal, accounts: Accounts) -> None:
    """Add what people see, over given parts."""
    for part in (RegistrationPages, SignInPages, AccountPages, PeoplePages):
        pages = Blueprint(part.__name__, __name__)
        part(portal, accounts).add_to(pages)
        app.register_blueprint(pages)
    app.jinja_env.globals["role_word"] = role_word
    register_api(app, portal)
    portal.administration.append(NavItem(80, lazy("People"), "/admin/people", lambda who: may(who, SEE_PEOPLE)))


def accounts_of(portal: Portal, passwords: Passwords) -> Accounts:
    """What the use cases work with, from the portal's parts."""

    async def town_name() -> str:
        town = await portal.town_view()
        return str(getattr(town, "name", "") or portal.settings.host)

    return Accounts(
        database=portal.database,
        clock=portal.clock,
        limits=portal.limits,
        passwords=passwords,
        public_url=portal.settings.public_url,
        secret_key=portal.settings.secret_key,
        town_name=town_name,
        mail_written=portal.mail.wake,
    )
