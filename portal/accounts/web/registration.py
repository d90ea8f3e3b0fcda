"""Pages on which an account begins."""

from __future__ import annotations

from quart import Blueprint, g

from portal.accounts.service import registration
from portal.accounts.service.accounts import Accounts
from portal.accounts.web.answers import again, begin_sign_in, go, show, user_agent, visitor
from portal.accounts.web.forms import OpenForm, RegisterForm
from portal.context import Portal
from portal.errors import DomainError
from portal.pages import Answer, actor, parse_form


class RegistrationPages:
    """Ask for an account; open it by the link that came by mail."""

    def __init__(self, portal: Portal, accounts: Accounts) -> None:
        """Serve these accounts."""
        self._portal = portal
        self._accounts = accounts

    def add_to(self, pages: Blueprint) -> None:
        """Name the addresses."""
        pages.get("/register")(self.ask)
        pages.post("/register")(self.register)
        pages.get("/confirm/<secret>")(self.see)
        pages.post("/confirm/<secret>")(self.open)

    async def ask(self) -> Answer:
        """Name and address."""
        return go("/account") if actor() else await show("register.html")

    async def register(self) -> Answer:
        """Send the mail; the answer is the same whether the address has an account or not."""
        try:
            form = await parse_form(RegisterForm)
            await registration.ask_for_account(
                self._accounts, visitor(), name=form.name, email=form.email, locale=g.locale
            )
        except DomainError as error:
            return await again("register.html", error)
        return await show("mail_sent.html", email=form.email, purpose="register")

    async def see(self, secret: str) -> Answer:
        """Name and password, and the button that uses the link."""
        awaited = await registration.awaited_person(self._accounts, secret)
        return await show("confirm.html", awaited=awaited)

    async def open(self, secret: str) -> Answer:
        """Open the account and sign in."""
        awaited = await registration.awaited_person(self._accounts, secret)
        try:
            form = await parse_form(OpenForm)
            login = await registration.open_account(
                self._accounts,
                secret,
                name=form.name,
                password=form.password,
                locale=g.locale,
                user_agent=user_agent(),
            )
        except DomainError as error:
            return await again("confirm.html", error, awaited=awaited)
        return begin_sign_in(self._portal, go("/account", "opened"), login, awaited.email)
