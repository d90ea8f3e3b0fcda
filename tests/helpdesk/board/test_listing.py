"""The named queries, on both databases."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from helpdesk.board.service.listing import Cursor, Filter, cell_counts, my_postings, open_postings
from helpdesk.board.service.postings import OFFERS, REQUESTS, PostingKind, Ref
from portal.errors import InvalidInput
from portal.permissions import Actor
from portal.town.grid import Place
from tests.helpdesk.board.world import FURTHER, HOME, HOME_SQUARE, NEXT_SQUARE, World, a_draft, person

ANNA, BRUNO = person("anna"), person("bruno")


async def posted(
    world: World,
    title: str,
    kind: PostingKind = REQUESTS,
    *,
    who: Actor = ANNA,
    at: Place = HOME,
    category_id: str = "groceries",
    by: date | None = None,
) -> Ref:
    draft = a_draft(title, at=at, category_id=category_id, by=by)
    id_ = await world.board.post(who, kind, draft, command_id=f"post-{title.replace(' ', '-')}")
    world.clock.advance(minutes=1)
    return Ref(kind, id_)


async def titles(world: World, wanted: Filter, after: Cursor | None = None, limit: int = 30) -> list[str]:
    async with world.database.read() as db:
        return [posting.title for posting in (await open_postings(db, wanted, after, limit)).postings]


async def test_both_kinds_are_listed_together_newest_first(world: World) -> None:
    await posted(world, "First request")
    await posted(world, "First offer", OFFERS)
    await posted(world, "Second request")

    assert await titles(world, Filter()) == ["Second request", "First offer", "First request"]
    assert await titles(world, Filter(kind="help_offer")) == ["First offer"]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (Filter(category="company"), ["Walk"]),
        (Filter(district="centre"), ["Ride", "Walk", "Bread"]),
        (Filter(district="nowhere"), []),
        (Filter(cell=HOME_SQUARE.id), ["Ride", "Bread"]),
        (Filter(cell=NEXT_SQUARE.id, kind="help_request"), ["Walk"]),
        (Filter(cells=frozenset({HOME_SQUARE.id})), ["Ride", "Bread"]),
        (Filter(cells=frozenset({HOME_SQUARE.id, NEXT_SQUARE.id, "nowhere"})), ["Ride", "Walk", "Bread"]),
        (Filter(cells=frozenset({HOME_SQUARE.id}), category="company"), []),
        (Filter(cells=frozenset({HOME_SQUARE.id}), by=date(2026, 5, 7)), ["Bread"]),
        (Filter(cells=frozenset()), []),
        (Filter(by=date(2026, 5, 5)), ["Bread"]),
        (Filter(by=date(2026, 5, 5), kind="help_offer"), []),
        (Filter(by=date(2026, 5, 5), category="company"), []),
    ],
)
async def test_filters_narrow_list_and_counts_alike(world: World, wanted: Filter, expected: list[str]) -> None:
    await posted(world, "Bread", by=date(2026, 5, 5))
    await posted(world, "Walk", category_id="company", at=FURTHER, by=date(2026, 5, 6))
    await posted(world, "Ride", OFFERS)

    assert await titles(world, wanted) == expected
    async with world.database.read() as db:
        counts = await cell_counts(db, wanted)
    assert sum(count.requests + count.offers for count in counts) == len(expected)


async def test_what_has_ended_is_neither_listed_nor_counted(world: World) -> None:
    ref = await posted(world, "Bread")
    await posted(world, "Walk", at=FURTHER)
    await world.board.cancel(ANNA, ref, seen=None, command_id="cancel-01")

    assert await titles(world, Filter()) == ["Walk"]
    async with world.database.read() as db:
        assert [(item.cell_id, item.requests) for item in await cell_counts(db, Filter())] == [(NEXT_SQUARE.id, 1)]


async def test_pages_join_without_gap_or_repetition(world: World) -> None:
    wanted = [f"Thing {number}" for number in range(7)]
    for number, title in enumerate(wanted):
        await posted(world, title, REQUESTS if number % 2 else OFFERS)

    found: list[str] = []
    after: Cursor | None = None
    while True:
        async with world.database.read() as db:
            page = await open_postings(db, Filter(), after, 3)
        found += [posting.title for posting in page.postings]
        if page.next is None:
            break
        after = Cursor.parse(str(page.next))

    assert found == wanted[::-1]


async def test_pages_around_a_place_join_without_gap_or_repetition(world: World) -> None:
    for number in range(7):
        await posted(world, f"Bread {number}", at=FURTHER if number % 2 else HOME)
    wanted = Filter(cells=frozenset({HOME_SQUARE.id, NEXT_SQUARE.id}))
    seen: list[str] = []
    after: Cursor | None = None

    while True:
        async with world.database.read() as db:
            page = await open_postings(db, wanted, after, 2)
        seen += [posting.title for posting in page.postings]
        after = page.next
        if after is None:
            break

    assert seen == [f"Bread {number}" for number in reversed(range(7))]


async def test_mine_are_my_own(world: World) -> None:
    await posted(world, "Bread")
    await posted(world, "Ride", OFFERS, who=BRUNO)

    async with world.database.read() as db:
        mine = await my_postings(db, BRUNO.id)

    assert (list(mine.requests), [offer.title for offer in mine.offers]) == ([], ["Ride"])


def test_cursor_survives_an_address() -> None:
    cursor = Cursor(datetime(2026, 5, 4, 7, 0, 0, 123456, tzinfo=UTC), "abc")

    assert Cursor.parse(str(cursor)) == cursor
    assert Cursor.parse("") is None


@pytest.mark.parametrize("value", ["nonsense", "12", "-abc", "12-", "1" * 40 + "-abc", "12-" + "a" * 27, "٣-abc"])
def test_malformed_cursor_is_refused(value: str) -> None:
    with pytest.raises(InvalidInput):
        Cursor.parse(value)
