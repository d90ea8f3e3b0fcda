"""Blocking somebody from where one meets them: their posting's page, the conversation with them, an answer of theirs.

Whom one means is found out here; a page never holds the id of a person.
"""

from __future__ import annotations

from quart import Blueprint, redirect

from helpdesk.board.service.postings import Ref, access_posting
from helpdesk.board.service.tallying import STREAM
from helpdesk.board.web.bodies import CommandBody
from helpdesk.board.web.edge import signed_in
from helpdesk.matching.service.loading import access_pair
from helpdesk.matching.service.reading import view_conversation, view_posting
from helpdesk.matching.web.edge import Edge, kind_at
from helpdesk.trust.model import BlockedAt, NotToBeBlocked
from helpdesk.trust.service.blocking import Blocking, Whom
from portal.pages import Answer, parse_form
from portal.permissions import Actor


class BlockingPages:
    """One act, from two places."""

    def __init__(self, edge: Edge) -> None:
        """Of this portal."""
        self._portal = edge.portal
        self._blocking = Blocking(edge.portal.database, edge.portal.clock, edge.portal.limits)

    def add_to(self, pages: Blueprint) -> None:
        """Add the routes."""
        pages.post("/<any(requests, offers):path>/<posting_id>/block")(self.block_author)
        pages.post("/engagements/<engagement_id>/block")(self.block_other)

    async def block_author(self, path: str, posting_id: str) -> Answer:
        """Block who wrote it. Raises what reading it raises."""
        who, form = signed_in(), await parse_form(CommandBody)
        ref = Ref(kind_at(path), posting_id)
        async with self._portal.database.read() as db:
            view = await view_posting(db, who, ref, self._portal.clock())
            posting = await access_posting(db, ref)
        if not view.may_block:
            raise NotToBeBlocked
        where = BlockedAt(ref.kind.name)
        whom = Whom(posting.author_id, where, posting.title, knows_name=view.author_name is not None)
        return await self._block(who, whom, form.command_id)

    async def block_other(self, engagement_id: str) -> Answer:
        """Block the other one of a conversation."""
        who, form = signed_in(), await parse_form(CommandBody)
        async with self._portal.database.read() as db:
            pair = await access_pair(db, who, engagement_id)
            view = await view_conversation(db, who, engagement_id, self._portal.clock())
        if pair.posting.on_behalf:
            raise NotToBeBlocked
        other = pair.engagement.person_id if pair.is_author else pair.posting.author_id
        knows_name = view.other_name is not None
        whom = Whom(other, BlockedAt.CONVERSATION, pair.posting.title, knows_name=knows_name)
        return await self._block(who, whom, form.command_id)

    async def _block(self, who: Actor, whom: Whom, command_id: str) -> Answer:
        await self._blocking.block(who, whom, command_id=command_id)
        for person_id in (who.id, whom.person_id):
            await self._portal.hub.judge_anew(person_id, STREAM)
        return redirect("/account/blocked?done=blocked", 303)
