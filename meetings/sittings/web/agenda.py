"""The clerk's pages of one item of an agenda: its texts, its place, its documents."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from quart import Blueprint, redirect, request
from sqlalchemy.ext.asyncio import AsyncSession

from meetings.sittings.model import AgendaItem, ItemKind, Sitting
from meetings.sittings.service import agenda, documents
from meetings.sittings.service.agenda import access_item, access_sitting, agenda_of
from meetings.sittings.service.documents import LARGEST_DOCUMENT
from meetings.sittings.service.permissions import PREPARE
from meetings.sittings.service.reading import members_of
from meetings.sittings.web.edge import Edge
from meetings.sittings.web.forms import DocumentForm, EmptyForm, ItemForm, MoveForm
from meetings.sittings.web.prepare import PreparePages
from portal.errors import DomainError, InvalidInput
from portal.pages import Answer, actor, parse_form, posted_form
from portal.permissions import require
from portal.uploads import uploaded


class AgendaPages:
    """Put items on an agenda, change and move them, add their documents."""

    def __init__(self, edge: Edge, prepare: PreparePages) -> None:
        """Serve this portal; `prepare` shows the sitting afterwards."""
        self._edge = edge
        self._prepare = prepare

    def add_to(self, pages: Blueprint) -> None:
        """Name the addresses."""
        pages.get("/<sitting_id>/items/new")(self.ask_item)
        pages.post("/<sitting_id>/items/new")(self.add_item)
        pages.get("/<sitting_id>/items/<item_id>")(self.see_item)
        pages.post("/<sitting_id>/items/<item_id>")(self.change_item)
        pages.post("/<sitting_id>/items/<item_id>/move")(self.move_item)
        pages.post("/<sitting_id>/items/<item_id>/remove")(self.remove_item)
        pages.post("/documents")(self.add_document)
        pages.post("/<sitting_id>/items/<item_id>/documents/<document_id>/remove")(self.remove_document)
        pages.post("/<sitting_id>/items/<item_id>/documents/<document_id>/open")(self.open_document)

    async def ask_item(self, sitting_id: str, error: DomainError | None = None) -> Answer:
        """The form for a new item."""
        return await self._item_page(sitting_id, None, error)

    async def see_item(self, sitting_id: str, item_id: str, error: DomainError | None = None) -> Answer:
        """An item with its texts and documents."""
        return await self._item_page(sitting_id, item_id, error)

    async def _item_page(self, sitting_id: str, item_id: str | None, error: DomainError | None) -> Answer:
        require(actor(), PREPARE)
        async with self._edge.portal.database.read() as db:
            sitting = await access_sitting(db, sitting_id)
            found = await agenda_of(db, sitting)
            item = await access_item(db, sitting, item_id) if item_id else None
            if item is None:
                sitting.require_draft()
            members = await members_of(db, sitting)
        return await self._edge.show(
            "item.html",
            error=error,
            values=await posted_form() if error else {},
            agenda=found,
            sitting=sitting,
            item=item,
            members=members,
            kinds=[kind for kind in ItemKind if kind is not ItemKind.URGENCY or (item and item.kind is kind)],
            largest_megabytes=LARGEST_DOCUMENT // 2**20,
        )

    async def add_item(self, sitting_id: str) -> Answer:
        """Put an item on the agenda."""

        async def act(db: AsyncSession, sitting: Sitting) -> None:
            form = await parse_form(ItemForm)
            await agenda.add_item(db, actor(), sitting, form.item)

        return await self._prepare.act(sitting_id, "added", act, again=lambda error: self.ask_item(sitting_id, error))

    async def change_item(self, sitting_id: str, item_id: str) -> Answer:
        """Change an item."""

        async def act(db: AsyncSession, sitting: Sitting, item: AgendaItem) -> None:
            form = await parse_form(ItemForm)
            await agenda.change_item(db, actor(), sitting, item, form.item)

        return await self._act_on_item(sitting_id, item_id, "saved", act)

    async def move_item(self, sitting_id: str, item_id: str) -> Answer:
        """Put an item at another place."""

        async def act(db: AsyncSession, sitting: Sitting, item: AgendaItem) -> None:
            form = await parse_form(MoveForm)
            await agenda.move_item(db, actor(), sitting, item, form.to)

        return await self._act_on_item(sitting_id, item_id, "saved", act)

    async def remove_item(self, sitting_id: str, item_id: str) -> Answer:
        """Take an item off the agenda."""

        async def act(db: AsyncSession, sitting: Sitting, item: AgendaItem) -> None:
            await parse_form(EmptyForm)
            await agenda.remove_item(db, actor(), sitting, item)

        return await self._act_on_item(sitting_id, item_id, "removed", act)

    async def add_document(self) -> Answer:
        """Add a file to an item. The address names both, since a large body is let in by its path alone."""
        sitting_id, item_id = request.args.get("sitting", ""), request.args.get("item", "")
        require(actor(), PREPARE)
        try:
            content = await uploaded("file")
            name = str((await request.files)["file"].filename or "")
            is_public = bool((await posted_form()).get("is_public"))
            async with self._edge.portal.database.write() as db:
                sitting = await access_sitting(db, sitting_id, lock=True)
                item = await access_item(db, sitting, item_id)
                await documents.add_document(
                    db,
                    actor(),
                    sitting,
                    item,
                    self._edge.store,
                    name=name,
                    content=content,
                    is_public=is_public,
                    at=self._edge.now(),
                )
        except InvalidInput as error:
            return await self.see_item(sitting_id, item_id, error)
        return redirect(f"/sittings/{sitting_id}/items/{item_id}?done=document", 303)

    async def remove_document(self, sitting_id: str, item_id: str, document_id: str) -> Answer:
        """Take a file off an item."""
        await parse_form(EmptyForm)
        async with self._edge.portal.database.write() as db:
            sitting = await access_sitting(db, sitting_id, lock=True)
            item = await access_item(db, sitting, item_id)
            await documents.remove_document(db, actor(), sitting, item, document_id)
        return redirect(f"/sittings/{sitting_id}/items/{item_id}?done=document_removed", 303)

    async def open_document(self, sitting_id: str, item_id: str, document_id: str) -> Answer:
        """Let everybody read a file, or members only."""
        is_public = (await parse_form(DocumentForm)).is_public
        async with self._edge.portal.database.write() as db:
            sitting = await access_sitting(db, sitting_id, lock=True)
            item = await access_item(db, sitting, item_id)
            await documents.open_document(db, actor(), sitting, item, document_id, is_public=is_public)
        return redirect(f"/sittings/{sitting_id}/items/{item_id}?done=saved", 303)

    async def _act_on_item(
        self,
        sitting_id: str,
        item_id: str,
        done: str,
        act: Callable[[AsyncSession, Sitting, AgendaItem], Awaitable[object]],
    ) -> Answer:
        async def on_item(db: AsyncSession, sitting: Sitting) -> None:
            await act(db, sitting, await access_item(db, sitting, item_id))

        return await self._prepare.act(
            sitting_id, done, on_item, again=lambda error: self.see_item(sitting_id, item_id, error)
        )
