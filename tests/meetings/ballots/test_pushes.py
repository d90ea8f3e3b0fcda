"""What is pushed of a sitting: to whom, and that what was drawn once for many is what each would be drawn anew."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from meetings.sittings.live import SittingStream
from meetings.sittings.model import JournalEntry
from meetings.sittings.panels import Sittings
from portal.permissions import Actor, Guest
from portal.streams import StreamRegistry
from realtime.messages import Page
from realtime.sources import Connection
from tests.helpdesk.board.site import Browser, Site
from tests.meetings.sittings.council import Council, opened
from tests.meetings.sittings.test_pages import rows


@dataclass
class Followers:
    """Everybody's pages, as the hub asks for them."""

    council: Council
    streams: StreamRegistry
    read: int = 0

    @property
    def stream(self) -> str:
        return f"sitting:{self.council.path.rpartition('/')[2]}"

    @property
    def audiences(self) -> dict[str, str]:
        seats = {name: f"seat.{seat}.fr" for name, seat in self.council.seats.items()}
        return {"clerk": "clerk..fr", "public": "public..fr", "english": "public..en", **seats}

    async def pages(self) -> dict[str, Page]:
        asked = tuple(self.audiences.values())
        found = {audience: page async for audience, page in self.streams.pages(self.stream, asked, self.read, 100)}
        return {who: found[audience] for who, audience in self.audiences.items()}

    async def pushed(self) -> dict[str, Mapping[str, Any]]:
        """The screens that each is pushed of what happened since the last time; the last entry's."""
        pages = await self.pages()
        for who, audience in self.audiences.items():
            # By a process that has drawn nothing yet, and draws for them alone.
            alone = await registry(self.council.site).page(self.stream, audience, self.read, 100)
            assert pages[who] == alone, f"what was kept is not what would be drawn for {who}"
        self.read = max(page.upto for page in pages.values())
        return {who: page.entries[-1].body["screens"] for who, page in pages.items() if page.entries}  # type: ignore[misc]  # JSON


def registry(site: Site) -> StreamRegistry:
    """A process that has drawn nothing yet."""
    found = StreamRegistry(site.portal.database, site.portal.log)
    found.add("sitting", SittingStream(site.app, Sittings.of(site.app), site.portal.clock))
    return found


async def follow(site: Site) -> Followers:
    found = Followers(await opened(site), registry(site))
    await found.pushed()
    return found


async def test_each_is_pushed_what_would_be_drawn_for_them_alone_through_a_whole_ballot(site: Site) -> None:
    followers = await follow(site)
    council = followers.council
    ballot = await council.open("devices")
    opening = await followers.pushed()
    for name, choice in (("bilal", "for"), ("carole", "against"), ("bilal", "abstain")):
        await council.vote(name, ballot, choice)
        await followers.pushed()
    await council.act(council.members["bilal"], "floor/ask", member=council.seats["bilal"])
    await followers.pushed()
    await council.vote("anne", ballot, "for")
    await followers.pushed()
    await council.act(council.clerk, "ballots/close", ballot=ballot)
    await council.act(council.clerk, "ballots/proclaim", ballot=ballot)
    proclaimed = await followers.pushed()

    assert opening.keys() == proclaimed.keys() == followers.audiences.keys()
    assert opening["clerk"].keys() == {"public", "clerk"}
    assert opening["bilal"].keys() == {"public", "seat"}
    assert opening["public"].keys() == {"public"}
    assert "The vote is open" in opening["english"]["public"]["ballot-public"]
    assert f'data-voice="{council.seats["bilal"]}"' in opening["bilal"]["seat"]["ballot-seat"]
    assert council.seats["bilal"] not in opening["carole"]["seat"]["ballot-seat"]
    for who, screens in proclaimed.items():
        assert "result" in screens["public"]["ballot-public"], who


async def test_a_vote_is_pushed_to_clerk_chair_and_voter_only_with_what_it_changes(site: Site) -> None:
    followers = await follow(site)
    ballot = await followers.council.open("devices")
    await followers.pushed()
    await followers.council.vote("bilal", ballot, "for")
    told = await followers.pushed()

    assert {who: sorted(screens) for who, screens in told.items()} == {
        "clerk": ["clerk"],
        "anne": ["seat"],
        "bilal": ["seat"],
    }
    assert 'value="1"' in told["clerk"]["clerk"]["ballot-clerk"]
    assert 'value="1"' in told["anne"]["seat"]["ballot-seat"]


async def test_a_vote_that_the_clerk_enters_is_pushed_to_the_member_whose_it_is(site: Site) -> None:
    followers = await follow(site)
    ballot = await followers.council.open("devices")
    before = await followers.pushed()
    await followers.council.act(
        followers.council.clerk,
        "ballots/enter",
        ballot=ballot,
        voice=followers.council.seats["bilal"],
        choice="for",
        means="voice",
    )
    told = await followers.pushed()

    assert "Pas encore enregistré" in in_words(before["bilal"]["seat"]["ballot-seat"])
    assert "Pas encore enregistré" not in in_words(told["bilal"]["seat"]["ballot-seat"])
    assert "carole" not in told


async def test_with_the_doors_closed_nothing_of_the_item_leaves_the_room(site: Site) -> None:
    followers = await follow(site)
    council = followers.council
    closing = await behind_doors(followers)
    await council.act(council.members["bilal"], "floor/ask", member=council.seats["bilal"])
    await council.act(council.clerk, "floor/give", member=council.seats["bilal"])
    await council.open("devices")
    await council.act(council.clerk, "attendance/leave", member=council.seats["carole"])
    told = await followers.pushed()
    shown = await council.shown()

    assert told.keys() == {"clerk", *council.seats}
    public = [closing[who]["public"] for who in closing] + [told[who]["public"] for who in told]
    for panels in public:
        assert panels.keys() == {"where"}
        assert "Huis clos" in panels["where"] or "Closed session" in panels["where"]
        assert "Anne" not in panels["where"]
    for page in (shown["public"], shown["hall"], *map(str, public)):
        assert "Tarifs" not in page
        assert "Bilal" not in page
    assert "Tarifs" in shown["member"]
    assert "Tarifs" in told["carole"]["seat"]["where"]


async def test_the_public_is_told_again_when_the_doors_open_also_by_the_end_of_the_sitting(site: Site) -> None:
    followers = await follow(site)
    council = followers.council
    before = followers.read
    await behind_doors(followers)
    ballot = await council.open("hands")
    await council.act(council.clerk, "ballots/count", **{"for": "3", "ballot": ballot})
    await council.act(council.clerk, "ballots/proclaim", ballot=ballot)
    await council.act(council.clerk, "course/end-item")
    await council.act(council.clerk, "course/close")
    told = await followers.pushed()
    followers.read = before
    replayed = (await followers.pages())["public"]

    assert "Adopté" in in_words(str(told["public"]["public"]))
    assert [entry.kind for entry in replayed.entries] == ["sitting.closed"]
    kinds = [entry.kind for entry in await rows(site, JournalEntry)]
    assert kinds.index("doors.opened") == kinds.index("sitting.closed") - 1
    page = await site.visitor().text(council.path)
    assert "Closed session" not in page
    assert "Adopted" in page


async def behind_doors(followers: Followers) -> dict[str, Mapping[str, Any]]:
    """The doors are closed by a vote; what was pushed of it."""
    council = followers.council
    ballot = await council.open("hands", purpose="closed_session", asked_by=council.seats["anne"])
    await council.act(council.clerk, "ballots/count", **{"for": "3", "ballot": ballot})
    await council.act(council.clerk, "ballots/proclaim", ballot=ballot)
    return await followers.pushed()


async def test_a_member_who_lost_the_line_after_voting_is_shown_their_vote(site: Site) -> None:
    followers = await follow(site)
    ballot = await followers.council.open("devices")
    before = followers.read
    await followers.pushed()
    await followers.council.vote("bilal", ballot, "for")
    followers.read = before
    told = await followers.pushed()

    assert "Enregistré" in in_words(told["bilal"]["seat"]["ballot-seat"])
    assert "Pas encore enregistré" in in_words(told["carole"]["seat"]["ballot-seat"])


async def test_panels_are_drawn_once_for_all_seats_where_they_do_not_differ(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    followers = await follow(site)
    drawn: list[str] = []
    render = SittingStream._render

    async def counted(stream: SittingStream, template: str, **context: Any) -> str:
        drawn.append(template)
        return await render(stream, template, **context)

    monkeypatch.setattr(SittingStream, "_render", counted)
    await followers.council.open("devices")
    await followers.pages()

    # For the clerk, the chair, all other seats, and the public in two languages.
    assert drawn.count("attendance/quorum.html") == drawn.count("sittings/panel_agenda.html") == 5
    assert drawn.count("ballots/seat.html") == 3


async def test_whoever_connects_is_of_the_audience_that_the_sitting_makes_them(site: Site) -> None:
    followers = await follow(site)
    people: dict[str, Browser] = {"clerk": followers.council.clerk, **followers.council.members}
    for who, browser in people.items():
        found = await followers.streams.audience(followers.stream, connection(browser.actor))
        assert found == followers.audiences[who]
    assert await followers.streams.audience(followers.stream, connection(None)) == "public..fr"
    assert await followers.streams.audience("sitting:none", connection(None)) is None
    await followers.council.act(followers.council.clerk, "course/close")
    assert await followers.streams.audience(followers.stream, connection(None)) == "public..fr"


def connection(who: Actor | None) -> Connection:
    return Connection("sid", who or Guest("visit"), None, "fr", None)


def in_words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())
