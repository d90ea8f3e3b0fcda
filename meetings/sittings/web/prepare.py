"""The clerk's pages before a sitting: when and how it meets, the convocation, its end before it began."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from quart import Blueprint, Response, redirect, request
from sqlalchemy.ext.asyncio import AsyncSession

from meetings.sittings.model import Sitting, SittingMode, SittingState
from meetings.sittings.service import agenda, bodies, convening
from meetings.sittings.service.agenda import access_sitting, agenda_of
from meetings.sittings.service.journal import export_journal, journal_key
from meetings.sittings.service.permissions import CONVENE, KEEP_BODIES, PREPARE, READ_JOURNAL
from meetings.sittings.service.reading import members_of, receipts
from meetings.sittings.web.edge import Edge
from meetings.sittings.web.forms import EmptyForm, SittingForm
from portal.clock import civil_time
from portal.errors import DomainError, InvalidInput, NotSignedIn
from portal.events import stream_head
from portal.pages import Answer, actor, parse_form, posted_form
from portal.permissions import may, require

Act = Callable[[AsyncSession, Sitting], Awaitable[object]]


class PreparePages:
    """What a clerk does with a sitting up to its day."""

    def __init__(self, edge: Edge) -> None:
        """Serve this portal."""
        self._edge = edge

    def add_to(self, pages: Blueprint) -> None:
        """Name the addresses."""
        pages.get("/new")(self.ask)
        pages.post("/new")(self.plan)
        pages.get("/<sitting_id>/prepare")(self.prepare)
        pages.get("/<sitting_id>/change")(self.ask_change)
        pages.post("/<sitting_id>/change")(self.change)
        pages.post("/<sitting_id>/convene")(self.convene)
        pages.post("/<sitting_id>/cancel")(self.cancel)
        pages.get("/<sitting_id>/journal")(self.journal)

    async def ask(self, error: DomainError | None = None) -> Answer:
        """The form for a new sitting, filled from one that had no quorum where the address names it as ``after``."""
        require(actor(), PREPARE)
        after = request.args.get("after", "")
        async with self._edge.portal.database.read() as db:
            found = await bodies.bodies(db)
            first = await access_sitting(db, after) if after else None
        blank = _second_call(first) if first else {"body": request.args.get("body", ""), "at": "18:30"}
        values = await posted_form() if error else blank
        return await self._edge.show(
            "plan.html",
            error=error,
            values=values,
            bodies=found,
            may_name=may(actor(), KEEP_BODIES),
            modes=list(SittingMode),
            sitting=None,
        )

    async def plan(self) -> Answer:
        """A new sitting."""
        try:
            form = await parse_form(SittingForm)
            async with self._edge.portal.database.write() as db:
                body = await bodies.access_body(db, form.body)
                sitting = await agenda.plan_sitting(db, actor(), body, form.draft, self._edge.now())
        except InvalidInput as error:
            return await self.ask(error)
        return redirect(f"/sittings/{sitting.id}/prepare?done=planned", 303)

    async def ask_change(self, sitting_id: str, error: DomainError | None = None) -> Answer:
        """The form to change when and how."""
        require(actor(), PREPARE)
        async with self._edge.portal.database.read() as db:
            sitting = await access_sitting(db, sitting_id)
        return await self._edge.show(
            "plan.html",
            error=error,
            values=await posted_form() if error else _typed(sitting),
            bodies=[],
            may_name=False,
            modes=list(SittingMode),
            sitting=sitting,
        )

    async def change(self, sitting_id: str) -> Answer:
        """Change when and how."""

        async def act(db: AsyncSession, sitting: Sitting) -> None:
            form = await parse_form(SittingForm)
            await agenda.change_sitting(db, actor(), sitting, form.draft, self._edge.now())

        return await self.act(sitting_id, "saved", act, again=lambda error: self.ask_change(sitting_id, error))

    async def prepare(self, sitting_id: str, error: DomainError | None = None) -> Answer:
        """The clerk's page of one sitting: agenda, what the rules say, and after the convocation what came back."""
        require(actor(), PREPARE)
        decided = await _decided() if error else {}
        async with self._edge.portal.database.read() as db:
            sitting = await access_sitting(db, sitting_id)
            found = await agenda_of(db, sitting)
            head = await stream_head(db, agenda.stream_of(sitting_id))
            is_draft = sitting.state is SittingState.DRAFT
            check = (
                await convening.look(db, self._edge.convening, sitting, self._edge.now(), decided) if is_draft else None
            )
            back = [] if is_draft else await receipts(db, sitting)
            members = await members_of(db, sitting)
        return await self._edge.show(
            "prepare.html",
            error=error,
            agenda=found,
            sitting=sitting,
            check=check,
            receipts=back,
            members=members,
            reporters={member.mandate.id: member.name for member in members},
            may_convene=may(actor(), CONVENE),
            head=head,
        )

    async def convene(self, sitting_id: str) -> Answer:
        """Send the convocation, if the rules let it go."""

        async def act(db: AsyncSession, sitting: Sitting) -> None:
            await convening.convene(
                db, self._edge.convening, actor(), sitting, now=self._edge.now(), decided=await _decided()
            )

        answer = await self.act(sitting_id, "convened", act)
        self._edge.portal.mail.wake()
        return answer

    async def cancel(self, sitting_id: str) -> Answer:
        """It does not take place."""

        async def act(db: AsyncSession, sitting: Sitting) -> None:
            await parse_form(EmptyForm)
            await convening.cancel_sitting(db, self._edge.convening, actor(), sitting, self._edge.now())

        answer = await self.act(sitting_id, "cancelled", act)
        self._edge.portal.mail.wake()
        return answer

    async def journal(self, sitting_id: str) -> Answer:
        """The journal as a file, to be verified offline."""
        require(actor(), READ_JOURNAL)
        key = journal_key(self._edge.portal.settings.secret_key)
        async with self._edge.portal.database.read() as db:
            sitting = await access_sitting(db, sitting_id)
            data = await export_journal(db, actor(), sitting, self._edge.town, key)
        response = Response(data, content_type="application/jsonl; charset=utf-8")
        response.headers["Content-Disposition"] = f'attachment; filename="journal-{sitting_id}.jsonl"'
        response.headers["Cache-Control"] = "no-store"
        return response

    async def act(
        self, sitting_id: str, done: str, do: Act, again: Callable[[DomainError], Awaitable[Answer]] | None = None
    ) -> Answer:
        """Do something to a sitting under its lock, then go back to its page, or show what stands against it.

        What stands against it is said on the sitting's page, or on the one that `again` shows.
        """
        try:
            async with self._edge.portal.database.write() as db:
                await do(db, await access_sitting(db, sitting_id, lock=True))
        except NotSignedIn:
            raise
        except DomainError as error:
            require(actor(), PREPARE)
            return await (again(error) if again else self.prepare(sitting_id, error))
        return redirect(f"/sittings/{sitting_id}/prepare?done={done}", 303)


def _typed(sitting: Sitting) -> Mapping[str, Any]:
    """A sitting as its form holds it."""
    here = civil_time(sitting.meets_at)
    return {
        "on": here.date().isoformat(),
        "at": here.strftime("%H:%M"),
        "place": sitting.place,
        "mode": sitting.mode.value,
        "is_urgent": sitting.is_urgent,
        "second_call_of": sitting.second_call_of.isoformat() if sitting.second_call_of else "",
    }


def _second_call(first: Sitting) -> Mapping[str, Any]:
    """The same body, hour, place and mode; the day is for the clerk to choose (CGCT L2121-17)."""
    typed = _typed(first)
    return {**typed, "body": first.body_id, "on": "", "is_urgent": False, "second_call_of": typed["on"]}


async def _decided() -> dict[str, str]:
    """What a person chose where the law is open: fields ``decided.QUESTION``."""
    form = await posted_form()
    return {
        name.removeprefix("decided."): value for name, value in form.items() if name.startswith("decided.") and value
    }
