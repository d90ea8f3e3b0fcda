"""What is gathered from a journal on the way to its record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from meetings.attendance.model.presence import Presence
from meetings.ballots.model import Ballots
from meetings.minutes.model.record import Correction, Decision, ItemRecord, Pause, Publication, Record
from meetings.minutes.model.roll import ChairTurn, Quorum
from meetings.sittings.journal import Entry, Heading, read_instant
from meetings.sittings.model.progress import Progress

Content = Mapping[str, Any]
"""What an entry says."""


@dataclass
class Gathered:
    """What was read so far; nothing outside the fold sees it half made."""

    progress: Progress = field(default_factory=Progress)
    ballots: Ballots = field(default_factory=Ballots)
    convened: Mapping[str, Any] = field(default_factory=dict)
    convened_at: datetime | None = None
    opening: Quorum | None = None
    present: tuple[str, ...] = ()
    represented: Mapping[str, str] = field(default_factory=dict)
    presence: Presence = field(default_factory=Presence)
    chairs: list[ChairTurn] = field(default_factory=list)
    items: dict[str, ItemRecord] = field(default_factory=dict)
    pauses: list[Pause] = field(default_factory=list)
    closed_sessions: list[Pause] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    corrections: list[Correction] = field(default_factory=list)
    lists: list[Publication] = field(default_factory=list)
    minutes: list[Publication] = field(default_factory=list)
    kinds: list[tuple[int, datetime, str]] = field(default_factory=list)
    item_of: dict[int, str | None] = field(default_factory=dict)
    """The item to which each entry belongs."""
    last: Entry | None = None
    closing_hash: str = ""

    def change_item(self, item_id: object, change: Callable[[ItemRecord], ItemRecord]) -> None:
        """Make one item's record anew; items that the roll does not name are passed over."""
        if isinstance(item_id, str) and item_id in self.items:
            self.items[item_id] = change(self.items[item_id])

    def finish(self, heading: Heading) -> Record:
        progress = self.progress
        items = {
            item_id: replace(
                item,
                point=progress.points[item_id],
                ballots=self.ballots.on(item_id),
                elections=self.ballots.elections_on(item_id),
            )
            for item_id, item in self.items.items()
        }
        meets_at = self.convened.get("meets_at")
        return Record(
            town=heading.town,
            sitting_id=heading.sitting_id,
            body=heading.body,
            phase=progress.phase,
            mode=progress.mode,
            rule_set=progress.rule_set,
            rule_set_version=progress.rule_set_version,
            meets_at=read_instant(meets_at) if meets_at else None,
            place=str(self.convened.get("place", "")),
            convened_at=self.convened_at,
            opened_at=progress.opened_at,
            closed_at=progress.closed_at,
            opening=self.opening,
            seats=progress.seats,
            present=self.present,
            represented=self.represented,
            presence=self.presence,
            chairs=tuple(self.chairs),
            secretary=progress.secretary_id,
            assistants=progress.assistants,
            items=items,
            pauses=tuple(self.pauses),
            closed_sessions=tuple(self.closed_sessions),
            decisions=tuple(self.decisions),
            corrections=tuple(self.corrections),
            lists=tuple(self.lists),
            minutes=tuple(self.minutes),
            stream=progress.stream.address if progress.stream else "",
            entries=self.last.number if self.last else 0,
            head=self.last.hash if self.last else heading.hash,
            closing_hash=self.closing_hash,
            entry_kinds=tuple(self.kinds),
        )


Change = Callable[[Gathered, Entry, Content], None]
"""What an entry of one kind adds."""
