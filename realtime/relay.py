"""How the hubs of several workers reach each other. One process needs none."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

Receive = Callable[[bytes], Awaitable[None]]


class Relay(Protocol):
    """Carries small messages to every hub that subscribed, in the order one hub published them.

    It may lose some while it is down: what counts is in the event log, and `Hub.catch_up` reads it again.
    """

    async def publish(self, message: bytes) -> None:
        """Give `message` to every subscriber, the publishing hub included (it recognises its own)."""
        ...

    async def subscribe(self, receive: Receive) -> Callable[[], Awaitable[None]]:
        """Call `receive` with every message from now on. Returns what ends the subscription."""
        ...


class LocalRelay:
    """Joins hubs of one process: for tests, and the smallest statement of what a relay must do."""

    def __init__(self) -> None:
        """Start with nobody subscribed."""
        self._receivers: list[Receive] = []

    async def publish(self, message: bytes) -> None:
        """Hand `message` to each subscriber in turn."""
        for receive in tuple(self._receivers):
            await receive(message)

    async def subscribe(self, receive: Receive) -> Callable[[], Awaitable[None]]:
        """Add a subscriber."""
        self._receivers.append(receive)

        async def end() -> None:
            self._receivers.remove(receive)

        return end
