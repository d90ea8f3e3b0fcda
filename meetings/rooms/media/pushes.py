"""What the portal tells pages about sound and picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from meetings.sfu import PeerConnected, PeerGone, PeerLost, PeerReturned, TrackMuted, TrackPublished
from realtime.messages import Json, Push


@dataclass(frozen=True)
class SlotsChanged(Push):
    """Who is in which receiving slot of this page's connection."""

    name: ClassVar[str] = "media:slots_changed"
    room_id: str
    slots: Json


@dataclass(frozen=True)
class SpeakersHeard(Push):
    """Who is speaking in the room now, loudest first, and who speaks with most weight."""

    name: ClassVar[str] = "media:speakers_changed"
    room_id: str
    speaking: Json
    dominant: str | None


@dataclass(frozen=True)
class PeerChanged(Push):
    """A person's media as the worker sees it: the line (``connected``, ``lost``, ``gone``) or one source on or off."""

    name: ClassVar[str] = "media:peer_changed"
    room_id: str
    seat_id: str
    line: str | None
    source: str | None
    is_on: bool | None

    @classmethod
    def of(cls, told: PeerConnected | PeerLost | PeerReturned | PeerGone | TrackPublished | TrackMuted) -> Self:
        """Read it from what the worker told."""
        match told:
            case PeerConnected(room, peer) | PeerReturned(room, peer):
                return cls(room, peer, "connected", None, None)
            case PeerLost(room, peer, _):
                return cls(room, peer, "lost", None, None)
            case PeerGone(room, peer, _):
                return cls(room, peer, "gone", None, None)
            case TrackPublished(room, peer, source):
                return cls(room, peer, None, source.value, is_on=True)
            case TrackMuted(room, peer, source, _):
                return cls(room, peer, None, source.value, is_on=False)


@dataclass(frozen=True)
class LayersChanged(Push):
    """The simulcast layers of this page's source that anybody watches: the others need not be sent."""

    name: ClassVar[str] = "media:layers_changed"
    room_id: str
    source: str
    rids: Json


@dataclass(frozen=True)
class LineTold(Push):
    """How much of what this page could show its line takes: ``all``, ``fewer``, ``smaller``, ``one``, ``sound``."""

    name: ClassVar[str] = "media:line_changed"
    room_id: str
    shown: str


@dataclass(frozen=True)
class WeaknessTold(Push):
    """Whether much of what a person publishes is lost on its way, so that they are heard and seen badly."""

    name: ClassVar[str] = "media:weakness_changed"
    room_id: str
    seat_id: str
    is_weak: bool


@dataclass(frozen=True)
class MediaRestarted(Push):
    """The media worker was started anew: connect again."""

    name: ClassVar[str] = "media:restarted"
