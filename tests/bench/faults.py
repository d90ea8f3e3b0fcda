"""What is lost, what is doubled and how long it takes until all is well again when parts of the portal die.

Two web workers over PostgreSQL and Redis, and a media worker. Processes are killed while somebody posts, the servers
are killed and started again, and all browsers lose their lines while much is posted. The aims are 0, 0 and 20 seconds.
Then a council sits on a web process over PostgreSQL that is killed at a random point of every ballot.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from scripts import system_packages
from tests.faults.scenario import Outcome, Plan, Scenario
from tests.faults.servers import postgres_server
from tests.faults.town import running_town
from tests.faults.votes import VoteOutcome, sit_through_kills

MEMBERS = 33
"""Of the council: a town of 10,000 to 20,000 people (CGCT art. L2121-2)."""
BEGAN = time.monotonic()


def say(text: str) -> None:
    """Tell how far it is."""
    print(f"{time.monotonic() - BEGAN:7.0f} s  {text}", flush=True)


@dataclass(frozen=True)
class Asked:
    """What the command line asks for."""

    plan: Plan
    workers: int
    """Web workers of the town."""
    vote_kills: int


def asked_for(arguments: list[str] | None = None) -> Asked:
    """Parse the command line."""
    parser = argparse.ArgumentParser(prog="scripts/bench faults", description=__doc__)
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--kills", type=int, default=200, help="of web workers, and one in five of the media worker")
    parser.add_argument("--outages", type=int, default=3, help="of Redis and of PostgreSQL each")
    parser.add_argument("--followers", type=int, default=50, help="pages that are open meanwhile")
    parser.add_argument("--sockets", type=int, default=2000, help="dropped at once")
    parser.add_argument("--away", type=float, default=120.0, help="seconds until they come back")
    parser.add_argument("--events", type=int, default=500, help="posted until then")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--vote-kills", type=int, default=100, help="of the web process while a council votes")
    given = parser.parse_args(arguments)
    plan = Plan(given.seed, given.kills, given.outages, given.followers, given.sockets, given.away, given.events)
    return Asked(plan, given.workers, given.vote_kills)


def measure(plan: Plan, workers: int) -> Outcome:
    """Run the plan against a town of its own."""
    needed = plan.sockets + 512
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(max(needed, 4096), hard), hard))
    with tempfile.TemporaryDirectory() as folder, running_town(Path(folder), workers=workers) as town:
        say(f"{workers} web workers and a media worker run")
        return asyncio.run(Scenario(town, plan, say).run())


def measure_votes(kills: int, seed: int) -> VoteOutcome:
    """Kill the web process of a council that votes, once in each ballot."""
    with tempfile.TemporaryDirectory() as folder, postgres_server() as postgres:
        settings = {"PARVIS_DATABASE_URL": postgres.url}
        return asyncio.run(sit_through_kills(Path(folder), kills=kills, members=MEMBERS, seed=seed, settings=settings))


def main() -> None:
    """Print a table of the faults, then one JSON line."""
    asked = asked_for()
    system_packages.provide([system_packages.POSTGRESQL, system_packages.REDIS])
    outcome = measure(asked.plan, asked.workers)
    votes = measure_votes(asked.vote_kills, asked.plan.seed) if asked.vote_kills else VoteOutcome()
    print(f"\n{'fault':<22} {'times':>6} {'median s':>9} {'worst s':>9}")
    during_votes = {"web killed in a vote": votes.back_s} if votes.back_s else {}
    for name, seconds in {**outcome.back_s, **during_votes}.items():
        print(f"{name:<22} {len(seconds):6} {statistics.median(seconds):9.1f} {max(seconds):9.1f}")
    posts = f"{outcome.acknowledged} posts and {votes.acknowledged} votes acknowledged"
    print(f"\n{posts}, {outcome.reloads} times a page was told to load itself anew")
    result = {
        "bench": "faults",
        "kills": asked.plan.kills,
        "lost": outcome.lost,
        "doubled": outcome.doubled,
        "back_s": round(outcome.worst_s, 1),
        "votes_kills": len(votes.back_s),
        "votes_lost": votes.lost,
        "votes_doubled": votes.doubled,
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
