"""When a person is told."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest

from portal.clock import PARIS
from portal.notices.model import GRACE, Hours, How, due_at


def paris(day: int, hour: int, minute: int = 0, month: int = 5) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=PARIS).astimezone(UTC)


@pytest.mark.parametrize("how", [How.OFF, How.PAGE])
def test_what_is_switched_off_or_for_the_page_only_is_told_nowhere_else(how: How) -> None:
    assert due_at(how, at=paris(4, 9), is_urgent=True, is_near=False, hours=Hours()) is None


def test_what_is_told_at_once_leaves_a_moment_to_read_it_on_an_open_page() -> None:
    assert due_at(How.INSTANT, at=paris(4, 9), is_urgent=False, is_near=False, hours=Hours()) == paris(4, 9) + GRACE


@pytest.mark.parametrize(
    ("at", "told"),
    [
        (paris(4, 20, 58), paris(4, 20, 58) + GRACE),
        (paris(4, 21), paris(5, 8)),
        (paris(4, 23, 59), paris(5, 8)),
        (paris(5, 0, 1), paris(5, 8)),
        (paris(5, 7, 59), paris(5, 8)),
        (paris(5, 8), paris(5, 8) + GRACE),
    ],
)
def test_quiet_hours_hold_over_midnight(at: datetime, told: datetime) -> None:
    assert due_at(How.INSTANT, at=at, is_urgent=False, is_near=False, hours=Hours()) == told


def test_the_morning_comes_at_eight_on_the_wall_when_clocks_change() -> None:
    # 29 March 2026: at two it is three.
    told = due_at(How.INSTANT, at=paris(28, 22, month=3), is_urgent=False, is_near=False, hours=Hours())

    assert told == datetime(2026, 3, 29, 6, 0, tzinfo=UTC)


def test_quiet_hours_within_a_day_end_the_same_day() -> None:
    nap = Hours(time(13), time(15))

    assert nap.after(paris(4, 14)) == paris(4, 15)
    assert nap.after(paris(4, 15)) == paris(4, 15)
    assert nap.after(paris(4, 12)) == paris(4, 12)


def test_equal_ends_mean_no_quiet_hours() -> None:
    assert Hours(time(8), time(8)).after(paris(4, 8)) == paris(4, 8)
    assert Hours(time(8), time(8)).after(paris(4, 3)) == paris(4, 3)


def test_what_is_urgent_does_not_wait_for_the_morning_nor_for_the_evening() -> None:
    assert due_at(How.INSTANT, at=paris(4, 23), is_urgent=True, is_near=False, hours=Hours()) == paris(4, 23) + GRACE
    assert due_at(How.DIGEST, at=paris(4, 9), is_urgent=True, is_near=False, hours=Hours()) == paris(4, 9) + GRACE


def test_the_daily_mail_is_written_at_six() -> None:
    assert due_at(How.DIGEST, at=paris(4, 9), is_urgent=False, is_near=False, hours=Hours()) == paris(4, 18)
    assert due_at(How.DIGEST, at=paris(4, 18), is_urgent=False, is_near=False, hours=Hours()) == paris(
        4, 18
    ) + timedelta(days=1)


def test_what_is_near_is_told_at_once_outside_quiet_hours_and_the_rest_in_the_daily_mail() -> None:
    def told(at: datetime, *, is_near: bool, is_urgent: bool = False) -> datetime | None:
        return due_at(How.NEAR, at=at, is_urgent=is_urgent, is_near=is_near, hours=Hours())

    assert told(paris(4, 9), is_near=True) == paris(4, 9) + GRACE
    assert told(paris(4, 23), is_near=True) == paris(5, 8)
    assert told(paris(4, 9), is_near=False) == paris(4, 18)
    assert told(paris(4, 23), is_near=False, is_urgent=True) == paris(4, 23) + GRACE


def test_who_chose_the_daily_mail_has_it_for_what_is_near_too() -> None:
    assert due_at(How.DIGEST, at=paris(4, 9), is_urgent=False, is_near=True, hours=Hours()) == paris(4, 18)
