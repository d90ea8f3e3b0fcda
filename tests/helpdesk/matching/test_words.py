"""What matching says in words."""

from __future__ import annotations

from datetime import date

import pytest

from helpdesk.matching.model import SLOTS
from helpdesk.matching.web.words import MatchingSpeech
from portal.i18n import speaking


@pytest.mark.parametrize(
    ("slots", "said"),
    [
        (["mon-am"], "lundi : matin"),
        (["mon-am", "tue-am", "sat-eve", "sat-am"], "lundi, mardi : matin · samedi : matin, soir"),
        ([slot for slot in SLOTS if slot.endswith("pm")], "tous les jours : après-midi"),
        (SLOTS, "tous les jours, du matin au soir"),
        ([], ""),
        (["someday"], ""),
    ],
)
def test_hours_of_duty_are_said_shortly(slots: list[str], said: str) -> None:
    with speaking("fr"):
        assert MatchingSpeech({}, {}, date(2026, 5, 4)).hours(slots).replace("\u00a0", " ") == said
