"""What tests of streams share: a tab that follows one, the words of a frame, pauses that a test ends."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.realtime.wire import Browser


class Pauses:
    """Stands for `sleep`: every pause lasts until the test ends it."""

    def __init__(self) -> None:
        self.asked: list[float] = []
        self._waiting: asyncio.Queue[asyncio.Event] = asyncio.Queue()

    async def __call__(self, seconds: float) -> None:
        self.asked.append(seconds)
        over = asyncio.Event()
        self._waiting.put_nowait(over)
        await over.wait()

    async def end(self) -> None:
        """End the pause that runs, once there is one."""
        (await asyncio.wait_for(self._waiting.get(), 10)).set()


def texts(frame: Any) -> list[str]:
    return [entry["body"]["text"] for entry in frame["entries"]]


async def follow(tab: Browser, after: int | None, stream: str = "board") -> Any:
    return await tab.ask("stream:follow", {"stream": stream, "after": after})
