"""Pictures on a posting's page: what everybody sees of them, and the author's forms."""

from __future__ import annotations

from collections.abc import Mapping

from quart import Blueprint, Response, redirect, render_template, request
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.board.model import ALT_LENGTH, MOST_PICTURES, PictureWords
from helpdesk.board.model.picture_file import LARGEST_PICTURE, MEDIA_TYPE
from helpdesk.board.service.pictures import Pictures, pictures_of
from helpdesk.board.service.postings import OFFERS, REQUESTS, Ref
from helpdesk.board.service.reading import PostingView
from helpdesk.board.web.edge import Edge, signed_in
from helpdesk.board.web.parts import Part
from helpdesk.board.web.steps import COMMAND
from portal.errors import InvalidInput, NotFound
from portal.i18n import _
from portal.pages import Answer, actor, parse_form, posted_form, render
from portal.permissions import Actor, may
from portal.uploads import uploaded

PATH = "/board/pictures"
UPLOADS = {PATH: LARGEST_PICTURE}
_POLICY = "default-src 'none'; sandbox"
_KINDS = {"requests": REQUESTS, "offers": OFFERS}


class PicturePages:
    """The pictures themselves, and the two forms."""

    def __init__(self, edge: Edge) -> None:
        """Of this portal's board."""
        self._edge = edge
        self._pictures = Pictures(edge.board)

    def add_to(self, pages: Blueprint) -> None:
        """Add the routes."""
        pages.post("/pictures")(self.add)
        pages.get("/pictures/<picture_id>")(self.show)
        pages.post("/pictures/<picture_id>/remove")(self.remove)

    async def part(self, db: AsyncSession, viewer: Actor | None, ref: Ref, view: PostingView) -> Part:
        """For all who may see them: the pictures. For the author: adding and removing."""
        may_see = view.is_author or may(viewer, ref.kind.actions.close_any) or view.is_under_way
        pictures = await pictures_of(db, ref.id) if may_see else ()
        below = await render_template(
            "board/pictures.html",
            pictures=pictures,
            may_remove=view.is_author,
            may_add=view.is_author and view.may_edit and len(pictures) < MOST_PICTURES,
            **_of_form(ref),
        )
        return Part(below=below)

    async def add(self) -> Answer:
        """Add one. The address names the posting, since a large body is let in by its path alone."""
        who, ref = signed_in(), _asked_for()
        try:
            words = await parse_form(PictureWords)
            content = await uploaded("file")
            command_id = (await posted_form()).get(COMMAND, "")
            await self._pictures.add(who, ref, content, words.alt, command_id=command_id)
        except InvalidInput as error:
            return await _again(ref, error)
        return redirect(f"{_page(ref)}?done=edited", 303)

    async def remove(self, picture_id: str) -> Answer:
        """Remove one."""
        form = await posted_form()
        ref = await self._pictures.remove(signed_in(), picture_id, command_id=form.get(COMMAND, ""))
        return redirect(f"{_page(ref)}?done=edited", 303)

    async def show(self, picture_id: str) -> Response:
        """The picture. A browser asks each time whether it is still shown."""
        async with self._edge.portal.database.read() as db:
            picture = await self._pictures.read(db, actor(), picture_id)
        response = Response(picture.content, content_type=MEDIA_TYPE)
        response.headers["Cache-Control"] = "private, no-cache"
        response.headers["Content-Security-Policy"] = _POLICY
        response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
        response.set_etag(picture.id)
        return await response.make_conditional(request)


def _asked_for() -> Ref:
    kind = _KINDS.get(request.args.get("kind", ""))
    if kind is None:
        raise NotFound
    return Ref(kind, request.args.get("posting", ""))


def _path_kind(ref: Ref) -> str:
    return next(path for path, kind in _KINDS.items() if kind is ref.kind)


def _page(ref: Ref) -> str:
    return f"/board/{_path_kind(ref)}/{ref.id}"


def _of_form(ref: Ref) -> Mapping[str, object]:
    """What the form needs."""
    return {
        "action": f"{PATH}?kind={_path_kind(ref)}&posting={ref.id}",
        "most": MOST_PICTURES,
        "alt_length": ALT_LENGTH,
        "megabytes": LARGEST_PICTURE // 1024**2,
    }


async def _again(ref: Ref, error: InvalidInput) -> Answer:
    """The form by itself, with what is wrong; a browser does not keep a file that was chosen."""
    return await render(
        "board/picture_again.html",
        error.status,
        path=_page(ref),
        values=await request.form,
        errors={name: _(text) for name, text in error.fields.items()},
        **_of_form(ref),
    )
