"""Who may vote on an item now, and for whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from meetings.attendance.model import Presence
from meetings.attendance.service import gathering_of, quorum_of, voices
from meetings.sittings.journal import Value
from meetings.sittings.service.held import Look


@dataclass(frozen=True)
class Voters:
    """Who casts each voice, in the order of the table."""

    entitled: Mapping[str, str]

    @property
    def present(self) -> int:
        """Voices whose member is there."""
        return sum(voice == caster for voice, caster in self.entitled.items())

    @property
    def represented(self) -> int:
        """Voices cast by the holder of a proxy."""
        return len(self.entitled) - self.present


def voters_on(look: Look, item_id: str) -> Voters:
    """Who may vote on an item: members present who take part in it, and whom they represent."""
    return Voters(voices(look, item_id))


def casts_now(look: Look, item_id: str) -> Mapping[str, str]:
    """Who could cast each voice at this moment. Whoever has left since a ballot opened casts none until they are back;
    what was cast before stands."""
    return voices(look, item_id)


def chair_is_present(look: Look, item_id: str) -> bool:
    """Whether who presides is there and takes part in an item: only then have they a casting vote."""
    return look.progress.chair_id in gathering_of(look, item_id).present


def present_members(look: Look) -> frozenset[str]:
    """Who is there, takes part in the item under discussion and may ask for a kind of ballot."""
    return frozenset(gathering_of(look, look.progress.item_id).present)


def quorum_line(look: Look) -> Value:
    """The quorum at this moment, as the journal keeps it."""
    return quorum_of(look, look.progress.item_id).line


def lost_members(look: Look) -> frozenset[str]:
    """Who is not there at this moment, or whose connection is lost."""
    presence = look.of(Presence)
    return frozenset(seat for seat in look.progress.seats if presence.of(seat).place_now is None)
