"""Rule files that do not hold together are refused, with the line to look at."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from meetings.rules import QuorumCase, RuleFileError, decide, load_sets, load_sources
from meetings.rules.sets import SHIPPED, load_files
from meetings.rules.toml_lines import key_lines

BASE = SHIPPED / "fr-cgct-commune.toml"


def copied(folder: Path, *changes: tuple[str, str], name: str = "copy.toml") -> Path:
    text = BASE.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def line_of(path: Path, start: str) -> int:
    lines = path.read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, start=1) if line.startswith(start))


def refused(*paths: Path) -> list[tuple[str, int, str]]:
    with pytest.raises(RuleFileError) as error:
        load_files(paths)
    assert all(problem.text.fr and problem.text.en for problem in error.value.problems)
    return [(problem.path.name, problem.line, problem.text.en) for problem in error.value.problems]


def test_an_unknown_parameter_is_refused_with_file_and_line(tmp_path: Path) -> None:
    path = copied(tmp_path, ('share = "more than 1/2"', 'share = "more than 1/2"\nremote_quota = 3'))
    assert refused(path) == [
        ("copy.toml", line_of(path, "remote_quota"), "remote_quota is not a parameter of the rule quorum.threshold.")
    ]


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ('share = "more than 1/2"', 'share = "half"', "share =", "share must be"),
        ('share = "more than 1/2"', 'share = "more than 3/2"', "share =", "share must be"),
        ('share = "more than 1/2"\n', "", "[[quorum.threshold]]", "lacks its parameter: share"),
        ("represented = false", "represented = 0", "represented =", "must be true or false"),
        ("max_per_holder = 1", "max_per_holder = true", "max_per_holder =", "whole number"),
        ("[[quorum.rooms]]", "[[quorum.halls]]", "[[quorum.halls]]", "The rule quorum.halls is unknown"),
        ("[[quorum.rooms]]", "[[forum.rooms]]", "[[forum.rooms]]", "forum is unknown"),
        ('session = "plenary"', 'session = "plenary"\nmotto = "x"', "motto", "motto is unknown"),
        ('articles = ["CGCT L2121-17"]\n', "articles = []\n", "articles = []", "articles is missing"),
        ('articles = ["CGCT L2121-17"]\n', "", "[[quorum.threshold]]", "articles is missing"),
        ('grade = "A"', 'grade = "D"', 'grade = "D"', "grade is A, B or C"),
        ("{threshold}, {share} des", "{treshold}, {share} des", "because.met.fr", "{treshold} is unknown"),
        ("  [0, 7], [100, 11]", "  [100, 11], [0, 7]", "steps = [", "steps must be"),
        ("  [0, 7], [100, 11]", "  [0, 7], [100, 5]", "[[seats.table]]", "a larger town would have fewer seats"),
        ("valid_from = 2022-07-01", "valid_from = 2022-07-01\nvalid_to = 2021-01-01", "valid_to", "before the first"),
        ("valid_from = 2022-07-01", "valid_from = soon", "valid_from = soon", "TOML syntax"),
        ("valid_from = 2022-07-01", 'valid_from = "2022-07-01"', "valid_from", "another form than expected"),
        (
            "counted = false",
            "counted = false\nvalid_from = 2020-01-01",
            "[[quorum.rooms]]",
            "leaves the dates of its set",
        ),
    ],
)
def test_a_fault_is_refused_at_its_line(tmp_path: Path, old: str, new: str, line: str, says: str) -> None:
    path = copied(tmp_path, (old, new))
    found = refused(path)
    assert any(says in text and number == line_of(path, line) for _, number, text in found), found


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ('location = "main_room"', 'location = "any"', "[[quorum.member_location]]"),
        ("counted = false", "counted = true", "[[quorum.member_location]]"),
        ("urgent_days = 1", "urgent_days = 9", "[[notice.small_town]]"),
        ('usual = "ordinary"', 'usual = "public"\nallowed = ["ordinary"]', "[[ballot.kinds]]"),
        ('["absolute", "absolute", "relative"]', '["relative", "absolute"]', "[[election.rounds]]"),
        ("represented = false", "represented = true", "[[quorum.threshold]]"),
    ],
)
def test_a_contradiction_between_rules_is_refused_at_its_line(tmp_path: Path, old: str, new: str, line: str) -> None:
    changes = [(old, new)]
    if "usual" in old:
        changes = [('allowed = ["ordinary", "public", "secret"]\n', ""), (old, new)]
    if "represented" in old:
        changes.append(("max_per_holder = 1", "max_per_holder = 0"))
    path = copied(tmp_path, *changes)
    assert (path.name, line_of(path, line)) in [(name, number) for name, number, _ in refused(path)]


def test_two_versions_of_a_set_may_not_share_a_day(tmp_path: Path) -> None:
    path = copied(tmp_path, ('version = "2026.1"', 'version = "2027.1"'))
    ((name, line, text),) = refused(BASE, path)
    assert (name, line) == ("copy.toml", line_of(path, "valid_from"))
    assert "overlapping dates" in text


def test_a_rule_stated_twice_for_a_day_is_refused(tmp_path: Path) -> None:
    path = copied(tmp_path)
    again = '\n[[requisition.deadline]]\narticles = ["CGCT L2121-9"]\nsources = ["S"]\ngrade = "A"\ndays = 20\n'
    path.write_text(path.read_text(encoding="utf-8") + again, encoding="utf-8")
    ((_, line, text),) = refused(path)
    assert "stated twice for overlapping dates" in text
    assert line > line_of(path, "[[requisition.deadline]]")


def test_a_new_year_is_a_file(tmp_path: Path) -> None:
    old = copied(tmp_path, ("valid_from = 2022-07-01", "valid_from = 2022-07-01\nvalid_to = 2027-12-31"))
    new = copied(
        tmp_path,
        ('version = "2026.1"', 'version = "2028.1"'),
        ("valid_from = 2022-07-01", "valid_from = 2028-01-01"),
        ("valid_from = 2026-03-15        #", "valid_from = 2028-01-01        #"),
        ('share = "more than 1/2"', 'share = "at least 1/2"'),
        name="2028.toml",
    )
    heir = SHIPPED / "fr-cgct-epci.toml"
    sets = load_files([old, new, heir])
    assert [(one.id, one.version) for one in sets.sets] == [
        ("fr-cgct-commune", "2026.1"),
        ("fr-cgct-commune", "2028.1"),
        ("fr-cgct-epci", "2026.1"),
    ]
    for name in ("fr-cgct-commune", "fr-cgct-epci"):
        found = [
            decide(QuorumCase(in_office=16, present=8), sets.rules(name, day)).result["quorum"]
            for day in (dt.date(2027, 12, 31), dt.date(2028, 1, 1))
        ]
        assert found == [False, True]


def test_a_rule_changes_on_its_date_inside_one_version() -> None:
    covid = next(one for one in load_sets().sets if one.id == "fr-covid-2020-391")
    starts = [start.isoformat() for start, _ in covid.periods]
    assert starts == ["2020-04-01", "2022-07-01"]
    assert "publication.minutes" in covid.periods[0][1]
    assert covid.periods[0][1]["publication.minutes"].parameters["days"] is None
    assert covid.periods[1][1]["publication.minutes"].parameters["days"] == 7


def test_a_set_that_extends_itself_in_a_circle_is_refused(tmp_path: Path) -> None:
    first = copied(
        tmp_path, ('session = "plenary"', 'session = "plenary"\nextends = "b"'), ('id = "fr-', 'id = "a-fr-')
    )
    second = copied(
        tmp_path,
        ('session = "plenary"', 'session = "plenary"\nextends = "a-fr-cgct-commune"'),
        ('id = "fr-cgct-commune"', 'id = "b"'),
        name="b.toml",
    )
    assert {name for name, _, text in refused(first, second) if "cannot be extended" in text} == {"copy.toml", "b.toml"}


def test_lines_are_found_through_strings_comments_and_arrays() -> None:
    text = (
        'a = """\n[not.a.table]\n"""\n'  # 1-3
        "# [[neither]]\n"  # 4
        "[[t.r]]\n"  # 5
        "b.fr = 'x # y'\n"  # 6
        "c = [\n  { d = 1 }, # ]\n]\n"  # 7-9
        "[[t.r]]\n"  # 10
        '"e f" = 1\n'  # 11
        "[t.r.g]\nh = 2\n"  # 12-13
    )
    lines = key_lines(text)
    assert lines[("t", "r", 0)] == 5
    assert lines[("t", "r", 0, "b", "fr")] == 6
    assert lines[("t", "r", 0, "c")] == 7
    assert lines[("t", "r", 1)] == 10
    assert lines[("t", "r", 1, "e f")] == 11
    assert lines[("t", "r", 1, "g", "h")] == 13
    assert ("not", "a", "table") not in lines


def test_a_fault_in_a_base_is_told_once_and_not_in_each_set_that_extends_it(tmp_path: Path) -> None:
    base = copied(tmp_path, ('location = "main_room"', 'location = "any"'))
    heirs = [path for path in sorted(SHIPPED.glob("*.toml")) if path != BASE]
    assert {name for name, _, _ in refused(base, *heirs)} == {"copy.toml"}


def test_every_code_of_a_source_is_spelt_out() -> None:
    legend = load_sources()
    codes = {source for one in load_sets().sets for source in one.sources if source[:2] in ("S:", "S≤", "M", "I")}
    assert codes == set(legend)
