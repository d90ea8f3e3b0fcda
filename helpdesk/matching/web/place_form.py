"""The place part of a form (`board/step_where.html`): an address of the town's file, or a point on the map."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.board.model import Where
from helpdesk.board.web.steps import POINT
from portal.errors import InvalidInput, fields_of
from portal.i18n import lazy
from portal.town.service import Suggestion, fits, search_addresses

FIELDS = ("q", "place", "longitude", "latitude")
NONE_FOUND = lazy("No such address in the town's file. Try the street alone, or mark a point on the map.")

Values = Mapping[str, str]


@dataclass
class Shown:
    """What the part shows besides the values."""

    addresses: list[Suggestion] = field(default_factory=list)


def where_given(values: Values) -> Where | None:
    """The place that was chosen; None where none was. Raises `InvalidInput`."""
    place = values.get("place", "")
    if not place:
        return None
    given = {"longitude": values.get("longitude"), "latitude": values.get("latitude")}
    try:
        return Where.model_validate(given if place == POINT else {"address_id": place})
    except ValidationError as error:
        raise InvalidInput(fields={"place": next(iter(fields_of(error).values()))}) from error


async def search(db: AsyncSession, values: Values) -> tuple[Shown, dict[str, str]]:
    """Addresses for what was typed; where there are none, the field with a sentence."""
    text = values.get("q", "")
    found = await search_addresses(db, text) if fits(text) else []
    return Shown(found), {} if found else {"q": NONE_FOUND}
