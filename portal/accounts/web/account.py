"""One's own account."""

from __future__ import annotations

import json

from quart import Blueprint, Response

from portal.accounts.model import Login, Person
from portal.accounts.service import own_account, own_data
from portal.accounts.service.accounts import Accounts
from portal.accounts.service.agreements import agreement_words, agreements_of
from portal.accounts.service.logins import logins_of
from portal.accounts.web.answers import again, begin_sign_in, end_sign_in, go, show, user_agent, visitor
from portal.accounts.web.forms import DescribeForm, EmptyForm, EraseForm, NewEmailForm, PasswordForm
from portal.clock import civil_date
from portal.context import Portal
from portal.errors import DomainError, NotSignedIn
from portal.i18n import set_locale
from portal.pages import LOCALE_COOKIE, YEAR_S, Answer, actor, parse_form, set_cookie


class AccountPages:
    """See, change, take with one, and erase."""

    def __init__(self, portal: Portal, accounts: Accounts) -> None:
        """Serve these accounts."""
        self._portal = portal
        self._accounts = accounts

    def add_to(self, pages: Blueprint) -> None:
        """Name the addresses."""
        pages.get("/account")(self.see)
        pages.post("/account")(self.describe)
        pages.get("/account/password")(self.ask_password)
        pages.post("/account/password")(self.change_password)
        pages.get("/account/email")(self.ask_email)
        pages.post("/account/email")(self.ask_new_email)
        pages.get("/confirm-address/<secret>")(self.see_new_email)
        pages.post("/confirm-address/<secret>")(self.confirm_email)
        pages.post("/account/sign-ins/<login_id>/end")(self.end_login)
        pages.get("/account/data")(self.see_data)
        pages.get("/account/data.json")(self.export)
        pages.get("/account/erase")(self.ask_erase)
        pages.post("/account/erase")(self.erase)

    async def see(self) -> Answer:
        """Everything about the account on one page."""
        return await show("account.html", **await self._account())

    async def describe(self) -> Answer:
        """Change name and language."""
        try:
            form = await parse_form(DescribeForm)
            await own_account.describe(self._accounts, actor(), name=form.name, locale=form.locale)
        except NotSignedIn:
            raise
        except DomainError as error:
            return await again("account.html", error, **await self._account())
        set_locale(form.locale)
        response = go("/account", "saved")
        set_cookie(self._portal, response, LOCALE_COOKIE, form.locale, YEAR_S)
        return response

    async def ask_password(self) -> Answer:
        """The present password and the new one."""
        return await show("account_password.html", **await self._account())

    async def change_password(self) -> Answer:
        """Set a new password; this browser stays signed in, under a new secret."""
        try:
            form = await parse_form(PasswordForm)
            login = await own_account.change_password(
                self._accounts, actor(), current=form.current, password=form.password, user_agent=user_agent()
            )
        except NotSignedIn:
            raise
        except DomainError as error:
            return await again("account_password.html", error, **await self._account())
        person, _logins = await self._own()
        return begin_sign_in(self._portal, go("/account", "password"), login, person.email or "")

    async def ask_email(self) -> Answer:
        """The new address."""
        return await show("account_email.html", **await self._account())

    async def ask_new_email(self) -> Answer:
        """Send a link to the new address."""
        try:
            form = await parse_form(NewEmailForm)
            await own_account.ask_new_email(self._accounts, actor(), visitor(), current=form.current, email=form.email)
        except NotSignedIn:
            raise
        except DomainError as error:
            return await again("account_email.html", error, **await self._account())
        return go("/account", "mail")

    async def see_new_email(self, secret: str) -> Answer:
        """The button that uses the link."""
        return await show("confirm_address.html", email=await own_account.awaited_email(self._accounts, secret))

    async def confirm_email(self, secret: str) -> Answer:
        """The account has the new address."""
        await parse_form(EmptyForm)
        await own_account.confirm_email(self._accounts, secret)
        return go("/account" if actor() else "/sign-in", "email")

    async def end_login(self, login_id: str) -> Answer:
        """Sign out one device."""
        await parse_form(EmptyForm)
        who = actor()
        await own_account.end_own_login(self._accounts, who, login_id)
        if who is not None and who.login_id == login_id:
            return end_sign_in(go("/sign-in", "signed-out"))
        return go("/account", "ended")

    async def see_data(self) -> Answer:
        """What the person has agreed to, and the way to everything else that is kept."""
        async with self._portal.database.read() as db:
            person = await own_account.access_own(db, actor())
            agreements = await agreements_of(db, person.id)
        return await show("data.html", agreements=agreements, says=agreement_words)

    async def export(self) -> Answer:
        """Everything that is kept about the person, as a file."""
        found = await own_data.export_of(self._accounts, actor())
        body = json.dumps(found, ensure_ascii=False, indent=2)
        response = Response(body, content_type="application/json; charset=utf-8")
        response.headers["Content-Disposition"] = 'attachment; filename="parvis.json"'
        response.headers["Cache-Control"] = "no-store"
        return response

    async def ask_erase(self) -> Answer:
        """What erasing means, and the button."""
        warnings = await own_data.warnings_of(self._accounts, actor())
        return await show("erase.html", warnings=warnings, **await self._account())

    async def erase(self) -> Answer:
        """Erase the account; nobody is signed in any more."""
        try:
            form = await parse_form(EraseForm)
            await own_data.erase_account(self._accounts, actor(), current=form.current)
        except NotSignedIn:
            raise
        except DomainError as error:
            warnings = await own_data.warnings_of(self._accounts, actor())
            return await again("erase.html", error, warnings=warnings, **await self._account())
        return end_sign_in(go("/sign-in", "erased"))

    async def _account(self) -> dict[str, object]:
        """What the page shows."""
        person, logins = await self._own()
        now = self._portal.clock()
        who = actor()
        here = next((login for login in logins if who is not None and login.id == who.login_id), None)
        return {
            "person": person,
            "today": civil_date(now),
            "logins": logins,
            "here": here,
            "asks_password": person.password_hash is not None and not (here is not None and here.is_fresh(now)),
            "address": f"{person.handle}@{self._portal.settings.host}",
            "pages": [item for item in sorted(self._portal.account, key=lambda item: item.order) if item.shown_to(who)],
        }

    async def _own(self) -> tuple[Person, list[Login]]:
        async with self._portal.database.read() as db:
            person = await own_account.access_own(db, actor())
            return person, list(await logins_of(db, person, self._portal.clock()))
