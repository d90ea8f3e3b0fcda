"""Presence as it follows from the journal, who counts on an item, and what a live connection changes."""

from meetings.attendance.model.gathering import Gathering, counted_places, presiding_order
from meetings.attendance.model.lines import Noted, due
from meetings.attendance.model.presence import Attendee, Ground, Place, Presence, Proxy, Stay

__all__ = [
    "Attendee",
    "Gathering",
    "Ground",
    "Noted",
    "Place",
    "Presence",
    "Proxy",
    "Stay",
    "counted_places",
    "due",
    "presiding_order",
]
