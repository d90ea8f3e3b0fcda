"""For agents: find a person, confirm what they show at the counter, withdraw it."""

from __future__ import annotations

from collections.abc import Mapping

from quart import Blueprint, redirect, request

from helpdesk.trust.model import SHOWN_FOR, CheckKind
from helpdesk.trust.service.ladder import RUNG_WORDS, Ladder, checks_of
from helpdesk.trust.service.permissions import VERIFY
from helpdesk.trust.web.blocked import signed_in
from helpdesk.trust.web.forms import CheckForm, WithdrawForm
from helpdesk.trust.web.words import KINDS, WITHDRAWALS, check_words, shown_options, withdrawal_options
from portal.accounts.service import people_by_id
from portal.clock import civil_date
from portal.context import Portal
from portal.errors import InvalidInput
from portal.i18n import _, lazy
from portal.pages import Answer, parse_form, posted_form, render
from portal.permissions import require

VERIFYING = "/board/verify"
_DONE = {
    "confirmed": lazy("Confirmed. It stands beside the name from now on."),
    "withdrawn": lazy("Withdrawn. The person is told, with your words."),
}


class VerifyingPages:
    """The counter's two pages."""

    def __init__(self, portal: Portal, ladder: Ladder) -> None:
        """Through these use cases."""
        self._portal = portal
        self._ladder = ladder

    def add_to(self, pages: Blueprint) -> None:
        """Name the addresses."""
        pages.get(VERIFYING)(self.find)
        pages.get(f"{VERIFYING}/<person_id>")(self.see)
        pages.post(f"{VERIFYING}/<person_id>")(self.confirm)
        pages.post(f"{VERIFYING}/<person_id>/<check_id>/withdraw")(self.withdraw)

    async def find(self) -> Answer:
        """By name or mail address."""
        require(signed_in(), VERIFY)
        query = request.args.get("q", "")[:100]
        async with self._portal.database.read() as db:
            found = await self._ladder.find(db, signed_in(), query)
        return await render("trust/verify.html", query=query, found=found, rung_words=_rung_words())

    async def see(self, person_id: str) -> Answer:
        """One person, and what was seen."""
        return await self._show(person_id)

    async def confirm(self, person_id: str) -> Answer:
        """Write down what was seen."""
        who = signed_in()
        require(who, VERIFY)
        try:
            form = await parse_form(CheckForm)
            _require_fitting(form)
            await self._ladder.confirm(who, person_id, form.kind, form.shown)
        except InvalidInput as error:
            return await self._show(person_id, error)
        return redirect(f"{VERIFYING}/{person_id}?done=confirmed", 303)

    async def withdraw(self, person_id: str, check_id: str) -> Answer:
        """It counts no longer."""
        who = signed_in()
        require(who, VERIFY)
        try:
            form = await parse_form(WithdrawForm)
            await self._ladder.withdraw(who, check_id, form.because, form.words)
        except InvalidInput as error:
            return await self._show(person_id, error, check_id)
        return redirect(f"{VERIFYING}/{person_id}?done=withdrawn", 303)

    async def _show(self, person_id: str, error: InvalidInput | None = None, check_id: str = "") -> Answer:
        who = signed_in()
        given: Mapping[str, str] = await posted_form() if error is not None else {}
        async with self._portal.database.read() as db:
            person = await self._ladder.see(db, who, person_id)
            checks = await checks_of(db, person_id)
            agents = await people_by_id(db, [check.checked_by for check in checks])
        done = _DONE.get(request.args.get("done", ""))
        return await render(
            "trust/verify_person.html",
            error.status if error else 200,
            person=person,
            is_own=person.id == who.id,
            rung_words=_rung_words(),
            checks=checks,
            agents=agents,
            today=civil_date(self._portal.clock()),
            check_words=check_words,
            withdrawn_words={reason: _(words) for reason, words in WITHDRAWALS.items()},
            kinds=[(kind.value, _(KINDS[kind]), shown_options(kind)) for kind in CheckKind],
            withdrawals=withdrawal_options(),
            values=given,
            errors={name: _(text) for name, text in error.fields.items()} if error else {},
            faulty=check_id,
            flashes=[("good", _(done))] if done and not error else [],
        )


def _require_fitting(form: CheckForm) -> None:
    if form.shown not in SHOWN_FOR[form.kind]:
        raise InvalidInput(fields={"shown": lazy("Please choose one of the answers offered.")})


def _rung_words() -> dict[int, str]:
    return {rung: _(words) for rung, words in RUNG_WORDS.items()}
