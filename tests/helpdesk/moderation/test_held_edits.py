"""What an author changes afterwards is looked at by the same rules as what is new."""

from __future__ import annotations

from typing import Any

from portal.permissions import Role
from tests.helpdesk.board.site import Browser, Site
from tests.helpdesk.moderation.board_of import FINE, HELD, case_of, decide, live, post, send, status, told


async def edit(who: Browser, id_: str, title: str) -> int:
    answer = await who.call(f"/api/requests/{id_}/edit", category_id="groceries", title=title)
    return answer.status_code


async def test_edit_that_a_rule_holds_leaves_every_channel_and_comes_back_in_its_place(site: Site) -> None:
    author, helper, agent = await site.person("Anna"), await site.person("Ben"), await site.person("Olga", Role.AGENT)
    id_ = await post(author, FINE)
    assert (await helper.call(f"/api/requests/{id_}/answers", note="I can")).status_code == 201
    posted_at = (await live(site))[-1]["posted_at"]

    assert await edit(author, id_, HELD) == 200

    for other in (helper, site.visitor()):
        assert await status(other, f"/board/requests/{id_}") == 404
        assert HELD not in await other.text("/board")
    assert (await live(site))[-1] == {"kind": "help_request", "id": id_, "version": 4, "state": "held"}
    assert (await site.visitor().read("/api/board/cells"))["cells"] == []
    assert "Somebody of the town looks at it first" in await author.text(f"/board/requests/{id_}")

    assert await decide(agent, HELD, "keep") == 303
    card: dict[str, Any] = (await live(site))[-1]
    assert (card["title"], card["posted_at"], card["state"]) == (HELD, posted_at, "open")
    assert f"It was changed: {HELD}" in await told(helper)


async def test_decision_on_words_that_were_changed_since_is_refused(site: Site) -> None:
    author, agent = await site.person("Anna"), await site.person("Olga", Role.AGENT)
    id_ = await post(author, HELD)
    path, version = await case_of(agent, HELD)

    assert await edit(author, id_, "Something quite different, 20 euros") == 200

    assert await send(agent, path, act="keep", version=version) == 409
    assert await live(site) == []
    assert await decide(agent, "Something quite different, 20 euros", "keep") == 303
    assert (await live(site))[-1]["state"] == "open"


async def test_who_has_answered_is_told_of_other_words_and_nobody_else_is(site: Site) -> None:
    author, helper, neighbour = await site.person("Anna"), await site.person("Ben"), await site.person("Chloe")
    id_ = await post(author, FINE)
    await helper.call(f"/api/requests/{id_}/answers", note="I can")

    assert await edit(author, id_, "Another thing altogether") == 200

    assert "It was changed: Another thing altogether" in await told(helper)
    assert "Another thing altogether" not in await told(neighbour)
