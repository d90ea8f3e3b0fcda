"""What slices above the board have to say on a posting's page: they add themselves when they register."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from quart import Quart, current_app
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.board.service.postings import Ref
from helpdesk.board.service.reading import PostingView
from portal.permissions import Actor

_KEY = "board.parts"


@dataclass(frozen=True)
class Part:
    """What one slice adds for one viewer, as markup."""

    above: str = ""
    """Before everything: what the viewer must know first."""
    below: str = ""
    """After the words of the posting."""
    aside: str = ""
    """After what one can do about it."""


MakePart = Callable[[AsyncSession, Actor | None, Ref, PostingView], Awaitable[Part]]


def add_part(app: Quart, make: MakePart) -> None:
    """Let a slice have its say on the pages of this portal."""
    app.extensions.setdefault(_KEY, []).append(make)


async def parts_of(db: AsyncSession, viewer: Actor | None, ref: Ref, view: PostingView) -> list[Part]:
    """What every slice adds to a posting's page for this viewer."""
    makers: list[MakePart] = current_app.extensions.get(_KEY, [])
    return [await make(db, viewer, ref, view) for make in makers]
