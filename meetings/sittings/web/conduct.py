"""The screens of a sitting under way, and the way in for the acts of every slice."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from quart import Quart, Response, jsonify, redirect, render_template

from meetings.sittings.service.agenda import stream_of
from meetings.sittings.service.held import Chamber, Held, Look, hold, look
from meetings.sittings.service.permissions import CONDUCT
from meetings.sittings.service.reading import PUBLIC
from meetings.sittings.web.panels import Panels, Place, Screen
from portal.commands import COMMAND_ID, once
from portal.context import Portal
from portal.errors import DomainError, Forbidden, InvalidInput, NotFound
from portal.events import stream_head
from portal.i18n import lazy
from portal.pages import Answer, actor, posted_form, render, wants_json
from portal.permissions import may, require

_EXTENSION = "parvis.sittings"

PATHS = {Screen.CLERK: "cockpit", Screen.SEAT: "seat", Screen.PUBLIC: ""}


@dataclass(frozen=True)
class Conduct:
    """How a slice takes part in sittings: it draws panels, guards acts and carries its own out. One for the portal."""

    portal: Portal
    chamber: Chamber
    panels: Panels

    async def act(self, sitting_id: str, do: Callable[[Held], Awaitable[object]], *, screen: Screen) -> Answer:
        """Carry out one act in one transaction, then show the screen it came from; a program gets the new number.

        A form that bears a ``command_id`` counts once, however often it is sent. What a rule or a guard refuses is
        said on the screen itself, and nothing is noted.
        """
        form = await posted_form()
        command_id = form.get("command_id", "")
        if command_id and not COMMAND_ID.fullmatch(command_id):
            raise InvalidInput(fields={"command_id": lazy("This does not have the right form.")})
        fields = sorted((name, value) for name, value in form.items(multi=True) if name != "csrf_token")
        who = actor()
        try:
            async with self.portal.database.write() as db:
                held = await hold(db, self.chamber, who, sitting_id, self.portal.clock())

                async def carry_out() -> dict[str, str | int | bool | None]:
                    said = await do(held)
                    answer = said if isinstance(said, dict) else {}
                    return {"number": held.course.number, **answer}

                if command_id and who is not None:
                    answer = await once(
                        db,
                        actor_id=who.account_id,
                        command_id=command_id,
                        asked=repr(fields),
                        at=held.now,
                        do=carry_out,
                    )
                else:
                    answer = await carry_out()
        except DomainError as error:
            if wants_json():
                raise
            return await self.show(sitting_id, screen, error)
        if wants_json():
            return jsonify(answer)
        return redirect(f"/sittings/{sitting_id}/{PATHS[screen]}".rstrip("/"), 303)

    async def show(self, sitting_id: str, screen: Screen, error: DomainError | None = None) -> Response:
        """A screen as it stands. Raises `NotFound`, `NotSignedIn` and `Forbidden` for whom it is not."""
        async with self.portal.database.read() as db:
            found = await look(db, self.chamber, actor(), sitting_id)
            require_screen(found, screen)
            head = await stream_head(db, stream_of(sitting_id))
            panels = await self.panels.draw(found, screen, render_template)
            places = self.panels.places(found, screen)
        return await render(
            "sittings/screen.html",
            error.status if error else 200,
            look=found,
            screen=screen.value,
            panels=panels,
            places={place.value: places[place.value] for place in Place},
            problem=error.words() if error else None,
            head=head,
        )


def require_screen(found: Look, screen: Screen) -> None:
    """Raise for whoever a screen is not for: `NotSignedIn`, `Forbidden`, or `NotFound` for what was not called."""
    if screen is Screen.CLERK:
        require(found.actor, CONDUCT)
    elif screen is Screen.SEAT and found.own_seat is None:
        raise Forbidden(lazy("This page is for the members of the sitting. It opens for them when the roll is taken."))
    elif found.sitting.state not in PUBLIC and not may(found.actor, CONDUCT):
        raise NotFound


def conduct_of(app: Quart) -> Conduct:
    """What sittings offer to the slices above them; there once sittings have registered."""
    found: Conduct = app.extensions[_EXTENSION]
    return found


def offer(app: Quart, conduct: Conduct) -> None:
    """Let the slices above find it."""
    app.extensions[_EXTENSION] = conduct
