"""The pages to read: one posting with those engaged, one engagement, what one has to do with, what one is asked."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from quart import Blueprint, render_template, request

from helpdesk.board.model import PostingState
from helpdesk.board.service.postings import KINDS, PostingKind, Ref
from helpdesk.board.service.reading import AuthorBlocked, cards, outcomes_of
from helpdesk.board.service.tallying import STREAM
from helpdesk.board.web.edge import signed_in
from helpdesk.board.web.parts import parts_of
from helpdesk.matching.service.filing import queue
from helpdesk.matching.service.permissions import SEE_QUEUE
from helpdesk.matching.service.reading import my_help, view_conversation, view_posting
from helpdesk.matching.service.rules import NOBODY_FOUND, PER_DAY
from helpdesk.matching.service.streams import asks_of, stream_of
from helpdesk.matching.service.telling import ANSWERS, ASKED, MESSAGES, MY_HELP, QUESTIONS, WITHDRAWALS, unread_about
from helpdesk.matching.service.volunteers import open_asks, profile_of
from helpdesk.matching.web.edge import Edge, path_of
from helpdesk.matching.web.words import strings
from portal.events import stream_head
from portal.i18n import _
from portal.notices.service.reading import read_about
from portal.pages import Answer, actor, render
from portal.permissions import Actor, may
from portal.town.service import town_settings

_OF_AUTHOR = (ANSWERS.name, WITHDRAWALS.name, QUESTIONS.name)
_OF_BOTH = (MESSAGES.name, MY_HELP.name)


class Pages:
    """The pages to read."""

    def __init__(self, edge: Edge) -> None:
        """Read from this portal's matching."""
        self._edge = edge

    def add_to(self, pages: Blueprint) -> None:
        """Add the routes."""
        pages.get("/mine")(self.mine)
        pages.get("/asked")(self.asked)
        pages.get("/engagements/<engagement_id>")(self.conversation)
        for kind, path in ((KINDS["help_request"], "requests"), (KINDS["help_offer"], "offers")):
            pages.add_url_rule(f"/{path}/<posting_id>", f"show_{path}", self._show(kind))

    def _show(self, kind: PostingKind) -> Callable[[str], Awaitable[Answer]]:
        async def show(posting_id: str) -> Answer:
            try:
                return await self.show(Ref(kind, posting_id))
            except AuthorBlocked as error:
                return await render("matching/author_blocked.html", error.status)

        return show

    async def show(self, ref: Ref, status: int = 200, errors: dict[str, str] | None = None) -> Answer:
        """One posting, with what this viewer can do about it."""
        portal, who = self._edge.portal, actor()
        async with portal.database.read() as db:
            head = await stream_head(db, STREAM)
            view = await view_posting(db, who, ref, portal.clock())
            say = await self._edge.speech(db)
            parts = await parts_of(db, who, ref, view)
            nobody_found = (await town_settings(db)).text(NOBODY_FOUND)
            seen = await unread_about(db, who.id, _OF_AUTHOR, [ref.id]) if who and view.is_author else ()
        await self._read(who, seen)
        done = {
            "posted": _("It is on the board. Everybody sees it now, as it stands here."),
            "held": _("Thank you! The place is kept for you until this neighbour has answered."),
            "standing_by": _("Somebody was a moment faster. Your answer stands too: this neighbour sees it."),
            "reopened": _("It is on the board again."),
            "edited": _("It is changed. Everybody sees it now, as it stands here."),
        }
        flash = None if view.card.state == PostingState.HELD else done.get(request.args.get("done", ""))
        form = await request.form
        return await render(
            "matching/posting.html",
            status,
            view=view,
            card=view.card,
            path=path_of(ref),
            address=portal.settings.public_url.rstrip("/") + path_of(ref),
            outcomes=outcomes_of(ref.kind.model, is_author=view.is_author, on_behalf=view.on_behalf),
            head=head,
            errors=errors or {},
            given=form,
            parts=parts,
            nobody_found=nobody_found,
            say=say,
            flashes=[("good", flash)] if flash else [],
            tiles=portal.settings.map_tiles,
            attribution=portal.settings.map_attribution,
        )

    async def conversation(self, engagement_id: str, status: int = 200, errors: dict[str, str] | None = None) -> Answer:
        """One engagement: where it stands, what was written, what can be done."""
        portal, who, before = self._edge.portal, signed_in(), request.args.get("before", "")
        async with portal.database.read() as db:
            head = await stream_head(db, stream_of(engagement_id))
            view = await view_conversation(db, who, engagement_id, portal.clock(), before)
            say = await self._edge.speech(db)
            seen = await unread_about(db, who.id, _OF_BOTH, [engagement_id])
        await self._read(who, seen)
        form = await request.form
        return await render(
            "matching/conversation.html",
            status,
            view=view,
            is_older=bool(before),
            me=who.id,
            card=view.card,
            head=head,
            stream=stream_of(engagement_id),
            errors=errors or {},
            given=form,
            say=say,
            strings=strings(),
        )

    async def mine(self) -> Answer:
        """My requests, my offers, my answers."""
        who = signed_in()
        async with self._edge.portal.database.read() as db:
            found = await my_help(db, who.id)
            pairs = [(found.answered[item.posting_id], item) for item in found.engagements]
            shown = [(posting, item) for posting, item in pairs if not posting.is_withheld]
            answered = await cards(db, [posting for posting, _item in shown])
            return await render(
                "matching/mine.html",
                requests=await cards(db, found.mine.requests),
                offers=await cards(db, found.mine.offers),
                answered=list(zip(answered, (item for _posting, item in shown), strict=True)),
                asks=await open_asks(db, who.id),
                say=await self._edge.speech(db),
            )

    async def asked(self, status: int = 200) -> Answer:
        """What I am asked for, and why me."""
        who = signed_in()
        async with self._edge.portal.database.read() as db:
            head = await stream_head(db, asks_of(who.id))
            asks = await open_asks(db, who.id)
            profile = await profile_of(db, who.id)
            say = await self._edge.speech(db)
            per_day = (await town_settings(db))[PER_DAY]
            seen = await unread_about(db, who.id, [ASKED.name], [ask.id for ask in asks])
        await self._read(who, seen)
        return await render(
            "matching/asked.html",
            status,
            asks=asks,
            profile=profile,
            per_day=per_day,
            say=say,
            head=head,
            stream=asks_of(who.id),
        )

    async def home_card(self, who: Actor | None) -> str:
        """On the home page: what one is asked for; for agents, what waits."""
        if who is None:
            return ""
        async with self._edge.portal.database.read() as db:
            asks = await open_asks(db, who.id)
            waiting = await queue(db, who, self._edge.portal.clock()) if may(who, SEE_QUEUE) else None
            if not asks and (waiting is None or not (waiting.unfound or waiting.calls)):
                return ""
            say = await self._edge.speech(db)
        return await render_template("matching/home_card.html", asks=asks, waiting=waiting, say=say)

    async def _read(self, who: Actor | None, seen: Sequence[tuple[str, str]]) -> None:
        """Whoever has a thing before them need not be told of it any more. `seen`: kinds and subjects of notices."""
        if who is None or not seen:
            return
        portal = self._edge.portal
        async with portal.database.write() as db:
            for kind, subject_id in seen:
                await read_about(db, who.id, kind, subject_id, portal.clock())
