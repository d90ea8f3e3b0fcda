"""The pages: the kinds of question, one question with its answer, the sets, the check of a town's own rules."""

from __future__ import annotations

import asyncio

from quart import Blueprint, Quart, Response, render_template, request

from meetings.rulebook.service import OVERLAY_LENGTH, TRY_RULES, Rulebook
from meetings.rulebook.web.questions import ASKED, Typed
from meetings.rulebook.wording import GRADES, KIND_GROUPS, OVERRIDES, TOPICS, facts, headline
from meetings.rules import KINDS, Answer, CaseError, Problem, RuleFileError, form, forms, load_sources
from portal.context import Portal
from portal.errors import InvalidInput, NotFound
from portal.i18n import current_locale, lazy
from portal.pages import actor, render
from portal.permissions import Actor, may, require
from portal.security import Rate

QUESTIONS = Rate(count=120, per_s=60)
CHECKS = Rate(count=30, per_s=300)
PROBLEMS_SHOWN = 50


def register(app: Quart, portal: Portal, rulebook: Rulebook) -> None:
    """Add the pages and the card on the home page."""
    edge = _Pages(portal, rulebook)
    pages = Blueprint("rules", __name__, url_prefix="/rules")
    pages.get("")(edge.kinds)
    pages.get("/sets")(edge.sets)
    pages.get("/sets/<set_id>")(edge.one_set)
    pages.get("/overlay")(edge.overlay)
    pages.post("/overlay")(edge.check_overlay)
    pages.get("/<kind>")(edge.question)
    app.register_blueprint(pages)
    portal.home.append((60, edge.card))


class _Pages:
    def __init__(self, portal: Portal, rulebook: Rulebook) -> None:
        self._portal = portal
        self._rulebook = rulebook
        self._sources = load_sources()

    async def kinds(self) -> Response:
        """What can be asked, by the time at which a clerk wonders."""
        require(actor(), TRY_RULES)
        by_kind = {each.kind: each for each in forms()}
        groups = [(title, [by_kind[kind] for kind in kinds]) for title, kinds in KIND_GROUPS]
        return await self._show("kinds.html", groups=groups)

    async def question(self, kind: str) -> Response:
        """The form of one kind; with a case in the address, its answer."""
        who = actor()
        require(who, TRY_RULES)
        if kind not in KINDS:
            raise NotFound
        typed = Typed.read(form(kind), request.args)
        if not typed.is_asked:
            return await self._show_question(typed)
        self._portal.limits.spend("rules.try", _key(who), QUESTIONS)
        try:
            answer = self._rulebook.ask_typed(who, kind, typed.case)
        except CaseError as error:
            return await self._show_question(typed, error=error)
        return await self._show_question(typed, answer=answer)

    async def sets(self) -> Response:
        """The rule sets, their dates and sources."""
        require(actor(), TRY_RULES)
        return await self._show("sets.html", sets=self._rulebook.library.sets, sources=self._sources)

    async def one_set(self, set_id: str) -> Response:
        """One set, rule by rule."""
        require(actor(), TRY_RULES)
        found, stated = self._rulebook.set_of(set_id)
        topics: dict[str, list[object]] = {}
        for name, rule in sorted(stated.items(), key=lambda item: list(TOPICS).index(item[0].partition(".")[0])):
            topics.setdefault(name.partition(".")[0], []).append(rule)
        return await self._show(
            "set.html", found=found, topics=topics, names=TOPICS, overrides=OVERRIDES, sources=self._sources
        )

    async def overlay(self) -> Response:
        """Where a town's own rules are pasted."""
        require(actor(), TRY_RULES)
        return await self._show_overlay("")

    async def check_overlay(self) -> Response:
        """What the law says to them. They are read, answered and forgotten."""
        who = actor()
        require(who, TRY_RULES)
        self._portal.limits.spend("rules.check", _key(who), CHECKS)
        text = ""
        try:
            text = await _posted_text()
            checked = await asyncio.to_thread(self._rulebook.check, who, text)
        except InvalidInput as error:
            return await self._show_overlay(text[:OVERLAY_LENGTH], error.status, error=error)
        except RuleFileError as error:
            return await self._show_overlay(text, InvalidInput.status, problems=error.problems)
        return await self._show_overlay(text, checked=checked)

    async def card(self, who: Actor | None) -> str:
        """On the home page of those who prepare and run sittings."""
        return await render_template("rulebook/card.html") if may(who, TRY_RULES) else ""

    async def _show_question(
        self, typed: Typed, *, answer: Answer | None = None, error: CaseError | None = None
    ) -> Response:
        fields = {name: text.get(current_locale()) for name, text in error.fields.items()} if error else {}
        shown = {each.name for each in typed.form.fields} | {"rule_set", "on"}
        return await self._show(
            "question.html",
            InvalidInput.status if error else 200,
            typed=typed,
            asked=ASKED,
            set_options=[(id_, title.get(current_locale())) for id_, title in self._rulebook.titles.items()],
            answer=answer,
            headline=headline(answer) if answer else None,
            facts=facts(answer) if answer else [],
            errors={name: sentence for name, sentence in fields.items() if name in shown},
            refusal=error.text if error and not set(fields) & shown else None,
        )

    async def _show_overlay(
        self, text: str, status: int = 200, *, problems: tuple[Problem, ...] = (), **more: object
    ) -> Response:
        return await self._show(
            "overlay.html",
            status,
            text=text,
            problems=problems[:PROBLEMS_SHOWN],
            problem_count=len(problems),
            lines=_numbered(text, problems),
            **more,
        )

    async def _show(self, template: str, status: int = 200, **context: object) -> Response:
        return await render(
            f"rulebook/{template}", status, say=lambda text: text.get(current_locale()), grades=GRADES, **context
        )


async def _posted_text() -> str:
    """What was pasted, or what stands in the chosen file; a file wins. Raises `InvalidInput` unless it is text."""
    chosen = (await request.files).get("file")
    if chosen is None or not chosen.filename:
        pasted: str = (await request.form).get("text", "")
        return pasted.replace("\r\n", "\n")
    try:
        read: bytes = chosen.stream.read(4 * OVERLAY_LENGTH + 1)
        return read.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise InvalidInput(fields={"file": lazy("This file is no text (UTF-8).")}) from error


def _numbered(text: str, problems: tuple[Problem, ...]) -> list[tuple[int, str, list[Problem]]]:
    """The lines to show again: those with a problem, and two around each."""
    wrong: dict[int, list[Problem]] = {}
    for each in problems[:PROBLEMS_SHOWN]:
        wrong.setdefault(each.line, []).append(each)
    near = {line + step for line in wrong for step in (-2, -1, 0, 1, 2)}
    return [
        (number, line, wrong.get(number, [])) for number, line in enumerate(text.split("\n"), start=1) if number in near
    ]


def _key(who: Actor | None) -> str:
    return who.account_id if who else ""
