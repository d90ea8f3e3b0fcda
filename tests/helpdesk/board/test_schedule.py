"""What comes round every week, without a database. The clock stands at Monday 4 May 2026."""

from __future__ import annotations

from datetime import date

import pytest

from helpdesk.board.model import Schedule, When

MONDAY, WEDNESDAY, FRIDAY = date(2026, 5, 4), date(2026, 5, 6), date(2026, 5, 8)


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        (Schedule(weekdays="1"), MONDAY),
        (Schedule(weekdays="35"), WEDNESDAY),
        (Schedule(weekdays="5", by=FRIDAY), FRIDAY),
        (Schedule(weekdays="5", by=date(2026, 5, 7)), None),
        (Schedule(weekdays="1", starts_on=date(2026, 5, 5)), date(2026, 5, 11)),
        (Schedule(weekdays="1", starts_on=date(2026, 4, 1)), MONDAY),
    ],
)
def test_next_day_is_the_first_of_its_days_within_its_dates(schedule: Schedule, expected: date | None) -> None:
    assert schedule.next_day(MONDAY) == expected


def test_beginning_is_kept_only_while_it_is_ahead() -> None:
    schedule = Schedule(weekdays="5", starts_on=FRIDAY)

    assert schedule.from_today(MONDAY) == schedule
    assert schedule.from_today(FRIDAY).starts_on is None
    assert Schedule(by=FRIDAY, starts_on=FRIDAY).from_today(MONDAY) == Schedule(by=FRIDAY)


def test_days_of_the_week_are_stored_once_and_in_order() -> None:
    assert When(weekdays=(5, 1, 5)).schedule == Schedule(weekdays="15")


@pytest.mark.parametrize(
    ("schedule", "fields"),
    [
        (Schedule(), set()),
        (Schedule(by=MONDAY), set()),
        (Schedule(by=date(2026, 5, 3)), {"by"}),
        (Schedule(by=date(2027, 6, 1)), {"by"}),
        (Schedule(weekdays="5", starts_on=date(2027, 6, 1)), {"starts_on"}),
        (Schedule(weekdays="5", by=WEDNESDAY), {"by"}),
        (Schedule(weekdays="5", by=FRIDAY), set()),
    ],
)
def test_faults_are_named_by_field(schedule: Schedule, fields: set[str]) -> None:
    assert set(schedule.faults(MONDAY)) == fields
