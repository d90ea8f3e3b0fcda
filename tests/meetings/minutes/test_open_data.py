"""Deliberations as open data: the schema of the SCDL."""

from __future__ import annotations

import re

import pytest

from meetings.minutes.model import record_of
from meetings.minutes.model.matters import MATTERS, published_name
from meetings.minutes.model.open_data import Authority, is_complete
from meetings.sittings.model.body import is_siret
from tests.meetings.minutes.journals import HEADING, Journal, ballot, call, quorum, roll

CLAIRVAL = Authority("Commune de Clairval", "21860194600013")


def test_every_subject_has_the_code_and_name_that_the_schema_asks_for() -> None:
    for code in MATTERS:
        assert re.fullmatch(r"\d\.\d{1,2}", code)
        field, slash, subject = published_name(code).partition("/")
        assert field
        assert slash
        assert subject
        assert not set(published_name(code)) & set(",()")
        assert published_name(code) == published_name(code).lower()
    assert published_name("8.4") == "domaines de compétences par thèmes/aménagement du territoire"
    last = {code.partition(".")[0]: int(code.partition(".")[2]) for code in MATTERS}
    assert last == {"1": 7, "2": 3, "3": 6, "4": 5, "5": 8, "6": 5, "7": 10, "8": 9, "9": 4}


@pytest.mark.parametrize("siret", ["21860194600013", "21380185500015"])
def test_a_siret_number_is_known_by_its_check_sum(siret: str) -> None:
    assert is_siret(siret)
    assert not is_siret(siret[:-1] + str((int(siret[-1]) + 1) % 10))


@pytest.mark.parametrize(
    "text", ["", "2186019460001", "218601946000130", "2186019460001x", "２１８６０１９４６０００１３"]
)
def test_what_is_no_siret_number_is_refused(text: str) -> None:
    assert not is_siret(text)


def test_a_sitting_that_adopted_nothing_has_no_open_data() -> None:
    failed, refused = Journal(), Journal()
    roll(failed)
    failed.note("sitting.failed", quorum=quorum(2), present=["m1", "m2"])
    roll(refused)
    call(refused, "i2", ["m1", "m2", "m3"])
    ballot(refused, "b1", "i2", against=3)
    refused.note("sitting.closed")

    for journal in (failed, refused):
        record = record_of(HEADING, journal.entries)
        assert record.is_over
        assert not is_complete(record, CLAIRVAL)
