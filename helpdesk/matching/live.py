"""The streams of matching as sockets follow them, and its commands from a socket."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from pydantic import BaseModel
from quart import Quart
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.board.service.board import Board
from helpdesk.board.service.postings import OFFERS, REQUESTS, PostingKind, Ref
from helpdesk.matching.model import Engagement, Message, MessageText, Note
from helpdesk.matching.service import messages
from helpdesk.matching.service.engagements import Matching
from helpdesk.matching.service.loading import access_pair
from helpdesk.matching.service.streams import ASKS, ENGAGEMENT
from helpdesk.matching.service.volunteers import open_asks
from portal.accounts.service import unsuspended
from portal.context import Portal
from portal.errors import NotFound
from portal.events import Event
from portal.live import actor_of
from portal.permissions import Actor
from realtime.messages import Command, Json
from realtime.sources import Connection


class EngagementStream:
    """The stream ``engagement:<id>``: followed by its two people, each of whom reads which messages are their own."""

    async def audience(self, db: AsyncSession, key: str, connection: Connection) -> str | None:
        """The person's id, or nobody."""
        who = connection.principal
        if not isinstance(who, Actor):
            return None
        try:
            await access_pair(db, who, key)
        except NotFound:
            return None
        return who.id

    async def render(
        self, db: AsyncSession, key: str, events: Sequence[Event], audience: str
    ) -> Mapping[int, Mapping[str, Json]]:
        """Messages as they stand now, and where the engagement stands."""
        ids = {event.subject_id for event in events}
        said = select(Message).where(Message.id.in_(ids), Message.engagement_id == key)
        found = await db.scalars(said.where(unsuspended(Message.person_id)))
        bodies: dict[str, Mapping[str, Json]] = {item.id: {"message": message_view(item, audience)} for item in found}
        engagement = await db.get_one(Engagement, key)
        bodies[key] = {"state": engagement.state.value}
        return {event.number: bodies[event.subject_id] for event in events if event.subject_id in bodies}


def message_view(message: Message, reader_id: str) -> dict[str, Json]:
    """One message as one of the two reads it. Without text: it was taken away."""
    mine = message.person_id == reader_id
    return {"id": message.id, "at": message.at.isoformat(), "mine": mine, "text": message.text}


class AskStream:
    """The stream ``asks:<person>``: followed by that person alone."""

    async def audience(self, db: AsyncSession, key: str, connection: Connection) -> str | None:
        """The person themself, or nobody."""
        del db
        who = connection.principal
        return "self" if isinstance(who, Actor) and who.id == key else None

    async def render(
        self, db: AsyncSession, key: str, events: Sequence[Event], audience: str
    ) -> Mapping[int, Mapping[str, Json]]:
        """How many wait for an answer now, with the newest event; the page reads them again."""
        del audience
        return {events[-1].number: {"waiting": len(await open_asks(db, key))}}


class PostingAnswer(Command):
    """Answer a posting, with a private note to its author."""

    id: str
    note: str = ""
    rules: int | None = None
    """The version of the rules that was just read."""


class PostingAccept(Command):
    """Accept an answer to one's own posting, with a private word to its writer."""

    id: str
    engagement_id: str
    reply: str = ""
    share_place: bool = False


class RequestAnswer(PostingAnswer):
    """Propose to help."""

    name: ClassVar[str] = "help_request:answer"


class RequestAccept(PostingAccept):
    """Accept a helper."""

    name: ClassVar[str] = "help_request:accept"


class OfferAnswer(PostingAnswer):
    """Ask for what is offered."""

    name: ClassVar[str] = "help_offer:answer"


class OfferAccept(PostingAccept):
    """Accept somebody who asked for it."""

    name: ClassVar[str] = "help_offer:accept"


class EngagementWrite(Command):
    """Write to the other person of an engagement."""

    name: ClassVar[str] = "help_engagement:write"
    id: str
    text: str


class Said(BaseModel):
    """Private words, checked like those from a form: a fault is a sentence for the person."""

    note: Note = ""
    reply: Note = ""
    text: MessageText = "-"


Acknowledged = Mapping[str, Json] | None


@dataclass(frozen=True)
class Commands:
    """Carries out the commands for one kind of posting."""

    matching: Matching
    kind: PostingKind

    async def answer(self, connection: Connection, message: PostingAnswer) -> Acknowledged:
        """Acknowledged with the engagement's id, and whether a place is kept for it."""
        who, ref = actor_of(connection), Ref(self.kind, message.id)
        found = await self.matching.answer(
            who, ref, note=Said(note=message.note).note, rules=message.rules, command_id=message.command_id
        )
        return {"id": found.id, "state": found.state.value}

    async def accept(self, connection: Connection, message: PostingAccept) -> Acknowledged:
        """Acknowledged without a body."""
        await self.matching.accept(
            actor_of(connection),
            Ref(self.kind, message.id),
            engagement_id=message.engagement_id,
            reply=Said(reply=message.reply).reply,
            shares_place=message.share_place,
            command_id=message.command_id,
        )
        return None


@dataclass(frozen=True)
class Conversations:
    """Carries out what is said in engagements."""

    matching: Matching

    async def write(self, connection: Connection, message: EngagementWrite) -> Acknowledged:
        """Acknowledged with the message's id once it is on disk."""
        who = actor_of(connection)
        text = Said(text=message.text).text
        id_ = await messages.write(self.matching, who, message.id, text=text, command_id=message.command_id)
        return {"id": id_}


def register(app: Quart, portal: Portal) -> None:
    """Let sockets follow engagements and asks, and act on them."""
    del app
    board = Board.open(portal.database, portal.clock, portal.limits, portal.settings.secret_key)
    matching = Matching(board)
    portal.streams.add(ENGAGEMENT, EngagementStream())
    portal.streams.add(ASKS, AskStream())
    requests, offers = Commands(matching, REQUESTS), Commands(matching, OFFERS)
    portal.hub.on(RequestAnswer, requests.answer)
    portal.hub.on(RequestAccept, requests.accept)
    portal.hub.on(OfferAnswer, offers.answer)
    portal.hub.on(OfferAccept, offers.accept)
    portal.hub.on(EngagementWrite, Conversations(matching).write)
