"""Telling what members asked for on an item: a public or a secret ballot, a closed session."""

from __future__ import annotations

from meetings.ballots.model import Ballot, Demand, Kind
from meetings.minutes.model import ItemRecord, Record, Request
from meetings.minutes.telling.words import REQUESTED, with_articles
from portal.i18n import _, show_list, show_time


def tell_requests(record: Record, item: ItemRecord) -> list[str]:
    """What members asked for, in the order in which they did: kinds of ballot, and closed sessions."""
    asked = [(request.at, _request(record, request)) for request in item.requests]
    asked += [(each.opened_at, _demand(record, each, each.demand)) for each in item.ballots if each.demand is not None]
    return [words for _at, words in sorted(asked, key=lambda each: each[0])]


def _demand(record: Record, ballot: Ballot, demand: Demand) -> str:
    asked = _("%(time)s: a closed session is asked for by %(names)s.") % {
        "time": show_time(ballot.opened_at),
        "names": show_list([record.name(member) for member in demand.members]),
    }
    return f"{asked} {with_articles(demand.because, demand.articles)}"


def _request(record: Record, request: Request) -> str:
    sentence = (
        _("%(time)s: %(names)s no longer ask for %(kind)s.")
        if request.is_withdrawal
        else _("%(time)s: %(names)s ask for %(kind)s.")
    )
    asked = sentence % {
        "time": show_time(request.at),
        "names": show_list([record.name(member) for member in request.members]),
        "kind": _(REQUESTED[Kind(request.kind)]),
    }
    if not request.because:
        return asked
    return f"{asked} {with_articles(request.because, request.articles)}"
