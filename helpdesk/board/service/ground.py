"""The town as the board needs it: its categories, where a draft stands, and what anybody may see of that."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.board.model.draft import Where
from helpdesk.board.place import ExactPlace, PublicPlace


@dataclass(frozen=True)
class Found:
    """Where a draft stands: the exact place, and the cell and district it lies in."""

    place: ExactPlace
    cell_id: str
    district_id: str


class Ground:
    """Reads `portal.town`."""

    async def category_ids(self, db: AsyncSession) -> frozenset[str]:
        """The categories that the town has on the board."""
        raise NotImplementedError

    async def find(self, db: AsyncSession, where: Where) -> Found:
        """The place of a draft. Raises `InvalidInput` for an address that the town does not know or a point outside."""
        raise NotImplementedError

    async def public_places(self, db: AsyncSession, cell_ids: Iterable[str]) -> Mapping[str, PublicPlace]:
        """What anybody may see of some cells, by cell id; one query."""
        raise NotImplementedError
