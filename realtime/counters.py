"""What the live channel has done since it started, for operators."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Counters:
    """Sums that only grow."""

    connected: int = 0
    refused: int = 0
    """Turned away at the handshake: wrong origin, not allowed, too many."""
    messages: int = 0
    """Well-formed messages that were carried out."""
    malformed: int = 0
    unknown: int = 0
    limited: int = 0
    """Messages beyond a connection's allowance."""
    failed: int = 0
    """Messages whose handler raised."""
    shed: int = 0
    """Connections ended because their reader was too slow."""
    abusive: int = 0
    """Connections ended because of what they sent."""
    frames: int = 0
    """Pushes encoded."""
    deliveries: int = 0
    """Pushes queued, once per recipient."""
    relay_failures: int = 0
    source_failures: int = 0
