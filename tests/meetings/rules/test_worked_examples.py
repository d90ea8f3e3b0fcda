"""The worked examples, from the data file that a lawyer can read."""

from __future__ import annotations

import datetime as dt
import tomllib
from pathlib import Path

import pytest

from meetings.rules import KINDS, load_sets, parse
from meetings.rules.asking import answer

TODAY = dt.date(2026, 11, 22)
DATA = Path(__file__).with_name("worked_examples.toml")
EXAMPLES = tomllib.loads(DATA.read_text(encoding="utf-8"))["example"]
TRIES = [
    pytest.param(example["grade"], attempt, id=f"{example['id']}-{place}")
    for example in EXAMPLES
    for place, attempt in enumerate(example["try"], start=1)
]
SETS = load_sets()


@pytest.mark.parametrize(("grade", "attempt"), TRIES)
def test_the_rules_answer_the_worked_example(grade: str, attempt: dict[str, dict[str, object]]) -> None:
    found = answer(parse(attempt["case"], TODAY), SETS).as_json("fr")
    assert {name: found[name] for name in attempt["answer"]} == attempt["answer"]
    for name in attempt.get("unanswered", ()):
        assert found[name] is None
    assert found["articles"]
    assert found["because"]
    if grade == "C":
        assert found["certainty"] == "C"
        assert len(found["question"]["choices"]) >= 2  # type: ignore[index] # JSON


def test_every_settled_example_of_the_design_note_is_there() -> None:
    settled = {example["id"] for example in EXAMPLES if example["grade"] == "A"}
    assert settled >= {
        *("Q1", "Q2", "Q4", "Q5", "Q7", "Q8", "Q10", "Q11", "Q13", "Q18"),
        *("V2", "V3", "V4", "V5", "V7", "V9", "V11", "V12", "V13", "V15", "V16", "V17", "V18", "V20", "V21", "V23"),
        *("V24", "V25", "V27", "V29", "V30"),
        *("D1", "D2", "D4", "D6", "D8", "D10", "D12"),
        *("P1", "P3", "P5", "E1", "F1", "F2", "F3", "G"),
    }


def test_an_example_is_given_for_every_kind_of_case() -> None:
    assert {attempt["case"]["kind"] for example in EXAMPLES for attempt in example["try"]} == set(KINDS)


def test_ids_are_given_once() -> None:
    ids = [example["id"] for example in EXAMPLES]
    assert len(ids) == len(set(ids))
