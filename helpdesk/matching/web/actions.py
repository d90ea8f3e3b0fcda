"""The forms on a posting's page and on an engagement's: each goes back to where it stood."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated

from pydantic import Field
from quart import Blueprint, redirect

from helpdesk.board.service.postings import OFFERS, REQUESTS, PostingKind, Ref
from helpdesk.board.web.bodies import CommandBody
from helpdesk.board.web.edge import signed_in
from helpdesk.matching.model import EngagementState
from helpdesk.matching.service import messages
from helpdesk.matching.service.volunteers import decline
from helpdesk.matching.web.bodies import AcceptBody, AnswerBody, MessageBody, ReasonBody, ReportBody, ThanksBody
from helpdesk.matching.web.edge import Edge, path_of
from helpdesk.matching.web.pages import Pages
from portal.errors import InvalidInput
from portal.pages import Answer, parse_form, render


class CloseForm(CommandBody):
    """How it ended, and the version that was read."""

    outcome: Annotated[str, Field(max_length=40)]
    version: int


class CancelForm(CommandBody):
    """The version that was read."""

    version: int


Act = Callable[..., Awaitable[str | None]]


class Actions:
    """What one can do; each goes back to its page, perhaps with a word of what came of it (``done``)."""

    def __init__(self, edge: Edge, pages: Pages) -> None:
        """`pages` shows the page again when an answer needs a correction."""
        self._matching = edge.matching
        self._desk = edge.desk
        self._board = edge.matching.board
        self._pages = pages

    def add_to(self, pages: Blueprint) -> None:
        """Add the routes."""
        for kind, path in ((REQUESTS, "requests"), (OFFERS, "offers")):
            base = f"/{path}/<posting_id>"
            routes: tuple[tuple[str, Act], ...] = (
                ("/answer", self.answer),
                ("/withdraw", self.withdraw),
                ("/answers/<answer_id>/accept", self.accept),
                ("/answers/<answer_id>/decline", self.decline),
                ("/answers/<answer_id>/no-show", self.no_show),
                ("/not-yet", self.not_yet),
                ("/close", self.close),
                ("/cancel", self.cancel),
                ("/reopen", self.reopen),
                ("/keep", self.keep),
            )
            for rule, act in routes:
                name = f"{act.__name__}_{path}"
                pages.add_url_rule(f"{base}{rule}", name, self._posted(kind, act), methods=["POST"])
            pages.add_url_rule(f"{base}/place", f"place_{path}", self._place(kind), methods=["POST"])
        one = "/engagements/<engagement_id>"
        between: tuple[tuple[str, Act], ...] = (
            ("/messages", self.write),
            ("/messages/<message_id>/report", self.report),
            ("/done", self.done),
            ("/thank", self.thank),
        )
        for rule, act in between:
            pages.add_url_rule(f"{one}{rule}", act.__name__, self._said(act), methods=["POST"])
        pages.add_url_rule("/asked/<ask_id>/decline", "decline_ask", self.decline_ask, methods=["POST"])

    async def answer(self, ref: Ref) -> str | None:
        """Propose oneself."""
        who, form = signed_in(), await parse_form(AnswerBody)
        found = await self._matching.answer(who, ref, note=form.note, rules=form.rules, command_id=form.command_id)
        if found.state is EngagementState.HELD:
            return "held"
        return "standing_by" if ref.kind is REQUESTS else None

    async def withdraw(self, ref: Ref) -> None:
        """Take one's answer back."""
        who, form = signed_in(), await parse_form(ReasonBody)
        await self._matching.withdraw(who, ref, reason=form.reason, command_id=form.command_id)

    async def accept(self, ref: Ref, answer_id: str) -> None:
        """Take an answer."""
        who, form = signed_in(), await parse_form(AcceptBody)
        await self._matching.accept(
            who,
            ref,
            engagement_id=answer_id,
            reply=form.reply,
            shares_place=form.share_place,
            command_id=form.command_id,
        )

    async def decline(self, ref: Ref, answer_id: str) -> None:
        """Do not take an answer, or no longer."""
        who, form = signed_in(), await parse_form(ReasonBody)
        await self._matching.decline(who, ref, engagement_id=answer_id, reason=form.reason, command_id=form.command_id)

    async def no_show(self, ref: Ref, answer_id: str) -> None:
        """Nobody came."""
        who, form = signed_in(), await parse_form(CommandBody)
        await self._matching.no_show(who, ref, engagement_id=answer_id, command_id=form.command_id)

    async def not_yet(self, ref: Ref) -> None:
        """It has not happened yet."""
        who, form = signed_in(), await parse_form(CommandBody)
        await self._matching.not_yet(who, ref, command_id=form.command_id)

    async def close(self, ref: Ref) -> None:
        """Say how it ended."""
        who, form = signed_in(), await parse_form(CloseForm)
        await self._board.close(who, ref, outcome=form.outcome, seen=form.version, command_id=form.command_id)

    async def cancel(self, ref: Ref) -> None:
        """Take it back."""
        who, form = signed_in(), await parse_form(CancelForm)
        await self._board.cancel(who, ref, seen=form.version, command_id=form.command_id)

    async def reopen(self, ref: Ref) -> str:
        """Put it on the board again."""
        who, form = signed_in(), await parse_form(CommandBody)
        await self._board.reopen(who, ref, command_id=form.command_id)
        return "reopened"

    async def keep(self, ref: Ref) -> None:
        """It is still needed."""
        who, form = signed_in(), await parse_form(CommandBody)
        await self._board.keep(who, ref, command_id=form.command_id)

    async def write(self, engagement_id: str) -> None:
        """Write to the other one."""
        who, form = signed_in(), await parse_form(MessageBody)
        await messages.write(self._matching, who, engagement_id, text=form.text, command_id=form.command_id)

    async def report(self, engagement_id: str, message_id: str) -> None:
        """Show a message to the moderators."""
        who, form = signed_in(), await parse_form(ReportBody)
        await messages.report(
            self._matching, who, engagement_id, message_id, reason=form.reason, command_id=form.command_id
        )

    async def done(self, engagement_id: str) -> None:
        """It is done."""
        who, form = signed_in(), await parse_form(CommandBody)
        await self._matching.report_done(who, engagement_id, command_id=form.command_id)

    async def thank(self, engagement_id: str) -> None:
        """Thank."""
        who, form = signed_in(), await parse_form(ThanksBody)
        await self._matching.thank(who, engagement_id, words=form.words, command_id=form.command_id)

    async def decline_ask(self, ask_id: str) -> Answer:
        """Not this time."""
        who, form = signed_in(), await parse_form(CommandBody)
        await decline(self._matching, who, ask_id, command_id=form.command_id)
        return redirect("/board/asked", 303)

    def _posted(self, kind: PostingKind, act: Act) -> Callable[..., Awaitable[Answer]]:
        async def posted(posting_id: str, **more: str) -> Answer:
            ref = Ref(kind, posting_id)
            try:
                done = await act(ref, **more)
            except InvalidInput as error:
                return await self._pages.show(ref, error.status, error.fields)
            return redirect(path_of(ref) + (f"?done={done}" if done else ""), 303)

        return posted

    def _said(self, act: Act) -> Callable[..., Awaitable[Answer]]:
        async def said(engagement_id: str, **more: str) -> Answer:
            try:
                await act(engagement_id, **more)
            except InvalidInput as error:
                return await self._pages.conversation(engagement_id, error.status, error.fields)
            return redirect(f"/board/engagements/{engagement_id}#end", 303)

        return said

    def _place(self, kind: PostingKind) -> Callable[..., Awaitable[Answer]]:
        async def place(posting_id: str) -> Answer:
            ref = Ref(kind, posting_id)
            found = await self._matching.open_exact_place(signed_in(), ref)
            name = await self._desk.name_for_helper(posting_id)
            return await render("matching/place.html", place=found, name=name, path=path_of(ref))

        return place
