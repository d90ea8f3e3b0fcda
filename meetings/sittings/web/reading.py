"""What everybody reads of a sitting, and a member's own convocation."""

from __future__ import annotations

from datetime import timedelta

from quart import Blueprint, Response, redirect, render_template, request, send_file
from sqlalchemy.ext.asyncio import AsyncSession

from meetings.sittings.model import Reply, Sitting, SittingMode
from meetings.sittings.model.progress import PROXY_GIVEN, Phase, Progress
from meetings.sittings.panels import Screen
from meetings.sittings.service import replies
from meetings.sittings.service.agenda import access_sitting, agenda_of, stream_of
from meetings.sittings.service.held import hold
from meetings.sittings.service.journal import journal_key
from meetings.sittings.service.permissions import CONDUCT, KEEP_BODIES, PREPARE
from meetings.sittings.service.reading import (
    access_document,
    day_of,
    held,
    listed,
    members_of,
    next_of_member,
    public_documents,
    sitting_of_document,
    view_agenda,
)
from meetings.sittings.service.replies import Own, has_declined, own_summons, proxies_of, summons_by_secret
from meetings.sittings.web.calendar import calendar_of
from meetings.sittings.web.conduct import Conduct
from meetings.sittings.web.edge import Edge
from meetings.sittings.web.forms import EmptyForm, OwnProxyForm, ReplyForm
from meetings.sittings.web.mails import Mails
from portal.errors import DomainError, NotFound
from portal.events import stream_head
from portal.pages import Answer, actor, parse_form
from portal.permissions import Actor, may
from portal.security import Rate, network_of

SECRETS = Rate(count=60, per_s=600)


class ReadingPages:
    """Lists, public pages, documents, convocations."""

    def __init__(self, edge: Edge, conduct: Conduct, mails: Mails) -> None:
        """Serve this portal; a sitting under way is shown by its screens."""
        self._edge = edge
        self._conduct = conduct
        self._mails = mails

    def add_to(self, pages: Blueprint) -> None:
        """Name the addresses below /sittings."""
        pages.get("")(self.list)
        pages.get("/key")(self.key)
        pages.get("/documents/<document_id>")(self.document)
        pages.get("/<sitting_id>")(self.see)
        pages.get("/<sitting_id>/calendar.ics")(self.calendar)

    def add_summons_to(self, pages: Blueprint) -> None:
        """Name the addresses below /summons."""
        pages.get("/<secret>")(self.summons)
        pages.get("/<secret>/documents/<document_id>")(self.summons_document)
        pages.post("/<secret>/open")(self.open)
        pages.post("/<secret>/acknowledge")(self.acknowledge)
        pages.post("/<secret>/reply")(self.reply)
        pages.post("/<secret>/proxy")(self.give_proxy)
        pages.post("/<secret>/proxy/<proxy_id>/revoke")(self.revoke_proxy)

    async def list(self) -> Answer:
        """Sittings to come, and those that were held."""
        now = self._edge.now()
        async with self._edge.portal.database.read() as db:
            coming, past = await listed(db, actor(), now=now), await held(db, actor(), now=now)
        return await self._edge.show(
            "list.html",
            coming=coming,
            past=past,
            may_prepare=may(actor(), PREPARE),
            may_keep_bodies=may(actor(), KEEP_BODIES),
        )

    async def key(self) -> Answer:
        """The town's key for its journals, and how to verify one."""
        key = journal_key(self._edge.portal.settings.secret_key)
        return await self._edge.show("key.html", key=key.public_key().public_bytes_raw().hex())

    async def see(self, sitting_id: str) -> Answer:
        """A sitting's agenda with its public documents; for its members, the way to their convocation."""
        who = actor()
        async with self._edge.portal.database.read() as db:
            found = await view_agenda(db, who, sitting_id, now=self._edge.now())
            progress = (await self._conduct.chamber.course(db, found.sitting)).of(Progress)
            head = await stream_head(db, stream_of(sitting_id))
            own = await _own_or_none(db, who, found.sitting)
            names = {member.mandate.id: member.name for member in await members_of(db, found.sitting)}
        if progress.phase is not Phase.EXPECTED:
            return await self._conduct.show(sitting_id, Screen.PUBLIC)
        return await self._edge.show(
            "sitting.html",
            agenda=found,
            sitting=found.sitting,
            documents=found.documents if own else public_documents(found.documents),
            reporters=names,
            is_member=own is not None,
            may_prepare=may(who, PREPARE),
            head=head,
        )

    async def calendar(self, sitting_id: str) -> Answer:
        """The sitting as a calendar file."""
        async with self._edge.portal.database.read() as db:
            found = await view_agenda(db, actor(), sitting_id, now=self._edge.now())
        address = f"{self._edge.portal.settings.public_url}/sittings/{sitting_id}"
        body = calendar_of(found.sitting, found.body.name, address, town=self._edge.town)
        response = Response(body, content_type="text/calendar; charset=utf-8; method=PUBLISH")
        response.headers["Content-Disposition"] = 'attachment; filename="seance.ics"'
        return response

    async def document(self, document_id: str) -> Answer:
        """A document, for those who may read it."""
        async with self._edge.portal.database.read() as db:
            document = await access_document(db, actor(), document_id, now=self._edge.now())
        return await self._file(document.sha256, document.name, document.media_type)

    async def _file(self, sha256: str, name: str, media_type: str) -> Answer:
        # Always to be saved: what somebody uploaded is not shown as a page of ours.
        return await send_file(
            self._edge.store.path(sha256), mimetype=media_type, as_attachment=True, attachment_filename=name
        )

    async def summons(self, secret: str, error: DomainError | None = None) -> Answer:
        """A member's convocation, by the secret in their mail: no sign-in is needed to read and answer it.

        Opening is noted by the page's script, not by the request: mail scanners follow links.
        """
        self._edge.portal.limits.spend("summons", network_of(request.remote_addr or ""), SECRETS)
        async with self._edge.portal.database.read() as db:
            own = await summons_by_secret(db, secret)
            sitting = await access_sitting(db, own.summons.sitting_id)
            found = await agenda_of(db, sitting)
            members = await members_of(db, sitting)
            proxies = [proxy for proxy in await proxies_of(db, sitting) if proxy.stands]
            given = next((proxy for proxy in proxies if proxy.giver_id == own.mandate.id), None)
            holder_declined = given is not None and await has_declined(db, sitting, given.holder_id)
        names = {member.mandate.id: member.name for member in members}
        may_be_remote = sitting.mode is SittingMode.REMOTE
        return await self._edge.show(
            "summons.html",
            error=error,
            secret=secret,
            own=own,
            agenda=found,
            sitting=sitting,
            reporters=names,
            replies=[said for said in Reply if said is not Reply.REMOTE or may_be_remote],
            others=[member for member in members if member.mandate.id != own.mandate.id],
            given=given,
            holder=names.get(given.holder_id, "") if given else "",
            holder_declined=holder_declined,
            held=[names.get(proxy.giver_id, "") for proxy in proxies if proxy.holder_id == own.mandate.id],
        )

    async def summons_document(self, secret: str, document_id: str) -> Answer:
        """A document that goes with a convocation."""
        async with self._edge.portal.database.read() as db:
            own = await summons_by_secret(db, secret)
            if await sitting_of_document(db, document_id) != own.summons.sitting_id:
                raise NotFound
            document = await access_document(db, None, document_id, now=self._edge.now(), is_summoned=True)
        return await self._file(document.sha256, document.name, document.media_type)

    async def open(self, secret: str) -> Answer:
        """The member has the page before them."""
        await parse_form(EmptyForm)
        async with self._edge.portal.database.write() as db:
            own, sitting = await self._own(db, secret)
            await replies.open_summons(db, sitting, own, self._edge.town, self._edge.now())
        return redirect(f"/summons/{secret}", 303)

    async def acknowledge(self, secret: str) -> Answer:
        """The member confirms to have received it."""
        await parse_form(EmptyForm)
        async with self._edge.portal.database.write() as db:
            own, sitting = await self._own(db, secret)
            await replies.acknowledge(db, sitting, own, self._edge.town, self._edge.now())
        return redirect(f"/summons/{secret}?done=acknowledged", 303)

    async def reply(self, secret: str) -> Answer:
        """The member says whether they come."""
        try:
            form = await parse_form(ReplyForm)
            async with self._edge.portal.database.write() as db:
                own, sitting = await self._own(db, secret)
                by = own.mandate.person_id
                await replies.reply(db, sitting, own, form.reply, by=by, town=self._edge.town, now=self._edge.now())
                if form.reply is Reply.ABSENT:
                    await self._mails.warn_givers(db, sitting, own.mandate)
        except DomainError as error:
            return await self.summons(secret, error)
        return redirect(f"/summons/{secret}?done=reply", 303)

    async def give_proxy(self, secret: str) -> Answer:
        """The member lets another vote for them."""
        try:
            form = await parse_form(OwnProxyForm)
            async with self._edge.portal.database.write() as db:
                own, sitting = await self._own(db, secret)
                held = await hold(db, self._conduct.chamber, None, sitting.id, self._edge.now())
                held.require_allowed(PROXY_GIVEN, {"giver": own.mandate.id})
                proxy = await replies.give_own_proxy(
                    db,
                    own,
                    sitting,
                    holder_id=form.holder_id,
                    library=self._edge.library,
                    town=self._edge.town,
                    now=self._edge.now(),
                )
                await self._mails.confirm_proxy(db, sitting, own.mandate, proxy.holder_id)
        except DomainError as error:
            return await self.summons(secret, error)
        return redirect(f"/summons/{secret}?done=proxy", 303)

    async def revoke_proxy(self, secret: str, proxy_id: str) -> Answer:
        """The member takes the proxy back."""
        await parse_form(EmptyForm)
        async with self._edge.portal.database.write() as db:
            own, sitting = await self._own(db, secret)
            await replies.revoke_own_proxy(db, own, sitting, proxy_id, town=self._edge.town, now=self._edge.now())
        return redirect(f"/summons/{secret}?done=revoked", 303)

    async def _own(self, db: AsyncSession, secret: str) -> tuple[Own, Sitting]:
        own = await summons_by_secret(db, secret)
        return own, await access_sitting(db, own.summons.sitting_id, lock=True)

    async def card(self, who: Actor | None) -> str:
        """On the home page: a member's next sitting, otherwise the town's."""
        now = self._edge.now()
        async with self._edge.portal.database.read() as db:
            own = await next_of_member(db, who.account_id, now=now) if who else None
            coming = [] if own else await listed(db, who, now=now)
            line = own or next((line for line in coming if line.sitting.was_called), None)
            if line is None:
                return ""
            progress = (await self._conduct.chamber.course(db, line.sitting)).of(Progress)
        runs = may(who, CONDUCT) and line.sitting.meets_at < day_of(now) + timedelta(days=1)
        return await render_template(
            "sittings/card.html",
            line=line,
            is_own=own is not None,
            has_begun=progress.phase is not Phase.EXPECTED,
            runs=runs,
        )


async def _own_or_none(db: AsyncSession, who: Actor | None, sitting: Sitting) -> Own | None:
    if who is None:
        return None
    try:
        return await own_summons(db, who, sitting)
    except NotFound:
        return None
