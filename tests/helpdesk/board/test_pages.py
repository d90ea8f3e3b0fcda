"""The pages without script: the list and its filters, one posting and what can be done with it."""

from __future__ import annotations

import pytest

from helpdesk.board.service.board import Board
from helpdesk.board.service.postings import OFFERS, REQUESTS, PostingKind
from portal.ids import new_id
from portal.permissions import Role
from tests.helpdesk.board.site import Browser, Site, Statements
from tests.helpdesk.board.world import FURTHER, HOME, HOME_SQUARE, a_draft

both_kinds = pytest.mark.parametrize("kind", [REQUESTS, OFFERS], ids=["request", "offer"])


def board_of(site: Site) -> Board:
    portal = site.portal
    return Board.open(portal.database, portal.clock, portal.limits, portal.settings.secret_key)


async def posted(site: Site, who: Browser, kind: PostingKind = REQUESTS, **draft: object) -> str:
    """The path of a fresh posting's page."""
    assert who.actor is not None
    id_ = await board_of(site).post(who.actor, kind, a_draft(**draft), command_id=new_id())  # type: ignore[arg-type]
    return f"/board/{'requests' if kind is REQUESTS else 'offers'}/{id_}"


async def test_list_shows_the_newest_first_with_words_for_place_and_day(site: Site) -> None:
    anna = await site.person("Anna")
    await posted(site, anna, title="Bread", by=site.clock().date())
    site.clock.advance(minutes=1)
    await posted(site, anna, OFFERS, title="Rides to the market")

    page = await site.visitor().text("/board")

    assert page.index("Rides to the market") < page.index("Bread")
    assert "Centre" in page
    assert "today" in page
    assert "Anna" not in page


async def test_list_can_be_narrowed_and_says_when_nothing_fits(site: Site) -> None:
    anna = await site.person("Anna")
    await posted(site, anna, title="Bread", by=site.clock().date())
    await posted(site, anna, title="A walk together", category_id="company", at=FURTHER)
    await posted(site, anna, OFFERS, title="Rides to the market")
    visitor = site.visitor()

    async def titles(query: str) -> list[str]:
        page = await visitor.text(f"/board?{query}")
        return [title for title in ("Bread", "A walk together", "Rides to the market") if title in page]

    assert await titles("") == ["Bread", "A walk together", "Rides to the market"]
    assert await titles("kind=help_offer") == ["Rides to the market"]
    assert await titles("category=company") == ["A walk together"]
    assert await titles(f"cell={HOME_SQUARE.id}") == ["Bread", "Rides to the market"]
    assert await titles("district=centre&kind=help_request") == ["Bread", "A walk together"]
    assert await titles("when=today") == ["Bread"]
    assert await titles("category=pets") == []
    assert "Nothing fits at the moment" in await visitor.text("/board?category=pets")
    assert await titles("kind=nonsense&when=nonsense") == ["Bread", "A walk together", "Rides to the market"]


async def test_older_ones_follow_page_by_page_each_once(site: Site) -> None:
    for number in range(35):
        anna = await site.person(f"Anna{number}")
        await posted(site, anna, REQUESTS if number % 2 else OFFERS, title=f"Thing number {number:02}")
    visitor = site.visitor()

    first = await visitor.text("/board")
    older = await visitor.text("/board?" + first.split('href="/board?')[1].split('"')[0])

    shown = [number for page in (first, older) for number in range(35) if f"Thing number {number:02}" in page]
    assert sorted(shown) == list(range(35))
    assert "Show older ones" not in older


async def test_malformed_page_is_refused_in_words(site: Site) -> None:
    answer = await site.visitor().get("/board?after=nonsense")

    assert answer.status_code == 422


@pytest.mark.parametrize("count", [1, 3])
async def test_list_asks_the_database_as_often_for_one_as_for_three(site: Site, count: int) -> None:
    anna = await site.person("Anna")
    for number in range(count):
        await posted(site, anna, title=f"Bread {number}")
        await posted(site, anna, OFFERS, title=f"Ride {number}", at=FURTHER)
    visitor = site.visitor()
    await visitor.text("/board")

    with Statements(site.portal) as statements:
        await visitor.text("/board")

    # The town for the frame; then the stream's head, two lists, the counts, cells, categories, districts.
    assert statements.count - _beginnings(site) * 2 == 8


def _beginnings(site: Site) -> int:
    """SQLite's own BEGIN is a statement; PostgreSQL's driver sends it unseen."""
    return 1 if site.portal.database.is_sqlite else 0


@pytest.mark.parametrize("count", [1, 3])
async def test_authors_page_asks_as_often_for_one_answer_as_for_three(site: Site, count: int) -> None:
    anna = await site.person("Anna")
    path = await posted(site, anna)
    for number in range(count):
        helper = await site.person(f"Helper{number}")
        await helper.post(f"{path}/answer", note=f"Word {number}")
    await anna.text(path)

    with Statements(site.portal) as statements:
        page = await anna.text(path)

    assert f"Word {count - 1}" in page
    # Who asks with their roles, the town, the bell's number and its stream's head; then head, posting, answers, names,
    # cell, categories, districts, what the author was told of it, and what moderation, trust, the town's settings and
    # pictures add.
    assert statements.count - _beginnings(site) * 4 == 31


@both_kinds
async def test_neighbour_answers_author_accepts_and_closes(site: Site, kind: PostingKind) -> None:
    anna, bruno, stranger = await site.person("Anna"), await site.person("Bruno"), site.visitor()
    path = await posted(site, anna, kind, title="Bread from the market")

    assert (await bruno.post(f"{path}/answer", note="I go on Friday.")).status_code == 303
    author_reads = await anna.text(path)
    assert "Bruno" in author_reads
    assert "I go on Friday." in author_reads
    for other in (stranger, await site.person("Chloe")):
        page = await other.text(path)
        assert "Bruno" not in page
        assert "I go on Friday." not in page
        assert "One answer" in page

    answer_id = author_reads.split('id="answer-')[1].split('"')[0]
    assert (await anna.post(f"{path}/answers/{answer_id}/accept", reply="At ten?")).status_code == 303
    helper_reads = await bruno.text(path)
    assert "At ten?" in helper_reads
    assert "Anna" in helper_reads
    assert "At ten?" not in await stranger.text(path)

    assert (await anna.post(f"{path}/close", outcome="helped", version="3")).status_code == 303
    assert "Done, thank you" in await bruno.text(path)
    assert (await stranger.get(path)).status_code == 410
    assert "Bread from the market" not in await stranger.text("/board")


@both_kinds
async def test_forms_refuse_with_words_who_may_not(site: Site, kind: PostingKind) -> None:
    anna, bruno, visitor = await site.person("Anna"), await site.person("Bruno"), site.visitor()
    path = await posted(site, anna, kind)
    await bruno.post(f"{path}/answer")
    answer_id = (await anna.text(path)).split('id="answer-')[1].split('"')[0]

    assert (await visitor.post(f"{path}/answer")).status_code == 401
    assert (await anna.post(f"{path}/answer")).status_code == 403
    assert (await bruno.post(f"{path}/answers/{answer_id}/accept")).status_code == 403
    assert (await bruno.post(f"{path}/answers/{answer_id}/decline")).status_code == 403
    assert (await bruno.post(f"{path}/close", outcome="helped", version="2")).status_code == 403
    assert (await bruno.post(f"{path}/cancel", version="2")).status_code == 403
    assert (await bruno.post(f"{path}/place")).status_code == 403
    assert (await visitor.post(f"{path}/place")).status_code == 401


async def test_close_on_an_old_page_is_told_to_look_again(site: Site) -> None:
    anna, bruno = await site.person("Anna"), await site.person("Bruno")
    path = await posted(site, anna)
    await bruno.post(f"{path}/answer")

    answer = await anna.post(f"{path}/close", outcome="no_longer_needed", version="1")

    assert answer.status_code == 409
    assert "changed in the meantime" in await answer.get_data(as_text=True)
    assert "Bruno" in await anna.text(path)


async def test_close_without_an_outcome_shows_the_page_again(site: Site) -> None:
    anna = await site.person("Anna")
    path = await posted(site, anna)

    answer = await anna.post(f"{path}/close", version="1")

    assert answer.status_code == 422
    assert "Please fill this in." in await answer.get_data(as_text=True)


async def test_exact_place_is_shown_to_author_and_agent_only(site: Site) -> None:
    anna, agent = await site.person("Anna"), await site.person("Agnes", Role.AGENT)
    path = await posted(site, anna, at=HOME)

    for who in (anna, agent):
        answer = await who.post(f"{path}/place")
        assert str(HOME.lat) in await answer.get_data(as_text=True)
        assert answer.headers["Cache-Control"] == "no-store"


async def test_home_page_shows_what_is_needed_now(site: Site) -> None:
    await posted(site, await site.person("Anna"), title="Bread from the market")

    assert "Bread from the market" in await site.visitor().text("/")
