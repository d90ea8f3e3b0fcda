"""The texts as they stand, who has read which, and writing new ones."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.trust.model import SEEDED_RUNGS, SHIPPED, CategoryRung, Guidance, GuidanceKind, GuidanceText, Rung
from helpdesk.trust.service.permissions import CONFIGURE
from portal.accounts.service import agree, agreed_version, define_agreement
from portal.audit import audit
from portal.errors import InvalidInput
from portal.i18n import lazy
from portal.permissions import Actor, require

AGREEMENTS = {
    GuidanceKind.CHARTER: define_agreement("help.charter", lazy("The volunteers' charter")),
    GuidanceKind.HELPING: define_agreement("help.rules_helping", lazy("At the door and about money: when I help")),
    GuidanceKind.HELPED: define_agreement("help.rules_helped", lazy("At the door and about money: when I am helped")),
}


class RulesNotRead(InvalidInput):
    """The rules have to be read and confirmed first: once for each version."""

    code = "rules-not-read"


async def guidance(db: AsyncSession, kind: GuidanceKind) -> Guidance:
    """The text as it stands: the town's newest, or the shipped one."""
    newest = select(GuidanceText).filter_by(kind=kind).order_by(GuidanceText.version.desc()).limit(1)
    found = await db.scalar(newest)
    if found is None:
        return SHIPPED[kind]
    return Guidance(kind, found.version, tuple(found.fr.splitlines()), tuple(found.en.splitlines()))


async def unread(db: AsyncSession, person_id: str, kind: GuidanceKind) -> Guidance | None:
    """The text, if the person has not yet confirmed it as it stands."""
    text = await guidance(db, kind)
    return text if await agreed_version(db, person_id, AGREEMENTS[kind]) != text.version else None


async def confirm_read(
    db: AsyncSession, person_id: str, kind: GuidanceKind, *, version: int | None, at: datetime
) -> None:
    """The person has read the text: now, in this version, or before. Raises `RulesNotRead`."""
    text = await unread(db, person_id, kind)
    if text is None:
        return
    if version != text.version:
        raise RulesNotRead(fields={"rules": lazy("Please read these few rules, and say that you will keep to them.")})
    agree(db, person_id, AGREEMENTS[kind], at=at, version=text.version)


async def take_charter_back(db: AsyncSession, person_id: str, at: datetime) -> None:
    """The person accepts the charter no longer."""
    version = await agreed_version(db, person_id, AGREEMENTS[GuidanceKind.CHARTER])
    if version:
        agree(db, person_id, AGREEMENTS[GuidanceKind.CHARTER], at=at, version=version, is_given=False)


async def write_guidance(
    db: AsyncSession, actor: Actor | None, kind: GuidanceKind, *, fr: tuple[str, ...], en: tuple[str, ...], at: datetime
) -> Guidance:
    """Let a text read otherwise from now on: people confirm the new version when they next need it."""
    require(actor, CONFIGURE)
    now = await guidance(db, kind)
    if (fr, en) == (now.fr, now.en) or actor is None:
        return now
    version = now.version + 1
    db.add(GuidanceText(kind=kind, version=version, fr="\n".join(fr), en="\n".join(en), set_by=actor.id, at=at))
    audit(db, at=at, act="help_rules.written", actor_id=actor.id, subject_id="town", detail=f"{kind.value} {version}")
    return Guidance(kind, version, fr, en)


async def category_rungs(db: AsyncSession, category_ids: Collection[str]) -> Mapping[str, Rung]:
    """The rung that each category asks of who helps in it."""
    rows = await db.scalars(select(CategoryRung).where(CategoryRung.category_id.in_(category_ids)))
    set_ = {row.category_id: Rung(row.rung) for row in rows}
    return {id_: set_.get(id_, SEEDED_RUNGS.get(id_, Rung.NEIGHBOUR)) for id_ in category_ids}


async def set_category_rungs(db: AsyncSession, actor: Actor | None, rungs: Mapping[str, Rung], *, at: datetime) -> None:
    """Say which rung each category asks for. What was accepted before goes on."""
    require(actor, CONFIGURE)
    before = await category_rungs(db, rungs.keys())
    changed = {id_: rung for id_, rung in rungs.items() if before[id_] is not rung}
    for id_, rung in changed.items():
        await db.merge(CategoryRung(category_id=id_, rung=rung.value))
        detail = f"{id_} {rung.name.lower()}"
        who = actor.id if actor else None
        audit(db, at=at, act="help_rules.rung_set", actor_id=who, subject_id="town", detail=detail)
