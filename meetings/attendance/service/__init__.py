"""Acts and questions of presence, quorum and proxies: what ballots and the floor build on."""

from meetings.attendance.service.members import arrive, confirm, declare_interest, leave, withdraw_interest
from meetings.attendance.service.proxies import record_proxy, revoke_proxy
from meetings.attendance.service.quorum import (
    Quorum,
    call_item,
    decide_quorum,
    fail_sitting,
    gathering_of,
    open_sitting,
    quorum_of,
    require_part,
    resume,
    voices,
)
from meetings.attendance.service.room import open_room

__all__ = [
    "Quorum",
    "arrive",
    "call_item",
    "confirm",
    "decide_quorum",
    "declare_interest",
    "fail_sitting",
    "gathering_of",
    "leave",
    "open_room",
    "open_sitting",
    "quorum_of",
    "record_proxy",
    "require_part",
    "resume",
    "revoke_proxy",
    "voices",
    "withdraw_interest",
]
