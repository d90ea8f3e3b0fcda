"""What sockets get of the board, and what they may ask of it."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from helpdesk.board.live import Commands, OfferPost, RequestClose, RequestPost
from helpdesk.board.service.board import Board
from helpdesk.board.service.postings import OFFERS, REQUESTS
from helpdesk.matching.live import Commands as Engaging
from helpdesk.matching.live import RequestAccept, RequestAnswer
from helpdesk.matching.service.engagements import Matching
from portal.errors import Conflict, NotSignedIn
from portal.permissions import Actor
from realtime.errors import MalformedMessage
from realtime.sources import Connection
from tests.helpdesk.board.site import Site, Statements
from tests.helpdesk.board.world import HOME, HOME_SQUARE

DRAFT = {"category_id": "groceries", "title": "Bread from the market", "longitude": HOME.lon, "latitude": HOME.lat}


def connection(actor: Actor | None) -> Connection:
    return Connection(sid="s", principal=actor, login=None, locale="en", client=None)


def commands(site: Site) -> Commands:
    portal = site.portal
    board = Board.open(portal.database, portal.clock, portal.limits, portal.settings.secret_key)
    return Commands(board, REQUESTS)


async def posted(site: Site, actor: Actor | None, command_id: str = "command-1", **draft: Any) -> str:
    body = {"command_id": command_id, **DRAFT, **draft}
    answer = await commands(site).post(connection(actor), RequestPost.parse(body))
    assert answer is not None
    return str(answer["id"])


async def entries(site: Site, after: int = 0) -> list[tuple[int, str, dict[str, Any]]]:
    page = await site.portal.streams.page("board", "public", after, 100)
    return [(entry.number, entry.kind, dict(entry.body)["card"]) for entry in page.entries]  # type: ignore[misc]


async def test_posted_request_is_pushed_as_its_public_card(site: Site) -> None:
    anna = (await site.person("Anna")).actor

    id_ = await posted(site, anna, by="2026-05-10")

    ((number, kind, card),) = await entries(site)
    assert (number, kind) == (1, "help_request.posted")
    assert card == {
        "kind": "help_request",
        "id": id_,
        "version": 1,
        "state": "open",
        "category": "groceries",
        "title": "Bread from the market",
        "details": "",
        "place": {
            "cell": HOME_SQUARE.id,
            "district": "centre",
            "centre": [round(HOME.lon, 5), round(HOME.lat, 5)],
        },
        "posted_at": "2026-05-04T07:00:00Z",
        "by": "2026-05-10",
        "weekdays": [],
        "starts_on": None,
        "next_on": None,
        "edited_at": None,
        "capacity": 1,
        "answers": 0,
        "accepted": 0,
    }


async def test_story_by_socket_is_replayed_once_for_each_posting_as_it_is_now(site: Site) -> None:
    anna, bruno = (await site.person("Anna")).actor, (await site.person("Bruno")).actor
    first = await posted(site, anna, "command-1")
    second = await posted(site, anna, "command-2", title="A walk together")
    act = Engaging(Matching(commands(site).board), REQUESTS)
    answer = await act.answer(
        connection(bruno), RequestAnswer.parse({"command_id": "command-3", "id": first, "note": "I can."})
    )
    assert answer is not None
    accept = {"command_id": "command-4", "id": first, "engagement_id": answer["id"], "reply": "Thanks"}
    await act.accept(connection(anna), RequestAccept.parse(accept))

    found = await entries(site)

    assert [(number, kind, card["id"]) for number, kind, card in found] == [
        (2, "help_request.posted", second),
        (4, "help_request.accepted", first),
    ]
    assert (found[1][2]["state"], found[1][2]["version"], found[1][2]["answers"]) == ("engaged", 3, 1)
    assert "note" not in str(found)


async def test_ended_request_is_replayed_without_its_words(site: Site) -> None:
    anna = (await site.person("Anna")).actor
    id_ = await posted(site, anna)
    close = {"command_id": "command-2", "id": id_, "outcome": "helped", "version": 1}
    await commands(site).close(connection(anna), RequestClose.parse(close))

    ((number, kind, card),) = await entries(site)

    assert (number, kind) == (2, "help_request.closed")
    assert card == {"kind": "help_request", "id": id_, "version": 2, "state": "closed"}


@pytest.mark.parametrize("count", [1, 3])
async def test_push_asks_the_database_as_often_for_one_as_for_three(site: Site, count: int) -> None:
    anna = (await site.person("Anna")).actor
    for number in range(count):
        await posted(site, anna, f"command-{number}")
    await entries(site)

    with Statements(site.portal) as statements:
        assert len(await entries(site)) == count

    # The events, the postings, whether the town has changed since its cells were read; SQLite's own BEGIN.
    assert statements.count - site.portal.database.is_sqlite == 3


async def test_command_repeated_after_a_lost_line_counts_once(site: Site) -> None:
    anna = (await site.person("Anna")).actor

    assert await posted(site, anna) == await posted(site, anna)

    assert len(await entries(site)) == 1


async def test_visitor_may_follow_and_not_act(site: Site) -> None:
    with pytest.raises(NotSignedIn):
        await posted(site, None)


async def test_draft_from_a_socket_is_checked_like_one_from_a_form(site: Site) -> None:
    anna = (await site.person("Anna")).actor

    with pytest.raises(ValidationError):
        await posted(site, anna, title="Call 06 12 34 56 78")

    assert await entries(site) == []


@pytest.mark.parametrize("wrong", [{"title": 5}, {"colour": "red"}, {"command_id": "x"}, {"longitude": "east"}])
def test_message_of_the_wrong_shape_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(MalformedMessage):
        RequestPost.parse({"command_id": "command-1", **DRAFT, **wrong})


async def test_close_on_an_old_version_is_a_conflict(site: Site) -> None:
    anna, bruno = (await site.person("Anna")).actor, (await site.person("Bruno")).actor
    id_ = await posted(site, anna)
    act = Engaging(Matching(commands(site).board), REQUESTS)
    await act.answer(connection(bruno), RequestAnswer.parse({"command_id": "command-2", "id": id_}))

    close = {"command_id": "command-3", "id": id_, "outcome": "helped", "version": 1}
    with pytest.raises(Conflict):
        await commands(site).close(connection(anna), RequestClose.parse(close))


async def test_offers_have_the_same_commands(site: Site) -> None:
    anna = (await site.person("Anna")).actor
    board = commands(site).board

    await Commands(board, OFFERS).post(connection(anna), OfferPost.parse({"command_id": "command-1", **DRAFT}))

    assert [kind for _number, kind, _card in await entries(site)] == ["help_offer.posted"]
