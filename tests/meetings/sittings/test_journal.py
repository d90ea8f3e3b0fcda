"""The journal's chain."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meetings.sittings.journal import (
    Heading,
    Link,
    NotAValueError,
    Value,
    canonical,
    end_of,
    read_instant,
    written_instant,
)

AT = datetime(2026, 5, 4, 18, 30, tzinfo=UTC)
HEADING = Heading("clairval.example", "s1", "Conseil municipal", AT)

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def test_the_first_entry_follows_the_heading_and_each_the_one_before() -> None:
    first = Link.start(HEADING).append(at=AT, kind="sitting.opened", by="p1", content={"present": 20})
    second = end_of(first).append(at=AT, kind="item.called", by="p1", content={"item": "i1"})

    assert (first.number, first.previous) == (1, HEADING.hash)
    assert (second.number, second.previous) == (2, first.hash)


def test_any_difference_in_an_entry_is_a_difference_in_its_hash() -> None:
    def entry(number: int = 0, previous: str = "a", **changed: Value) -> str:
        content = {"for": 3, "against": 2, **changed}
        return Link(number, previous).append(at=AT, kind="vote.counted", by="p1", content=content).hash

    hashes = {entry(), entry(1), entry(previous="b"), entry(against=3), entry(blank=0)}

    assert len(hashes) == 5


def test_the_order_of_keys_means_nothing() -> None:
    assert canonical({"a": 1, "b": [{"d": 1, "c": 2}]}) == canonical({"b": [{"c": 2, "d": 1}], "a": 1})


@pytest.mark.parametrize("value", [1.5, b"x", {"a": 0.0}, [float("nan")], {1: "a"}, AT])
def test_what_has_no_one_writing_is_refused(value: object) -> None:
    with pytest.raises(NotAValueError):
        Link.start(HEADING).append(at=AT, kind="x", by="", content={"value": value})  # type: ignore[dict-item]


@given(VALUES)
def test_a_value_read_back_is_the_same_and_is_written_the_same(value: Value) -> None:
    back = json.loads(canonical(value))

    assert back == value
    assert canonical(back) == canonical(value)


@given(st.datetimes(min_value=datetime(1000, 1, 1), max_value=datetime(9999, 12, 30), timezones=st.just(UTC)))  # noqa: DTZ001 - the strategy adds the zone
def test_an_instant_is_read_as_it_was_written(at: datetime) -> None:
    assert read_instant(written_instant(at)) == at


def test_an_instant_of_another_zone_is_written_in_utc() -> None:
    paris = AT.astimezone(timezone(timedelta(hours=2)))

    assert written_instant(paris) == "2026-05-04T18:30:00.000000Z"


@pytest.mark.parametrize("text", ["2026-05-04T18:30:00.0Z", "2026-05-04T18:30:00Z", "2026-05-04 18:30:00.000000", ""])
def test_an_instant_in_another_writing_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        read_instant(text)
