"""The HTTP API of matching: through the same use cases as pages and sockets."""

from __future__ import annotations

from quart import Blueprint, Quart
from quart_schema import operation_id, tag, validate_request, validate_response

from helpdesk.board.service.cards import Card
from helpdesk.board.service.postings import OFFERS, REQUESTS, PostingKind, Ref
from helpdesk.board.web.bodies import CommandBody, Done
from helpdesk.board.web.edge import signed_in
from helpdesk.matching.service import messages
from helpdesk.matching.service.engagements import Matching
from helpdesk.matching.service.reading import view_conversation, view_posting
from helpdesk.matching.service.streams import stream_of
from helpdesk.matching.service.volunteers import decline, open_asks
from helpdesk.matching.web.bodies import (
    AcceptBody,
    AnswerBody,
    AnsweredBody,
    AskBody,
    AskList,
    EngagementBody,
    ExactPlaceBody,
    MessageBody,
    ReasonBody,
    SaidBody,
    ThanksBody,
    WrittenBody,
)
from portal.api import refuses
from portal.context import Portal
from portal.events import stream_head
from portal.pages import actor


def register(app: Quart, portal: Portal, matching: Matching) -> None:
    """Add the API's routes."""
    for kind, path in ((REQUESTS, "requests"), (OFFERS, "offers")):
        api = Blueprint(f"api_{path}_engaged", __name__, url_prefix=f"/api/{path}")
        _add_reading(api, portal, matching, kind)
        _add_answers(api, matching, kind)
        _add_outcomes(api, matching, kind)
        app.register_blueprint(api)
    app.register_blueprint(_engagements(portal, matching))
    app.register_blueprint(_asks(portal, matching))


def _add_reading(api: Blueprint, portal: Portal, matching: Matching, kind: PostingKind) -> None:
    @api.get("/<posting_id>")
    @tag(["Help board"])
    @operation_id(f"read_{kind.name}")
    @validate_response(Card)
    @refuses(404, 410)
    async def read(posting_id: str) -> Card:
        """One of them; those that have ended are shown to their author and to who answered only."""
        async with portal.database.read() as db:
            return (await view_posting(db, actor(), Ref(kind, posting_id), portal.clock())).card

    @api.get("/<posting_id>/place")
    @tag(["Help board"])
    @operation_id(f"read_{kind.name}_place")
    @validate_response(ExactPlaceBody)
    @refuses(401, 403, 404, 409, 429)
    async def place(posting_id: str) -> ExactPlaceBody:
        """The exact place, for its author, agents and who was accepted, until it has ended; it is noted."""
        found = await matching.open_exact_place(signed_in(), Ref(kind, posting_id))
        return ExactPlaceBody(longitude=found.longitude, latitude=found.latitude, label=found.label)


def _add_answers(api: Blueprint, matching: Matching, kind: PostingKind) -> None:
    @api.post("/<posting_id>/answers")
    @tag(["Help board"])
    @operation_id(f"answer_{kind.name}")
    @validate_request(AnswerBody)
    @validate_response(AnsweredBody, 201)
    @refuses(400, 401, 403, 404, 409, 422, 429)
    async def answer(posting_id: str, data: AnswerBody) -> tuple[AnsweredBody, int]:
        """Propose oneself; the note is for the author's eyes only. `held`: a place is kept for a while."""
        ref = Ref(kind, posting_id)
        found = await matching.answer(signed_in(), ref, note=data.note, rules=data.rules, command_id=data.command_id)
        return AnsweredBody(id=found.id, state=found.state), 201

    @api.post("/<posting_id>/answers/<answer_id>/accept")
    @tag(["Help board"])
    @operation_id(f"accept_{kind.name}_answer")
    @validate_request(AcceptBody)
    @validate_response(Done)
    @refuses(400, 401, 403, 404, 409, 422)
    async def accept(posting_id: str, answer_id: str, data: AcceptBody) -> Done:
        """The author takes an answer."""
        await matching.accept(
            signed_in(),
            Ref(kind, posting_id),
            engagement_id=answer_id,
            reply=data.reply,
            shares_place=data.share_place,
            command_id=data.command_id,
        )
        return Done()

    @api.post("/<posting_id>/answers/<answer_id>/decline")
    @tag(["Help board"])
    @operation_id(f"decline_{kind.name}_answer")
    @validate_request(ReasonBody)
    @validate_response(Done)
    @refuses(400, 401, 403, 404, 409, 422)
    async def refuse(posting_id: str, answer_id: str, data: ReasonBody) -> Done:
        """The author does not take an answer, or no longer."""
        who, ref = signed_in(), Ref(kind, posting_id)
        await matching.decline(who, ref, engagement_id=answer_id, reason=data.reason, command_id=data.command_id)
        return Done()

    @api.post("/<posting_id>/withdraw")
    @tag(["Help board"])
    @operation_id(f"withdraw_{kind.name}_answer")
    @validate_request(ReasonBody)
    @validate_response(Done)
    @refuses(400, 401, 403, 404, 409, 422)
    async def withdraw(posting_id: str, data: ReasonBody) -> Done:
        """Take one's own answer back."""
        ref = Ref(kind, posting_id)
        await matching.withdraw(signed_in(), ref, reason=data.reason, command_id=data.command_id)
        return Done()


def _add_outcomes(api: Blueprint, matching: Matching, kind: PostingKind) -> None:
    @api.post("/<posting_id>/answers/<answer_id>/no-show")
    @tag(["Help board"])
    @operation_id(f"report_{kind.name}_no_show")
    @validate_request(CommandBody)
    @validate_response(Done)
    @refuses(400, 401, 403, 404, 409, 422)
    async def no_show(posting_id: str, answer_id: str, data: CommandBody) -> Done:
        """The author says that the accepted person never came."""
        ref = Ref(kind, posting_id)
        await matching.no_show(signed_in(), ref, engagement_id=answer_id, command_id=data.command_id)
        return Done()

    @api.post("/<posting_id>/not-yet")
    @tag(["Help board"])
    @operation_id(f"{kind.name}_not_yet")
    @validate_request(CommandBody)
    @validate_response(Done)
    @refuses(400, 401, 403, 404, 409, 422)
    async def not_yet(posting_id: str, data: CommandBody) -> Done:
        """The author says that it has not happened yet."""
        await matching.not_yet(signed_in(), Ref(kind, posting_id), command_id=data.command_id)
        return Done()


def _engagements(portal: Portal, matching: Matching) -> Blueprint:
    api = Blueprint("api_engagements", __name__, url_prefix="/api/engagements")

    @api.get("/<engagement_id>")
    @tag(["Help board"])
    @operation_id("read_engagement")
    @validate_response(EngagementBody)
    @refuses(401, 404)
    async def read(engagement_id: str) -> EngagementBody:
        """One engagement with its messages, for its two people."""
        who = signed_in()
        async with portal.database.read() as db:
            head = await stream_head(db, stream_of(engagement_id))
            view = await view_conversation(db, who, engagement_id, portal.clock())
        said = [SaidBody(id=m.id, at=m.at, mine=m.person_id == who.id, text=m.text) for m in view.messages]
        return EngagementBody(
            id=view.answer.id,
            state=view.answer.state,
            posting=view.card,
            is_author=view.is_author,
            other_name=view.other_name,
            messages=said,
            head=head,
        )

    @api.post("/<engagement_id>/messages")
    @tag(["Help board"])
    @operation_id("write_message")
    @validate_request(MessageBody)
    @validate_response(WrittenBody, 201)
    @refuses(400, 401, 403, 404, 409, 422, 429)
    async def write(engagement_id: str, data: MessageBody) -> tuple[WrittenBody, int]:
        """Write to the other one: no telephone number, mail or address."""
        id_ = await messages.write(matching, signed_in(), engagement_id, text=data.text, command_id=data.command_id)
        return WrittenBody(id=id_), 201

    @api.post("/<engagement_id>/done")
    @tag(["Help board"])
    @operation_id("report_done")
    @validate_request(CommandBody)
    @validate_response(Done)
    @refuses(400, 401, 403, 404, 409, 422)
    async def done(engagement_id: str, data: CommandBody) -> Done:
        """The person who helped says that it is done."""
        await matching.report_done(signed_in(), engagement_id, command_id=data.command_id)
        return Done()

    @api.post("/<engagement_id>/thank")
    @tag(["Help board"])
    @operation_id("thank")
    @validate_request(ThanksBody)
    @validate_response(Done)
    @refuses(400, 401, 403, 404, 409, 422)
    async def thank(engagement_id: str, data: ThanksBody) -> Done:
        """The person helped thanks."""
        await matching.thank(signed_in(), engagement_id, words=data.words, command_id=data.command_id)
        return Done()

    return api


def _asks(portal: Portal, matching: Matching) -> Blueprint:
    api = Blueprint("api_asks", __name__, url_prefix="/api/asks")

    @api.get("")
    @tag(["Help board"])
    @operation_id("list_asks")
    @validate_response(AskList)
    @refuses(401)
    async def listed() -> AskList:
        """What one is asked for, and why."""
        who = signed_in()
        async with portal.database.read() as db:
            asks = await open_asks(db, who.id)
        items = [AskBody(id=ask.id, request=ask.card, why=list(ask.why), asked_at=ask.asked_at) for ask in asks]
        return AskList(items=items)

    @api.post("/<ask_id>/decline")
    @tag(["Help board"])
    @operation_id("decline_ask")
    @validate_request(CommandBody)
    @validate_response(Done)
    @refuses(400, 401, 403, 404, 409, 422)
    async def not_this_time(ask_id: str, data: CommandBody) -> Done:
        """Not this time: the next one is asked."""
        await decline(matching, signed_in(), ask_id, command_id=data.command_id)
        return Done()

    return api
