"""Finding open postings by words, whatever their accents and capitals.

Nothing is stored for it, so nothing of it has to be erased: the database reads the words of the newest each time,
and only theirs, which bounds what a search costs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.board.service.cards import AnyPosting
from helpdesk.board.service.postings import KINDS, PostingKind
from portal.accounts.model import plain

LOOKED_THROUGH = 3000
"""The newest open ones of each kind are read; what is older is not found."""
FOUND = 30
MOST_WORDS = 6
SHORTEST, LONGEST = 2, 30

_IS_OPEN = text("state = 'open'")
_ACCENTED = "àâäáãåçéèêëíìîïñóòôöõúùûüýÿ"
_PLAIN = "aaaaaaceeeeiiiinooooouuuuyy"
_LIGATURES = (("œ", "oe"), ("æ", "ae"))


def _variants() -> dict[str, str]:
    """For each letter, all that are written for it: ``eEéÉèÈ…``."""
    found: dict[str, str] = {}
    for char in "abcdefghijklmnopqrstuvwxyzœæ":
        same = char + "".join(accented for accented, letter in zip(_ACCENTED, _PLAIN, strict=True) if letter == char)
        found[char] = same + same.upper()
    return found


_VARIANTS = _variants()


def words_of(text_: str) -> tuple[str, ...]:
    """What somebody looks for, word by word, without accents or capitals; too short ones are left out."""
    found = dict.fromkeys(re.findall(r"\w+", plain(text_)))
    return tuple(word[:LONGEST] for word in found if len(word) >= SHORTEST)[:MOST_WORDS]


async def search_postings(
    db: AsyncSession, words: tuple[str, ...], categories: Mapping[str, str], without: frozenset[str] = frozenset()
) -> list[AnyPosting]:
    """Open postings that hold every word, in their own words or in their category's name, newest first.

    `categories`: names by code. `without`: authors who are left out.
    """
    if not words:
        return []
    found: list[AnyPosting] = []
    for kind in KINDS.values():
        found += await db.scalars(_holding(db, kind, words, categories, without))
    found.sort(key=lambda posting: (posting.posted_at, posting.id), reverse=True)
    return found[:FOUND]


def _holding(
    db: AsyncSession, kind: PostingKind, words: tuple[str, ...], categories: Mapping[str, str], without: frozenset[str]
) -> Any:
    model: Any = kind.model
    newest = (model.posted_at.desc(), model.id.desc())
    looked_through = select(model.id).where(_IS_OPEN).order_by(*newest).limit(LOOKED_THROUGH)
    written = model.title + " " + model.details
    names = {code: plain(name) for code, name in categories.items()}
    query = select(model).where(model.id.in_(looked_through.scalar_subquery()))
    for word in words:
        meant = [code for code, name in names.items() if word in name]
        query = query.where(or_(_holds(db, written, word), model.category_id.in_(meant)))
    if without:
        query = query.where(model.author_id.not_in(without))
    return query.order_by(*newest).limit(FOUND)


def _holds(db: AsyncSession, written: ColumnElement[str], word: str) -> ColumnElement[bool]:
    """Whether a text holds a word, `plain` both.

    PostgreSQL folds the text. SQLite cannot (its lower() knows no accents, and sixty replace() are too deep for it);
    there a pattern names for each letter all that stand for it.
    """
    if db.get_bind().dialect.name == "postgresql":
        for ligature, letters in _LIGATURES:
            written = func.replace(func.replace(written, ligature, letters), ligature.upper(), letters)
        folded = func.translate(func.lower(written), _ACCENTED + _ACCENTED.upper(), _PLAIN + _PLAIN)
        return folded.contains(word, autoescape=True)
    spellings = {word, *(word.replace(letters, ligature) for ligature, letters in _LIGATURES)}
    return or_(*(written.op("GLOB", is_comparison=True)(_pattern(spelling)) for spelling in sorted(spellings)))


def _pattern(word: str) -> str:
    """For SQLite's GLOB. A word holds letters, digits and underlines, none of which means anything else there."""
    return f"*{''.join(f'[{_VARIANTS.get(char, char)}]' for char in word)}*"
