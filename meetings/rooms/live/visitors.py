"""Who is at the other end of a connection, as rooms know people."""

from __future__ import annotations

from meetings.rooms.service import Visitor
from portal.permissions import Actor, Guest
from realtime.sources import Connection


def visitor_of(connection: Connection, guest_name: str | None = None, *, agrees: bool = False) -> Visitor:
    """The person, or the guest with what they gave at the door."""
    match connection.principal:
        case Actor() as actor:
            return Visitor(actor)
        case Guest(key):
            return Visitor(None, key, guest_name, guest_agrees=agrees)
        case _:
            return Visitor(None)
