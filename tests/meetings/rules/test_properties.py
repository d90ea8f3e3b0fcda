"""What must hold for every council and every set, found by trying many."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meetings.rules import (
    KINDS,
    BallotCase,
    BallotRequestCase,
    CaseError,
    ElectionCase,
    QuorumCase,
    RequisitionCase,
    Round,
    Rules,
    decide,
    load_sets,
    parse,
)
from meetings.rules.asking import answer

DAY = dt.date(2026, 10, 5)
SETS = load_sets()
COMMUNE = SETS.rules("fr-cgct-commune", DAY)
COVID = SETS.rules("fr-covid-2020-391", dt.date(2020, 6, 15))
EVERY_SET = [one.rules_on(max(one.valid_from, min(DAY, one.valid_to or DAY))) for one in SETS.sets]

any_rules = st.sampled_from(EVERY_SET)
councils = st.integers(7, 69)


@st.composite
def sittings(draw: st.DrawFn) -> QuorumCase:
    """A sitting in which each member is in exactly one place: a room, on video, represented, or simply absent."""
    in_office = draw(councils)
    cuts = sorted(draw(st.lists(st.integers(0, in_office), min_size=4, max_size=4)))
    present, other_sites, remote, represented = (
        cuts[0],
        cuts[1] - cuts[0],
        cuts[2] - cuts[1],
        cuts[3] - cuts[2],
    )
    interested = draw(st.integers(0, present))
    return QuorumCase(
        in_office=in_office,
        present=present,
        other_sites=other_sites,
        remote=remote,
        represented=represented,
        interested=interested,
        withdrawn=draw(st.integers(0, present - interested)),
        second_call=draw(st.booleans()),
        item_carried_over=draw(st.booleans()),
    )


def quorum(case: QuorumCase, rules: Rules) -> tuple[bool | None, int]:
    result = decide(case, rules).result
    met, counted = result["quorum"], result["counted"]
    assert met is None or isinstance(met, bool)
    assert isinstance(counted, int)
    return met, counted


@given(sittings(), any_rules)
def test_nobody_is_counted_twice(case: QuorumCase, rules: Rules) -> None:
    _, counted = quorum(case, rules)
    people = case.present - case.interested - case.withdrawn + case.other_sites + case.remote + case.represented
    assert 0 <= counted <= people <= case.in_office


@given(sittings(), any_rules, st.integers(0, 69))
def test_those_present_at_the_call_are_not_counted_again_elsewhere(
    case: QuorumCase, rules: Rules, called_with: int
) -> None:
    try:
        _, counted = quorum(replace(case, called_with=called_with), rules)
    except CaseError:
        return
    assert counted <= case.in_office


@given(sittings(), any_rules, st.sampled_from(["absent", "represented", "remote", "other_sites"]))
def test_the_quorum_never_falls_when_somebody_arrives(case: QuorumCase, rules: Rules, came_from: str) -> None:
    there = case.present + case.other_sites + case.remote + case.represented
    if came_from == "absent":
        if there == case.in_office:
            return
        arrived = replace(case, present=case.present + 1)
    else:
        before = getattr(case, came_from)
        if before == 0:
            return
        arrived = replace(case, present=case.present + 1, **{came_from: before - 1})
    assert quorum(arrived, rules)[0] or not quorum(case, rules)[0]


@given(sittings(), any_rules, st.sampled_from(["plain", "interested", "withdrawn"]), st.booleans())
def test_the_quorum_never_rises_when_somebody_leaves_before_the_call(
    case: QuorumCase, rules: Rules, leaver: str, leaves_a_proxy: bool
) -> None:
    if leaver == "plain":
        if case.present == case.interested + case.withdrawn:
            return
        left = replace(case, present=case.present - 1)
    else:
        if getattr(case, leaver) == 0:
            return
        left = replace(case, present=case.present - 1, **{leaver: getattr(case, leaver) - 1})
    if leaves_a_proxy and leaver == "plain":
        left = replace(left, represented=left.represented + 1)
    assert quorum(case, rules)[0] or not quorum(left, rules)[0]


@given(sittings(), st.integers(0, 69))
def test_a_departure_after_the_call_changes_nothing(case: QuorumCase, departures: int) -> None:
    case = replace(case, interested=0, withdrawn=0)
    left = replace(case, called_with=case.present, present=max(0, case.present - departures))
    assert quorum(left, COMMUNE) == quorum(case, COMMUNE)


@st.composite
def ordinary_ballots(draw: st.DrawFn) -> BallotCase:
    """A ballot by show of hands, whose chair voted, abstained, or is not told."""
    votes = {side: draw(st.integers(0, 40)) for side in ("for", "against", "abstain")}
    voted = [side for side, count in votes.items() if count]
    return BallotCase(
        ballot="ordinary",
        purpose=draw(st.sampled_from(["decision", "accounts"])),
        votes_for=votes["for"],
        against=votes["against"],
        abstain=votes["abstain"],
        present=sum(votes.values()),
        chair_vote=draw(st.sampled_from([None, *voted])),
    )


@given(ordinary_ballots(), st.integers(1, 40), any_rules)
def test_abstentions_never_change_an_ordinary_result(few: BallotCase, more: int, rules: Rules) -> None:
    many = replace(few, abstain=few.abstain + more, present=few.present + more)
    assert decide(few, rules).result == decide(many, rules).result


@pytest.mark.parametrize("size", range(7, 70))
def test_thresholds_agree_with_brute_force(size: int) -> None:
    def smallest(suffices: Callable[[int], bool]) -> int:
        return next(number for number in range(size + 2) if suffices(number))

    half = smallest(lambda number: number > size - number)
    assert decide(QuorumCase(in_office=size, present=0), COMMUNE).result["threshold"] == half
    assert [decide(QuorumCase(in_office=size, present=n), COMMUNE).result["quorum"] for n in range(size + 1)] == [
        n >= half for n in range(size + 1)
    ]
    third = smallest(lambda number: number * 3 >= size)
    quarter = smallest(lambda number: number * 4 >= size)
    assert decide(QuorumCase(in_office=size, present=0), COVID).result["threshold"] == third
    asked = decide(BallotRequestCase(present=size), COMMUNE).result
    assert (asked["secret"], asked["public"]) == (third, quarter)
    town = decide(RequisitionCase(population=5000, in_office=size), COMMUNE).result
    village = decide(RequisitionCase(population=800, in_office=size), COMMUNE).result
    assert (town["threshold"], village["threshold"]) == (third, half)
    for votes_for in range(size + 1):
        case = BallotCase(votes_for=votes_for, against=size - votes_for, present=size)
        result = decide(case, COMMUNE).result
        assert result["majority"] == half
        assert result["adopted"] == (None if votes_for * 2 == size else votes_for >= half)
        closed = replace(case, purpose="closed_session", against=0, abstain=size - votes_for)
        assert decide(closed, COMMUNE).result["adopted"] == (votes_for >= half)


@given(st.lists(st.integers(0, 20), min_size=1, max_size=4), st.integers(0, 5), st.integers(1, 3))
def test_an_election_names_whom_brute_force_names(votes: list[int], blank: int, rounds: int) -> None:
    names = [f"C{place}" for place in range(len(votes))]
    candidates = dict(zip(names, votes, strict=True))
    ages = {name: 40 + place for place, name in enumerate(names)}
    case = ElectionCase(rounds=(Round(candidates, blank, 0),) * rounds, ages=ages)
    cast: int = sum(votes)
    absolute = [name for name in names if candidates[name] * 2 > cast]
    eldest_of_first = max(names, key=lambda name: (candidates[name], ages[name]))
    expected: tuple[str | None, int]
    if absolute:
        expected = (absolute[0], 1)
    elif rounds == 3 and cast:
        expected = (eldest_of_first, 3)
    else:
        expected = (None, rounds)
    result = decide(case, COMMUNE).result
    assert (result["elected"], result["round"]) == expected


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 70) | st.floats() | st.sampled_from(["2026-10-05", "public", "A", ""]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["candidates", "A", "blank"]), inner),
    max_leaves=6,
)


@st.composite
def facts(draw: st.DrawFn) -> dict[str, object]:
    """A case of some kind, nearly right: each field is given a likely value, or any at all."""
    kind = KINDS[draw(st.sampled_from(sorted(KINDS)))]
    case: dict[str, object] = {"kind": kind.name, "rule_set": draw(st.sampled_from([one.id for one in SETS.sets]))}
    if case["rule_set"] == "fr-covid-2020-391":
        case["on"] = "2021-06-15"
    likely = {
        "count": st.integers(0, 30),
        "flag": st.booleans(),
        "date": st.dates(dt.date(2022, 8, 1), dt.date(2027, 1, 1)).map(dt.date.isoformat),
        "words": st.lists(st.sampled_from(["primitive_budget", "road_works"]), max_size=2),
        "rounds": st.lists(
            st.fixed_dictionaries({"candidates": st.dictionaries(st.sampled_from("AB"), st.integers(0, 9))}),
            min_size=1,
            max_size=3,
        ),
        "ages": st.dictionaries(st.sampled_from("AB"), st.integers(18, 99)),
    }
    for name, spec in kind.fields.items():
        if spec.required or draw(st.booleans()):
            words = [value for value, _ in spec.choices]
            if spec.type == "choice":
                case[name] = draw(st.sampled_from(words))
            elif spec.type == "choices":
                case[name] = draw(st.lists(st.sampled_from(words), max_size=2))
            else:
                case[name] = draw(likely[spec.type] if draw(st.integers(0, 19)) else json_values)
    return case


@given(facts())
def test_an_answer_without_an_article_does_not_exist(case: dict[str, object]) -> None:
    try:
        found = answer(parse(case, DAY), SETS)
    except CaseError:
        return
    for lang in ("fr", "en"):
        told = found.as_json(lang)
        assert told["articles"]
        assert str(told["because"]).strip()
        assert "{" not in str(told)[1:].replace("{'", "")  # every placeholder was filled in
    assert (found.certainty == "C") <= (found.question is not None)


@given(json_values)
def test_what_is_no_case_is_refused_in_words(raw: object) -> None:
    with pytest.raises(CaseError) as refused:
        parse(raw, DAY)
    assert refused.value.text.fr.strip()
    assert refused.value.text.en.strip()
