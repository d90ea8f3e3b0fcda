"""Whether a media worker stays as small as it was: ten thousand people who come, talk and go, sixty at once at most.

Most leave by the button, some close their browser, some vanish. After every thousand the rooms are left to empty, and
the worker's memory and descriptors are read from the operating system. What counts is the last thousand against the
first: what a process keeps for good after its first thousand people is no leak.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from meetings.sfu import Permissions, WorkerClient, WorkerUnavailableError, issue_grant
from tests.bench.media_load.seats import Seat
from tests.bench.media_load.worker import SECRET, WorkerServer, running_worker

JOINS = 10_000
BLOCK = 1_000
AT_ONCE = 60
ROOMS = 6
STAY_S = 1.0
VANISHING_EVERY, CLOSING_EVERY = 50, 10
"""One of so many vanishes without a word; one of so many closes the browser instead of pressing the button."""
MAY_GROW = 0.05
MAY_TAKE_MINUTES = 30.0
EMPTY_PATIENCE_S = 600.0
MAY_FAIL = 0.01


@dataclass
class Reading:
    """The worker after so many joins: resident memory in MB, open descriptors, minutes since the start; and how many of
    the joins so far did not come about."""

    joins: int
    memory_mb: float
    descriptors: int
    minutes: float
    failed: int


async def live(controller: WorkerClient, number: int) -> bool:
    """One person's whole visit; False when no connection came about, as on a machine that stood still meanwhile."""
    seat, room, peer = Seat(name=f"visitor{number}"), f"room{number % ROOMS}", f"visitor{number}"
    grant = issue_grant(
        SECRET, room=room, peer=peer, permissions=Permissions(microphone=True, camera=True), now=time.time()
    )
    try:
        await seat.sit(await controller.join(room, peer, grant, seat.offer.text(seat.fingerprint)))
        voice, picture = seat.encodings[:2]
        end = time.monotonic() + STAY_S
        while time.monotonic() < end:
            for encoding in (voice, picture):
                for _ in encoding.frame(is_loud=number % 2 == 0):
                    pass
            seat.drain()
            await asyncio.sleep(0.04)
        seat.send_feedback()
        seat.send_reports()
        if number % VANISHING_EVERY == 0:
            seat.vanish()
        elif number % CLOSING_EVERY:
            await controller.leave(room, peer)
    except (TimeoutError, WorkerUnavailableError):
        return False
    finally:
        await seat.close()
    return True


async def run(joins: int, block: int) -> list[Reading]:
    """All blocks, one after the other."""
    readings: list[Reading] = []
    began, failed = time.monotonic(), 0
    async with running_worker() as server:
        for first in range(0, joins, block):
            numbers = iter(range(first, min(first + block, joins)))
            async with asyncio.TaskGroup() as group:
                visits = [group.create_task(_one_after_the_other(server, numbers)) for _ in range(AT_ONCE)]
            failed += sum(each.result() for each in visits)
            await _emptied(server)
            readings.append(_read(server, min(first + block, joins), began, failed))
            last = readings[-1]
            print(
                f"{last.joins:>7} joins  {last.memory_mb:7.1f} MB  {last.descriptors:>4} descriptors  "
                f"{last.minutes:5.1f} min  {last.failed:>4} failed",
                flush=True,
            )
    return readings


async def _one_after_the_other(server: WorkerServer, numbers: Iterator[int]) -> int:
    """How many of these visits failed."""
    failed = 0
    for number in numbers:
        failed += not await live(server.controller, number)
    return failed


async def _emptied(server: WorkerServer) -> None:
    """Return when the last seat is free: those who vanished are waited for, as anybody who may come back."""
    async with asyncio.timeout(EMPTY_PATIENCE_S):
        while (await server.controller.snapshot()).rooms:  # noqa: ASYNC110  # the worker is another process
            await asyncio.sleep(0.5)


def _read(server: WorkerServer, joins: int, began: float, failed: int) -> Reading:
    process = Path("/proc") / str(server.pid)
    status = dict(line.split(":", 1) for line in (process / "status").read_text().splitlines())
    memory_kb = int(status["VmRSS"].split()[0])
    descriptors = len(list((process / "fd").iterdir()))
    return Reading(joins, memory_kb / 1024, descriptors, (time.monotonic() - began) / 60, failed)


def report(readings: list[Reading]) -> dict[str, object]:
    """Print what came of it."""
    first, last = readings[0], readings[-1]
    growth = last.memory_mb / first.memory_mb - 1
    kept = growth <= MAY_GROW and last.descriptors <= first.descriptors and last.minutes < MAY_TAKE_MINUTES
    kept = kept and last.failed <= MAY_FAIL * last.joins
    more = last.descriptors - first.descriptors
    print(f"\nmemory {growth:+.1%}, descriptors {more:+d}: {'kept' if kept else 'NOT kept'}")
    return {
        "bench": "churn",
        "joins": last.joins,
        "minutes": round(last.minutes, 1),
        "memory_first_mb": round(first.memory_mb, 1),
        "memory_last_mb": round(last.memory_mb, 1),
        "memory_growth": round(growth, 3),
        "descriptors_first": first.descriptors,
        "descriptors_last": last.descriptors,
        "failed": last.failed,
    }


def main() -> None:
    """Measure, print a table, then one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--joins", type=int, default=JOINS)
    parser.add_argument("--block", type=int, default=BLOCK, help="joins between two readings")
    given = parser.parse_args()
    if given.joins < 2 * given.block:
        sys.exit("two blocks at least are to be compared")
    print(json.dumps(report(asyncio.run(run(given.joins, given.block)))))


if __name__ == "__main__":
    main()
