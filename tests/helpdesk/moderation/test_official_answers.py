"""What the town says publicly: marked, by those who may, and gone with a suspended account."""

from __future__ import annotations

import pytest

from portal.permissions import Role
from tests.helpdesk.board.site import Browser, Site
from tests.helpdesk.moderation.board_of import live, post, status


async def say(browser: Browser, id_: str, text: str) -> int:
    return int((await browser.post(f"/board/requests/{id_}/official", text=text)).status_code)


async def test_mayors_answer_is_marked_for_everybody_and_open_pages_look_again(site: Site) -> None:
    mayor, id_ = await site.person("Claire", Role.MAYOR), await post(await site.person("Anna"))

    assert await say(mayor, id_, "The hall lends a van on Friday.") == 303

    page = await site.visitor().text(f"/board/requests/{id_}")
    assert "The hall lends a van on Friday." in page
    assert "Mayor</span> Claire" in page
    (card,) = await live(site)
    assert (card["id"], card["version"], card["state"]) == (id_, 2, "open")


async def test_answer_sent_twice_stands_once(site: Site) -> None:
    agent, id_ = await site.person("Olga", Role.AGENT), await post(await site.person("Anna"))

    for _attempt in range(2):
        form = {"csrf_token": agent.token, "text": "Come to the desk.", "command_id": "the-same-one"}
        await agent.client.post(f"/board/requests/{id_}/official", form=form, headers=agent.headers)

    assert (await site.visitor().text(f"/board/requests/{id_}")).count("Come to the desk.") == 1


@pytest.mark.parametrize("role", [Role.RESIDENT, Role.COUNCILLOR, Role.MODERATOR])
async def test_others_do_not_speak_for_the_town(site: Site, role: Role) -> None:
    id_ = await post(await site.person("Anna"))

    assert await say(await site.person("Ben", role), id_, "We from the town hall say so.") == 403
    assert await say(site.visitor(), id_, "We from the town hall say so.") == 401


async def test_numbers_and_addresses_are_refused(site: Site) -> None:
    agent, id_ = await site.person("Olga", Role.AGENT), await post(await site.person("Anna"))

    assert await say(agent, id_, "Call me on 06 12 34 56 78.") == 422


async def test_writer_removes_the_own_answer_and_nobody_elses(site: Site) -> None:
    olga, mayor = await site.person("Olga", Role.AGENT), await site.person("Claire", Role.MAYOR)
    id_ = await post(await site.person("Anna"))
    await say(olga, id_, "Come to the desk.")
    page = await olga.text(f"/board/requests/{id_}")
    (address,) = {part.split('"')[0] for part in page.split('action="')[1:] if "/official/" in part.split('"')[0]}

    form = {"csrf_token": mayor.token}
    assert (await mayor.client.post(address, form=form, headers=mayor.headers)).status_code == 404
    form = {"csrf_token": olga.token}
    assert (await olga.client.post(address, form=form, headers=olga.headers)).status_code == 303

    assert "Come to the desk." not in await site.visitor().text(f"/board/requests/{id_}")


async def test_nothing_is_answered_under_what_is_not_on_the_board(site: Site) -> None:
    agent, id_ = await site.person("Olga", Role.AGENT), await post(await site.person("Anna"), "Mowing for 20 euros")

    assert await say(agent, id_, "Come to the desk.") == 404
    assert await status(site.visitor(), f"/board/requests/{id_}") == 404
