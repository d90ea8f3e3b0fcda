"""docs/retention.md against the portal: its jobs are those that delete, each test that it names is there."""

from __future__ import annotations

import re
from pathlib import Path

from portal.app import build
from portal.settings import load

ROOT = Path(__file__).parents[1]
ROW = re.compile(r"^\|[^|]+\|[^|]+\|(?P<jobs>[^|]+)\|(?P<tests>[^|]+)\|$", re.MULTILINE)
NAMED = re.compile(r"`([\w.]+)`")
DELETE_NOTHING = {
    "accounts.roles",
    "board.weekly",
    "matching.did_it_happen",
    "matching.holds",
    "matching.unconfirmed",
    "notices.tell",
}
"""What comes round by itself and forgets nothing: it tells, asks, or turns a state."""


def named(column: str) -> set[str]:
    """What a column of the table names."""
    text = (ROOT / "docs" / "retention.md").read_text()
    return {name for row in ROW.finditer(text) for name in NAMED.findall(row[column])}


def test_each_period_has_a_job_and_each_job_that_deletes_has_its_period(tmp_path: Path) -> None:
    _app, portal = build(load({"PARVIS_DATA": str(tmp_path), "PARVIS_PUBLIC_URL": "http://portal.test"}))

    assert len(named("jobs")) > 20
    assert portal.jobs.names >= DELETE_NOTHING
    assert named("jobs") == portal.jobs.names - DELETE_NOTHING


def test_each_period_is_shown_by_a_test() -> None:
    written = {
        name for file in (ROOT / "tests").rglob("test_*.py") for name in re.findall(r"def (test_\w+)", file.read_text())
    }

    assert named("tests") <= written
