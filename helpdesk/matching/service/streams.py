"""The streams of matching: one for each engagement, one for what a person is asked."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.matching.model import Engagement
from portal.events import DomainEvent, record

ENGAGEMENT = "engagement"
ASKS = "asks"


def stream_of(engagement_id: str) -> str:
    """What happens between two people: messages, and where it stands."""
    return f"{ENGAGEMENT}:{engagement_id}"


def asks_of(person_id: str) -> str:
    """What a person is asked, and what no longer."""
    return f"{ASKS}:{person_id}"


def record_change(db: AsyncSession, engagement: Engagement, verb: str, actor_id: str | None) -> None:
    """An engagement has gone on."""
    event = DomainEvent(stream_of(engagement.id), f"engagement.{verb}", engagement.id, 1, ("state",), actor_id)
    record(db, event)


def record_ask(db: AsyncSession, person_id: str, ask_id: str, verb: str) -> None:
    """Somebody is asked, or no longer."""
    record(db, DomainEvent(asks_of(person_id), f"ask.{verb}", ask_id, 1))
