"""The board's stream as everybody follows it, and the board's commands from a socket."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from quart import Quart
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.board.model import Draft
from helpdesk.board.service.board import Board
from helpdesk.board.service.listing import postings_by_id
from helpdesk.board.service.postings import KINDS, OFFERS, REQUESTS, PostingKind, Ref
from helpdesk.board.service.reading import public_cards
from helpdesk.board.service.renewal import RENEWED, is_renewed_since
from helpdesk.board.service.tallying import STREAM
from helpdesk.trust.service.blocking import apart_from
from portal.context import Portal
from portal.events import DomainEvent, Event, stream_head
from portal.live import actor_of
from portal.permissions import Actor
from realtime.messages import Command, Json
from realtime.sources import Connection

PUBLIC = "public"
"""What the board shows is open to all, and a push to all is encoded once."""
APART = "apart-"
"""Begins the audience of one person who has blocked somebody, or was: all but what those write.

Their id follows, and how many those are: none, while pages are still to be told that a block was taken back.
"""


class BoardStream:
    """The stream ``board``: each entry carries the card as it stands when it is pushed or replayed."""

    def __init__(self, replayed: int) -> None:
        """`replayed`: how many events at most a page is given that comes back; beyond, it reads all of it anew."""
        self._replayed = replayed

    async def audience(self, db: AsyncSession, key: str, connection: Connection) -> str | None:
        """Everybody, visitors included; there is one board in a town."""
        if key:
            return None
        who = connection.principal
        if not isinstance(who, Actor):
            return PUBLIC
        apart = await apart_from(db, who.id)
        if not apart and not await is_renewed_since(db, who.id, await stream_head(db, STREAM) - self._replayed):
            return PUBLIC
        # With their number, so that a page read a moment before a block is not shared after it.
        return f"{APART}{who.id}-{len(apart)}"

    async def render(
        self, db: AsyncSession, key: str, events: Sequence[Event], audience: str
    ) -> Mapping[int, Mapping[str, Json]]:
        """The card with the last event of each posting: earlier ones of the same stretch would say the same.

        That a person's pages are to read anew (`helpdesk.board.service.renewal`) is for these alone, and says no more.
        """
        del key
        person_id = _person_of(audience)
        without = await apart_from(db, person_id)
        last = {event.subject_id: event for event in events}
        ids: dict[str, set[str]] = {name: set() for name in KINDS}
        for event in last.values():
            ids.setdefault(event.kind.partition(".")[0], set()).add(event.subject_id)
        found = await postings_by_id(db, {name: ids[name] for name in KINDS})
        shown = await public_cards(db, (posting for posting in found.values() if posting.author_id not in without))
        told: dict[int, Mapping[str, Json]] = {
            event.number: {"card": shown[event.subject_id].model_dump(mode="json")}
            for event in last.values()
            if event.subject_id in shown
        }
        if person_id is not None and person_id in last:
            told[last[person_id].number] = {}
        return told


def _person_of(audience: str) -> str | None:
    return audience.removeprefix(APART).partition("-")[0] if audience.startswith(APART) else None


class PostingPost(Command):
    """Put something on the board."""

    category_id: str
    title: str
    details: str = ""
    address_id: str | None = None
    longitude: float | None = None
    latitude: float | None = None
    by: date | None = None
    weekdays: tuple[int, ...] = ()
    starts_on: date | None = None
    capacity: int = 1

    def draft(self) -> Draft:
        """The draft, checked like one from a form. Raises `pydantic.ValidationError`."""
        return Draft.model_validate(self.model_dump(exclude={"command_id"}))


class PostingClose(Command):
    """Close a posting. `version` is the one that was read."""

    id: str
    outcome: str
    version: int | None = None


class RequestPost(PostingPost):
    """Ask for help."""

    name: ClassVar[str] = "help_request:post"


class RequestClose(PostingClose):
    """Say how a request ended."""

    name: ClassVar[str] = "help_request:close"


class OfferPost(PostingPost):
    """Offer help."""

    name: ClassVar[str] = "help_offer:post"


class OfferClose(PostingClose):
    """Say how an offer ended."""

    name: ClassVar[str] = "help_offer:close"


Acknowledged = Mapping[str, Json] | None


@dataclass(frozen=True)
class Commands:
    """Carries out the commands for one kind of posting."""

    board: Board
    kind: PostingKind

    async def post(self, connection: Connection, message: PostingPost) -> Acknowledged:
        """Acknowledged with the posting's id once it is on disk."""
        who = actor_of(connection)
        id_ = await self.board.post(who, self.kind, message.draft(), command_id=message.command_id)
        return {"id": id_}

    async def close(self, connection: Connection, message: PostingClose) -> Acknowledged:
        """Acknowledged without a body."""
        await self.board.close(
            actor_of(connection),
            Ref(self.kind, message.id),
            outcome=message.outcome,
            seen=message.version,
            command_id=message.command_id,
        )
        return None


def register(app: Quart, portal: Portal) -> None:
    """Let sockets follow the board and act on it."""
    del app
    board = Board.open(portal.database, portal.clock, portal.limits, portal.settings.secret_key)
    portal.streams.add(STREAM, BoardStream(portal.hub.limits.replay))

    async def judge_anew(renewed: DomainEvent) -> None:
        await portal.hub.judge_anew(renewed.subject_id, STREAM)

    # Their pages are let go before the stream goes on: none passes by the event's number as one of the public.
    portal.log.before_advanced(RENEWED, judge_anew)
    requests, offers = Commands(board, REQUESTS), Commands(board, OFFERS)
    portal.hub.on(RequestPost, requests.post)
    portal.hub.on(RequestClose, requests.close)
    portal.hub.on(OfferPost, offers.post)
    portal.hub.on(OfferClose, offers.close)
