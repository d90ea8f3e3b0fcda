"""A process that holds a share of a room's seats: `python -m tests.bench.media_load.crowd`.

It joins them one after the other, says on its standard output that it is ready, and obeys three words on its standard
input: `measure` (begin to count), `report` (one JSON object of what was counted since), and the end of the input.
"""

from __future__ import annotations

import argparse
import asyncio
import heapq
import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass, field

from meetings.sfu import LayersWanted, Notification, Permissions, WorkerClient, issue_grant
from meetings.sfu.client import WorkerAttached, WorkerDetached
from meetings.sfu.messages import Source
from tests.bench.media_load.seats import Encoding, Seat
from tests.bench.media_load.worker import ROOM, SECRET

DRAIN_EVERY_S = 0.01
POLITENESS = 10
"""How much the worker goes first: two processes of clients beside it on two cores are more than it would ever share."""
FEEDBACK_EVERY_S = 0.1
REPORT_EVERY_S = 1.0
RAMP_S = 3.5
"""Browsers begin with the smallest layer, and with the others when they know their line."""
SPEECH_S = 8.0
"""After so long one of the three who speak gives way to another."""
SPEAKERS = 3


@dataclass
class Counted:
    """What a crowd has received by kind of slot, and what it lost or could not send itself."""

    packets: dict[str, int] = field(default_factory=dict)
    missing: int = 0
    refused: int = 0
    sent: int = 0
    delays_us: list[int] = field(default_factory=list)


class Crowd:
    """Some seats of one room, numbers `first` to `first + count - 1` of `room_size`."""

    def __init__(self, controller_port: int, first: int, count: int, room_size: int) -> None:
        """Nobody sits yet."""
        self._room_size = room_size
        self._client = WorkerClient("127.0.0.1", controller_port, SECRET, self._told)
        self._seats = {f"seat{number}": Seat(name=f"seat{number}") for number in range(first, first + count)}
        self._numbers = {f"seat{number}": number for number in range(first, first + count)}
        self._due: list[tuple[float, int, Encoding, Iterator[float] | None, float]] = []
        self._entries = 0
        self._tasks: list[asyncio.Task[None]] = []

    async def sit(self, stack: AsyncExitStack) -> None:
        """Join everybody, and begin to send and to receive."""
        await stack.enter_async_context(self._client)
        stack.push_async_callback(self._stop)
        async with asyncio.timeout(20):
            await self._client.wait_attached()
        works = self._send_all(), self._receive_all(), self._tell_all()
        self._tasks = [asyncio.create_task(each) for each in works]
        for name, seat in self._seats.items():
            stack.push_async_callback(seat.close)
            grant = issue_grant(
                SECRET, room=ROOM, peer=name, permissions=Permissions(microphone=True, camera=True), now=time.time()
            )
            await seat.sit(await self._client.join(ROOM, name, grant, seat.offer.text(seat.fingerprint)))
            for encoding in seat.encodings:
                begin = time.monotonic() + (RAMP_S if encoding.rid in {"m", "h"} else 0.0)
                self._schedule(begin, encoding, None, begin)

    async def _stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _told(self, told: Notification | WorkerAttached | WorkerDetached) -> None:
        if isinstance(told, LayersWanted) and told.source is Source.CAMERA and told.peer in self._seats:
            for encoding in self._seats[told.peer].encodings:
                if encoding.rid is not None:
                    encoding.wants_keyframe |= encoding.is_paused
                    encoding.is_paused = encoding.rid not in told.rids

    def _schedule(self, due: float, encoding: Encoding, rest: Iterator[float] | None, began: float) -> None:
        self._entries += 1
        heapq.heappush(self._due, (due, self._entries, encoding, rest, began))

    async def _send_all(self) -> None:
        while True:
            now = time.monotonic()
            while self._due and self._due[0][0] <= now:
                _, _, encoding, rest, began = heapq.heappop(self._due)
                if rest is None and not encoding.is_paused:
                    rest = encoding.frame(is_loud=self._is_loud(encoding.seat.name))
                wait_s = next(rest, None) if rest is not None else None
                if wait_s is None:
                    # What the machine did not let us send in time is not sent in a burst.
                    began = max(began + encoding.period_s, now)
                    self._schedule(began, encoding, None, began)
                else:
                    self._schedule(now + wait_s, encoding, rest, began)
            await asyncio.sleep(max(0.001, self._due[0][0] - now) if self._due else 0.01)

    def _is_loud(self, name: str) -> bool:
        """Whether a seat speaks: three at any time, the same ones for every process."""
        turn = int(time.time() / SPEECH_S)
        return (self._numbers[name] - turn) % self._room_size < SPEAKERS

    async def _receive_all(self) -> None:
        while True:
            for seat in self._seats.values():
                seat.drain()
            await asyncio.sleep(DRAIN_EVERY_S)

    async def _tell_all(self) -> None:
        """Feedback of each seat at its own moment, as of browsers that know nothing of each other."""
        begun, turns = time.monotonic(), 0
        while True:
            for number, seat in enumerate(list(self._seats.values())):
                due = begun + (turns + number / len(self._seats)) * FEEDBACK_EVERY_S
                await asyncio.sleep(max(0.0, due - time.monotonic()))
                seat.send_feedback()
                if (turns + number) % int(REPORT_EVERY_S / FEEDBACK_EVERY_S) == 0:
                    seat.send_reports()
            turns += 1

    def measure(self) -> None:
        """Begin to count."""
        for seat in self._seats.values():
            seat.drain()
            seat.refused = 0
            for stream in seat.streams.values():
                stream.reset()
            for encoding in seat.encodings:
                encoding.sent = 0

    def counted(self) -> Counted:
        """What was counted since."""
        found = Counted()
        for seat in self._seats.values():
            seat.drain()
            found.refused += seat.refused
            found.sent += sum(each.sent for each in seat.encodings)
            for stream in seat.streams.values():
                kind = stream.slot.partition("-")[0]
                found.packets[kind] = found.packets.get(kind, 0) + stream.packets
                found.missing += stream.span - stream.packets
                found.delays_us += [delay // 1000 for delay in stream.delays]
        return found


async def run(controller_port: int, first: int, count: int, room_size: int) -> None:
    """Sit, and do what is asked until nobody asks any more."""
    crowd = Crowd(controller_port, first, count, room_size)
    async with AsyncExitStack() as stack:
        await crowd.sit(stack)
        print("ready", flush=True)
        loop = asyncio.get_running_loop()
        while word := (await loop.run_in_executor(None, sys.stdin.readline)).strip():
            if word == "measure":
                crowd.measure()
            else:
                print(json.dumps(asdict(crowd.counted())), flush=True)


def main() -> None:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("--control-port", "--first", "--count", "--of"):
        parser.add_argument(name, type=int, required=True)
    given = parser.parse_args()
    os.nice(POLITENESS)
    asyncio.run(run(given.control_port, given.first, given.count, given.of))


if __name__ == "__main__":
    main()
