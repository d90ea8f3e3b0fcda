"""What the town's administrator sets without a developer: name, colours, arms, districts, addresses, categories."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from quart import Blueprint, Response, jsonify, redirect, request
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from portal.context import Portal
from portal.errors import DomainError, Forbidden, InvalidInput, NotFound, NotSignedIn
from portal.i18n import _, lazy
from portal.pages import Answer, actor, parse_form, posted_form, render
from portal.permissions import require
from portal.town.colours import Colour, shades
from portal.town.model import Address, Category, District, Town, districts
from portal.town.model.arms import MAX_BYTES as MAX_ARMS_BYTES
from portal.town.model.arms import clean_arms
from portal.town.service import (
    all_categories,
    all_districts,
    arrange_categories,
    change_arms,
    current_town,
    describe,
    import_addresses,
    redraw_districts,
)
from portal.town.service.permissions import CONFIGURE_TOWN
from portal.town.web.forms import ICONS, ProfileForm, category_rows
from portal.uploads import uploaded

PROFILE, PLACES, CATEGORIES = "/admin/town", "/admin/town/places", "/admin/town/categories"
ARMS, DISTRICTS, ADDRESSES = "/admin/town/arms", "/admin/town/districts", "/admin/town/addresses"
MAX_ADDRESS_BYTES = 8 * 1024 * 1024
"""A file of 40,000 addresses; a whole department's is imported at the keyboard."""

UPLOADS = {ARMS: MAX_ARMS_BYTES, DISTRICTS: districts.MAX_BYTES, ADDRESSES: MAX_ADDRESS_BYTES}

DONE = {
    "saved": lazy("Your changes are saved."),
    "arms": lazy("The arms are changed."),
    "districts": lazy("The districts are redrawn."),
    "addresses": lazy("The addresses are imported, and the areas that the help board shows are computed anew."),
    "categories": lazy("The categories are changed."),
}


@dataclass(frozen=True)
class Shown:
    """What the pages show of the town."""

    town: Town
    districts: Sequence[District]
    categories: Sequence[Category]
    addresses: int


class AdminPages:
    """Three pages, each with its forms; every form works without script."""

    def __init__(self, portal: Portal) -> None:
        """Change this portal's town."""
        self._portal = portal

    def add_to(self, pages: Blueprint) -> None:
        """Name the addresses."""
        pages.get(PROFILE)(self.see_profile)
        pages.post(PROFILE)(self.describe)
        pages.get(f"{PROFILE}/colours")(self.preview_colours)
        pages.post(ARMS)(self.change_arms)
        pages.post(f"{ARMS}/remove")(self.remove_arms)
        pages.get(PLACES)(self.see_places)
        pages.post(DISTRICTS)(self.redraw_districts)
        pages.post(ADDRESSES)(self.import_addresses)
        pages.get(CATEGORIES)(self.see_categories)
        pages.post(CATEGORIES)(self.arrange_categories)

    async def see_profile(self) -> Answer:
        """Name, colours, centre, contact and arms."""
        return await self._show("profile")

    async def see_places(self) -> Answer:
        """Districts and the address file."""
        return await self._show("places")

    async def see_categories(self) -> Answer:
        """What requests and offers may be about."""
        return await self._show("categories")

    async def preview_colours(self) -> Answer:
        """How two colours would be painted, for the page's preview; nothing is changed."""
        require(actor(), CONFIGURE_TOWN)
        found = []
        for name in ("primary", "accent"):
            safe = shades(Colour.parse(request.args.get(name, "")[:7]))
            found.append(
                {"fill": safe.fill.hex, "ink": safe.ink.hex, "text": safe.text.hex, "dark": safe.text_in_dark.hex}
            )
        return jsonify({"primary": found[0], "accent": found[1]})

    async def describe(self) -> Answer:
        """Change name, colours, centre and contact."""

        async def change(db: AsyncSession) -> None:
            form = await parse_form(ProfileForm)
            await describe(db, actor(), form.profile(), seen=form.seen, at=self._portal.clock())

        return await self._change(change, "profile", f"{PROFILE}?done=saved")

    async def change_arms(self) -> Answer:
        """Show other arms."""

        async def change(db: AsyncSession) -> None:
            arms = clean_arms(await uploaded("arms"))
            await change_arms(db, actor(), arms, at=self._portal.clock())

        return await self._change(change, "profile", f"{PROFILE}?done=arms")

    async def remove_arms(self) -> Answer:
        """Show no arms."""

        async def change(db: AsyncSession) -> None:
            await change_arms(db, actor(), None, at=self._portal.clock())

        return await self._change(change, "profile", f"{PROFILE}?done=arms")

    async def redraw_districts(self) -> Answer:
        """Replace the districts by those of a GeoJSON file."""

        async def change(db: AsyncSession) -> None:
            town = await current_town(db)
            if town is None:
                raise NotFound
            drawn = districts.parse_districts(await uploaded("geojson"), town.centre)
            await redraw_districts(db, actor(), drawn, at=self._portal.clock())

        return await self._change(change, "places", f"{PLACES}?done=districts")

    async def import_addresses(self) -> Answer:
        """Replace the address file."""
        try:
            require(actor(), CONFIGURE_TOWN)
            content = await uploaded("file")
            await import_addresses(self._portal.database, content, actor=actor(), clock=self._portal.clock)
        except InvalidInput as error:
            return await self._show("places", error)
        return redirect(f"{PLACES}?done=addresses", 303)

    async def arrange_categories(self) -> Answer:
        """Rename, reorder, add, switch on and off."""

        async def change(db: AsyncSession) -> None:
            entries = category_rows(await posted_form())
            await arrange_categories(db, actor(), entries, at=self._portal.clock())

        return await self._change(change, "categories", f"{CATEGORIES}?done=categories")

    async def _change(self, change: Callable[[AsyncSession], Awaitable[None]], page: str, then: str) -> Answer:
        """Carry a change out and go on, or show the page again with what is wrong."""
        require(actor(), CONFIGURE_TOWN)
        try:
            async with self._portal.database.write() as db:
                await change(db)
        except (NotSignedIn, Forbidden, NotFound):
            raise
        except DomainError as error:
            return await self._show(page, error)
        return redirect(then, 303)

    async def _show(self, page: str, error: DomainError | None = None) -> Response:
        require(actor(), CONFIGURE_TOWN)
        async with self._portal.database.read() as db:
            shown = await _shown(db)
        done = DONE.get(request.args.get("done", ""))
        form = await request.form if error else {}
        return await render(
            f"town/{page}.html",
            error.status if error else 200,
            page=page,
            shown=shown,
            icons=ICONS,
            values={name: form[name] for name in form if name != "csrf_token"},
            errors={name: _(text) for name, text in error.fields.items()} if error else {},
            problem=error.words() if error else None,
            flashes=[("good", _(done))] if done else [],
        )


async def _shown(db: AsyncSession) -> Shown:
    town = await current_town(db)
    if town is None:
        raise NotFound
    return Shown(
        town=town,
        districts=await all_districts(db),
        categories=await all_categories(db),
        addresses=await db.scalar(select(func.count()).select_from(Address)) or 0,
    )
