"""What becomes of votes when the portal is killed while they are given."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from meetings.ballots.model.ballot import receipt_of
from meetings.ballots.model.ballots import BALLOT_PROCLAIMED, VOTE_RECORDED
from meetings.sittings.journal import Entry
from tests.faults.council import Council, sit
from tests.faults.web import forked_web
from tests.form_client import SECRET_KEY

VOTING_S = 0.4
"""Within which all members press their choice."""
CHOICES = ("for", "against", "abstain")


@dataclass
class VoteOutcome:
    """What came of it."""

    acknowledged: int = 0
    lost: int = 0
    """Votes whose receipt names no entry of the journal that holds them."""
    doubled: int = 0
    """Votes that stand twice."""
    back_s: list[float] = field(default_factory=list)
    """For each kill, the seconds until every vote was acknowledged and the result proclaimed."""


async def sit_through_kills(
    folder: Path, *, kills: int, members: int, seed: int, settings: Mapping[str, str] | None = None
) -> VoteOutcome:
    """A council on a web process of its own, with its data in `folder`; `settings` say where else its database is."""
    async with forked_web(folder, {"PARVIS_SECRET_KEY": SECRET_KEY, **(settings or {})}) as web:
        council = await sit(web.database_url, web.port, members)

        async def kill() -> None:
            await asyncio.to_thread(web.kill)
            await asyncio.to_thread(web.start)

        try:
            return await vote_through_kills(council, kill, kills=kills, chance=random.Random(seed))
        finally:
            council.hang_up()


async def vote_through_kills(
    council: Council, kill: Callable[[], Awaitable[None]], *, kills: int, chance: random.Random
) -> VoteOutcome:
    """Hold a ballot for each kill, with the portal ended at a random point of the voting; then read the journal."""
    outcome = VoteOutcome()
    receipts: dict[tuple[str, str], tuple[str, str]] = {}
    for number in range(kills):
        ballot = await council.open(f"Scrutin {number + 1}")
        voting = asyncio.create_task(_vote(council, ballot, chance, receipts))
        await asyncio.sleep(chance.uniform(0, VOTING_S))
        began = time.monotonic()
        await kill()
        await voting
        await council.finish(ballot)
        outcome.back_s.append(time.monotonic() - began)
    entries = await council.journal()
    assert sum(entry.kind == BALLOT_PROCLAIMED for entry in entries) == kills, "a ballot was not proclaimed once"
    outcome.acknowledged = len(receipts)
    outcome.lost, outcome.doubled = judge(entries, receipts)
    return outcome


def judge(entries: list[Entry], receipts: dict[tuple[str, str], tuple[str, str]]) -> tuple[int, int]:
    """How many acknowledged votes the journal does not hold as acknowledged, and how many stand twice."""
    votes = [entry for entry in entries if entry.kind == VOTE_RECORDED]
    held = {
        (str(entry.content["ballot"]), str(entry.content["voice"])): (
            str(entry.content["choice"]),
            receipt_of(entry.number, entry.hash),
        )
        for entry in votes
    }
    times = Counter((entry.content["ballot"], entry.content["voice"]) for entry in votes)
    lost = sum(held.get(vote) != acknowledged for vote, acknowledged in receipts.items())
    return lost, sum(count - 1 for count in times.values())


async def _vote(
    council: Council, ballot: str, chance: random.Random, receipts: dict[tuple[str, str], tuple[str, str]]
) -> None:
    presses = [(member, chance.uniform(0, VOTING_S), chance.choice(CHOICES)) for member in council.members]
    # On equal votes the chair's own prevails: nothing is left for a person to decide.
    presses[0] = (*presses[0][:2], "for")

    async def press(number: int) -> None:
        member, after_s, choice = presses[number]
        await asyncio.sleep(after_s)
        receipts[ballot, member.mandate_id] = (choice, await council.vote(member, ballot, choice))

    await asyncio.gather(*[press(number) for number in range(len(presses))])
