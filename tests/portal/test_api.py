"""The HTTP API against its own description: whatever is sent, the answer is one that the description allows."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import positive_data_acceptance

from tests.web_process import WebProcess, invent_demo, running


@pytest.fixture(scope="module")
def demo_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("api")
    invent_demo(data)
    return data


@pytest.fixture(scope="module")
def web(demo_data: Path) -> Iterator[WebProcess]:
    with running(demo_data) as web:
        yield web


@pytest.fixture(scope="module")
def person(web: WebProcess) -> requests.Session:
    return web.sign_in("habitant")


def pairs_as_lists(schema: Any) -> Any:
    """The same description with each tuple as a list: schemathesis 4.32 misreads OpenAPI 3.1's ``prefixItems``."""
    if isinstance(schema, list):
        return [pairs_as_lists(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    found = {name: pairs_as_lists(value) for name, value in schema.items()}
    if "prefixItems" in found:
        found["items"] = found.pop("prefixItems")[0]
    return found


def test_api_answers_as_described_whatever_is_sent(web: WebProcess, person: requests.Session) -> None:
    description = requests.get(f"{web.address}/api/openapi.json", timeout=20).json()
    described = schemathesis.openapi.from_dict(pairs_as_lists(description))
    described.config.update(base_url=web.address)
    asked: list[str] = []

    for found in described.get_all_operations():
        assert isinstance(found, Ok), found
        operation = found.ok()

        @given(case=operation.as_strategy())
        @settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
        def answers_as_described(case: schemathesis.Case[Any]) -> None:
            # A rule may refuse what the description's shapes allow (a day that has passed), with a documented 422.
            case.call_and_validate(session=person, excluded_checks=[positive_data_acceptance])

        answers_as_described()
        asked.append(operation.label)

    assert "POST /api/requests" in asked
    assert "GET /api/town" in asked
