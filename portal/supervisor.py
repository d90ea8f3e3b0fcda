"""Runs the portal's processes side by side: pages and sockets in one or several, sound and picture in another.

A child that dies is started again, later each time. Signals reach this process only (each child leads a session of its
own) and are handed on once. Two things pass to the children so that nothing outlives or doubles a portal, even one that
was killed: the reading end of a pipe, which ends with this process, and a lock on the data directory, which is free
again only when the last of them has ended.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import math
import os
import signal
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

import structlog

COPY_VARIABLE = "PARVIS_COPY"
"""Tells a child which of its copies it is, from 1."""

LISTENER_VARIABLE = "PARVIS_LISTENER_FD"
"""Names the socket on which all copies of a child accept."""

LIFELINE_VARIABLE = "PARVIS_LIFELINE_FD"
"""Names a child's end of the lifeline: it reads as ended when the supervisor is gone, however it went."""

CANNOT_START = os.EX_CONFIG
"""Exit code of a child which says that starting it again cannot help."""

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

log = structlog.get_logger(__name__)


class DataInUseError(Exception):
    """Another portal works on this data directory; the text is for the person at the keyboard."""


@dataclass(frozen=True)
class Child:
    """A process to keep running."""

    name: str
    command: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    """Added to the supervisor's own environment."""
    stop_timeout_s: float = 10.0
    """How long it may take to end after SIGTERM before it is killed."""
    copies: int = 1
    """How many of it run side by side; they are stopped together."""
    fds: tuple[int, ...] = ()
    """Descriptors that it inherits, such as a socket on which all copies accept."""


@dataclass
class Restarts:
    """When to start a child again: after half a second, then twice as long each time, five seconds at most.

    A child that has never stayed up is given up after a few tries: something is wrong that starting cannot mend, and
    the person at the keyboard should read its message as the last line.
    """

    first_delay_s: float = 0.5
    longest_delay_s: float = 5.0
    """People are waiting, and a start costs two seconds of one core."""
    settled_after_s: float = 10.0
    first_tries: int = 3
    failures: int = 0
    own_failures: int = 0
    """Of them, since it was last killed from outside: what can be killed could start."""
    has_settled: bool = False

    def delay_after(self, exit_code: int, lived_s: float) -> float | None:
        """Seconds until the next start, or None to give up."""
        if lived_s >= self.settled_after_s:
            self.has_settled = True
            self.failures = self.own_failures = 0
        self.failures += 1
        self.own_failures = self.own_failures + 1 if exit_code >= 0 else 0
        ended_by_itself = exit_code > 0 and not self.has_settled and self.own_failures >= self.first_tries
        if exit_code == CANNOT_START or ended_by_itself:
            return None
        return min(math.ldexp(self.first_delay_s, self.failures - 1), self.longest_delay_s)


def supervise(
    children: Sequence[Child],
    data: Path,
    prepare: Callable[[], None] = lambda: None,
    stopping: Callable[[], None] = lambda: None,
) -> int:
    """Run the children until a signal asks to stop, or until one of them cannot be kept running.

    `prepare` is called once the data directory is ours and every process of a portal that was killed is gone,
    `stopping` before the children are asked to end. The children are started in their order and stopped in the opposite
    one. Returns the exit code of the whole. Raises `DataInUseError`.
    """
    with sole_use(data) as lock_fd, _pipe() as (lifeline_fd, _writing_fd):
        prepare()
        return asyncio.run(_Supervisor(children, lifeline_fd, (lifeline_fd, lock_fd), stopping).run())


async def lifeline_ended() -> None:
    """In a child: return when the supervisor is gone. Without a supervisor there is nothing to wait for, for ever."""
    ended = asyncio.Event()
    lifeline_fd = os.environ.get(LIFELINE_VARIABLE)
    if lifeline_fd is None:
        await ended.wait()
        return
    loop = asyncio.get_running_loop()
    # Nothing is ever written: the pipe becomes readable when its last writing end is closed.
    loop.add_reader(int(lifeline_fd), ended.set)
    try:
        await ended.wait()
    finally:
        loop.remove_reader(int(lifeline_fd))


def inherited_listener() -> int | None:
    """In a child: the descriptor of the socket to accept on, where the supervisor holds one."""
    descriptor = os.environ.get(LISTENER_VARIABLE)
    return None if descriptor is None else int(descriptor)


def copy_number() -> int:
    """In a child: which of its copies it is, from 1."""
    return int(os.environ.get(COPY_VARIABLE, "1"))


def is_first_copy() -> bool:
    """In a child: whether it is the one that speaks for all copies of it."""
    return os.environ.get(COPY_VARIABLE, "1") == "1"


class _Supervisor:
    def __init__(
        self,
        children: Sequence[Child],
        lifeline_fd: int,
        inherited_fds: tuple[int, ...],
        stopping: Callable[[], None],
    ) -> None:
        self._children = children
        self._lifeline_fd = lifeline_fd
        self._inherited_fds = inherited_fds
        self._stopping = stopping
        self._stop = asyncio.Event()
        self._force = asyncio.Event()

    async def run(self) -> int:
        loop = asyncio.get_running_loop()
        for number in STOP_SIGNALS:
            loop.add_signal_handler(number, self._asked_to_stop)
        kept = [(stop := asyncio.Event(), self._keep_copies(child, stop)) for child in self._children]
        asked = asyncio.create_task(self._stop.wait())
        await asyncio.wait(
            [asked, *(keeper for _, keepers in kept for keeper in keepers)], return_when="FIRST_COMPLETED"
        )
        self._stopping()
        exit_codes: list[int] = []
        for stop, keepers in reversed(kept):
            stop.set()
            exit_codes += await asyncio.gather(*keepers)
        asked.cancel()
        return max(exit_codes, default=0)

    def _keep_copies(self, child: Child, stop: asyncio.Event) -> list[asyncio.Task[int]]:
        copies = range(1, child.copies + 1)
        return [asyncio.create_task(self._keep(child, copy, stop), name=child.name) for copy in copies]

    def _asked_to_stop(self) -> None:
        if self._stop.is_set():
            log.warning("stopping at once")
            self._force.set()
        else:
            log.info("stopping", again="Ctrl-C once more stops at once")
            self._stop.set()

    async def _keep(self, child: Child, copy: int, stop: asyncio.Event) -> int:
        """Keep one copy of a child running until told to stop; the exit code tells whether it had to be given up."""
        restarts = Restarts()
        while not stop.is_set():
            started_at = time.monotonic()
            try:
                process = await self._start(child, copy)
            except OSError as error:
                log.error("cannot be started", process=child.name, error=str(error))  # noqa: TRY400 - no trace needed
                return CANNOT_START
            if not await _first(process.wait(), stop.wait()):
                await self._end(child, process)
                return 0
            _kill_group(process)
            exit_code = process.returncode or 0
            delay_s = restarts.delay_after(exit_code, time.monotonic() - started_at)
            if delay_s is None:
                log.error("ended and is given up", process=child.name, copy=copy, exit_code=exit_code)
                return exit_code if exit_code > 0 else 1
            log.warning(
                "ended, will be started again", process=child.name, copy=copy, exit_code=exit_code, in_s=delay_s
            )
            await _first(asyncio.sleep(delay_s), stop.wait())
        return 0

    async def _start(self, child: Child, copy: int) -> asyncio.subprocess.Process:
        told = {COPY_VARIABLE: str(copy), LIFELINE_VARIABLE: str(self._lifeline_fd)}
        return await asyncio.create_subprocess_exec(
            *child.command,
            stdin=asyncio.subprocess.DEVNULL,
            env={**os.environ, **child.env, **told},
            pass_fds=(*self._inherited_fds, *child.fds),
            start_new_session=True,
        )

    async def _end(self, child: Child, process: asyncio.subprocess.Process) -> None:
        """Ask a child to end, and see to it that it has, along with anything that it started."""
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        ended = asyncio.create_task(process.wait())
        forced = asyncio.create_task(self._force.wait())
        await asyncio.wait([ended, forced], timeout=child.stop_timeout_s, return_when=asyncio.FIRST_COMPLETED)
        if not ended.done():
            log.warning("did not end in time and is killed", process=child.name)
        forced.cancel()
        _kill_group(process)
        await ended


async def _first(one: Coroutine[object, object, object], other: Coroutine[object, object, object]) -> bool:
    """Wait for whichever ends first; whether it was `one`. The other is cancelled."""
    tasks = [asyncio.create_task(one), asyncio.create_task(other)]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        return tasks[0] in done
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _kill_group(process: asyncio.subprocess.Process) -> None:
    """Kill a child, or what a child that has ended left running: it led a group of its own."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


@contextlib.contextmanager
def _pipe() -> Iterator[tuple[int, int]]:
    ends = os.pipe()
    try:
        yield ends
    finally:
        for end in ends:
            os.close(end)


@contextlib.contextmanager
def sole_use(data: Path, patience_s: float = 15.0) -> Iterator[int]:
    """Hold the data directory's two locks: one for this process alone, one whose descriptor the children inherit.

    Yields that descriptor. Whoever finds the first lock taken has met a running portal; whoever finds only the second
    one taken has met the processes of a portal that was killed, and those are about to end.
    """
    data.mkdir(parents=True, exist_ok=True)
    with (data / "portal.lock").open("a+") as own, (data / "processes.lock").open("a") as shared:
        if not _locked(own):
            own.seek(0)
            raise DataInUseError(
                f"Another portal (process {own.read().strip() or 'unknown'}) works on {data}. "
                "Stop it first, or name another folder with --data."
            )
        own.truncate(0)
        own.write(str(os.getpid()))
        own.flush()
        deadline = time.monotonic() + patience_s
        while not _locked(shared):
            if time.monotonic() > deadline:
                raise DataInUseError(f"The processes of a portal that was killed do not end; they work on {data}.")
            time.sleep(0.1)
        yield shared.fileno()


def _locked(file: TextIO) -> bool:
    """Take a lock if it is free."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
