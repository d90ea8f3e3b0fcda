"""How the hubs of several workers reach each other. One process needs none."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

Receive = Callable[[bytes], Awaitable[None]]

Restored = Callable[[], Awaitable[None]]
"""Told that the relay carries again: whatever was published meanwhile may be late or lost."""


class Relay(Protocol):
    """Carries small messages to every hub that subscribed, in the order one hub published them.

    It may lose or repeat some when it fails: what counts is in the event log, and hubs number what they tell.
    """

    @property
    def is_up(self) -> bool:
        """Whether messages of others arrive at present."""
        ...

    async def publish(self, message: bytes) -> None:
        """Give `message` to every subscriber, the publishing hub included (it recognises its own).

        Takes it over at once: nobody's command waits for a relay that is away.
        """
        ...

    async def subscribe(self, receive: Receive, restored: Restored) -> Callable[[], Awaitable[None]]:
        """Call `receive` with every message from now on, and `restored` whenever the relay was away.

        Returns what ends the subscription.
        """
        ...


class LocalRelay:
    """Joins hubs of one process: for tests, and the smallest statement of what a relay must do."""

    is_up = True

    def __init__(self) -> None:
        """Start with nobody subscribed."""
        self._receivers: list[Receive] = []

    async def publish(self, message: bytes) -> None:
        """Hand `message` to each subscriber in turn."""
        for receive in tuple(self._receivers):
            await receive(message)

    async def subscribe(self, receive: Receive, restored: Restored) -> Callable[[], Awaitable[None]]:
        """Add a subscriber."""
        self._receivers.append(receive)

        async def end() -> None:
            self._receivers.remove(receive)

        return end
