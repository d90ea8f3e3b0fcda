"""On a posting's page: why it waits or is gone, the appeal, official answers, the report."""

from __future__ import annotations

from quart import Blueprint, redirect, render_template, request
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.board.model import PostingState
from helpdesk.board.service.postings import Ref
from helpdesk.board.service.reading import PostingView
from helpdesk.board.web.parts import Part
from helpdesk.moderation.model import REASONS, SENTENCES, Case, CaseState, HoldRule, Reason, Verdict
from helpdesk.moderation.service.deciding import Moderation
from helpdesk.moderation.service.official_answers import OfficialAnswers, answers_to
from helpdesk.moderation.service.permissions import ANSWER, DECIDE, REPORT
from helpdesk.moderation.web.forms import AnswerForm, AppealForm, EmptyForm, ReportForm
from helpdesk.moderation.web.queue_pages import ref_of, signed_in
from portal.accounts.service import role_word
from portal.errors import InvalidInput
from portal.i18n import _, lazy
from portal.pages import Answer, actor, parse_form, render
from portal.permissions import Actor, may
from portal.security import network_of

_STANDS = (PostingState.OPEN, PostingState.RESERVED, PostingState.ENGAGED, PostingState.TO_CONFIRM)
_TITLES = {
    "report": lazy("Report this to the town"),
    "appeal": lazy("Ask a second person"),
    "official": lazy("Answer in the town's name"),
}


class PostingPart:
    """What moderation adds to a posting's page, and where its forms lead."""

    def __init__(self, moderation: Moderation, answers: OfficialAnswers) -> None:
        """Act through these use cases."""
        self._moderation = moderation
        self._answers = answers

    def add_to(self, pages: Blueprint) -> None:
        """Name the addresses."""
        pages.post("/board/<any(requests, offers):kind>/<thing_id>/report")(self.report)
        pages.post("/board/<any(requests, offers):kind>/<thing_id>/official")(self.answer)
        pages.post("/board/<any(requests, offers):kind>/<thing_id>/official/<answer_id>/remove")(self.take_back)
        pages.post("/board/<any(requests, offers):kind>/<thing_id>/appeal/<case_id>")(self.ask_again)

    async def part(self, db: AsyncSession, viewer: Actor | None, ref: Ref, view: PostingView) -> Part:
        """For the author: why it waits or is gone. For staff: its case. For all: official answers, the report."""
        path = f"/board/{'requests' if ref.kind.name == 'help_request' else 'offers'}/{ref.id}"
        above = ""
        if view.is_author or may(viewer, DECIDE):
            above = await self._standing(db, viewer, view, path)
        stands = view.card.state in _STANDS
        below = await render_template(
            "moderation/official_answers.html",
            official=await answers_to(db, ref.id, viewer),
            may_answer=stands and may(viewer, ANSWER),
            role_word=role_word,
            path=path,
        )
        aside = ""
        if stands and not view.is_author and may(viewer, REPORT):
            aside = await render_template("moderation/report.html", reasons=_reasons(), path=path)
        return Part(above, below, aside)

    async def _standing(self, db: AsyncSession, viewer: Actor | None, view: PostingView, path: str) -> str:
        newest = select(Case).where(Case.thing_id == view.card.id).order_by(Case.opened_at.desc(), Case.id.desc())
        case = await db.scalar(newest.limit(1))
        if case is None:
            return ""
        is_hidden = view.card.state is PostingState.HIDDEN
        return await render_template(
            "moderation/standing.html",
            case=case,
            is_author=view.is_author,
            is_held=view.card.state is PostingState.HELD,
            is_hidden=is_hidden,
            rule=_(SENTENCES[HoldRule(case.rule)]) if case.rule else "",
            reason=_(REASONS[Reason(case.reason)]) if case.reason and case.verdict is Verdict.HIDDEN else "",
            may_appeal=view.is_author and is_hidden and case.state is CaseState.DECIDED,
            may_decide=may(viewer, DECIDE) and not view.is_author,
            path=path,
        )

    async def report(self, kind: str, thing_id: str) -> Answer:
        """Report it, with or without an account; the answer says what happens now."""
        try:
            form = await parse_form(ReportForm)
            ref, who = ref_of(kind, thing_id), actor()
            if who is not None:
                await self._moderation.report(who, ref, form.reason, form.words)
            elif not form.website:
                by = network_of(request.remote_addr or "")
                await self._moderation.report_unsigned(by, ref, form.reason, form.words, form.contact)
        except InvalidInput as error:
            return await self._again(kind, thing_id, "report", error)
        return await render("moderation/reported.html", path=f"/board/{kind}/{thing_id}")

    async def ask_again(self, kind: str, thing_id: str, case_id: str) -> Answer:
        """Ask a second person."""
        who = signed_in()
        try:
            form = await parse_form(AppealForm)
            await self._moderation.ask_again(who, case_id, form.words)
        except InvalidInput as error:
            return await self._again(kind, thing_id, "appeal", error, f"/board/{kind}/{thing_id}/appeal/{case_id}")
        return redirect(f"/board/{kind}/{thing_id}", 303)

    async def answer(self, kind: str, thing_id: str) -> Answer:
        """Answer in the town's name."""
        who = signed_in()
        try:
            form = await parse_form(AnswerForm)
            await self._answers.answer(who, ref_of(kind, thing_id), form.text, command_id=form.command_id)
        except InvalidInput as error:
            return await self._again(kind, thing_id, "official", error)
        return redirect(f"/board/{kind}/{thing_id}", 303)

    async def _again(self, kind: str, thing_id: str, form: str, error: InvalidInput, action: str = "") -> Answer:
        """The form by itself, with what was typed and what is wrong with it."""
        return await render(
            "moderation/again.html",
            error.status,
            form=form,
            title=_(_TITLES[form]),
            path=f"/board/{kind}/{thing_id}",
            action=action,
            reasons=_reasons(),
            values=await request.form,
            errors={name: _(text) for name, text in error.fields.items()},
        )

    async def take_back(self, kind: str, thing_id: str, answer_id: str) -> Answer:
        """Remove one's own answer."""
        who = signed_in()
        await parse_form(EmptyForm)
        await self._answers.take_back(who, answer_id)
        return redirect(f"/board/{kind}/{thing_id}", 303)


def _reasons() -> list[dict[str, str]]:
    return [{"value": reason.value, "label": _(words)} for reason, words in REASONS.items()]
