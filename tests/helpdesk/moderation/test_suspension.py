"""After a suspension nothing of the person is served: on no page, API, socket or replay, in no mail or push."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from structlog.testing import capture_logs

from helpdesk.board.service.board import Board
from helpdesk.board.service.postings import REQUESTS
from helpdesk.moderation.service.official_answers import answers_to
from meetings.rooms.live.stream import RoomStream
from meetings.rooms.service.chat import chat_of
from portal.errors import NotSignedIn
from portal.events import Event
from portal.mail import OutgoingMail
from portal.notices.model import KINDS, How, Notice, NoticeKind, OutgoingPush, PushDevice, Words
from portal.notices.service import tell
from portal.notices.service.delivery import Telling, tell_due
from portal.permissions import Role
from tests.helpdesk.board.site import Browser, Site
from tests.helpdesk.board.world import a_draft
from tests.helpdesk.moderation.board_of import decide, live, post, send, status, told
from tests.helpdesk.moderation.talk import someone_wrote

MARK = "Zinnia"
"""The name of the person, and a word in everything that they write."""
REQUEST = f"{MARK} needs two bags"


async def careless_words(db: AsyncSession, notices: Sequence[Notice]) -> Mapping[str, Words]:
    """A feature that forgot to look whether the thing is still shown."""
    del db
    return {item.id: Words(f"{MARK} wrote" if item.why == "hers" else "Else", "…", "/board") for item in notices}


@dataclass
class Story:
    """Somebody who has left traces everywhere."""

    site: Site
    zinnia: Browser
    ben: Browser
    moderator: Browser
    request: str
    offer: str
    of_ben: str
    conversation: str

    async def served(self) -> dict[str, str]:
        """All that a visitor and a neighbour can read, by channel."""
        visitor, found = self.site.visitor(), {}
        pages = ["/", "/board", f"/board/requests/{self.request}", f"/board/offers/{self.offer}"]
        pages += [f"/board/requests/{self.of_ben}", "/board?kind=help_offer", "/api/requests", "/api/offers"]
        pages += [f"/api/requests/{self.request}", f"/api/offers/{self.offer}", "/api/board/cells"]
        own = ["/board/mine", "/notices", "/account/data.json"]
        own += [f"/board/engagements/{self.conversation}", f"/api/engagements/{self.conversation}"]
        for name, browser, paths in (("visitor", visitor, pages), ("ben", self.ben, [*pages, *own])):
            for path in paths:
                answer = await browser.get(path)
                found[f"{name} {path}"] = html.unescape(await answer.get_data(as_text=True))
        found["replay"] = json.dumps(await live(self.site))
        stream, ben = f"engagement:{self.conversation}", self.ben.actor.id if self.ben.actor else ""
        replayed = await self.site.portal.streams.page(stream, ben, 0, 100)
        found["conversation"] = json.dumps([dict(entry.body) for entry in replayed.entries])
        found["queues"] = await self._queued()
        return found

    async def _queued(self) -> str:
        async with self.site.portal.database.read() as db:
            mails = await db.scalars(select(OutgoingMail).where(OutgoingMail.recipient != "zinnia@mail.test"))
            return "\n".join(f"{mail.subject} {mail.body}" for mail in mails)


@pytest.fixture
async def story(site: Site, monkeypatch: pytest.MonkeyPatch) -> Story:
    monkeypatch.setitem(KINDS, "test.near", NoticeKind("test.near", "Test", How.INSTANT, careless_words))
    zinnia, ben = await site.person(MARK), await site.person("Ben")
    moderator = await site.person("Mona", Role.MODERATOR)
    request = await post(zinnia, REQUEST, details=f"Signed {MARK}", capacity=2)
    offer = await post(zinnia, f"{MARK} lends a ladder", kind="offers")
    of_ben = await post(ben, "Ben needs company")
    answer = await (await ben.call(f"/api/requests/{request}/answers", note="I come")).get_json()
    accepted = await zinnia.call(f"/api/requests/{request}/answers/{answer['id']}/accept", reply=f"Yours, {MARK}")
    assert accepted.status_code == 200
    assert (await zinnia.call(f"/api/requests/{of_ben}/answers", note=f"{MARK} comes")).status_code == 201
    said = await zinnia.call(f"/api/engagements/{answer['id']}/messages", text=f"Ring twice, {MARK}")
    assert said.status_code == 201
    await _tell(site, ben, request)
    return Story(site, zinnia, ben, moderator, request, offer, of_ben, answer["id"])


async def _tell(site: Site, ben: Browser, request: str) -> None:
    """Ben is told of her request and of something else, in one mail that waits, and on a device."""
    assert ben.actor is not None
    now = site.clock()
    async with site.portal.database.write() as db:
        for subject, why in ((request, "hers"), ("something-else", "other")):
            await tell(db, person_id=ben.actor.id, kind="test.near", subject_id=subject, at=now, why=why)

    async def town_name() -> str:
        return "Essai"

    telling = Telling("http://portal.test", "secret", town_name)
    async with site.portal.database.write() as db:
        await tell_due(telling, db, now + timedelta(minutes=2))
    async with site.portal.database.write() as db:
        device = {"endpoint": "https://push.test/1", "endpoint_digest": "d", "p256dh": "", "auth": "", "browser": ""}
        db.add(PushDevice(id="device", person_id=ben.actor.id, created_at=now, **device))
        notice = await db.scalar(select(Notice.id).filter_by(subject_id=request))
        await db.flush()
        db.add(OutgoingPush(id="push", device_id="device", notice_id=notice, due_at=now))


async def suspend(story: Story) -> list[Any]:
    """The moderator's one act; returns what was logged meanwhile."""
    assert await send(story.ben, f"/board/requests/{story.request}/report", reason="deceit") == 200
    with capture_logs() as lines:
        assert await decide(story.moderator, REQUEST, "suspend", reason="deceit", words="It was a trap.") == 303
    return list(lines)


async def test_nothing_is_served_on_any_channel_afterwards(story: Story) -> None:
    before = await story.served()
    for channel in ("visitor /board", f"visitor /board/requests/{story.request}", "ben /board/mine", "ben /notices"):
        assert MARK in before[channel], channel
    for channel in ("replay", "queues", "visitor /api/requests", "visitor /api/offers", "ben /account/data.json"):
        assert MARK in before[channel], channel
    assert MARK in before[f"ben /board/requests/{story.of_ben}"]
    for channel in (f"ben /board/engagements/{story.conversation}", "conversation"):
        assert f"Ring twice, {MARK}" in before[channel], channel

    lines = await suspend(story)

    assert [channel for channel, text in (await story.served()).items() if MARK in text] == []
    assert MARK not in json.dumps(lines, default=str)
    assert await status(story.zinnia, "/account") == 401


async def test_author_of_whom_they_were_the_only_answer_has_nothing_to_decide_any_more(story: Story) -> None:
    assert "Somebody has answered: Ben needs company" in await told(story.ben)

    await suspend(story)

    assert "Ben needs company" not in await told(story.ben)


async def test_author_to_whom_they_were_to_come_is_told_that_nobody_does(story: Story) -> None:
    (answer,) = re.findall(r"/answers/(\w+)/accept", await story.ben.text(f"/board/requests/{story.of_ben}"))
    assert (await story.ben.call(f"/api/requests/{story.of_ben}/answers/{answer}/accept")).status_code == 200

    await suspend(story)

    assert "The person who was to come cannot: Ben needs company" in await told(story.ben)


async def test_what_had_ended_before_is_hidden_too(story: Story) -> None:
    closed = await story.zinnia.call(f"/api/requests/{story.request}/close", outcome="helped")
    assert closed.status_code == 200

    await suspend_by_offer(story)

    assert [channel for channel, text in (await story.served()).items() if MARK in text] == []


async def suspend_by_offer(story: Story) -> None:
    assert await send(story.ben, f"/board/offers/{story.offer}/report", reason="deceit") == 200
    title = f"{MARK} lends a ladder"
    assert await decide(story.moderator, title, "suspend", reason="deceit", words="It was a trap.") == 303


async def test_open_boards_drop_the_postings_and_learn_their_ids_only(story: Story) -> None:
    head = await story.site.portal.log.head("board")

    await suspend(story)

    cards = {card["id"]: card for card in await live(story.site, head)}
    for id_, kind in ((story.request, "help_request"), (story.offer, "help_offer")):
        assert cards[id_] == {"kind": kind, "id": id_, "version": cards[id_]["version"], "state": "hidden"}
    assert cards[story.of_ben]["answers"] == 0


async def test_mail_on_its_way_is_stopped_and_what_else_stood_in_it_is_told_again(story: Story) -> None:
    await suspend(story)

    async with story.site.portal.database.read() as db:
        mails = (await db.scalars(select(OutgoingMail).where(OutgoingMail.recipient == "ben@mail.test"))).all()
        left = {item.subject_id: item.due_at for item in await db.scalars(select(Notice).filter_by(kind="test.near"))}
        pushes = await db.scalar(select(func.count()).select_from(OutgoingPush))
    assert mails == []
    assert left == {"something-else": story.site.clock()}
    assert pushes == 0


async def test_their_lines_in_rooms_are_neither_shown_nor_replayed_until_the_account_opens(story: Story) -> None:
    assert story.zinnia.actor is not None
    room, event = await someone_wrote(story.site, story.zinnia.actor.id, f"Hello from {MARK}")

    assert MARK in await _chat(story.site, room, event)
    await suspend(story)
    assert MARK not in await _chat(story.site, room, event)

    administrator = await story.site.person("Idriss", Role.ADMINISTRATOR)
    assert await send(administrator, f"/admin/people/{story.zinnia.actor.id}/unban") == 303
    assert MARK in await _chat(story.site, room, event)


async def _chat(site: Site, room: str, event: Event) -> str:
    async with site.portal.database.read() as db:
        lines = await chat_of(db, room)
        replayed = await RoomStream().render(db, room, [event], "participants")
    return json.dumps([line.text for line, _name in lines]) + json.dumps(replayed, default=str)


async def test_what_was_hidden_stays_hidden_when_the_account_opens_again(story: Story) -> None:
    await suspend(story)
    administrator = await story.site.person("Idriss", Role.ADMINISTRATOR)
    assert story.zinnia.actor is not None

    assert await send(administrator, f"/admin/people/{story.zinnia.actor.id}/unban") == 303

    assert MARK not in await story.site.visitor().text("/board")
    assert await status(story.ben, f"/board/requests/{story.request}") == 410


async def test_official_answers_of_a_suspended_agent_are_gone(site: Site) -> None:
    agent, administrator = await site.person(MARK, Role.AGENT), await site.person("Idriss", Role.ADMINISTRATOR)
    assert agent.actor is not None
    id_ = await post(await site.person("Anna"))
    await agent.post(f"/board/requests/{id_}/official", text="Come to the desk.")

    banned = await send(administrator, f"/admin/people/{agent.actor.id}/ban", reason="Left with the keys.")

    assert banned == 303
    assert "Come to the desk." not in await site.visitor().text(f"/board/requests/{id_}")
    async with site.portal.database.read() as db:
        assert await answers_to(db, id_, None) == []


async def test_command_of_a_person_suspended_meanwhile_is_refused(story: Story) -> None:
    portal = story.site.portal
    board = Board.open(portal.database, portal.clock, portal.limits, portal.settings.secret_key)
    assert story.zinnia.actor is not None
    await suspend(story)

    with pytest.raises(NotSignedIn):
        await board.post(story.zinnia.actor, REQUESTS, a_draft(), command_id="identified-before")
