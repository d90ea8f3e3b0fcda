"""The owner of the hub's tasks."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine

_AGAIN_S = 1.0

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
        while self._tasks:
            # Again and again: a library below may swallow a cancellation that comes at an odd moment.
            for task in tuple(self._tasks):
                task.cancel()
            await asyncio.wait(self._tasks, timeout=_AGAIN_S)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("%s failed", task.get_name(), exc_info=error)
