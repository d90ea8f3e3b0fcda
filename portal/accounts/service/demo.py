"""The people of the invented town, and the password that the start of the demo prints."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from portal.accounts.model import Person
from portal.accounts.service.passwords import Passwords, demo_password
from portal.accounts.service.people import add_person
from portal.permissions import Role

DEMO_DOMAIN = "clairval.example"
"""Under a name that no mail reaches (RFC 2606)."""


@dataclass(frozen=True)
class DemoPerson:
    """Somebody of the demo town and what they may do."""

    name: str
    mailbox: str
    roles: tuple[Role, ...]
    body: str = ""

    @property
    def email(self) -> str:
        """The address to sign in with."""
        return f"{self.mailbox}@{DEMO_DOMAIN}"


_COUNCIL = "Conseil municipal"
DEMO_PEOPLE = (
    DemoPerson("Claire Vasseur", "maire", (Role.MAYOR, Role.COUNCILLOR), _COUNCIL),
    DemoPerson("Idriss Benali", "administration", (Role.ADMINISTRATOR, Role.AGENT), "Services numériques"),
    DemoPerson("Sophie Lemoine", "greffe", (Role.CLERK, Role.AGENT), "Service des assemblées"),
    DemoPerson("Gérard Tessier", "conseiller", (Role.COUNCILLOR, Role.RESIDENT), _COUNCIL),
    DemoPerson("Awa Diarra", "conseillere", (Role.COUNCILLOR, Role.RESIDENT), _COUNCIL),
    DemoPerson("Nadia Roussel", "agente", (Role.AGENT,), "Centre communal d’action sociale"),
    DemoPerson("Paul Nguyen", "moderation", (Role.MODERATOR, Role.AGENT), "Vie associative"),
    DemoPerson("Léa Fontaine", "benevole", (Role.VOLUNTEER, Role.RESIDENT)),
    DemoPerson("Marcel Oliveira", "habitant", (Role.RESIDENT,)),
    DemoPerson("Jeanne Kowalski", "habitante", (Role.RESIDENT,)),
)


async def demo_people(db: AsyncSession, passwords: Passwords, *, secret_key: str, at: datetime) -> dict[str, Person]:
    """Add the invented people in the caller's transaction, by the part of their address before @."""
    kept = await passwords.hash(demo_password(secret_key))
    return {
        item.mailbox: await add_person(
            db, name=item.name, email=item.email, roles=item.roles, body=item.body, at=at, password_hash=kept
        )
        for item in DEMO_PEOPLE
    }
