"""Every page of the portal, found by following its links as each kind of person.

No page breaks a rule of accessibility, asks anybody but the portal for anything, is wider than a telephone or than a
window at twice the size, or fails in its scripts.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, Error, Page, Request, ViewportSize

from tests.browser.accessibility import violations
from tests.browser.portal_process import PortalProcess

pytestmark = pytest.mark.browser

TELEPHONE: ViewportSize = {"width": 390, "height": 800}
TWICE_THE_SIZE: ViewportSize = {"width": 683, "height": 384}
"""A screen of 1366 by 768 at 200 %."""
PEOPLE = (None, "habitante", "benevole", "conseiller", "agente", "moderation", "greffe", "maire", "administration")
"""Mailboxes of the demo, and nobody; who comes later is shown only what the others were not."""
ID = re.compile(r"/[0-9a-z]{20,26}(?=/|$)")
FILES = re.compile(r"\.(ics|csv|json|pdf|jsonl)$|/journal$|/documents/|/pictures/|/export$|/download$")

TOO_WIDE = """() => [...document.querySelectorAll("body *")]
  .filter((each) => each.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
  .filter((each) => !each.closest(".visually-hidden, .table-scroll, [data-scrolls]"))
  .slice(0, 3).map((each) => each.tagName + "." + each.className)"""
SCHEMES: tuple[Literal["dark", "light"], ...] = ("dark", "light")
LINKS = """() => [...document.querySelectorAll("a[href^='/']")].map((each) => each.getAttribute("href"))"""


class Walk:
    """One person's walk over the links; each kind of page is looked at once in all walks."""

    def __init__(self, page: Page, address: str, seen: set[str]) -> None:
        self.page, self.address, self.seen, self.wrong = page, address, seen, list[str]()
        page.on("request", self._asked)
        page.on("pageerror", lambda error: self.wrong.append(f"{page.url}: {error}"))

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((self.address, "data:", "blob:")):
            self.wrong.append(f"{self.page.url} asks {request.url}")

    async def all(self, start: str) -> Sequence[str]:
        waiting, met = [start], set[str]()
        while waiting:
            path = urlsplit(waiting.pop(0)).path
            kind = ID.sub("/…", path)
            if kind in met or FILES.search(path):
                continue
            met.add(kind)
            try:
                answer = await self.page.goto(path)
            except Error as error:
                if "Download is starting" not in error.message:
                    raise
                continue
            if answer is None or "text/html" not in answer.headers.get("content-type", ""):
                continue
            waiting += await self.page.evaluate(LINKS)
            if urlsplit(self.page.url).path == "/sign-in" != path:
                # It asks to sign in: whoever comes next and has an account sees it.
                continue
            if answer.status >= 400:
                self.wrong.append(f"{path}: {answer.status}")
            if kind not in self.seen:
                self.seen.add(kind)
                await self._look(path)
        return self.wrong

    async def _look(self, path: str) -> None:
        for size in (TELEPHONE, TWICE_THE_SIZE):
            await self.page.set_viewport_size(size)
            wide = await self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
            if wide > 1:
                self.wrong.append(f"{path} at {size['width']}: {wide} too wide {await self.page.evaluate(TOO_WIDE)}")
        for scheme in SCHEMES:
            await self.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            # Drawn anew: what is on its way from one scheme to the other belongs to neither.
            await self.page.reload()
            self.wrong += [f"{path} ({scheme}): {each}" for each in await violations(self.page)]


async def test_no_page_shuts_anybody_out_or_tells_anybody_else(portal: PortalProcess, chromium: Browser) -> None:
    seen: set[str] = set()
    wrong: list[str] = []
    for mailbox in PEOPLE:
        page = await (portal.sign_in(chromium, mailbox) if mailbox else portal.guest(chromium))
        wrong += await Walk(page, portal.address, seen).all("/")
        await page.context.close()

    assert not wrong, "\n".join(wrong)
    # What every walk must have come across, so that a broken link does not make this test find nothing.
    assert {"/", "/board", "/board/ask", "/sittings", "/rooms", "/sittings/…", "/sittings/…/cockpit"} <= seen
