"""The first administrator, made together with the town."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from portal.accounts.service.accounts import Accounts
from portal.accounts.service.chosen_password import chosen
from portal.accounts.service.people import add_person
from portal.context import Found, NewAdministrator
from portal.errors import InvalidInput
from portal.permissions import Role


def first_administrator(accounts: Accounts) -> Found:
    """What accounts do in the transaction that founds the town. Raises `InvalidInput` for a weak password."""

    async def found(db: AsyncSession, person: NewAdministrator) -> None:
        kept = await chosen(accounts, person.password, about=(person.name, person.email))
        try:
            await add_person(
                db,
                name=person.name,
                email=person.email,
                roles=(Role.ADMINISTRATOR,),
                at=accounts.clock(),
                password_hash=kept,
            )
        except ValueError as error:
            raise InvalidInput(fields={"email": str(error)}) from error

    return found
