"""How many seats a council has (CGCT L2121-2), on the municipal population."""

from __future__ import annotations

from meetings.rules.answers import Answer, Value
from meetings.rules.cases import Case, case, count, kind
from meetings.rules.rules import Reasons, Rules
from meetings.rules.terms import bands, rule, step


@rule("seats.table", outcomes={"seats": "population seats"}, optional_outcomes={"open": "population"}, required=False)
class Table:
    """Seats by population; open where another act sets them."""

    steps: tuple[tuple[int, int], ...] | None = bands(may_be_open=True)


@rule("seats.deemed_complete", outcomes={"floor": "floor"}, required=False)
class DeemedComplete:
    """From how many members a small council is deemed complete; 0 where the rule has no floor."""

    steps: tuple[tuple[int, int], ...] = bands()


@case
class SeatsCase(Case):
    """A town by its population (population municipale)."""

    population: int = count("Population municipale", "Population (municipal)")


@kind("seats", SeatsCase, fr="Nombre de sièges", en="Number of seats")
def decide_seats(case: SeatsCase, rules: Rules) -> Answer:
    """Read the table."""
    why = Reasons(rules)
    steps = why.rule(Table).steps
    if steps is None:
        why.ask(Table, "open", population=case.population)
        return why.answer("seats", {"seats": None})
    result: dict[str, Value] = {"seats": step(steps, case.population)}
    why.cite(Table, "seats", population=case.population, seats=result["seats"])
    floors = rules.find(DeemedComplete)
    floor = step(floors.steps, case.population) if floors is not None else 0
    if floor:
        why.cite(DeemedComplete, "floor", floor=floor)
        result["deemed_complete"] = floor
    return why.answer("seats", result)
