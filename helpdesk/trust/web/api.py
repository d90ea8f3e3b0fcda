"""Trust as programs read it: the rules, of which an answer names the version, and one's own list of blocked people."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel
from quart import Blueprint
from quart_schema import operation_id, tag, validate_request, validate_response

from helpdesk.trust.model import BlockedAt, GuidanceKind
from helpdesk.trust.service.blocking import Blocking, blocked_by
from helpdesk.trust.service.guidance import guidance
from helpdesk.trust.web.blocked import signed_in
from helpdesk.trust.web.forms import CommandForm
from portal.api import refuses
from portal.context import Portal


class RulesBody(BaseModel):
    """One text, in the language of the moment."""

    kind: GuidanceKind
    version: int
    lines: list[str]


class RulesList(BaseModel):
    """Every text as it stands."""

    items: list[RulesBody]


class BlockBody(BaseModel):
    """Somebody whom one has blocked: who it is only as far as one knew."""

    id: str
    """Of the block, to take it back."""
    name: str | None
    """None: it was never learned."""
    where: BlockedAt
    title: str
    """What it was about; empty once it is forgotten."""
    at: datetime


class BlockList(BaseModel):
    """The newest first."""

    items: list[BlockBody]


class TakenBack(BaseModel):
    """It is on disk."""

    ok: bool = True


def rules_api(portal: Portal) -> Blueprint:
    """The rules."""
    api = Blueprint("api_board_rules", __name__, url_prefix="/api/board")

    @api.get("/rules")
    @tag(["Help board"])
    @operation_id("read_board_rules")
    @validate_response(RulesList)
    async def rules() -> RulesList:
        """The charter, and the rules at the door and about money: who answers names the version that they read."""
        async with portal.database.read() as db:
            texts = [await guidance(db, kind) for kind in GuidanceKind]
        return RulesList(
            items=[RulesBody(kind=text.kind, version=text.version, lines=list(text.lines)) for text in texts]
        )

    return api


def blocks_api(portal: Portal, blocking: Blocking) -> Blueprint:
    """One's own list, and taking a block back; blocking begins where one meets somebody."""
    api = Blueprint("api_board_blocks", __name__, url_prefix="/api/board/blocks")

    @api.get("")
    @tag(["Help board"])
    @operation_id("list_blocks")
    @validate_response(BlockList)
    @refuses(401)
    async def listed() -> BlockList:
        """Whom one has blocked; nobody else reads it."""
        who = signed_in()
        async with portal.database.read() as db:
            found = await blocked_by(db, who)
        items = [BlockBody(id=one.id, name=one.name, where=one.where, title=one.title, at=one.at) for one in found]
        return BlockList(items=items)

    @api.post("/<block_id>/take-back")
    @tag(["Help board"])
    @operation_id("take_block_back")
    @validate_request(CommandForm)
    @validate_response(TakenBack)
    @refuses(400, 401, 403, 404, 409, 422)
    async def take_back(block_id: str, data: CommandForm) -> TakenBack:
        """See each other again; what the block has ended stays ended."""
        who = signed_in()
        await blocking.unblock(who, block_id, command_id=data.command_id)
        return TakenBack()

    return api
