"""The sitting of the hand-written journal, put into a database."""

from __future__ import annotations

from meetings.sittings.journal import end_of
from meetings.sittings.model import (
    AgendaItem,
    Body,
    ItemKind,
    JournalEntry,
    SessionKind,
    Sitting,
    SittingMode,
    SittingState,
)
from meetings.sittings.service.journal import heading_of
from portal.db import Database
from tests.meetings.minutes.journals import ITEMS, START, Journal, whole_sitting


async def insert_sitting(database: Database, town: str, *, until: str = "") -> Journal:
    """A sitting ``s1`` with its journal, up to the first entry of a kind."""
    async with database.write() as db:
        db.add(
            Body(
                id="b1",
                name="Conseil municipal",
                rule_set="fr-cgct-commune",
                session=SessionKind.PLENARY,
                seats=5,
                created_at=START,
                version=1,
            )
        )
        await db.flush()
        sitting = Sitting(
            id="s1",
            body_id="b1",
            meets_at=START,
            place="Salle du conseil",
            mode=SittingMode.HALL,
            state=SittingState.CLOSED,
            created_by="clerk",
            created_at=START,
            version=1,
        )
        db.add(sitting)
        await db.flush()
        for position, (id_, (kind, title)) in enumerate(ITEMS.items(), start=1):
            item = AgendaItem(id=id_, sitting_id="s1", position=position, kind=ItemKind(kind), title=title, version=1)
            item.note, item.draft = "Le rapport.", "Le conseil décide."
            db.add(item)
        journal = whole_sitting(await heading_of(db, sitting, town))
        kinds = [entry.kind for entry in journal.entries]
        del journal.entries[kinds.index(until) if until else len(kinds) :]
        db.add_all([JournalEntry.of("s1", entry) for entry in journal.entries])
        end = end_of(journal.entries[-1])
        sitting.journal_number, sitting.journal_hash = end.number, end.hash
    return journal
