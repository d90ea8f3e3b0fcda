"""docs/rules.md says what is true."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path

from meetings.rules import KINDS, load_overlay, load_sets, parse

GUIDE = (Path(__file__).parents[3] / "docs" / "rules.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", GUIDE, re.DOTALL | re.MULTILINE)


def test_the_guide_names_every_kind_with_its_fields_and_every_set() -> None:
    for name, kind in KINDS.items():
        row = next(line for line in GUIDE.splitlines() if line.startswith(f"| `{name}` |"))
        taken = row.split("|")[2]
        for field, spec in kind.fields.items():
            assert f"`{field}`{'*' if spec.required else ''}" in taken
            assert spec.required == (f"`{field}`*" in taken)
    for each in load_sets().sets:
        assert f"| `{each.id}` |" in GUIDE


def test_the_case_and_the_overlay_of_the_guide_are_accepted(tmp_path: Path) -> None:
    for case in blocks("json"):
        parse(json.loads(case), dt.date(2026, 11, 22))
    overlays = blocks("toml")
    assert overlays
    for text in overlays:
        path = tmp_path / "overlay.toml"
        path.write_text(text, encoding="utf-8")
        assert load_overlay(path, load_sets()).id == "bourg-ri-2026"
