"""A board with 100,000 open requests: the list around a place and the map's window, and how fast posts are taken.

Both databases hold the same invented city of 2,500 areas. Database times are those of the service's own queries in one
process with nothing else to do; HTTP times are a browser's, over one kept connection to a web process of its own,
while sockets follow the board (1,000 of them): what is posted meanwhile is pushed to each. Rounds alternate between the
databases.

    scripts/bench board [--requests N] [--watchers N] [--rounds N] [--calls N] [--posts N]
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import random
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import uvloop

from helpdesk.board.service.listing import Filter, cell_counts, open_postings
from helpdesk.board.service.reading import cards
from portal.db import Database
from portal.town.service.area_book import Window, area_book
from tests.bench.city import City, found_city, posters_of
from tests.bench.city_server import CityServer, serve_city, watched
from tests.postgres import shared_server

WARMING_UP = 10
"""Calls by which a fresh connection has prepared its statements."""
POSTS_A_MINUTE = 1000
"""How many must be taken."""


@dataclass
class Figures:
    """Milliseconds of every call, by what was asked."""

    database: dict[str, list[float]] = field(default_factory=dict)
    http: dict[str, list[float]] = field(default_factory=dict)
    posts_a_minute: list[float] = field(default_factory=list)


def p95(values: Sequence[float]) -> float:
    """The time that 95 of 100 calls do not exceed."""
    return statistics.quantiles(values, n=20)[-1]


async def measure_database(address: str, city: City, chance: random.Random, calls: int, into: Figures) -> None:
    """Ask as the service asks, within one read transaction for each call as a request has."""
    database = Database(address)

    async def around() -> None:
        async with database.read() as db:
            near = (await area_book(db)).around(chance.choice(city.cells))
            page = await open_postings(db, Filter("help_request", cells=near), None)
            assert page.postings
            await cards(db, page.postings)

    async def in_window() -> None:
        async with database.read() as db:
            shown = (await area_book(db)).shown_in(Window.parse(city.window(chance)))
            assert await cell_counts(db, Filter(cells=shown))

    asked: dict[str, Callable[[], Awaitable[None]]] = {"list around a place": around, "map window": in_window}
    # What filling the databases left behind is not the portal's to walk through.
    gc.collect()
    gc.freeze()
    for name, call in asked.items():
        for _ in range(WARMING_UP):
            await call()
        for _ in range(calls):
            begun = time.perf_counter()
            await call()
            into.database.setdefault(name, []).append((time.perf_counter() - begun) * 1000)
    await database.close()


def measure_http(server: CityServer, city: City, chance: random.Random, calls: int, into: Figures) -> None:
    """Ask as a browser asks."""
    asked: dict[str, Callable[[], str]] = {
        "list around a place": lambda: f"/api/requests?near={chance.choice(city.cells)}",
        "map window": lambda: f"/api/board/cells?window={city.window(chance)}",
        "map from afar": lambda: f"/api/board/cells?window={city.window(chance)}&zoom=13",
        "newest of the town": lambda: "/api/requests",
        "map of the whole town": lambda: "/api/board/cells",
    }
    # The one of the last round was closed meanwhile.
    server.connection.close()
    for name, path in asked.items():
        server.get(path())
        for number in range(calls):
            where = path()
            begun = time.perf_counter()
            # Nobody moves the map so often: many people do.
            server.get(where, asks=number)
            into.http.setdefault(name, []).append((time.perf_counter() - begun) * 1000)


def measure(options: argparse.Namespace) -> dict[str, Figures]:
    """All rounds on both databases."""
    figures = {"SQLite": Figures(), "PostgreSQL": Figures()}
    with tempfile.TemporaryDirectory(prefix="parvis-bench-") as folder, ExitStack() as stack:
        base = Path(folder)
        postgres = stack.enter_context(shared_server(base))
        addresses = {"SQLite": f"sqlite+aiosqlite:///{base / 'parvis.db'}", "PostgreSQL": postgres.new_database()}
        cities, servers = {}, {}
        posters = options.rounds * posters_of(options.posts // options.rounds)
        for name, address in addresses.items():
            begun = time.perf_counter()
            cities[name] = asyncio.run(found_city(address, requests=options.requests, posters=posters))
            print(
                f"{name}: {options.requests} open requests, filled in {time.perf_counter() - begun:.0f} s", flush=True
            )
            servers[name] = stack.enter_context(serve_city(base / name, address, cities[name]))
        for number in range(options.rounds):
            for name, address in addresses.items():
                chance = random.Random(number)
                with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                    runner.run(measure_database(address, cities[name], chance, options.calls, figures[name]))
                posts = options.posts // options.rounds
                with watched(servers[name], options.watchers):
                    measure_http(servers[name], cities[name], chance, options.calls, figures[name])
                    figures[name].posts_a_minute.append(servers[name].post(posts, round_number=number))
    return figures


def show(figures: dict[str, Figures]) -> dict[str, float]:
    """Print the table; the figures of the last line."""
    worst: dict[str, float] = {}
    print(f"{'milliseconds':<36} {'median':>8} {'p95':>8} {'max':>8} {'calls':>7}")
    for name, found in figures.items():
        for kind, rows, aimed in (("db", found.database, 2), ("http", found.http, 2)):
            for number, (asked, values) in enumerate(rows.items()):
                print(
                    f"{name:<11}{kind:<5}{asked:<22}"[:38].ljust(38)
                    + f"{statistics.median(values):6.1f} {p95(values):8.1f} {max(values):8.1f} {len(values):7}"
                )
                if number < aimed:
                    worst[kind] = max(worst.get(kind, 0.0), p95(values))
        rates = " ".join(f"{rate:,.0f}" for rate in found.posts_a_minute)
        print(f"{name:<11}posts taken a minute, by round: {rates} (wanted: {POSTS_A_MINUTE:,})")
    return worst


def main() -> None:
    """Print a table, then one JSON line."""
    parser = argparse.ArgumentParser(prog="scripts/bench board")
    parser.add_argument("--requests", type=int, default=100_000)
    parser.add_argument("--watchers", type=int, default=1000, help="sockets that follow the board meanwhile")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--calls", type=int, default=200, help="of each kind, in each round")
    parser.add_argument("--posts", type=int, default=900, help="on each database, over all rounds")
    worst = show(measure(parser.parse_args()))
    line = {"bench": "board", "db_p95_ms": round(worst["db"], 1), "http_p95_ms": round(worst["http"], 1)}
    print(json.dumps(line))


if __name__ == "__main__":
    main()
