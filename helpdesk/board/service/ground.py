"""The town as the board needs it: its categories and districts, and where a draft stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.board.model import Where
from helpdesk.board.place import ExactPlace
from portal.town.model import Category, District, PublicArea
from portal.town.service import access_address, active_categories, all_categories, public_area_of


@dataclass(frozen=True)
class Found:
    """Where a draft stands: the exact place, and the public area it is shown as."""

    place: ExactPlace
    area: PublicArea


async def categories(db: AsyncSession) -> Mapping[str, Category]:
    """The categories that the town has on the board, by code, in the town's order."""
    return {category.code: category for category in await active_categories(db)}


async def known_categories(db: AsyncSession) -> Mapping[str, Category]:
    """Those included that the town no longer offers: what stands under one keeps its name."""
    return {category.code: category for category in await all_categories(db)}


async def districts(db: AsyncSession) -> Mapping[str, str]:
    """Names of the town's districts, by id, in the town's order."""
    return {row.id: row.name for row in await db.execute(select(District.id, District.name).order_by(District.order))}


async def find(db: AsyncSession, where: Where) -> Found:
    """The place of a draft. Raises `InvalidInput` for an address that the town does not know or a point outside."""
    if where.address_id is not None:
        address, label = await access_address(db, where.address_id)
        exact = ExactPlace(address.lon, address.lat, label)
    else:
        exact = ExactPlace(where.longitude or 0.0, where.latitude or 0.0, "")
    return Found(exact, await public_area_of(db, exact.latitude, exact.longitude))
