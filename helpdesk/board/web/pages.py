"""The pages to read: the board's list with its filters, and its card on the home page."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import date
from urllib.parse import urlencode

from quart import Blueprint, render_template, request

from helpdesk.board.model import Day, day_meant
from helpdesk.board.service.cards import Card
from helpdesk.board.service.clusters import by_district
from helpdesk.board.service.listing import Cursor, Filter, Listed, cell_counts, open_postings
from helpdesk.board.service.postings import KINDS
from helpdesk.board.service.reading import cards
from helpdesk.board.service.rules import INTRODUCTION
from helpdesk.board.service.tallying import STREAM
from helpdesk.board.web.edge import Edge, apart_from_viewer
from helpdesk.board.web.words import DAYS, Speech, strings
from portal.clock import civil_date
from portal.events import stream_head
from portal.i18n import _
from portal.pages import Answer, render
from portal.permissions import Actor
from portal.town.service import EMERGENCY, town_settings
from portal.town.service.area_book import area_book

FILTER_DAYS = (Day.TODAY, Day.TOMORROW, Day.THIS_WEEK, Day.NEXT_WEEK)
HOME_CARDS = 3


@dataclass(frozen=True)
class Wishes:
    """The filters as they stand in the page's address."""

    kind: str
    category: str
    district: str
    cell: str
    when: str

    @classmethod
    def of_request(cls) -> Wishes:
        """From the address; what does not fit counts as no wish, so that an old link still shows a board."""
        given = {name: request.args.get(name, "")[:60] for name in ("kind", "category", "district", "cell", "when")}
        kind = given["kind"] if given["kind"] in KINDS else ""
        when = given["when"] if given["when"] in {day.value for day in FILTER_DAYS} else ""
        return cls(kind, given["category"], given["district"], given["cell"], when)

    def filter(self, today: date) -> Filter:
        """As a query understands them."""
        by = day_meant(Day(self.when), None, today) if self.when else None
        return Filter(self.kind, self.category, self.district, self.cell, by=by)

    def query(self, **more: str) -> str:
        """As they stand in an address, with a few changed."""
        return urlencode({name: value for name, value in {**asdict(self), **more}.items() if value})

    @property
    def are_any(self) -> bool:
        """Whether anything is filtered."""
        return any(asdict(self).values())


def _in_words(wishes: Wishes, say: Speech) -> str:
    """The filters as one line: “requests, groceries, today”."""
    kinds = {"help_request": _("requests"), "help_offer": _("offers")}
    category = say.categories.get(wishes.category)
    parts = (
        kinds.get(wishes.kind),
        category.name if category else wishes.category and _("Other"),
        say.districts.get(wishes.district) or (wishes.district and _("In the town")),
        wishes.when and _(DAYS[Day(wishes.when)]),
        wishes.cell and _("the area chosen on the map"),
    )
    return ", ".join(part for part in parts if part)


class Pages:
    """The pages to read."""

    def __init__(self, edge: Edge) -> None:
        """Read from this portal's board."""
        self._edge = edge

    def add_to(self, pages: Blueprint) -> None:
        """Add the routes."""
        pages.get("")(self.listed)

    async def listed(self) -> Answer:
        """The list, newest first, and what the map needs to follow it."""
        wishes = Wishes.of_request()
        wanted = wishes.filter(civil_date(self._edge.portal.clock()))
        async with self._edge.portal.database.read() as db:
            wanted = replace(wanted, without=await apart_from_viewer(db))
            head = await stream_head(db, STREAM)
            page: Listed = await open_postings(db, wanted, Cursor.parse(request.args.get("after", "")))
            counts = await cell_counts(db, wanted)
            items = await cards(db, page.postings)
            say = await self._edge.speech(db)
            settings = await town_settings(db)
            book = await area_book(db)
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
            in_words=_in_words(wishes, say),
            by=wanted.by,
            days=[(day.value, _(DAYS[day])) for day in FILTER_DAYS],
            say=say,
            strings=strings(),
            tiles=self._edge.portal.settings.map_tiles,
            attribution=self._edge.portal.settings.map_attribution,
        )

    async def home_card(self, who: Actor | None) -> str:
        """On the home page: what is needed now, and the two buttons."""
        async with self._edge.portal.database.read() as db:
            page = await open_postings(db, Filter(without=await apart_from_viewer(db)), None, HOME_CARDS)
            items: list[Card] = await cards(db, page.postings)
            say = await self._edge.speech(db)
        return await render_template("board/home_card.html", cards=items, say=say, who=who)
