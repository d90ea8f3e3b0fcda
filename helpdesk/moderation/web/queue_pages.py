"""For staff: what waits, one case, the town's words."""

from __future__ import annotations

from quart import Blueprint, redirect, request

from helpdesk.board.service.ground import known_categories
from helpdesk.board.service.postings import KINDS, Ref
from helpdesk.board.service.reading import cards
from helpdesk.matching.service.messages import reported
from helpdesk.matching.service.permissions import MODERATE
from helpdesk.matching.web.words import REPORTS
from helpdesk.moderation.model import REASONS, SENTENCES, HoldRule, Verdict
from helpdesk.moderation.service.deciding import Decision, Moderation
from helpdesk.moderation.service.holding import watch_words, watched_words
from helpdesk.moderation.service.notices import path_of
from helpdesk.moderation.service.permissions import SUSPEND, WATCH
from helpdesk.moderation.service.queue import STREAM, see_case, waiting
from helpdesk.moderation.web.forms import DecisionForm, WatchedForm
from portal.context import Portal
from portal.errors import InvalidInput, NotSignedIn
from portal.events import stream_head
from portal.i18n import _, lazy
from portal.pages import Answer, actor, parse_form, posted_form, render
from portal.permissions import Actor, may

_DONE = {
    "decided": lazy("Decided. The author is told, with your words."),
    "kept": lazy("Decided: it stands on the board."),
    "suspended": lazy("The account is suspended, and nothing of this person is shown any more."),
    "message": lazy("Decided."),
    "words": lazy("The list is saved. It counts from now on."),
}
_VERDICTS = {"keep": Verdict.KEPT, "hide": Verdict.HIDDEN, "suspend": Verdict.HIDDEN}


class QueuePages:
    """The pages of staff."""

    def __init__(self, portal: Portal, moderation: Moderation) -> None:
        """Serve this portal's cases."""
        self._portal = portal
        self._moderation = moderation

    def add_to(self, pages: Blueprint) -> None:
        """Name the addresses."""
        pages.get("/moderation")(self.queue)
        pages.get("/moderation/words")(self.words)
        pages.post("/moderation/words")(self.keep_words)
        pages.get("/moderation/cases/<case_id>")(self.case)
        pages.post("/moderation/cases/<case_id>")(self.decide)

    async def queue(self) -> Answer:
        """What is to be decided, in order."""
        async with self._portal.database.read() as db:
            views = await waiting(db, actor())
            messages = await reported(db, signed_in()) if may(actor(), MODERATE) else ()
            head = await stream_head(db, STREAM)
        return await render(
            "moderation/queue.html",
            views=views,
            messages=messages,
            message_words={reason: _(words) for reason, words in REPORTS.items()},
            head=head,
            stream=STREAM,
            says=_says(),
            may_watch=may(actor(), WATCH),
            flashes=_flashes(),
        )

    async def case(self, case_id: str) -> Answer:
        """One case, with all that a decision needs."""
        return await self._show(case_id)

    async def decide(self, case_id: str) -> Answer:
        """Decide; who suspends hides everything of the person with it."""
        who = signed_in()
        try:
            form = await parse_form(DecisionForm)
            _need_reason(form)
            decision = Decision(_VERDICTS[form.act], form.reason, form.words, form.version)
            if form.act == "suspend":
                await self._moderation.suspend_author(who, case_id, decision)
            else:
                await self._moderation.decide(who, case_id, decision)
        except InvalidInput as error:
            return await self._show(case_id, error)
        self._portal.mail.wake()
        done = {"keep": "kept", "hide": "decided", "suspend": "suspended"}[form.act]
        return redirect(f"/moderation?done={done}", 303)

    async def _show(self, case_id: str, error: InvalidInput | None = None) -> Answer:
        given = await posted_form() if error is not None else {}
        async with self._portal.database.read() as db:
            view = await see_case(db, actor(), case_id)
            shown = await cards(db, [view.posting]) if view.posting is not None else []
            names = {id_: category.name for id_, category in (await known_categories(db)).items()}
        return await render(
            "moderation/case.html",
            error.status if error is not None else 200,
            view=view,
            case=view.case,
            card=shown[0] if shown else None,
            posted_at=shown[0].posted_at if shown else None,
            category=names.get(shown[0].category, "") if shown else "",
            path=path_of(view.case),
            says=_says(),
            reasons=[(reason.value, _(words)) for reason, words in REASONS.items()],
            may_suspend=may(actor(), SUSPEND) and not view.is_author_suspended,
            is_own_decision=view.case.decided_by == (who.id if (who := actor()) else None),
            is_own_thing=view.case.author_id == (who.id if who else None),
            values=given,
            errors={name: _(text) for name, text in error.fields.items()} if error is not None else {},
        )

    async def words(self) -> Answer:
        """The town's list of watched words."""
        async with self._portal.database.read() as db:
            found = await watched_words(db, actor())
        return await render("moderation/words.html", words="\n".join(found), errors={}, flashes=_flashes())

    async def keep_words(self) -> Answer:
        """Keep the list."""
        who = signed_in()
        try:
            form = await parse_form(WatchedForm)
            await watch_words(self._portal.database, who, form.words, self._portal.clock())
        except InvalidInput as error:
            given = (await posted_form()).get("words", "")
            errors = {name: _(text) for name, text in error.fields.items()}
            return await render("moderation/words.html", error.status, words=given, errors=errors, flashes=[])
        return redirect("/moderation/words?done=words", 303)


def signed_in() -> Actor:
    """The person who asks. Raises `NotSignedIn` for a visitor."""
    who = actor()
    if who is None:
        raise NotSignedIn
    return who


def ref_of(kind: str, thing_id: str) -> Ref:
    """A posting by its kind and id as they stand in an address."""
    return Ref(KINDS["help_offer" if kind == "offers" else "help_request"], thing_id)


def _need_reason(form: DecisionForm) -> None:
    if form.act == "keep":
        return
    faults = {}
    if form.reason is None:
        faults["reason"] = lazy("Please choose one of the answers offered.")
    if len(form.words) < 10:
        faults["words"] = lazy("Please say why, in a sentence: the author reads it.")
    if faults:
        raise InvalidInput(fields=faults)


def _says() -> dict[str, str]:
    """Rules and reasons in words."""
    return {
        **{f"rule.{rule.value}": _(SENTENCES[rule]) for rule in HoldRule},
        **{f"reason.{reason.value}": _(words) for reason, words in REASONS.items()},
    }


def _flashes() -> list[tuple[str, str]]:
    said = _DONE.get(request.args.get("done", ""))
    return [("good", _(said))] if said else []
