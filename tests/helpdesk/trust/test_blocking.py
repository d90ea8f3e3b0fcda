"""A block between two people: what neither sees any more, on any channel, and what the blocked one never learns."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

import pytest
from sqlalchemy import select

from helpdesk.board.live import BoardStream
from helpdesk.board.service.postings import OFFERS
from helpdesk.matching.model import Ask, AskState, Engagement, EngagementState
from helpdesk.matching.service.searches import run_searches
from helpdesk.trust.model import Block
from helpdesk.trust.service.retention import forget_titles
from portal.audit import AuditEntry
from portal.events import stream_head
from portal.ids import new_id
from portal.jobs import Run
from portal.permissions import Role
from realtime.messages import Entry
from realtime.sources import Connection
from tests.helpdesk.board.site import Browser, Site
from tests.helpdesk.matching.test_pages import ADDRESS, FILED, SERVES, engaged, only_engagement, posted
from tests.helpdesk.moderation.board_of import send, status, told


@dataclass
class Two:
    """Anna asked, Bruno answered and was accepted; then Anna blocks him from their conversation."""

    site: Site
    anna: Browser
    bruno: Browser
    request: str
    engagement: str

    @property
    def talk(self) -> str:
        return f"/board/engagements/{self.engagement}"

    async def block(self) -> None:
        answer = await self.anna.post(f"{self.talk}/block")
        assert answer.headers["Location"] == "/account/blocked?done=blocked"


@pytest.fixture
async def two(site: Site) -> Two:
    anna, bruno = await site.person("Anna"), await site.person("Bruno")
    path, one = await engaged(site, anna, bruno)
    return Two(site, anna, bruno, path, one)


async def seen_live(site: Site, who: Browser) -> str:
    """What the board's stream serves to this person, by push and replay alike."""
    return json.dumps([dict(entry.body) for entry in await entries_for(site, who)], default=str)


async def entries_for(site: Site, who: Browser, after: int = 0) -> Sequence[Entry]:
    connection = Connection(sid="s", principal=who.actor, login=None, locale="en", client=None)
    async with site.portal.database.read() as db:
        audience = await BoardStream(500).audience(db, "", connection)
    assert audience is not None
    return (await site.portal.streams.page("board", audience, after, 200)).entries


async def test_neither_sees_what_the_other_writes_on_any_channel_and_others_see_both(two: Two) -> None:
    theirs = await posted(two.site, two.bruno, OFFERS, title="Rides of Bruno")
    await posted(two.site, two.anna, title="Bread for Anna")

    await two.block()

    hers = "Bread for Anna"
    for who, other, path in ((two.anna, "Rides of Bruno", theirs), (two.bruno, hers, two.request)):
        channels = [await who.text(address) for address in ("/", "/board", "/board/mine")]
        channels += [json.dumps(await who.read(f"/api/{kind}")) for kind in ("requests", "offers")]
        assert [text for text in channels if other in text] == []
        assert other not in await seen_live(two.site, who)
        assert await status(who, path) == 410
        assert (await who.client.get(f"/api{path.removeprefix('/board')}", headers=who.headers)).status_code == 410
        assert (await who.post(f"{path}/answer", note="")).status_code == 410
    for who in (two.site.visitor(), await two.site.person("Chloe")):
        page = await who.text("/board")
        assert "Rides of Bruno" in page
        assert hers in page
        assert "Rides of Bruno" in await seen_live(two.site, who)


async def test_who_blocked_reads_so_and_is_led_to_taking_it_back_and_the_blocked_one_reads_of_an_end(two: Two) -> None:
    theirs = await posted(two.site, two.bruno, OFFERS, title="Rides of Bruno")
    await two.block()

    answer = await two.anna.get(theirs)
    page = await answer.get_data(as_text=True)
    assert answer.status_code == 410
    assert "You have blocked this person" in page
    assert 'href="/account/blocked"' in page
    assert "Rides of Bruno" not in page
    assert "Blocked. The other person is not told." in await two.anna.text("/account/blocked?done=blocked")


async def test_blocked_person_cannot_tell_a_block_from_an_end(two: Two) -> None:
    chloe = await two.site.person("Chloe")
    ended = await posted(two.site, chloe, title="Bread for Chloe")
    version = (await chloe.text(ended)).split('data-version="')[1].split('"')[0]
    assert (await chloe.post(f"{ended}/close", outcome="helped", version=version)).status_code == 303

    await two.block()

    assert await _refusal(two.bruno, two.request) == await _refusal(two.bruno, ended)
    assert "blocked" not in await (await two.bruno.get(two.request)).get_data(as_text=True)


async def test_who_blocked_learns_of_nothing_that_is_over_whose_it_was(two: Two) -> None:
    theirs = await posted(two.site, two.bruno, OFFERS, title="Rides of Bruno")
    version = (await two.bruno.text(theirs)).split('data-version="')[1].split('"')[0]
    await two.bruno.post(f"{theirs}/close", outcome="helped", version=version)

    await two.block()

    assert (await _refusal(two.anna, theirs))["code"] == "no-longer-shown"


async def _refusal(who: Browser, path: str) -> dict[str, str]:
    """Why the API shows this person no such posting, without the number of the log line."""
    answer = await who.client.get(f"/api{path.removeprefix('/board')}", headers=who.headers)
    assert answer.status_code == 410
    return {name: value for name, value in (await answer.get_json())["error"].items() if name != "id"}


async def test_open_boards_of_both_are_told_to_read_anew_without_a_word_of_why_and_nobody_elses_is(two: Two) -> None:
    before = await two.site.portal.log.head("board")

    await two.block()

    for who in (two.anna, two.bruno):
        renewed = [entry for entry in await entries_for(two.site, who, before) if entry.kind == "board.renewed"]
        assert [dict(entry.body) for entry in renewed] == [{}]
    for who in (two.site.visitor(), await two.site.person("Chloe")):
        assert "board.renewed" not in {entry.kind for entry in await entries_for(two.site, who, before)}


async def test_block_is_never_on_disk_without_the_word_to_open_boards(two: Two) -> None:
    before = await two.site.portal.log.head("board")
    seen: list[tuple[int, int]] = []

    async def look(stream: str, _head: int) -> None:
        if stream == "board":
            async with two.site.portal.database.read() as db:
                blocks = len((await db.scalars(select(Block))).all())
            events = await two.site.portal.log.after("board", before, 100)
            seen.append((blocks, len([event for event in events if event.kind == "board.renewed"])))

    two.site.portal.log.on_advanced(look)
    await two.block()

    assert seen == [(1, 2)]


async def test_programs_block_and_take_back_as_pages_do(two: Two) -> None:
    offer = await posted(two.site, two.bruno, OFFERS, title="Rides of Bruno")

    assert (await two.anna.call(f"/api{offer.removeprefix('/board')}/block")).status_code == 200

    assert await status(two.bruno, two.request) == 410
    (block,) = (await two.anna.read("/api/board/blocks"))["items"]
    assert (block["name"], block["where"], block["title"]) == (None, "help_offer", "Rides of Bruno")
    assert (await two.bruno.read("/api/board/blocks"))["items"] == []
    back = f"/api/board/blocks/{block['id']}/take-back"
    assert (await two.bruno.call(back)).status_code == 404
    assert (await two.site.visitor().call(back)).status_code == 401
    assert (await two.anna.call(back)).status_code == 200
    assert [await status(two.bruno, two.request), await status(two.anna, offer)] == [200, 200]


async def test_programs_are_refused_as_pages_are(two: Two) -> None:
    agent = await two.site.person("Agnes", Role.AGENT)
    filed = (await agent.post("/board/file", **FILED)).headers["Location"].split("?")[0]
    asked = f"/api{two.request.removeprefix('/board')}/block"
    talk = f"/api/engagements/{two.engagement}/block"

    assert (await two.anna.call(asked)).status_code == 403
    assert (await two.bruno.call(f"/api{filed.removeprefix('/board')}/block")).status_code == 403
    assert (await two.bruno.call("/api/requests/nothing/block")).status_code == 404
    assert (await agent.call(talk)).status_code == 404
    for path in (asked, talk):
        assert (await two.site.visitor().call(path)).status_code == 401
    assert (await two.site.visitor().get("/api/board/blocks")).status_code == 401
    assert (await two.bruno.call(talk)).status_code == 200
    async with two.site.portal.database.read() as db:
        assert (await db.scalars(select(Block))).one().where.value == "conversation"


async def test_map_counts_nothing_of_the_other(two: Two) -> None:
    await posted(two.site, two.bruno, OFFERS, title="Rides of Bruno")
    before = (await two.anna.read("/api/board/cells"))["cells"]

    await two.block()

    assert [cell["offers"] for cell in before] == [1]
    assert sum(cell["offers"] for cell in (await two.anna.read("/api/board/cells"))["cells"]) == 0
    assert sum(cell["offers"] for cell in (await two.site.visitor().read("/api/board/cells"))["cells"]) == 1


async def test_what_stands_between_them_ends_in_neutral_words_and_is_open_to_others_again(two: Two) -> None:
    await two.bruno.post(f"{two.talk}/messages", text="At ten?")

    await two.block()

    async with two.site.portal.database.read() as db:
        engagement = await db.get_one(Engagement, two.engagement)
        block = (await db.scalars(select(Block))).one()
    assert engagement.state is EngagementState.DECLINED
    assert block.where.value == "conversation"
    assert "It is over: Two bags from the market" in await told(two.bruno)
    assert "blocked" not in await two.bruno.text("/notices")
    assert (await two.bruno.post(f"{two.request}/place")).status_code == 403
    for who in (two.anna, two.bruno):
        assert (await who.post(f"{two.talk}/messages", text="And now?")).status_code == 404
        assert "It is over: nothing more can be written." in await who.text(two.talk)
    assert "I can help" in await (await two.site.person("Chloe")).text(two.request)


async def test_helper_who_blocks_withdraws_and_the_author_is_told_that_they_cannot_come(two: Two) -> None:
    await two.bruno.post(f"{two.talk}/block")

    async with two.site.portal.database.read() as db:
        engagement = await db.get_one(Engagement, two.engagement)
    assert engagement.state is EngagementState.WITHDRAWN
    assert "The person who was to come cannot" in await told(two.anna)


async def test_author_has_nothing_to_decide_about_a_helper_who_has_blocked_them_or_whom_they_block(site: Site) -> None:
    anna, bruno, chloe = await site.person("Anna"), await site.person("Bruno"), await site.person("Chloe")
    path = await posted(site, anna)
    for helper in (bruno, chloe):
        await helper.post(f"{path}/answer", note="I can")

    await bruno.post(f"{path}/block")
    assert "Somebody has answered: Two bags" in await told(anna)
    (talk,) = set(re.findall(r"/board/engagements/\w+", await anna.text(path)))
    await anna.post(f"{talk}/block")

    assert "Two bags" not in await told(anna)


@pytest.mark.parametrize("came_first", [True, False])
async def test_author_still_reads_that_a_helper_cannot_come_after_somebody_only_proposed_has_blocked_them(
    site: Site, came_first: bool
) -> None:
    anna, bruno, chloe = await site.person("Anna"), await site.person("Bruno"), await site.person("Chloe")
    path, of_bruno = await engaged(site, anna, bruno, accept=False)
    if came_first:
        await chloe.post(f"{path}/answer", note="I can")
    assert (await anna.post(f"{path}/answers/{of_bruno}/accept", reply="")).status_code == 303
    await bruno.post(f"{path}/withdraw", reason="unwell")
    if not came_first:
        await chloe.post(f"{path}/answer", note="I can")
        assert "Somebody has answered: Two bags" in await told(anna)
    assert "The person who was to come cannot: Two bags" in await told(anna)

    await chloe.post(f"{path}/block")

    notices = await told(anna)
    assert "The person who was to come cannot: Two bags" in notices
    assert "Somebody has answered" not in notices


async def test_author_is_blocked_from_the_page_without_their_name_being_told(site: Site) -> None:
    anna, bruno = await site.person("Anna"), await site.person("Bruno")
    path = await posted(site, anna)
    assert "Block this neighbour" in await bruno.text(path)

    await bruno.post(f"{path}/block")

    page = await bruno.text("/account/blocked")
    assert "Who asked: Two bags from the market" in page
    assert "Anna" not in page
    assert (await bruno.read("/account/data.json"))["blocked_people"][0]["about"] == "Two bags from the market"
    assert (await anna.read("/account/data.json"))["blocked_people"] == []


async def test_waves_never_ask_one_for_the_other_and_what_was_asked_is_over(site: Site) -> None:
    anna, vera = await site.person("Anna"), await site.person("Vera")
    await vera.post("/board/helping", **SERVES, place=ADDRESS)
    first = await posted(site, anna, title="Bread")
    site.clock.advance(minutes=2)
    async with site.portal.database.write() as db:
        await run_searches(db, site.clock(), Random(1))

    await vera.post(f"{first}/block")
    await posted(site, anna, title="Cheese")
    site.clock.advance(minutes=2)
    async with site.portal.database.write() as db:
        await run_searches(db, site.clock(), Random(1))

    async with site.portal.database.read() as db:
        assert [ask.state for ask in await db.scalars(select(Ask))] == [AskState.OVER]
    assert "Nothing is asked of you" in await vera.text("/board/asked")
    assert "needs you" not in await told(vera)


async def test_block_is_taken_back_from_the_list_and_nothing_else_comes_back(two: Two) -> None:
    await two.block()
    page = await two.anna.text("/account/blocked")
    assert "Bruno" in page
    address = page.split('action="/account/blocked/')[1].split('"')[0]
    for who, expected in ((two.bruno, 404), (two.site.visitor(), 401)):
        assert (await who.post(f"/account/blocked/{address}")).status_code == expected

    await two.anna.post(f"/account/blocked/{address}")

    assert "Nobody is blocked" in await two.anna.text("/account/blocked")
    assert await status(two.bruno, two.request) == 200
    async with two.site.portal.database.read() as db:
        assert (await db.get_one(Engagement, two.engagement)).state is EngagementState.DECLINED
        acts = [item.act for item in await db.scalars(select(AuditEntry).order_by(AuditEntry.at, AuditEntry.id))]
    assert {"help_person.blocked", "help_person.unblocked"} <= set(acts)


async def test_taken_back_both_open_boards_are_told_to_read_anew_once_no_block_stands_between_the_two(two: Two) -> None:
    await two.block()
    async with two.site.portal.database.read() as db:
        (hers,) = await db.scalars(select(Block))
        head = await stream_head(db, "board")
    chloe = await two.site.person("Chloe")

    await two.anna.post(f"/account/blocked/{hers.id}/take-back")

    for who in (two.anna, two.bruno):
        renewed = [entry for entry in await entries_for(two.site, who, head) if entry.kind == "board.renewed"]
        assert [dict(entry.body) for entry in renewed] == [{}]
    for who in (chloe, two.site.visitor()):
        assert await entries_for(two.site, who, head) == ()


async def test_while_the_other_still_blocks_nothing_is_read_anew(two: Two) -> None:
    await two.block()
    async with two.site.portal.database.write() as db:
        (hers,) = await db.scalars(select(Block))
        both = Block(id=new_id(), blocker_id=hers.blocked_id, blocked_id=hers.blocker_id, at=hers.at, where=hers.where)
        both.title, both.knows_name = "", False
        db.add(both)
        head = await stream_head(db, "board")

    await two.anna.post(f"/account/blocked/{hers.id}/take-back")

    assert [await entries_for(two.site, who, head) for who in (two.anna, two.bruno)] == [(), ()]


async def test_nobody_blocks_themself_or_somebody_without_an_account_or_from_a_place_they_do_not_see(
    two: Two,
) -> None:
    agent = await two.site.person("Agnes", Role.AGENT)
    filed = (await agent.post("/board/file", **FILED)).headers["Location"].split("?")[0]

    assert (await two.anna.post(f"{two.request}/block")).status_code == 403
    assert "Block" not in await two.bruno.text(filed)
    assert (await two.bruno.post(f"{filed}/block")).status_code == 403
    assert (await agent.post(f"{two.talk}/block")).status_code == 404
    assert (await two.site.visitor().post(f"{two.request}/block")).status_code == 401
    assert (await two.site.visitor().get("/account/blocked")).status_code == 401


async def test_moderators_still_see_what_somebody_writes_who_has_blocked_them(site: Site) -> None:
    anna, moderator = await site.person("Anna"), await site.person("Mona", Role.MODERATOR)
    offer = await posted(site, moderator, OFFERS)
    await anna.post(f"{offer}/block")
    path = await posted(site, anna, title="Of Anna")

    assert await status(moderator, path) == 200
    assert await status(anna, offer) == 410


async def test_erasure_takes_blocks_of_and_by_the_person(two: Two) -> None:
    await two.block()

    assert await send(two.bruno, "/account/erase", sure="yes") == 303

    async with two.site.portal.database.read() as db:
        assert (await db.scalars(select(Block))).all() == []


async def test_of_a_block_sent_twice_one_counts(two: Two) -> None:
    await two.anna.post(f"{two.talk}/block", command_id="block-0001")
    again = await two.anna.post(f"{two.talk}/block", command_id="block-0001")

    assert again.status_code == 303
    async with two.site.portal.database.read() as db:
        assert len((await db.scalars(select(Block))).all()) == 1
    assert await only_engagement(two.site) == two.engagement


async def test_what_it_was_about_is_forgotten_after_three_months_and_the_block_stands(two: Two) -> None:
    await two.block()

    for days, title in ((90, "Two bags from the market"), (1, "")):
        two.site.clock.advance(days=days)
        async with two.site.portal.database.write() as db:
            await forget_titles(db, Run(two.site.clock(), None))
        async with two.site.portal.database.read() as db:
            assert (await db.scalars(select(Block))).one().title == title
