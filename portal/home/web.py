"""The home page: one screen, made of the cards that slices have for this person; never a menu of modules."""

from __future__ import annotations

from markupsafe import Markup
from quart import Blueprint, Quart

from portal.context import Portal
from portal.pages import Answer, actor, render
from portal.town.service import LEGAL_NOTICE, WELCOME, town_settings


def register(app: Quart, portal: Portal) -> None:
    """Add the home page and the pages that every town must have."""
    pages = Blueprint("home", __name__)

    @pages.get("/")
    async def home() -> Answer:
        who = actor()
        cards = [await card(who) for _order, card in sorted(portal.home, key=lambda item: item[0])]
        async with portal.database.read() as db:
            welcome = (await town_settings(db)).text(WELCOME)
        return await render("home/home.html", welcome=welcome, cards=[Markup(card) for card in cards if card])  # noqa: S704 - templates' output

    @pages.get("/accessibility")
    async def accessibility() -> Answer:
        return await render("home/accessibility.html")

    @pages.get("/legal")
    async def legal() -> Answer:
        async with portal.database.read() as db:
            notice = (await town_settings(db)).text(LEGAL_NOTICE)
        return await render("home/legal.html", notice=notice)

    if portal.settings.demo:

        @pages.get("/style")
        async def style() -> Answer:
            return await render("style.html")

    app.register_blueprint(pages)
