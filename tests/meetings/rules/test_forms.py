"""The forms for trying a case: what they show, and that what is typed comes back as a case."""

from __future__ import annotations

import datetime as dt

import pytest

from meetings.rules import KINDS, CaseError, ElectionCase, decide, form, forms, load_sets, parse, read_form
from tests.reading import spaced

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


def test_every_field_in_need_of_a_correction_is_named_at_once() -> None:
    with pytest.raises(CaseError) as refused:
        read_form("notice", {"population": "many", "sent_on": "31 février", "urgent": "yes"})
    fields = refused.value.fields
    assert set(fields) == {"population", "sent_on", "meets_on"}
    assert spaced(fields["population"].fr) == "« Population totale » doit être un nombre entier."
    assert fields["meets_on"].en == "Missing: Meets on."


def test_facts_that_contradict_each_other_name_the_field_to_look_at() -> None:
    with pytest.raises(CaseError) as refused:
        parse(read_form("quorum", {"in_office": "15", "present": "10", "represented": "6"}), DAY)
    assert set(refused.value.fields) == {"represented"}


def test_numbers_dates_and_choices_may_be_typed_as_people_write_them() -> None:
    typed = {"population": "3 500", "sent_on": "9/10/2026", "meets_on": "15.10.2026"}
    assert read_form("notice", typed) == {
        "kind": "notice",
        "population": 3500,
        "sent_on": "2026-10-09",
        "meets_on": "2026-10-15",
    }
    votes = read_form("member_votes", {"own": "for", "proxies": "Contre, abstention"})
    assert votes["proxies"] == ["against", "abstain"]


def test_blank_papers_are_never_taken_for_a_candidate() -> None:
    read = read_form("election", {"rounds": "Durand=9, Blanc Marie=4, blancs=2, nuls=1"})
    assert read["rounds"] == [{"candidates": {"Durand": 9, "Blanc Marie": 4}, "blank": 2, "void": 1}]
    with pytest.raises(CaseError, match="write blancs for the papers"):
        read_form("election", {"rounds": "Durand=9, Blanc=4"})


def test_a_field_that_the_form_has_not_is_refused() -> None:
    with pytest.raises(CaseError, match="Unknown field"):
        parse(read_form("seats", {"population": "80", "colour": "red"}), DAY)
