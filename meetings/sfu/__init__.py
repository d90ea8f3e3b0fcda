"""The media library: a worker process that forwards sound and picture, and the client that controls it.

It imports nothing of ours. docs/media.md describes the control interface; meetings.sfu.bot, a peer without a browser,
is imported by name so that a controller does not load the media libraries.
"""

from .client import CommandRefusedError, WorkerAttached, WorkerClient, WorkerDetached, WorkerUnavailableError
from .grants import issue_grant
from .messages import (
    LayersWanted,
    LineChanged,
    Notification,
    PeerCondition,
    PeerConnected,
    PeerGone,
    PeerLost,
    PeerReturned,
    PeerState,
    Permissions,
    RefusalCode,
    RoomState,
    SlotsAssigned,
    SlotState,
    Snapshot,
    Source,
    SpeakersChanged,
    TrackMuted,
    TrackPublished,
    Wanted,
)

__all__ = [
    "CommandRefusedError",
    "LayersWanted",
    "LineChanged",
    "Notification",
    "PeerCondition",
    "PeerConnected",
    "PeerGone",
    "PeerLost",
    "PeerReturned",
    "PeerState",
    "Permissions",
    "RefusalCode",
    "RoomState",
    "SlotState",
    "SlotsAssigned",
    "Snapshot",
    "Source",
    "SpeakersChanged",
    "TrackMuted",
    "TrackPublished",
    "Wanted",
    "WorkerAttached",
    "WorkerClient",
    "WorkerDetached",
    "WorkerUnavailableError",
    "issue_grant",
]
