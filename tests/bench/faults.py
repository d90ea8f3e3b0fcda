"""What is lost, what is doubled and how long it takes until all is well again when parts of the portal die.

Two web workers over PostgreSQL and Redis, and a media worker. Processes are killed while somebody posts, the servers
are killed and started again, and all browsers lose their lines while much is posted. The aims are 0, 0 and 20 seconds.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import statistics
import tempfile
import time
from pathlib import Path

from scripts import system_packages
from tests.faults.scenario import Outcome, Plan, Scenario
from tests.faults.town import running_town

BEGAN = time.monotonic()


def say(text: str) -> None:
    """Tell how far it is."""
    print(f"{time.monotonic() - BEGAN:7.0f} s  {text}", flush=True)


def plan_of(arguments: list[str] | None = None) -> tuple[Plan, int]:
    """The plan that the command line asks for, and the number of web workers."""
    parser = argparse.ArgumentParser(prog="scripts/bench faults", description=__doc__)
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--kills", type=int, default=200, help="of web workers, and one in five of the media worker")
    parser.add_argument("--outages", type=int, default=3, help="of Redis and of PostgreSQL each")
    parser.add_argument("--followers", type=int, default=50, help="pages that are open meanwhile")
    parser.add_argument("--sockets", type=int, default=2000, help="dropped at once")
    parser.add_argument("--away", type=float, default=120.0, help="seconds until they come back")
    parser.add_argument("--events", type=int, default=500, help="posted until then")
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args(arguments)
    plan = Plan(given.seed, given.kills, given.outages, given.followers, given.sockets, given.away, given.events)
    return plan, given.workers


def measure(plan: Plan, workers: int) -> Outcome:
    """Run the plan against a town of its own."""
    needed = plan.sockets + 512
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(max(needed, 4096), hard), hard))
    with tempfile.TemporaryDirectory() as folder, running_town(Path(folder), workers=workers) as town:
        say(f"{workers} web workers and a media worker run")
        return asyncio.run(Scenario(town, plan, say).run())


def main() -> None:
    """Print a table of the faults, then one JSON line."""
    plan, workers = plan_of()
    system_packages.provide([system_packages.POSTGRESQL, system_packages.REDIS])
    outcome = measure(plan, workers)
    print(f"\n{'fault':<22} {'times':>6} {'median s':>9} {'worst s':>9}")
    for name, seconds in outcome.back_s.items():
        print(f"{name:<22} {len(seconds):6} {statistics.median(seconds):9.1f} {max(seconds):9.1f}")
    print(f"\n{outcome.acknowledged} posts acknowledged, {outcome.reloads} times a page was told to load itself anew")
    result = {
        "bench": "faults",
        "kills": plan.kills,
        "lost": outcome.lost,
        "doubled": outcome.doubled,
        "back_s": round(outcome.worst_s, 1),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
