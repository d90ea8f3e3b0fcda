"""Named queries of the board: the list, page by page, newest first; the counts for the map; one's own postings.

Every query over what is open reads one range of one partial index and a bounded number of rows (`model._indexes`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Integer,
    Select,
    String,
    cast,
    func,
    literal,
    select,
    text,
    true,
    tuple_,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from helpdesk.board.model import HelpOffer, HelpRequest, Tally
from helpdesk.board.service.cards import AnyPosting
from helpdesk.board.service.postings import KINDS, OFFERS, REQUESTS, PostingKind
from portal.errors import InvalidInput

PAGE = 30
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

# Spelled out, not bound: only so do both databases use the indexes over what is open.
_IS_OPEN = text("state = 'open'")


@dataclass(frozen=True)
class Filter:
    """Which open postings are wanted. An empty word is no wish."""

    kind: str = ""
    """``help_request``, ``help_offer``, or both."""
    category: str = ""
    district: str = ""
    cell: str = ""
    cells: frozenset[str] | None = None
    """Ids of cells of which it must be one: those around a place, or those that a map shows."""
    by: date | None = None
    """Requests needed by this day at the latest; offers have no such day and are left out then."""
    since: datetime | None = None
    """Posted, or written anew by their author, at this instant or later."""
    without: frozenset[str] = frozenset()
    """Authors from whom whoever looks keeps away, or who keep away from them."""

    @property
    def kinds(self) -> tuple[PostingKind, ...]:
        """The kinds that can match."""
        if self.by is not None:
            return (REQUESTS,) if self.kind in {"", "help_request"} else ()
        return (KINDS[self.kind],) if self.kind in KINDS else (REQUESTS, OFFERS)


@dataclass(frozen=True)
class Cursor:
    """Where a page of the list ended: the next one begins below it."""

    posted_at: datetime
    id: str

    def __str__(self) -> str:
        """As it stands in an address: microseconds since 1970, a dash, the id."""
        return f"{(self.posted_at - _EPOCH) // _MICROSECOND}-{self.id}"

    @classmethod
    def parse(cls, value: str) -> Cursor | None:
        """A cursor from an address, none for an empty one. Raises `InvalidInput`."""
        if not value:
            return None
        instant, dash, id_ = value.partition("-")
        if not (dash and id_ and len(id_) <= 26 and instant.isascii() and instant.isdecimal() and len(instant) <= 16):
            raise InvalidInput(fields={"after": "malformed"})
        return cls(_EPOCH + int(instant) * _MICROSECOND, id_)


@dataclass(frozen=True)
class Listed:
    """One page of the list, and where the next begins."""

    postings: tuple[AnyPosting, ...]
    next: Cursor | None


@dataclass(frozen=True)
class CellCount:
    """How many open postings a cell holds."""

    cell_id: str
    requests: int
    offers: int


async def open_postings(db: AsyncSession, wanted: Filter, after: Cursor | None, limit: int = PAGE) -> Listed:
    """Open postings, newest first, beyond a cursor. One query for each kind wanted, two for those of the last days."""
    found: list[AnyPosting] = []
    for part in _parts(wanted):
        found += await db.scalars(_open(db, part, wanted, after, limit + 1))
    found.sort(key=lambda posting: (posting.posted_at, posting.id), reverse=True)
    page = tuple(found[:limit])
    more = len(found) > limit
    return Listed(page, Cursor(page[-1].posted_at, page[-1].id) if more else None)


async def cell_counts(db: AsyncSession, wanted: Filter) -> list[CellCount]:
    """Open postings by cell, for every cell that has any; one query, unless days are wanted."""
    counts: Counter[tuple[str, str]] = Counter()
    if not wanted.kinds:
        return []
    is_tallied = wanted.by is None and wanted.since is None
    queries = [_tallied(db, wanted)] if is_tallied else [_counted(part, wanted) for part in _parts(wanted)]
    for query in queries:
        for cell_id, kind, count in await db.execute(query):
            counts[cell_id, kind] += count
    if wanted.without and is_tallied:
        counts.subtract(await _of_those_left_out(db, wanted))
    return [
        CellCount(cell_id, requests, offers)
        for cell_id in sorted({cell_id for cell_id, _kind in counts})
        if (requests := counts[cell_id, "help_request"]) + (offers := counts[cell_id, "help_offer"])
    ]


async def _of_those_left_out(db: AsyncSession, wanted: Filter) -> Counter[tuple[str, str]]:
    """What the tally counts of authors who are left out; one short range of the authors' index for each kind."""
    found: Counter[tuple[str, str]] = Counter()
    for kind in wanted.kinds:
        theirs = _found_first(kind.model, kind.model.author_id.in_(wanted.without))
        counted = select(theirs.cell_id, func.count()).where(*_wishes(theirs, wanted), *_in_cells(theirs, wanted))
        for cell_id, count in await db.execute(counted.group_by(theirs.cell_id)):
            found[cell_id, kind.name] = count
    return found


def _tallied(db: AsyncSession, wanted: Filter) -> Select[Any, Any, Any]:
    kinds = [kind.name for kind in wanted.kinds]
    counted = Tally.open > 0, Tally.kind.in_(kinds), *_wishes(Tally, wanted)
    total = cast(func.sum(Tally.open), Integer)
    if wanted.cells is not None and _is_postgresql(db):
        each = _each(wanted.cells)
        here = select(Tally.kind, total.label("open")).where(Tally.cell_id == each.c.id, *counted).group_by(Tally.kind)
        found = here.lateral("here")
        return select(each.c.id, found.c.kind, found.c.open).select_from(each.join(found, true()))
    counted = *counted, *_in_cells(Tally, wanted)
    return select(Tally.cell_id, Tally.kind, total).where(*counted).group_by(Tally.cell_id, Tally.kind)


@dataclass(frozen=True)
class _Part:
    """What one query looks through: open postings of a kind, all of them or some."""

    kind: PostingKind
    rows: Any
    """The mapped class, or an alias of the few that were found first."""
    narrowed: tuple[ColumnElement[bool], ...] = ()

    def fitting(self, wanted: Filter) -> list[ColumnElement[bool]]:
        """All that is wanted of them but the cells."""
        due = [self.rows.needed_by <= wanted.by] if wanted.by is not None else []
        return [_IS_OPEN, *self.narrowed, *due, *_wishes(self.rows, wanted), *_not_by(self.rows, wanted)]


def _parts(wanted: Filter) -> list[_Part]:
    """What is posted since then is one part, what is older and was written anew the other.

    They have nothing in common. One condition with "or" would walk the whole board.
    """
    if wanted.since is None:
        return [_Part(kind, kind.model) for kind in wanted.kinds]
    parts = []
    for kind in wanted.kinds:
        model: Any = kind.model
        anew = _found_first(model, model.edited_at >= wanted.since, model.posted_at < wanted.since)
        parts += [_Part(kind, model, (model.posted_at >= wanted.since,)), _Part(kind, anew)]
    return parts


def _found_first(model: Any, *conditions: ColumnElement[bool]) -> Any:
    """The few open postings that fit these, found by an index of theirs whatever else is wanted of them.

    Without figures of how its rows are spread, SQLite would walk a whole district instead.
    """
    return aliased(model, select(model).where(_IS_OPEN, *conditions).cte().prefix_with("MATERIALIZED"))


def _counted(part: _Part, wanted: Filter) -> Select[Any, Any, Any]:
    """By the postings themselves: those of the next days, and those of today, are few.

    Found first and then grouped: SQLite would walk the whole board in the order of its cells to spare the sorting.
    """
    fitting = select(part.rows.cell_id).where(*part.fitting(wanted), *_in_cells(part.rows, wanted))
    few = fitting.cte().prefix_with("MATERIALIZED")
    return select(few.c.cell_id, literal(part.kind.name), func.count()).group_by(few.c.cell_id)


async def postings_by_id(db: AsyncSession, ids: Mapping[str, set[str]]) -> dict[str, AnyPosting]:
    """Postings of any state, asked for by kind and id; those that are gone are left out. One query for each kind."""
    found: dict[str, AnyPosting] = {}
    for name, wanted in ids.items():
        model: Any = KINDS[name].model
        for posting in await db.scalars(select(model).where(model.id.in_(wanted))) if wanted else ():
            found[posting.id] = posting
    return found


@dataclass(frozen=True)
class Mine:
    """What a person wrote."""

    requests: Sequence[HelpRequest]
    offers: Sequence[HelpOffer]


async def my_postings(db: AsyncSession, person_id: str, limit: int = 100) -> Mine:
    """One's own requests and offers, newest first."""
    return Mine(await _by_author(db, HelpRequest, person_id, limit), await _by_author(db, HelpOffer, person_id, limit))


async def _by_author(db: AsyncSession, model: Any, person_id: str, limit: int) -> Sequence[Any]:
    query = select(model).where(model.author_id == person_id).order_by(model.posted_at.desc()).limit(limit)
    return (await db.scalars(query)).all()


def _open(db: AsyncSession, part: _Part, wanted: Filter, after: Cursor | None, limit: int) -> Select[Any]:
    rows, model = part.rows, part.kind.model
    newest = (rows.posted_at.desc(), rows.id.desc())
    found = select(rows.id, rows.posted_at).where(*part.fitting(wanted))
    if after is not None:
        found = found.where(tuple_(rows.posted_at, rows.id) < (after.posted_at, after.id))
    if wanted.cells is not None and _is_postgresql(db):
        # Its planner would walk the whole board backwards and, around a quiet place, far.
        each = _each(wanted.cells)
        of_each = found.where(rows.cell_id == each.c.id).order_by(*newest).limit(limit).lateral("of_each")
        ids = select(of_each.c.id).select_from(each.join(of_each, true()))
        ids = ids.order_by(of_each.c.posted_at.desc(), of_each.c.id.desc()).limit(limit)
    else:
        ids = found.with_only_columns(rows.id).where(*_in_cells(rows, wanted)).order_by(*newest).limit(limit)
    # Found by what the indexes hold, and only then read: among many cells a page is one of thousands of candidates.
    return select(model).where(model.id.in_(ids))


def _is_postgresql(db: AsyncSession) -> bool:
    return db.get_bind().dialect.name == "postgresql"


def _each(cells: frozenset[str]) -> Any:
    """Every one of many cells as a row of its own, in a statement that stays the same however many."""
    return func.unnest(cast(sorted(cells), ARRAY(String))).table_valued("id", name="each").render_derived()


def _in_cells(model: Any, wanted: Filter) -> list[ColumnElement[bool]]:
    return [] if wanted.cells is None else [model.cell_id.in_(wanted.cells)]


def _not_by(model: Any, wanted: Filter) -> list[ColumnElement[bool]]:
    return [model.author_id.not_in(wanted.without)] if wanted.without else []


def _wishes(model: Any, wanted: Filter) -> list[ColumnElement[bool]]:
    wishes: list[ColumnElement[bool]] = []
    if wanted.category:
        wishes.append(model.category_id == wanted.category)
    if wanted.district:
        wishes.append(model.district_id == wanted.district)
    if wanted.cell:
        wishes.append(model.cell_id == wanted.cell)
    return wishes
