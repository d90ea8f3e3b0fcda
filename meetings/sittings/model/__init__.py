"""Bodies, mandates, sittings and what is sent before them."""

from meetings.sittings.model.body import Body, Mandate, MandateFunction, SessionKind
from meetings.sittings.model.journal_entry import JournalEntry
from meetings.sittings.model.proxy import ProxyRefused, VotingProxy
from meetings.sittings.model.sitting import (
    AgendaItem,
    ItemDocument,
    ItemKind,
    NotADraft,
    Sitting,
    SittingMode,
    SittingState,
)
from meetings.sittings.model.summons import Reply, Summons

__all__ = [
    "AgendaItem",
    "Body",
    "ItemDocument",
    "ItemKind",
    "JournalEntry",
    "Mandate",
    "MandateFunction",
    "NotADraft",
    "ProxyRefused",
    "Reply",
    "SessionKind",
    "Sitting",
    "SittingMode",
    "SittingState",
    "Summons",
    "VotingProxy",
]
