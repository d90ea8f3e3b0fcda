"""The account as programs read it."""

from __future__ import annotations

from pydantic import BaseModel
from quart import Quart
from quart_schema import tag, validate_response

from portal.accounts.service.own_account import access_own
from portal.clock import civil_date
from portal.context import Portal
from portal.pages import actor


class Me(BaseModel):
    """The signed-in person."""

    id: str
    handle: str
    """``name@town``."""
    name: str
    locale: str
    roles: list[str]


def register_api(app: Quart, portal: Portal) -> None:
    """Add the account to the API."""

    @app.get("/api/me")
    @tag(["accounts"])
    @validate_response(Me)
    async def me() -> Me:
        """Who is signed in, and the roles they hold today."""
        async with portal.database.read() as db:
            person = await access_own(db, actor())
        return Me(
            id=person.id,
            handle=f"{person.handle}@{portal.settings.host}",
            name=person.name,
            locale=person.locale,
            roles=sorted(person.roles_on(civil_date(portal.clock()))),
        )
