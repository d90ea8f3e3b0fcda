"""Debate as the screens of a sitting show it."""

from __future__ import annotations

from tests.helpdesk.board.site import Site
from tests.meetings.sittings.council import opened


async def test_clerk_and_chair_read_who_has_spoken_for_how_long_and_on_what(site: Site) -> None:
    council = await opened(site)
    await council.act(council.clerk, "floor/give", member=council.seats["bilal"])
    site.clock.advance(minutes=7)
    await council.act(council.clerk, "floor/end")

    shown = await council.shown()

    for screen in ("clerk", "chair"):
        _before, _, times = shown[screen].partition("Speaking time by item, by group and by member")
        assert times.index("Tarifs de la cantine") < times.index("7 min") < times.index("Bilal"), screen
    assert "Speaking time" not in shown["public"]
