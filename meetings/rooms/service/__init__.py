"""Use cases and named queries of rooms; the demo's rooms stand in the module beside."""

from meetings.rooms.service.chat import chat_of, write
from meetings.rooms.service.departures import judge_person_anew, let_go, seats_held_by, seats_taken
from meetings.rooms.service.invitations import INVITE_TO_ROOM, Sending, access_hosted, invite, read_addresses
from meetings.rooms.service.moderation import FREED, PERMISSIONS_CHANGED, allow, close, decide, lock
from meetings.rooms.service.own_data import forget_seats, my_rooms
from meetings.rooms.service.rooms import (
    CREATE_ROOM,
    ENTER_ROOM,
    WATCH_MEDIA,
    access_room,
    open_room,
    rooms_of,
    stream_of,
    titles_of,
)
from meetings.rooms.service.seats import (
    Visitor,
    access_admitted,
    access_seat,
    enter,
    leave,
    raise_hand,
    seats_of,
)

__all__ = [
    "CREATE_ROOM",
    "ENTER_ROOM",
    "FREED",
    "INVITE_TO_ROOM",
    "PERMISSIONS_CHANGED",
    "WATCH_MEDIA",
    "Sending",
    "Visitor",
    "access_admitted",
    "access_hosted",
    "access_room",
    "access_seat",
    "allow",
    "chat_of",
    "close",
    "decide",
    "enter",
    "forget_seats",
    "invite",
    "judge_person_anew",
    "leave",
    "let_go",
    "lock",
    "my_rooms",
    "open_room",
    "raise_hand",
    "read_addresses",
    "rooms_of",
    "seats_held_by",
    "seats_of",
    "seats_taken",
    "stream_of",
    "titles_of",
    "write",
]
