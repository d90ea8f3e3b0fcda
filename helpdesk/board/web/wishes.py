"""The filters of the list: as they stand in an address, as a query understands them, and in words."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, time
from urllib.parse import urlencode

from quart import request

from helpdesk.board.model import Day, day_meant
from helpdesk.board.service.listing import Filter
from helpdesk.board.service.neighbourhood import Neighbourhood, within
from helpdesk.board.service.postings import KINDS
from helpdesk.board.web.words import DAYS, DISTANCES, Speech
from portal.clock import PARIS, civil_date
from portal.i18n import _
from portal.town.grid import Step
from portal.town.service.area_book import AreaBook

FILTER_DAYS = (Day.TODAY, Day.TOMORROW, Day.THIS_WEEK, Day.NEXT_WEEK)
WHOLE_TOWN = "all"
"""As a district: the whole town, also for somebody who sees their neighbourhood first."""
WITHIN = {"area": Step.SAME_AREA, "300": Step.UNDER_300_M, "1000": Step.UNDER_1_KM}
TODAY = "today"


def day_began(day: date) -> datetime:
    """The instant at which a day begins in Paris."""
    return datetime.combine(day, time(), PARIS)


@dataclass(frozen=True)
class Wishes:
    """The filters as they stand in the page's address."""

    kind: str
    category: str
    district: str
    """Empty: what the person sees first."""
    cell: str
    when: str
    within: str
    """How far at most, see `WITHIN`."""
    updated: str

    @classmethod
    def of_request(cls, near: Neighbourhood) -> Wishes:
        """From the address; what does not fit counts as no wish, so that an old link still shows a board."""
        names = ("kind", "category", "district", "cell", "when", "within", "updated")
        given = {name: request.args.get(name, "")[:60] for name in names}
        known = {
            "kind": KINDS.keys(),
            "when": {day.value for day in FILTER_DAYS},
            "within": WITHIN.keys() if near.cell else (),
            "updated": (TODAY,),
        }
        return cls(**{name: word if word in known.get(name, (word,)) else "" for name, word in given.items()})

    def district_for(self, near: Neighbourhood) -> str:
        """The district that is shown, empty for the whole town: one's own unless another place was asked for."""
        if self.district:
            return "" if self.district == WHOLE_TOWN else self.district
        return "" if self.cell or self.within else near.first

    def filter(self, now: datetime, near: Neighbourhood, book: AreaBook) -> Filter:
        """As a query understands them."""
        today = civil_date(now)
        return Filter(
            self.kind,
            self.category,
            self.district_for(near),
            self.cell,
            cells=within(book, near.cell, WITHIN[self.within]) if self.within else None,
            by=day_meant(Day(self.when), None, today) if self.when else None,
            since=day_began(today) if self.updated else None,
        )

    def query(self, **more: str) -> str:
        """As they stand in an address, with a few changed."""
        return urlencode({name: value for name, value in {**asdict(self), **more}.items() if value})

    def map_query(self, wanted: Filter, near: Neighbourhood) -> str:
        """The same for the map's counts, which know nobody: every place by its name, every day by its date."""
        since = civil_date(wanted.since).isoformat() if wanted.since else ""
        by = wanted.by.isoformat() if wanted.by else ""
        own = {"near": near.cell} if self.within else {}
        return self.query(when="", updated="", district=wanted.district, by=by, since=since, **own)

    @property
    def are_any(self) -> bool:
        """Whether anything is filtered."""
        given = self if self.district != WHOLE_TOWN else replace(self, district="")
        return any(asdict(given).values())

    def in_words(self, say: Speech) -> str:
        """As one line: “requests, groceries, today”."""
        kinds = {"help_request": _("requests"), "help_offer": _("offers")}
        category = say.categories.get(self.category)
        district = self.district if self.district != WHOLE_TOWN else ""
        parts = (
            kinds.get(self.kind),
            category.name if category else self.category and _("Other"),
            say.districts.get(district) or (district and _("In the town")),
            self.within and _within_a_line(_(DISTANCES[WITHIN[self.within]])),
            self.when and _within_a_line(_(DAYS[Day(self.when)])),
            self.updated and _("new or changed today"),
            self.cell and _("the area chosen on the map"),
        )
        return ", ".join(part for part in parts if part)


def _within_a_line(words: str) -> str:
    """What begins with a capital where it stands alone."""
    return words[:1].lower() + words[1:]
