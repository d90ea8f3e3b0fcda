"""What a viewer reads: a posting's page with those engaged, one engagement, and everything one has to do with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.board.model import PostingState
from helpdesk.board.place import DrawnPlace, drawn_place, public_place
from helpdesk.board.service.cards import AnyPosting, Card, card_of
from helpdesk.board.service.listing import Mine, my_postings, postings_by_id
from helpdesk.board.service.permissions import may_run
from helpdesk.board.service.postings import Ref, access_posting
from helpdesk.board.service.reading import AuthorBlocked, NoLongerShown, cards
from helpdesk.matching.model import TAKEN, Engagement, EngagementState, Message, Reason, Search, SearchState
from helpdesk.matching.service.loading import access_pair, engagement_of, shown_engagements
from helpdesk.matching.service.messages import may_write, messages_of
from helpdesk.matching.service.readiness import Readiness, guidance_for, readiness_of
from helpdesk.trust.model import Guidance
from helpdesk.trust.service.blocking import apart_from, are_apart, has_blocked
from helpdesk.trust.service.guidance import guidance
from helpdesk.trust.service.ladder import badges_of
from portal.accounts.service import people_by_id
from portal.errors import NotFound
from portal.permissions import Actor, may
from portal.town.service import public_areas

_KNOWS_THE_AUTHOR = TAKEN | {EngagementState.DONE}


@dataclass(frozen=True)
class AnswerView:
    """An answer as the posting's author and its own writer read it."""

    id: str
    state: EngagementState
    reason: Reason
    name: str
    """Who answered."""
    badge: str
    """What the town hall has confirmed of them, in words; empty: nothing."""
    note: str
    reply: str
    thanks: str
    held_until: datetime | None
    shares_place: bool
    proposed_at: datetime


@dataclass(frozen=True)
class PostingView:
    """A posting's page for one viewer."""

    card: Card
    area: DrawnPlace
    outcome: str | None
    is_under_way: bool
    takes_answers: bool
    has_room: bool
    on_behalf: bool
    """An agent filed it for somebody without a device."""
    is_author: bool
    """Or an agent who stands in for somebody without a device."""
    may_answer: bool
    may_close: bool
    may_edit: bool
    may_reopen: bool
    may_read_exact: bool
    """As an agent: it is noted."""
    may_go_there: bool
    """As the person accepted: it is noted."""
    is_asked_whether_needed: bool
    nobody_was_found: bool
    """For its author: every volunteer who fits was asked, and it waits for an agent."""
    author_name: str | None
    """For the author, and for whose answer was accepted; nobody else learns it."""
    author_badge: str
    """With the name, and only with it."""
    readiness: Readiness
    """What the viewer has to do before they answer."""
    rules: Guidance | None
    """At the door and about money, for the author."""
    may_block: bool
    """Whether somebody else with an account wrote it."""
    own: AnswerView | None
    """The viewer's own answer."""
    answers: tuple[AnswerView, ...]
    """Every answer, for the author; empty for others."""


async def view_posting(db: AsyncSession, actor: Actor | None, ref: Ref, now: datetime) -> PostingView:
    """A posting's page.

    Raises `NotFound`, `NoLongerShown` for one that is over and not of the viewer's doing, and `AuthorBlocked`.
    """
    posting = await access_posting(db, ref)
    is_author = may_run(actor, posting)
    may_close_any = may(actor, ref.kind.actions.close_any)
    own = await engagement_of(db, posting, actor.id) if actor is not None and not is_author else None
    if posting.is_withheld and not (is_author or may_close_any):
        raise NoLongerShown if posting.state is PostingState.HIDDEN else NotFound
    if actor is not None and not may_close_any:
        await _refuse_who_is_apart(db, actor.id, posting)
    if posting.has_ended and not (is_author or own is not None or may_close_any):
        raise NoLongerShown
    engagements = await shown_engagements(db, posting) if is_author else ()
    knows_author = own is not None and own.state in _KNOWS_THE_AUTHOR
    names = await _names(db, [item.person_id for item in engagements], posting.author_id if knows_author else None)
    badges = await badges_of(db, list(names), now)
    may_answer = posting.takes_answers and not is_author and (own is None or own.may_begin_anew)
    cell = (await public_areas(db, {posting.cell_id}))[posting.cell_id]
    me = actor.name if actor is not None else ""
    is_own = actor is not None and actor.id == posting.author_id
    return PostingView(
        card=card_of(posting, public_place(cell)),
        area=drawn_place(cell),
        outcome=posting.outcome.value if posting.outcome is not None else None,
        is_under_way=posting.is_under_way,
        takes_answers=posting.takes_answers,
        has_room=posting.has_room,
        on_behalf=posting.on_behalf,
        is_author=is_author,
        may_answer=may_answer,
        may_close=posting.is_under_way and (is_author or may_close_any),
        may_edit=is_author and posting.is_editable,
        may_reopen=is_author and posting.may_be_reopened(now),
        may_read_exact=is_own or (posting.is_under_way and may(actor, ref.kind.actions.read_exact)),
        may_go_there=own is not None and own.state in TAKEN and own.shares_place and posting.is_under_way,
        is_asked_whether_needed=posting.asked_at is not None and posting.takes_answers,
        nobody_was_found=is_own and posting.takes_answers and await _waits_for_agent(db, posting),
        author_name=me if is_own else names.get(posting.author_id) if knows_author else None,
        author_badge=badges.get(posting.author_id, "") if knows_author else "",
        readiness=await readiness_of(db, posting, actor.id, now) if actor is not None and may_answer else Readiness(),
        rules=await guidance(db, guidance_for(posting, is_author=True)) if is_author else None,
        may_block=actor is not None and not is_author and not posting.on_behalf,
        own=_answer(own, me) if own is not None else None,
        answers=tuple(
            _answer(item, names.get(item.person_id, ""), badges.get(item.person_id, "")) for item in engagements
        ),
    )


async def _refuse_who_is_apart(db: AsyncSession, viewer_id: str, posting: AnyPosting) -> None:
    """Raise for a viewer who has blocked the author, or was blocked: to the latter a block looks like an end."""
    if not await are_apart(db, viewer_id, posting.author_id):
        return
    # Whose posting it was is nobody's business once it is over, not even that of who blocked.
    if posting.is_under_way and await has_blocked(db, viewer_id, posting.author_id):
        raise AuthorBlocked
    raise NoLongerShown


async def _waits_for_agent(db: AsyncSession, posting: AnyPosting) -> bool:
    search = await db.get(Search, posting.id)
    return search is not None and search.state is SearchState.AT_DESK


def _answer(item: Engagement, name: str, badge: str = "") -> AnswerView:
    return AnswerView(
        item.id,
        item.state,
        item.reason,
        name,
        badge,
        item.note,
        item.reply,
        item.thanks,
        item.held_until,
        item.shares_place,
        item.proposed_at,
    )


async def _names(db: AsyncSession, ids: Sequence[str], author_id: str | None) -> dict[str, str]:
    people = await people_by_id(db, [*ids, *([author_id] if author_id else [])])
    return {id_: person.name for id_, person in people.items()}


@dataclass(frozen=True)
class Conversation:
    """One engagement for one of its two people."""

    answer: AnswerView
    card: Card
    is_author: bool
    on_behalf: bool
    other_name: str | None
    """None: the author of a request, whose name the other one learns by being accepted."""
    other_badge: str
    """With the name, and only with it."""
    rules: Guidance | None
    """At the door and about money, while the two are about to meet."""
    may_write: bool
    may_go_there: bool
    may_report_done: bool
    may_thank: bool
    may_block: bool
    """Whether the other one has an account, and is not kept away from already."""
    messages: tuple[Message, ...]
    has_older: bool
    """Whether there are messages before these."""


async def view_conversation(
    db: AsyncSession, actor: Actor, engagement_id: str, now: datetime, before: str = ""
) -> Conversation:
    """An engagement and its newest messages, or those `before` one. Raises `NotFound` for anybody but the two."""
    pair = await access_pair(db, actor, engagement_id)
    engagement, posting = pair.engagement, pair.posting
    names = await _names(db, [engagement.person_id], posting.author_id)
    knows = pair.is_author or engagement.state in _KNOWS_THE_AUTHOR
    other_id = engagement.person_id if pair.is_author else posting.author_id
    page = await messages_of(db, engagement_id, before)
    is_taken = engagement.state in TAKEN and posting.is_under_way
    return Conversation(
        answer=_answer(engagement, names.get(engagement.person_id, "")),
        card=(await cards(db, [posting]))[0],
        is_author=pair.is_author,
        on_behalf=posting.on_behalf,
        other_name=names.get(other_id) if knows else None,
        other_badge=(await badges_of(db, [other_id], now)).get(other_id, "") if knows else "",
        rules=await guidance(db, guidance_for(posting, is_author=pair.is_author)) if is_taken else None,
        may_write=may_write(pair),
        may_go_there=is_taken and pair.is_helper and engagement.shares_place,
        may_report_done=engagement.state is EngagementState.ACCEPTED
        and pair.is_helper
        and posting.is_under_way
        and posting.KIND == "help_request",
        may_thank=pair.is_author and engagement.state is EngagementState.DONE and not engagement.thanks,
        may_block=other_id in names and not posting.on_behalf and not await are_apart(db, actor.id, other_id),
        messages=page.messages,
        has_older=page.has_older,
    )


@dataclass(frozen=True)
class MyHelp:
    """What a person has to do with the board."""

    mine: Mine
    engagements: Sequence[Engagement]
    answered: Mapping[str, AnyPosting]
    """The postings of `engagements`, by id."""


async def my_help(db: AsyncSession, person_id: str, limit: int = 100) -> MyHelp:
    """One's own requests and offers and one's answers to others', newest first; nothing of whom one is apart from."""
    answers = select(Engagement).filter_by(person_id=person_id).order_by(text("proposed_at DESC")).limit(limit)
    found = (await db.scalars(answers)).all()
    answered = await postings_by_id(
        db,
        {
            "help_request": {item.request_id for item in found if item.request_id},
            "help_offer": {item.offer_id for item in found if item.offer_id},
        },
    )
    apart = await apart_from(db, person_id)
    engagements = [item for item in found if answered[item.posting_id].author_id not in apart]
    return MyHelp(await my_postings(db, person_id, limit), engagements, answered)
