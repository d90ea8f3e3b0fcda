"""The way from the screens of a sitting to its record."""

from __future__ import annotations

from collections.abc import Mapping

from meetings.sittings.panels import Panel, Panels, Place, Screen
from meetings.sittings.service.held import Look


def add_panel(panels: Panels) -> None:
    """A link on every screen once the sitting is over; the clerk's draft while it is under way."""
    panels.add(Panel("record", Place.ITEM, 900, frozenset(Screen), "minutes/panel.html", _context))


async def _context(look: Look, screen: Screen) -> Mapping[str, object]:
    return {
        "is_over": look.progress.is_over,
        "is_draft": screen is Screen.CLERK and look.progress.is_under_way,
    }
