"""Two real browsers on bad lines: how long the picture stands still, how much sound is invented, how soon all is well.

Each browser is in a network namespace of its own and loses 3 % of all datagrams, in both directions (nftables). For
thirty seconds one line takes no more than 400 kbit/s (tbf): the viewer's downwards, or the publisher's upwards. The
aims: under 2 % of the time frozen, under 2 % of the sound concealed, everything as before within 20 s.

It must be run as root, because only root may make network namespaces; it touches no interface that it has not made.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import os
import statistics
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Page, async_playwright

from scripts.system_packages import CHROMIUM, IPROUTE2, NFTABLES, SystemPackageError, provide
from tests.bench.weak_line.homes import JOIN, READ, Sample, Told, browser_in, media_worker, obey
from tests.bench.weak_line.town import Town, a_town, enter
from tests.bench.weak_line.voice import write_voice

ROUNDS = 3
LOSS_PERCENT = 3.0
CUT_KBIT = 400
WARM_S, CALM_S, CUT_S, AFTER_S = 15.0, 10.0, 30.0, 30.0
EVERY_S = 0.5
STEADY = 3
"""So many samples in a row as good as before count as recovered."""
AS_BEFORE = 0.8
"""Of the frames a second before the cut."""
SIDES = ("viewer", "publisher")


@dataclass(frozen=True)
class Outcome:
    """One round. recovery_s is the time since the cut ended, or as long as was waited."""

    side: str
    frozen_pct: float
    concealed_pct: float
    recovery_s: float
    height_cut: int
    fps_cut: float


async def sample_for(page: Page, seconds: float) -> list[Sample]:
    """The viewer's statistics, twice a second."""
    samples = [Sample.of(await page.evaluate(READ))]
    while samples[-1].at - samples[0].at < seconds:
        await asyncio.sleep(EVERY_S)
        samples.append(Sample.of(await page.evaluate(READ)))
    return samples


def fps(one: Sample, other: Sample) -> float:
    """Frames a second between two samples."""
    return (other.frames - one.frames) / max(other.at - one.at, 0.001)


def recovered_after(calm: list[Sample], after: list[Sample]) -> float:
    """When size and smoothness are what they were before the cut, and stay so."""
    height, smooth = calm[-1].height, AS_BEFORE * fps(calm[0], calm[-1])
    good = 0
    for before, now in itertools.pairwise(after):
        good = good + 1 if now.height >= height and fps(before, now) >= smooth else 0
        if good == STEADY:
            return now.at - after[0].at - (STEADY - 1) * EVERY_S
    return after[-1].at - after[0].at


def judged(side: str, calm: list[Sample], cut: list[Sample], after: list[Sample]) -> Outcome:
    """The figures of one round."""
    first, last = calm[0], after[-1]
    return Outcome(
        side,
        100 * (last.frozen_s - first.frozen_s) / (last.at - first.at),
        100 * (last.concealed - first.concealed) / max(last.samples - first.samples, 1),
        recovered_after(calm, after),
        cut[-1].height,
        fps(cut[0], cut[-1]),
    )


async def one_round(town: Town, side: str, folder: Path, *, verbose: bool) -> Outcome:
    """A call between two homes: calm, cut, after."""
    voice = folder / "voice.wav"
    told: asyncio.Queue[Told] = asyncio.Queue()
    said: list[str] = []
    async with (
        media_worker(town, told.put_nowait) as worker,
        async_playwright() as playwright,
        browser_in(town.publisher, playwright.chromium, worker, folder, voice) as publisher,
        browser_in(town.viewer, playwright.chromium, worker, folder, voice) as viewer,
    ):
        await publisher.evaluate(JOIN, {"publishes": True})
        await viewer.evaluate(JOIN, {"publishes": False})
        obeying = asyncio.create_task(obey(told, publisher, said))
        await sample_for(viewer, WARM_S)
        calm = await sample_for(viewer, CALM_S)
        town.cut(side, CUT_KBIT)
        try:
            cut = await sample_for(viewer, CUT_S)
        finally:
            town.mend(side)
        after = await sample_for(viewer, AFTER_S)
        if verbose:
            tell([*calm, *cut, *after])
            print("lines:", ", ".join(said) or "nothing to say")
            print(json.dumps((await worker.snapshot()).counters, indent=1, sort_keys=True))
        obeying.cancel()
        await asyncio.wait([obeying])
    return judged(side, calm, cut, after)


def tell(samples: list[Sample]) -> None:
    """Print the course of one round."""
    for before, now in itertools.pairwise(samples):
        concealed = 100 * (now.concealed - before.concealed) / max(now.samples - before.samples, 1)
        print(
            f"{now.at - samples[0].at:6.1f} s {now.height:4d} px {fps(before, now):5.1f} fps "
            f"frozen {now.frozen_s - before.frozen_s:5.2f} s concealed {concealed:5.1f} % "
            f"repaired {now.repaired - before.repaired:4d} fec {now.fec - before.fec:3d}"
        )


def measure(town: Town, rounds: int, sides: Iterable[str], *, verbose: bool) -> list[Outcome]:
    """All rounds, both sides in turn, each with new browsers and a new worker."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_voice(folder / "voice.wav")
        return [asyncio.run(one_round(town, side, folder, verbose=verbose)) for _ in range(rounds) for side in sides]


def report(outcomes: list[Outcome]) -> None:
    """Print the table and, last, the JSON line with the worse side's medians."""
    head = f"{CUT_KBIT} kbit/s on the line of the"
    print(f"{head:<30} {'frozen %':>9} {'concealed %':>12} {'back after s':>13} {'during the cut':>15}")
    for each in outcomes:
        picture = f"{each.height_cut} px {each.fps_cut:.0f}/s"
        print(
            f"{each.side:<30} {each.frozen_pct:9.2f} {each.concealed_pct:12.2f} {each.recovery_s:13.1f} {picture:>15}"
        )
    worst = {
        field: max(statistics.median(getattr(each, field) for each in outcomes if each.side == side) for side in sides)
        for sides in [sorted({each.side for each in outcomes})]
        for field in ("frozen_pct", "concealed_pct", "recovery_s")
    }
    print(json.dumps({"bench": "line", **{field: round(value, 2) for field, value in worst.items()}}))


def main() -> None:
    """Make the lines, run in the server's namespace, take the lines away."""
    parser = argparse.ArgumentParser("scripts/bench line", description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--side", choices=SIDES, help="cut this line only")
    parser.add_argument("--verbose", action="store_true", help="print the course of each round")
    arguments = parser.parse_args()
    if os.geteuid() != 0:
        sys.exit("scripts/bench line must be run as root: it makes network namespaces. Nothing was measured.")
    try:
        provide([CHROMIUM, IPROUTE2, NFTABLES])
    except SystemPackageError as error:
        sys.exit(str(error))
    with a_town() as town:
        enter(town.server)
        town.lose(LOSS_PERCENT)
        sides = SIDES if arguments.side is None else (arguments.side,)
        outcomes = measure(town, arguments.rounds, sides, verbose=arguments.verbose)
    report(outcomes)


if __name__ == "__main__":
    main()
