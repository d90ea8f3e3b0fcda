"""The edge that all pages share, in front of small pages of the test's own."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import structlog
from pydantic import BaseModel, ConfigDict
from quart import Blueprint
from sqlalchemy import text

from portal.errors import Conflict
from portal.pages import VISIT_COOKIE, Answer, actor, parse_form
from portal.static_files import StaticFiles
from tests.clock import FixedClock
from tests.portal.accounts.world import ORIGIN, ROOT, Browser, World, open_world, settings_in


class NoteForm(BaseModel):
    """A form with every kind of answer."""

    model_config = ConfigDict(extra="forbid")

    text: str
    tags: list[str] = []


@pytest.fixture(scope="module")
def static(tmp_path_factory: pytest.TempPathFactory) -> StaticFiles:
    return StaticFiles(ROOT / "static", tmp_path_factory.mktemp("static"))


async def open_town(folder: Path, clock: FixedClock, static: StaticFiles, **settings: str) -> World:
    """A portal on SQLite with pages that note, fail and tell who asks."""
    found = await open_world(
        settings_in(folder, f"sqlite+aiosqlite:///{folder / 'parvis.db'}", **settings), clock, static
    )
    pages = Blueprint("sample", __name__)

    @pages.post("/note")
    async def note() -> Answer:
        form = await parse_form(NoteForm)
        return json.dumps({"text": form.text, "tags": form.tags})

    @pages.post("/keep")
    async def keep() -> Answer:
        async with found.database.write() as db:
            await db.execute(text("SELECT 1"))
            return (await parse_form(NoteForm)).text

    @pages.get("/fail/<secret>")
    async def fail(secret: str) -> Answer:
        raise ZeroDivisionError(secret)

    @pages.get("/conflict")
    async def conflict() -> Answer:
        raise Conflict

    @pages.get("/who")
    async def who() -> Answer:
        person = actor()
        return person.name if person else "visitor"

    @pages.get("/api/sample")
    async def sample() -> Answer:
        raise Conflict

    found.app.register_blueprint(pages)
    return found


@pytest.fixture
async def town(tmp_path: Path, clock: FixedClock, static: StaticFiles) -> AsyncIterator[World]:
    found = await open_town(tmp_path, clock, static)
    yield found
    found.accounts.passwords.close()
    await found.database.close()


async def noted(browser: Browser, **fields: object) -> object:
    answer = await browser.send("/register", "/note", **fields)
    return json.loads(await answer.get_data(as_text=True)) if answer.status_code == 200 else answer.status_code


async def test_form_is_parsed_into_its_model(town: World) -> None:
    found = await noted(town.browser(), text="  a  ", tags=["x", "", "y"])

    assert found == {"text": "a", "tags": ["x", "y"]}


@pytest.mark.parametrize("fields", [{}, {"text": "  "}, {"text": "a", "extra": "b"}, {"text": "a\x00"}])
async def test_form_that_does_not_fit_is_refused(town: World, fields: dict[str, str]) -> None:
    assert await noted(town.browser(), **fields) == 422


async def test_bytes_that_are_no_text_are_no_internal_error(town: World) -> None:
    browser = town.browser()
    token = await browser.token("/register")

    answer = await browser.client.post(
        "/note",
        data=f"csrf_token={token}&text=".encode() + b"%ff%fe\xff&\xff=%ff",
        headers={"Origin": ORIGIN, "Content-Type": "application/x-www-form-urlencoded"},
    )

    assert answer.status_code < 500


async def test_json_that_is_not_utf8_is_a_problem_of_who_sent_it(town: World) -> None:
    browser = town.browser()
    token = await browser.token("/register")

    answer = await browser.client.post(
        "/note",
        data=b'{"text": "\xe9t\xe9"}',
        headers={
            "Origin": ORIGIN,
            "X-CSRF-Token": token,
            "Content-Type": "application/json",
            "Accept": "application/json",
        },
    )

    assert answer.status_code == 400
    assert (await answer.get_json())["error"]["code"] == "bad-request"


async def test_method_that_an_address_does_not_know_is_answered_with_those_that_it_does(town: World) -> None:
    answer = await town.browser().get("/note")

    assert answer.status_code == 405
    assert answer.headers["Allow"] == "OPTIONS, POST"


@pytest.mark.parametrize("path", ["/who?q=%00", "/who?%00=1", "/%00"])
async def test_sign_that_no_text_holds_is_refused_in_addresses(town: World, path: str) -> None:
    assert (await town.browser().get(path)).status_code == 400


@pytest.mark.parametrize("origin", ["https://evil.test", "null", "http://[", "http://portal.test.evil.test"])
async def test_post_of_another_origin_is_refused(town: World, origin: str) -> None:
    browser = town.browser()
    token = await browser.token("/register")
    browser.headers["Origin"] = origin

    assert (await browser.post("/note", csrf_token=token, text="a")).status_code == 403


@pytest.mark.parametrize("token", ["", "0" * 64, "é"])
async def test_post_without_the_right_token_is_refused(town: World, token: str) -> None:
    browser = town.browser()
    await browser.token("/register")

    assert (await browser.post("/note", csrf_token=token, text="a")).status_code == 403


async def test_token_of_another_browser_is_refused(town: World) -> None:
    mine, theirs = town.browser(), town.browser()
    await mine.token("/register")

    answer = await mine.post("/note", csrf_token=await theirs.token("/register"), text="a")

    assert answer.status_code == 403


async def test_token_may_come_in_a_header(town: World) -> None:
    browser = town.browser()
    browser.headers["X-CSRF-Token"] = await browser.token("/register")

    assert (await browser.post("/note", text="a")).status_code == 200


async def test_body_that_does_not_come_holds_up_nobody_elses_write(town: World) -> None:
    slow, other = town.browser(), town.browser()
    headers = {
        "X-CSRF-Token": await slow.token("/register"),
        "Cookie": f"{VISIT_COOKIE}={slow.cookie(VISIT_COOKIE)}",
        "Content-Type": "application/x-www-form-urlencoded",
        "Content-Length": "6",
    }

    async with slow.client.request("/keep", method="POST", headers=headers) as posting:
        await posting.send(b"text=")
        async with asyncio.timeout(10):
            answer = await other.send("/register", "/keep", text="a")
        await posting.send(b"b")
        await posting.send_complete()

    late = await posting.as_response()
    assert await answer.get_data(as_text=True) == "a"
    assert await late.get_data(as_text=True) == "b"


async def test_every_answer_has_the_headers_and_the_import_map_is_the_only_inline_script(town: World) -> None:
    browser = town.browser()

    for path in ("/register", "/nowhere", "/fail/x", "/api/sample"):
        answer = await browser.get(path)
        text = await answer.get_data(as_text=True)
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        inline = re.findall(r"<script(?![^>]*src=)[^>]*>", text)
        assert inline in ([], ['<script type="importmap">'])
        assert not re.search(r"\son\w+=|<style|javascript:", text)
    assert town.portal.static.csp_hash in answer.headers["Content-Security-Policy"]


async def test_error_has_one_shape_in_the_api_and_a_page_elsewhere(town: World) -> None:
    browser = town.browser()

    api = await browser.get("/api/sample")
    program = await town.browser().client.get("/conflict", headers={"Accept": "application/json"})
    page = await browser.get("/conflict")

    for answer in (api, program):
        error = (await answer.get_json())["error"]
        assert answer.status_code == 409
        assert error.keys() == {"code", "message", "id"}
        assert error["code"] == "conflict"
    assert page.status_code == 409
    assert page.content_type.startswith("text/html")


async def test_internal_error_tells_its_number_and_nothing_else(town: World) -> None:
    with structlog.testing.capture_logs() as lines:
        answer = await town.browser().get("/fail/the-secret")

    text = await answer.get_data(as_text=True)
    failed = next(line for line in lines if line["event"] == "failed")
    assert answer.status_code == 500
    assert failed["error_id"] in text
    assert "ZeroDivision" not in text
    assert "Traceback" not in text


async def test_log_names_the_route_and_not_what_stands_in_the_path(town: World) -> None:
    """Paths hold the secrets of one-time links."""
    with structlog.testing.capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
        await town.browser().get("/confirm/the-secret-of-a-link")

    assert lines
    assert "/confirm/<secret>" in str(lines)
    assert "the-secret" not in str(lines)


async def test_language_asked_for_is_kept_and_the_page_shown(town: World) -> None:
    browser = town.browser()

    answer = await browser.get("/register?lang=fr&q=a%26b%3Dc")

    assert answer.headers["Location"] == "/register?q=a%26b%3Dc"
    assert 'lang="fr"' in await browser.text("/register")


@pytest.mark.parametrize("path", ["//evil.test/", "/\\evil.test/", "///evil.test", "/%5Cevil.test", "/%2F%2Fevil.test"])
async def test_asking_for_a_language_never_leads_to_another_site(town: World, path: str) -> None:
    answer = await town.browser().get(f"{path}?lang=fr")

    location = answer.headers.get("Location", "/")
    assert re.match(r"/(?![/\\])", location)


async def test_value_in_the_address_is_no_header(town: World) -> None:
    answer = await town.browser().get("/who?lang=fr&q=a%0d%0aSet-Cookie:%20evil=1")

    assert not any("evil" in value for value in answer.headers.getlist("Set-Cookie"))


@pytest.mark.parametrize(("asked", "language"), [("fr-CA,en;q=0.5", "fr"), ("de,en", "en"), ("*", "en"), ("", "en")])
async def test_language_of_the_browser_is_spoken(town: World, asked: str, language: str) -> None:
    answer = await town.browser(**{"Accept-Language": asked}).get("/register")

    assert answer.headers["Content-Language"] == language


async def test_page_of_a_signed_in_person_is_kept_by_no_cache(town: World) -> None:
    browser = await town.signed_in("marie")

    assert (await browser.get("/account")).headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("cookie", ["", "x", "x" * 43, "x" * 5000, "é" * 43, "\udcff" * 43])
async def test_cookie_that_is_no_sign_in_is_a_visitor(town: World, cookie: str) -> None:
    answer = await town.browser(Cookie=f"parvis_login={cookie}".encode(errors="replace").decode("latin-1")).get("/who")

    assert await answer.get_data(as_text=True) == "visitor"


async def test_cookies_are_secure_behind_an_https_address(
    tmp_path: Path, clock: FixedClock, static: StaticFiles
) -> None:
    found = await open_town(tmp_path, clock, static, PARVIS_PUBLIC_URL="https://portal.test")

    answer = await found.browser().get("/register")

    cookies = answer.headers.getlist("Set-Cookie")
    assert cookies
    assert all("Secure" in value and "HttpOnly" in value and "SameSite=Lax" in value for value in cookies)
    assert "Strict-Transport-Security" in answer.headers
    found.accounts.passwords.close()
    await found.database.close()
