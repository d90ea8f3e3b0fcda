"""Telling a sitting: from the record to sentences (CGCT L2121-15), in the language of the moment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from meetings.minutes.model import Pause, Record
from meetings.minutes.model.record import deliberation_number
from meetings.minutes.telling.items import (
    ItemText,
    correction_words,
    decision_words,
    tell_item,
    tell_roll,
)
from meetings.minutes.telling.told import Line, Told
from meetings.minutes.telling.words import CAUSES, LAPSED, with_articles
from meetings.sittings.model import SittingMode
from meetings.sittings.model.progress import Cause, Phase
from portal.clock import civil_date
from portal.i18n import _, show_date, show_list, show_time

_EMPTY = ItemText()


@dataclass(frozen=True)
class Setting:
    """What a sitting's journal does not hold and its minutes name."""

    town: str
    """As the town calls itself."""
    texts: Mapping[str, ItemText]
    """By item: the report and the draft that went out with the convocation."""


def tell(record: Record, setting: Setting) -> Told:
    """The sitting in words."""
    at = record.opened_at or record.meets_at or record.closed_at
    numbers = {item.point.item_id: number for number, item in record.deliberations}
    day = civil_date(at).isoformat() if at else ""
    return Told(
        town=setting.town,
        body=record.body,
        day=show_date(at, "full") if at else "",
        date=day,
        heading=_heading(record),
        quorum=with_articles(record.opening.because, record.opening.articles) if record.opening else "",
        roll=tell_roll(record, record.opened_at, record.present, record.represented),
        movements=_movements(record),
        items=[
            tell_item(record, item, setting.texts.get(item_id, _EMPTY), deliberation=_number(day, numbers.get(item_id)))
            for item_id, item in record.items.items()
        ],
        course=_course(record),
        corrections=[correction_words(record, each) for each in record.corrections if each.item_id not in record.items],
        end=_end(record),
        proof=_proof(record),
        chair=record.name(record.chairs[0].chair) if record.chairs else "",
        secretary=record.name(record.secretary),
        has_failed=record.phase is Phase.FAILED,
    )


def _number(day: str, number: int | None) -> str:
    return deliberation_number(day, number) if number is not None else ""


def _heading(record: Record) -> list[Line]:
    lines = []
    if record.opened_at:
        lines.append(Line(_("Opening"), _instant(record.opened_at)))
    if record.closed_at:
        lines.append(Line(_("Closing") if record.opened_at else _("End"), _instant(record.closed_at)))
    place = _("by video: %(place)s") % {"place": record.place} if record.mode is SittingMode.REMOTE else record.place
    lines.append(Line(_("Place"), place))
    if record.stream:
        lines.append(Line(_("Public stream"), record.stream))
    if record.convened_at:
        lines.append(Line(_("Convocation sent"), _instant(record.convened_at)))
    lines.append(Line(_("Members in office"), str(len(record.seats))))
    for number, turn in enumerate(record.chairs):
        who = record.name(turn.chair)
        if number:
            since = {"time": show_time(turn.at), "name": who}
            who = _("from %(time)s: %(name)s") % since + (f" ({turn.reason})" if turn.reason else "")
        lines.append(Line(_("Chair"), who))
    if record.secretary:
        names = _("assisted by %(names)s") % {"names": show_list(record.assistants)} if record.assistants else ""
        lines.append(
            Line(_("Secretary of the sitting"), ", ".join(filter(None, (record.name(record.secretary), names))))
        )
    return lines


def _instant(at: datetime) -> str:
    return _("%(day)s at %(time)s") % {"day": show_date(at), "time": show_time(at)}


def _movements(record: Record) -> list[str]:
    """Arrivals, departures and proxies after the opening, in the order of time; first a proxy that the roll ended."""
    start = record.opened_at
    if start is None:
        return []
    found = []
    for member in record.seats:
        found += [each for each in _comings(record, member) if each[0] > start]
    for proxy in record.proxies:
        words = {"giver": record.name(proxy.giver_id), "holder": record.name(proxy.holder_id)}
        if proxy.since > start:
            given = _("%(time)s: %(giver)s gives a proxy to %(holder)s.")
            found.append((proxy.since, given % {**words, "time": show_time(proxy.since)}))
        if proxy.ended_at and proxy.cause == "term":
            refused = _("%(time)s: the proxy of %(giver)s to %(holder)s is not valid for this sitting. %(because)s")
            told = refused % {**words, "time": show_time(proxy.ended_at), "because": proxy.because}
            found.append((proxy.ended_at, told))
        elif proxy.ended_at and proxy.ended_at > start:
            lapsed = _("%(time)s: the proxy of %(giver)s to %(holder)s ends: %(why)s.")
            why = _(LAPSED.get(proxy.cause, proxy.cause))
            found.append((proxy.ended_at, lapsed % {**words, "time": show_time(proxy.ended_at), "why": why}))
    return [words for _at, words in sorted(found, key=lambda each: each[0])]


def _comings(record: Record, member: str) -> Iterator[tuple[datetime, str]]:
    """When a member came and went; a move from one place to another is neither."""
    moved = False
    for stay in record.presence.of(member).stays:
        came, gone = stay.confirmed_at, stay.until
        if came is not None and not moved:
            named = {"name": record.name(member), "time": show_time(stay.since)}
            yield stay.since, _("%(time)s: %(name)s arrives.") % named
        moved = stay.cause == "moved"
        if came is None or gone is None or stay.cause in {"moved", "closed"}:
            continue
        lost = _("%(time)s: the connection of %(name)s is lost.")
        words = lost if stay.cause == "lost" else _("%(time)s: %(name)s leaves.")
        yield gone, words % {"name": record.name(member), "time": show_time(gone)}


def _course(record: Record) -> list[str]:
    told = [(pause.since, _pause(pause)) for pause in record.pauses]
    for doors in record.closed_sessions:
        times = {"since": show_time(doors.since), "until": show_time(doors.until) if doors.until else ""}
        words = _("Closed to the public from %(since)s to %(until)s.") if doors.until else None
        told.append((doors.since, (words or _("Closed to the public from %(since)s to the end.")) % times))
    told += [(decision.at, decision_words(record, decision)) for decision in record.decisions]
    return [words for _at, words in sorted(told, key=lambda each: each[0])]


def _pause(pause: Pause) -> str:
    why = pause.reason or _(CAUSES[Cause(pause.cause)])
    times = {"since": show_time(pause.since), "until": show_time(pause.until) if pause.until else "", "why": why}
    if pause.until is None:
        return _("Suspended from %(since)s (%(why)s).") % times
    return _("Suspended from %(since)s to %(until)s (%(why)s).") % times


def _end(record: Record) -> str:
    if record.phase is Phase.FAILED:
        return _("For want of a quorum the sitting could not be held.")
    if record.closed_at is None:
        return _("The sitting is under way: this is a draft up to now.")
    return _("The chair closes the sitting at %(time)s.") % {"time": show_time(record.closed_at)}


def _proof(record: Record) -> str:
    if not record.closing_hash:
        return ""
    return _("Journal of the sitting %(sitting)s, closed with the hash (SHA-256) %(hash)s.") % {
        "sitting": record.sitting_id,
        "hash": record.closing_hash,
    }
