"""An agent files a request for somebody without a device, with their consent, and calls in the place of messages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.board.model import Draft, HelpRequest
from helpdesk.board.service.cards import Card
from helpdesk.board.service.permissions import FILE_FOR_ANOTHER
from helpdesk.board.service.postings import REQUESTS, Ref, access_posting
from helpdesk.board.service.reading import cards
from helpdesk.matching.model import (
    SPOKEN,
    CallBack,
    CallReason,
    CallResult,
    ConsentBy,
    Helped,
    Proxy,
    Search,
    SearchState,
    Skill,
)
from helpdesk.matching.service.calls import record_call
from helpdesk.matching.service.engagements import Matching
from helpdesk.matching.service.permissions import FILINGS, SEE_QUEUE
from helpdesk.matching.service.rules import town_rules
from helpdesk.matching.service.seal import PersonVault
from portal.audit import audit
from portal.commands import Answer
from portal.errors import InvalidInput, NotFound
from portal.i18n import lazy
from portal.ids import new_id
from portal.permissions import Actor, require

QUEUE = 100


@dataclass(frozen=True)
class Filing:
    """What an agent writes down for somebody."""

    helped: Helped
    consent: ConsentBy
    draft: Draft
    language: str = ""
    """The language they would rather speak; empty: any."""
    skills: tuple[Skill, ...] = ()


@dataclass(frozen=True)
class Desk:
    """The agents' side of matching."""

    matching: Matching
    vault: PersonVault

    async def file(self, actor: Actor, filing: Filing, *, command_id: str) -> str:
        """Put the request on the board for them; returns its id. The author is nobody's account."""
        if filing.language not in {"", *SPOKEN}:
            raise InvalidInput(fields={"language": lazy("Please choose one of the answers offered.")})

        async def do(db: AsyncSession, at: datetime) -> Answer:
            board = self.matching.board
            board.limits.spend("matching.file", actor.id, FILINGS, command_id)
            posting = await board.add(db, new_id(), REQUESTS, filing.draft, at, filed_by=actor.id)
            await db.flush()
            db.add(
                Proxy(
                    request_id=posting.id,
                    sealed=self.vault.seal(filing.helped, posting.id),
                    consent_by=filing.consent,
                    consent_at=at,
                    filed_by=actor.id,
                )
            )
            search = await db.get_one(Search, posting.id)
            search.language, search.skills = filing.language, [skill.value for skill in filing.skills]
            act, detail = "help_request.filed_for_another", filing.consent.value
            audit(db, at=at, act=act, actor_id=actor.id, subject_id=posting.id, detail=detail)
            return {"id": posting.id}

        said = f"{filing.helped.model_dump_json()} {filing.draft.model_dump_json()} {filing.language} {filing.skills}"
        asked = self.matching.board.vault.fingerprint(said)
        answer = await self.matching.board.once(actor, FILE_FOR_ANOTHER, command_id, asked, do)
        return str(answer["id"])

    async def open_person(self, actor: Actor, request_id: str) -> Helped:
        """Who is to be called: for agents, until the request is forgotten; noted."""
        require(actor, SEE_QUEUE)
        async with self.matching.board.database.write() as db:
            proxy = await db.get(Proxy, request_id)
            if proxy is None or not proxy.sealed:
                raise NotFound
            at = self.matching.board.clock()
            audit(db, at=at, act="help_request.person_opened", actor_id=actor.id, subject_id=request_id)
            return self.vault.open(proxy.sealed, request_id)

    async def name_for_helper(self, request_id: str) -> str | None:
        """The name behind a request that was filed for somebody: for whom has just been shown the exact place."""
        async with self.matching.board.database.read() as db:
            proxy = await db.get(Proxy, request_id)
        return self.vault.open(proxy.sealed, request_id).name if proxy is not None and proxy.sealed else None

    async def record_call(self, actor: Actor, call_id: str, result: CallResult, *, command_id: str) -> None:
        """What came of a call."""

        async def do(db: AsyncSession, at: datetime) -> Answer:
            call = await db.get(CallBack, call_id, with_for_update=True)
            if call is None:
                raise NotFound
            await record_call(db, call, result, actor.id, at)
            return {"id": call.id}

        await self.matching.board.once(actor, SEE_QUEUE, command_id, f"call {call_id} {result}", do)

    async def take(self, actor: Actor, request_id: str, *, command_id: str) -> None:
        """An agent sees to a request for which nobody was found."""

        async def do(db: AsyncSession, at: datetime) -> Answer:
            del at
            await access_posting(db, Ref(REQUESTS, request_id), for_update=True)
            search = await db.get(Search, request_id)
            if search is None:
                raise NotFound
            search.take(actor.id)
            return {"id": request_id}

        await self.matching.board.once(actor, SEE_QUEUE, command_id, f"take {request_id}", do)

    async def ask_again(self, actor: Actor, request_id: str, *, command_id: str) -> None:
        """An agent lets the volunteers be asked once more who were not asked before."""

        async def do(db: AsyncSession, at: datetime) -> Answer:
            posting = await access_posting(db, Ref(REQUESTS, request_id), for_update=True)
            search = await db.get(Search, request_id)
            if search is None or not posting.is_under_way:
                raise NotFound
            search.begin(at, await town_rules(db))
            return {"id": request_id}

        await self.matching.board.once(actor, SEE_QUEUE, command_id, f"ask again {request_id}", do)


@dataclass(frozen=True)
class Unfound:
    """A request for which nobody was found."""

    card: Card
    taken_by: str | None
    on_behalf: bool
    since: datetime


@dataclass(frozen=True)
class OwedCall:
    """A call to make. Who is called is opened apart, and noted."""

    id: str
    reason: CallReason
    due_at: datetime
    tries: int
    card: Card


@dataclass(frozen=True)
class Queue:
    """What waits for an agent."""

    unfound: Sequence[Unfound]
    calls: Sequence[OwedCall]


async def queue(db: AsyncSession, actor: Actor, now: datetime) -> Queue:
    """What waits for an agent, the longest waiting first."""
    require(actor, SEE_QUEUE)
    searches = await db.execute(
        select(Search, HelpRequest)
        .join(HelpRequest, HelpRequest.id == Search.request_id)
        .where(Search.state == SearchState.AT_DESK)
        .order_by(Search.next_at)
        .limit(QUEUE)
    )
    unfound = [(search, request) for search, request in searches if request.is_under_way]
    owed = await db.execute(
        select(CallBack, HelpRequest)
        .join(HelpRequest, HelpRequest.id == CallBack.request_id)
        .where(CallBack.done_at.is_(None), CallBack.due_at <= now)
        .order_by(CallBack.due_at)
        .limit(QUEUE)
    )
    calls = [(call, request) for call, request in owed]
    shown = await cards(db, [*(request for _search, request in unfound), *(request for _call, request in calls)])
    return Queue(
        [
            Unfound(card, search.taken_by, request.on_behalf, request.posted_at)
            for (search, request), card in zip(unfound, shown[: len(unfound)], strict=True)
        ],
        [
            OwedCall(call.id, call.reason, call.due_at, call.tries, card)
            for (call, _request), card in zip(calls, shown[len(unfound) :], strict=True)
        ],
    )
