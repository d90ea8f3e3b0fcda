"""What the town sets without a developer: its figures within their bounds, and the texts that it writes itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from itertools import groupby
from typing import Any

from quart import Blueprint, redirect, request
from sqlalchemy.ext.asyncio import AsyncSession

from portal.context import Portal
from portal.errors import DomainError, Forbidden, InvalidInput, NotFound, NotSignedIn
from portal.i18n import _
from portal.pages import Answer, actor, posted_form, render
from portal.permissions import require
from portal.town.model import PLACES, SETTINGS, OneOf, Setting, WallTime, WholeNumber
from portal.town.service import current_town
from portal.town.service.permissions import CONFIGURE_TOWN
from portal.town.service.settings import (
    SET,
    WRITTEN,
    PastChange,
    change_settings,
    change_texts,
    past_changes,
    town_settings,
)

RULES, TEXTS = "/admin/town/rules", "/admin/town/texts"

Change = Callable[[AsyncSession, Mapping[str, str], int], Awaitable[None]]


class SettingPages:
    """Two pages with one form each; both work without script."""

    def __init__(self, portal: Portal) -> None:
        """Change this portal's town."""
        self._portal = portal

    def add_to(self, pages: Blueprint) -> None:
        """Name the addresses."""
        pages.get(RULES)(self.see_rules)
        pages.post(RULES)(self.change_rules)
        pages.get(TEXTS)(self.see_texts)
        pages.post(TEXTS)(self.change_texts)

    async def see_rules(self) -> Answer:
        """The figures, by heading, and who changed what."""
        return await self._show("rules")

    async def see_texts(self) -> Answer:
        """The texts, and who changed what."""
        return await self._show("texts")

    async def change_rules(self) -> Answer:
        """Set figures."""

        async def change(db: AsyncSession, form: Mapping[str, str], seen: int) -> None:
            given = {name: form[name] for name in SETTINGS if name in form}
            await change_settings(db, actor(), given, seen=seen, at=self._portal.clock())

        return await self._change(change, "rules", RULES)

    async def change_texts(self) -> Answer:
        """Write texts."""

        async def change(db: AsyncSession, form: Mapping[str, str], seen: int) -> None:
            given = {name: (form[f"{name}.fr"], form.get(f"{name}.en", "")) for name in PLACES if f"{name}.fr" in form}
            await change_texts(db, actor(), given, seen=seen, at=self._portal.clock())

        return await self._change(change, "texts", TEXTS)

    async def _change(self, change: Change, page: str, path: str) -> Answer:
        """Carry a change out and go on, or show the page again as it was sent, with what is wrong."""
        require(actor(), CONFIGURE_TOWN)
        try:
            form = await posted_form()
            async with self._portal.database.write() as db:
                await change(db, form, _seen(form))
        except (NotSignedIn, Forbidden, NotFound):
            raise
        except DomainError as error:
            return await self._show(page, error)
        return redirect(f"{path}?done=saved", 303)

    async def _show(self, page: str, error: DomainError | None = None) -> Answer:
        require(actor(), CONFIGURE_TOWN)
        is_rules = page == "rules"
        async with self._portal.database.read() as db:
            town = await current_town(db)
            if town is None:
                raise NotFound
            now = await town_settings(db)
            past = await past_changes(db, SET if is_rules else WRITTEN)
            names = await self._portal.names(db, {item.by for item in past if item.by})
        sent = await request.form if error else {}
        if is_rules:
            fields = {name: sent.get(name, setting.kind.write(now[setting])) for name, setting in SETTINGS.items()}
        else:
            written = {name: now.written(place) for name, place in PLACES.items()}
            fields = {
                f"{name}.{language}": sent.get(f"{name}.{language}", getattr(wording, language))
                for name, wording in written.items()
                for language in ("fr", "en")
            }
        return await render(
            f"town/{page}.html",
            error.status if error else 200,
            page=page,
            # Seen by whoever filled the form in, not when it is shown again.
            seen=sent.get("seen", town.version),
            groups=[(_(name), [_field(item) for item in found]) for name, found in _by_group()] if is_rules else [],
            places=list(PLACES.values()),
            values=fields,
            past=[_told(item, names) for item in past],
            errors={name: _(text) for name, text in error.fields.items()} if error else {},
            problem=error.words() if error else None,
            flashes=[("good", _("Your changes are saved."))] if request.args.get("done") == "saved" else [],
        )


def _seen(form: Mapping[str, str]) -> int:
    text = form.get("seen", "")
    if not (text.isascii() and text.isdecimal() and len(text) <= 10):
        raise InvalidInput(fields={"seen": "malformed"})
    return int(text)


def _by_group() -> list[tuple[str, list[Setting[Any]]]]:
    return [(group, list(found)) for group, found in groupby(SETTINGS.values(), key=lambda setting: setting.group)]


def _field(setting: Setting[Any]) -> dict[str, object]:
    """A setting as its form shows it."""
    kind, usual, hints = setting.kind, setting.usual, [_(setting.hint)] if setting.hint else []
    shown: dict[str, object] = {"name": setting.name, "says": _(setting.says), "type": "text", "attrs": {}}
    match kind:
        case WholeNumber():
            shown["type"], shown["attrs"] = "number", {"min": kind.least, "max": kind.most, "inputmode": "numeric"}
            if kind.unit:
                shown["says"] = _("%(setting)s, in %(unit)s") % {"setting": shown["says"], "unit": _(kind.unit)}
            bounds = {"least": kind.least, "most": kind.most, "usual": usual}
            hints.append(_("%(least)d to %(most)d; usually %(usual)s.") % bounds)
        case WallTime():
            shown["type"] = "time"
            hints.append(_("Usually %(usual)s.") % {"usual": usual})
        case OneOf():
            shown["type"], shown["options"] = "select", [(code, _(words)) for code, words in kind.answers.items()]
            hints.append(_("Usually: %(usual)s.") % {"usual": _(kind.answers[usual])})
    return {**shown, "hint": " ".join(hints)}


def _told(change: PastChange, names: Mapping[str, str]) -> dict[str, object]:
    """A past change as a line of the page."""
    setting, place = SETTINGS.get(change.name), PLACES.get(change.name)
    says = setting.says if setting else place.says if place else ""
    who = names.get(change.by or "") or _("An account that is no more")
    before, after = (_words(setting, text) if setting else "" for text in (change.before, change.after))
    return {"at": change.at, "says": _(says) or change.name, "who": who, "before": before, "after": after}


def _words(setting: Setting[Any], text: str) -> str:
    return _(setting.kind.answers.get(text, text)) if isinstance(setting.kind, OneOf) else text
