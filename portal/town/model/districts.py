"""Districts as a town hands them in: a GeoJSON file of named shapes."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from portal.errors import InvalidInput
from portal.i18n import lazy
from portal.ids import new_id
from portal.town.grid import Place
from portal.town.model import District
from portal.town.shapes import Geometry, middle, parse_multipolygon

MAX_BYTES = 4 * 1024 * 1024
MAX_DISTRICTS = 100
MAX_KM = 60
"""From the town's centre: further, and the file is another town's."""
NAMES = ("name", "nom", "Name", "Nom", "NOM", "NAME", "libelle", "label")
"""Properties that may hold a district's name."""


@dataclass(frozen=True)
class DrawnDistrict:
    """A district of an uploaded file."""

    name: str
    geometry: Geometry


def parse_districts(content: bytes, centre: Place) -> list[DrawnDistrict]:
    """The districts of a GeoJSON FeatureCollection in WGS84 (RFC 7946). Raises `InvalidInput`."""
    if len(content) > MAX_BYTES:
        raise _unfit(lazy("This file is larger than 4 MB."))
    try:
        document = json.loads(content)
        features = document["features"]
    except (ValueError, TypeError, KeyError, RecursionError):
        raise _unfit(lazy("This is no GeoJSON file with a list of shapes.")) from None
    if not isinstance(features, list) or not 0 < len(features) <= MAX_DISTRICTS:
        raise _unfit(lazy("A town has 1 to 100 districts."))
    found = [_district(feature) for feature in features]
    if len({district.name for district in found}) != len(found):
        raise _unfit(lazy("Two districts have the same name."))
    reference = middle(district.geometry for district in found)
    if reference is None or reference.metres_to(centre) > MAX_KM * 1000:
        raise _unfit(
            lazy("These shapes lie far from the town. The coordinates must be longitude and latitude (WGS84).")
        )
    return found


def _unfit(sentence: str) -> InvalidInput:
    return InvalidInput(fields={"geojson": sentence})


def _district(feature: object) -> DrawnDistrict:
    properties = feature.get("properties") if isinstance(feature, dict) else None
    if not isinstance(feature, dict) or not isinstance(properties, dict):
        raise _unfit(lazy("Every district needs a name: a property “name” or “nom”."))
    name = next((properties[key] for key in NAMES if properties.get(key)), None)
    if not isinstance(name, str) or not 0 < len(" ".join(name.split())) <= 80:
        raise _unfit(lazy("Every district needs a name: a property “name” or “nom”."))
    return DrawnDistrict(" ".join(name.split()), parse_multipolygon(feature.get("geometry")))


def redrawn(existing: Iterable[District], drawn: Iterable[DrawnDistrict]) -> list[District]:
    """The town's districts after a new file: one of a known name keeps its id, since requests refer to it."""
    by_name = {district.name: district for district in existing}
    found = []
    for order, item in enumerate(drawn, start=1):
        district = by_name.get(item.name) or District(id=new_id(), name=item.name)
        district.geometry, district.order = item.geometry, order
        found.append(district)
    return found
