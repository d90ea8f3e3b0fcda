"""Changing what one wrote: one page with all of it but the place."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from quart import Blueprint, redirect

from helpdesk.board.model import MAX_CAPACITY, NotTheAuthor, Revision
from helpdesk.board.service.cards import AnyPosting
from helpdesk.board.service.editing import edit
from helpdesk.board.service.permissions import may_run
from helpdesk.board.service.postings import OFFERS, REQUESTS, PostingKind, Ref, access_posting
from helpdesk.board.web.edge import Edge, signed_in
from helpdesk.board.web.steps import COMMAND, what_given, written
from helpdesk.board.web.when_form import FIELDS, values_of, when_given
from helpdesk.board.web.words import day_choices, weekday_choices
from portal.clock import civil_date
from portal.errors import InvalidInput
from portal.i18n import _
from portal.pages import Answer, posted_form, render
from portal.permissions import require

_FIELDS = ("category_id", "title", "details", *FIELDS)


class Editing:
    """The page and its form, for both kinds."""

    def __init__(self, edge: Edge) -> None:
        """Of this portal's board."""
        self._edge = edge

    def add_to(self, pages: Blueprint) -> None:
        """Add the routes."""
        for kind, path in ((REQUESTS, "requests"), (OFFERS, "offers")):
            rule = f"/{path}/<posting_id>/edit"
            pages.add_url_rule(rule, f"edit_{path}", self._at(kind, path, self.show))
            pages.add_url_rule(rule, f"edited_{path}", self._at(kind, path, self.take), methods=["POST"])

    def _at(
        self, kind: PostingKind, path: str, do: Callable[[Ref, str], Awaitable[Answer]]
    ) -> Callable[[str], Awaitable[Answer]]:
        async def handle(posting_id: str) -> Answer:
            return await do(Ref(kind, posting_id), f"/board/{path}/{posting_id}")

        return handle

    async def show(self, ref: Ref, path: str) -> Answer:
        """As it stands."""
        posting = await self._own(ref)
        values = {name: getattr(posting, name) for name in ("category_id", "title", "details")}
        values |= values_of(posting.schedule, posting.capacity)
        return await self._render(ref, path, posting.version, values)

    async def take(self, ref: Ref, path: str) -> Answer:
        """Keep what was written, or show it again with what is wrong."""
        who, form = signed_in(), await posted_form()
        values = written(form, _FIELDS)
        version = int(form["version"]) if form.get("version", "").isdecimal() else None
        faults: dict[str, str] = {}
        given: dict[str, object] = {}
        today = civil_date(self._edge.portal.clock())
        for parse in (what_given, lambda values: when_given(values, today)):
            try:
                given |= parse(values).model_dump()
            except InvalidInput as error:
                faults |= error.fields
        if not faults:
            try:
                revision, command_id = Revision.model_validate(given), form.get(COMMAND, "")
                await edit(self._edge.board, who, ref, revision, seen=version, command_id=command_id)
            except InvalidInput as error:
                faults |= error.fields
            else:
                return redirect(f"{path}?done=edited", 303)
        await self._own(ref)
        return await self._render(ref, path, version, values, faults)

    async def _own(self, ref: Ref) -> AnyPosting:
        who = signed_in()
        require(who, ref.kind.actions.edit)
        async with self._edge.portal.database.read() as db:
            posting = await access_posting(db, ref)
        if not may_run(who, posting):
            raise NotTheAuthor
        posting.require_editable()
        return posting

    async def _render(
        self,
        ref: Ref,
        path: str,
        version: int | None,
        values: Mapping[str, str],
        faults: Mapping[str, str] | None = None,
    ) -> Answer:
        async with self._edge.portal.database.read() as db:
            say = await self._edge.speech(db)
        return await render(
            "board/edit.html",
            InvalidInput.status if faults else 200,
            kind=ref.kind.name,
            path=path,
            version=version,
            values=values,
            errors={name: _(sentence) for name, sentence in (faults or {}).items()},
            days=day_choices(ref.kind.name),
            weekdays=weekday_choices(),
            max_capacity=MAX_CAPACITY,
            say=say,
        )
