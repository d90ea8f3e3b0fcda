"""The forms on a posting's page: answer, accept, decline, withdraw, close, cancel, open the exact place."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated

from pydantic import Field
from quart import Blueprint, redirect

from helpdesk.board.service.postings import OFFERS, REQUESTS, PostingKind, Ref
from helpdesk.board.web.bodies import AcceptBody, AnswerBody, CommandBody
from helpdesk.board.web.edge import Edge, signed_in
from helpdesk.board.web.pages import Pages
from portal.errors import InvalidInput
from portal.pages import Answer, parse_form, render


class CloseForm(CommandBody):
    """How it ended, and the version that was read."""

    outcome: Annotated[str, Field(max_length=40)]
    version: int


class CancelForm(CommandBody):
    """The version that was read."""

    version: int


class Actions:
    """What one can do on a posting's page; each goes back to it."""

    def __init__(self, edge: Edge, pages: Pages) -> None:
        """`pages` shows the posting again when an answer needs a correction."""
        self._board = edge.board
        self._edge = edge
        self._pages = pages

    def add_to(self, pages: Blueprint) -> None:
        """Add the routes for both kinds."""
        for kind, path in ((REQUESTS, "requests"), (OFFERS, "offers")):
            base = f"/{path}/<posting_id>"
            routes: tuple[tuple[str, Callable[..., Awaitable[None]]], ...] = (
                ("/answer", self.answer),
                ("/withdraw", self.withdraw),
                ("/answers/<answer_id>/accept", self.accept),
                ("/answers/<answer_id>/decline", self.decline),
                ("/close", self.close),
                ("/cancel", self.cancel),
            )
            for rule, act in routes:
                name = f"{act.__name__}_{path}"
                pages.add_url_rule(f"{base}{rule}", name, self._posted(kind, path, act), methods=["POST"])
            pages.add_url_rule(f"{base}/place", f"place_{path}", self._place(kind, path), methods=["POST"])

    async def answer(self, ref: Ref) -> None:
        """Propose oneself."""
        who, form = signed_in(), await parse_form(AnswerBody)
        await self._board.answer(who, ref, note=form.note, command_id=form.command_id)

    async def withdraw(self, ref: Ref) -> None:
        """Take one's answer back."""
        who, form = signed_in(), await parse_form(CommandBody)
        await self._board.withdraw(who, ref, command_id=form.command_id)

    async def accept(self, ref: Ref, answer_id: str) -> None:
        """Take an answer."""
        who, form = signed_in(), await parse_form(AcceptBody)
        await self._board.accept(who, ref, engagement_id=answer_id, reply=form.reply, command_id=form.command_id)

    async def decline(self, ref: Ref, answer_id: str) -> None:
        """Do not take an answer, or no longer."""
        who, form = signed_in(), await parse_form(CommandBody)
        await self._board.decline(who, ref, engagement_id=answer_id, command_id=form.command_id)

    async def close(self, ref: Ref) -> None:
        """Say how it ended."""
        who, form = signed_in(), await parse_form(CloseForm)
        await self._board.close(who, ref, outcome=form.outcome, seen=form.version, command_id=form.command_id)

    async def cancel(self, ref: Ref) -> None:
        """Take it back."""
        who, form = signed_in(), await parse_form(CancelForm)
        await self._board.cancel(who, ref, seen=form.version, command_id=form.command_id)

    def _posted(
        self, kind: PostingKind, path: str, act: Callable[..., Awaitable[None]]
    ) -> Callable[..., Awaitable[Answer]]:
        async def posted(posting_id: str, **more: str) -> Answer:
            ref = Ref(kind, posting_id)
            try:
                await act(ref, **more)
            except InvalidInput as error:
                return await self._pages.show(ref, error.status, error.fields)
            return redirect(f"/board/{path}/{posting_id}", 303)

        return posted

    def _place(self, kind: PostingKind, path: str) -> Callable[..., Awaitable[Answer]]:
        async def place(posting_id: str) -> Answer:
            found = await self._board.open_exact_place(signed_in(), Ref(kind, posting_id))
            return await render("board/place.html", place=found, path=f"/board/{path}/{posting_id}")

        return place
