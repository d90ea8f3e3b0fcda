"""Words for what the board shows, in the language of the moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from helpdesk.board.model import Day, PostingState, Schedule
from helpdesk.board.service.cards import Card
from portal.i18n import _, lazy, ngettext, show_date, show_list, show_weekday
from portal.town.grid import Step
from portal.town.model import Category

STATES = {
    PostingState.OPEN: lazy("Open"),
    PostingState.RESERVED: lazy("A neighbour has come forward"),
    PostingState.ENGAGED: lazy("A neighbour is helping"),
    PostingState.TO_CONFIRM: lazy("Done, to be confirmed"),
    PostingState.CLOSED: lazy("Closed"),
    PostingState.CANCELLED: lazy("Taken back"),
    PostingState.EXPIRED: lazy("Its day has passed"),
    PostingState.HELD: lazy("Being looked at"),
    PostingState.HIDDEN: lazy("Taken off the board"),
}
OUTCOMES = {
    "helped": lazy("Yes, it was done"),
    "helped_unconfirmed": lazy("It was done, as far as we know"),
    "partly_helped": lazy("In part"),
    "helped_otherwise": lazy("I found help elsewhere"),
    "no_longer_needed": lazy("It is no longer needed"),
    "nobody_available": lazy("Nobody was available"),
    "not_asked_for": lazy("Nobody asked for it"),
    "no_longer_possible": lazy("I can no longer do it"),
    "could_not_reach": lazy("The person could not be reached"),
    "out_of_scope": lazy("It does not belong on this board"),
    "duplicate": lazy("It is here twice"),
}
DAYS = {
    Day.TODAY: lazy("Today"),
    Day.TOMORROW: lazy("By tomorrow"),
    Day.THIS_WEEK: lazy("This week, by Sunday"),
    Day.NEXT_WEEK: lazy("By the end of next week"),
    Day.DATE: lazy("By a date of my choice"),
    Day.WEEKLY: lazy("Every week, on some days"),
    Day.ANY: lazy("There is no hurry"),
}
OFFER_DAYS = {**DAYS, Day.ANY: lazy("Until further notice")}
DISTANCES = {
    Step.SAME_AREA: lazy("In your area"),
    Step.UNDER_300_M: lazy("Less than 300 m away"),
    Step.UNDER_1_KM: lazy("Less than 1 km away"),
    Step.FURTHER: lazy("More than 1 km away"),
}
"""Of what stands for a whole district or town no distance is said."""
KINDS = {"help_request": lazy("Request"), "help_offer": lazy("Offer")}


def day_choices(kind: str) -> list[dict[str, str]]:
    """The days that a form for a kind of posting offers."""
    days = OFFER_DAYS if kind == "help_offer" else DAYS
    return [{"value": day.value, "label": _(words)} for day, words in days.items()]


def weekday_choices() -> list[dict[str, str]]:
    """The days of the week, Monday first."""
    return [{"value": str(day), "label": show_weekday(day)} for day in range(1, 8)]


def when_words(schedule: Schedule, today: date) -> str:
    """When something is of use as people say it; `static/helpdesk/board/posting_card.js` says the same."""
    if not schedule.weekdays:
        return by_words(schedule.by, today)
    words = [_("every %(days)s") % {"days": show_list([show_weekday(day) for day in schedule.days])}]
    if schedule.starts_on is not None and schedule.starts_on > today:
        words.append(_("from %(date)s") % {"date": show_date(schedule.starts_on, "day")})
    if schedule.by is not None:
        words.append(_("until %(date)s") % {"date": show_date(schedule.by, "day")})
    return ", ".join(words)


def by_words(by: date | None, today: date) -> str:
    """A last day as people say it."""
    if by is None:
        return _("no date")
    if by == today:
        return _("today")
    if by == today + timedelta(days=1):
        return _("by tomorrow")
    return _("by %(date)s") % {"date": show_date(by, "day")}


@dataclass(frozen=True)
class Speech:
    """Says what a card holds, for templates: names of categories, retired ones too, and districts as of today."""

    categories: Mapping[str, Category]
    districts: Mapping[str, str]
    today: date
    distances: Mapping[str, Step] = field(default_factory=dict)
    """Of areas by id, from the area of whoever looks; empty where that is not known."""

    @property
    def offered(self) -> dict[str, Category]:
        """The categories that can be chosen today."""
        return {code: category for code, category in self.categories.items() if category.active}

    def distance(self, card: Card) -> str:
        """How far it is from whoever looks; empty where nothing can be said."""
        far = self.distances.get(card.place.cell)
        return _(DISTANCES[far]) if far in DISTANCES else ""

    def names(self) -> dict[str, dict[str, str]]:
        """Names of categories and districts by id, for the script; distances of areas, and under "" of all others."""
        said = {id_: _(DISTANCES[far]) if far in DISTANCES else "" for id_, far in self.distances.items()}
        return {
            "distances": {**said, "": _(DISTANCES[Step.FURTHER])} if said else {},
            "categories": {id_: category.name for id_, category in self.categories.items()},
            "districts": dict(self.districts),
        }

    def kind(self, card: Card) -> str:
        """“Request” or “Offer”."""
        return _(KINDS[card.kind])

    def state(self, card: Card) -> str:
        """Where it stands."""
        return _(STATES[card.state])

    def outcome(self, outcome: str) -> str:
        """How it ended."""
        return _(OUTCOMES[outcome])

    def category(self, card: Card) -> str:
        """The category's name; one of another town has no name here."""
        found = self.categories.get(card.category)
        return found.name if found else _("Other")

    def icon(self, card: Card) -> str:
        """The category's picture."""
        found = self.categories.get(card.category)
        return found.icon if found else "heart"

    def district(self, card: Card) -> str:
        """The part of the town."""
        return self.districts.get(card.place.district) or _("In the town")

    def by(self, card: Card) -> str:
        """Until when."""
        return when_words(Schedule(card.by, "".join(str(day) for day in card.weekdays), card.starts_on), self.today)

    def answers(self, card: Card) -> str:
        """How many answered."""
        if not card.answers:
            return _("No answer yet")
        return ngettext("One answer", "%(num)s answers", card.answers) % {"num": card.answers}


def strings() -> dict[str, str | dict[str, str]]:
    """Sentences for scripts (`static/core/i18n.js`): a card that arrives while the page is open, areas of the map."""

    def plural(one: str, other: str) -> dict[str, str]:
        forms = {"one": 1, "other": 2}
        return {form: ngettext(one, other, count) % {"num": "{count}"} for form, count in forms.items()}

    return {
        **{f"board.{kind}": _(words) for kind, words in KINDS.items()},
        **{f"board.state.{state.value}": _(words) for state, words in STATES.items()},
        "board.today": _("today"),
        "board.tomorrow": _("by tomorrow"),
        "board.by": _("by %(date)s") % {"date": "{date}"},
        "board.every": _("every %(days)s") % {"days": "{days}"},
        "board.from": _("from %(date)s") % {"date": "{date}"},
        "board.until": _("until %(date)s") % {"date": "{date}"},
        "board.no_date": _("no date"),
        "board.no_answer": _("No answer yet"),
        "board.answers": plural("One answer", "%(num)s answers"),
        "board.just_now": _("just now"),
        "board.new_request": _("New request: %(title)s") % {"title": "{title}"},
        "board.new_offer": _("New offer: %(title)s") % {"title": "{title}"},
        "board.requests": plural("%(num)s request", "%(num)s requests"),
        "board.offers": plural("%(num)s offer", "%(num)s offers"),
        "board.other": _("Other"),
        "board.in_town": _("In the town"),
        "board.counted": _("%(place)s: %(counts)s") % {"place": "{place}", "counts": "{counts}"},
        "board.nearer": _("%(words)s. Look nearer.") % {"words": "{words}"},
        "board.map_shows": plural("The map shows %(num)s place.", "The map shows %(num)s places."),
        "board.outside": _("This place is outside the town."),
        "board.changed": _("This has changed in the meantime."),
    }
