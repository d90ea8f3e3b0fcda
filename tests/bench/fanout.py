"""What it costs to tell a small event to many browsers: the portal, and beside it the reference Socket.IO server.

The same 1,000 websocket clients in another process follow one stream; ten more write notes into it. First single
notes, then 50 within a second. Processor time is the server process's own, as the kernel counts it; latency is from
the writer's call to the client's handler. Then the same with 5,000 sockets.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path

from tests.bench.sockets.portal_server import STREAM
from tests.bench.sockets.servers import ROOT, Server, node, portal
from tests.realtime.wire import Browser, browser

WRITERS = 10
SINGLE_EVERY_S = 0.25
BURST = 50
BURST_EVERY_S = 1 / BURST
PATIENCE_S = 60.0
TEXT = "Du pain et du lait pour la voisine du troisième, avant midi si possible."

Start = Callable[[Path], AbstractAsyncContextManager[Server]]
SERVERS: dict[str, Start] = {"portal": portal, "node": node}


@dataclass(frozen=True)
class Size:
    """How much is measured."""

    clients: int
    rounds: int
    singles: int
    bursts: int
    many: int
    """Sockets of the last part; 0 leaves it out."""


FULL = Size(clients=1000, rounds=3, singles=40, bursts=3, many=5000)
QUICK = Size(clients=200, rounds=1, singles=10, bursts=1, many=0)


@dataclass(frozen=True)
class Figures:
    """One server in one round."""

    single_us: float
    """Processor microseconds for one event delivered to one client."""
    burst_us: float
    p50_ms: float
    p99_ms: float
    """Of single events."""
    burst_p99_ms: float
    socket_kb: float
    """Memory that one more open connection takes."""


@dataclass
class Swarm:
    """The clients, seen from here."""

    process: asyncio.subprocess.Process
    count: int
    latencies_ms: list[float] = field(default_factory=list)

    async def line(self) -> bytes:
        """The next line that they print."""
        assert self.process.stdout is not None
        line = await self.process.stdout.readline()
        assert line, "the clients have ended"
        return line

    async def take(self, events: int) -> list[float]:
        """Wait until every client has `events` more; returns all latencies in milliseconds."""
        assert self.process.stdin is not None
        latencies: list[float] = []
        deadline = time.monotonic() + PATIENCE_S
        while len(latencies) < events * self.count:
            assert time.monotonic() < deadline, f"{len(latencies)} of {events * self.count} arrived"
            await asyncio.sleep(0.3)
            self.process.stdin.write(b"\n")
            numbers = json.loads(await self.line())
            latencies += [(now - at) / 1e6 for at, now in zip(numbers[::2], numbers[1::2], strict=True)]
        assert len(latencies) == events * self.count, "something arrived twice"
        return latencies


@asynccontextmanager
async def swarm(port: int, count: int) -> AsyncIterator[Swarm]:
    """Clients that all follow."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.bench.sockets.clients", str(port), str(count), STREAM),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=2**28,
    )
    clients = Swarm(process, count)
    try:
        assert (await asyncio.wait_for(clients.line(), PATIENCE_S)).strip() == b"connected"
        yield clients
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def write(writers: Iterator[Browser], count: int, every_s: float) -> None:
    """Write notes at an even pace, whether or not they are acknowledged yet; return when all are."""
    asked: list[tuple[Browser, int]] = []
    begun = time.monotonic()
    for number in range(count):
        await asyncio.sleep(begun + number * every_s - time.monotonic())
        writer = next(writers)
        command_id = f"note-{time.monotonic_ns()}"
        body = {"command_id": command_id, "at": time.monotonic_ns(), "text": TEXT}
        asked.append((writer, writer.emit("note:write", body)))
    for writer, acknowledgement in asked:
        answer = await asyncio.wait_for(writer.answer(acknowledgement), PATIENCE_S)
        assert answer["ok"], answer


async def one_round(start: Start, folder: Path, size: Size) -> Figures:
    """Start a server, connect everybody, measure, stop it."""
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(start(folder))
        origin = f"http://127.0.0.1:{server.port}"
        writers = cycle([await stack.enter_async_context(browser(server.port, origin=origin)) for _ in range(WRITERS)])
        await write(writers, 5, SINGLE_EVERY_S)
        memory = server.memory()
        clients = await stack.enter_async_context(swarm(server.port, size.clients))
        memory = server.memory() - memory
        await write(writers, 5, SINGLE_EVERY_S)
        await clients.take(5)

        async def measure(times: int, count: int, every_s: float) -> tuple[float, list[float]]:
            before = server.cpu_s()
            latencies: list[float] = []
            for _ in range(times):
                await write(writers, count, every_s)
                latencies += await clients.take(count)
            return (server.cpu_s() - before) * 1e6 / len(latencies), latencies

        single_us, latencies = await measure(1, size.singles, SINGLE_EVERY_S)
        burst_us, burst_latencies = await measure(size.bursts, BURST, BURST_EVERY_S) if size.bursts else (0.0, [0.0])
    return Figures(
        single_us=single_us,
        burst_us=burst_us,
        p50_ms=quantile(latencies, 0.50),
        p99_ms=quantile(latencies, 0.99),
        burst_p99_ms=quantile(burst_latencies, 0.99),
        socket_kb=memory / size.clients / 1024,
    )


def quantile(values: Sequence[float], part: float) -> float:
    """The value below which `part` of them lie."""
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]


async def rounds(size: Size, folder: Path) -> dict[str, list[Figures]]:
    """The servers in turn, as often as there are rounds."""
    found: dict[str, list[Figures]] = {name: [] for name in SERVERS}
    for number in range(size.rounds):
        for name, start in SERVERS.items():
            found[name].append(await one_round(start, folder / f"{name}-{size.clients}-{number}", size))
    return found


TABLE = {
    "single event, µs": "single_us",
    "one of 50 in a second, µs": "burst_us",
    "single event, p50 ms": "p50_ms",
    "single event, p99 ms": "p99_ms",
    "one of 50 in a second, p99 ms": "burst_p99_ms",
    "memory of a socket, KiB": "socket_kb",
}


def show(found: dict[str, list[Figures]], size: Size) -> None:
    """Print every figure of every server, least, middle and most of the rounds."""
    print(f"{f'{size.clients} sockets':<40} {'median':>8} {'min':>8} {'max':>8}   ({size.rounds} rounds)")
    for title, name in TABLE.items():
        for server, figures in found.items():
            values = [getattr(each, name) for each in figures]
            if any(values):
                row = f"{statistics.median(values):8.1f} {min(values):8.1f} {max(values):8.1f}"
                print(f"{server:<8}{title:<32} {row}")
    print(flush=True)


def median(figures: Sequence[Figures], name: str) -> float:
    """The middle of the rounds."""
    return float(statistics.median(getattr(each, name) for each in figures))


def summary(found: dict[str, list[Figures]]) -> dict[str, str | float]:
    """The fields that are compared from one version to the next."""
    ours, reference = found["portal"], found["node"]
    return {
        "bench": "fanout",
        "ours_us": round(median(ours, "single_us"), 1),
        "node_us": round(median(reference, "single_us"), 1),
        "single_ratio": round(median(ours, "single_us") / median(reference, "single_us"), 2),
        "burst_ratio": round(median(ours, "burst_us") / median(reference, "burst_us"), 2),
        "ours_p99_ms": round(median(ours, "p99_ms"), 1),
        "node_p99_ms": round(median(reference, "p99_ms"), 1),
    }


async def run(size: Size) -> dict[str, str | float]:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        found = await rounds(size, Path(folder))
        show(found, size)
        if size.many:
            many = Size(clients=size.many, rounds=size.rounds, singles=10, bursts=0, many=0)
            show(await rounds(many, Path(folder)), many)
    return summary(found)


def main() -> None:
    """Print a table for each number of sockets, then one JSON line."""
    parser = argparse.ArgumentParser(prog="scripts/bench fanout")
    parser.add_argument("--quick", action="store_true", help="200 sockets, one round: whether it runs, not how fast")
    size = QUICK if parser.parse_args().quick else FULL
    # Every socket is a file here, in the clients' process and in the servers', which inherit the limit.
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    print(json.dumps(asyncio.run(run(size))))


if __name__ == "__main__":
    main()
