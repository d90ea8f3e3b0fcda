"""Blocking somebody from where one meets them: their posting's page, the conversation with them, an answer of theirs.

Whom one means is found out here; neither a page nor the API holds the id of a person.
"""

from __future__ import annotations

from dataclasses import dataclass

from helpdesk.board.service.postings import Ref, access_posting
from helpdesk.matching.service.loading import access_pair
from helpdesk.matching.service.reading import view_conversation, view_posting
from helpdesk.trust.model import BlockedAt, NotToBeBlocked
from helpdesk.trust.service.blocking import Blocking, Whom
from portal.clock import Clock
from portal.db import Database
from portal.permissions import Actor
from portal.security import RateLimiter


@dataclass(frozen=True)
class Meeting:
    """Blocks whom somebody has met."""

    database: Database
    clock: Clock
    limits: RateLimiter

    async def block_author(self, who: Actor, ref: Ref, command_id: str) -> None:
        """Block who wrote it. Raises what reading it raises, and `NotToBeBlocked`."""
        async with self.database.read() as db:
            view = await view_posting(db, who, ref, self.clock())
            posting = await access_posting(db, ref)
        if not view.may_block:
            raise NotToBeBlocked
        where = BlockedAt(ref.kind.name)
        await self._block(who, Whom(posting.author_id, where, posting.title, view.author_name is not None), command_id)

    async def block_other(self, who: Actor, engagement_id: str, command_id: str) -> None:
        """Block the other one of a conversation. Raises what reading it raises, and `NotToBeBlocked`."""
        async with self.database.read() as db:
            pair = await access_pair(db, who, engagement_id)
            view = await view_conversation(db, who, engagement_id, self.clock())
        if pair.posting.on_behalf:
            raise NotToBeBlocked
        other = pair.engagement.person_id if pair.is_author else pair.posting.author_id
        knows_name = view.other_name is not None
        await self._block(who, Whom(other, BlockedAt.CONVERSATION, pair.posting.title, knows_name), command_id)

    async def _block(self, who: Actor, whom: Whom, command_id: str) -> None:
        await Blocking(self.database, self.clock, self.limits).block(who, whom, command_id=command_id)
