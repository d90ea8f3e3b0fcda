"""The queue and the floor on every screen, and what is posted about them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from quart import Blueprint, Quart

from meetings.attendance.model.presence import INTEREST_DECLARED, MEMBER_LEFT, ROOM_OPENED
from meetings.floor import service
from meetings.floor.model import FLOOR_ENDED, FLOOR_GIVEN, Asking
from meetings.floor.service.debate import end_of_speaker, end_with
from meetings.floor.service.microphones import (
    VOTE_CALLED,
    VOTE_RECORDED,
    close_after_speaker,
    close_after_vote,
    follow_phase,
    open_for_speaker,
    open_for_vote,
)
from meetings.floor.web.panels import add_panels
from meetings.sittings.model.progress import (
    CHAIR_TAKEN,
    ITEM_ENDED,
    SITTING_CLOSED,
    SITTING_OPENED,
    SITTING_RESUMED,
    SITTING_SUSPENDED,
)
from meetings.sittings.panels import Screen
from meetings.sittings.service.held import Chamber, Held
from meetings.sittings.web.conduct import ActForm, Conduct, Form, conduct_of
from portal.context import Portal
from portal.pages import Answer


def register(app: Quart, portal: Portal) -> None:
    """Add the acts, the panels, and what follows from other acts."""
    conduct = conduct_of(app, portal)
    take_part(conduct.chamber)
    add_panels(conduct.panels)
    pages = Blueprint("floor", __name__, url_prefix="/sittings")
    FloorActs(conduct).add_to(pages)
    app.register_blueprint(pages)


def take_part(chamber: Chamber) -> None:
    """End the floor where it has no place any more, and let the microphones follow."""
    for kind in (SITTING_SUSPENDED, ITEM_ENDED, SITTING_CLOSED):
        chamber.react(kind, end_with)
    for kind in (MEMBER_LEFT, INTEREST_DECLARED):
        chamber.react(kind, end_of_speaker)
    for kind in (ROOM_OPENED, SITTING_OPENED, CHAIR_TAKEN, SITTING_SUSPENDED, SITTING_RESUMED, SITTING_CLOSED):
        chamber.react(kind, follow_phase)
    chamber.react(FLOOR_GIVEN, open_for_speaker)
    chamber.react(FLOOR_ENDED, close_after_speaker)
    chamber.react(VOTE_CALLED, open_for_vote)
    chamber.react(VOTE_RECORDED, close_after_vote)


class _Member(ActForm):
    member: str = ""


class _Asking(_Member):
    kind: Asking = Asking.SPEECH


class FloorActs:
    """The routes below ``/sittings/<id>/floor``. Whose screen is shown afterwards, the form says."""

    def __init__(self, conduct: Conduct) -> None:
        """Act through this."""
        self._conduct = conduct

    def add_to(self, pages: Blueprint) -> None:
        """Name the addresses below /sittings."""
        for path, act in (("ask", self.ask), ("withdraw", self.withdraw), ("give", self.give), ("end", self.end)):
            pages.post(f"/<sitting_id>/floor/{path}")(act)

    async def ask(self, sitting_id: str) -> Answer:
        """Stand in the queue."""
        return await self._on(sitting_id, _Asking, lambda held, form: service.ask(held, form.member, form.kind))

    async def withdraw(self, sitting_id: str) -> Answer:
        """Leave the queue."""
        return await self._on(sitting_id, _Member, lambda held, form: service.withdraw(held, form.member))

    async def give(self, sitting_id: str) -> Answer:
        """Somebody speaks."""
        return await self._on(sitting_id, _Member, lambda held, form: service.give(held, form.member))

    async def end(self, sitting_id: str) -> Answer:
        """They have finished."""
        return await self._on(sitting_id, ActForm, lambda held, _form: service.end(held))

    async def _on(self, sitting_id: str, model: type[Form], do: Callable[[Held, Form], Awaitable[object]]) -> Answer:
        return await self._conduct.act_on(sitting_id, model, do, screen=Screen.CLERK)
