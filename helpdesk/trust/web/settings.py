"""For the administrator: the charter, the rules, and which help asks for which confirmation."""

from __future__ import annotations

from collections.abc import Mapping

from quart import Blueprint, redirect, request
from werkzeug.datastructures import MultiDict

from helpdesk.trust.model import GuidanceKind, Rung, rules_in
from helpdesk.trust.service.guidance import AGREEMENTS, category_rungs, guidance, set_category_rungs, write_guidance
from helpdesk.trust.service.permissions import CONFIGURE
from helpdesk.trust.web.blocked import signed_in
from helpdesk.trust.web.words import rung_options
from portal.accounts.service.agreements import agreement_words
from portal.context import Portal
from portal.errors import InvalidInput
from portal.i18n import _, lazy
from portal.pages import Answer, posted_form, render
from portal.permissions import require
from portal.town.service import active_categories

SETTINGS = "/admin/help-rules"
_DONE = {"saved": lazy("Your changes are saved.")}
_HINTS = {
    GuidanceKind.CHARTER: lazy("Read and accepted by who wants to be asked, or helps where a confirmation is needed."),
    GuidanceKind.HELPING: lazy("Read and confirmed before the first answer to a request; in sight before they meet."),
    GuidanceKind.HELPED: lazy("Read and confirmed before the first answer to an offer; in sight before they meet."),
}


class SettingsPages:
    """One page with one form."""

    def __init__(self, portal: Portal) -> None:
        """Of this portal."""
        self._portal = portal

    def add_to(self, pages: Blueprint) -> None:
        """Name the addresses."""
        pages.get(SETTINGS)(self.see)
        pages.post(SETTINGS)(self.save)

    async def see(self) -> Answer:
        """Texts and rungs as they stand."""
        return await self._show()

    async def save(self) -> Answer:
        """All of it, or nothing: what does not fit is named, and what was typed stays."""
        who = signed_in()
        require(who, CONFIGURE)
        form = await posted_form()
        at = self._portal.clock()
        try:
            texts = _texts(form)
            async with self._portal.database.write() as db:
                for kind, (fr, en) in texts.items():
                    await write_guidance(db, who, kind, fr=fr, en=en, at=at)
                rungs = _rungs(form, [category.code for category in await active_categories(db)])
                await set_category_rungs(db, who, rungs, at=at)
        except InvalidInput as error:
            return await self._show(error, form)
        return redirect(f"{SETTINGS}?done=saved", 303)

    async def _show(self, error: InvalidInput | None = None, form: MultiDict[str, str] | None = None) -> Answer:
        require(signed_in(), CONFIGURE)
        given: Mapping[str, str] = form or {}
        async with self._portal.database.read() as db:
            texts = [await guidance(db, kind) for kind in GuidanceKind]
            categories = await active_categories(db)
            rungs = await category_rungs(db, [category.code for category in categories])
        done = _DONE.get(request.args.get("done", ""))
        return await render(
            "trust/settings.html",
            error.status if error else 200,
            texts=[
                {
                    "kind": text.kind.value,
                    "title": _(agreement_words(AGREEMENTS[text.kind])),
                    "hint": _(_HINTS[text.kind]),
                    "version": text.version,
                    "fr": given.get(f"{text.kind.value}-fr", "\n".join(text.fr)),
                    "en": given.get(f"{text.kind.value}-en", "\n".join(text.en)),
                }
                for text in texts
            ],
            categories=[
                (category, given.get(f"rung-{category.code}", str(rungs[category.code].value)))
                for category in categories
            ],
            rungs=rung_options(),
            errors={name: _(text) for name, text in error.fields.items()} if error else {},
            flashes=[("good", _(done))] if done and not error else [],
        )


def _texts(form: MultiDict[str, str]) -> dict[GuidanceKind, tuple[tuple[str, ...], tuple[str, ...]]]:
    """Every text; all that is wrong is named at once."""
    found: dict[GuidanceKind, tuple[tuple[str, ...], tuple[str, ...]]] = {}
    faults: dict[str, str] = {}
    for kind in GuidanceKind:
        lines = []
        for language in ("fr", "en"):
            field = f"{kind.value}-{language}"
            try:
                lines.append(rules_in(form.get(field, ""), field, needed=language == "fr"))
            except InvalidInput as error:
                faults |= error.fields
                lines.append(())
        found[kind] = (lines[0], lines[1])
    if faults:
        raise InvalidInput(fields=faults)
    return found


def _rungs(form: MultiDict[str, str], codes: list[str]) -> dict[str, Rung]:
    known = {str(rung.value): rung for rung in Rung}
    given = {code: form[f"rung-{code}"] for code in codes if f"rung-{code}" in form}
    faults = {
        f"rung-{code}": lazy("Please choose one of the answers offered.")
        for code, value in given.items()
        if value not in known
    }
    if faults:
        raise InvalidInput(fields=faults)
    return {code: known[value] for code, value in given.items()}
