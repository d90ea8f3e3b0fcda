"""What the templates of all pages are given: the frame's links, who asks, the town, words and tokens."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, FileSystemLoader, PrefixLoader
from markupsafe import Markup
from quart import Quart, g

from portal import field_names, i18n
from portal.context import Badge, NavItem, Portal
from portal.db import DatabaseAway
from portal.permissions import Actor


def install(app: Quart, portal: Portal, slices: dict[str, Path], *, token: Callable[[Portal], str]) -> None:
    """Give the application its templates, and every template what it may use.

    `slices` maps a prefix (``board``) to the slice's folder of templates (``board/list.html``); `token` is the one of a
    browser's forms.
    """
    app.jinja_options = {"autoescape": True, "trim_blocks": True, "lstrip_blocks": True}
    environment = app.jinja_env
    environment.loader = ChoiceLoader(
        [
            FileSystemLoader(Path(__file__).parent / "templates"),
            PrefixLoader({prefix: FileSystemLoader(folder) for prefix, folder in slices.items()}),
        ]
    )
    environment.add_extension("jinja2.ext.i18n")
    environment.install_gettext_callables(  # type: ignore[attr-defined]
        i18n._, i18n.ngettext, newstyle=True, pgettext=i18n.pgettext
    )
    environment.policies["ext.i18n.trimmed"] = True
    environment.globals.update(
        static=portal.static.url,
        import_map=lambda: Markup(portal.static.import_map()),  # noqa: S704 - our own JSON, made at start-up
        show_date=i18n.show_date,
        show_instant=i18n.show_instant,
        show_time=i18n.show_time,
        show_number=i18n.show_number,
        show_list=i18n.show_list,
        show_ago=lambda value: i18n.show_ago(value, portal.clock()),
    )
    field_names.install(app)

    @app.context_processor
    async def shared() -> dict[str, Any]:
        who = g.get("actor")
        form_token = token(portal)
        try:
            town, badges = await portal.town_view(), await _badges(portal, who)
        except DatabaseAway:
            # The page that says so needs a frame as well.
            town, badges = None, {}
        return {
            "actor": who,
            "badges": badges,
            "locale": i18n.current_locale(),
            "town": town,
            # Before there is a town, every link would lead to its set-up.
            "nav": _shown(portal.nav, who) if town else [],
            "administration": _shown(portal.administration, who) if town else [],
            "csrf_token": form_token,
            "csrf_field": lambda: Markup('<input type="hidden" name="csrf_token" value="{}">').format(form_token),
            "command_field": lambda: Markup('<input type="hidden" name="command_id" value="{}">').format(
                secrets.token_urlsafe(12)
            ),
        }


def _shown(items: list[NavItem], who: Actor | None) -> list[NavItem]:
    return [item for item in sorted(items, key=lambda item: item.order) if item.shown_to(who)]


async def _badges(portal: Portal, who: Actor | None) -> dict[str, Badge]:
    if who is None or not portal.badges:
        return {}
    async with portal.database.read() as db:
        return {name: await count(db, who) for name, count in portal.badges.items()}
