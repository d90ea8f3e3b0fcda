"""What a delivered packet costs: our media worker beside Janus' VideoRoom, and beside a bare `sendto` loop.

500 packets of 1,200 bytes a second come into the room, from one publisher and from ten; thirty viewers get all of
them. Both servers run in turn, with the same peers, which count what arrives, the same SRTP profile and packet size.
The figure is CPU time of the server's process, user and system, divided by the packets that arrived.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from scripts.system_packages import JANUS, SystemPackageError, provide
from tests.bench.media_load.clients import (
    PACKET_SIZE,
    PROFILE_NAME,
    MediaClient,
    VideoSource,
    host_address,
    send_evenly,
)
from tests.bench.media_load.janus import running_janus
from tests.bench.media_load.servers import MediaServer, cpu_s, end
from tests.bench.media_load.sinks import counting_sinks
from tests.bench.media_load.worker import running_worker

ROUNDS = 3
WINDOW_S = 8.0
WARM_S = 2.0
PACKETS_PER_S = 500
VIEWERS = 30
PUBLISHERS = (1, 10)
PATIENCE_S = 30.0
AEAD_TAG = 16


@dataclass
class Sample:
    """One measurement: CPU microseconds a delivered packet, and the share of the packets that arrived."""

    us: float
    arrived: float


@dataclass
class Figures:
    """All samples by what was measured."""

    samples: dict[str, list[Sample]] = field(default_factory=dict)

    def add(self, name: str, sample: Sample) -> None:
        """Keep one, and say so."""
        self.samples.setdefault(name, []).append(sample)
        print(f"  {name:<24} {sample.us:6.1f} µs   {sample.arrived:7.2%} arrived", flush=True)

    def median(self, name: str) -> float:
        """Microseconds."""
        return statistics.median(each.us for each in self.samples[name])


@asynccontextmanager
async def janus() -> AsyncIterator[MediaServer]:
    """Janus with a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        async with running_janus(Path(folder)) as server:
            yield server


async def measure(running: AbstractAsyncContextManager[MediaServer], publishers: int, window_s: float) -> Sample:
    """Start a server, fill its room, and measure it once everybody gets everything."""
    async with running as server, AsyncExitStack() as stack:
        sources, viewers = [], []
        for _ in range(publishers):
            client = MediaClient()
            stack.push_async_callback(client.close)
            sources.append(await server.publish(client))
        sending = asyncio.create_task(send_evenly(sources, PACKETS_PER_S))
        stack.push_async_callback(_cancelled, sending)
        for _ in range(VIEWERS):
            client = MediaClient()
            stack.push_async_callback(client.close)
            await server.watch(client, publishers)
            viewers.append(client)
        async with asyncio.timeout(PATIENCE_S):
            while not all(len(each.received) == publishers for each in viewers):  # noqa: ASYNC110  # counted, not told
                await asyncio.sleep(0.1)
        await asyncio.sleep(WARM_S)
        before = cpu_s(server.pid), sum(each.packets for each in viewers), sum(each.sent for each in sources)
        await asyncio.sleep(window_s)
        after = cpu_s(server.pid), sum(each.packets for each in viewers), sum(each.sent for each in sources)
        assert all(payload.endswith(_tails(sources)) for each in viewers for payload in each.first_payloads)
    cpu, arrived, sent = (late - early for late, early in zip(after, before, strict=True))
    return Sample(cpu / arrived * 1e6, arrived / (sent * VIEWERS))


def _tails(sources: list[VideoSource]) -> tuple[bytes, ...]:
    return tuple(each.tail for each in sources)


async def _cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait([task])


async def measure_floor(window_s: float) -> Sample:
    """A process that only sends, datagrams of the same size to as many sockets."""
    async with counting_sinks(host_address(), VIEWERS) as sinks:
        size = str(PACKET_SIZE + AEAD_TAG)
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.bench.media_load.floor", size, str(PACKETS_PER_S), *sinks.addresses)
        )
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not sinks.packets:  # noqa: ASYNC110  # counted, not told
                    await asyncio.sleep(0.05)
            before = cpu_s(process.pid), sinks.packets
            await asyncio.sleep(window_s)
            cpu, arrived = cpu_s(process.pid) - before[0], sinks.packets - before[1]
        finally:
            await end(process)
    return Sample(cpu / arrived * 1e6, arrived / (PACKETS_PER_S * VIEWERS * window_s))


async def run(rounds: int, window_s: float) -> Figures:
    """All rounds, the servers in turn."""
    figures = Figures()
    for number in range(rounds):
        print(f"round {number + 1} of {rounds}", flush=True)
        for publishers in PUBLISHERS:
            figures.add(f"ours, from {publishers}", await measure(running_worker(), publishers, window_s))
            figures.add(f"Janus, from {publishers}", await measure(janus(), publishers, window_s))
        figures.add("floor", await measure_floor(window_s))
    return figures


def report(figures: Figures) -> dict[str, object]:
    """Print the table; the figures of the load at which we compare worse."""
    print(f"\nSRTP {PROFILE_NAME}, RTP packets of {PACKET_SIZE} bytes from the publisher, {VIEWERS} viewers,")
    print(f"{PACKETS_PER_S} packets/s into the room; CPU microseconds a delivered packet\n")
    print(f"{'':<24} {'min':>7} {'median':>7} {'max':>7}")
    for name, samples in figures.samples.items():
        us = [each.us for each in samples]
        print(f"{name:<24} {min(us):7.1f} {statistics.median(us):7.1f} {max(us):7.1f}")
    ratios = {each: figures.median(f"ours, from {each}") / figures.median(f"Janus, from {each}") for each in PUBLISHERS}
    worse = max(ratios, key=lambda each: ratios[each])
    print(f"\nratio: {', '.join(f'{ratio:.2f} from {each}' for each, ratio in ratios.items())}")
    return {
        "bench": "media",
        "ours_us": round(figures.median(f"ours, from {worse}"), 1),
        "janus_us": round(figures.median(f"Janus, from {worse}"), 1),
        "floor_us": round(figures.median("floor"), 1),
        "ratio": round(ratios[worse], 2),
    }


def main() -> None:
    """Measure, print a table, then one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--window", type=float, default=WINDOW_S, help="seconds of each measurement")
    arguments = parser.parse_args()
    try:
        provide([JANUS])
    except SystemPackageError as error:
        sys.exit(str(error))
    figures = asyncio.run(run(arguments.rounds, arguments.window))
    print(json.dumps(report(figures)))


if __name__ == "__main__":
    main()
