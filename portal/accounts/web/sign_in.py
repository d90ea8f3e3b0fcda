"""Pages through which people come in and go out."""

from __future__ import annotations

from quart import Blueprint, g, request

from portal.accounts.model import Purpose
from portal.accounts.service import own_account, sign_in
from portal.accounts.service.accounts import Accounts
from portal.accounts.service.logins import NewLogin
from portal.accounts.web.answers import (
    again,
    begin_sign_in,
    end_sign_in,
    go,
    local_path,
    show,
    user_agent,
    visitor,
)
from portal.accounts.web.forms import EmailForm, EmptyForm, LinkForm, ResetForm, SignInForm
from portal.context import Portal
from portal.errors import DomainError
from portal.pages import Answer, actor, parse_form


class SignInPages:
    """Sign in by password or link, choose a new password, sign out."""

    def __init__(self, portal: Portal, accounts: Accounts) -> None:
        """Serve these accounts."""
        self._portal = portal
        self._accounts = accounts

    def add_to(self, pages: Blueprint) -> None:
        """Name the addresses."""
        pages.get("/sign-in")(self.ask)
        pages.post("/sign-in")(self.sign_in)
        pages.get("/sign-in/link")(self.ask_link)
        pages.post("/sign-in/link")(self.send_link)
        pages.get("/sign-in/link/<secret>")(self.see_link)
        pages.post("/sign-in/link/<secret>")(self.use_link)
        pages.get("/reset")(self.ask_reset)
        pages.post("/reset")(self.send_reset)
        pages.get("/reset/<secret>")(self.see_reset)
        pages.post("/reset/<secret>")(self.reset)
        pages.post("/sign-out")(self.sign_out)
        pages.post("/sign-out/everywhere")(self.sign_out_everywhere)

    async def ask(self) -> Answer:
        """Address and password."""
        following = local_path(request.args.get("next", "/"))
        return go(following) if actor() else await show("sign_in.html", following=following)

    async def sign_in(self) -> Answer:
        """Sign in by password and go on to where the person wanted to be."""
        try:
            form = await parse_form(SignInForm)
            login = await sign_in.sign_in(
                self._accounts,
                visitor(),
                email=form.email,
                password=form.password,
                user_agent=user_agent(),
                is_shared=form.shared is not None,
            )
        except DomainError as error:
            following = local_path((await request.form).get("next", "/"))
            return await again("sign_in.html", error, following=following)
        return await self._come_in(login, form.email, local_path(form.next))

    async def ask_link(self) -> Answer:
        """The address to which a link is sent."""
        return await show("sign_in_link.html")

    async def send_link(self) -> Answer:
        """Send a link; the answer is the same whether the address has an account or not."""
        try:
            form = await parse_form(EmailForm)
            await sign_in.send_sign_in_link(self._accounts, visitor(), email=form.email, locale=g.locale)
        except DomainError as error:
            return await again("sign_in_link.html", error)
        return await show("mail_sent.html", email=form.email, purpose="sign-in")

    async def see_link(self, secret: str) -> Answer:
        """The button that uses the link, and whose account it is: nobody is signed in to a stranger's unawares."""
        awaited = await sign_in.awaited_by_link(self._accounts, secret, Purpose.SIGN_IN)
        return await show("use_link.html", awaited=awaited)

    async def use_link(self, secret: str) -> Answer:
        """Sign in by the link."""
        awaited = await sign_in.awaited_by_link(self._accounts, secret, Purpose.SIGN_IN)
        form = await parse_form(LinkForm)
        login = await sign_in.sign_in_by_link(
            self._accounts, secret, user_agent=user_agent(), is_shared=form.shared is not None
        )
        return await self._come_in(login, awaited.email, "/")

    async def ask_reset(self) -> Answer:
        """The address to which the link to a new password is sent."""
        return await show("reset.html")

    async def send_reset(self) -> Answer:
        """Send the link; the answer is the same whether the address has an account or not."""
        try:
            form = await parse_form(EmailForm)
            await sign_in.send_reset(self._accounts, visitor(), email=form.email, locale=g.locale)
        except DomainError as error:
            return await again("reset.html", error)
        return await show("mail_sent.html", email=form.email, purpose="reset")

    async def see_reset(self, secret: str) -> Answer:
        """The field for the new password."""
        awaited = await sign_in.awaited_by_link(self._accounts, secret, Purpose.RESET)
        return await show("new_password.html", awaited=awaited)

    async def reset(self, secret: str) -> Answer:
        """Set the new password and sign in."""
        awaited = await sign_in.awaited_by_link(self._accounts, secret, Purpose.RESET)
        try:
            form = await parse_form(ResetForm)
            login = await sign_in.reset_password(
                self._accounts, secret, password=form.password, user_agent=user_agent()
            )
        except DomainError as error:
            return await again("new_password.html", error, awaited=awaited)
        return await self._come_in(login, awaited.email, "/account", "password")

    async def sign_out(self) -> Answer:
        """End this sign-in."""
        await parse_form(EmptyForm)
        await own_account.sign_out(self._accounts, actor())
        return end_sign_in(go("/sign-in", "signed-out"))

    async def sign_out_everywhere(self) -> Answer:
        """End every sign-in."""
        await parse_form(EmptyForm)
        await own_account.sign_out_everywhere(self._accounts, actor())
        return end_sign_in(go("/sign-in", "signed-out-everywhere"))

    async def _come_in(self, login: NewLogin, email: str, path: str, done: str = "") -> Answer:
        """Signed in; whoever was signed in here before is signed out, the account's other devices are left alone."""
        before = actor()
        if before is not None and before.login_id != login.id:
            await own_account.forget_login(self._accounts, before)
        return begin_sign_in(self._portal, go(path, done), login, email)
