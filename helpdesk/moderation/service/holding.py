"""Looks at what is posted, by the rules, before it stands on the board."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload
from sqlalchemy.orm.attributes import flag_modified

from helpdesk.board.service.cards import AnyPosting
from helpdesk.board.service.holding import holds
from helpdesk.board.service.pictures import pictures_of
from helpdesk.board.service.postings import KINDS
from helpdesk.moderation.model import NEW_FOR, Case, CaseState, WatchedWord, Writing, rule_for
from helpdesk.moderation.service.permissions import WATCH
from helpdesk.moderation.service.queue import tell_staff
from portal.accounts.model import Person, plain
from portal.audit import audit
from portal.clock import civil_date
from portal.db import Database
from portal.errors import InvalidInput
from portal.i18n import lazy
from portal.ids import new_id
from portal.permissions import STAFF, Actor, require

MOST_WORDS = 300
WORD_LENGTH = 40


@holds
async def hold_by_rule(db: AsyncSession, posting: AnyPosting, at: datetime) -> bool:
    """Open a case for what a rule holds. What staff write is not held: they answer for it by name.

    One that waits already is about the words as they are now: whoever has read others decides anew.
    """
    waiting = select(Case).where(Case.thing_id == posting.id, Case.state == CaseState.OPEN)
    case = await db.scalar(waiting.with_for_update())
    if case is not None:
        case.opened_at = at
        # Even within the same instant: the case has another version from now on.
        flag_modified(case, "opened_at")
        tell_staff(db, case)
    if posting.on_behalf:
        return False
    author = await db.scalar(
        select(Person).where(Person.id == posting.author_id).options(selectinload(Person.holdings))
    )
    if author is not None and not author.roles_on(civil_date(at)).isdisjoint(STAFF):
        return False
    is_new = author is not None and author.created_at > at - NEW_FOR
    is_first = is_new and not await _has_posted_before(db, posting)
    watched = (await db.scalars(select(WatchedWord.word))).all()
    alts = [picture.alt for picture in await pictures_of(db, posting.id)]
    words = "\n".join((posting.title, posting.details, *alts))
    rule = rule_for(Writing(words, posting.category_id, is_first), watched)
    if rule is None:
        return False
    if case is not None:
        case.rule = rule.value
        return True
    case = Case(
        id=new_id(),
        thing_kind=posting.KIND,
        thing_id=posting.id,
        author_id=posting.author_id,
        rule=rule.value,
        state=CaseState.OPEN,
        opened_at=at,
        version=1,
    )
    db.add(case)
    tell_staff(db, case)
    return True


async def _has_posted_before(db: AsyncSession, posting: AnyPosting) -> bool:
    for kind in KINDS.values():
        model: Any = kind.model
        earlier = select(model.id).where(model.author_id == posting.author_id, model.id != posting.id)
        if await db.scalar(earlier.limit(1)) is not None:
            return True
    return False


async def watched_words(db: AsyncSession, actor: Actor | None) -> list[str]:
    """The town's words, sorted."""
    require(actor, WATCH)
    return list(await db.scalars(select(WatchedWord.word).order_by(WatchedWord.word)))


async def watch_words(database: Database, actor: Actor, given: str, at: datetime) -> None:
    """Replace the town's words by these, one a line. Raises `InvalidInput`."""
    require(actor, WATCH)
    words = {" ".join(plain(line).split()) for line in given.splitlines()} - {""}
    if len(words) > MOST_WORDS or any(not 2 < len(word) <= WORD_LENGTH for word in words):
        raise InvalidInput(fields={"words": lazy("Words of 3 to 40 letters, one a line, 300 at most.")})
    async with database.write() as db:
        kept = {item.word: item for item in await db.scalars(select(WatchedWord))}
        for word in kept.keys() - words:
            await db.delete(kept[word])
        db.add_all(WatchedWord(word=word, added_by=actor.id, added_at=at) for word in words - kept.keys())
        detail = f"{len(words)} words"
        audit(db, at=at, act="moderation.words_changed", actor_id=actor.id, subject_id=actor.id, detail=detail)
