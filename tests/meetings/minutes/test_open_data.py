"""Deliberations as open data: the schema of the SCDL."""

from __future__ import annotations

import re

import pytest

from meetings.minutes.model.matters import MATTERS, published_name
from meetings.sittings.model.body import is_siret


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
