"""Finding what is open by words, on both databases, and the page that does."""

from __future__ import annotations

import pytest

from helpdesk.board.service.postings import OFFERS, REQUESTS, Ref
from helpdesk.board.service.searching import search_postings, words_of
from tests.helpdesk.board.site import Site
from tests.helpdesk.board.world import HOME, World, a_draft, person

ANNA = person("anna")
CATEGORIES = {"groceries": "Courses", "company": "Compagnie"}


async def found(world: World, asked: str, without: frozenset[str] = frozenset()) -> list[str]:
    async with world.database.read() as db:
        return [item.title for item in await search_postings(db, words_of(asked), CATEGORIES, without)]


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("Été  à l’ÉCOLE", ("ete", "ecole")),
        ("Œufs frais, œufs", ("oeufs", "frais")),
        ("a , ! %", ()),
        ("un deux trois quatre cinq six sept", ("un", "deux", "trois", "quatre", "cinq", "six")),
        ("x" * 80, ("x" * 30,)),
    ],
)
def test_words_are_few_plain_and_bounded(asked: str, words: tuple[str, ...]) -> None:
    assert words_of(asked) == words


async def test_every_word_is_found_without_accents_in_both_kinds_newest_first(world: World) -> None:
    for number, (kind, title, details) in enumerate(
        (
            (REQUESTS, "Réparer un vélo d’ÉTÉ", ""),
            (OFFERS, "Vélo à prêter", "pour l'été"),
            (REQUESTS, "Des œufs", "100% frais"),
        )
    ):
        await world.board.post(ANNA, kind, a_draft(title, details=details), command_id=f"post-000{number}")
        world.clock.advance(minutes=1)

    assert await found(world, "velo ete") == ["Vélo à prêter", "Réparer un vélo d’ÉTÉ"]
    assert await found(world, "VÉLO prêter") == ["Vélo à prêter"]
    assert await found(world, "oeufs") == ["Des œufs"]
    assert await found(world, "courses oeufs") == ["Des œufs"]
    assert await found(world, "__ 100_") == []
    assert await found(world, "velo", frozenset({ANNA.id})) == []
    assert await found(world, "") == []


async def test_what_is_over_is_not_found(world: World) -> None:
    ref = Ref(REQUESTS, await world.board.post(ANNA, REQUESTS, a_draft("Du pain"), command_id="post-0001"))
    await world.board.cancel(ANNA, ref, seen=None, command_id="cancel-01")

    assert await found(world, "pain") == []


async def test_page_says_what_was_found_and_when_nothing_was(site: Site) -> None:
    anna, visitor = await site.person("Anna"), site.visitor()
    draft = {"category_id": "groceries", "longitude": HOME.lon, "latitude": HOME.lat}
    await anna.call("/api/requests", title="Bread from the market", **draft)

    page = await visitor.text("/board/search?q=MARKET")
    assert "Bread from the market" in page
    assert "One holds these words" in page
    assert 'value="MARKET"' in page
    assert "Nothing that is open holds these words" in await visitor.text("/board/search?q=bicycle")
    assert "Please give at least one word" in await visitor.text("/board/search?q=%25")
    assert "Bread from the market" not in await visitor.text("/board/search")


async def search_from(site: Site, address: str) -> int:
    answer = await site.app.test_client().get("/board/search?q=bread", scope_base={"client": (address, 0)})
    return int(answer.status_code)


async def test_searches_are_limited(site: Site) -> None:
    answered = 0
    # Where searching takes its time, one or another is allowed anew meanwhile.
    while answered < 120 and await search_from(site, "192.0.2.7") == 200:
        answered += 1

    assert 30 <= answered < 120
    assert await search_from(site, "192.0.2.8") == 200


async def test_filters_are_said_in_words(site: Site) -> None:
    page = await site.visitor().text("/board?kind=help_request&category=groceries&when=today")

    assert "Only: requests, " in page
    assert ", today · " in page
    assert "Only:" not in await site.visitor().text("/board")
