"""Asking the rules over HTTP: the case and the answer of the command line, with the portal's refusals."""

from __future__ import annotations

from typing import Any

import pytest

from portal.permissions import Role
from tests.meetings.rulebook.conftest import Site


async def test_answer_is_that_of_the_command_line(site: Site) -> None:
    clerk = await site.person(Role.CLERK)

    status, answer = await clerk.ask(kind="quorum", in_office=35, present=17, represented=3)

    assert status == 200
    assert (answer["quorum"], answer["counted"], answer["threshold"]) == (False, 17, 18)
    assert answer["articles"] == ["CGCT L2121-17"]
    assert answer["certainty"] == "A"
    assert answer["on"] == "2026-05-04"
    assert answer["question"] is None
    assert answer["because"].startswith("There is no quorum")


async def test_open_point_comes_with_its_question(site: Site) -> None:
    clerk = await site.person(Role.CLERK, locale="fr")

    status, answer = await clerk.ask(
        kind="ballot", present=29, abstain=3, chair_vote="abstain", **{"for": 13, "against": 13}
    )

    assert status == 200
    assert answer["adopted"] is None
    assert answer["certainty"] == "C"
    assert {choice["value"] for choice in answer["question"]["choices"]} == {"not_adopted", "vote_again", "adjourn"}
    assert answer["question"]["text"].startswith("Partage égal")


@pytest.mark.parametrize(
    ("case", "field"),
    [
        ({"kind": "weather"}, "kind"),
        ({"kind": "quorum", "in_office": 15}, "present"),
        ({"kind": "quorum", "in_office": 15, "present": 16}, "present"),
        ({"kind": "quorum", "in_office": 15, "present": True}, "present"),
        ({"kind": "quorum", "in_office": 15, "present": 8.0}, "present"),
        ({"kind": "quorum", "in_office": 15, "present": 8, "rule_set": "fr-cgct-lune"}, "rule_set"),
        ({"kind": "quorum", "in_office": 15, "present": 8, "on": "2019-01-01"}, "on"),
        ({"kind": "quorum", "in_office": 15, "present": 8, "on": 20261005}, "on"),
        ({"kind": 7}, "kind"),
        ({}, "kind"),
    ],
)
async def test_case_that_cannot_be_is_refused_by_field(site: Site, case: dict[str, Any], field: str) -> None:
    clerk = await site.person(Role.CLERK)

    status, answer = await clerk.ask(**case)

    assert status == 422
    assert answer["error"]["code"] == "invalid-input"
    assert field in answer["error"]["fields"]


async def test_unknown_field_is_refused(site: Site) -> None:
    clerk = await site.person(Role.CLERK)

    status, answer = await clerk.ask(kind="seats", population=900, colour="red")

    assert status == 422
    assert "Unknown field for seats: colour." in answer["error"]["message"]


async def test_null_counts_as_left_out_for_set_and_day(site: Site) -> None:
    clerk = await site.person(Role.CLERK)

    status, answer = await clerk.ask(kind="seats", population=900, rule_set=None, on=None)

    assert (status, answer["seats"], answer["rule_set"]) == (200, 15, "fr-cgct-commune")


async def test_api_is_refused_to_residents_visitors_and_forgeries(site: Site) -> None:
    resident = await site.person(Role.RESIDENT)
    visitor = site.visitor()
    forger = site.visitor()
    forger.token = "forged"

    assert (await resident.ask(kind="seats", population=900))[0] == 403
    assert (await visitor.ask(kind="seats", population=900))[0] == 401
    assert (await forger.ask(kind="seats", population=900))[0] == 403


async def test_api_is_described(site: Site) -> None:
    described = await (await site.app.test_client().get("/api/openapi.json")).get_json()

    operation = described["paths"]["/api/rules"]["post"]
    assert operation["operationId"] == "post_ask_rules"
    assert {"200", "401", "403", "422", "429"} <= set(operation["responses"])
