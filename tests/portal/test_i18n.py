"""Words in the person's language."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from portal.i18n import ngettext, show_date, show_instant, speaking


@pytest.mark.parametrize(
    ("locale", "counted"),
    [("fr", ["0 membre présent", "1 membre présent", "2 membres présents"]),
     ("en", ["0 members present", "1 member present", "2 members present"])],
)  # fmt: skip
def test_a_count_follows_the_plural_rule_of_its_language(locale: str, counted: list[str]) -> None:
    with speaking(locale):
        said = [
            ngettext("%(count)s member present", "%(count)s members present", count) % {"count": count}
            for count in (0, 1, 2)
        ]
    assert said == counted


@pytest.mark.parametrize(("locale", "said"), [("fr", "23 novembre 2026 à 21:08"), ("en", "23 November 2026 at 21:08")])
def test_an_instant_is_said_with_the_month_in_words_and_the_time_in_paris(locale: str, said: str) -> None:
    with speaking(locale):
        assert show_instant(datetime(2026, 11, 23, 20, 8, tzinfo=UTC)) == said


def test_the_first_of_a_month_is_an_ordinal_in_french_and_no_other_day_is() -> None:
    with speaking("fr"):
        assert show_date(date(2026, 12, 1)) == "1er décembre 2026"
        assert show_date(date(2026, 12, 1), "day") == "mardi 1er décembre"
        assert show_date(date(2026, 8, 1)) == "1er août 2026"
        assert show_date(date(2026, 8, 31)) == "31 août 2026"
        assert show_date(date(2026, 8, 1), "short") == "01/08/2026"
    with speaking("en"):
        assert show_date(date(2026, 12, 1)) == "1 December 2026"
