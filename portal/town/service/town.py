"""What is done with the town: set up, looked at, changed by an administrator."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import undefer

from portal.audit import audit
from portal.db import Database, DatabaseAway
from portal.errors import Conflict, Forbidden, InvalidInput, NotFound
from portal.events import DomainEvent, record
from portal.i18n import _, lazy
from portal.ids import new_id
from portal.permissions import Actor, require
from portal.town.colours import Colour
from portal.town.grid import Place
from portal.town.model import Category, District, Town, TownArms, TownView, seeded_categories
from portal.town.model.arms import Arms
from portal.town.model.districts import DrawnDistrict, redrawn
from portal.town.service.areas import repartition, whole_town
from portal.town.service.permissions import CONFIGURE_TOWN

MAX_CATEGORIES = 40

FirstAdministrator = Callable[[AsyncSession], Awaitable[object]]
"""Makes the first administrator in the transaction that founds the town; given by the accounts."""


async def current_town(db: AsyncSession, *, with_landmarks: bool = False) -> Town | None:
    """The town; none before the first visit's set-up. Its landmarks are heavy and read for a map only."""
    options = [undefer(Town.landmarks)] if with_landmarks else []
    return await db.get(Town, 1, options=options)


async def access_town(db: AsyncSession, actor: Actor | None) -> Town:
    """The town for a change, locked until it is committed. Raises `Forbidden`, `NotFound`."""
    require(actor, CONFIGURE_TOWN)
    town = await db.scalar(select(Town).with_for_update())
    if town is None:
        raise NotFound
    return town


async def active_categories(db: AsyncSession) -> Sequence[Category]:
    """What a request or an offer may be about, in the town's order."""
    return (await db.scalars(select(Category).where(Category.active).order_by(Category.order, Category.code))).all()


async def all_categories(db: AsyncSession) -> Sequence[Category]:
    """Those included that are no longer offered."""
    return (await db.scalars(select(Category).order_by(Category.order, Category.code))).all()


async def all_districts(db: AsyncSession) -> Sequence[District]:
    """The town's districts, in its order."""
    return (await db.scalars(select(District).order_by(District.order, District.id))).all()


class TownCache:
    """The town as every page shows it: one small question to the database, the rest kept until it has changed."""

    def __init__(self, database: Database) -> None:
        """Read from this database."""
        self._database = database
        self._view: TownView | None = None

    async def __call__(self) -> TownView | None:
        """The town's view, the last one known while the database is away; none before it is set up."""
        try:
            return await self._current()
        except DatabaseAway:
            if self._view is None:
                raise
            return self._view

    async def _current(self) -> TownView | None:
        async with self._database.read() as db:
            version = await db.scalar(select(Town.version))
            if self._view is None or self._view.version != version:
                town = await current_town(db)
                self._view = town.view() if town else None
            return self._view


@dataclass(frozen=True)
class Founding:
    """What the first visit says of the town."""

    name: str
    insee: str
    department: str
    population: int
    centre: Place


async def set_up(
    db: AsyncSession, founding: Founding, *, first_administrator: FirstAdministrator | None, at: datetime
) -> Town:
    """Make the town, its first categories and its first administrator. Raises `Conflict` when there is one already."""
    if await current_town(db) is not None:
        raise Conflict(_("This portal is set up already. Please sign in."))
    town = Town.found(
        name=founding.name,
        insee=founding.insee,
        department=founding.department,
        population=founding.population,
        centre=founding.centre,
    )
    db.add_all([town, whole_town(town), *seeded_categories()])
    if first_administrator is not None:
        await first_administrator(db)
    _note(db, town, None, at=at, verb="set_up")
    return town


@dataclass(frozen=True)
class Profile:
    """What an administrator sets in the first form of the town's page."""

    name: str
    primary: Colour
    accent: Colour
    centre: Place
    email: str
    phone: str
    address: str


async def describe(db: AsyncSession, actor: Actor | None, profile: Profile, *, seen: int, at: datetime) -> Town:
    """Set the town's name, colours, centre and contact. Raises `Conflict` if it has changed since version `seen`."""
    town = await access_town(db, actor)
    town.require_version(seen)
    before = _described(town)
    town.rename(profile.name)
    town.paint(profile.primary, profile.accent)
    town.recentre(profile.centre)
    town.be_reached(email=profile.email, phone=profile.phone, address=profile.address)
    changed = tuple(name for name, value in _described(town).items() if before[name] != value)
    _note(db, town, actor, at=at, verb="described", changed=changed)
    return town


def _described(town: Town) -> dict[str, object]:
    return {
        "name": town.name,
        "colours": (town.primary_colour, town.accent_colour),
        "centre": (town.lat, town.lon),
        "contact": (town.contact_email, town.contact_phone, town.contact_address),
    }


async def change_arms(db: AsyncSession, actor: Actor | None, arms: Arms | None, *, at: datetime) -> None:
    """Show other arms (already cleaned), or none."""
    town = await access_town(db, actor)
    await db.execute(delete(TownArms))
    if arms is not None:
        db.add(TownArms(id=1, media_type=arms.media_type, content=arms.content))
    town.arms_version = (town.version + 1) if arms is not None else 0
    town.version += 1
    _note(db, town, actor, at=at, verb="arms_changed", changed=("arms",))


async def town_arms(db: AsyncSession) -> Arms:
    """The arms to be served. Raises `NotFound`."""
    found = await db.get(TownArms, 1)
    if found is None:
        raise NotFound
    return Arms(found.media_type, found.content)


async def redraw_districts(
    db: AsyncSession, actor: Actor | None, drawn: Sequence[DrawnDistrict], *, at: datetime
) -> None:
    """Replace the districts; the public areas take theirs anew."""
    town = await access_town(db, actor)
    existing = await all_districts(db)
    districts = redrawn(existing, drawn)
    kept = {district.id for district in districts}
    for district in existing:
        if district.id not in kept:
            await db.delete(district)
    db.add_all(districts)
    await db.flush()
    await repartition(db, town, at)
    town.version += 1
    _note(db, town, actor, at=at, verb="districts_redrawn", changed=("districts",))


@dataclass(frozen=True)
class CategoryEntry:
    """One line of the administrator's list. Without a code it is new."""

    code: str | None
    name_fr: str
    name_en: str
    icon: str
    active: bool


async def arrange_categories(
    db: AsyncSession, actor: Actor | None, entries: Sequence[CategoryEntry], *, at: datetime
) -> None:
    """Rename, reorder, add, and switch categories on or off. None is deleted: requests of the past refer to them."""
    town = await access_town(db, actor)
    known = {category.code: category for category in await all_categories(db)}
    if {entry.code for entry in entries if entry.code} != known.keys() or len(entries) > MAX_CATEGORIES:
        raise Conflict
    if not any(entry.active for entry in entries):
        raise InvalidInput(fields={"active": lazy("At least one category has to be offered.")})
    for order, entry in enumerate(entries, start=1):
        category = known[entry.code] if entry.code else Category(code=new_id())
        category.rename(entry.name_fr, entry.name_en)
        category.icon, category.order, category.active = entry.icon, order, entry.active
        db.add(category)
    town.version += 1
    _note(db, town, actor, at=at, verb="categories_arranged", changed=("categories",))


async def require_new(db: AsyncSession) -> None:
    """Raise `Forbidden` once the town is set up: the first visit's pages are closed for good."""
    if await db.scalar(select(func.count()).select_from(Town)):
        raise Forbidden(_("This portal is set up already. Please sign in."))


def _note(
    db: AsyncSession, town: Town, actor: Actor | None, *, at: datetime, verb: str, changed: tuple[str, ...] = ()
) -> None:
    who = actor.account_id if actor else None
    audit(db, at=at, act=f"town.{verb}", actor_id=who, subject_id="town", detail=" ".join(changed))
    record(db, DomainEvent("town", f"town.{verb}", "town", town.version, changed, who))
