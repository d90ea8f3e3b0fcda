"""Changing what one wrote, by the form alone."""

from __future__ import annotations

import pytest

from tests.helpdesk.board.site import Browser, Site, hidden_fields
from tests.helpdesk.board.world import HOME

BREAD = {"category_id": "groceries", "title": "Bread from the market", "details": "A round one"}
WEEKLY = {"day": "weekly", "weekdays": "15", "until": "2026-06-30", "capacity": "2"}


async def posted(who: Browser, kind: str) -> str:
    """The path of a fresh posting's page."""
    answer = await who.call(f"/api/{kind}", **BREAD, longitude=HOME.lon, latitude=HOME.lat)
    return f"/board/{kind}/{(await answer.get_json())['id']}"


@pytest.mark.parametrize("kind", ["requests", "offers"])
async def test_author_finds_all_but_the_place_in_the_form_and_everybody_reads_the_new_words(
    site: Site, kind: str
) -> None:
    anna = await site.person("Anna")
    path = await posted(anna, kind)
    assert f'href="{path}/edit"' in await anna.text(path)
    page = await anna.text(f"{path}/edit")
    assert 'value="Bread from the market"' in page
    assert "A round one" in page

    fields = {**hidden_fields(page), **BREAD, "title": "Bread, and a cake", **WEEKLY, "weekdays": "1,5"}
    answer = await anna.post(f"{path}/edit", **fields)

    assert answer.headers["Location"] == f"{path}?done=edited"
    stranger = await site.visitor().text(path)
    assert "Bread, and a cake" in stranger
    assert "every Monday and Friday, until Tuesday 30 June" in stranger
    again = await anna.text(f"{path}/edit")
    assert 'value="2026-06-30"' in again
    assert again.count("checked") == 4  # category, weekly, Monday, Friday


async def test_what_is_wrong_is_said_at_its_field_and_nothing_written_is_lost(site: Site) -> None:
    anna = await site.person("Anna")
    path = await posted(anna, "requests")

    fields = {**BREAD, "title": "Call 06 12 34 56 78", "day": "date", "on": "2026-05-03", "version": "1"}
    answer = await anna.post(f"{path}/edit", **fields)

    page = await answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "leave out the telephone number" in page
    assert "This day has passed." in page
    assert 'value="Call 06 12 34 56 78"' in page
    assert 'value="2026-05-03"' in page


async def test_nobody_else_comes_to_the_form(site: Site) -> None:
    anna, bruno = await site.person("Anna"), await site.person("Bruno")
    path = await posted(anna, "requests")

    assert (await bruno.get(f"{path}/edit")).status_code == 403
    assert (await bruno.post(f"{path}/edit", **BREAD, day="any")).status_code == 403
    assert (await site.visitor().get(f"{path}/edit")).status_code == 401
    assert f"{path}/edit" not in await bruno.text(path)
    await anna.post(f"{path}/cancel", version="1")
    assert (await anna.get(f"{path}/edit")).status_code == 409
