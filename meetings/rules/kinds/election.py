"""Elections: two rounds by absolute majority, a third by relative majority (CGCT L2121-21, L2122-7)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from meetings.rules.answers import Answer, Choice, Question, Value
from meetings.rules.cases import Case, case, kind, read_count, read_list, read_object, structured
from meetings.rules.errors import CaseError
from meetings.rules.rules import Reasons, Rules
from meetings.rules.terms import one_of, rule, words, yes_no
from meetings.rules.wording import Text, listed

_OLDEST_AGE = 130


@rule(
    "election.rounds",
    outcomes={
        "absolute": "name votes majority round cast",
        "relative": "name votes round",
        "none": "majority round cast",
        "last": "round",
    },
)
class Rounds:
    """The majority asked in each round, in order."""

    majorities: tuple[str, ...] = words("absolute", "relative", repeats=True)


@rule("election.tie", outcomes={"eldest": "name votes round", "unknown": "names votes round"})
class Tie:
    """What decides between equal candidates in a round by relative majority."""

    elected: str = one_of("eldest")


@rule("election.place", outcomes={"refused": ""})
class Place:
    """Whether this kind of sitting may hold an election."""

    allowed: bool = yes_no(stricter=False)


@dataclass(frozen=True, slots=True)
class Round:
    """What was found in the ballot box of one round."""

    candidates: Mapping[str, int]
    blank: int
    void: int

    @property
    def cast(self) -> int:
        """Votes cast: blank and void papers are none."""
        return sum(self.candidates.values())


def _called(name: str) -> Text:
    return Text(name, name)


def _read_rounds(name: Text, raw: object) -> tuple[Round, ...]:
    found = tuple(_read_round(name, each) for each in read_list(name, raw))
    if not found:
        raise CaseError(f"« {name.fr} » doit contenir au moins un tour.", f"{name.en} must hold at least one round.")
    return found


def _read_round(name: Text, raw: object) -> Round:
    facts = read_object(name, raw)
    unknown = tuple(sorted(set(facts) - {"candidates", "blank", "void"}))
    if unknown:
        raise CaseError(
            f"Champ inconnu dans un tour de scrutin : {listed(unknown)}.",
            f"Unknown field in a round: {listed(unknown)}.",
        )
    if "candidates" not in facts:
        raise CaseError("Un tour n’a pas de champ « candidates ».", "A round has no field candidates.")
    candidates = read_object(_called("candidates"), facts["candidates"])
    if not all(who.strip() for who in candidates):
        raise CaseError("Un candidat n’a pas de nom.", "A candidate has no name.")
    return Round(
        {who: read_count(_called(who), votes) for who, votes in candidates.items()},
        read_count(_called("blank"), facts.get("blank", 0)),
        read_count(_called("void"), facts.get("void", 0)),
    )


def _read_ages(name: Text, raw: object) -> Mapping[str, int]:
    ages = {who: read_count(_called(who), years, minimum=1) for who, years in read_object(name, raw).items()}
    if any(years > _OLDEST_AGE for years in ages.values()):
        raise CaseError(
            f"Impossible : un âge dépasse {_OLDEST_AGE} ans.", f"Impossible: an age is over {_OLDEST_AGE} years."
        )
    return ages


@case
class ElectionCase(Case):
    """The rounds held so far, and the ages in years of candidates who may end equal."""

    rounds: tuple[Round, ...] = structured("Tours de scrutin", "Rounds", type="rounds", read=_read_rounds)
    ages: Mapping[str, int] = structured("Âges des candidats", "Ages of candidates", type="ages", read=_read_ages,
                                         default=None)  # fmt: skip


@kind("election", ElectionCase, fr="Élection", en="Election")
def decide_election(case: ElectionCase, rules: Rules) -> Answer:
    """Find who is elected and in which round; equal ages are put to a person, who reads the birth dates."""
    why = Reasons(rules)
    majorities = why.rule(Rounds).majorities
    if len(case.rounds) > len(majorities):
        raise CaseError(
            f"Impossible : {len(case.rounds)} tours, la règle en prévoit {len(majorities)}.",
            f"Impossible: {len(case.rounds)} rounds where the rule has {len(majorities)}.",
            field="rounds",
        )
    if not why.rule(Place).allowed:
        why.cite(Place, "refused")
        return why.answer("election", _result(None, len(case.rounds), case.rounds[-1].cast, None, "postponed"))
    why.cite(Rounds)
    for number, (held, majority) in enumerate(zip(case.rounds, majorities, strict=False), start=1):
        if majority == "absolute":
            found = _absolute(held, number, why)
        else:
            found = _relative(held, number, case.ages or {}, why)
        if found is not None:
            return why.answer("election", found)
    number, held = len(case.rounds), case.rounds[-1]
    if number == len(majorities):
        why.cite(Rounds, "last", round=number)
        return why.answer("election", _result(None, number, held.cast, None, "no_votes"))
    needed = held.cast // 2 + 1
    why.cite(Rounds, "none", majority=needed, round=number, cast=held.cast)
    return why.answer("election", {**_result(None, number, held.cast, needed, "next_round"), "next_round": number + 1})


def _result(elected: str | None, number: int, cast: int, majority: int | None, decided_by: str) -> dict[str, Value]:
    return {"elected": elected, "round": number, "cast": cast, "majority": majority, "decided_by": decided_by}


def _absolute(held: Round, number: int, why: Reasons) -> dict[str, Value] | None:
    needed = held.cast // 2 + 1
    for name, votes in held.candidates.items():
        if votes >= needed:
            why.cite(Rounds, "absolute", name=name, votes=votes, majority=needed, round=number, cast=held.cast)
            return _result(name, number, held.cast, needed, "absolute_majority")
    return None


def _relative(held: Round, number: int, ages: Mapping[str, int], why: Reasons) -> dict[str, Value] | None:
    votes = max(held.candidates.values(), default=0)
    if votes == 0:
        return None
    first = [name for name, count in held.candidates.items() if count == votes]
    if len(first) == 1:
        why.cite(Rounds, "relative", name=first[0], votes=votes, round=number)
        return _result(first[0], number, held.cast, None, "relative_majority")
    eldest = _eldest(first, ages)
    if len(eldest) == 1:
        why.cite(Tie, "eldest", name=eldest[0], votes=votes, round=number)
        return _result(eldest[0], number, held.cast, None, "age")
    why.cite(Tie, "unknown", names=listed(tuple(eldest)), votes=votes, round=number)
    why.ask_about(_who_is_eldest(eldest))
    return _result(None, number, held.cast, None, "human")


def _eldest(names: list[str], ages: Mapping[str, int]) -> list[str]:
    """Return the eldest of the names, several when their ages in years do not tell or are not all known."""
    if not set(names) <= set(ages):
        return names
    oldest = max(ages[name] for name in names)
    return [name for name in names if ages[name] == oldest]


def _who_is_eldest(names: list[str]) -> Question:
    return Question(
        id="election.tie",
        about="fact",
        text=Text("Lequel de ces candidats est le plus âgé, d’après sa date de naissance ?",
                  "Which of these candidates is the eldest by date of birth?"),
        choices=tuple(
            Choice(name, Text(name, name), Text(f"{name} est élu(e).", f"{name} is elected.")) for name in names
        ),
    )  # fmt: skip
