"""What a journal proclaims follows from what it holds, or `verify` says where it does not."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from meetings.minutes.verification import Checked, recompute
from meetings.sittings.journal import Entry, Link, end_of, exported
from tests.meetings.minutes.journals import (
    HEADING,
    KEY,
    Journal,
    appointment,
    ballot,
    call,
    quorum,
    roll,
    whole_sitting,
)

Content = Mapping[str, Any]


def forged(kind: str, change: Callable[[dict[str, Any]], object], *, which: int = 0) -> list[Entry]:
    """The whole sitting with one entry that says something else, under a chain that holds."""
    entries = whole_sitting().entries
    chosen = [entry.number for entry in entries if entry.kind == kind][which]
    found: list[Entry] = []
    end = Link.start(HEADING)
    for entry in entries:
        content = dict(entry.content)
        if entry.number == chosen:
            change(content)
        found.append(end.append(at=entry.at, kind=entry.kind, by=entry.by, content=content))
        end = end_of(found[-1])
    return found


def without(kind: str, *, which: int = 0) -> list[Entry]:
    """The whole sitting with one entry left out, under a chain that holds."""
    entries = whole_sitting().entries
    gone = [entry.number for entry in entries if entry.kind == kind][which]
    journal = Journal()
    for entry in entries:
        if entry.number != gone:
            journal.at = entry.at
            journal.note(entry.kind, after_s=0, **{f"{name}_": value for name, value in entry.content.items()})
    return journal.entries


def said(checked: Checked) -> str:
    return "; ".join(each.what for each in checked.differences)


def test_an_honest_sitting_gives_the_same_figures_again() -> None:
    checked = recompute(whole_sitting().entries)

    assert checked.differences == ()
    assert (checked.quorums, checked.ballots, checked.votes, checked.rounds, checked.rules) == (6, 4, 5, 1, "")


@pytest.mark.parametrize(
    ("kind", "which", "change", "complaint"),
    [
        ("ballot.proclaimed", 1, {"for": 4}, "proclaims 4 for; the votes before are 3"),
        ("ballot.proclaimed", 1, {"adopted": False}, "proclaims adopted no; by the rules it is yes"),
        ("ballot.proclaimed", 3, {"adopted": True}, "proclaims adopted yes; by the rules it is no"),
        ("ballot.proclaimed", 0, {"for": 9}, "proclaims 9 votes of 4 voices"),
        ("ballot.proclaimed", 0, {"cast": 5}, "proclaims 5 votes cast; they are 4"),
        ("ballot.proclaimed", 0, {"majority": 2}, "proclaims majority 2; by the rules it is 3"),
        ("ballot.counted", 0, {"for": 3}, "proclaims 4 for; the votes before are 3"),
        ("vote.recorded", 0, {"choice": "against"}, "proclaims 3 for; the votes before are 2"),
        ("vote.recorded", 0, {"caster": "m4"}, "records a vote of m1 by m4, who may not cast it"),
        ("vote.recorded", 0, {"voice": "m9"}, "records a vote of m9 by m1, who may not cast it"),
        ("sitting.opened", 0, {"present": ["m1", "m2", "m3", "m4"]}, "counts present who by the entries before is not"),
        ("item.called", 1, {"present": ["m1", "m2", "m3"]}, "leaves out who by the entries before is present: m4"),
        ("item.called", 2, {"interested": []}, "leaves out who by the entries before is interested: m3"),
        ("item.called", 1, {"represented": []}, "leaves out who by the entries before is represented: m5"),
        ("ballot.opened", 1, {"represented": 2}, "its voices say otherwise"),
        ("round.counted", 0, {"outcome": "next_round"}, "by the rules it is absolute_majority"),
        ("round.counted", 0, {"blank": 9}, "states 12 papers of 4 voices"),
        ("member.arrived", 0, {"member": "m5"}, "counts present who by the entries before is not: m1"),
    ],
)  # fmt: skip
def test_a_figure_that_does_not_follow_is_found_in_its_line(
    kind: str, which: int, change: dict[str, Any], complaint: str
) -> None:
    checked = recompute(forged(kind, lambda content: content.update(change), which=which))

    assert complaint in said(checked)


def test_a_difference_names_the_line_of_the_file() -> None:
    entries = forged("ballot.proclaimed", lambda content: content.update({"for": 4}), which=1)
    line = next(each.line for each in recompute(entries).differences)

    written = exported(HEADING, entries, KEY).splitlines()[line - 1]
    assert b'"ballot.proclaimed"' in written
    assert b'"b2"' in written


def test_the_quorums_own_figures_are_computed_again() -> None:
    def claim(content: dict[str, Any]) -> None:
        quorum = dict(content["quorum"])
        content["quorum"] = {**quorum, "result": {**quorum["result"], "counted": 5}}

    checked = recompute(forged("item.called", claim, which=0))

    assert "states counted 5; by the arrivals before it is 3" in said(checked)


@pytest.mark.parametrize(
    ("waived", "post", "differs"),
    [
        ("committee", "committee", False),
        ("committee", "other", True),
        (None, "committee", True),
        ("other", None, False),
    ],
)
def test_an_appointment_in_the_open_whose_secrecy_was_not_given_up_for_that_post_is_found(
    waived: str | None, post: str | None, differs: bool
) -> None:
    journal = Journal()
    roll(journal)
    call(journal, "i4", [])
    if waived is not None:
        journal.note("secrecy.voted", item="i4", post=waived, agree=4, refuse=0, abstain=0, waived=True,
                     answer={"because": "Unanimité.", "articles": ["CGCT L2121-21"]})  # fmt: skip
    ballot(journal, "b1", "i4", purpose="appointment", post=post, for_=4)

    assert ("votes in the open on an appointment" in said(recompute(journal.entries))) is differs


@pytest.mark.parametrize(
    ("asked_by", "complaint"),
    [
        ([], "votes on a closed session that 0 ask for; the rules want 3"),
        (["m2", "m4"], "votes on a closed session that 2 ask for; the rules want 3"),
        (["m2", "m2", "m2"], "votes on a closed session that 1 ask for; the rules want 3"),
        (["m1", "m5"], "lets ask for a closed session who by the entries before is not there: m5"),
    ],
)
def test_a_closed_session_that_nobody_could_ask_for_is_found(asked_by: list[str], complaint: str) -> None:
    checked = recompute(forged("ballot.opened", lambda content: content.update(asked_by=asked_by), which=2))

    assert complaint in said(checked)


@pytest.mark.parametrize(
    ("choice", "present", "complaint"),
    [
        ("go_on", ["m1", "m2"], ""),
        ("", ["m1", "m2"], "resumes without a quorum, and nobody decided to go on"),
        ("go_on", ["m1", "m2", "m3"], "counts present who by the entries before is not: m3"),
    ],
)
def test_a_sitting_resumed_without_a_quorum_that_nobody_decided_on_is_found(
    choice: str, present: list[str], complaint: str
) -> None:
    journal = Journal()
    roll(journal)
    for member in ("m1", "m2", "m3"):
        journal.note("member.arrived", member=member, how="hall", by_self=False)
        journal.note("identity.confirmed", member=member, means="sight", after_s=1)
    call(journal, "i2", ["m1", "m2", "m3"])
    journal.note("sitting.suspended", cause="chair", reason="")
    journal.note("member.left", member="m3", cause="left")
    if choice:
        journal.note("question.decided", question="quorum.resumption", about="law", text="?", choice=choice,
                     answer="Oui.", articles=[], chair="m1", item="i2")  # fmt: skip
    journal.note("sitting.resumed", item="i2", quorum=quorum(2), present=present, represented=[], interested=[])

    assert said(recompute(journal.entries)) == complaint


def test_a_closed_session_of_a_journal_that_does_not_name_who_asked_is_no_difference() -> None:
    def older(content: dict[str, Any]) -> None:
        del content["asked_by"], content["asked"]

    assert recompute(forged("ballot.opened", older, which=2)).differences == ()


@pytest.mark.parametrize(
    ("kind", "which"), [("member.arrived", 0), ("vote.recorded", 1), ("ballot.counted", 0), ("interest.declared", 0)]
)
def test_an_entry_left_out_shows_in_the_figures_even_under_a_chain_that_holds(kind: str, which: int) -> None:
    assert recompute(without(kind, which=which)).differences


def test_a_vote_after_the_close_and_a_named_vote_in_an_ordinary_ballot_are_found() -> None:
    journal = Journal()
    roll(journal)
    call(journal, "i2", [])
    ballot(journal, "b1", "i2", for_=3)
    journal.note("vote.recorded", ballot="b1", voice="m1", caster="m1", choice="for", method="device")

    found = said(recompute(journal.entries))
    assert "names a vote in a ballot whose votes are not kept" in found
    assert "records a vote while the ballot is not open" in found


@pytest.mark.parametrize(
    ("agree", "voters", "complaint"),
    [
        (2, 4, "states that secrecy was given up: yes; by the rules: no"),
        (3, 3, "states 3 voters; by the entries before they are 4"),
    ],
)
def test_secrecy_that_not_all_gave_up_is_found(agree: int, voters: int, complaint: str) -> None:
    journal = Journal()
    roll(journal)
    for member in ("m1", "m2", "m3", "m4"):
        journal.note("member.arrived", member=member, how="hall", by_self=False)
    call(journal, "i4", ["m1", "m2", "m3", "m4"])
    journal.note("secrecy.voted", item="i4", post="other", agree=agree, refuse=0, abstain=0, voters=voters, waived=True,
                 answer={"because": "Unanimité.", "articles": ["CGCT L2121-21"]})  # fmt: skip

    assert complaint in said(recompute(journal.entries))


def test_a_vote_cast_after_its_member_left_and_one_that_stands_despite_an_interest_are_found() -> None:
    journal = Journal()
    roll(journal)
    for member in ("m1", "m2", "m3", "m4"):
        journal.note("member.arrived", member=member, how="hall", by_self=False)
    call(journal, "i2", ["m1", "m2", "m3", "m4"])
    voices = {member: member for member in ("m1", "m2", "m3", "m4")}
    journal.note("ballot.opened", ballot="b1", item="i2", question="?", purpose="decision", post=None, kind="public",
                 method="devices", entitled=voices, order=[*voices], present=4, represented=0, chair="m1")  # fmt: skip
    journal.note("member.left", member="m2", cause="left")
    for member in ("m2", "m3"):
        journal.note("vote.recorded", ballot="b1", voice=member, caster=member, choice="for", method="device")
    journal.note("interest.declared", member="m3", item="i2", ground="interest")
    journal.note("ballot.voices_lost", ballot="b1", member="m4", voices=["m1"], cause="interest")
    journal.note("ballot.closed", ballot="b1", missing=[], chair_present=False)
    answer = {"because": "", "articles": [], "result": {}, "certainty": "A"}
    journal.note("ballot.proclaimed", ballot="b1", adopted=True, decided_by="majority", cast=2, majority=2,
                 for_=2, against=0, abstain=0, blank=0, void=0, answer=answer)  # fmt: skip

    found = said(recompute(journal.entries))
    assert "records a vote of m2 by m2, who by the entries before has left" in found
    assert "records a vote of m3" not in found
    assert "takes the vote from m4, who has declared no interest" in found
    assert "counts without a vote who by the entries before is not: m1" in found
    assert "states whether the chair is present: no; by the arrivals before: yes" in found
    assert "counts who takes no part in the item: m3" in found


@pytest.mark.parametrize(
    ("names", "post", "differs"),
    [(("Anne",), "committee", False), (("Anne", "Denis"), "committee", True), (("Anne",), "deputy", True)],
)
def test_an_appointment_where_the_rules_want_a_vote_is_found(names: tuple[str, ...], post: str, differs: bool) -> None:
    journal = Journal()
    roll(journal)
    call(journal, "i4", [])
    appointment(journal, "i4", *names, post=post)

    assert ("appoints without a vote" in said(recompute(journal.entries))) is differs


@pytest.mark.parametrize("content", [{}, {"ballot": "unknown"}, {"ballot": []}, {"ballot": "b2", "for": "many"}])
def test_an_entry_that_does_not_say_what_its_kind_says_is_named_and_not_trusted(content: Content) -> None:
    def empty(found: dict[str, Any]) -> None:
        found.clear()
        found.update(content)

    assert "does not say what an entry ballot.proclaimed says" in said(recompute(forged("ballot.proclaimed", empty)))


def test_without_the_rule_set_sums_are_still_checked_and_it_is_said() -> None:
    entries = forged("roll.opened", lambda content: content.update({"rule_set_version": "1789.1"}))
    checked = recompute(entries)

    assert "1789.1 is not among the sets here" in checked.rules
    assert (checked.differences, checked.quorums, checked.ballots) == ((), 0, 4)


def run(path: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "meetings.minutes", "verify", path],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_command_says_what_it_computed_and_where_it_differs(tmp_path: Path) -> None:
    honest, dishonest = tmp_path / "honest", tmp_path / "dishonest"
    honest.write_bytes(whole_sitting().file)
    entries = forged("ballot.proclaimed", lambda content: content.update({"adopted": False}), which=1)
    dishonest.write_bytes(exported(HEADING, entries, KEY))

    good, bad = run(honest), run(dishonest)
    assert (good.returncode, "6 quorums, 4 ballots with 5 named votes, 1 rounds" in good.stdout) == (0, True)
    assert bad.returncode == 4
    assert "whole and unchanged" in bad.stdout
    assert "proclaims adopted no; by the rules it is yes" in bad.stdout
