"""What the journal is to be told of the live connection: pure, so that every web worker comes to the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from meetings.attendance.model.presence import (
    BY_LINE,
    CONNECTION_CHANGED,
    MEMBER_ARRIVED,
    MEMBER_LEFT,
    Attendee,
    Place,
    Presence,
)
from meetings.sittings.journal import Value, written_instant

LOSS_GRACE = timedelta(seconds=30)
"""How long a connection may be lost before the member has left: a change of network takes a browser a few seconds, a
restarted one some twenty. The loss itself is noted and shown at once."""


@dataclass(frozen=True)
class Noted:
    """An entry that is due."""

    kind: str
    content: Mapping[str, Value]


def due(
    presence: Presence, members: Iterable[str], seen: Mapping[str, Place], now: datetime, grace: timedelta = LOSS_GRACE
) -> list[Noted]:
    """What to note, given how members are connected now. Nothing once it has been noted.

    A connection that comes or goes is noted at once; that a member has left, or is only heard, when it lasted for the
    grace. Who is checked in to a hall stays there, whatever else they have open.
    """
    found: list[Noted] = []
    for member in members:
        attendee, line = presence.of(member), seen.get(member)
        if attendee.line is not line:
            found.append(Noted(CONNECTION_CHANGED, {"member": member, "how": line.value if line else ""}))
            since = now
        else:
            since = attendee.line_at or now
        if attendee.stay is not None and attendee.stay.place not in BY_LINE:
            # The connection is noted all the same: one that stood when they left does not bring them back.
            continue
        found.extend(_moves(member, attendee, line, since, is_over=now - since >= grace))
    return found


def next_look(presence: Presence, grace: timedelta = LOSS_GRACE) -> datetime | None:
    """When something will be due if no connection changes before."""
    waiting = [
        each.line_at + grace
        for each in presence.attendees.values()
        if each.line_at is not None and (stay := each.stay) is not None and stay.place in BY_LINE
        if each.line is not stay.place
    ]
    return min(waiting, default=None)


def _moves(member: str, attendee: Attendee, line: Place | None, since: datetime, *, is_over: bool) -> Iterable[Noted]:
    stay = attendee.stay
    arrival = {"member": member, "how": line.value if line else "", "by_self": True}
    if stay is None:
        if line is not None and not _has_said_goodbye(attendee, since):
            yield Noted(MEMBER_ARRIVED, arrival)
    elif line is stay.place:
        return
    elif line is None:
        if is_over:
            yield Noted(MEMBER_LEFT, {"member": member, "cause": "lost", "since": written_instant(since)})
    elif line is Place.VIDEO or is_over:
        yield Noted(MEMBER_ARRIVED, arrival)


def _has_said_goodbye(attendee: Attendee, since: datetime) -> bool:
    """Whether they left, from wherever, with the connection still standing: it does not bring them back."""
    if not attendee.stays:
        return False
    last = attendee.stays[-1]
    return last.cause == "left" and last.until is not None and since <= last.until
