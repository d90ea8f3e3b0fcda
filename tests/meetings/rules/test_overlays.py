"""A town's internal rules and a sitting's decisions: they may tighten or fill in, and are told where they may not."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from meetings.rules import (
    CaseError,
    NoticeCase,
    QuorumCase,
    RemoteCase,
    RuleFileError,
    decide,
    load_overlay,
    load_sets,
    rules_for,
)
from meetings.rules.kinds.remote import BarredItems

DAY = dt.date(2026, 10, 5)
SETS = load_sets()
HEAD = """overlay = "{id}"
layer = "{layer}"
title.fr = "Règlement intérieur de Bourg-sur-Parvis"
title.en = "Internal rules of Bourg-sur-Parvis"
applies_to = "{applies_to}"
valid_from = 2026-05-01
reference = "Délibération 2026-31 du 20 avril 2026"
"""


def written(folder: Path, rules: str, applies_to: str, layer: str = "internal_rules", name: str = "ri") -> Path:
    path = folder / f"{name}.toml"
    path.write_text(HEAD.format(id=name, layer=layer, applies_to=applies_to) + rules, encoding="utf-8")
    return path


def faults(path: Path) -> list[tuple[int, str]]:
    with pytest.raises(RuleFileError) as error:
        load_overlay(path, SETS)
    return [(problem.line, problem.text.en) for problem in error.value.problems]


def test_internal_rules_may_lengthen_the_notice(tmp_path: Path) -> None:
    path = written(tmp_path, '[[notice.small_town]]\narticles = ["RI article 4"]\ndays = 5\n', "fr-cgct-commune")
    rules = rules_for(SETS, "fr-cgct-commune", DAY, [load_overlay(path, SETS)])
    found = decide(NoticeCase(population=800, sent_on=dt.date(2026, 10, 1), meets_on=DAY), rules)
    assert (found.result["valid"], found.result["required"]) == (False, 5)
    assert found.articles == ("CGCT L2121-11", "RI article 4")
    assert rules.overlays == ("ri",)


def test_internal_rules_may_not_shorten_the_notice(tmp_path: Path) -> None:
    path = written(tmp_path, '[[notice.small_town]]\narticles = ["RI article 4"]\ndays = 2\n', "fr-cgct-commune")
    assert faults(path) == [
        (10, "notice.small_town.days may only be tightened: 3 (CGCT L2121-11), here 2."),
    ]


def test_internal_rules_may_not_touch_what_the_law_sets(tmp_path: Path) -> None:
    path = written(
        tmp_path, '[[quorum.threshold]]\narticles = ["RI article 9"]\nshare = "more than 2/3"\n', "fr-cgct-commune"
    )
    assert faults(path) == [(10, "quorum.threshold.share is set by law (CGCT L2121-17).")]


def test_internal_rules_may_fill_in_the_quorum_of_a_committee(tmp_path: Path) -> None:
    case = QuorumCase(in_office=9, present=4)
    asked = decide(case, rules_for(SETS, "fr-commission", DAY))
    assert asked.result["quorum"] is None
    assert asked.question is not None
    path = written(
        tmp_path, '[[quorum.threshold]]\narticles = ["RI article 12"]\nshare = "at least 1/3"\n', "fr-commission"
    )
    found = decide(case, rules_for(SETS, "fr-commission", DAY, [load_overlay(path, SETS)]))
    assert (found.result["quorum"], found.result["threshold"], found.certainty) == (True, 3, "A")
    assert "RI article 12" in found.articles


def test_internal_rules_may_keep_remote_members_to_listed_rooms(tmp_path: Path) -> None:
    case = QuorumCase(in_office=60, present=10, other_sites=12, remote=9)
    assert decide(case, rules_for(SETS, "fr-cgct-epci-remote", DAY)).result["quorum"] is True
    path = written(
        tmp_path,
        '[[quorum.member_location]]\narticles = ["RI article 7"]\nlocation = "listed_rooms"\n',
        "fr-cgct-epci-remote",
    )
    found = decide(case, rules_for(SETS, "fr-cgct-epci-remote", DAY, [load_overlay(path, SETS)]))
    assert (found.result["quorum"], found.result["counted"]) == (False, 22)


def test_a_sitting_binds_itself_further_but_never_loosens_the_internal_rules(tmp_path: Path) -> None:
    law = rules_for(SETS, "fr-cgct-epci", DAY).find(BarredItems)
    assert law is not None
    barred_by_law = law.items
    town = written(
        tmp_path,
        f'[[remote.barred_items]]\narticles = ["RI article 8"]\nitems = {json.dumps([*barred_by_law, "land_sale"])}\n',
        "fr-cgct-epci",
    )
    sitting = written(
        tmp_path, '[[remote.plenary]]\narticles = ["Décision du président"]\nallowed = "no"\n', "fr-cgct-epci",
        layer="sitting", name="sitting",
    )  # fmt: skip
    overlays = [load_overlay(sitting, SETS), load_overlay(town, SETS)]
    case = RemoteCase(items=("land_sale",), ri_clause=True)
    by_town = decide(case, rules_for(SETS, "fr-cgct-epci", DAY, overlays[1:]))
    assert (by_town.result["allowed"], by_town.result["barred"]) == (False, ("land_sale",))
    assert decide(case, rules_for(SETS, "fr-cgct-epci", DAY, overlays)).articles[-1] == "Décision du président"
    longer = written(tmp_path, '[[notice.large_town]]\narticles = ["RI"]\ndays = 8\n', "fr-cgct-epci", name="eight")
    shorter = written(
        tmp_path,
        '[[notice.large_town]]\narticles = ["Séance"]\ndays = 6\n',
        "fr-cgct-epci",
        layer="sitting",
        name="six",
    )
    with pytest.raises(CaseError, match="may only be tightened: 8"):
        rules_for(SETS, "fr-cgct-epci", DAY, [load_overlay(longer, SETS), load_overlay(shorter, SETS)])


def test_a_generic_assembly_changes_everything(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        '[[quorum.threshold]]\narticles = ["Statuts, article 11"]\nshare = "at least 1/4"\nrepresented = true\n',
        "generic",
    )
    found = decide(
        QuorumCase(in_office=40, present=6, represented=4),
        rules_for(SETS, "generic", DAY, [load_overlay(path, SETS)]),
    )
    assert (found.result["quorum"], found.result["threshold"]) == (True, 10)
    assert not any("CGCT" in article for article in found.articles)


@pytest.mark.parametrize(
    ("rules", "applies_to", "line", "says"),
    [
        ('[[notice.small_town]]\narticles = ["RI"]\nweeks = 1\n', "fr-cgct-commune", 10, "weeks is not a parameter"),
        ("[[notice.small_town]]\ndays = 5\n", "fr-cgct-commune", 8, "articles is missing"),
        ('[[notice.small_town]]\narticles = ["RI"]\ngrade = "A"\n', "fr-cgct-commune", 10, "grade is not a parameter"),
        ('[[seats.table]]\narticles = ["RI"]\nsteps = [[0, 9]]\n', "generic", 8, "does not exist in this set"),
        ('[[notice.small_town]]\narticles = ["RI"]\ndays = 5\n', "fr-nowhere", 5, "Unknown rule set"),
        ('[[notice.small_town]]\narticles = ["RI"]\ndays = 5\n', "fr-covid-2020-391", 6, "No day in common"),
        (
            '[[notice.small_town]]\narticles = ["RI"]\ndays = 5\n[[notice.small_town]]\narticles = ["RI"]\ndays = 6\n',
            "fr-cgct-commune",
            11,
            "stated twice",
        ),
        ('[[remote.plenary]]\narticles = ["RI"]\nallowed = "yes"\n', "fr-commission", 10, "is set by law"),
        ('[[seats.table]]\narticles = ["RI"]\nsteps = [[0, 9]]\n', "fr-cgct-epci", 10, "is set by law"),
        (
            '[[quorum.rooms]]\narticles = ["RI"]\ncounted = false\n',
            "fr-cgct-epci-remote",
            8,
            "quorum.member_location contradicts quorum.rooms",
        ),
    ],
)
def test_an_overlay_is_told_where_it_may_not(tmp_path: Path, rules: str, applies_to: str, line: int, says: str) -> None:
    found = faults(written(tmp_path, rules, applies_to))
    assert any(number == line and says in text for number, text in found), found


def test_an_overlay_serves_its_own_set_and_dates_only(tmp_path: Path) -> None:
    path = written(tmp_path, '[[notice.small_town]]\narticles = ["RI"]\ndays = 5\n', "fr-cgct-commune")
    overlay = load_overlay(path, SETS)
    with pytest.raises(CaseError, match="does not apply to fr-cgct-epci"):
        rules_for(SETS, "fr-cgct-epci", DAY, [overlay])
    with pytest.raises(CaseError, match="on 2026-04-30"):
        rules_for(SETS, "fr-cgct-commune", dt.date(2026, 4, 30), [overlay])


NASTY = {
    "brackets within brackets": "a=" + "[" * 5000,
    "tables within tables": "a=" + "{a=" * 5000,
    "a number of thousands of digits": "a=" + "9" * 5000,
    "a key of thousands of parts": "a" + ".a" * 8000 + "=1",
    "no text": "\0",
}


@pytest.mark.parametrize("text", NASTY.values(), ids=NASTY.keys())
def test_a_text_made_to_trouble_the_reader_is_refused_like_any_other(text: str) -> None:
    with pytest.raises(RuleFileError) as refused:
        load_overlay(Path("overlay.toml"), SETS, text)
    assert refused.value.problems[0].line == 1
