"""The log of what each person has agreed to. A slice names what it asks for where its service is::

CHARTER = define_agreement("help.charter", lazy("The volunteers' charter"))

agree(db, person_id, CHARTER, at=at, version=2)
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from portal.accounts.model import Agreement
from portal.accounts.service.own_data import erases, exports
from portal.ids import new_id

SHOWN = 200

_words: dict[str, str] = {}


def define_agreement(what: str, says: str) -> str:
    """Name something that people agree to; `says` is it in words."""
    if what in _words:
        raise ValueError(f"agreement {what} is defined twice")
    _words[what] = says
    return what


def agreement_words(what: str) -> str:
    """What was agreed to, in words to be translated; the bare name of what no slice asks for any more."""
    return _words.get(what, what)


def agree(
    db: AsyncSession,
    person_id: str,
    what: str,
    *,
    at: datetime,
    version: int = 1,
    is_given: bool = True,
    about_id: str = "",
) -> None:
    """Write down a yes, or that it is taken back, in the caller's transaction."""
    db.add(
        Agreement(
            id=new_id(), person_id=person_id, what=what, version=version, is_given=is_given, about_id=about_id, at=at
        )
    )


async def agreed_versions(db: AsyncSession, person_ids: Sequence[str], what: str) -> dict[str, int]:
    """The version that each person last agreed to; who never did, or took it back, is left out."""
    mine = Agreement.person_id.in_(person_ids), Agreement.what == what
    rows = await db.scalars(select(Agreement).where(*mine).order_by(Agreement.at, Agreement.version, Agreement.id))
    last = {row.person_id: row for row in rows}
    return {person_id: row.version for person_id, row in last.items() if row.is_given}


async def agreed_version(db: AsyncSession, person_id: str, what: str) -> int:
    """The version that a person last agreed to; 0 for none."""
    return (await agreed_versions(db, [person_id], what)).get(person_id, 0)


async def agreements_of(db: AsyncSession, person_id: str) -> Sequence[Agreement]:
    """What a person has agreed to, the newest first."""
    found = select(Agreement).filter_by(person_id=person_id).order_by(Agreement.at.desc(), Agreement.id)
    return (await db.scalars(found.limit(SHOWN))).all()


@exports("agreements")
async def my_agreements(db: AsyncSession, person_id: str) -> list[dict[str, str | int | bool]]:
    """What the person has agreed to and taken back."""
    found = await db.scalars(select(Agreement).filter_by(person_id=person_id).order_by(Agreement.at))
    return [
        {
            "what": item.what,
            "version": item.version,
            "given": item.is_given,
            "about": item.about_id,
            "at": item.at.isoformat(),
        }
        for item in found
    ]


@erases
async def forget_agreements(db: AsyncSession, person_id: str, at: datetime) -> None:
    """Nothing is asked of a closed account any more."""
    del at
    await db.execute(delete(Agreement).where(Agreement.person_id == person_id))
