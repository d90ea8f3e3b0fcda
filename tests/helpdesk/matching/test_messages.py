"""Private messages: written by two, read by two, shown to a moderator only when one of them reports."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pydantic import ValidationError
from sqlalchemy import select

from helpdesk.board.service.postings import OFFERS, REQUESTS, PostingKind, Ref
from helpdesk.matching.live import AskStream, Conversations, EngagementStream, EngagementWrite
from helpdesk.matching.model import Message, ReportReason
from helpdesk.matching.service import messages
from helpdesk.matching.service.reading import view_conversation
from helpdesk.matching.service.streams import stream_of
from helpdesk.matching.service.upkeep import forget
from portal.audit import AuditEntry
from portal.errors import Forbidden, NotFound, NotSignedIn, TooMany
from portal.jobs import Run
from portal.permissions import Actor, Role
from portal.streams import StreamRegistry
from realtime.sources import Connection
from tests.helpdesk.board.world import World, a_draft, person

ANNA, BRUNO, CHLOE = person("anna"), person("bruno"), person("chloe")
AGENT, MODERATOR = person("agent", Role.AGENT), person("moderator", Role.MODERATOR)


async def engaged(world: World, kind: PostingKind = REQUESTS) -> tuple[Ref, str]:
    ref = Ref(kind, await world.board.post(ANNA, kind, a_draft(), command_id="post-0001"))
    return ref, (await world.matching.answer(BRUNO, ref, note="", command_id="answer-01")).id


async def wrote(world: World, who: Actor, engagement_id: str, text: str, command_id: str) -> str:
    world.clock.advance(milliseconds=1)
    return await messages.write(world.matching, who, engagement_id, text=text, command_id=command_id)


async def read_by(world: World, who: Actor, engagement_id: str) -> list[str]:
    async with world.database.read() as db:
        return [message.text for message in (await view_conversation(db, who, engagement_id, world.clock())).messages]


def connection(who: Actor | None) -> Connection:
    return Connection(sid="s", principal=who, login=None, locale="en", client=None)


def streams_of(world: World) -> StreamRegistry:
    streams = StreamRegistry(world.database, world.log)
    streams.add("engagement", EngagementStream())
    streams.add("asks", AskStream())
    return streams


async def test_the_two_write_and_read_and_nobody_else_does_either(world: World) -> None:
    _ref, one = await engaged(world)
    await wrote(world, BRUNO, one, "Which bread?", "message-1")
    await wrote(world, ANNA, one, "The dark one.", "message-2")

    assert await read_by(world, ANNA, one) == await read_by(world, BRUNO, one) == ["Which bread?", "The dark one."]
    for who in (CHLOE, AGENT, MODERATOR):
        with pytest.raises(NotFound):
            await read_by(world, who, one)
        with pytest.raises(NotFound):
            await wrote(world, who, one, "Me too", "message-3")
    with pytest.raises(Forbidden):
        await wrote(world, Actor("x", "X", frozenset(), "l"), one, "Me too", "message-3")


async def test_message_sent_twice_stands_once(world: World) -> None:
    _ref, one = await engaged(world)

    assert await wrote(world, BRUNO, one, "Hello", "message-1") == await wrote(world, BRUNO, one, "Hello", "message-1")

    assert await read_by(world, ANNA, one) == ["Hello"]


async def test_after_the_end_nothing_more_is_written_and_a_week_later_it_is_erased(world: World) -> None:
    ref, one = await engaged(world)
    await wrote(world, BRUNO, one, "Hello", "message-1")
    await world.board.close(ANNA, ref, outcome="no_longer_needed", seen=None, command_id="close-001")

    with pytest.raises(messages.Closed):
        await wrote(world, BRUNO, one, "Hello?", "message-2")
    for days, left in ((6, ["Hello"]), (2, [])):
        world.clock.advance(days=days)
        async with world.database.write() as db:
            await forget(db, Run(world.clock(), None))
        assert await read_by(world, BRUNO, one) == left


async def test_stream_tells_each_of_the_two_which_are_their_own(world: World) -> None:
    _ref, one = await engaged(world)
    await wrote(world, BRUNO, one, "Which bread?", "message-1")
    await wrote(world, ANNA, one, "The dark one.", "message-2")
    streams, name = streams_of(world), stream_of(one)

    for who, own in ((ANNA, [False, True]), (BRUNO, [True, False])):
        audience = await streams.audience(name, connection(who))
        assert audience is not None
        page = await streams.page(name, audience, 0, 100)
        found = [entry.body["message"] for entry in page.entries if "message" in entry.body]
        assert [item["mine"] for item in found] == own  # type: ignore[index,call-overload]
        assert [item["text"] for item in found] == ["Which bread?", "The dark one."]  # type: ignore[index,call-overload]
    for stranger in (CHLOE, AGENT, MODERATOR, None):
        assert await streams.audience(name, connection(stranger)) is None
        assert await streams.audience("engagement:nothing", connection(stranger)) is None
        assert await streams.audience("asks:bruno", connection(stranger)) is None
    assert await streams.audience("asks:bruno", connection(BRUNO)) == "self"


async def test_events_hold_no_word_of_what_was_written(world: World) -> None:
    _ref, one = await engaged(world)
    await wrote(world, BRUNO, one, "Secret word", "message-1")

    stored = [str(vars(event)) for event in await world.log.after(stream_of(one), 0, 100)]

    assert stored
    assert not any("Secret" in text for text in stored)


@pytest.mark.parametrize("text", ["Call 06 12 34 56 78", "me@mail.test", "12 rue des Lilas", "", "x" * 1001])
async def test_contact_details_are_caught_before_sending_with_a_sentence(world: World, text: str) -> None:
    _ref, one = await engaged(world)
    said = Conversations(world.matching)

    with pytest.raises(ValidationError):
        await said.write(connection(BRUNO), EngagementWrite.parse({"command_id": "message-1", "id": one, "text": text}))

    assert await read_by(world, ANNA, one) == []


async def test_visitor_writes_nothing_by_socket(world: World) -> None:
    _ref, one = await engaged(world)

    with pytest.raises(NotSignedIn):
        await Conversations(world.matching).write(
            connection(None), EngagementWrite.parse({"command_id": "message-1", "id": one, "text": "Hello"})
        )


async def test_messages_are_limited_by_the_hour(world: World) -> None:
    _ref, one = await engaged(world)
    for number in range(120):
        await wrote(world, BRUNO, one, "Hello", f"message-{number}")

    with pytest.raises(TooMany):
        await wrote(world, BRUNO, one, "Hello", "message-last")


async def test_moderator_reads_what_was_reported_and_nothing_else(world: World) -> None:
    _ref, one = await engaged(world)
    bad = await wrote(world, BRUNO, one, "Give me money", "message-1")
    own = await wrote(world, ANNA, one, "No!", "message-2")
    reason = ReportReason.MONEY

    for who, message_id in ((CHLOE, bad), (BRUNO, bad), (ANNA, own), (ANNA, "nothing")):
        with pytest.raises(NotFound):
            await messages.report(world.matching, who, one, message_id, reason=reason, command_id="report-01")
    async with world.database.read() as db:
        assert list(await messages.reported(db, MODERATOR)) == []
    await messages.report(world.matching, ANNA, one, bad, reason=reason, command_id="report-02")

    async with world.database.read() as db:
        assert [message.text for message in await messages.reported(db, MODERATOR)] == ["Give me money"]
        for who in (ANNA, AGENT):
            with pytest.raises(Forbidden):
                await messages.reported(db, who)


@pytest.mark.parametrize("takes_away", [True, False])
async def test_moderator_decides_once_and_it_is_noted(world: World, takes_away: bool) -> None:
    _ref, one = await engaged(world)
    bad = await wrote(world, BRUNO, one, "Give me money", "message-1")
    with pytest.raises(NotFound):
        await messages.decide(world.matching, MODERATOR, bad, takes_away=True, command_id="decide-01")
    await messages.report(world.matching, ANNA, one, bad, reason=ReportReason.MONEY, command_id="report-01")
    for who in (ANNA, AGENT):
        with pytest.raises(Forbidden):
            await messages.decide(world.matching, who, bad, takes_away=True, command_id="decide-02")

    await messages.decide(world.matching, MODERATOR, bad, takes_away=takes_away, command_id="decide-03")

    assert await read_by(world, ANNA, one) == ["" if takes_away else "Give me money"]
    async with world.database.read() as db:
        (entry,) = await db.scalars(select(AuditEntry))
        assert list(await messages.reported(db, MODERATOR)) == []
    assert (entry.act, entry.detail) == ("help_message.decided", "taken_away" if takes_away else "left")
    replayed = await streams_of(world).page(stream_of(one), "anna", 0, 100)
    assert ("Give me money" in str(replayed)) is not takes_away


async def test_reported_message_outlives_the_week_until_it_is_decided(world: World) -> None:
    ref, one = await engaged(world, OFFERS)
    bad = await wrote(world, BRUNO, one, "Give me money", "message-1")
    await messages.report(world.matching, ANNA, one, bad, reason=ReportReason.MONEY, command_id="report-01")
    await world.board.cancel(ANNA, ref, seen=None, command_id="cancel-01")
    world.clock.advance(days=30)

    async with world.database.write() as db:
        await forget(db, Run(world.clock(), None))

    async with world.database.read() as db:
        assert [message.text for message in await messages.reported(db, MODERATOR)] == ["Give me money"]


async def test_every_message_can_be_read_page_by_page(world: World) -> None:
    _ref, one = await engaged(world)
    async with world.database.write() as db:
        for n in range(2 * messages.PAGE + 1):
            # Two stand at each instant, so that some pages end between them: none is lost there.
            at = world.clock() + timedelta(minutes=n // 2)
            db.add(Message(id=f"m{n:03}", engagement_id=one, person_id=BRUNO.id, at=at, text=f"{n}"))

    async with world.database.read() as db:
        newest = await view_conversation(db, ANNA, one, world.clock())
        middle = await view_conversation(db, ANNA, one, world.clock(), newest.messages[0].id)
        oldest = await view_conversation(db, ANNA, one, world.clock(), middle.messages[0].id)

    read = [message.text for page in (oldest, middle, newest) for message in page.messages]
    assert read == [str(n) for n in range(2 * messages.PAGE + 1)]
    assert [newest.has_older, middle.has_older, oldest.has_older] == [True, True, False]


async def test_pages_lead_through_the_messages_of_their_own_engagement_only(world: World) -> None:
    _ref, one = await engaged(world)
    other = Ref(REQUESTS, await world.board.post(ANNA, REQUESTS, a_draft(title="Milk"), command_id="post-0002"))
    two = (await world.matching.answer(CHLOE, other, note="", command_id="answer-02")).id
    theirs = await wrote(world, CHLOE, two, "Which milk?", "message-1")

    async with world.database.read() as db:
        for before in (theirs, "unknown"):
            with pytest.raises(NotFound):
                await view_conversation(db, BRUNO, one, world.clock(), before)
