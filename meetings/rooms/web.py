"""Pages of rooms: those I may go back to, a new one, and the room itself."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints
from quart import Blueprint, Quart, jsonify, redirect, render_template, request

from meetings.rooms import service
from meetings.rooms.model import NAME_LENGTH, TITLE_LENGTH, RoomKind, SeatState
from meetings.rooms.service import CREATE_ROOM, Visitor, retention
from meetings.rooms.service.invitations import ADDRESSES_LENGTH, WORDS_LENGTH
from portal.commands import once
from portal.context import NavItem, Portal
from portal.db import digest
from portal.errors import InvalidInput, NotSignedIn
from portal.i18n import lazy
from portal.pages import Answer, actor, parse_form, render, visit, wants_json
from portal.permissions import Actor, may, require
from portal.security import Rate

OFFERED = [kind for kind in RoomKind if kind is not RoomKind.SITTING]
NEW_ROOMS = Rate(count=20, per_s=3600)


class RoomForm(BaseModel):
    """What the page to open a room asks."""

    model_config = ConfigDict(extra="forbid")

    title: Annotated[str, StringConstraints(min_length=3, max_length=TITLE_LENGTH)]
    kind: RoomKind
    command_id: Annotated[str, StringConstraints(min_length=8, max_length=64)]


class InvitationsForm(BaseModel):
    """What the form to invite by mail asks."""

    model_config = ConfigDict(extra="forbid")

    addresses: Annotated[str, StringConstraints(max_length=ADDRESSES_LENGTH)] = ""
    words: Annotated[str, StringConstraints(max_length=WORDS_LENGTH)] = ""
    command_id: Annotated[str, StringConstraints(min_length=8, max_length=64)]


def register(app: Quart, portal: Portal) -> None:
    """Add the pages, the link in the header and the card on the home page."""
    pages = Blueprint("rooms", __name__, url_prefix="/rooms")
    edge = _Pages(portal)
    pages.get("")(edge.mine)
    pages.get("/new")(edge.ask)
    pages.post("")(edge.create)
    pages.get("/<room_id>")(edge.show)
    pages.get("/<room_id>/invitations")(edge.ask_whom)
    pages.post("/<room_id>/invitations")(edge.invite)
    app.register_blueprint(pages)
    portal.nav.append(NavItem(30, lazy("Rooms"), "/rooms", lambda who: may(who, CREATE_ROOM)))
    portal.home.append((20, edge.card))
    retention.register(portal.jobs)


class _Pages:
    def __init__(self, portal: Portal) -> None:
        self._portal = portal

    async def mine(self) -> Answer:
        """My rooms that are still open."""
        who = _signed_in()
        async with self._portal.database.read() as db:
            rooms = await service.rooms_of(db, who)
        return await render("rooms/list.html", rooms=rooms, may_create=may(who, CREATE_ROOM))

    async def ask(self) -> Answer:
        """The form for a new room."""
        require(actor(), CREATE_ROOM)
        return await render("rooms/new.html", kinds=OFFERED, values={"kind": RoomKind.STAFF.value}, error=None)

    async def create(self) -> Answer:
        """Open the room once, however often the form is sent, and go there."""
        who = _signed_in()
        require(who, CREATE_ROOM)
        self._portal.limits.spend("room.create", who.account_id, NEW_ROOMS)
        now = self._portal.clock()
        try:
            form = await parse_form(RoomForm)
            async with self._portal.database.write() as db:
                asked = f"room.create {form.kind} {form.title}"

                async def do() -> dict[str, str | int | bool | None]:
                    room = await service.open_room(db, who, title=form.title, kind=form.kind, now=now)
                    return {"room_id": room.id}

                kept = await once(db, actor_id=who.account_id, command_id=form.command_id, asked=asked, at=now, do=do)
        except InvalidInput as error:
            values = await request.form
            return await render("rooms/new.html", error.status, kinds=OFFERED, values=values, error=error)
        return redirect(f"/rooms/{kept['room_id']}", 303)

    async def show(self, room_id: str) -> Answer:
        """The room's page: devices and name first, then lobby or room. Nobody is in it before pressing Join."""
        who = actor()
        async with self._portal.database.read() as db:
            room = await service.access_room(db, room_id)
            seat = await service.access_seat(db, room_id, Visitor(who, digest(visit(self._portal))))
            state = room.entry_of(who, seat)
        return await render(
            "rooms/room.html",
            room=room,
            link=self._link(room.id),
            is_host=room.is_hosted_by(who),
            waits=state is not SeatState.ADMITTED,
            name=who.name if who else (seat.name if seat else ""),
            name_length=NAME_LENGTH,
        )

    async def ask_whom(self, room_id: str) -> Answer:
        """The form to invite by mail, for browsers without script; the room's page holds it too."""
        async with self._portal.database.read() as db:
            title = await service.access_hosted(db, actor(), room_id)
        return await self._invitations(room_id, title)

    async def invite(self, room_id: str) -> Answer:
        """Send the invitations once, however often the form is sent."""
        who = _signed_in()
        now = self._portal.clock()
        async with self._portal.database.read() as db:
            title = await service.access_hosted(db, who, room_id)
        try:
            form = await parse_form(InvitationsForm)
            addresses = service.read_addresses(form.addresses)
        except InvalidInput as error:
            if wants_json():
                raise
            return await self._invitations(room_id, title, error.status, values=await request.form, error=error)
        sending = service.Sending(addresses, _readable(form.words), await self._town_name(), self._link(room_id))
        async with self._portal.database.write() as db:

            async def do() -> dict[str, str | int | bool | None]:
                return {"sent": await service.invite(db, self._portal.limits, who, room_id, sending, now=now)}

            # Not the addresses: a receipt outlives the mails.
            asked = f"room.invite {room_id} {len(addresses)}"
            kept = await once(db, actor_id=who.account_id, command_id=form.command_id, asked=asked, at=now, do=do)
        self._portal.mail.wake()
        return jsonify(kept) if wants_json() else await self._invitations(room_id, title, sent=kept["sent"])

    async def _invitations(self, room_id: str, title: str, status: int = 200, **context: object) -> Answer:
        shown: dict[str, object] = {"values": {}, "error": None, "sent": 0, **context}
        return await render(
            "rooms/invitations.html", status, title=title, room_id=room_id, link=self._link(room_id), **shown
        )

    def _link(self, room_id: str) -> str:
        return f"{self._portal.settings.public_url}/rooms/{room_id}"

    async def _town_name(self) -> str:
        return str(getattr(await self._portal.town_view(), "name", "") or self._portal.settings.host)

    async def card(self, who: Actor | None) -> str:
        """On the home page: my rooms, one button each."""
        if who is None:
            return ""
        async with self._portal.database.read() as db:
            rooms = await service.rooms_of(db, who, limit=4)
        if not rooms and not may(who, CREATE_ROOM):
            return ""
        return await render_template("rooms/card.html", rooms=rooms, may_create=may(who, CREATE_ROOM))


def _signed_in() -> Actor:
    who = actor()
    if who is None:
        raise NotSignedIn
    return who


def _readable(text: str) -> str:
    """Some lines without invisible signs."""
    lines = ("".join(char for char in line if char.isprintable()).strip() for line in text.splitlines())
    return "\n".join(lines).strip()
