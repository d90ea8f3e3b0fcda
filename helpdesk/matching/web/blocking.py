"""Blocking somebody from where one meets them: their posting's page, the conversation with them, an answer of theirs.

Whom one means is found out here; neither a page nor the API holds the id of a person.
"""

from __future__ import annotations

from dataclasses import dataclass

from quart import Blueprint, redirect
from quart_schema import operation_id, tag, validate_request, validate_response

from helpdesk.board.service.postings import OFFERS, REQUESTS, PostingKind, Ref, access_posting
from helpdesk.board.service.renewal import renew
from helpdesk.board.service.tallying import STREAM
from helpdesk.board.web.bodies import CommandBody, Done
from helpdesk.board.web.edge import signed_in
from helpdesk.matching.service.loading import access_pair
from helpdesk.matching.service.reading import view_conversation, view_posting
from helpdesk.matching.web.edge import kind_at
from helpdesk.trust.model import BlockedAt, NotToBeBlocked
from helpdesk.trust.service.blocking import Blocking, Whom
from portal.api import refuses
from portal.context import Portal
from portal.pages import Answer, parse_form
from portal.permissions import Actor


@dataclass(frozen=True)
class Meeting:
    """Blocks whom somebody has met, and takes either off the open pages of the other."""

    portal: Portal

    async def block_author(self, who: Actor, ref: Ref, command_id: str) -> None:
        """Block who wrote it. Raises what reading it raises, and `NotToBeBlocked`."""
        async with self.portal.database.read() as db:
            view = await view_posting(db, who, ref, self.portal.clock())
            posting = await access_posting(db, ref)
        if not view.may_block:
            raise NotToBeBlocked
        where = BlockedAt(ref.kind.name)
        whom = Whom(posting.author_id, where, posting.title, knows_name=view.author_name is not None)
        await self._block(who, whom, command_id)

    async def block_other(self, who: Actor, engagement_id: str, command_id: str) -> None:
        """Block the other one of a conversation. Raises what reading it raises, and `NotToBeBlocked`."""
        async with self.portal.database.read() as db:
            pair = await access_pair(db, who, engagement_id)
            view = await view_conversation(db, who, engagement_id, self.portal.clock())
        if pair.posting.on_behalf:
            raise NotToBeBlocked
        other = pair.engagement.person_id if pair.is_author else pair.posting.author_id
        knows_name = view.other_name is not None
        whom = Whom(other, BlockedAt.CONVERSATION, pair.posting.title, knows_name=knows_name)
        await self._block(who, whom, command_id)

    async def _block(self, who: Actor, whom: Whom, command_id: str) -> None:
        blocking = Blocking(self.portal.database, self.portal.clock, self.portal.limits)
        await blocking.block(who, whom, command_id=command_id)
        both = who.id, whom.person_id
        for person_id in both:
            await self.portal.hub.judge_anew(person_id, STREAM)
        # After their pages were let go, so that none has passed by the event's number as one of the public.
        await renew(self.portal.database, both)


class BlockingPages:
    """One act, from two places."""

    def __init__(self, meeting: Meeting) -> None:
        """Of this portal."""
        self._meeting = meeting

    def add_to(self, pages: Blueprint) -> None:
        """Add the routes."""
        pages.post("/<any(requests, offers):path>/<posting_id>/block")(self.block_author)
        pages.post("/engagements/<engagement_id>/block")(self.block_other)

    async def block_author(self, path: str, posting_id: str) -> Answer:
        """Block who wrote it."""
        who, form = signed_in(), await parse_form(CommandBody)
        await self._meeting.block_author(who, Ref(kind_at(path), posting_id), form.command_id)
        return redirect("/account/blocked?done=blocked", 303)

    async def block_other(self, engagement_id: str) -> Answer:
        """Block the other one of a conversation."""
        who, form = signed_in(), await parse_form(CommandBody)
        await self._meeting.block_other(who, engagement_id, form.command_id)
        return redirect("/account/blocked?done=blocked", 303)


def blocking_api(meeting: Meeting) -> Blueprint:
    """The same acts for programs."""
    api = Blueprint("api_blocking", __name__, url_prefix="/api")
    for kind, path in ((REQUESTS, "requests"), (OFFERS, "offers")):
        _add_author(api, meeting, kind, path)

    @api.post("/engagements/<engagement_id>/block")
    @tag(["Help board"])
    @operation_id("block_other_of_engagement")
    @validate_request(CommandBody)
    @validate_response(Done)
    @refuses(400, 401, 403, 404, 409, 422, 429)
    async def other(engagement_id: str, data: CommandBody) -> Done:
        """Keep away from the other one of an engagement; they are told nothing of it."""
        await meeting.block_other(signed_in(), engagement_id, data.command_id)
        return Done()

    return api


def _add_author(api: Blueprint, meeting: Meeting, kind: PostingKind, path: str) -> None:
    @api.post(f"/{path}/<posting_id>/block", endpoint=f"block_{kind.name}_author")
    @tag(["Help board"])
    @operation_id(f"block_{kind.name}_author")
    @validate_request(CommandBody)
    @validate_response(Done)
    @refuses(400, 401, 403, 404, 409, 410, 422, 429)
    async def author(posting_id: str, data: CommandBody) -> Done:
        """Keep away from who wrote it; they are told nothing of it."""
        await meeting.block_author(signed_in(), Ref(kind, posting_id), data.command_id)
        return Done()
