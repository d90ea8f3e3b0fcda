"""From the journal to the record: entry by entry, each kind by its own function.

Entries of kinds that the minutes do not tell are passed over, and what an entry lacks is left out: whoever reads a
journal of ten years ago must still get its minutes. What is told only at the end of a thing (the seconds that somebody
spoke) is added to the thing when the journal tells it.
"""

from __future__ import annotations

from collections.abc import Iterable

from meetings.minutes.model.gathered import Gathered
from meetings.minutes.model.item_changes import ITEM_CHANGES
from meetings.minutes.model.record import Record
from meetings.minutes.model.sitting_changes import SITTING_CHANGES
from meetings.sittings.journal import Entry, Heading

_CHANGES = {**SITTING_CHANGES, **ITEM_CHANGES}


def record_of(heading: Heading, entries: Iterable[Entry]) -> Record:
    """The record of a sitting, up to the last of these entries."""
    gathered = Gathered()
    for entry in entries:
        _take(gathered, entry)
    return gathered.finish(heading)


def _take(gathered: Gathered, entry: Entry) -> None:
    named = entry.content.get("item")
    gathered.item_of[entry.number] = named if isinstance(named, str) else gathered.progress.item_id
    gathered.kinds.append((entry.number, entry.at, entry.kind))
    gathered.progress = gathered.progress.apply(entry)
    gathered.presence = gathered.presence.apply(entry)
    gathered.ballots = gathered.ballots.apply(entry)
    change = _CHANGES.get(entry.kind)
    if change is not None:
        change(gathered, entry, entry.content)
    gathered.last = entry
