"""The words of notices about help, as they read today. What is over or no longer the person's to read is left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.board.service.cards import AnyPosting
from helpdesk.board.service.listing import postings_by_id
from helpdesk.board.service.own_data import ERASED
from helpdesk.matching.model import Ask, AskState, Engagement, Why
from portal.i18n import _, lazy, show_list
from portal.notices.service import Notice, Words


class Telling(StrEnum):
    """What a person is told; the code that the notice keeps."""

    ASKED = "asked"
    ANSWERED = "answered"
    WITHDRAWN = "withdrawn"
    CONFIRM = "confirm"
    STILL_NEEDED = "still_needed"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    OVER = "over"
    THANKED = "thanked"
    MESSAGE = "message"
    EDITED = "edited"
    EDITED_DAY = "edited_day"


TITLES = {
    Telling.ASKED: lazy("A neighbour needs you: %(title)s"),
    Telling.ANSWERED: lazy("Somebody has answered: %(title)s"),
    Telling.WITHDRAWN: lazy("The person who was to come cannot: %(title)s"),
    Telling.CONFIRM: lazy("Did it happen? %(title)s"),
    Telling.STILL_NEEDED: lazy("Is it still needed? %(title)s"),
    Telling.ACCEPTED: lazy("Your answer was accepted: %(title)s"),
    Telling.DECLINED: lazy("Your answer was not taken this time: %(title)s"),
    Telling.OVER: lazy("It is over: %(title)s"),
    Telling.THANKED: lazy("Thank you! %(title)s"),
    Telling.MESSAGE: lazy("A message about: %(title)s"),
    Telling.EDITED: lazy("It was changed: %(title)s"),
    Telling.EDITED_DAY: lazy("Another day: %(title)s"),
}
TEXTS = {
    Telling.ANSWERED: lazy("Read the answer, and say yes or no: the place is kept only for a while."),
    Telling.WITHDRAWN: lazy("The place is free again, and others can answer."),
    Telling.CONFIRM: lazy("One click is enough. Without a word from you it counts as done after a few days."),
    Telling.STILL_NEEDED: lazy("One click keeps it on the board. Otherwise it ends after a while."),
    Telling.ACCEPTED: lazy("The exact place and a way to write to each other are on the page."),
    Telling.DECLINED: lazy("Thank you for having offered."),
    Telling.OVER: lazy("You need do nothing more. Thank you for having offered."),
    Telling.THANKED: lazy("Somebody thanks you for your help."),
    Telling.MESSAGE: lazy("Read it on the page, and answer there."),
    Telling.EDITED: lazy("The words are others now. Read them again, and say so there if you can no longer."),
    Telling.EDITED_DAY: lazy("The day is another one now. Look at it, and say so there if you can no longer."),
}
REASONS = {
    Why.OFFERS: lazy("you offer this kind of help"),
    Why.NEXT_DOOR: lazy("it is less than 300 m from your area"),
    Why.NEAR: lazy("it is less than 1 km from your area"),
    Why.IN_TOWN: lazy("it is in your town"),
    Why.ON_DUTY_NOW: lazy("you are on duty now"),
    Why.ON_DUTY_SOON: lazy("you are on duty within a day"),
    Why.SPEAKS: lazy("you speak their language"),
    Why.SKILLED: lazy("you have what it takes"),
    Why.RESTED: lazy("you were never asked before"),
}


def path_of(posting: AnyPosting) -> str:
    """The page of a request or an offer."""
    return f"/board/{'requests' if posting.KIND == 'help_request' else 'offers'}/{posting.id}"


def why_asked(why: Sequence[Why]) -> str:
    """The sentence that tells somebody why it is they who are asked."""
    return _("You are asked because %(reasons)s.") % {"reasons": show_list([_(REASONS[one]) for one in why])}


async def of_asks(db: AsyncSession, notices: Sequence[Notice]) -> Mapping[str, Words]:
    """Requests that somebody is asked for, as long as they wait for an answer."""
    ids = {notice.subject_id for notice in notices}
    open_ = select(Ask).where(Ask.id.in_(ids), Ask.state == AskState.OPEN)
    asks = {ask.id: ask for ask in await db.scalars(open_)}
    found = await postings_by_id(db, {"help_request": {ask.request_id for ask in asks.values()}, "help_offer": set()})
    shown = {}
    for notice in notices:
        ask = asks.get(notice.subject_id)
        if ask is not None and ask.person_id == notice.person_id and found[ask.request_id].is_under_way:
            title = _(TITLES[Telling.ASKED]) % {"title": found[ask.request_id].title}
            why = why_asked([Why(one) for one in ask.why])
            shown[notice.id] = Words(title, why, "/board/asked")
    return shown


async def of_postings(db: AsyncSession, notices: Sequence[Notice]) -> Mapping[str, Words]:
    """One's own requests and offers, while they stand."""
    ids = {notice.subject_id for notice in notices}
    found = await postings_by_id(db, {"help_request": ids, "help_offer": ids})
    shown = {}
    for notice in notices:
        posting = found.get(notice.subject_id)
        if posting is not None and posting.author_id == notice.person_id and posting.is_under_way:
            shown[notice.id] = _words(Telling(notice.why), posting, path_of(posting))
    return shown


async def of_engagements(db: AsyncSession, notices: Sequence[Notice]) -> Mapping[str, Words]:
    """Engagements, for their two people."""
    ids = {notice.subject_id for notice in notices}
    engagements = {item.id: item for item in await db.scalars(select(Engagement).where(Engagement.id.in_(ids)))}
    about = {item.posting_id for item in engagements.values()}
    found = await postings_by_id(db, {"help_request": about, "help_offer": about})
    shown = {}
    for notice in notices:
        engagement = engagements.get(notice.subject_id)
        posting = found.get(engagement.posting_id) if engagement else None
        if engagement and posting and notice.person_id in {engagement.person_id, posting.author_id}:
            shown[notice.id] = _words(Telling(notice.why), posting, f"/board/engagements/{engagement.id}")
    return shown


def _words(telling: Telling, posting: AnyPosting, path: str) -> Words:
    title = _("something that has been erased") if posting.title == ERASED else posting.title
    return Words(_(TITLES[telling]) % {"title": title}, _(TEXTS[telling]), path)
