"""A short run of the votes in `scripts/bench faults`: the portal is killed ten times while a council votes."""

from __future__ import annotations

from pathlib import Path

from tests.faults.votes import sit_through_kills

KILLS = 10
MEMBERS = 7


async def test_every_acknowledged_vote_stands_once_when_the_portal_is_killed_during_the_vote(tmp_path: Path) -> None:
    outcome = await sit_through_kills(tmp_path, kills=KILLS, members=MEMBERS, seed=7)

    assert (outcome.lost, outcome.doubled) == (0, 0)
    assert outcome.acknowledged == KILLS * MEMBERS
