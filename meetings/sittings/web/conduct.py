"""The screens of a sitting under way, and the way in for the acts of every slice."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from pydantic import BaseModel, ConfigDict
from quart import Quart, Response, jsonify, redirect, render_template, request

from meetings.sittings.panels import Panels, Place, Screen, Sittings, Typed
from meetings.sittings.service.agenda import stream_of
from meetings.sittings.service.audience import require_known
from meetings.sittings.service.held import Chamber, Held, Look, hold, look
from meetings.sittings.service.permissions import CONDUCT
from portal.commands import COMMAND_ID, once
from portal.commands import Answer as CommandAnswer
from portal.context import Portal
from portal.errors import DomainError, Forbidden, InvalidInput, NotSignedIn
from portal.events import stream_head
from portal.i18n import _, lazy
from portal.pages import Answer, actor, parse_form, render, wants_json
from portal.permissions import may, require


class ActForm(BaseModel):
    """What every form of a screen bears besides its own fields."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    command_id: str = ""
    """Made by the page's script; the same one counts once."""
    screen: Screen | None = None
    """Where the form stands: what is shown afterwards."""


Form = TypeVar("Form", bound=ActForm)

PATHS = {Screen.CLERK: "cockpit", Screen.SEAT: "seat", Screen.PUBLIC: ""}


@dataclass(frozen=True)
class Conduct:
    """How a slice takes part in sittings: it draws panels, guards acts and carries its own out. One for the portal."""

    portal: Portal
    chamber: Chamber
    panels: Panels

    async def act(self, sitting_id: str, do: Callable[[Held], Awaitable[object]], *, screen: Screen) -> Answer:
        """`act_on` for an act whose form holds nothing of its own."""
        return await self.act_on(sitting_id, ActForm, lambda held, _form: do(held), screen=screen)

    async def act_on(
        self, sitting_id: str, model: type[Form], do: Callable[[Held, Form], Awaitable[object]], *, screen: Screen
    ) -> Answer:
        """Carry out one act in one transaction, then show the screen it came from; a program gets the new number.

        A form that bears a ``command_id`` counts once, however often it is sent. What a rule or a guard refuses is
        said on the screen itself, and nothing is noted. What `do` returns as a dict goes into a program's answer.
        """
        try:
            form = await parse_form(model)
            screen = form.screen or screen
            answer = await self._once(sitting_id, form, do)
        except DomainError as error:
            if wants_json():
                raise
            return await self.show(sitting_id, screen, error)
        if wants_json():
            return jsonify(answer)
        return redirect(f"/sittings/{sitting_id}/{PATHS[screen]}".rstrip("/"), 303)

    async def _once(self, sitting_id: str, form: Form, do: Callable[[Held, Form], Awaitable[object]]) -> CommandAnswer:
        if form.command_id and not COMMAND_ID.fullmatch(form.command_id):
            raise InvalidInput(fields={"command_id": lazy("This does not have the right form.")})
        who = actor()
        async with self.portal.database.write() as db:
            held = await hold(db, self.chamber, who, sitting_id, self.portal.clock())
            await require_known(db, who, held.sitting, held.now)

            async def carry_out() -> CommandAnswer:
                said = await do(held, form)
                return {"number": held.course.number, **(said if isinstance(said, dict) else {})}

            if not form.command_id or who is None:
                answer = await carry_out()
            else:
                answer = await once(
                    db,
                    actor_id=who.account_id,
                    command_id=form.command_id,
                    asked=f"{request.path} {form.model_dump_json(exclude={'command_id', 'screen'})}",
                    at=held.now,
                    do=carry_out,
                )
        self.chamber.keep(sitting_id, held.course)
        return answer

    async def show(
        self, sitting_id: str, screen: Screen, error: DomainError | None = None, *, in_hall: bool = False
    ) -> Response:
        """A screen as it stands; `in_hall` is the public's, large, for a wall.

        Raises `NotFound`, `NotSignedIn` and `Forbidden` for whom it is not.
        """
        if screen is not Screen.PUBLIC and actor() is None:
            raise NotSignedIn
        async with self.portal.database.read() as db:
            found = await look(db, self.chamber, actor(), sitting_id)
            await require_known(db, found.actor, found.sitting, self.portal.clock())
            require_screen(found, screen)
            head = await stream_head(db, stream_of(sitting_id))
            typed = await _typed(sitting_id) if error else Typed()
            panels = await self.panels.draw(found, screen, render_template, typed=typed)
            places = self.panels.places(found, screen)
        return await render(
            "sittings/screen.html",
            error.status if error else 200,
            look=found,
            screen=screen.value,
            panels=panels,
            places={place.value: places[place.value] for place in Place},
            problem=_words(error) if error else None,
            in_hall=in_hall,
            may_conduct=may(found.actor, CONDUCT),
            head=head,
        )


async def _typed(sitting_id: str) -> Typed:
    """What the form held whose act is answered."""
    return Typed(request.path.removeprefix(f"/sittings/{sitting_id}/"), (await request.form).to_dict())


def _words(error: DomainError) -> str:
    """What the form's fields say, or the refusal itself."""
    return " ".join(_(sentence) for sentence in error.fields.values()) or error.words()


def require_screen(found: Look, screen: Screen) -> None:
    """Raise for whoever a screen of a sitting that they know of is not for: `NotSignedIn`, `Forbidden`."""
    if screen is Screen.CLERK:
        require(found.actor, CONDUCT)
    elif screen is Screen.SEAT and found.own_seat is None:
        raise Forbidden(lazy("This page is for the members of the sitting. It opens for them when the roll is taken."))


def conduct_of(app: Quart, portal: Portal) -> Conduct:
    """How another slice takes part; there once sittings have registered."""
    found = Sittings.of(app)
    return Conduct(portal, found.chamber, found.panels)
