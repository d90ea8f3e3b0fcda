"""How long one decision takes. The quorum is computed again at every arrival: it must stay under 100 µs."""

from __future__ import annotations

import datetime as dt
import json
import statistics
import time
from collections.abc import Callable

from meetings.rules import BallotCase, NoticeCase, QuorumCase, decide, load_sets, rules_for

ROUNDS = 15
CALLS = 2000
DAY = dt.date(2026, 10, 5)


def measured(call: Callable[[], object]) -> list[float]:
    """Return the time of one call in microseconds, round by round, after one round to warm up."""
    figures: list[float] = []
    for _ in range(ROUNDS + 1):
        start = time.perf_counter()
        for _ in range(CALLS):
            call()
        figures.append((time.perf_counter() - start) / CALLS * 1e6)
    return figures[1:]


def main() -> None:
    """Print a table of decisions, then one JSON line."""
    start = time.perf_counter()
    sets = load_sets()
    load_ms = (time.perf_counter() - start) * 1e3
    commune = rules_for(sets, "fr-cgct-commune", DAY)
    remote = rules_for(sets, "fr-cgct-epci-remote", DAY)
    plain = QuorumCase(in_office=35, present=18)
    busy = QuorumCase(in_office=60, present=20, other_sites=9, remote=5, interested=2, withdrawn=1, represented=4)
    ballot = BallotCase(present=29, votes_for=13, against=13, abstain=3, chair_vote="for")
    notice = NoticeCase(population=5000, sent_on=DAY, meets_on=DAY + dt.timedelta(days=6))
    calls: dict[str, Callable[[], object]] = {
        "quorum": lambda: decide(plain, commune),
        "quorum, by video, with interest and proxies": lambda: decide(busy, remote),
        "quorum with its JSON answer": lambda: decide(plain, commune).as_json("fr"),
        "ballot": lambda: decide(ballot, commune),
        "notice": lambda: decide(notice, commune),
    }
    medians: dict[str, float] = {}
    print(f"{'one decision, µs':<46} {'median':>8} {'min':>8} {'max':>8}   ({ROUNDS} rounds of {CALLS})")
    for name, call in calls.items():
        figures = measured(call)
        medians[name] = statistics.median(figures)
        print(f"{name:<46} {medians[name]:8.2f} {min(figures):8.2f} {max(figures):8.2f}")
    print(f"{'loading and checking every shipped set, ms':<46} {load_ms:8.1f}")
    busiest = max(figure for name, figure in medians.items() if name.startswith("quorum"))
    print(json.dumps({"bench": "rules", "quorum_us": round(medians["quorum"], 2), "quorum_worst_us": round(busiest, 2),
                      "load_ms": round(load_ms, 1)}))  # fmt: skip


if __name__ == "__main__":
    main()
