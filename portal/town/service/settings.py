"""What the town has set and written: read by every slice, changed by an administrator, with who changed what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from portal.audit import AuditEntry, audit
from portal.errors import InvalidInput
from portal.events import DomainEvent, record
from portal.i18n import _
from portal.permissions import Actor
from portal.town.model import PLACES, SETTINGS, Setting, TextPlace, Town, TownSetting, TownText, Wording
from portal.town.service.kept import KeptOfTown, town_changes
from portal.town.service.town import access_town

T = TypeVar("T")
SET, WRITTEN = "town.setting_changed", "town.text_changed"
SHOWN = 20


@dataclass(frozen=True)
class TownSettings:
    """The town's figures and texts as of one version of the town. Ask it: ``settings[PER_DAY]``."""

    _given: Mapping[str, Any] = field(default_factory=dict)
    _texts: Mapping[str, Wording] = field(default_factory=dict)

    def __getitem__(self, setting: Setting[T]) -> T:
        """What the town has set, or the default."""
        found: T = self._given.get(setting.name, setting.default)
        return found

    def written(self, place: TextPlace) -> Wording:
        """What the town has written there; empty where it has not."""
        return self._texts.get(place.name, Wording())

    def text(self, place: TextPlace) -> str:
        """What stands there, in the language of the moment."""
        return self.written(place).spoken or _(place.instead)


async def _read(db: AsyncSession) -> TownSettings:
    given: dict[str, object] = {}
    for row in await db.scalars(select(TownSetting)):
        setting = SETTINGS.get(row.name)
        try:
            if setting is not None:
                given[row.name] = setting.kind.read(row.value)
        except InvalidInput:
            # Bounds may have become narrower with a new version of the portal: then the default holds.
            continue
    texts = {row.name: Wording(row.fr, row.en) for row in await db.scalars(select(TownText))}
    return TownSettings(given, texts)


town_settings = KeptOfTown("settings", _read)
"""The town's settings as a session sees them: ``await town_settings(db)``."""


async def change_settings(
    db: AsyncSession, actor: Actor | None, given: Mapping[str, str], *, seen: int, at: datetime
) -> None:
    """Set figures, as typed; those that are not named stay. Raises `InvalidInput` naming each that is out of bounds,
    and `Conflict` if the town has changed since version `seen`.
    """
    town = await access_town(db, actor)
    town.require_version(seen)
    now, faults, changed = await town_settings(db), dict[str, str](), list[tuple[str, str, str]]()
    for setting in SETTINGS.values():
        try:
            text = setting.kind.write(setting.kind.read(given.get(setting.name, setting.kind.write(now[setting]))))
        except InvalidInput as error:
            faults[setting.name] = error.fields["value"]
            continue
        before = setting.kind.write(now[setting])
        if text != before:
            changed.append((setting.name, before, text))
    if faults:
        raise InvalidInput(fields=faults)
    for name, before, text in changed:
        await _keep_setting(db, name, text, actor, at)
        _note(db, SET, f"{name} {before} {text}", actor, at)
    _have_changed(db, town, actor, [name for name, _before, _text in changed])


async def _keep_setting(db: AsyncSession, name: str, text: str, actor: Actor | None, at: datetime) -> None:
    row = await db.get(TownSetting, name)
    if text == SETTINGS[name].usual:
        if row is not None:
            await db.delete(row)
        return
    if row is None:
        row = TownSetting(name=name)
        db.add(row)
    row.value, row.changed_at, row.changed_by = text, at, actor.account_id if actor else None


async def change_texts(
    db: AsyncSession, actor: Actor | None, given: Mapping[str, tuple[str, str]], *, seen: int, at: datetime
) -> None:
    """Write texts, French and English, as typed; places that are not named stay as they are.

    Raises `InvalidInput` naming each as ``PLACE.fr`` or ``PLACE.en``, and `Conflict` as `change_settings` does.
    """
    town = await access_town(db, actor)
    town.require_version(seen)
    now, faults, changed = await town_settings(db), dict[str, str](), dict[str, Wording]()
    for name, (fr, en) in given.items():
        place = PLACES[name]
        try:
            wording = Wording.read(place, fr, en)
        except InvalidInput as error:
            faults |= {f"{name}.{language}": sentence for language, sentence in error.fields.items()}
            continue
        if wording != now.written(place):
            changed[name] = wording
    if faults:
        raise InvalidInput(fields=faults)
    for name, wording in changed.items():
        await _keep_text(db, name, wording, actor, at)
        _note(db, WRITTEN, name, actor, at)
    _have_changed(db, town, actor, list(changed))


async def _keep_text(db: AsyncSession, name: str, wording: Wording, actor: Actor | None, at: datetime) -> None:
    row = await db.get(TownText, name)
    if wording == Wording():
        if row is not None:
            await db.delete(row)
        return
    if row is None:
        row = TownText(name=name)
        db.add(row)
    row.fr, row.en = wording.fr, wording.en
    row.changed_at, row.changed_by = at, actor.account_id if actor else None


def _note(db: AsyncSession, act: str, detail: str, actor: Actor | None, at: datetime) -> None:
    audit(db, at=at, act=act, actor_id=actor.account_id if actor else None, subject_id="town", detail=detail)


def _have_changed(db: AsyncSession, town: Town, actor: Actor | None, names: list[str]) -> None:
    if not names:
        return
    # From here on every worker reads them anew.
    town.version += 1
    town_changes(db)
    who = actor.account_id if actor else None
    record(db, DomainEvent("town", "town.settings_changed", "town", town.version, tuple(names), who))


@dataclass(frozen=True)
class PastChange:
    """Who changed what."""

    at: datetime
    name: str
    by: str | None
    """Id of the account."""
    before: str = ""
    after: str = ""


async def past_changes(db: AsyncSession, act: str) -> list[PastChange]:
    """The last changes of figures (`SET`) or of texts (`WRITTEN`), newest first, from the audit trail."""
    newest = select(AuditEntry).where(AuditEntry.subject_id == "town", AuditEntry.act == act)
    entries = await db.scalars(newest.order_by(AuditEntry.at.desc(), AuditEntry.id.desc()).limit(SHOWN))
    found = []
    for entry in entries:
        name, *figures = entry.detail.split(" ")
        found.append(PastChange(entry.at, name, entry.actor_id, *figures[:2]))
    return found
