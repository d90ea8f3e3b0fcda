"""One's own rung of the ladder: the charter, what the town hall has confirmed, and how one comes further."""

from __future__ import annotations

from quart import Blueprint, redirect, request

from helpdesk.trust.model import Guidance, GuidanceKind, Rung
from helpdesk.trust.service.guidance import confirm_read, guidance, take_charter_back, unread
from helpdesk.trust.service.ladder import RUNG_WORDS, checks_of, rungs_of
from helpdesk.trust.service.permissions import AGREE
from helpdesk.trust.web.blocked import signed_in
from helpdesk.trust.web.forms import CharterForm
from helpdesk.trust.web.words import check_words
from portal.accounts.service import require_unsuspended
from portal.clock import civil_date
from portal.context import Portal
from portal.errors import InvalidInput
from portal.i18n import _, lazy
from portal.pages import Answer, parse_form, render
from portal.permissions import require

_CONFIRMED = {
    Rung.ADDRESS: lazy("your address, by a proof of residence"),
    Rung.IDENTITY: lazy("who you are, by an identity paper"),
}
"""What the counter can still confirm, and by what."""
_DONE = {
    "accept": lazy("Thank you! You have accepted the charter."),
    "take-back": lazy("Taken back: nobody asks you for what needs the charter."),
}


class KnownPages:
    """One page, with the charter's form."""

    def __init__(self, portal: Portal) -> None:
        """Of this portal."""
        self._portal = portal

    def add_to(self, pages: Blueprint) -> None:
        """Name the addresses."""
        pages.get("/account/known")(self.see)
        pages.post("/account/known")(self.decide)

    async def see(self) -> Answer:
        """Where I stand."""
        return await self._show()

    async def decide(self) -> Answer:
        """Accept the charter, or take that back."""
        who = signed_in()
        require(who, AGREE)
        at = self._portal.clock()
        try:
            form = await parse_form(CharterForm)
            async with self._portal.database.write() as db:
                await require_unsuspended(db, who.id)
                if form.act == "accept":
                    await confirm_read(db, who.id, GuidanceKind.CHARTER, version=form.rules, at=at)
                else:
                    await take_charter_back(db, who.id, at)
        except InvalidInput as error:
            return await self._show(error)
        return redirect(f"/account/known?done={form.act}", 303)

    async def _show(self, error: InvalidInput | None = None) -> Answer:
        who = signed_in()
        today = civil_date(self._portal.clock())
        async with self._portal.database.read() as db:
            rung = (await rungs_of(db, [who.id], today))[who.id]
            checks = await checks_of(db, who.id)
            to_accept: Guidance | None = await unread(db, who.id, GuidanceKind.CHARTER)
            charter = await guidance(db, GuidanceKind.CHARTER)
        done = _DONE.get(request.args.get("done", ""))
        return await render(
            "trust/known.html",
            error.status if error else 200,
            rung=rung,
            rung_words=_(RUNG_WORDS[rung]),
            next_steps=[_(words) for step, words in _CONFIRMED.items() if step > rung],
            checks=checks,
            today=today,
            check_words=check_words,
            charter=charter,
            to_accept=to_accept,
            errors={name: _(text) for name, text in error.fields.items()} if error else {},
            flashes=[("good", _(done))] if done and not error else [],
        )
