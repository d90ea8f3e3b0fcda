"""The rules at the command line: what it prints, what it refuses, and with which exit code."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from meetings.rules.__main__ import main
from meetings.rules.sets import SHIPPED
from tests.reading import spaced

ROOT = Path(__file__).parents[3]


def run(*arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "meetings.rules", *arguments], cwd=ROOT, input=given, capture_output=True, timeout=60,
        check=False,
    )  # fmt: skip


def ask(tmp_path: Path, capsys: pytest.CaptureFixture[str], case: object, *options: str) -> tuple[int, str, str]:
    path = tmp_path / "case.json"
    path.write_text(case if isinstance(case, str) else json.dumps(case), encoding="utf-8")
    code = main([str(path), *options])
    out, err = capsys.readouterr()
    return code, out, err


def told(tmp_path: Path, capsys: pytest.CaptureFixture[str], case: object, *options: str) -> dict[str, object]:
    code, out, err = ask(tmp_path, capsys, case, *options)
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert isinstance(found, dict)
    return found


def test_a_case_from_standard_input_gets_one_json_answer() -> None:
    done = run("-", given=b'{"kind": "quorum", "in_office": 35, "present": 17, "represented": 3}')
    assert (done.returncode, done.stderr) == (0, b"")
    found = json.loads(done.stdout)
    assert (found["quorum"], found["counted"], found["threshold"]) == (False, 17, 18)
    assert found["articles"] == ["CGCT L2121-17"]
    assert found["because"].startswith("Le quorum n’est pas atteint")


def test_a_refused_case_leaves_standard_output_empty() -> None:
    done = run("-", given=b'{"kind": "quorum", "in_office": 35, "present": 36}')
    assert (done.returncode, done.stdout) == (2, b"")
    assert spaced(done.stderr.decode()) == "Impossible : 36 membres présents dans la salle pour 35 en exercice.\n"


def test_sentences_follow_the_language(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    case = {"kind": "ballot", "present": 29, "for": 13, "against": 13, "abstain": 3, "chair_vote": "abstain"}
    french, english = told(tmp_path, capsys, case), told(tmp_path, capsys, case, "--lang", "en")
    assert "abstention du président" in str(french["because"])
    assert "the chair abstained" in str(english["because"])
    assert english["question"]["about"] == "law"  # type: ignore[index] # JSON
    assert [choice["value"] for choice in english["question"]["choices"]] == [  # type: ignore[index] # JSON
        "not_adopted",
        "vote_again",
        "adjourn",
    ]


@pytest.mark.parametrize(
    "case",
    [
        "",
        "not json",
        "[]",
        "null",
        "{}",
        '{"kind": "quorum", "in_office": 35, "present": 17, "present": 18}',
        '{"kind": "quorum", "in_office": 35, "present": NaN}',
        '{"kind": "quorum", "in_office": 35, "present": 1e400}',
        "[" * 100_000,
        {"kind": "quorom", "in_office": 35, "present": 17},
        {"kind": ["quorum"]},
        {"kind": "quorum", "present": 17},
        {"kind": "quorum", "in_office": 35},
        {"kind": "quorum", "in_office": 0, "present": 0},
        {"kind": "quorum", "in_office": 35, "present": None},
        {"kind": "quorum", "in_office": 35, "present": True},
        {"kind": "quorum", "in_office": 35, "present": 17.0},
        {"kind": "quorum", "in_office": 35, "present": "17"},
        {"kind": "quorum", "in_office": 35, "present": -1},
        {"kind": "quorum", "in_office": 35, "present": 17, "absent": 3},
        {"kind": "quorum", "in_office": 35, "present": 30, "represented": 6},
        {"kind": "quorum", "in_office": 35, "present": 30, "remote": 6},
        {"kind": "quorum", "in_office": 35, "present": 30, "called_with": 36},
        {"kind": "quorum", "in_office": 35, "present": 3, "interested": 2, "withdrawn": 2},
        {"kind": "quorum", "in_office": 35, "present": 17, "second_call": 1},
        {"kind": "quorum", "in_office": 35, "present": 17, "on": "2022-06-30"},
        {"kind": "quorum", "in_office": 35, "present": 17, "on": "20261005"},
        {"kind": "quorum", "in_office": 35, "present": 17, "on": "2026-02-30"},
        {"kind": "quorum", "in_office": 35, "present": 17, "rule_set": "fr-nowhere"},
        {"kind": "quorum", "in_office": 35, "present": 17, "rule_set": None},
        {"kind": "quorum", "in_office": 35, "present": 17, "rule_set": "fr-covid-2020-391"},
        {"kind": "quorum", "in_office": 10, "present": 5, "remote": 3, "represented": 3, "rule_set": "generic"},
        {"kind": "ballot", "for": 3, "against": 2},
        {"kind": "ballot", "present": 4, "for": 3, "against": 2},
        {"kind": "ballot", "present": 5, "for": 0, "against": 2, "chair_vote": "for"},
        {"kind": "ballot", "present": 5, "for": 2, "chair_vote": "yes"},
        {"kind": "ballot", "present": 5, "for": 2, "ballot": "electronic"},
        {"kind": "election"},
        {"kind": "election", "rounds": []},
        {"kind": "election", "rounds": [{"blank": 3}]},
        {"kind": "election", "rounds": [{"candidates": {"A": -1}}]},
        {"kind": "election", "rounds": [{"candidates": {"A": 1}, "spoilt": 1}]},
        {"kind": "election", "rounds": [{"candidates": {"A": 1, "B": 1}}] * 4},
        {"kind": "election", "rounds": [{"candidates": {"A": 1}}], "ages": {"A": 0}},
        {"kind": "ballot_request", "represented": 4},
        {"kind": "ballot_request", "present": 4, "asked_secret": 5},
        {"kind": "notice", "population": 2000, "meets_on": "2026-10-15"},
        {"kind": "notice", "sent_on": "2026-10-01", "meets_on": "2026-10-15"},
        {"kind": "notice", "population": 2000, "sent_on": "2026-10-16", "meets_on": "2026-10-15"},
        {"kind": "notice", "population": 2000, "sent_on": "2022-06-01", "meets_on": "2022-06-15"},
        {"kind": "seats"},
        {"kind": "seats", "population": -1},
        {"kind": "publication"},
        {"kind": "publication", "met_on": "2026-10-05", "approved_on": "2026-10-04"},
        {"kind": "remote", "session": "council"},
        {"kind": "remote", "items": "primitive_budget"},
        {"kind": "remote", "items": [1]},
        {"kind": "vote_rights", "proxies_held": -1},
        {"kind": "requisition", "population": 500, "in_office": 15, "signatures": 16},
        {"kind": "single_place", "meets_on": "2026-12-10"},
        {"kind": "councillors_notice", "met_on": "2026-10-05"},
    ],
    ids=lambda case: json.dumps(case)[:90],
)
def test_what_cannot_be_decided_is_refused_in_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], case: object
) -> None:
    code, out, err = ask(tmp_path, capsys, case)
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert err.endswith(".\n")


def test_a_case_is_put_to_the_law_of_its_own_date(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    covid = {"kind": "publication", "rule_set": "fr-covid-2020-391", "approved_on": "2022-07-10"}
    before = told(tmp_path, capsys, {**covid, "met_on": "2022-06-30"})
    after = told(tmp_path, capsys, {**covid, "met_on": "2022-07-01"})
    assert (before["minutes_due"], before["on"]) == (None, "2022-06-30")
    assert (after["minutes_due"], after["on"]) == ("2022-07-17", "2022-07-01")
    small = {"kind": "seats", "population": 80}
    assert "deemed_complete" not in told(tmp_path, capsys, {**small, "on": "2026-03-14"})
    assert told(tmp_path, capsys, {**small, "on": "2026-03-15"})["deemed_complete"] == 5
    notice = {"kind": "notice", "population": 10, "sent_on": "2022-07-25", "meets_on": "2022-08-01"}
    assert ask(tmp_path, capsys, {**notice, "rule_set": "fr-covid-2020-391"})[0] == 2
    assert told(tmp_path, capsys, {**notice, "rule_set": "fr-covid-2020-391", "on": "2022-07-31"})["valid"] is True


def test_null_leaves_out_what_may_be_not_stated(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    case = {"kind": "notice", "population": 2000, "sent_on": "2026-10-05", "meets_on": "2026-10-09", "on": None}
    assert told(tmp_path, capsys, {**case, "second_call_of": None})["valid"] is True
    quorum = {"kind": "quorum", "in_office": 15, "present": 8, "called_with": None}
    assert told(tmp_path, capsys, quorum)["quorum"] is True


def test_every_shipped_set_is_listed_with_its_dates_and_sources(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list"]) == 0
    out = capsys.readouterr().out
    for line in (
        "fr-cgct-commune  2026.1  2022-07-01",
        "fr-cgct-commune-alsace-moselle",
        "fr-cgct-epci  ",
        "fr-cgct-epci-remote  2026.1  2022-08-01",
        "fr-commission",
        "fr-covid-2020-391  2020.1  2020-04-01 – 2022-07-31",
        "generic",
        "S:12  atd31.fr (quorum)",
    ):
        assert line in out


def test_every_kind_is_described_with_its_fields(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["kinds", "--lang", "en"]) == 0
    assert "    in_office * (count) Members in office" in capsys.readouterr().out


def test_a_shipped_file_and_an_unchanged_copy_of_it_pass_the_check(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = tmp_path / "copy.toml"
    copy.write_bytes((SHIPPED / "fr-cgct-epci.toml").read_bytes())
    for path in (*sorted(SHIPPED.glob("*.toml")), copy):
        assert main(["check", str(path)]) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("change", ["[quorum]\nx = 1\n", "zzz = 1\n", "= 3\n"])
def test_a_faulty_file_is_refused_with_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], change: str
) -> None:
    path = tmp_path / "faulty.toml"
    path.write_text((SHIPPED / "fr-cgct-epci.toml").read_text(encoding="utf-8") + change, encoding="utf-8")
    assert main(["check", str(path)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"{path}:")
    assert int(err.removeprefix(f"{path}:").partition(":")[0]) > 100


def test_an_overlay_is_checked_and_then_used(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    overlay = tmp_path / "ri.toml"
    overlay.write_text(
        'overlay = "bourg"\ntitle.fr = "RI"\ntitle.en = "Rules"\napplies_to = "fr-cgct-commune"\n'
        'valid_from = 2026-05-01\nreference = "2026-31"\n'
        '[[notice.small_town]]\narticles = ["RI article 4"]\ndays = 5\n',
        encoding="utf-8",
    )
    assert main(["check", str(overlay)]) == 0
    assert "bourg → fr-cgct-commune" in capsys.readouterr().out
    case = {"kind": "notice", "population": 800, "sent_on": "2026-10-01", "meets_on": "2026-10-05"}
    assert told(tmp_path, capsys, case)["valid"] is True
    found = told(tmp_path, capsys, case, "--overlay", str(overlay))
    assert (found["valid"], found["articles"]) == (False, ["CGCT L2121-11", "RI article 4"])
    overlay.write_text(overlay.read_text(encoding="utf-8").replace("days = 5", "days = 1"), encoding="utf-8")
    assert main(["check", str(overlay)]) == 2
    assert capsys.readouterr().err.startswith(f"{overlay}:9: ")


def test_a_new_set_is_a_file_in_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sets = tmp_path / "sets"
    sets.mkdir()
    (sets / "gm.toml").write_text(
        'id = "gm"\nversion = "1"\ntitle.fr = "Essai"\ntitle.en = "Trial"\nvalid_from = 2026-01-01\n'
        'extends = "fr-cgct-commune"\n[[quorum.threshold]]\narticles = ["Essai 1"]\nsources = ["I"]\ngrade = "A"\n'
        'share = "at least 2/3"\n',
        encoding="utf-8",
    )
    case = {"kind": "quorum", "in_office": 15, "present": 9, "rule_set": "gm"}
    found = told(tmp_path, capsys, case, "--sets", str(sets))
    assert (found["quorum"], found["threshold"], found["articles"]) == (False, 10, ["Essai 1"])


@pytest.mark.parametrize(
    "arguments", [[], ["check"], ["missing.json"], ["-", "--lang", "de"], ["list", "--frob"], ["check", "missing.toml"]]
)
def test_a_wrong_command_is_refused_in_one_line(arguments: list[str]) -> None:
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.decode().count("\n") == 1
