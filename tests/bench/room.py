"""A whole room on one media worker: everybody on camera and microphone, each with a screen full of the others.

Each viewer gets one large picture (125 packets/s), eight small ones (14) and three voices (50); who speaks changes
every few seconds, so that pictures are switched while it is measured. Rooms of 11, 29, 69 and 120 seats. For each: the
share of one core that the worker takes (user and system, from the operating system), how much later packets arrive than
they were sent (the kernel's receive timestamps), and how many the worker lost on their way. The seats sit in other
processes and decode nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.media_load.clients import PROFILE_NAME
from tests.bench.media_load.servers import cpu_s, end
from tests.bench.media_load.worker import WorkerServer, running_worker

ROUNDS = 3
WINDOW_S = 20.0
WARM_S = 9.0
"""Until the layers that nobody watches are paused and the first pictures stand."""
SEATS = (11, 29, 69, 120)
CROWDS = 2
PATIENCE_S = 120.0
CALM_SHARE = 0.9
EXPECTED_PER_S = {"large": 125.0, "small": 8 * 14.0, "voice": 3 * 50.0}


@dataclass
class Sample:
    """One room measured: shares of a core, milliseconds, packets."""

    core: float
    delay_p50_ms: float
    delay_p99_ms: float
    lost: int
    arrived: int
    arrived_per_viewer_s: dict[str, float]
    clients_lost: int
    others: float
    """Cores that were busy with none of ours: more than a little, and the delays are theirs."""


@dataclass
class CrowdProcess:
    """A process that holds some of the seats."""

    process: asyncio.subprocess.Process

    async def line(self) -> str:
        """What it says next. Raises ConnectionError when it has ended."""
        assert self.process.stdout is not None
        async with asyncio.timeout(PATIENCE_S):
            said = (await self.process.stdout.readline()).decode().strip()
        if not said:
            raise ConnectionError("a process of clients has ended")
        return said

    def ask(self, word: str) -> None:
        """Tell it what to do."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{word}\n".encode())


@asynccontextmanager
async def crowd(server: WorkerServer, first: int, count: int, of: int) -> AsyncIterator[CrowdProcess]:
    """Seats in a process of their own."""
    arguments = {"--control-port": server.control_port, "--first": first, "--count": count, "--of": of}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.bench.media_load.crowd"),
        *(str(word) for pair in arguments.items() for word in pair),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=1 << 26,
    )
    try:
        yield CrowdProcess(process)
        assert process.stdin is not None
        process.stdin.close()
        async with asyncio.timeout(10):
            await process.wait()
    finally:
        await end(process)


async def measure(seats: int, window_s: float, command: list[str] | None = None) -> Sample:
    """Fill a room and measure it."""
    async with running_worker(command) as server, AsyncExitStack() as stack:
        shares = [(seats * number // CROWDS, seats * (number + 1) // CROWDS) for number in range(CROWDS)]
        crowds = [await stack.enter_async_context(crowd(server, low, high - low, seats)) for low, high in shares]
        for each in crowds:
            assert await each.line() == "ready"
        await asyncio.sleep(WARM_S)
        for each in crowds:
            each.ask("measure")
        dropped, begun = _dropped_by_clients(crowds), asyncio.get_running_loop().time()
        cpu, busy = cpu_s(server.pid), _busy_s() - _own_cpu_s(server, crowds)
        await asyncio.sleep(window_s)
        passed = asyncio.get_running_loop().time() - begun
        cpu, busy = cpu_s(server.pid) - cpu, _busy_s() - _own_cpu_s(server, crowds) - busy
        for each in crowds:
            each.ask("report")
        reports = [json.loads(await each.line()) for each in crowds]
        dropped = _dropped_by_clients(crowds) - dropped
    delays = sorted(delay for report in reports for delay in report["delays_us"])
    packets = {kind: sum(report["packets"].get(kind, 0) for report in reports) for kind in EXPECTED_PER_S}
    missing = sum(report["missing"] for report in reports)
    clients_lost = dropped + sum(report["refused"] for report in reports)
    return Sample(
        core=cpu / passed,
        delay_p50_ms=delays[len(delays) // 2] / 1000,
        delay_p99_ms=delays[len(delays) * 99 // 100] / 1000,
        lost=max(0, missing - clients_lost),
        arrived=sum(packets.values()),
        arrived_per_viewer_s={kind: count / seats / passed for kind, count in packets.items()},
        clients_lost=clients_lost,
        others=busy / passed,
    )


def _busy_s() -> float:
    """CPU time of everything on this machine since it started."""
    fields = Path("/proc/stat").read_text().splitlines()[0].split()[1:]
    user, nice, system, _idle, _waiting, irq, softirq = map(int, fields[:7])
    return (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")


def _own_cpu_s(server: WorkerServer, crowds: list[CrowdProcess]) -> float:
    return cpu_s(server.pid) + sum(cpu_s(each.process.pid) for each in crowds)


def _dropped_by_clients(crowds: list[CrowdProcess]) -> int:
    """Datagrams that the kernel could not put into the clients' own sockets, which is no fault of the worker's."""
    own = {inode for each in crowds for inode in _socket_inodes(each.process.pid)}
    lines = [line.split() for line in Path("/proc/net/udp").read_text().splitlines()[1:]]
    return sum(int(fields[12]) for fields in lines if fields[9] in own)


def _socket_inodes(pid: int) -> set[str]:
    names = (str(each.readlink()) for each in Path(f"/proc/{pid}/fd").iterdir() if each.is_symlink())
    return {name[len("socket:[") : -1] for name in names if name.startswith("socket:[")}


async def run(rounds: int, window_s: float, seats: tuple[int, ...]) -> dict[int, list[Sample]]:
    """All rounds, the rooms in turn."""
    samples: dict[int, list[Sample]] = {size: [] for size in seats}
    for number in range(rounds):
        print(f"round {number + 1} of {rounds}", flush=True)
        for size in seats:
            sample = await measure(size, window_s)
            samples[size].append(sample)
            print(
                f"  {size:>4} seats  {sample.core:5.2f} core   p50 {sample.delay_p50_ms:6.2f} ms   "
                f"p99 {sample.delay_p99_ms:7.2f} ms   {sample.lost} lost of {sample.arrived}   "
                f"{_shares(sample)}   {sample.clients_lost} lost by the clients, others {sample.others:.2f} core",
                flush=True,
            )
    return samples


def _shares(sample: Sample) -> str:
    return ", ".join(f"{kind} {rate:.0f}/s" for kind, rate in sample.arrived_per_viewer_s.items())


def report(samples: dict[int, list[Sample]]) -> dict[str, object]:
    """Print the table; medians by number of seats, and all that was lost in any round."""
    print(f"\nSRTP {PROFILE_NAME}; each viewer gets 1 large picture, 8 small ones and 3 voices\n")
    print(f"{'seats':>5}  {'core':>22}  {'added delay p99, ms':>24}  {'lost':>6}  {'packets/s out':>13}")
    figures: dict[str, object] = {}
    for size, found in samples.items():
        cores, delays = [each.core for each in found], [each.delay_p99_ms for each in found]
        lost = sum(each.lost for each in found)
        rate = statistics.median(sum(each.arrived_per_viewer_s.values()) for each in found) * size
        print(f"{size:>5}  {_spread(cores):>22}  {_spread(delays):>24}  {lost:>6}  {rate:>13,.0f}")
        figures[str(size)] = {
            "core": round(statistics.median(cores), 2),
            "delay_p99_ms": round(statistics.median(delays), 1),
            "loss": lost,
        }
        starved = [kind for each in found for kind in _starved(each)]
        if starved:
            print(f"       fewer than were to come: {', '.join(sorted(set(starved)))}")
    others = statistics.median(each.others for found in samples.values() for each in found)
    print(f"\nOther programs of this machine took {others:.2f} of {os.cpu_count()} cores meanwhile.")
    return {"bench": "room", "seats": figures}


def _starved(sample: Sample) -> list[str]:
    """Kinds of which a viewer got too few for the figures to mean anything."""
    return [kind for kind, rate in EXPECTED_PER_S.items() if sample.arrived_per_viewer_s[kind] < CALM_SHARE * rate]


def _spread(values: list[float]) -> str:
    return f"{min(values):.2f} / {statistics.median(values):.2f} / {max(values):.2f}"


def main() -> None:
    """Measure, print a table (minimum / median / maximum), then one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--window", type=float, default=WINDOW_S, help="seconds of each measurement")
    parser.add_argument("--seats", type=int, nargs="+", default=list(SEATS), help="sizes of rooms")
    given = parser.parse_args()
    samples = asyncio.run(run(given.rounds, given.window, tuple(given.seats)))
    print(json.dumps(report(samples)))


if __name__ == "__main__":
    main()
