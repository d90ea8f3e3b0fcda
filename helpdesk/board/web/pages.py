"""The pages to read: the board's list with its filters, and its card on the home page."""

from __future__ import annotations

from dataclasses import replace

from quart import Blueprint, redirect, render_template, request

from helpdesk.board.service.cards import Card
from helpdesk.board.service.clusters import by_district
from helpdesk.board.service.listing import Cursor, Filter, Listed, cell_counts, open_postings
from helpdesk.board.service.neighbourhood import choose_view, distances, neighbourhood_of
from helpdesk.board.service.reading import cards
from helpdesk.board.service.rules import INTRODUCTION
from helpdesk.board.service.tallying import STREAM
from helpdesk.board.web.edge import Edge, apart_from_viewer, signed_in, spend_look
from helpdesk.board.web.wishes import FILTER_DAYS, WITHIN, Wishes
from helpdesk.board.web.words import DAYS, DISTANCES, strings
from portal.events import stream_head
from portal.i18n import _
from portal.pages import Answer, actor, posted_form, render
from portal.permissions import Actor
from portal.town.service import EMERGENCY, town_settings
from portal.town.service.area_book import area_book

HOME_CARDS = 3


class Pages:
    """The pages to read."""

    def __init__(self, edge: Edge) -> None:
        """Read from this portal's board."""
        self._edge = edge

    def add_to(self, pages: Blueprint) -> None:
        """Add the routes."""
        pages.get("")(self.listed)
        pages.post("/view")(self.choose_view)

    async def listed(self) -> Answer:
        """The list, newest first, and what the map needs to follow it."""
        portal, who = self._edge.portal, actor()
        if request.args.get("within"):
            spend_look(portal)
        async with portal.database.read() as db:
            say = await self._edge.speech(db)
            book = await area_book(db)
            near = await neighbourhood_of(db, who.id if who is not None else None, book, say.districts)
            wishes = Wishes.of_request(near)
            wanted = replace(wishes.filter(portal.clock(), near, book), without=await apart_from_viewer(db))
            head = await stream_head(db, STREAM)
            page: Listed = await open_postings(db, wanted, Cursor.parse(request.args.get("after", "")))
            counts = await cell_counts(db, wanted)
            items = await cards(db, page.postings)
            settings = await town_settings(db)
        say = replace(say, distances=distances(book, near.cell, (card.place.cell for card in items)))
        return await render(
            "board/list.html",
            introduction=settings.text(INTRODUCTION),
            emergency=settings.text(EMERGENCY),
            cards=items,
            next=page.next,
            is_first_page="after" not in request.args,
            requests=sum(count.requests for count in counts),
            offers=sum(count.offers for count in counts),
            head=head,
            box=book.box(count.cell_id for count in counts),
            by_district=by_district(book, counts),
            wishes=wishes,
            wanted=wanted,
            near=near,
            map_query=wishes.map_query(wanted, near),
            in_words=wishes.in_words(say),
            reaches=[(value, _(DISTANCES[far])) for value, far in WITHIN.items()],
            days=[(day.value, _(DAYS[day])) for day in FILTER_DAYS],
            say=say,
            strings=strings(),
            tiles=self._edge.portal.settings.map_tiles,
            attribution=self._edge.portal.settings.map_attribution,
        )

    async def choose_view(self) -> Answer:
        """Which part of the town this person sees first from now on."""
        who, form = signed_in(), await posted_form()
        spend_look(self._edge.portal)
        async with self._edge.portal.database.write() as db:
            await choose_view(db, who.id, form.get("district", "")[:60], self._edge.portal.clock())
        return redirect("/board", 303)

    async def home_card(self, who: Actor | None) -> str:
        """On the home page: what is needed now, and the two buttons."""
        async with self._edge.portal.database.read() as db:
            page = await open_postings(db, Filter(without=await apart_from_viewer(db)), None, HOME_CARDS)
            items: list[Card] = await cards(db, page.postings)
            say = await self._edge.speech(db)
        return await render_template("board/home_card.html", cards=items, say=say, who=who)
