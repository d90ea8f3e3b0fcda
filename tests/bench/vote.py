"""How long it takes until a ballot is on every page, and until a member has a receipt; and whether a vote is lost.

A council of 69 votes on its members' devices while 500 pages of the public follow the sitting, each on a websocket of
its own. In the middle of every ballot a fifth of all connections is cut, and a fifth of the members lose the line on
which their vote went out before it was answered; everybody does then what their page's script does. The portal is the
real one, over SQLite or PostgreSQL.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from scripts import system_packages
from tests.browser.portal_process import ROOT, demo_portal
from tests.faults.council import Council, sit
from tests.faults.servers import postgres_server
from tests.faults.votes import judge
from tests.form_client import SECRET_KEY, FormClient

VOTING_S = 4.0
"""Within which the members press their choice, once their page shows the question."""
PATIENCE_S = 60.0
MOST_FILES = 8192
"""Sockets of one process; what starts with many more takes long to close those that it has not."""
PARTS_CUT = 5
CHOICES = ("for", "against", "abstain")


@dataclass(frozen=True)
class Size:
    """How much is measured."""

    members: int
    public: int
    rounds: int


@dataclass
class Figures:
    """What was measured over all rounds, in milliseconds."""

    open_ms: list[float] = field(default_factory=list)
    """From the clerk's act to the last byte of the push on each page."""
    receipt_ms: list[float] = field(default_factory=list)
    """From a member's press to their receipt, with the repetitions that it took."""
    receipts: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)


@dataclass
class Pages:
    """All pages, seen from here."""

    process: asyncio.subprocess.Process

    async def line(self) -> str:
        """What they say next."""
        assert self.process.stdout is not None
        line = await asyncio.wait_for(self.process.stdout.readline(), PATIENCE_S)
        assert line, "the pages have ended"
        return line.decode().strip()

    async def tell(self, command: str) -> str:
        """Ask them something; their answer."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{command}\n".encode())
        return await self.line()

    async def until_shown(self, number: int) -> list[int]:
        """Wait until every page shows a question; when each did."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            found: list[int] = json.loads(await self.tell(f"shown {number}"))
            if all(found):
                return found
            assert time.monotonic() < deadline, f"{found.count(0)} pages never showed question {number}"
            await asyncio.sleep(0.2)


@asynccontextmanager
async def following(council: Council, size: Size, folder: Path) -> AsyncIterator[Pages]:
    """The cockpit, the members' pages and the public's."""
    cookies = [council.clerk.cookie, *[member.cookie for member in council.members], *[""] * size.public]
    path = folder / "cookies"
    path.write_text("\n".join(cookies))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.bench.vote_load.pages"),
        *(str(council.port), f"sitting:{council.sitting_id}", str(path)),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=2**26,
    )
    pages = Pages(process)
    try:
        assert await pages.line() == "connected"
        yield pages
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def one_round(council: Council, pages: Pages, number: int, figures: Figures, chance: random.Random) -> None:
    """One ballot from its opening to its proclamation."""
    asked = time.monotonic_ns()
    ballot = await council.open(f"Scrutin {number} du banc")
    shown = await pages.until_shown(number)
    figures.open_ms += [(at - asked) / 1e6 for at in shown]
    cut = set(chance.sample(range(len(council.members)), len(council.members) // PARTS_CUT))

    async def press(member: FormClient, after_s: float, *, loses_line: bool) -> None:
        await asyncio.sleep(after_s)
        # On equal votes the chair's own prevails: nothing is left for a person to decide.
        choice = "for" if member is council.members[0] else chance.choice(CHOICES)
        begun = time.monotonic_ns()
        receipt = await council.vote(member, ballot, choice, cut=loses_line)
        figures.receipt_ms.append((time.monotonic_ns() - begun) / 1e6)
        figures.receipts[ballot, member.mandate_id] = (choice, receipt)

    voting = [
        asyncio.create_task(press(member, chance.uniform(0, VOTING_S), loses_line=index in cut))
        for index, member in enumerate(council.members)
    ]
    await asyncio.sleep(VOTING_S / 2)
    await pages.tell(f"cut {number}")
    await asyncio.gather(*voting)
    await council.finish(ballot)


def quantile(values: Sequence[float], part: float) -> float:
    """The value below which `part` of them lie."""
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]


async def measure(size: Size, folder: Path, *, on_postgresql: bool) -> tuple[Figures, int]:
    """All rounds on a portal of their own; the figures, and how many acknowledged votes the journal does not hold."""
    async with AsyncExitStack() as stack:
        settings = {"PARVIS_SECRET_KEY": SECRET_KEY}
        if on_postgresql:
            settings["PARVIS_DATABASE_URL"] = stack.enter_context(postgres_server()).url
        portal = await stack.enter_async_context(demo_portal(folder, demo=False, settings=settings))
        url = settings.get("PARVIS_DATABASE_URL", f"sqlite+aiosqlite:///{portal.data / 'parvis.db'}")
        council = await sit(url, portal.port, size.members)
        pages = await stack.enter_async_context(following(council, size, folder))
        print(f"{size.members} members and {size.public} pages of the public follow", flush=True)
        figures, chance = Figures(), random.Random(2026)
        for number in range(1, size.rounds + 1):
            await one_round(council, pages, number, figures, chance)
            worst = f"{max(figures.open_ms):.0f} ms, receipt {max(figures.receipt_ms):.0f} ms"
            print(f"round {number}: worst opening so far {worst}", flush=True)
        # Whoever was cut has come back and shows what comes next.
        last = await council.open(f"Scrutin {size.rounds + 1} du banc")
        await pages.until_shown(size.rounds + 1)
        await council.run("void", ballot=last, reason="Fin de la mesure")
        lost, doubled = judge(await council.journal(), figures.receipts)
        assert doubled == 0, f"{doubled} votes stand twice"
        missing = size.rounds * size.members - len(figures.receipts)
    return figures, lost + missing


def main() -> None:
    """Print a table, then one JSON line."""
    parser = argparse.ArgumentParser(prog="scripts/bench vote", description=__doc__)
    parser.add_argument("--members", type=int, default=69)
    parser.add_argument("--public", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--postgresql", action="store_true", help="over PostgreSQL in place of SQLite")
    given = parser.parse_args()
    if given.postgresql:
        system_packages.provide([system_packages.POSTGRESQL])
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(MOST_FILES, hard), hard))
    with tempfile.TemporaryDirectory() as folder:
        size = Size(given.members, given.public, given.rounds)
        figures, lost = asyncio.run(measure(size, Path(folder), on_postgresql=given.postgresql))
    print(f"\n{'milliseconds':<24} {'median':>8} {'p90':>8} {'p99':>8} {'worst':>8}")
    for name, values in (("ballot on a page", figures.open_ms), ("receipt", figures.receipt_ms)):
        parts = (statistics.median(values), quantile(values, 0.9), quantile(values, 0.99), max(values))
        print(f"{name:<24} " + " ".join(f"{part:8.0f}" for part in parts))
    result = {
        "bench": "vote",
        "open_p99_ms": round(quantile(figures.open_ms, 0.99)),
        "receipt_p99_ms": round(quantile(figures.receipt_ms, 0.99)),
        "lost": lost,
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
