"""Reports without an account: bounded, marked, answered kindly; and forms of moderation that keep what was typed."""

from __future__ import annotations

import html

import pytest
from quart import Response
from sqlalchemy import select

from helpdesk.moderation.live import QueueStream
from helpdesk.moderation.model import Case, OfficialAnswer, Report
from helpdesk.moderation.service.retention import forget_answers, forget_cases
from portal.jobs import Run
from portal.permissions import Role
from realtime.sources import Connection
from tests.helpdesk.board.site import Browser, Site
from tests.helpdesk.matching.test_pages import engaged
from tests.helpdesk.moderation.board_of import FINE, case_of, decide, post, send


async def report(browser: Browser, id_: str, **fields: str) -> int:
    return await send(browser, f"/board/requests/{id_}/report", **{"reason": "insult", **fields})


async def answer_to(browser: Browser, path: str, **fields: str) -> tuple[int, str]:
    answer: Response = await browser.client.post(
        path, form={"csrf_token": browser.token, **fields}, headers=browser.headers
    )
    return int(answer.status_code), html.unescape(await answer.get_data(as_text=True))


async def kept(site: Site) -> list[Report]:
    async with site.portal.database.read() as db:
        return list(await db.scalars(select(Report)))


async def test_visitor_reports_and_staff_read_it_with_the_contact_until_they_decide(site: Site) -> None:
    agent, id_ = await site.person("Olga", Role.AGENT), await post(await site.person("Anna"))
    assert "Report this to the town" in await site.visitor().text(f"/board/requests/{id_}")

    assert await report(site.visitor(), id_, words="Rude to us", contact="nina@mail.test") == 200

    path, _version = await case_of(agent, FINE)
    page = await agent.text(path)
    assert "Rude to us" in page
    assert "Somebody without an account · nina@mail.test" in page
    await decide(agent, FINE, "keep")
    assert "nina@mail.test" not in await agent.text(path)
    assert [item.contact for item in await kept(site)] == [""]


async def test_flood_without_an_account_is_stopped_and_puts_nothing_first(site: Site) -> None:
    anna = await site.person("Anna")
    ids = [await post(anna, f"Something {number}") for number in range(2)]

    found = [await report(site.visitor(), ids[0]) for _again in range(5)]

    assert found == [200] * 5
    assert len(await kept(site)) == 3
    assert await report(site.visitor(), ids[1]) == 429


async def test_program_that_fills_in_every_field_is_thanked_and_not_heard(site: Site) -> None:
    id_ = await post(await site.person("Anna"))

    assert await report(site.visitor(), id_, website="https://example.test") == 200

    assert await kept(site) == []


async def test_what_does_not_fit_is_named_and_what_was_typed_stands_in_the_form(site: Site) -> None:
    author, mayor = await site.person("Anna"), await site.person("Claire", Role.MAYOR)
    agent, id_ = await site.person("Olga", Role.AGENT), await post(author)
    path = f"/board/requests/{id_}"

    for browser, address, fields in (
        (site.visitor(), f"{path}/report", {"words": "Typed with care", "contact": "nobody"}),
        (mayor, f"{path}/official", {"text": "Typed with care: 06 12 34 56 78", "command_id": "official-1"}),
    ):
        status, page = await answer_to(browser, address, **fields)
        assert status == 422
        assert "Typed with care" in page
        assert "#field-" in page
    await report(await site.person("Ben"), id_)
    case, _version = await case_of(agent, FINE)
    await decide(agent, FINE, "hide")
    status, page = await answer_to(author, f"{path}/appeal/{case.rpartition('/')[2]}", words="No!")
    assert status == 422
    assert "No!" in page


async def test_reported_messages_stand_in_the_same_list_for_moderators_and_are_counted_for_them(site: Site) -> None:
    anna, bruno = await site.person("Anna"), await site.person("Bruno")
    moderator, agent = await site.person("Mona", Role.MODERATOR), await site.person("Olga", Role.AGENT)
    _path, one = await engaged(site, anna, bruno)
    talk = f"/board/engagements/{one}"
    sent = await bruno.call(f"/api/engagements/{one}/messages", text="Give me money")
    message_id = (await sent.get_json())["id"]

    await anna.post(f"{talk}/messages/{message_id}/report", reason="money")

    assert "Give me money" in await moderator.text("/moderation")
    assert "Give me money" not in await agent.text("/moderation")
    for who, waiting in ((moderator, 1), (agent, 0)):
        connection = Connection(sid="s", principal=who.actor, login=None, locale="en", client=None)
        async with site.portal.database.read() as db:
            audience = await QueueStream().audience(db, "", connection)
        assert audience is not None
        page = await site.portal.streams.page("moderation", audience, 0, 10)
        assert page.entries[-1].body == {"waiting": waiting}


@pytest.mark.parametrize(("days", "is_kept"), [(182, True), (184, False)])
async def test_case_is_forgotten_half_a_year_after_its_decision(site: Site, days: int, is_kept: bool) -> None:
    agent, id_ = await site.person("Olga", Role.AGENT), await post(await site.person("Anna"))
    await report(site.visitor(), id_, words="Rude to us")
    await decide(agent, FINE, "hide", reason="insult")

    site.clock.advance(days=days)
    async with site.portal.database.write() as db:
        await forget_cases(db, Run(site.clock(), None))

    async with site.portal.database.read() as db:
        case = (await db.scalars(select(Case))).one()
    assert bool(case.words) is bool(case.author_id) is bool(await kept(site)) is is_kept
    assert (case.reason, case.verdict and case.verdict.value) == ("insult", "hidden")


async def test_public_answer_goes_with_the_words_that_it_stood_under(site: Site) -> None:
    anna, mayor = await site.person("Anna"), await site.person("Claire", Role.MAYOR)
    id_ = await post(anna)
    await mayor.post(f"/board/requests/{id_}/official", text="Come to the desk.")
    await anna.call(f"/api/requests/{id_}/close", outcome="helped")

    for days, left in ((90, 1), (1, 0)):
        site.clock.advance(days=days)
        async with site.portal.database.write() as db:
            await forget_answers(db, Run(site.clock(), None))
        async with site.portal.database.read() as db:
            assert len((await db.scalars(select(OfficialAnswer))).all()) == left
