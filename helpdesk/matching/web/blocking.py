"""Pages and HTTP API of blocking somebody from where one meets them."""

from __future__ import annotations

from quart import Blueprint, redirect
from quart_schema import operation_id, tag, validate_request, validate_response

from helpdesk.board.service.postings import OFFERS, REQUESTS, PostingKind, Ref
from helpdesk.board.web.bodies import CommandBody, Done
from helpdesk.board.web.edge import signed_in
from helpdesk.matching.service.meeting import Meeting
from helpdesk.matching.web.edge import kind_at
from portal.api import refuses
from portal.pages import Answer, parse_form


class BlockingPages:
    """One act, from two places."""

    def __init__(self, meeting: Meeting) -> None:
        """Block by these use cases."""
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
