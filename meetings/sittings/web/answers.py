"""What the clerk notes of members' answers to a convocation: paper handed over, replies, proxies."""

from __future__ import annotations

from quart import Blueprint
from sqlalchemy.ext.asyncio import AsyncSession

from meetings.sittings.model import Sitting
from meetings.sittings.model.progress import PROXY_GIVEN
from meetings.sittings.service import replies
from meetings.sittings.service.held import Chamber, hold
from meetings.sittings.web.edge import Edge
from meetings.sittings.web.forms import EmptyForm, ProxyForm, ReplyForm
from meetings.sittings.web.prepare import PreparePages
from portal.pages import Answer, actor, parse_form


class AnswerPages:
    """Note what came by letter, by telephone or by hand."""

    def __init__(self, edge: Edge, prepare: PreparePages, chamber: Chamber) -> None:
        """Serve this portal; `prepare` shows the sitting afterwards."""
        self._chamber = chamber
        self._edge = edge
        self._prepare = prepare

    def add_to(self, pages: Blueprint) -> None:
        """Name the addresses."""
        pages.post("/<sitting_id>/members/<mandate_id>/paper")(self.hand_over)
        pages.post("/<sitting_id>/members/<mandate_id>/reply")(self.record_reply)
        pages.post("/<sitting_id>/proxies")(self.record_proxy)
        pages.post("/<sitting_id>/proxies/<proxy_id>/revoke")(self.revoke_proxy)

    async def hand_over(self, sitting_id: str, mandate_id: str) -> Answer:
        """Note that the paper was handed over."""

        async def act(db: AsyncSession, sitting: Sitting) -> None:
            await parse_form(EmptyForm)
            own = await replies.access_summons(db, actor(), sitting, mandate_id)
            await replies.hand_over(db, actor(), sitting, own, town=self._edge.town, now=self._edge.now())

        return await self._prepare.act(sitting_id, "paper", act)

    async def record_reply(self, sitting_id: str, mandate_id: str) -> Answer:
        """Note a member's reply for them."""

        async def act(db: AsyncSession, sitting: Sitting) -> None:
            form = await parse_form(ReplyForm)
            own = await replies.access_summons(db, actor(), sitting, mandate_id)
            who = actor()
            by = who.account_id if who else ""
            await replies.reply(db, sitting, own, form.reply, by=by, town=self._edge.town, now=self._edge.now())

        return await self._prepare.act(sitting_id, "reply", act)

    async def record_proxy(self, sitting_id: str) -> Answer:
        """Note a proxy that came on paper."""

        async def act(db: AsyncSession, sitting: Sitting) -> None:
            form = await parse_form(ProxyForm)
            held = await hold(db, self._chamber, actor(), sitting.id, self._edge.now())
            held.require_allowed(PROXY_GIVEN, {"giver": form.giver_id})
            await replies.give_proxy(
                db,
                actor(),
                sitting,
                giver_id=form.giver_id,
                holder_id=form.holder_id,
                illness=form.illness,
                library=self._edge.library,
                town=self._edge.town,
                now=self._edge.now(),
            )

        return await self._prepare.act(sitting_id, "proxy", act)

    async def revoke_proxy(self, sitting_id: str, proxy_id: str) -> Answer:
        """Take a proxy back for its giver."""

        async def act(db: AsyncSession, sitting: Sitting) -> None:
            await parse_form(EmptyForm)
            await replies.revoke_proxy(db, actor(), sitting, proxy_id, town=self._edge.town, now=self._edge.now())

        return await self._prepare.act(sitting_id, "revoked", act)
