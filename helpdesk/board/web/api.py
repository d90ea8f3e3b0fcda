"""The board's HTTP API: the same for requests and offers, through the same use cases as pages and sockets."""

from __future__ import annotations

from dataclasses import replace

from quart import Blueprint, Quart, Response
from quart_schema import document_response, operation_id, tag, validate_querystring, validate_request, validate_response

from helpdesk.board.place import drawn_place
from helpdesk.board.service.board import Board
from helpdesk.board.service.clusters import clustered
from helpdesk.board.service.editing import edit
from helpdesk.board.service.listing import Cursor, Filter, cell_counts, open_postings
from helpdesk.board.service.neighbourhood import within
from helpdesk.board.service.postings import OFFERS, REQUESTS, PostingKind, Ref
from helpdesk.board.service.reading import cards
from helpdesk.board.service.tallying import STREAM
from helpdesk.board.web.bodies import (
    CancelBody,
    CardList,
    CellList,
    CellsQuery,
    CloseBody,
    ClusterBody,
    ClusterList,
    CommandBody,
    Created,
    Done,
    EditBody,
    FilterQuery,
    ListQuery,
    PostBody,
)
from helpdesk.board.web.edge import apart_from_viewer, signed_in, spend_look
from helpdesk.board.web.wishes import WITHIN, day_began
from portal.api import refuses
from portal.context import Portal
from portal.events import stream_head
from portal.town.model import PublicArea
from portal.town.service.area_book import Window, area_book


def register(app: Quart, portal: Portal, board: Board) -> None:
    """Add the API's routes."""
    for kind, path in ((REQUESTS, "requests"), (OFFERS, "offers")):
        app.register_blueprint(_postings(portal, board, kind, path))
    app.register_blueprint(_cells(portal))


def _postings(portal: Portal, board: Board, kind: PostingKind, path: str) -> Blueprint:
    api = Blueprint(f"api_{path}", __name__, url_prefix=f"/api/{path}")
    _add_reading(api, portal, kind)
    _add_posting(api, board, kind)
    _add_editing(api, board, kind)
    _add_ending(api, board, kind)
    return api


def _add_reading(api: Blueprint, portal: Portal, kind: PostingKind) -> None:
    @api.get("")
    @tag(["Help board"])
    @operation_id(f"list_{kind.name}s")
    @validate_querystring(ListQuery)
    @validate_response(CardList)
    @refuses(422, 429)
    async def listed(query_args: ListQuery) -> CardList:
        """Open ones, newest first. Places are public cells."""
        query = query_args
        wanted = _wanted(kind.name, query)
        async with portal.database.read() as db:
            head = await stream_head(db, STREAM)
            wanted = replace(wanted, without=await apart_from_viewer(db))
            if query.near:
                spend_look(portal)
                wanted = replace(wanted, cells=within(await area_book(db), query.near, WITHIN[query.within]))
            page = await open_postings(db, wanted, Cursor.parse(query_args.after), query_args.limit)
            items = await cards(db, page.postings)
        return CardList(items=items, next=str(page.next) if page.next else None, head=head)


def _add_posting(api: Blueprint, board: Board, kind: PostingKind) -> None:
    @api.post("")
    @tag(["Help board"])
    @operation_id(f"post_{kind.name}")
    @validate_request(PostBody)
    @validate_response(Created, 201)
    @refuses(400, 401, 403, 422, 429)
    async def post(data: PostBody) -> tuple[Created, int]:
        """Put one on the board: an address of the town's file, or a point, and never both."""
        id_ = await board.post(signed_in(), kind, data.draft(), command_id=data.command_id)
        return Created(id=id_), 201


def _add_editing(api: Blueprint, board: Board, kind: PostingKind) -> None:
    @api.post("/<posting_id>/edit")
    @tag(["Help board"])
    @operation_id(f"edit_{kind.name}")
    @validate_request(EditBody)
    @validate_response(Done)
    @refuses(400, 401, 403, 404, 409, 422, 429)
    async def change(posting_id: str, data: EditBody) -> Done:
        """The author writes it anew."""
        ref = Ref(kind, posting_id)
        await edit(board, signed_in(), ref, data.revision(), seen=data.version, command_id=data.command_id)
        return Done()


def _add_ending(api: Blueprint, board: Board, kind: PostingKind) -> None:
    @api.post("/<posting_id>/close")
    @tag(["Help board"])
    @operation_id(f"close_{kind.name}")
    @validate_request(CloseBody)
    @validate_response(Done)
    @refuses(400, 401, 403, 404, 409, 422)
    async def close(posting_id: str, data: CloseBody) -> Done:
        """Say how it ended: the author, an agent or a moderator."""
        ref = Ref(kind, posting_id)
        await board.close(signed_in(), ref, outcome=data.outcome, seen=data.version, command_id=data.command_id)
        return Done()

    @api.post("/<posting_id>/cancel")
    @tag(["Help board"])
    @operation_id(f"cancel_{kind.name}")
    @validate_request(CancelBody)
    @validate_response(Done)
    @refuses(400, 401, 403, 404, 409, 422)
    async def cancel(posting_id: str, data: CancelBody) -> Done:
        """The author takes it back."""
        await board.cancel(signed_in(), Ref(kind, posting_id), seen=data.version, command_id=data.command_id)
        return Done()

    @api.post("/<posting_id>/reopen")
    @tag(["Help board"])
    @operation_id(f"reopen_{kind.name}")
    @validate_request(CommandBody)
    @validate_response(Done)
    @refuses(400, 401, 403, 404, 409, 422)
    async def reopen(posting_id: str, data: CommandBody) -> Done:
        """The author needs it again, within a week of its end."""
        await board.reopen(signed_in(), Ref(kind, posting_id), command_id=data.command_id)
        return Done()

    @api.post("/<posting_id>/keep")
    @tag(["Help board"])
    @operation_id(f"keep_{kind.name}")
    @validate_request(CommandBody)
    @validate_response(Done)
    @refuses(400, 401, 403, 404, 409, 422)
    async def keep(posting_id: str, data: CommandBody) -> Done:
        """The author says that it is still needed."""
        await board.keep(signed_in(), Ref(kind, posting_id), command_id=data.command_id)
        return Done()


def _wanted(kind: str, query: FilterQuery) -> Filter:
    since = day_began(query.since) if query.since is not None else None
    return Filter(kind, query.category, query.district, query.cell, by=query.by, since=since)


def drawn_text(area: PublicArea) -> str:
    """A cell's place and outline as the beginning of its JSON object."""
    return drawn_place(area).model_dump_json().removesuffix("}")


def _cells(portal: Portal) -> Blueprint:
    api = Blueprint("api_board", __name__, url_prefix="/api/board")

    @api.get("/cells")
    @tag(["Help board"])
    @operation_id("count_postings_by_cell")
    @validate_querystring(CellsQuery)
    @document_response(CellList)
    @refuses(422, 429)
    async def cells(query_args: CellsQuery) -> Response:
        """Open requests and offers by public cell, or by groups of cells for a map that is looked at from afar."""
        query = query_args
        if query.window or query.near:
            spend_look(portal)
        window = Window.parse(query.window) if query.window else None
        wanted = _wanted(query.kind or "", query)
        async with portal.database.read() as db:
            wanted = replace(wanted, without=await apart_from_viewer(db))
            head = await stream_head(db, STREAM)
            book = await area_book(db)
            if window is not None:
                wanted = replace(wanted, cells=book.shown_in(window))
            if query.near:
                around = within(book, query.near, WITHIN[query.within])
                wanted = replace(wanted, cells=around if wanted.cells is None else wanted.cells & around)
            counts = await cell_counts(db, wanted)
        alone, clusters = clustered(book, counts, query.zoom)
        # A city has thousands of cells: their outlines are written once, not validated and encoded at each look.
        rows = (
            f'{book.drawn(count.cell_id, drawn_text)},"requests":{count.requests},"offers":{count.offers}}}'
            for count in alone
        )
        groups = ClusterList.dump_json([ClusterBody.of(cluster) for cluster in clusters]).decode()
        body = f'{{"cells":[{",".join(rows)}],"clusters":{groups},"head":{head}}}'
        return Response(body, content_type="application/json")

    return api
