"""Words in the person's language."""

from __future__ import annotations

import pytest

from portal.i18n import ngettext, speaking


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
