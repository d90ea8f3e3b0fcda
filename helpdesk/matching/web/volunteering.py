"""The page on which somebody says what they offer, when they are on duty, and how far they go."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError
from quart import Blueprint, redirect, request

from helpdesk.board.web.edge import signed_in
from helpdesk.board.web.steps import POINT
from helpdesk.matching.model import Volunteer
from helpdesk.matching.service.permissions import VOLUNTEER
from helpdesk.matching.service.volunteers import REACH_STEPS, Profile, profile_of, serve, switch
from helpdesk.matching.web.edge import Edge
from helpdesk.matching.web.place_form import FIELDS, Shown, search, where_given
from helpdesk.trust.model import GuidanceKind
from helpdesk.trust.service.guidance import RulesNotRead, unread
from portal.errors import InvalidInput, fields_of
from portal.i18n import _
from portal.pages import Answer, posted_form, render
from portal.permissions import Actor, require
from portal.town.service import public_areas

MANY = ("categories", "slots", "languages", "skills")
ONE = ("is_on", "away_until", "reach")


class Volunteering:
    """The volunteer's own page."""

    def __init__(self, edge: Edge) -> None:
        """Of this portal."""
        self._edge = edge

    def add_to(self, pages: Blueprint) -> None:
        """Add the routes."""
        pages.get("/helping")(self.first)
        pages.post("/helping")(self.save)
        pages.post("/helping/switch")(self.switch)

    async def first(self) -> Answer:
        """The form as it was left, or empty."""
        who = signed_in()
        require(who, VOLUNTEER)
        async with self._edge.portal.database.read() as db:
            found = await profile_of(db, who.id)
        return await self._render(who, _values_of(found), saved="saved" in request.args)

    async def save(self) -> Answer:
        """Keep it, or show it again with what is wrong."""
        who = signed_in()
        require(who, VOLUNTEER)
        form = await posted_form()
        values: dict[str, Any] = {name: form.get(name, "").strip() for name in (*ONE, *FIELDS)}
        values |= {name: form.getlist(name) for name in MANY}
        if form.get("go") == "search" or (values["q"] and not values["place"]):
            async with self._edge.portal.database.read() as db:
                shown, faults = await search(db, values)
            return await self._render(who, values, faults, shown, status=422 if faults else 200)
        try:
            profile = _profile(values)
            command_id = form.get("command_id", "")
            given = form.get("rules", "")
            charter = int(given) if given.isascii() and given.isdecimal() and len(given) < 6 else None
            home = where_given(values)
            await serve(self._edge.matching, who, profile, home=home, charter=charter, command_id=command_id)
        except InvalidInput as error:
            faults = {"place" if name in {"address", "form"} else name: text for name, text in error.fields.items()}
            return await self._render(who, values, faults or {"place": error.words()}, status=error.status)
        return redirect("/board/helping?saved", 303)

    async def switch(self) -> Answer:
        """On duty, or not for now."""
        who = signed_in()
        form = await posted_form()
        is_on = form.get("on") == "yes"
        try:
            await switch(self._edge.matching, who, is_on=is_on, command_id=form.get("command_id", ""))
        except RulesNotRead:
            # The charter has changed since: it stands on the page of one's hours.
            return redirect("/board/helping", 303)
        return redirect("/board/asked", 303)

    async def _render(
        self,
        who: Actor,
        values: Mapping[str, Any],
        faults: Mapping[str, str] | None = None,
        shown: Shown | None = None,
        *,
        status: int = 200,
        saved: bool = False,
    ) -> Answer:
        portal = self._edge.portal
        async with portal.database.read() as db:
            say = await self._edge.speech(db)
            found = await profile_of(db, who.id)
            areas = await public_areas(db, {found.cell_id}) if found else {}
            charter = await unread(db, who.id, GuidanceKind.CHARTER)
        district = say.districts.get(areas[found.cell_id].district_id) if found and areas else None
        return await render(
            "matching/helping.html",
            status,
            values=values,
            errors={name: _(text) for name, text in (faults or {}).items()},
            shown=shown or Shown(),
            has_area=found is not None,
            away_until=found.away_until if found else None,
            district=district,
            charter=charter,
            point=POINT,
            say=say,
            command_id=secrets.token_urlsafe(12),
            flashes=[("good", _("Saved. Thank you!"))] if saved else [],
            tiles=portal.settings.map_tiles,
            attribution=portal.settings.map_attribution,
        )


def _values_of(found: Volunteer | None) -> dict[str, Any]:
    if found is None:
        return {"is_on": "yes", "reach": "around", "languages": ["fr"], "categories": [], "slots": [], "skills": []}
    reach = next(name for name, step in REACH_STEPS.items() if step == found.reach)
    return {
        "is_on": "yes" if found.is_on else "",
        "away_until": found.away_until.isoformat() if found.away_until else "",
        "categories": found.categories,
        "slots": found.slots,
        "reach": reach,
        "languages": found.languages,
        "skills": found.skills,
    }


def _profile(values: Mapping[str, Any]) -> Profile:
    given = {name: values[name] for name in (*ONE, *MANY) if values[name]}
    try:
        return Profile.model_validate(given | {"is_on": values["is_on"] == "yes"})
    except ValidationError as error:
        raise InvalidInput(fields=fields_of(error)) from error
