"""What is read of the town and kept in memory until the town has changed, in every web worker at once.

One small query in each transaction, for the town's version, says whether it is still true: no message between workers
can be missed.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from portal.town.model import Town

T = TypeVar("T")

_VERSION = "parvis.town version"
_CHANGES = "parvis.town changes"
"""In a session: the version as of its transaction; that this very transaction changes the town."""


class KeptOfTown(Generic[T]):
    """A reading of the town, kept for each database of this process."""

    def __init__(self, name: str, read: Callable[[AsyncSession], Awaitable[T]]) -> None:
        """`read` reads it anew; `name` tells it apart in a session."""
        self._seen = f"parvis.town {name}"
        self._read = read
        self._newest: WeakKeyDictionary[Any, tuple[int, T]] = WeakKeyDictionary()

    async def __call__(self, db: AsyncSession) -> T:
        """As this session sees the town."""
        if self._seen in db.info:
            found: T = db.info[self._seen]
            return found
        version, engine = await _version(db), db.get_bind()
        kept = self._newest.get(engine)
        if kept is not None and kept[0] == version:
            db.info[self._seen] = kept[1]
            return kept[1]
        found = db.info[self._seen] = await self._read(db)
        # Nothing says when a town that is not founded yet changes; what is not committed is nobody else's, and an
        # older view replaces no newer one.
        if version is not None and _CHANGES not in db.info and (kept is None or kept[0] < version):
            self._newest[engine] = (version, found)
        return found


async def _version(db: AsyncSession) -> int | None:
    if _VERSION not in db.info:
        db.info[_VERSION] = await db.scalar(select(Town.version))
    version: int | None = db.info[_VERSION]
    return version


def town_changes(db: AsyncSession) -> None:
    """This transaction changes the town: what it has read of it until now counts no longer, nor for others."""
    for key in [key for key in db.info if isinstance(key, str) and key.startswith("parvis.town ")]:
        del db.info[key]
    db.info[_CHANGES] = True
