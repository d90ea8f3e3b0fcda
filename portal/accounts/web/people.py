"""Pages of people and roles, for administrators."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date

from quart import Blueprint, request

from portal.accounts.service import administration
from portal.accounts.service.accounts import Accounts
from portal.accounts.service.administration import INVITE, SEE_PEOPLE, Term
from portal.accounts.service.people import people_by_id
from portal.accounts.service.role_words import ROLE_WORDS, role_word
from portal.accounts.web.answers import again, go, show
from portal.accounts.web.forms import BanForm, EmptyForm, InviteForm, RoleForm
from portal.clock import civil_date
from portal.context import Portal
from portal.errors import DomainError, Forbidden, NotFound, NotSignedIn
from portal.ids import ID_PATTERN
from portal.pages import Answer, actor, parse_form
from portal.permissions import Role, require


class PeoplePages:
    """Find people, give and take roles, suspend, invite."""

    def __init__(self, portal: Portal, accounts: Accounts) -> None:
        """Serve these accounts."""
        self._portal = portal
        self._accounts = accounts

    def add_to(self, pages: Blueprint) -> None:
        """Name the addresses."""
        pages.get("/admin/people")(self.find)
        pages.get("/admin/people/invite")(self.ask_invite)
        pages.post("/admin/people/invite")(self.invite)
        pages.get("/admin/people/<person_id>")(self.see)
        pages.post("/admin/people/<person_id>/roles")(self.give_role)
        pages.post("/admin/people/<person_id>/roles/<holding_id>/end")(self.end_role)
        pages.post("/admin/people/<person_id>/ban")(self.ban)
        pages.post("/admin/people/<person_id>/unban")(self.unban)

    async def find(self) -> Answer:
        """The list, searched and by pages."""
        require(actor(), SEE_PEOPLE)
        query = request.args.get("q", "")[:100]
        role = request.args.get("role", "")
        chosen = Role(role) if role in set(Role) else None
        number = request.args.get("page", "1")
        async with self._portal.database.read() as db:
            found = await administration.find_people(
                db,
                actor(),
                query=query,
                role=chosen,
                today=self._today(),
                number=int(number) if number.isascii() and number.isdecimal() and len(number) < 7 else 1,
            )
        return await show("people.html", found=found, query=query, role=role, roles=_options(), today=self._today())

    async def see(self, person_id: str) -> Answer:
        """One person: who, roles, suspension."""
        return await show("person.html", form_sent="", **await self._person(person_id))

    async def give_role(self, person_id: str) -> Answer:
        """Give a role, from today unless another day is given."""

        async def do() -> None:
            form = await parse_form(RoleForm)
            term = Term(form.since or self._today(), form.until, form.body)
            await administration.give_role(self._accounts, actor(), person_id, form.role, term)

        return await self._change(person_id, do, form="role", done="role-given")

    async def end_role(self, person_id: str, holding_id: str) -> Answer:
        """Take a role away."""

        async def do() -> None:
            await parse_form(EmptyForm)
            await administration.end_role(self._accounts, actor(), person_id, holding_id)

        return await self._change(person_id, do, form="end-role", done="role-ended")

    async def ban(self, person_id: str) -> Answer:
        """Suspend the account."""

        async def do() -> None:
            form = await parse_form(BanForm)
            await administration.ban(self._accounts, actor(), person_id, form.reason)

        return await self._change(person_id, do, form="ban", done="banned")

    async def unban(self, person_id: str) -> Answer:
        """Open the account again."""

        async def do() -> None:
            await parse_form(EmptyForm)
            await administration.unban(self._accounts, actor(), person_id)

        return await self._change(person_id, do, form="unban", done="unbanned")

    async def ask_invite(self) -> Answer:
        """The form of an invitation."""
        require(actor(), INVITE)
        return await show("invite.html", roles=_options(), chosen=[], today=self._today())

    async def invite(self) -> Answer:
        """Prepare the account and send its link."""
        require(actor(), INVITE)
        try:
            form = await parse_form(InviteForm)
            person_id = await administration.invite(
                self._accounts,
                actor(),
                name=form.name,
                email=form.email,
                roles=frozenset(form.roles),
                term=Term(form.since or self._today(), form.until, form.body),
                locale=form.locale,
            )
        except DomainError as error:
            chosen = (await request.form).getlist("roles")
            return await again("invite.html", error, roles=_options(), chosen=chosen, today=self._today())
        return go(f"/admin/people/{person_id}", "invited")

    async def _change(self, person_id: str, do: Callable[[], Awaitable[None]], *, form: str, done: str) -> Answer:
        """Carry out one change of a person and show them, or the form again with what is wrong."""
        require(actor(), SEE_PEOPLE)
        if not ID_PATTERN.fullmatch(person_id):
            raise NotFound
        try:
            await do()
        except (NotFound, NotSignedIn, Forbidden):
            raise
        except DomainError as error:
            return await again("person.html", error, form_sent=form, **await self._person(person_id))
        return go(f"/admin/people/{person_id}", done)

    async def _person(self, person_id: str) -> dict[str, object]:
        async with self._portal.database.read() as db:
            person = await administration.access_person(db, actor(), person_id)
            givers = await people_by_id(db, {item.given_by for item in person.holdings if item.given_by})
        return {
            "person": person,
            "givers": givers,
            "roles": _options(),
            "today": self._today(),
            "address": f"{person.handle}@{self._portal.settings.host}" if person.handle else "",
        }

    def _today(self) -> date:
        return civil_date(self._portal.clock())


def _options() -> list[tuple[str, str]]:
    return [(role.value, role_word(role)) for role in ROLE_WORDS]
