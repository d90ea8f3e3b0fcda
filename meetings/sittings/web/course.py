"""The screens of a sitting under way, and the acts that belong to the sitting itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from quart import Blueprint

from meetings.sittings.model.progress import ROLL_OPENED, SITTING_OPENED, ItemOutcome
from meetings.sittings.panels import Screen
from meetings.sittings.service import conduct as acts
from meetings.sittings.service.held import Held
from meetings.sittings.web.conduct import ActForm, Conduct, Form
from meetings.sittings.web.progress_panels import add_panels
from portal.pages import Answer


class _Member(ActForm):
    member: str = ""
    reason: str = ""


class _Secretary(ActForm):
    member: str = ""
    assistants: str = ""


class _Ended(ActForm):
    outcome: ItemOutcome = ItemOutcome.DONE
    reason: str = ""
    item: str = ""


class _Reason(ActForm):
    reason: str = ""


class _Stream(ActForm):
    address: str = ""


class _Discussion(ActForm):
    item: str = ""
    text: str = ""


class CoursePages:
    """The cockpit, a member's page, the display in the hall, and what is done on them."""

    def __init__(self, conduct: Conduct) -> None:
        """Act through this; draws the sitting's own panels."""
        self._conduct = conduct
        add_panels(conduct.panels)
        conduct.chamber.guard(ROLL_OPENED, acts.require_day)
        conduct.chamber.guard(SITTING_OPENED, acts.require_time)
        conduct.chamber.guard(SITTING_OPENED, acts.require_stream)

    def add_to(self, pages: Blueprint) -> None:
        """Name the addresses below /sittings."""
        pages.get("/<sitting_id>/cockpit")(self.cockpit)
        pages.get("/<sitting_id>/seat")(self.seat)
        pages.get("/<sitting_id>/hall")(self.hall)
        for path, act in (
            ("roll", self.open_roll),
            ("chair", self.take_chair),
            ("secretary", self.appoint_secretary),
            ("end-item", self.end_item),
            ("suspend", self.suspend),
            ("decline", self.decline),
            ("doors/close", self.close_doors),
            ("doors/open", self.open_doors),
            ("stream", self.record_stream),
            ("discussion", self.note_discussion),
            ("close", self.close),
        ):
            pages.post(f"/<sitting_id>/course/{path}")(act)

    async def cockpit(self, sitting_id: str) -> Answer:
        """The clerk's."""
        return await self._conduct.show(sitting_id, Screen.CLERK)

    async def seat(self, sitting_id: str) -> Answer:
        """A member's own."""
        return await self._conduct.show(sitting_id, Screen.SEAT)

    async def hall(self, sitting_id: str) -> Answer:
        """For the wall: what the public sees, large."""
        return await self._conduct.show(sitting_id, Screen.PUBLIC, in_hall=True)

    async def open_roll(self, sitting_id: str) -> Answer:
        """Begin to receive members."""
        return await self._act(sitting_id, acts.open_roll)

    async def take_chair(self, sitting_id: str) -> Answer:
        """Somebody else presides."""
        return await self._on(sitting_id, _Member, lambda held, form: acts.take_chair(held, form.member, form.reason))

    async def appoint_secretary(self, sitting_id: str) -> Answer:
        """The secretary and auxiliaries."""
        return await self._on(
            sitting_id,
            _Secretary,
            lambda held, form: acts.appoint_secretary(held, form.member, tuple(form.assistants.splitlines())),
        )

    async def end_item(self, sitting_id: str) -> Answer:
        """Done, postponed or withdrawn."""
        return await self._on(
            sitting_id, _Ended, lambda held, form: acts.end_item(held, form.outcome, form.reason, form.item)
        )

    async def suspend(self, sitting_id: str) -> Answer:
        """A pause."""
        return await self._on(sitting_id, _Reason, lambda held, form: acts.suspend(held, form.reason))

    async def decline(self, sitting_id: str) -> Answer:
        """No pause."""
        return await self._act(sitting_id, acts.decline_suspension)

    async def close_doors(self, sitting_id: str) -> Answer:
        """The public leaves a meeting that is not a council's."""
        return await self._act(sitting_id, acts.close_doors)

    async def open_doors(self, sitting_id: str) -> Answer:
        """The public comes back."""
        return await self._act(sitting_id, acts.open_doors)

    async def record_stream(self, sitting_id: str) -> Answer:
        """The stream works."""
        return await self._on(sitting_id, _Stream, lambda held, form: acts.record_stream(held, form.address))

    async def note_discussion(self, sitting_id: str) -> Answer:
        """What was said, in substance."""
        return await self._on(
            sitting_id, _Discussion, lambda held, form: acts.note_discussion(held, form.item, form.text)
        )

    async def close(self, sitting_id: str) -> Answer:
        """The end."""
        return await self._act(sitting_id, acts.close_sitting)

    async def _act(self, sitting_id: str, do: Callable[[Held], Awaitable[object]]) -> Answer:
        return await self._conduct.act(sitting_id, do, screen=Screen.CLERK)

    async def _on(self, sitting_id: str, model: type[Form], do: Callable[[Held, Form], Awaitable[object]]) -> Answer:
        return await self._conduct.act_on(sitting_id, model, do, screen=Screen.CLERK)
