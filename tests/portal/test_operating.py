"""What an operator sees from outside: health, figures, and a log that a request can be followed through."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import structlog
from prometheus_client.parser import text_string_to_metric_families
from quart import Quart
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from structlog.testing import capture_logs

from portal.app import build
from portal.context import Portal
from portal.db import Database
from portal.metrics import Metrics
from portal.schema import migrate
from portal.settings import load
from tests.clock import FixedClock
from tests.free_ports import find_free_port
from tests.postgres import PostgresServer


@pytest.fixture
async def served(tmp_path: Path, clock: FixedClock) -> AsyncIterator[tuple[Quart, Portal]]:
    """A portal without a town, whose media worker is away."""
    settings = load({"PARVIS_DATA": str(tmp_path), "PARVIS_MEDIA_CONTROL": f"127.0.0.1:{find_free_port()}"})
    app, portal = build(settings, clock)
    await migrate(portal.database)
    yield app, portal
    await portal.database.close()


def bearer(portal: Portal) -> dict[str, str]:
    return {"Authorization": f"Bearer {portal.settings.metrics_token}"}


async def test_portal_lives_and_is_ready_while_only_its_media_worker_is_away(served: tuple[Quart, Portal]) -> None:
    client = served[0].test_client()

    assert (await client.get("/healthz")).status_code == 200
    ready = await client.get("/readyz")

    assert ready.status_code == 200
    assert await ready.get_json() == {"ready": True, "parts": {"database": True, "live": True, "media": False}}


async def test_portal_without_its_database_lives_and_is_not_ready_and_says_no_more(
    tmp_path: Path, clock: FixedClock
) -> None:
    address = f"postgresql+asyncpg://parvis:secret@127.0.0.1:{find_free_port()}/parvis"
    app, portal = build(load({"PARVIS_DATA": str(tmp_path), "PARVIS_DATABASE_URL": address}), clock)
    client = app.test_client()

    lives = await client.get("/healthz")
    ready = await client.get("/readyz")

    assert (lives.status_code, ready.status_code) == (200, 503)
    assert (await ready.get_json())["parts"]["database"] is False
    assert "secret" not in await ready.get_data(as_text=True)
    await portal.database.close()


async def test_figures_are_for_whoever_has_the_token(served: tuple[Quart, Portal]) -> None:
    app, portal = served
    client = app.test_client()

    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Bearer \xe9"}):
        assert (await client.get("/metrics", headers=headers)).status_code == 404
    answer = await client.get("/metrics", headers=bearer(portal))

    assert (answer.status_code, answer.content_type.partition(";")[0]) == (200, "text/plain")


async def test_figures_name_routes_and_jobs_and_nobody(served: tuple[Quart, Portal]) -> None:
    app, portal = served
    client = app.test_client()
    await client.get("/board/requests/secret-of-somebody")
    await client.get("/nothing/secret-of-somebody")
    await portal.jobs.run_due()

    told = await (await client.get("/metrics", headers=bearer(portal))).get_data(as_text=True)

    families = {family.name: family for family in text_string_to_metric_families(told)}
    routes = {sample.labels["route"] for sample in families["parvis_http_request_seconds"].samples}
    jobs = {sample.labels["job"] for sample in families["parvis_job_due_seconds"].samples}
    assert {"/board/requests/<posting_id>", "none"} <= routes
    assert {"board.expiry", "portal.receipts", "accounts.roles"} <= jobs
    assert "parvis_live_connections" in families
    assert "parvis_mail_waiting" in families
    assert "secret-of-somebody" not in told


async def test_worker_that_is_asked_answers_for_all_of_them(served: tuple[Quart, Portal], tmp_path: Path) -> None:
    first, second = (Metrics(served[1], number, tmp_path / "figures") for number in ("1", "2"))
    first.answered("GET", "/", 200, 0.01)
    second.answered("GET", "/", 200, 0.01)
    second.answered("GET", "/", 200, 0.01)
    second._write(second.here())

    families = {family.name: family for family in text_string_to_metric_families(await first.everywhere())}

    counted = {
        sample.labels["worker"]: sample.value
        for sample in families["parvis_http_request_seconds"].samples
        if sample.name.endswith("_count")
    }
    assert counted == {"1": 1, "2": 2}
    await second.stop()
    assert 'worker="2"' not in await first.everywhere()


async def test_answer_bears_the_id_under_which_the_log_tells_of_it(served: tuple[Quart, Portal]) -> None:
    client = served[0].test_client()

    with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
        answer = await client.get("/nothing", headers={"Accept": "application/json"})

    request_id = answer.headers["X-Request-Id"]
    assert (await answer.get_json())["error"]["id"] == request_id
    assert [line["request_id"] for line in lines if line["event"] == "refused"] == [request_id]


async def test_id_of_a_reverse_proxy_is_kept_and_what_is_none_is_not(served: tuple[Quart, Portal]) -> None:
    client = served[0].test_client()

    kept = await client.get("/healthz", headers={"X-Request-Id": "proxy-0123456789"})
    made = await client.get("/healthz", headers={"X-Request-Id": "x' OR 1=1 --"})

    assert kept.headers["X-Request-Id"] == "proxy-0123456789"
    assert re.fullmatch(r"[0-9a-f]{12}", made.headers["X-Request-Id"])


async def test_postgresql_knows_which_request_a_transaction_is_of(postgres_server: PostgresServer) -> None:
    database = Database(postgres_server.new_database())
    structlog.contextvars.bind_contextvars(request_id="0123456789ab")

    async with database.write() as db:
        during = await db.scalar(text("SELECT application_name FROM pg_stat_activity WHERE pid = pg_backend_pid()"))
    structlog.contextvars.clear_contextvars()
    async with database.write() as db:
        after = await db.scalar(text("SELECT application_name FROM pg_stat_activity WHERE pid = pg_backend_pid()"))

    assert during == "parvis 0123456789ab"
    assert after != during
    await database.close()


async def test_statement_that_failed_does_not_tell_its_values(database_url: str) -> None:
    database = Database(database_url)

    with pytest.raises(DBAPIError) as raised:
        async with database.write() as db:
            await db.execute(text("SELECT * FROM nowhere WHERE name = :name"), {"name": "Marguerite"})

    assert "nowhere" in str(raised.value)
    assert "Marguerite" not in str(raised.value)
    await database.close()


async def test_slow_statement_is_logged_with_its_request_and_without_values(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.slow_statements.SLOW_S", 0)
    database = Database(database_url)

    with (
        structlog.contextvars.bound_contextvars(request_id="0123456789ab"),
        capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines,
    ):
        async with database.read() as db:
            await db.scalar(text("SELECT length(:name)"), {"name": "Marguerite"})

    slow = [line for line in lines if line["event"] == "slow statement" and "length" in line["statement"]]
    assert [line["request_id"] for line in slow] == ["0123456789ab"]
    assert "Marguerite" not in str(lines)
    await database.close()
