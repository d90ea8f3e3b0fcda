"""The record of a sitting: what its journal says, in the shape in which minutes tell it."""

from meetings.minutes.model.folding import record_of
from meetings.minutes.model.record import (
    Correction,
    Decision,
    ItemRecord,
    Note,
    Pause,
    Publication,
    Record,
    Request,
    Speech,
)
from meetings.minutes.model.roll import Calling, ChairTurn, Quorum

__all__ = [
    "Calling",
    "ChairTurn",
    "Correction",
    "Decision",
    "ItemRecord",
    "Note",
    "Pause",
    "Publication",
    "Quorum",
    "Record",
    "Request",
    "Speech",
    "record_of",
]
