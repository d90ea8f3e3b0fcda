"""A person's own data in matching: taken along, and gone with the account."""

from __future__ import annotations

from typing import Any

from helpdesk.board.model import PostingState, Where
from helpdesk.board.service.postings import OFFERS, Ref, access_posting
from helpdesk.matching.model import SLOTS, EngagementState, Reason
from helpdesk.matching.service import messages
from helpdesk.matching.service.loading import engagements_of
from helpdesk.matching.service.own_data import forget, my_answers, my_asks, my_messages, my_profile
from helpdesk.matching.service.reading import view_conversation
from helpdesk.matching.service.volunteers import Profile, serve
from tests.helpdesk.board.world import HOME, HOME_SQUARE, World, a_draft, person

ANNA, BRUNO = person("anna"), person("bruno")


async def engaged(world: World) -> tuple[Ref, str]:
    """Bruno offers, Anna answers and is accepted, both write."""
    ref = Ref(OFFERS, await world.board.post(BRUNO, OFFERS, a_draft("Rides"), command_id="post-0001"))
    one = (await world.matching.answer(ANNA, ref, note="On Friday?", command_id="answer-01")).id
    await world.matching.accept(BRUNO, ref, engagement_id=one, reply="At ten", command_id="accept-01")
    await messages.write(world.matching, ANNA, one, text="Hers", command_id="message-1")
    await messages.write(world.matching, BRUNO, one, text="His", command_id="message-2")
    home = Where(longitude=HOME.lon, latitude=HOME.lat)
    profile = Profile(is_on=True, categories=("groceries",), slots=SLOTS)
    await serve(world.matching, ANNA, profile, home=home, command_id="serve-0001")
    return ref, one


async def test_export_holds_own_answers_messages_and_profile(world: World) -> None:
    ref, _one = await engaged(world)

    async with world.database.read() as db:
        answers: Any = await my_answers(db, "anna")
        said: Any = await my_messages(db, "anna")
        profile: Any = await my_profile(db, "anna")
        asks: Any = await my_asks(db, "anna")

    assert [(item["to"], item["note"], item["state"]) for item in answers] == [(ref.id, "On Friday?", "accepted")]
    assert [item["text"] for item in said] == ["Hers"]
    assert (profile["cell"], profile["categories"], asks) == (HOME_SQUARE.id, ["groceries"], [])


async def test_erasure_ends_what_stands_and_removes_words_and_profile(world: World) -> None:
    ref, one = await engaged(world)

    async with world.database.write() as db:
        await forget(db, "anna", world.clock())

    async with world.database.read() as db:
        posting = await access_posting(db, ref)
        (engagement,) = await engagements_of(db, posting)
        view = await view_conversation(db, BRUNO, one, world.clock())
        assert await my_profile(db, "anna") is None
        assert await my_asks(db, "anna") == []
    assert (posting.state, posting.accepted) == (PostingState.OPEN, 0)
    assert (engagement.state, engagement.reason) == (EngagementState.WITHDRAWN, Reason.ACCOUNT_CLOSED)
    assert (engagement.note, engagement.reply) == ("", "")
    assert sorted(message.text for message in view.messages) == ["", "His"]
