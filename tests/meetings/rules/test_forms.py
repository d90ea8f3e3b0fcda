"""The forms for trying a case: what they show, and that what is typed comes back as a case."""

from __future__ import annotations

import datetime as dt

import pytest

from meetings.rules import KINDS, CaseError, ElectionCase, decide, form, forms, load_sets, parse, read_form

DAY = dt.date(2026, 10, 5)
RULES = load_sets().rules("fr-cgct-commune", DAY)


def test_there_is_a_form_for_every_kind_with_labels_in_both_languages() -> None:
    assert {each.kind for each in forms()} == set(KINDS)
    for each in forms():
        assert each.title.fr
        assert each.title.en
        for field in each.fields:
            assert field.label.fr
            assert field.label.en
            assert (field.type in ("choice", "choices")) == bool(field.choices)
            assert not (field.required and field.default)


def test_the_quorum_form_says_what_must_be_given() -> None:
    required = [field.name for field in form("quorum").fields if field.required]
    assert required == ["in_office", "present"]


def test_what_is_typed_becomes_the_case() -> None:
    typed = {"in_office": " 15 ", "present": "4", "second_call": "on", "item_carried_over": "on", "called_with": ""}
    case = read_form("quorum", typed)
    assert case == {
        "kind": "quorum",
        "in_office": 15,
        "present": 4,
        "second_call": True,
        "item_carried_over": True,
    }
    assert decide(parse(case, DAY).case, RULES).result["quorum"] is True


def test_rounds_and_ages_are_typed_in_lines() -> None:
    typed = {
        "rounds": "Durand=9, Petit=9, blank=1\nDurand=9, Petit=9\nDurand=9, Petit=9\n",
        "ages": "Durand=61, Petit=58",
    }
    case = parse(read_form("election", typed), DAY).case
    assert isinstance(case, ElectionCase)
    assert case.rounds[0].blank == 1
    assert decide(case, RULES).result["elected"] == "Durand"


def test_lists_are_typed_with_commas_or_lines() -> None:
    case = read_form("remote", {"items": "primitive_budget, road_works\nland_sale", "session": "plenary"})
    assert case["items"] == ["primitive_budget", "road_works", "land_sale"]


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        ("quorum", {"in_office": "15", "present": "eight"}),
        ("quorum", {"in_office": "15", "present": "-1"}),
        ("quorum", {"in_office": "15", "present": "²"}),
        ("quorum", {"in_office": "15", "present": "9" * 5000}),
        ("election", {"rounds": "Durand"}),
        ("election", {"rounds": "Durand=3, Durand=4"}),
        ("weather", {}),
    ],
)
def test_what_cannot_be_read_is_refused_in_words(kind: str, typed: dict[str, str]) -> None:
    with pytest.raises(CaseError):
        read_form(kind, typed)


def test_a_field_that_the_form_has_not_is_refused() -> None:
    with pytest.raises(CaseError, match="Unknown field"):
        parse(read_form("seats", {"population": "80", "colour": "red"}), DAY)
