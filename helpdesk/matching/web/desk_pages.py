"""The agents' pages: what waits, filing a request for somebody, calling back."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import date
from typing import Any

from pydantic import ValidationError
from quart import Blueprint, redirect

from helpdesk.board.model import MAX_CAPACITY, Day, Draft
from helpdesk.board.service.permissions import FILE_FOR_ANOTHER
from helpdesk.board.service.postings import REQUESTS
from helpdesk.board.web.bodies import CommandBody
from helpdesk.board.web.edge import signed_in
from helpdesk.board.web.steps import POINT, what_given, written
from helpdesk.board.web.when_form import FIELDS as WHEN_FIELDS
from helpdesk.board.web.when_form import when_given
from helpdesk.board.web.words import day_choices, weekday_choices
from helpdesk.matching.model import CallResult, ConsentBy, Helped, Skill
from helpdesk.matching.service import messages
from helpdesk.matching.service.filing import Filing, queue
from helpdesk.matching.web.edge import Edge
from helpdesk.matching.web.place_form import FIELDS, Shown, search, where_given
from portal.clock import civil_date
from portal.errors import InvalidInput, fields_of
from portal.i18n import _, lazy
from portal.pages import Answer, parse_form, posted_form, render
from portal.permissions import require

WRITTEN = (
    *("name", "telephone", "consent", "given", "category_id", "title", "details", "language"),
    *WHEN_FIELDS,
    *FIELDS,
)
BLANK: Mapping[str, Any] = {**dict.fromkeys(WRITTEN, ""), "day": Day.ANY.value, "capacity": "1", "skills": []}


class CallForm(CommandBody):
    """What came of a call."""

    result: CallResult


class DecisionForm(CommandBody):
    """Whether a message is taken away."""

    decision: str


class DeskPages:
    """What agents and moderators see of matching."""

    def __init__(self, edge: Edge) -> None:
        """Of this portal."""
        self._edge = edge
        self._desk = edge.desk

    def add_to(self, pages: Blueprint) -> None:
        """Add the routes."""
        pages.get("/queue")(self.queue)
        pages.post("/queue/<request_id>/take")(self.take)
        pages.post("/queue/<request_id>/again")(self.again)
        pages.post("/queue/<request_id>/person")(self.person)
        pages.post("/calls/<call_id>")(self.call)
        pages.get("/file")(self.file_first)
        pages.post("/file")(self.file)
        pages.post("/reported/<message_id>")(self.decide)

    async def queue(self) -> Answer:
        """What waits for an agent."""
        who = signed_in()
        async with self._edge.portal.database.read() as db:
            found = await queue(db, who, self._edge.portal.clock())
            say = await self._edge.speech(db)
        return await render("matching/queue.html", queue=found, say=say, me=who.id)

    async def take(self, request_id: str) -> Answer:
        """An agent sees to it."""
        who, form = signed_in(), await parse_form(CommandBody)
        await self._desk.take(who, request_id, command_id=form.command_id)
        return redirect(f"/board/requests/{request_id}", 303)

    async def again(self, request_id: str) -> Answer:
        """Let the volunteers be asked once more."""
        who, form = signed_in(), await parse_form(CommandBody)
        await self._desk.ask_again(who, request_id, command_id=form.command_id)
        return redirect("/board/queue", 303)

    async def person(self, request_id: str) -> Answer:
        """Whom to call; it is noted."""
        who = signed_in()
        helped = await self._desk.open_person(who, request_id)
        return await render("matching/person.html", helped=helped, path=f"/board/requests/{request_id}")

    async def call(self, call_id: str) -> Answer:
        """What came of a call."""
        who, form = signed_in(), await parse_form(CallForm)
        await self._desk.record_call(who, call_id, form.result, command_id=form.command_id)
        return redirect("/board/queue", 303)

    async def file_first(self) -> Answer:
        """An empty form."""
        require(signed_in(), FILE_FOR_ANOTHER)
        return await self._file_page(BLANK)

    async def file(self) -> Answer:
        """Put the request on the board for somebody, or show the form again with what is wrong."""
        who = signed_in()
        require(who, FILE_FOR_ANOTHER)
        form = await posted_form()
        values = {**BLANK, **written(form, WRITTEN), "skills": form.getlist("skills")}
        is_search, shown, unclear = form.get("go") == "search", Shown(), dict[str, str]()
        if is_search or (values["q"] and not values["place"]):
            async with self._edge.portal.database.read() as db:
                shown, unclear = await search(db, values)
        if is_search:
            return await self._file_page(values, unclear, shown, status=422 if unclear else 200)
        if len(shown.addresses) == 1 and shown.addresses[0].address_id is not None:
            values["place"] = shown.addresses[0].address_id
        elif shown.addresses:
            unclear = {"place": lazy("Please choose which of these addresses it is.")}
        try:
            filing = _filing(values, unclear, civil_date(self._edge.portal.clock()))
            id_ = await self._desk.file(who, filing, command_id=form.get("command_id", ""))
        except InvalidInput as error:
            faults = {"place" if name in {"address", "form"} else name: text for name, text in error.fields.items()}
            return await self._file_page(values, faults or {"place": error.words()}, shown, status=error.status)
        return redirect(f"/board/requests/{id_}?done=posted", 303)

    async def decide(self, message_id: str) -> Answer:
        """Take a message away, or leave it."""
        who, form = signed_in(), await parse_form(DecisionForm)
        takes_away = form.decision == "take_away"
        await messages.decide(self._edge.matching, who, message_id, takes_away=takes_away, command_id=form.command_id)
        return redirect("/moderation?done=message", 303)

    async def _file_page(
        self,
        values: Mapping[str, Any],
        faults: Mapping[str, str] | None = None,
        shown: Shown | None = None,
        *,
        status: int = 200,
    ) -> Answer:
        portal = self._edge.portal
        async with portal.database.read() as db:
            say = await self._edge.speech(db)
        return await render(
            "matching/file.html",
            status,
            values=values,
            errors={name: _(text) for name, text in (faults or {}).items()},
            shown=shown or Shown(),
            point=POINT,
            days=day_choices(REQUESTS.name),
            weekdays=weekday_choices(),
            max_capacity=MAX_CAPACITY,
            say=say,
            command_id=secrets.token_urlsafe(12),
            tiles=portal.settings.map_tiles,
            attribution=portal.settings.map_attribution,
        )


def _filing(values: Mapping[str, Any], unclear: Mapping[str, str], today: date) -> Filing:
    """Everything checked at once, so that each wrong field is named together. Raises `InvalidInput`.

    `unclear`: what is wrong with the address that was typed.
    """
    faults = dict(unclear)
    helped = _checked(Helped, {"name": values["name"], "telephone": values["telephone"]}, faults)
    where = None
    try:
        where = where_given(values)
    except InvalidInput as error:
        faults |= error.fields
    if where is None and not unclear:
        faults.setdefault("place", lazy("Please choose an address, or a point on the map."))
    given: dict[str, Any] = where.model_dump() if where else {}
    for parse in (what_given, lambda values: when_given(values, today)):
        try:
            given |= parse(values).model_dump()
        except InvalidInput as error:
            faults |= error.fields
    draft = None if faults else _checked(Draft, given, faults)
    if values["consent"] not in set(ConsentBy):
        faults["consent"] = lazy("Please choose one of the answers offered.")
    if values["given"] != "yes":
        faults["given"] = lazy("Without their consent nothing can be filed.")
    if not set(values["skills"]) <= set(Skill):
        faults["skills"] = lazy("Please choose one of the answers offered.")
    if faults or helped is None or draft is None:
        raise InvalidInput(fields=faults)
    skills = tuple(Skill(skill) for skill in values["skills"])
    return Filing(helped, ConsentBy(values["consent"]), draft, values["language"], skills)


def _checked(model: Any, given: Mapping[str, Any], faults: dict[str, str]) -> Any:
    try:
        return model.model_validate(given)
    except ValidationError as error:
        faults |= fields_of(error)
        return None
