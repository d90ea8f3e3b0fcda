"""The search for helpers: begun with a request, carried on in waves, handed to the agents, ended with it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from random import Random

from sqlalchemy import delete, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.board.model import HelpRequest, PostingState
from helpdesk.board.service.cards import AnyPosting
from helpdesk.board.service.turns import Turn, Turned, takes_part
from helpdesk.matching.model import (
    Ask,
    AskState,
    Candidate,
    Chosen,
    Engagement,
    EngagementState,
    Need,
    Rules,
    Search,
    SearchState,
    Volunteer,
    choose,
)
from helpdesk.matching.model import engagement as rules_of
from helpdesk.matching.service.calls import drop_calls
from helpdesk.matching.service.loading import engagements_of
from helpdesk.matching.service.rules import town_rules
from helpdesk.matching.service.streams import record_ask, record_change
from helpdesk.matching.service.telling import tell
from helpdesk.matching.service.words import Telling
from helpdesk.trust.model import Rung
from helpdesk.trust.service.blocking import apart_ids
from helpdesk.trust.service.ladder import rung_needed, rungs_of
from portal.accounts.model import Person
from portal.clock import civil_date
from portal.errors import Conflict
from portal.ids import new_id
from portal.notices.service import take_back_about
from portal.town.grid import Step
from portal.town.model import PublicArea
from portal.town.service import public_areas

BATCH = 50
PAUSED = timedelta(days=60)
"""Whoever has not been here for so long is not asked: they come back by themselves, and then are."""
CANDIDATES = 5000
"""Volunteers weighed for one wave: more than a town has on duty at once."""


@takes_part
async def follow(db: AsyncSession, what: Turned) -> None:
    """Begin, end and begin anew with the posting."""
    if what.turn is Turn.ENDED:
        await _end(db, what)
    elif what.turn is Turn.HIDDEN:
        await _hide(db, what)
    elif what.turn is Turn.EDITED:
        await _tell_edited(db, what)
    elif isinstance(what.posting, HelpRequest):
        # Read first: a query writes what was added, and a search has no state before it begins.
        rules = await town_rules(db)
        search = await db.get(Search, what.posting.id)
        if search is None:
            search = Search(request_id=what.posting.id, language="", skills=[])
            db.add(search)
        search.begin(what.at, rules)
        if what.turn in {Turn.REOPENED, Turn.RESTORED}:
            # Who never said yes or no may be asked again.
            await db.execute(delete(Ask).where(Ask.request_id == what.posting.id, Ask.state == AskState.OVER))


async def _end(db: AsyncSession, what: Turned) -> None:
    for engagement in await engagements_of(db, what.posting):
        if engagement.is_standing:
            rules_of.settle(engagement, what.at, happened=what.happened)
            record_change(db, engagement, engagement.state.value, None)
            if not what.posting.is_withheld:
                helper = engagement.person_id
                await tell(db, Telling.OVER, what.posting, person_id=helper, subject_id=engagement.id, at=what.at)
    if isinstance(what.posting, HelpRequest):
        await _end_search(db, what)


async def _tell_edited(db: AsyncSession, what: Turned) -> None:
    """Who has a part in it is told when its day or its words are others; who is asked reads it as it stands."""
    if "schedule" in what.changed:
        telling = Telling.EDITED_DAY
    elif {"title", "details"}.isdisjoint(what.changed):
        return
    else:
        telling = Telling.EDITED
    for engagement in await engagements_of(db, what.posting):
        if engagement.is_standing:
            record_change(db, engagement, "edited", None)
            helper = engagement.person_id
            await tell(db, telling, what.posting, person_id=helper, subject_id=engagement.id, at=what.at)


async def _hide(db: AsyncSession, what: Turned) -> None:
    """Nobody is asked for it, no place is kept, nothing is told of it any more; what was answered stands."""
    engagements = await engagements_of(db, what.posting)
    for engagement in engagements:
        if engagement.state is EngagementState.HELD:
            engagement.move(EngagementState.PROPOSED, what.at)
    about = [engagement.id for engagement in engagements]
    if isinstance(what.posting, HelpRequest):
        about += await _end_search(db, what)
    await take_back_about(db, about, what.at)


async def _end_search(db: AsyncSession, what: Turned) -> list[str]:
    """Look for nobody any more; the asks that are over with it."""
    search = await db.get(Search, what.posting.id)
    if search is not None:
        search.end()
    asks = await _open_asks(db, what.posting.id)
    for ask in asks:
        ask.settle(AskState.OVER)
        record_ask(db, ask.person_id, ask.id, "over")
    await drop_calls(db, what.posting.id, what.at)
    return [ask.id for ask in asks]


async def _open_asks(db: AsyncSession, request_id: str) -> Sequence[Ask]:
    return (await db.scalars(select(Ask).filter_by(request_id=request_id, state=AskState.OPEN))).all()


async def declined_or_answered(
    db: AsyncSession, posting: AnyPosting, person_id: str, at: datetime, *, answered: bool
) -> None:
    """Somebody who was asked has said yes or no. When everybody asked has said no, the next wave follows at once."""
    if not isinstance(posting, HelpRequest):
        return
    mine = select(Ask).filter_by(request_id=posting.id, person_id=person_id, state=AskState.OPEN)
    ask = (await db.scalars(mine)).one_or_none()
    if ask is not None:
        ask.settle(AskState.ANSWERED if answered else AskState.DECLINED)
        record_ask(db, person_id, ask.id, ask.state.value)
        await db.flush()
    search = await db.get(Search, posting.id)
    if not answered and search is not None and not await _open_asks(db, posting.id):
        search.hasten(at)


async def run_searches(db: AsyncSession, now: datetime, dice: Random) -> int:
    """Ask the next waves that are due, and hand to the agents what nobody took; how many searches were looked at."""
    due = (
        select(Search)
        .where(Search.state.in_((SearchState.ASKING, SearchState.WAITING)), Search.next_at <= now)
        .order_by(Search.next_at)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    found = (await db.scalars(due)).all()
    rules = await town_rules(db)
    ids = [search.request_id for search in found]
    requests = {item.id: item for item in await db.scalars(select(HelpRequest).where(HelpRequest.id.in_(ids)))}
    for search in found:
        request = requests[search.request_id]
        if request.state is not PostingState.OPEN:
            # Somebody has come forward: look again later, in case it comes to nothing.
            search.next_at = now + rules.pause_urgent
        elif search.state is SearchState.WAITING:
            search.to_desk()
        else:
            await _ask_wave(db, search, request, now=now, dice=dice, rules=rules)
    return len(found)


async def _ask_wave(
    db: AsyncSession, search: Search, request: HelpRequest, *, now: datetime, dice: Random, rules: Rules
) -> None:
    need = need_of(search, request, now)
    if rules.is_quiet(now) and not need.is_urgent:
        search.next_at = rules.after_quiet(now)
        return
    candidates = await _candidates(db, request, now)
    chosen: list[Chosen] = []
    # A wave for which there is nobody does not keep those further away waiting.
    while not chosen and search.state is SearchState.ASKING:
        search.asked(now, rules, is_urgent=need.is_urgent)
        chosen = choose(need, candidates, wave=search.wave, now=now, dice=dice, rules=rules)
    if not chosen and need.is_urgent:
        search.to_desk()
    for one in chosen:
        await _ask(db, search, request, one, now, is_urgent=need.is_urgent)


async def _ask(
    db: AsyncSession, search: Search, request: HelpRequest, chosen: Chosen, now: datetime, *, is_urgent: bool
) -> None:
    ask = Ask(
        id=new_id(),
        request_id=search.request_id,
        person_id=chosen.person_id,
        wave=search.wave,
        why=[why.value for why in chosen.why],
        state=AskState.OPEN,
        asked_at=now,
    )
    db.add(ask)
    volunteer = await db.get_one(Volunteer, chosen.person_id)
    volunteer.asked_at = now
    record_ask(db, chosen.person_id, ask.id, "asked")
    await db.flush()
    await tell(db, Telling.ASKED, request, person_id=ask.person_id, subject_id=ask.id, at=now, is_urgent=is_urgent)


def need_of(search: Search, request: HelpRequest, now: datetime) -> Need:
    """What the request asks of a helper. Urgent: needed today or tomorrow."""
    is_urgent = request.needed_by is not None and request.needed_by <= civil_date(now) + timedelta(days=1)
    return Need(request.category_id, search.language, frozenset(search.skills), is_urgent)


async def _candidates(db: AsyncSession, request: HelpRequest, now: datetime) -> list[Candidate]:
    """Volunteers who are switched on, not asked for this before, have no part in it and do not keep away from it."""
    asked = select(Ask.person_id).where(Ask.request_id == request.id)
    engaged = select(Engagement.person_id).where(Engagement.request_id == request.id)
    query = (
        select(Volunteer)
        .where(Volunteer.is_on, Volunteer.person_id != request.author_id)
        .where(Volunteer.person_id.not_in(asked), Volunteer.person_id.not_in(engaged))
        .where(Volunteer.person_id.not_in(apart_ids(request.author_id)))
        .where(~exists().where(Person.id == Volunteer.person_id, Person.seen_on < civil_date(now - PAUSED)))
        .order_by(Volunteer.person_id)
        .limit(CANDIDATES)
    )
    volunteers = await _high_enough(db, (await db.scalars(query)).all(), request, now)
    areas = await public_areas(db, {request.cell_id, *(volunteer.cell_id for volunteer in volunteers)})
    today = await _asked_since(db, (volunteer.person_id for volunteer in volunteers), now - timedelta(days=1))
    here = areas[request.cell_id]
    return [_candidate(volunteer, areas.get(volunteer.cell_id), here, today, now) for volunteer in volunteers]


async def _high_enough(
    db: AsyncSession, volunteers: Sequence[Volunteer], request: HelpRequest, now: datetime
) -> Sequence[Volunteer]:
    """Those who may help in this category: nobody is asked for what they would then be refused."""
    needed = await rung_needed(db, request.category_id)
    if needed is Rung.NEIGHBOUR:
        return volunteers
    rungs = await rungs_of(db, [volunteer.person_id for volunteer in volunteers], civil_date(now))
    return [volunteer for volunteer in volunteers if rungs[volunteer.person_id] >= needed]


async def _asked_since(db: AsyncSession, person_ids: Iterable[str], since: datetime) -> dict[str, int]:
    rows = await db.execute(
        select(Ask.person_id, func.count())
        .where(Ask.person_id.in_(list(person_ids)), Ask.asked_at > since)
        .group_by(Ask.person_id)
    )
    return dict(rows.all())


def _candidate(
    volunteer: Volunteer, area: PublicArea | None, here: PublicArea, today: dict[str, int], now: datetime
) -> Candidate:
    return Candidate(
        person_id=volunteer.person_id,
        step=area.step_to(here) if area is not None else Step.SOMEWHERE_IN_TOWN,
        reach=Step(volunteer.reach),
        categories=frozenset(volunteer.categories),
        languages=frozenset(volunteer.languages),
        skills=frozenset(volunteer.skills),
        is_on_duty=volunteer.is_on_duty(now),
        is_on_duty_soon=volunteer.is_on_duty_within(now, timedelta(days=1)),
        asked_today=today.get(volunteer.person_id, 0),
        asked_at=volunteer.asked_at,
        helped_at=volunteer.helped_at,
    )


async def decline_ask(db: AsyncSession, ask: Ask, request: HelpRequest, at: datetime) -> None:
    """Not this time. Raises `Conflict` if it was settled before."""
    if ask.state is not AskState.OPEN:
        raise Conflict
    await declined_or_answered(db, request, ask.person_id, at, answered=False)
