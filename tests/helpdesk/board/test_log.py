"""The log tells what happened and nothing of whom: what people write, and where, stands in no line."""

from __future__ import annotations

import structlog
from structlog.testing import capture_logs

from portal.permissions import Role
from tests.helpdesk.board.site import Site
from tests.helpdesk.board.world import HOME

SAID = ("Marguerite", "marguerite@mail.test", "Ouistreham", "wheelchair", "Wednesday-note", "48.99", "2.16")
"""A name, an address, words of a request and of an answer, a place."""


async def test_story_of_a_request_leaves_no_word_no_name_and_no_place_in_the_log(site: Site) -> None:
    with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
        asks = await site.person("Marguerite")
        helps, agent = await site.person("Bruno"), await site.person("Agent", Role.AGENT)
        draft = {
            "category_id": "groceries",
            "title": "A lift to Ouistreham",
            "details": "with a wheelchair",
            "longitude": HOME.lon,
            "latitude": HOME.lat,
        }
        created = await asks.call("/api/requests", **draft)
        id_ = (await created.get_json())["id"]
        await helps.call(f"/api/requests/{id_}/answers", note="Wednesday-note")
        await agent.read(f"/api/requests/{id_}/place")
        # What is refused is what somebody wrote too.
        await asks.call("/api/requests", **{**draft, "title": "Ouistreham, ask marguerite@mail.test"})
        await asks.call("/api/requests", **{**draft, "by": "Wednesday-note"})
        await asks.get("/board/requests/Marguerite?after=Ouistreham")
        await site.portal.jobs.run_due()

    told = " ".join(str(line) for line in lines)
    assert [word for word in SAID if word in told] == []
    assert all(line.get("request_id") for line in lines if line["event"] == "refused")
    assert "refused" in told
