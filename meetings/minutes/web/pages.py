"""Pages of the record: what the clerk checks, corrects and publishes, what everybody reads afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints
from quart import Blueprint, Response, redirect, request, send_file

from meetings.minutes.model.matters import FIELDS
from meetings.minutes.model.open_data import adopted, is_complete, open_data
from meetings.minutes.printing import Sheet
from meetings.minutes.service import acts
from meetings.minutes.service.permissions import PUBLISH_MINUTES
from meetings.minutes.service.reading import Found, due, read_draft, read_record
from meetings.minutes.telling.entries import entry_words
from meetings.minutes.web.documents import Documents, day_of, number_of
from meetings.sittings.model.sitting import TEXT_LENGTH
from meetings.sittings.panels import Typed
from meetings.sittings.service.audience import require_known
from meetings.sittings.service.documents import DocumentStore
from meetings.sittings.service.held import Chamber, Held, hold
from portal.context import Portal
from portal.errors import DomainError, NotFound
from portal.i18n import _, lazy
from portal.pages import Answer, actor, parse_form, render
from portal.permissions import may, require

DONE = {
    "noted": lazy("Your note is in the journal."),
    "worded": lazy("The text as it was voted is in the journal."),
    "classified": lazy("The subject is in the journal."),
    "corrected": lazy("The correction is in the journal; the entry stands as it was."),
    "list": lazy("The list and each deliberation are online."),
    "minutes": lazy("The minutes are online."),
}
PDF = "application/pdf"


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _ItemText(_Form):
    item: str = ""
    text: Annotated[str, StringConstraints(max_length=TEXT_LENGTH)] = ""


class _Matter(_Form):
    item: str = ""
    matter: str = ""


class _Correction(_Form):
    number: int
    text: Annotated[str, StringConstraints(max_length=TEXT_LENGTH)] = ""


class _Approval(_Form):
    approved_on: date


class MinutesPages:
    """The record of one sitting."""

    def __init__(self, portal: Portal, chamber: Chamber) -> None:
        """Serve this portal."""
        self._portal = portal
        self._chamber = chamber
        self._store = DocumentStore(portal.settings.data / "documents")
        self._documents = Documents(portal)

    def add_to(self, pages: Blueprint) -> None:
        """Name the addresses."""
        pages.get("/<sitting_id>/record")(self.see)
        pages.get("/<sitting_id>/record/print/<sheet>.pdf")(self.print)
        pages.get("/<sitting_id>/record/list.pdf")(self.list)
        pages.get("/<sitting_id>/record/minutes.pdf")(self.minutes)
        pages.get("/<sitting_id>/record/deliberations/<item_id>.pdf")(self.deliberation)
        pages.get("/<sitting_id>/record/deliberations.csv")(self.open_data)
        pages.post("/<sitting_id>/record/classify")(self.classify)
        pages.post("/<sitting_id>/record/note")(self.note)
        pages.post("/<sitting_id>/record/word")(self.word)
        pages.post("/<sitting_id>/record/correct")(self.correct)
        pages.post("/<sitting_id>/record/publish-list")(self.publish_list)
        pages.post("/<sitting_id>/record/publish-minutes")(self.publish_minutes)

    async def see(self, sitting_id: str, error: DomainError | None = None) -> Answer:
        """The draft for who keeps the minutes; results and published documents for everybody."""
        async with self._portal.database.read() as db:
            found = await read_record(db, self._chamber, actor(), sitting_id, self._portal.clock())
        said = DONE.get(request.args.get("done", "")) if error is None else None
        errors = {name: _(text) for name, text in error.fields.items()} if error else {}
        return await render(
            "minutes/record.html" if found.keeps else "minutes/public.html",
            error.status if error else 200,
            found=found,
            record=found.record,
            told=await self._documents.tell(found),
            due=due(found, self._chamber),
            fields=FIELDS,
            entry_words=entry_words,
            typed=await _typed(sitting_id) if error else Typed(),
            has_open_data=is_complete(found.record, found.authority),
            has_adopted=bool(adopted(found.record)),
            may_publish=may(actor(), PUBLISH_MINUTES),
            errors=errors,
            problem=error.words() if error and not errors else None,
            flashes=[("good", _(said))] if said else [],
        )

    async def print(self, sitting_id: str, sheet: str) -> Answer:
        """A document as it would be published now, for who keeps the minutes."""
        async with self._portal.database.read() as db:
            found = await read_draft(db, self._chamber, actor(), sitting_id, self._portal.clock())
        if sheet not in set(Sheet):
            raise NotFound
        first_sheet = min(max(request.args.get("from", 1, int), 1), 99_999)
        document = await self._documents.print(found, Sheet(sheet), request.args.get("item"), first_sheet)
        return _pdf(document, f"{sheet}-{number_of(found)}.pdf")

    async def list(self, sitting_id: str) -> Answer:
        """The list as it was put online."""
        found = await self._public(sitting_id)
        return await self._stored(found.list_publication.sha256, f"deliberations-{number_of(found)}.pdf")

    async def minutes(self, sitting_id: str) -> Answer:
        """The minutes as they were put online."""
        found = await self._public(sitting_id)
        return await self._stored(found.minutes_publication.sha256, f"proces-verbal-{number_of(found)}.pdf")

    async def deliberation(self, sitting_id: str, item_id: str) -> Answer:
        """One deliberation as it was put online."""
        found = await self._public(sitting_id)
        sha256 = found.list_publication.deliberations.get(item_id)
        if sha256 is None:
            raise NotFound
        return await self._stored(sha256, f"deliberation-{number_of(found)}-{item_id[:8]}.pdf")

    async def open_data(self, sitting_id: str) -> Answer:
        """The adopted deliberations as open data. Raises `NotFound` while something required is missing."""
        found = await self._public(sitting_id)
        if not is_complete(found.record, found.authority):
            raise NotFound
        published = found.record.published_list
        address = f"{self._portal.settings.public_url}/sittings/{sitting_id}/record/deliberations"
        urls = {item_id: f"{address}/{item_id}.pdf" for item_id in (published.deliberations if published else ())}
        response = Response(
            open_data(found.record, found.authority, day_of(found), urls), content_type="text/csv; charset=utf-8"
        )
        name = f"{found.authority.siret}-deliberations-{number_of(found)}.csv"
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        return response

    async def classify(self, sitting_id: str) -> Answer:
        """The subject of a deliberation."""

        async def do(held: Held) -> None:
            form = await parse_form(_Matter)
            await acts.classify_deliberation(held, form.item, form.matter)

        return await self._act(sitting_id, do, "classified")

    async def note(self, sitting_id: str) -> Answer:
        """The substance of the discussion."""

        async def do(held: Held) -> None:
            form = await parse_form(_ItemText)
            await acts.note_discussion(held, form.item, form.text)

        return await self._act(sitting_id, do, "noted")

    async def word(self, sitting_id: str) -> Answer:
        """The text as it was voted."""

        async def do(held: Held) -> None:
            form = await parse_form(_ItemText)
            await acts.word_deliberation(held, form.item, form.text)

        return await self._act(sitting_id, do, "worded")

    async def correct(self, sitting_id: str) -> Answer:
        """A further entry that puts one right."""

        async def do(held: Held) -> None:
            form = await parse_form(_Correction)
            await acts.correct_entry(held, form.number, form.text)

        return await self._act(sitting_id, do, "corrected")

    async def publish_list(self, sitting_id: str) -> Answer:
        """Print the list and each deliberation, keep them, and note their hashes."""
        require(actor(), PUBLISH_MINUTES)
        async with self._portal.database.read() as db:
            found = await read_draft(db, self._chamber, actor(), sitting_id, self._portal.clock())
        told = await self._documents.tell_for_paper(found)
        sha256 = await self._keep(await self._documents.print(found, Sheet.LIST))
        each = {
            item.item_id: await self._keep(await self._documents.print(found, Sheet.DELIBERATION, item.item_id))
            for item in told.deliberations
        }

        async def do(held: Held) -> None:
            await acts.publish_list(held, read_at=found.record.entries, sha256=sha256, deliberations=each)

        return await self._act(sitting_id, do, "list")

    async def publish_minutes(self, sitting_id: str) -> Answer:
        """Print the minutes, keep them, and note their hash with the day on which they were approved."""
        require(actor(), PUBLISH_MINUTES)
        try:
            form = await parse_form(_Approval)
        except DomainError as error:
            return await self.see(sitting_id, error)
        async with self._portal.database.read() as db:
            found = await read_draft(db, self._chamber, actor(), sitting_id, self._portal.clock())
        document = await self._documents.print(found, Sheet.MINUTES, approved_on=form.approved_on)
        sha256 = await self._keep(document)

        async def do(held: Held) -> None:
            await acts.publish_minutes(held, read_at=found.record.entries, sha256=sha256, approved_on=form.approved_on)

        return await self._act(sitting_id, do, "minutes")

    async def _act(self, sitting_id: str, do: Callable[[Held], Awaitable[None]], done: str) -> Answer:
        try:
            async with self._portal.database.write() as db:
                held = await hold(db, self._chamber, actor(), sitting_id, self._portal.clock())
                await require_known(db, held.actor, held.sitting, held.now)
                await do(held)
        except DomainError as error:
            if error.status in {401, 403, 404}:
                raise
            return await self.see(sitting_id, error)
        return redirect(f"/sittings/{sitting_id}/record?done={done}", 303)

    async def _public(self, sitting_id: str) -> Found:
        async with self._portal.database.read() as db:
            return await read_record(db, self._chamber, actor(), sitting_id, self._portal.clock())

    async def _keep(self, document: bytes) -> str:
        return await asyncio.to_thread(self._store.keep, document)

    async def _stored(self, sha256: str, name: str) -> Answer:
        return await send_file(self._store.path(sha256), mimetype=PDF, attachment_filename=name)


def _pdf(document: bytes, name: str) -> Response:
    response = Response(document, content_type=PDF)
    response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    return response


async def _typed(sitting_id: str) -> Typed:
    """What the form held that was refused."""
    return Typed(request.path.removeprefix(f"/sittings/{sitting_id}/record/"), (await request.form).to_dict())
