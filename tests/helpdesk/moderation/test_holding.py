"""What a rule holds is nowhere until somebody has looked at it."""

from __future__ import annotations

from datetime import timedelta

from portal.accounts.model import Person
from portal.permissions import Role
from tests.helpdesk.board.site import Site
from tests.helpdesk.moderation.board_of import FINE, HELD, case_of, decide, live, post, send, status, told


async def test_held_posting_is_on_no_public_channel_and_its_author_reads_why(site: Site) -> None:
    author, neighbour, visitor = await site.person("Anna"), await site.person("Ben"), site.visitor()

    id_ = await post(author, HELD)

    for other in (neighbour, visitor):
        assert HELD not in await other.text("/board")
        assert await status(other, f"/board/requests/{id_}") == 404
        assert (await other.read("/api/requests"))["items"] == []
        assert (await other.read("/api/board/cells"))["cells"] == []
    assert await live(site) == []
    page = await author.text(f"/board/requests/{id_}")
    assert "Somebody of the town looks at it first" in page
    assert "It speaks of a price or of money." in page
    assert "It is on the board" not in await author.text(f"/board/requests/{id_}?done=posted")


async def test_nobody_answers_what_is_held(site: Site) -> None:
    id_ = await post(await site.person("Anna"), HELD)

    answer = await (await site.person("Ben")).call(f"/api/requests/{id_}/answers", note="")

    assert answer.status_code == 409


async def test_released_posting_stands_as_new_and_its_author_is_told(site: Site) -> None:
    author, agent = await site.person("Anna"), await site.person("Olga", Role.AGENT)
    id_ = await post(author, HELD)
    site.clock.now += timedelta(hours=3)

    assert await decide(agent, HELD, "keep") == 303

    assert HELD in await site.visitor().text("/board")
    (card,) = await live(site)
    assert (card["id"], card["state"]) == (id_, "open")
    assert card["posted_at"].startswith(site.clock().isoformat()[:16])
    assert f"On the board: {HELD}" in await told(author)
    assert "Nothing waits" in await agent.text("/moderation")


async def test_refused_posting_leaves_no_trace_and_the_author_reads_reason_and_words(site: Site) -> None:
    author, agent = await site.person("Anna"), await site.person("Olga", Role.AGENT)
    id_ = await post(author, HELD)

    assert await decide(agent, HELD, "hide", reason="money", words="Help is free here, please leave it out.") == 303

    assert await live(site) == []
    assert await status(site.visitor(), f"/board/requests/{id_}") == 410
    page = await author.text(f"/board/requests/{id_}")
    assert "It is about money" in page
    assert "Help is free here, please leave it out." in page
    assert "Help is free here" in await told(author)


async def test_taking_off_needs_a_reason_and_words(site: Site) -> None:
    agent = await site.person("Olga", Role.AGENT)
    await post(await site.person("Anna"), HELD)

    assert await decide(agent, HELD, "hide", reason="", words="no") == 422
    await case_of(agent, HELD)


async def test_first_posting_of_a_new_account_is_held_and_the_second_not(site: Site) -> None:
    author = await site.person("Anna")
    assert author.actor is not None
    async with site.portal.database.write() as db:
        (await db.get_one(Person, author.actor.id)).created_at = site.clock()

    first = await post(author, FINE)
    second = await post(author, "Somebody for chess")

    assert await status(site.visitor(), f"/board/requests/{first}") == 404
    assert await status(site.visitor(), f"/board/requests/{second}") == 200


async def test_what_staff_write_is_not_held(site: Site) -> None:
    id_ = await post(await site.person("Olga", Role.AGENT), HELD)

    assert await status(site.visitor(), f"/board/requests/{id_}") == 200


async def test_moderator_keeps_the_towns_words_and_they_count_at_once(site: Site) -> None:
    moderator = await site.person("Mona", Role.MODERATOR)

    assert await send(moderator, "/moderation/words", words="Chouquette\nchou-fleur\n") == 303
    id_ = await post(await site.person("Anna"), "A chouquette, please")

    assert await moderator.text("/moderation/words")
    assert await status(site.visitor(), f"/board/requests/{id_}") == 404


async def test_words_too_short_are_refused_and_nothing_is_lost(site: Site) -> None:
    moderator = await site.person("Mona", Role.MODERATOR)

    answer = await moderator.client.post(
        "/moderation/words", form={"csrf_token": moderator.token, "words": "ab\nlong enough"}, headers=moderator.headers
    )

    assert answer.status_code == 422
    assert "long enough" in await answer.get_data(as_text=True)


async def test_queue_its_cases_and_its_words_are_refused_to_residents_and_visitors(site: Site) -> None:
    resident, moderator = await site.person("Ben"), await site.person("Mona", Role.MODERATOR)
    await post(await site.person("Anna"), HELD)
    path, version = await case_of(moderator, HELD)

    for page in ("/moderation", path, "/moderation/words"):
        assert await status(resident, page) == 403
        assert await status(site.visitor(), page) == 401
    assert await send(resident, path, act="keep", version=version) == 403
    assert await send(resident, "/moderation/words", words="fleur") == 403
    assert await status(await site.person("Olga", Role.AGENT), "/moderation/words") == 403
