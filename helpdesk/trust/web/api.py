"""The rules as programs read them: an answer names the version that its writer has read."""

from __future__ import annotations

from pydantic import BaseModel
from quart import Blueprint
from quart_schema import operation_id, tag, validate_response

from helpdesk.trust.model import GuidanceKind
from helpdesk.trust.service.guidance import guidance
from portal.context import Portal


class RulesBody(BaseModel):
    """One text, in the language of the moment."""

    kind: GuidanceKind
    version: int
    lines: list[str]


class RulesList(BaseModel):
    """Every text as it stands."""

    items: list[RulesBody]


def rules_api(portal: Portal) -> Blueprint:
    """The routes."""
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
