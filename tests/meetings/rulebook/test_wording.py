"""The large words and the names of figures: each worked example can be shown, in both languages."""

from __future__ import annotations

import datetime as dt
import tomllib
from pathlib import Path
from typing import Any

import pytest

from meetings.rulebook.wording import HEADLINES, KIND_GROUPS, SAID, TOPICS, facts, headline
from meetings.rules import KINDS, decide, load_sets, parse, rules_for
from meetings.rules.terms import RULES
from portal.i18n import speaking

SETS = load_sets()
EXAMPLES = tomllib.loads((Path(__file__).parents[1] / "rules" / "worked_examples.toml").read_text(encoding="utf-8"))
CASES = [
    pytest.param(attempt["case"], id=f"{example['id']}-{place}")
    for example in EXAMPLES["example"]
    for place, attempt in enumerate(example["try"], start=1)
]


def test_every_kind_has_large_words_and_stands_in_one_group() -> None:
    grouped = [kind for _, kinds in KIND_GROUPS for kind in kinds]
    assert sorted(grouped) == sorted(KINDS)
    assert set(HEADLINES) == set(SAID) == set(KINDS)


def test_every_topic_of_the_rules_has_a_name() -> None:
    assert {name.partition(".")[0] for name in RULES} == set(TOPICS)


@pytest.mark.parametrize("case", CASES)
def test_worked_example_can_be_shown(case: dict[str, Any]) -> None:
    request = parse(case, dt.date(2026, 10, 5))
    answer = decide(request.case, rules_for(SETS, request.rule_set, request.on))
    for locale in ("fr", "en"):
        with speaking(locale):
            assert headline(answer).words
            assert all(each.label and each.value and "None" not in each.value for each in facts(answer))
