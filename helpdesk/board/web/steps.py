"""Asking and offering in three short steps and a last look: forms, of which nothing is kept before posting."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from quart import Blueprint, redirect, request
from sqlalchemy.ext.asyncio import AsyncSession
from werkzeug.datastructures import MultiDict

from helpdesk.board.model import MAX_CAPACITY, Day, Draft, What, When, Where
from helpdesk.board.place import DrawnPlace, drawn_place, public_place
from helpdesk.board.service.cards import Card, card_of
from helpdesk.board.service.ground import find
from helpdesk.board.service.postings import PostingKind
from helpdesk.board.web.edge import Edge, signed_in
from helpdesk.board.web.when_form import FIELDS as WHEN_FIELDS
from helpdesk.board.web.when_form import SEPARATOR, when_given
from helpdesk.board.web.words import day_choices, weekday_choices
from portal.clock import civil_date
from portal.errors import InvalidInput, fields_of
from portal.i18n import _, lazy
from portal.pages import Answer, posted_form, render
from portal.permissions import Actor, require
from portal.town.service import EMERGENCY, Suggestion, fits, search_addresses, town_settings

Model = TypeVar("Model", bound=BaseModel)


class Step(IntEnum):
    """WHAT -> WHERE -> WHEN -> CHECK -> posted."""

    WHAT = 1
    WHERE = 2
    WHEN = 3
    CHECK = 4


FIELDS = {
    "category_id": Step.WHAT,
    "title": Step.WHAT,
    "details": Step.WHAT,
    "q": Step.WHERE,
    "place": Step.WHERE,
    "longitude": Step.WHERE,
    "latitude": Step.WHERE,
    **dict.fromkeys(WHEN_FIELDS, Step.WHEN),
}
"""Every field and the step that asks for it; the others carry it along, hidden."""

COMMAND = "command_id"
"""Made with the first step and carried to the end, so that a post sent twice counts once."""

POINT = "point"
"""The answer “the point that I marked on the map”; any other is an address's id."""

_RENAMED = {"form": "place", "address_id": "place", "address": "place", "by": "on"}
"""Fields of the draft as the forms name them."""

_ALONE = {step.name.lower(): step for step in Step if step is not Step.CHECK}
"""The steps that can be shown before anything is known: the last look is made of all the others."""

Values = Mapping[str, str]


@dataclass
class Shown:
    """What one step's page holds."""

    step: Step
    values: Values
    errors: Mapping[str, str] = field(default_factory=dict)
    addresses: list[Suggestion] = field(default_factory=list)
    is_new: bool = False
    """Nothing has been written yet."""
    chosen: str = ""
    """The words for the exact place: read by the author only."""
    card: Card | None = None
    area: DrawnPlace | None = None


class Steps:
    """The pages of one kind of posting."""

    def __init__(self, edge: Edge, kind: PostingKind, path: str) -> None:
        """`path` is the last part of the pages' address."""
        self._edge = edge
        self._kind = kind
        self._path = path

    def add_to(self, pages: Blueprint) -> None:
        """Add the routes."""
        pages.add_url_rule(f"/{self._path}", f"{self._path}_first", self.first)
        pages.add_url_rule(f"/{self._path}", f"{self._path}_next", self.next, methods=["POST"])

    async def first(self) -> Answer:
        """An empty first step, or one that the script of the page fills in again after “back”."""
        require(signed_in(), self._kind.actions.post)
        given = {"category_id": request.args.get("category", "")[:40], COMMAND: secrets.token_urlsafe(12)}
        step = _ALONE.get(request.args.get("step", ""), Step.WHAT)
        return await self._render(Shown(step, given, is_new=True))

    async def next(self) -> Answer:
        """Check a step and show the next, the one before, or the first with a fault; after the last look, post."""
        who = signed_in()
        require(who, self._kind.actions.post)
        form = await posted_form()
        values = written(form, (*FIELDS, COMMAND))
        step = _step_named(form.get("step", ""))
        if form.get("go") == "back":
            return await self._render(Shown(Step(max(step - 1, Step.WHAT)), values))
        if step is Step.WHERE and (form.get("go") == "search" or not values.get("place")):
            return await self._search(values, goes_on=form.get("go") != "search")
        try:
            if step is Step.CHECK:
                return await self._post(who, values)
            return await self._render(await self._checked(who, step, values))
        except InvalidInput as error:
            faults = {_RENAMED.get(name, name): sentence for name, sentence in error.fields.items()}
            if not faults:
                faults = {"place": error.words()}
            # The last look shows what is without a fault: what belongs to no field is said one step before it.
            where = min(FIELDS.get(name, min(step, Step.WHEN)) for name in faults)
            return await self._render(Shown(where, values, faults), error.status)

    async def _search(self, values: Values, *, goes_on: bool) -> Answer:
        """The addresses that fit. `goes_on`: the person wanted the next step, and has chosen none yet."""
        async with self._edge.portal.database.read() as db:
            text = values.get("q", "")
            found = await search_addresses(db, text) if fits(text) else []
        if found and not goes_on:
            return await self._render(Shown(Step.WHERE, values, addresses=found))
        if found:
            fault = {"place": lazy("Please choose your address here, then go on.")}
            return await self._render(Shown(Step.WHERE, values, fault, addresses=found), InvalidInput.status)
        if text:
            fault = {"q": lazy("No such address in the town's file. Try the street alone, or mark a point on the map.")}
        else:
            fault = {"q": lazy("Please give an address, or mark a point on the map.")}
        return await self._render(Shown(Step.WHERE, values, fault), InvalidInput.status)

    async def _checked(self, who: Actor, step: Step, values: Values) -> Shown:
        """The page after `step`. Raises `InvalidInput` for this step or one before it."""
        today = civil_date(self._edge.portal.clock())
        what, shown = what_given(values), Shown(Step(step + 1), values)
        if step is Step.WHAT:
            return shown
        where = _where(values)
        async with self._edge.portal.database.read() as db:
            shown.chosen = (await find(db, where)).place.label or _("The point that you marked on the map")
            if step is Step.WHEN:
                draft = _draft(what, where, when_given(values, today))
                await self._preview(db, who, draft, shown)
        return shown

    async def _preview(self, db: AsyncSession, who: Actor, draft: Draft, shown: Shown) -> None:
        """Exactly what others will see, made by what makes it for them."""
        posting = await self._edge.board.preview(db, who, self._kind, draft)
        area = (await find(db, draft)).area
        shown.card, shown.area = card_of(posting, public_place(area)), drawn_place(area)

    async def _post(self, who: Actor, values: Values) -> Answer:
        today = civil_date(self._edge.portal.clock())
        draft = _draft(what_given(values), _where(values), when_given(values, today))
        id_ = await self._edge.board.post(who, self._kind, draft, command_id=values.get(COMMAND, ""))
        kind = "requests" if self._kind.name == "help_request" else "offers"
        return redirect(f"/board/{kind}/{id_}?done=posted", 303)

    async def _render(self, shown: Shown, status: int = 200) -> Answer:
        async with self._edge.portal.database.read() as db:
            say = await self._edge.speech(db)
            emergency = (await town_settings(db)).text(EMERGENCY)
        values = {"day": Day.ANY.value, "capacity": "1", **shown.values}
        return await render(
            "board/steps.html",
            status,
            kind=self._kind.name,
            path=f"/board/{self._path}",
            step=int(shown.step),
            step_name=shown.step.name.lower(),
            is_new=shown.is_new,
            values=values,
            carried={name: value for name, value in values.items() if FIELDS.get(name) is not shown.step},
            errors={name: _(sentence) for name, sentence in shown.errors.items()},
            shown=shown,
            point=POINT,
            days=day_choices(self._kind.name),
            weekdays=weekday_choices(),
            max_capacity=MAX_CAPACITY,
            say=say,
            emergency=emergency,
            tiles=self._edge.portal.settings.map_tiles,
            attribution=self._edge.portal.settings.map_attribution,
        )


def written(form: MultiDict[str, str], names: Iterable[str]) -> dict[str, str]:
    """What the form holds of these fields; several answers to one as one text."""
    return {name: SEPARATOR.join(form.getlist(name)).strip() for name in names if name in form}


def _step_named(name: str) -> Step:
    try:
        return Step[name.upper()]
    except KeyError:
        raise InvalidInput(fields={"step": lazy("This is not expected here.")}) from None


def _parsed(model: type[Model], given: Mapping[str, Any]) -> Model:
    try:
        return model.model_validate({name: value for name, value in given.items() if value not in {"", None}})
    except ValidationError as error:
        raise InvalidInput(fields=fields_of(error)) from error


def what_given(values: Values) -> What:
    """What the first step's fields say. Raises `InvalidInput` for each that does not fit."""
    return _parsed(What, {name: values.get(name) for name in ("category_id", "title", "details")})


def _where(values: Values) -> Where:
    place = values.get("place", "")
    if place == POINT:
        return _parsed(Where, {name: values.get(name) for name in ("longitude", "latitude")})
    return _parsed(Where, {"address_id": place})


def _draft(what: What, where: Where, when: When) -> Draft:
    return Draft.model_validate({**what.model_dump(), **where.model_dump(), **when.model_dump()})
