"""Pages of bodies and their members."""

from __future__ import annotations

from quart import Blueprint, Response, redirect, request

from meetings.sittings.model import MandateFunction, SessionKind
from meetings.sittings.service import bodies
from meetings.sittings.service.members_file import FaultyFileError, MemberRow, sample_file
from meetings.sittings.service.permissions import KEEP_BODIES
from meetings.sittings.web.edge import Edge
from meetings.sittings.web.forms import AuthorityForm, BodyForm, ClauseForm, EndForm
from portal.clock import civil_date
from portal.errors import DomainError, InvalidInput, NotSignedIn
from portal.i18n import lazy
from portal.pages import Answer, actor, parse_form, posted_form
from portal.permissions import require
from portal.uploads import uploaded

COLUMN_WORDS = {
    "email": lazy("E-mail address of the account"),
    "function": lazy("Function"),
    "group": lazy("Group"),
    "rank": lazy("Rank"),
    "since": lazy("First day"),
    "until": lazy("Last day"),
    "paper": lazy("On paper"),
}
"""What a cell of a file of members is called on the page."""


class BodyPages:
    """Name bodies, seat members, end mandates."""

    def __init__(self, edge: Edge) -> None:
        """Serve this portal."""
        self._edge = edge

    def add_to(self, pages: Blueprint) -> None:
        """Name the addresses."""
        pages.get("/bodies")(self.list)
        pages.post("/bodies")(self.name)
        pages.get("/bodies/<body_id>")(self.see)
        pages.post("/bodies/<body_id>/members")(self.seat)
        pages.post("/bodies/<body_id>/authority")(self.record_authority)
        pages.post("/bodies/<body_id>/video-clause")(self.record_clause)
        pages.post("/bodies/import")(self.take_file)
        pages.get("/bodies/members.csv")(self.sample)
        pages.post("/bodies/mandates/<mandate_id>/end")(self.end)

    async def list(self, error: DomainError | None = None) -> Answer:
        """Every body, and the form for a new one."""
        require(actor(), KEEP_BODIES)
        async with self._edge.portal.database.read() as db:
            found = await bodies.bodies(db)
        values = await posted_form() if error else None
        return await self._edge.show(
            "bodies.html", error=error, values=values, bodies=found, sessions=list(SessionKind)
        )

    async def name(self) -> Answer:
        """A new body."""
        try:
            form = await parse_form(BodyForm)
            async with self._edge.portal.database.write() as db:
                body = await bodies.name_body(db, actor(), self._edge.library, **form.model_dump(), at=self._edge.now())
        except InvalidInput as error:
            return await self.list(error)
        return redirect(f"/sittings/bodies/{body.id}?done=named", 303)

    async def see(self, body_id: str, error: DomainError | None = None) -> Answer:
        """One body with its members of today, and those to come."""
        require(actor(), KEEP_BODIES)
        today = civil_date(self._edge.now())
        async with self._edge.portal.database.read() as db:
            body = await bodies.access_body(db, body_id)
            members = await bodies.members_from(db, body_id, today)
        values = await posted_form() if error else None
        return await self._edge.show(
            "body.html",
            error=error,
            values=values,
            body=body,
            members=members,
            today=today,
            functions=list(MandateFunction),
            faults=error.faults if isinstance(error, FaultyFileError) else (),
            column_words=COLUMN_WORDS,
        )

    async def seat(self, body_id: str) -> Answer:
        """Seat a member by hand."""
        try:
            form = await parse_form(MemberRow)
            async with self._edge.portal.database.write() as db:
                body = await bodies.access_body(db, body_id)
                await bodies.seat_member(db, actor(), body, form, self._edge.now())
        except NotSignedIn:
            raise
        except DomainError as error:
            return await self.see(body_id, error)
        return redirect(f"/sittings/bodies/{body_id}?done=seated", 303)

    async def record_clause(self, body_id: str) -> Answer:
        """Where the internal rules say how the body meets by video."""
        try:
            form = await parse_form(ClauseForm)
            async with self._edge.portal.database.write() as db:
                body = await bodies.access_body(db, body_id)
                await bodies.record_video_clause(db, actor(), body, on=form.on, clause=form.clause, at=self._edge.now())
        except NotSignedIn:
            raise
        except DomainError as error:
            return await self.see(body_id, error)
        return redirect(f"/sittings/bodies/{body_id}?done=clause", 303)

    async def record_authority(self, body_id: str) -> Answer:
        """Whose body it is, for open data."""
        try:
            form = await parse_form(AuthorityForm)
            async with self._edge.portal.database.write() as db:
                body = await bodies.access_body(db, body_id)
                await bodies.record_authority(
                    db, actor(), body, authority=form.authority, siret=form.siret, at=self._edge.now()
                )
        except NotSignedIn:
            raise
        except DomainError as error:
            return await self.see(body_id, error)
        return redirect(f"/sittings/bodies/{body_id}?done=authority", 303)

    async def take_file(self) -> Answer:
        """Seat everybody whom a file names."""
        body_id = request.args.get("body", "")
        try:
            async with self._edge.portal.database.write() as db:
                body = await bodies.access_body(db, body_id)
                await bodies.import_members(db, actor(), body, await uploaded("file"), self._edge.now())
        except NotSignedIn:
            raise
        except DomainError as error:
            return await self.see(body_id, error)
        return redirect(f"/sittings/bodies/{body_id}?done=imported", 303)

    async def sample(self) -> Answer:
        """A file of members to begin with."""
        require(actor(), KEEP_BODIES)
        response = Response(sample_file(), content_type="text/csv; charset=utf-8")
        response.headers["Content-Disposition"] = 'attachment; filename="membres.csv"'
        return response

    async def end(self, mandate_id: str) -> Answer:
        """The last day of a mandate."""
        form = await parse_form(EndForm)
        async with self._edge.portal.database.write() as db:
            body_id = await bodies.end_mandate(db, actor(), mandate_id, last_day=form.until, at=self._edge.now())
        return redirect(f"/sittings/bodies/{body_id}?done=ended", 303)
