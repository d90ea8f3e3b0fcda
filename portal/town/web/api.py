"""The town as programs and maps read it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import BaseModel, Field
from quart import Quart
from quart_schema import document_response, operation_id, tag, validate_querystring, validate_response

from portal.context import Portal
from portal.errors import ErrorBody, NotFound
from portal.pages import actor
from portal.permissions import require
from portal.security import Rate
from portal.town.model import Category, District, Town
from portal.town.service import active_categories, all_districts, current_town, fits, search_addresses
from portal.town.service.permissions import SEARCH_ADDRESSES

TYPING = Rate(120, 60)
"""Address searches of one person: two a second for a minute is faster than anybody types."""


class CategoryBody(BaseModel):
    """What a request or an offer may be about."""

    code: str
    name: str
    icon: str


class TownBody(BaseModel):
    """The town."""

    name: str
    insee: str
    population: int
    languages: list[str]
    centre: tuple[float, float]
    """Longitude and latitude, degrees."""
    colours: tuple[str, str]
    arms: str | None
    """Where its picture is."""
    categories: list[CategoryBody]
    districts: dict[str, Any]
    """GeoJSON FeatureCollection; each has an `id` and the property `name`."""


class MapBody(BaseModel):
    """What a map without tiles is drawn from."""

    districts: dict[str, Any]
    landmarks: dict[str, Any]


class AddressQuery(BaseModel):
    """What somebody has typed."""

    q: Annotated[str, Field(max_length=200)] = ""


class AddressBody(BaseModel):
    """An answer: an address, or a street that still wants its number."""

    label: str
    address_id: str | None
    point: tuple[float, float] | None
    """Longitude and latitude, degrees."""


class AddressList(BaseModel):
    """The answers, the best first; ten at most."""

    items: list[AddressBody]


def register_api(app: Quart, portal: Portal) -> None:
    """Add the town to the API."""

    @app.get("/api/town")
    @tag(["town"])
    @operation_id("read_town")
    @validate_response(TownBody)
    @document_response(ErrorBody, 404)
    async def town() -> TownBody:
        """The town: name, colours, centre, categories, districts."""
        async with portal.database.read() as db:
            found = await current_town(db)
            if found is None:
                raise NotFound
            return _town(found, await active_categories(db), await all_districts(db))

    @app.get("/api/town/map")
    @tag(["town"])
    @operation_id("read_town_map")
    @validate_response(MapBody)
    async def town_map() -> MapBody:
        """Districts and landmarks as GeoJSON: the ground of a map that has no tiles."""
        async with portal.database.read() as db:
            found = await current_town(db, with_landmarks=True)
            landmarks = found.landmarks if found else _collection([])
            return MapBody(districts=_features(await all_districts(db)), landmarks=landmarks)

    @app.get("/api/addresses")
    @tag(["town"])
    @operation_id("search_addresses")
    @validate_querystring(AddressQuery)
    @validate_response(AddressList)
    @document_response(ErrorBody, 401)
    @document_response(ErrorBody, 422)
    @document_response(ErrorBody, 429)
    async def addresses(query_args: AddressQuery) -> AddressList:
        """Addresses of the town's own file that fit what was typed so far. Nothing leaves this server."""
        who = actor()
        require(who, SEARCH_ADDRESSES)
        portal.limits.spend("addresses", who.account_id if who else "", TYPING)
        if not fits(query_args.q):
            return AddressList(items=[])
        async with portal.database.read() as db:
            found = await search_addresses(db, query_args.q)
        return AddressList(
            items=[
                AddressBody(
                    label=item.label,
                    address_id=item.address_id,
                    point=(item.place.lon, item.place.lat) if item.place else None,
                )
                for item in found
            ]
        )


def _town(town: Town, categories: Sequence[Category], districts: Sequence[District]) -> TownBody:
    return TownBody(
        name=town.name,
        insee=town.insee,
        population=town.population,
        languages=town.languages,
        centre=(town.lon, town.lat),
        colours=(town.primary_colour, town.accent_colour),
        arms=town.view().arms_url,
        categories=[_category(category) for category in categories],
        districts=_features(districts),
    )


def _category(category: Category) -> CategoryBody:
    return CategoryBody(code=category.code, name=category.name, icon=category.icon)


def _features(districts: Sequence[District]) -> dict[str, Any]:
    return _collection([_feature(district) for district in districts])


def _feature(district: District) -> dict[str, Any]:
    return {
        "type": "Feature",
        "id": district.id,
        "properties": {"id": district.id, "name": district.name},
        "geometry": district.geometry,
    }


def _collection(features: list[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": features}
