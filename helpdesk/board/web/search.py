"""The page that finds open postings by words."""

from __future__ import annotations

from quart import Blueprint, request

from helpdesk.board.service.reading import cards
from helpdesk.board.service.searching import FOUND, search_postings, words_of
from helpdesk.board.web.edge import Edge, apart_from_viewer, spend_search
from portal.pages import Answer, render

LONGEST = 100


class Search:
    """What was looked for, and what was found."""

    def __init__(self, edge: Edge) -> None:
        """On this portal's board."""
        self._edge = edge

    def add_to(self, pages: Blueprint) -> None:
        """Add the route."""
        pages.get("/search")(self.found)

    async def found(self) -> Answer:
        """Open ones that hold every word, the newest first."""
        asked = request.args.get("q", "")[:LONGEST].strip()
        words = words_of(asked)
        if words:
            spend_search(self._edge.portal)
        async with self._edge.portal.database.read() as db:
            say = await self._edge.speech(db)
            names = {code: category.name for code, category in say.categories.items()}
            found = await search_postings(db, words, names, await apart_from_viewer(db))
            items = await cards(db, found)
        return await render("board/search.html", cards=items, asked=asked, words=words, most=FOUND, say=say)
