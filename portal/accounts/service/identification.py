"""Who stands behind a sign-in cookie: asked by every page and every socket."""

from __future__ import annotations

from sqlalchemy import func, select, update
from sqlalchemy.orm import joinedload

from portal.accounts.model import LONG_STAYING, Login, Person, Status
from portal.accounts.service.logins import person_stream
from portal.clock import Clock, civil_date
from portal.db import Database, digest
from portal.events import Stream
from portal.permissions import Actor

SECRET_LENGTH = 43
"""Characters of `portal.ids.new_secret`; anything else is refused before the database is asked."""


class Identification:
    """Finds the person behind a cookie. Keeps nothing in memory: a ban counts in every worker at once."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """Read sign-ins from this database."""
        self._database = database
        self._clock = clock

    async def __call__(self, secret: str) -> Actor | None:
        """The signed-in person with the roles held today, or none."""
        if len(secret) != SECRET_LENGTH:
            return None
        now = self._clock()
        find = (
            # With the head of the person's stream in the same statement: no event falls between the two.
            select(Login, Person, func.coalesce(Stream.head, 0))
            .join(Person, Person.id == Login.person_id)
            .outerjoin(Stream, Stream.name == person_stream("") + Person.id)
            .where(Login.digest == digest(secret), Person.status == Status.ACTIVE)
            .options(joinedload(Person.holdings))
        )
        async with self._database.read() as db:
            found = (await db.execute(find)).unique().first()
        if found is None:
            return None
        login, person, seen = found
        roles = person.roles_on(civil_date(now))
        if not login.is_alive(now, is_staff=not roles <= LONG_STAYING):
            return None
        if login.needs_marking(now):
            await self._mark(login, person)
        return Actor(
            account_id=person.id,
            name=person.name,
            roles=roles,
            login_id=login.id,
            locale=person.locale,
            stream=person_stream(person.id),
            seen=seen,
        )

    async def _mark(self, login: Login, person: Person) -> None:
        now = self._clock()
        async with self._database.write() as db:
            await db.execute(update(Login).where(Login.id == login.id).values(used_at=now))
            # Not by way of the mapped object: a use is no new version of the person.
            await db.execute(update(Person).where(Person.id == person.id).values(seen_on=civil_date(now)))
