"""The panels of a sitting's screens: each slice draws its own part of the cockpit, of a member's page, of the hall.

A panel is drawn once with the page and again by the live channel whenever the journal moves on, from one template, so
that what is pushed and what is loaded cannot differ.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from quart import Quart

from meetings.sittings.service.held import Chamber, Look
from portal.i18n import current_locale

_EXTENSION = "parvis.sittings"


class Screen(StrEnum):
    """Who looks, and what for."""

    CLERK = "clerk"
    """The cockpit: everything, with the next legal step."""
    SEAT = "seat"
    """A member's own page; the chair's too."""
    PUBLIC = "public"
    """The page without account, and the display in the hall."""


class Place(StrEnum):
    """Where on a screen."""

    HEAD = "head"
    """Always in sight: where we are, the quorum, a pause."""
    AGENDA = "agenda"
    ITEM = "item"
    """The item under discussion: text, documents, floor, ballot."""
    PEOPLE = "people"


Context = Callable[[Look, Screen], Awaitable[Mapping[str, object]]]
"""What a panel's template needs."""

Draw = Callable[..., Awaitable[str]]
"""Renders a template by its name with a context."""


@dataclass(frozen=True)
class Panel:
    """One part of some screens."""

    name: str
    """Stable and unique: the element is ``panel-<name>``."""
    place: Place
    order: int
    """Within its place; the lowest first."""
    screens: frozenset[Screen]
    template: str
    context: Context
    in_closed_session: bool = False
    """Whether the public still sees it while the doors are closed (CGCT L2121-18). Say yes only for what tells
    nothing of the discussion."""
    of_seat: bool = False
    """Whether it says something else to each member. All others of a screen are one for all seats that do not
    preside; they are drawn once."""


@dataclass(frozen=True)
class Typed:
    """What a form held that was refused: a page without script comes back with it. Empty for every other drawing."""

    act: str = ""
    """As the form names it, below the sitting's address: ``course/discussion``."""
    values: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, act: str, name: str, otherwise: object = "") -> object:
        """What stands in a field of the form of `act`."""
        return self.values.get(name, otherwise) if self.is_of(act) else otherwise

    def is_of(self, act: str) -> bool:
        """Whether it is the form of `act` that was refused."""
        return act == self.act


Drawn = dict[tuple[str, Screen, str, str], str]
"""Panels of one moment of a sitting, by name, screen, whom they are for, and language."""


@dataclass
class Panels:
    """All panels of the portal."""

    _panels: list[Panel] = field(default_factory=list)

    def add(self, panel: Panel) -> None:
        """Let a slice draw a part. Raises `ValueError` for a name that is taken."""
        if any(known.name == panel.name for known in self._panels):
            raise ValueError(f"panel {panel.name} is added twice")
        self._panels.append(panel)
        self._panels.sort(key=lambda known: (known.place, known.order))

    @property
    def templates(self) -> list[str]:
        """The template of each."""
        return [panel.template for panel in self._panels]

    def of(self, look: Look, screen: Screen) -> list[Panel]:
        """The panels of a screen at this moment, in order."""
        is_closed = screen is Screen.PUBLIC and look.progress.doors_closed_at is not None
        return [
            panel for panel in self._panels if screen in panel.screens and (panel.in_closed_session or not is_closed)
        ]

    async def draw(
        self, look: Look, screen: Screen, render: Draw, drawn: Drawn | None = None, typed: Typed = Typed()
    ) -> dict[str, str]:
        """The HTML of each panel of a screen, by its name, in order.

        What stands in `drawn` is taken from there, and what is drawn is kept in it for the next of many. `typed` is
        for one person: it is never drawn for many.
        """
        drawn = {} if drawn is None else drawn
        found: dict[str, str] = {}
        for panel in self.of(look, screen):
            key = (panel.name, screen, _whom(panel, look), current_locale())
            if key not in drawn:
                context = await panel.context(look, screen)
                html = await render(panel.template, look=look, screen=screen.value, typed=typed, **context)
                drawn[key] = html.strip()
            found[panel.name] = drawn[key]
        return found

    def places(self, look: Look, screen: Screen) -> dict[str, list[str]]:
        """The names of a screen's panels by their place."""
        found: dict[str, list[str]] = {place.value: [] for place in Place}
        for panel in self.of(look, screen):
            found[panel.place.value].append(panel.name)
        return found


def _whom(panel: Panel, look: Look) -> str:
    seat = look.own_seat
    if panel.of_seat and seat is not None:
        return seat.mandate_id
    return "chair" if look.presides else ""


@dataclass(frozen=True)
class Sittings:
    """What sittings offer to the slices above them, and to their own edges; one for the portal."""

    chamber: Chamber
    panels: Panels = field(default_factory=Panels)

    def offer(self, app: Quart) -> None:
        """Let those find it who register later."""
        app.extensions[_EXTENSION] = self

    @classmethod
    def of(cls, app: Quart) -> Sittings:
        """What `offer` gave."""
        found: Sittings = app.extensions[_EXTENSION]
        return found
