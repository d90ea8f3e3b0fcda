"""Reports, decisions, appeals: who may, in which order, and what each side learns."""

from __future__ import annotations

import html
import re

from sqlalchemy import select

from helpdesk.moderation.live import QueueStream
from helpdesk.moderation.model import Report
from portal.audit import AuditEntry
from portal.pages import LOCALE_COOKIE
from portal.permissions import Role
from realtime.sources import Connection
from tests.helpdesk.board.site import Browser, Site
from tests.helpdesk.moderation.board_of import FINE, HELD, case_of, decide, live, post, send, status, told
from tests.reading import spaced


async def report(browser: Browser, id_: str, reason: str = "insult", words: str = "") -> int:
    return await send(browser, f"/board/requests/{id_}/report", reason=reason, words=words)


async def test_report_puts_it_in_the_queue_and_leaves_it_on_the_board(site: Site) -> None:
    author, neighbour, agent = (
        await site.person("Anna"),
        await site.person("Ben"),
        await site.person("Olga", Role.AGENT),
    )
    id_ = await post(author)

    assert await report(neighbour, id_, words="Rude to my cousin") == 200

    path, _version = await case_of(agent, FINE)
    page = await agent.text(path)
    assert "It insults or threatens" in page
    assert "Rude to my cousin" in page
    assert FINE in await site.visitor().text("/board")


async def test_author_learns_neither_who_reported_nor_that_anybody_did(site: Site) -> None:
    author, neighbour, agent = (
        await site.person("Anna"),
        await site.person("Ben"),
        await site.person("Olga", Role.AGENT),
    )
    id_ = await post(author)
    await report(neighbour, id_)

    before = await author.text(f"/board/requests/{id_}")
    path, _version = await case_of(agent, FINE)
    of_staff = await agent.text(path)
    assert await decide(agent, FINE, "keep") == 303

    assert "eport" not in before
    assert "Ben" not in of_staff
    assert FINE not in await told(author)
    assert (await author.read("/account/data.json"))["decisions"] == []


async def test_one_report_of_one_thing_by_one_person(site: Site) -> None:
    neighbour = await site.person("Ben")
    id_ = await post(await site.person("Anna"))

    assert await report(neighbour, id_) == 200
    assert await report(neighbour, id_) == 409

    async with site.portal.database.read() as db:
        assert len((await db.scalars(select(Report))).all()) == 1


async def test_reports_of_one_thing_are_one_case_and_many_come_first(site: Site) -> None:
    anna, agent = await site.person("Anna"), await site.person("Olga", Role.AGENT)
    once, often = await post(anna, "Reported once"), await post(anna, "Reported often")
    await report(await site.person("Ben"), once)
    for name in ("Carl", "Dora"):
        await report(await site.person(name), often)

    page = await agent.text("/moderation")

    assert page.index("Reported often") < page.index("Reported once")
    assert "2 reports" in page


async def test_own_postings_and_what_is_hidden_cannot_be_reported(site: Site) -> None:
    author, agent = await site.person("Anna"), await site.person("Olga", Role.AGENT)
    id_ = await post(author)

    assert await report(author, id_) == 403
    await report(await site.person("Ben"), id_)
    await decide(agent, FINE, "hide")
    for who in (await site.person("Carl"), site.visitor()):
        assert await report(who, id_) == 404


async def test_reports_are_limited(site: Site) -> None:
    anna, ben = await site.person("Anna"), await site.person("Ben")
    ids = [await post(anna, f"Something {number}") for number in range(10)]

    assert [await report(ben, id_) for id_ in ids] == [200] * 10
    another = await post(await site.person("Carl"))
    assert await report(ben, another) == 429


async def test_taken_off_posting_leaves_open_boards_and_its_replay(site: Site) -> None:
    author, agent = await site.person("Anna"), await site.person("Olga", Role.AGENT)
    id_ = await post(author, details="Nothing that stays")
    await report(await site.person("Ben"), id_)

    await decide(agent, FINE, "hide", reason="insult", words="Nobody is called that here.")

    (card,) = await live(site)
    assert card == {"kind": "help_request", "id": id_, "version": 2, "state": "hidden"}
    assert await status(site.visitor(), f"/board/requests/{id_}") == 410
    assert (await site.visitor().read("/api/board/cells"))["cells"] == []
    assert "Nobody is called that here." in await told(author)


async def test_appeal_is_decided_by_somebody_else_and_may_put_it_back(site: Site) -> None:
    author = await site.person("Anna")
    first, second = await site.person("Olga", Role.AGENT), await site.person("Mona", Role.MODERATOR)
    id_ = await post(author)
    await report(await site.person("Ben"), id_)
    path, _version = await case_of(first, FINE)
    await decide(first, FINE, "hide", words="This is not for the board.")
    case_id = path.rpartition("/")[2]

    assert await send(author, f"/board/requests/{id_}/appeal/{case_id}", words="It was a joke among us.") == 303
    assert "A second person looks at it now." in await author.text(f"/board/requests/{id_}")
    assert "It was a joke among us." in await second.text(path)
    assert "A colleague looks at it" in await first.text(path)
    form = {"csrf_token": first.token, "act": "keep", "version": "3"}
    assert (await first.client.post(path, form=form, headers=first.headers)).status_code == 403

    assert await decide(second, FINE, "keep", words="We agree.") == 303

    assert FINE in await site.visitor().text("/board")
    assert f"On the board: {FINE}" in await told(author)
    assert await send(author, f"/board/requests/{id_}/appeal/{case_id}", words="And once more, please.") == 409


async def test_appeal_is_refused_to_everybody_but_the_author(site: Site) -> None:
    author, agent, ben = await site.person("Anna"), await site.person("Olga", Role.AGENT), await site.person("Ben")
    id_ = await post(author)
    await report(ben, id_)
    path, _version = await case_of(agent, FINE)
    await decide(agent, FINE, "hide")

    address = f"/board/requests/{id_}/appeal/{path.rpartition('/')[2]}"
    assert await send(ben, address, words="Let me have a say as well.") == 404
    assert await send(site.visitor(), address, words="Let me have a say as well.") == 401


async def test_two_decisions_from_one_page_are_one_decision(site: Site) -> None:
    first, second = await site.person("Olga", Role.AGENT), await site.person("Mona", Role.MODERATOR)
    id_ = await post(await site.person("Anna"))
    await report(await site.person("Ben"), id_)
    path, version = await case_of(first, FINE)
    await decide(first, FINE, "keep")

    fields = {"act": "hide", "reason": "other", "words": "Too late by a minute.", "version": version}
    assert await send(second, path, **fields) == 409
    assert FINE in await site.visitor().text("/board")


async def test_nobody_decides_on_what_they_wrote(site: Site) -> None:
    agent = await site.person("Olga", Role.AGENT)
    await report(await site.person("Ben"), await post(agent))
    (path,) = re.findall(r"/moderation/cases/\w+", await agent.text("/moderation"))

    assert "You wrote this yourself." in await agent.text(path)
    assert await send(agent, path, act="keep", version="1") == 403
    assert (await agent.text("/moderation")).count(FINE) == 1


async def test_reports_decisions_and_appeals_are_audited_without_words(site: Site) -> None:
    ben, agent = await site.person("Ben"), await site.person("Olga", Role.AGENT)
    id_ = await post(await site.person("Anna"))
    await report(ben, id_, words="Secret words")
    await decide(agent, FINE, "hide", reason="insult")

    async with site.portal.database.read() as db:
        entries = (await db.scalars(select(AuditEntry).filter_by(subject_id=id_).order_by(AuditEntry.at))).all()
    assert {(item.act, item.actor_id, item.detail) for item in entries} == {
        ("moderation.reported", ben.actor and ben.actor.id, "insult"),
        ("moderation.decided", agent.actor and agent.actor.id, "hidden insult"),
    }


async def test_staff_follow_how_much_waits_and_nobody_else(site: Site) -> None:
    agent, ben = await site.person("Olga", Role.AGENT), await site.person("Ben")
    await report(ben, await post(await site.person("Anna")))

    page = await site.portal.streams.page("moderation", "staff", 0, 10)
    assert [entry.body for entry in page.entries] == [{"waiting": 1}]
    async with site.portal.database.read() as db:
        for who, expected in ((agent.actor, "staff"), (ben.actor, None), (None, None)):
            connection = Connection(sid="s", principal=who, login=None, locale="en", client=None)
            assert await QueueStream().audience(db, "", connection) == expected


async def test_moderator_suspends_from_the_case_and_an_agent_may_not(site: Site) -> None:
    agent, moderator = await site.person("Olga", Role.AGENT), await site.person("Mona", Role.MODERATOR)
    anna = await site.person("Anna")
    await post(anna, "Another of hers")
    await report(await site.person("Ben"), await post(anna))

    assert await decide(agent, FINE, "suspend") == 403
    assert await decide(moderator, FINE, "suspend") == 303

    board = await site.visitor().text("/board")
    assert FINE not in board
    assert "Another of hers" not in board
    assert await status(anna, "/account") == 401


async def test_people_with_an_office_are_not_a_moderators_to_suspend(site: Site) -> None:
    moderator, clerk = await site.person("Mona", Role.MODERATOR), await site.person("Carl", Role.CLERK)
    await report(await site.person("Ben"), await post(clerk))

    assert await decide(moderator, FINE, "suspend") == 403
    assert await status(clerk, "/account") == 200
    assert FINE in await site.visitor().text("/board")


async def test_erased_author_waits_for_no_decision(site: Site) -> None:
    anna, agent = await site.person("Anna"), await site.person("Olga", Role.AGENT)
    await report(await site.person("Ben"), await post(anna))

    assert await send(anna, "/account/erase", sure="yes") == 303

    assert "Nothing waits" in await agent.text("/moderation")


async def test_a_moderator_reads_in_their_own_language_that_words_are_needed(site: Site) -> None:
    nora, agent = await site.person("Nora"), await site.person("Ada", Role.AGENT, Role.MODERATOR)
    await post(nora, HELD)
    path, version = await case_of(agent, HELD)
    agent.headers["Accept-Language"] = "fr"
    agent.client.set_cookie("localhost", LOCALE_COOKIE, "fr")

    form = {"csrf_token": agent.token, "act": "hide", "version": version, "reason": "other", "words": ""}
    answer = await agent.client.post(path, form=form, headers=agent.headers)

    page = spaced(html.unescape(await answer.get_data(as_text=True)))
    assert answer.status_code == 422
    assert "Dites pourquoi" in page
    assert "Please say why" not in page
    assert "facultatif" not in page
