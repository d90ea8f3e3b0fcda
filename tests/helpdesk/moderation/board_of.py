"""What the tests of moderation ask of a site: post, look, find the case."""

from __future__ import annotations

import html
import re
from typing import Any

from tests.helpdesk.board.site import Browser, Site
from tests.helpdesk.board.world import HOME

HELD = "Mowing for 20 euros"
FINE = "Two bags from the market"


async def post(browser: Browser, title: str = FINE, *, kind: str = "requests", **draft: Any) -> str:
    """Put something on the board; its id."""
    body = {"category_id": "groceries", "title": title, "longitude": HOME.lon, "latitude": HOME.lat, **draft}
    answer = await browser.call(f"/api/{kind}", **body)
    assert answer.status_code == 201, await answer.get_data(as_text=True)
    return str((await answer.get_json())["id"])


async def status(browser: Browser, path: str) -> int:
    return int((await browser.get(path)).status_code)


async def case_of(staff: Browser, title: str) -> tuple[str, str]:
    """Path and version of the case that the queue shows under this title."""
    page = await staff.text("/moderation")
    (path,) = re.findall(rf'href="(/moderation/cases/\w+)">{re.escape(title)}<', page)
    (version,) = re.findall(r'name="version" value="(\d+)"', await staff.text(path))
    return path, version


async def decide(staff: Browser, title: str, act: str, **fields: str) -> int:
    """Decide on the case under this title."""
    path, version = await case_of(staff, title)
    given = {"reason": "other", "words": "Please say it without that.", **fields} if act != "keep" else fields
    answer = await staff.client.post(
        path, form={"csrf_token": staff.token, "act": act, "version": version, **given}, headers=staff.headers
    )
    return int(answer.status_code)


async def send(browser: Browser, path: str, **fields: str) -> int:
    """Send a form that carries no command."""
    answer = await browser.client.post(path, form={"csrf_token": browser.token, **fields}, headers=browser.headers)
    return int(answer.status_code)


async def told(browser: Browser) -> str:
    """What the person's page of notices says."""
    return html.unescape(await browser.text("/notices"))


async def live(site: Site, after: int = 0) -> list[dict[str, Any]]:
    """The cards that the board's stream serves to anybody, from a number on: push and replay alike."""
    page = await site.portal.streams.page("board", "public", after, 200)
    return [dict(entry.body)["card"] for entry in page.entries]  # type: ignore[misc]
