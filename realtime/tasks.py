"""The owner of the hub's tasks."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine

_log = logging.getLogger("realtime.tasks")


class Tasks:
    """Starts tasks, logs what they raise, and ends them all."""

    def __init__(self) -> None:
        """Own nothing yet."""
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[object, object, None], name: str) -> None:
        """Run `work` until it returns or `close` is called."""
        task = asyncio.create_task(work, name=f"realtime-{name}")
        self._tasks.add(task)
        task.add_done_callback(self._done)

    async def close(self, grace_s: float = 0.0) -> None:
        """Give the tasks `grace_s` to finish, then cancel and await them."""
        if self._tasks and grace_s > 0:
            await asyncio.wait(self._tasks, timeout=grace_s)
        for task in tuple(self._tasks):
            task.cancel()
        while self._tasks:
            await asyncio.wait(self._tasks)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("%s failed", task.get_name(), exc_info=error)
