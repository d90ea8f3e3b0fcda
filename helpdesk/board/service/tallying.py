"""Writes down what a rule did: the event, and the tally of what is open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.board.model import Change, Tally
from helpdesk.board.service.cards import AnyPosting
from portal.events import DomainEvent, record

STREAM = "board"


async def write_down(db: AsyncSession, posting: AnyPosting, change: Change, actor_id: str | None) -> None:
    """Record a change of one posting in its transaction."""
    await write_down_all(db, [(posting, change)], actor_id)


async def write_down_all(db: AsyncSession, changes: Iterable[tuple[AnyPosting, Change]], actor_id: str | None) -> None:
    """Record changes of several postings in their transaction."""
    opened = Counter[tuple[str, str, str, str]]()
    for posting, change in changes:
        kind = f"{posting.KIND}.{change.verb}"
        record(db, DomainEvent(STREAM, kind, posting.id, posting.version, change.changed, actor_id))
        opened[posting.KIND, posting.cell_id, posting.category_id, posting.district_id] += change.opened
    # Sorted, so that two transactions over the same tallies cannot wait for each other.
    for key in sorted(opened):
        if opened[key]:
            await _add(db, key, opened[key])


async def move_tally(db: AsyncSession, posting: AnyPosting, from_category: str) -> None:
    """An open posting stands in another category now."""
    moves = {from_category: -1, posting.category_id: 1}
    for category_id in sorted(moves):
        key = posting.KIND, posting.cell_id, category_id, posting.district_id
        await _add(db, key, moves[category_id])


async def _add(db: AsyncSession, key: tuple[str, str, str, str], count: int) -> None:
    insert = postgresql_insert if db.get_bind().dialect.name == "postgresql" else sqlite_insert
    kind, cell_id, category_id, district_id = key
    row = insert(Tally).values(kind=kind, cell_id=cell_id, category_id=category_id, district_id=district_id, open=count)
    columns = [Tally.kind, Tally.cell_id, Tally.category_id, Tally.district_id]
    await db.execute(row.on_conflict_do_update(index_elements=columns, set_={"open": Tally.open + count}))
