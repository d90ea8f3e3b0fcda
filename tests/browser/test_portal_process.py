"""The real portal in a real browser: it starts, people sign in, its processes come back, it ends."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, expect

from tests.browser.portal_process import PortalProcess

pytestmark = pytest.mark.browser


async def test_a_demo_person_signs_in_and_a_killed_process_comes_back(portal: PortalProcess, chromium: Browser) -> None:
    page = await portal.sign_in(chromium, "greffe")
    await expect(page.locator("body")).to_contain_text("Sophie Lemoine")

    before = portal.kill("web")
    await portal.until_answering()

    assert portal.pid_of("web") not in {None, before}
    await page.goto("/rooms")
    await expect(page.locator("h1")).to_be_visible()
