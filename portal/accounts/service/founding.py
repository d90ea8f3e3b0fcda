"""The first administrator, made together with the town."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from portal.accounts.model import Person, clean_name
from portal.accounts.service.accounts import Accounts
from portal.accounts.service.chosen_password import chosen
from portal.accounts.service.people import add_person
from portal.context import NewAdministrator
from portal.errors import InvalidInput
from portal.permissions import Role


async def add_first_administrator(accounts: Accounts, db: AsyncSession, person: NewAdministrator) -> Person:
    """The account, in the transaction that founds the town. Raises `InvalidInput`, for a weak password among others."""
    try:
        name = clean_name(person.name)
    except ValueError as error:
        raise InvalidInput(fields={"person": str(error)}) from error
    kept = await chosen(accounts, person.password, about=(name, person.email))
    try:
        return await add_person(
            db,
            name=name,
            email=person.email,
            roles=(Role.ADMINISTRATOR,),
            at=accounts.clock(),
            password_hash=kept,
        )
    except ValueError as error:
        raise InvalidInput(fields={"email": str(error)}) from error
