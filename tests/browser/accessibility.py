"""What axe-core finds wrong with a page as it stands."""

from __future__ import annotations

from pathlib import Path

from playwright.async_api import Page

AXE = (Path(__file__).parents[2] / "node_modules/axe-core/axe.min.js").read_text()

WRONG = """async () => (await axe.run()).violations.map(({ id, nodes }) => {
  return `${id}: ${nodes.map((node) => `${node.target.join(" ")} ${node.failureSummary}`).join("; ")}`;
})"""


async def violations(page: Page) -> list[str]:
    """One line for each violation: the rule and the elements that break it."""
    # Evaluated by the debugger, not by a script element, which the page's policy would refuse.
    await page.evaluate(AXE)
    found: list[str] = await page.evaluate(WRONG)
    return found
