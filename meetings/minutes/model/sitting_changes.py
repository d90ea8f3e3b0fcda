"""What entries about the sitting and its people add to the record: the roll, the chair, the quorum, pauses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from meetings.minutes.model.gathered import Change, Content, Gathered
from meetings.minutes.model.record import ItemRecord, Pause, Publication
from meetings.minutes.model.roll import ChairTurn, Quorum
from meetings.sittings.journal import Entry

LIST_PUBLISHED = "deliberations.published"
"""The list of deliberations and each of them were put online."""
MINUTES_PUBLISHED = "minutes.published"


def _convened(gathered: Gathered, entry: Entry, content: Content) -> None:
    gathered.convened, gathered.convened_at = content, entry.at


def _roll(gathered: Gathered, _entry: Entry, _content: Content) -> None:
    gathered.items = {point.item_id: ItemRecord(point) for point in gathered.progress.points.values()}


def _opened(gathered: Gathered, entry: Entry, content: Content) -> None:
    _quorum_taken(gathered, content)
    gathered.chairs.append(ChairTurn(str(content["chair"]), entry.at))


def _failed(gathered: Gathered, entry: Entry, content: Content) -> None:
    _quorum_taken(gathered, content)
    gathered.closing_hash = entry.hash


def _quorum_taken(gathered: Gathered, content: Content) -> None:
    gathered.opening = Quorum.read(content.get("quorum") or {})
    gathered.present = tuple(content.get("present", ()))
    gathered.represented = dict(content.get("proxies") or {})


def _closed(gathered: Gathered, entry: Entry, _content: Content) -> None:
    gathered.closing_hash = entry.hash


def _chair(gathered: Gathered, entry: Entry, content: Content) -> None:
    gathered.chairs.append(ChairTurn(str(content["chair"]), entry.at, str(content.get("reason") or "")))


def _suspended(gathered: Gathered, entry: Entry, content: Content) -> None:
    gathered.pauses.append(
        Pause(entry.at, cause=str(content.get("cause", "")), reason=str(content.get("reason") or ""))
    )


def _doors_closed(gathered: Gathered, entry: Entry, _content: Content) -> None:
    gathered.closed_sessions.append(Pause(entry.at))


def _resumed(gathered: Gathered, entry: Entry, _content: Content) -> None:
    _end(gathered.pauses, entry)


def _doors_opened(gathered: Gathered, entry: Entry, _content: Content) -> None:
    _end(gathered.closed_sessions, entry)


def _end(pauses: list[Pause], entry: Entry) -> None:
    if pauses and pauses[-1].until is None:
        pauses[-1] = replace(pauses[-1], until=entry.at)


def _list_published(gathered: Gathered, entry: Entry, content: Content) -> None:
    deliberations = dict(content.get("deliberations") or {})
    gathered.lists.append(Publication(entry.number, entry.at, str(content["sha256"]), deliberations))


def _minutes_published(gathered: Gathered, entry: Entry, content: Content) -> None:
    approved_on = content.get("approved_on")
    day = date.fromisoformat(approved_on) if approved_on else None
    gathered.minutes.append(Publication(entry.number, entry.at, str(content["sha256"]), approved_on=day))


SITTING_CHANGES: Mapping[str, Change] = {
    "convocation.sent": _convened,
    "roll.opened": _roll,
    "sitting.opened": _opened,
    "sitting.failed": _failed,
    "sitting.closed": _closed,
    "chair.taken": _chair,
    "sitting.suspended": _suspended,
    "sitting.resumed": _resumed,
    LIST_PUBLISHED: _list_published,
    MINUTES_PUBLISHED: _minutes_published,
    "doors.closed": _doors_closed,
    "doors.opened": _doors_opened,
}
