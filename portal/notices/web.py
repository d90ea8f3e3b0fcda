"""Pages of notices: what one was told, what one wants to be told, this device; and the link that switches off."""

from __future__ import annotations

from datetime import time, timedelta
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints
from quart import Blueprint, Quart, Response, jsonify, redirect, request
from sqlalchemy.ext.asyncio import AsyncSession

from portal.accounts.service.logins import browser_label
from portal.context import Badge, Portal
from portal.errors import InvalidInput, NotFound
from portal.events import stream_head
from portal.i18n import _, lazy
from portal.jobs import Job, Run
from portal.notices.model import KINDS, How, define
from portal.notices.model.kind import HOW_WORDS
from portal.notices.model.timing import DIGEST_AT, Hours
from portal.notices.service import choices, delivery, devices, own_data, reading
from portal.notices.service.encryption import TownKey
from portal.notices.service.push import PushRoom
from portal.notices.service.telling import stream_of
from portal.pages import Answer, actor, parse_form, posted_form, render
from portal.permissions import Actor
from portal.security import Rate

PUSH_WORKER = Path(__file__).parents[2] / "static" / "portal" / "notices" / "push_worker.js"

DEVICES = Rate(count=20, per_s=3600)
TESTS = Rate(count=10, per_s=600)

DONE = {
    "saved": lazy("Your choices are saved."),
    "read": lazy("All are marked as read."),
    "test": lazy("The test is on its way: it appears on that device within a few seconds."),
    "removed": lazy("That device is told no longer."),
    "off": lazy("Done: you are told no more of this."),
}


class DeviceKeys(BaseModel):
    """The keys of a subscription."""

    p256dh: Annotated[str, StringConstraints(max_length=120)]
    auth: Annotated[str, StringConstraints(max_length=40)]


class NewDevice(BaseModel):
    """A subscription as the browser gives it (W3C Push API, PushSubscriptionJSON)."""

    endpoint: Annotated[str, StringConstraints(max_length=1000)]
    keys: DeviceKeys


class EmptyForm(BaseModel):
    """A form of one button."""

    model_config = ConfigDict(extra="forbid")


def register(app: Quart, portal: Portal) -> None:
    """Add notices to a portal: pages, the bell in the header, the jobs that tell and forget."""
    key = TownKey.of(portal.settings.secret_key)
    if devices.TEST not in KINDS:
        define(devices.TEST, lazy("Tests that you ask for"), How.INSTANT, devices.test_words)
    NoticePages(portal, key).add_to(app)
    portal.badges["notices"] = bell
    _add_jobs(portal)
    pushes = PushRoom(portal.database, portal.clock, key, portal.settings.public_url)
    portal.start.append(pushes.start)
    portal.stop.append(pushes.stop)


async def bell(db: AsyncSession, who: Actor) -> Badge:
    """The number of unread notices, and from where to follow it."""
    stream = stream_of(who.account_id)
    return Badge(await reading.unread_count(db, who.account_id), stream, await stream_head(db, stream))


def _add_jobs(portal: Portal) -> None:
    async def town_name() -> str:
        return str(getattr(await portal.town_view(), "name", "") or portal.settings.host)

    settings = portal.settings
    telling = delivery.Telling(settings.public_url, settings.secret_key, town_name)

    async def tell_due(db: AsyncSession, run: Run) -> int:
        return await delivery.tell_due(telling, db, run.now)

    async def forget_old(db: AsyncSession, run: Run) -> int:
        return await own_data.forget_old(db, run.now)

    portal.jobs.add(Job("notices.tell", timedelta(seconds=5), tell_due, batch=delivery.AT_ONCE))
    portal.jobs.add(Job("notices.forget", timedelta(days=1), forget_old))


class NoticePages:
    """What a person sees of notices."""

    def __init__(self, portal: Portal, key: TownKey) -> None:
        """`key` is the town's towards push services."""
        self._portal = portal
        self._key = key
        self._worker = PUSH_WORKER.read_bytes()

    def add_to(self, app: Quart) -> None:
        """Name the addresses."""
        pages = Blueprint("notices", __name__)
        pages.get("/notices")(self.see)
        pages.post("/notices/read")(self.read_all)
        pages.get("/notices/<notice_id>")(self.open)
        pages.get("/notices/off/<token>")(self.ask_off)
        pages.post("/notices/off/<token>")(self.switch_off)
        pages.get("/account/notices")(self.see_choices)
        pages.post("/account/notices")(self.choose)
        pages.post("/account/notices/devices")(self.add_device)
        pages.post("/account/notices/devices/<device_id>/remove")(self.remove_device)
        pages.post("/account/notices/devices/<device_id>/test")(self.try_device)
        pages.get("/push-worker.js")(self.worker)
        app.register_blueprint(pages)

    async def see(self) -> Answer:
        """What the person was told, newest first."""
        async with self._portal.database.read() as db:
            shown = await reading.own_notices(db, actor())
        return await render("notices/notices.html", shown=shown, flashes=_flashes())

    async def read_all(self) -> Answer:
        """Mark all as read."""
        await parse_form(EmptyForm)
        await reading.read_all(self._portal.database, actor(), self._portal.clock())
        return redirect("/notices?done=read", 303)

    async def open(self, notice_id: str) -> Answer:
        """Mark one as read and go to what it is about: where pushes lead."""
        path = await reading.open_notice(self._portal.database, actor(), notice_id, self._portal.clock())
        return redirect(path, 303)

    async def see_choices(self) -> Answer:
        """Every kind with its switch, the quiet hours, the devices."""
        async with self._portal.database.read() as db:
            own = await choices.own_choices(db, actor())
            found = await devices.own_devices(db, actor())
        return await render(
            "notices/choices.html",
            own=own,
            how_words={how: _(words) for how, words in HOW_WORDS.items()},
            hidden={devices.TEST},
            devices=found,
            public_key=self._key.public,
            digest_at=DIGEST_AT,
            flashes=_flashes(),
        )

    async def choose(self) -> Answer:
        """Keep the choices."""
        form = await posted_form()
        try:
            chosen = {name.removeprefix("how."): How(form[name]) for name in form if name.startswith("how.")}
            hours = Hours(time.fromisoformat(form.get("begin", "")), time.fromisoformat(form.get("end", "")))
        except ValueError as error:
            raise InvalidInput from error
        await choices.choose(self._portal.database, actor(), chosen, hours)
        return redirect("/account/notices?done=saved", 303)

    async def add_device(self) -> Answer:
        """Take this browser's subscription, from its script."""
        who = reading.owner(actor())
        self._portal.limits.spend("notices.device", who, DEVICES)
        given = NewDevice.model_validate(await request.get_json(silent=True) or {})
        services = self._portal.settings.push_services
        subscription = devices.Subscription.parse(
            given.endpoint, p256dh=given.keys.p256dh, auth=given.keys.auth, services=services
        )
        browser = browser_label(request.headers.get("User-Agent", "")[:400])
        device_id = await devices.add_device(
            self._portal.database, actor(), subscription, browser=browser, at=self._portal.clock()
        )
        return jsonify({"id": device_id})

    async def remove_device(self, device_id: str) -> Answer:
        """Push to it no longer."""
        await parse_form(EmptyForm)
        await devices.remove_device(self._portal.database, actor(), device_id, self._portal.clock())
        return redirect("/account/notices?done=removed", 303)

    async def try_device(self, device_id: str) -> Answer:
        """Send it a test."""
        await parse_form(EmptyForm)
        self._portal.limits.spend("notices.test", reading.owner(actor()), TESTS)
        await devices.try_device(self._portal.database, actor(), device_id, self._portal.clock())
        return redirect("/account/notices?done=test", 303)

    async def ask_off(self, token: str) -> Answer:
        """The button that switches one kind off: a mail scanner that opens links must not press it."""
        _person, kind = choices.read_off_token(self._portal.settings.secret_key, token)
        return await render("notices/off.html", kind=kind, token=token, flashes=_flashes())

    async def switch_off(self, token: str) -> Answer:
        """Switch it off."""
        await parse_form(EmptyForm)
        person_id, kind = choices.read_off_token(self._portal.settings.secret_key, token)
        if not await choices.switch_off(self._portal.database, person_id, kind.name):
            raise NotFound
        return redirect(f"/notices/off/{token}?done=off", 303)

    async def worker(self) -> Answer:
        """The service worker that shows pushes: at the root, so that it serves every page."""
        response = Response(self._worker, content_type="text/javascript; charset=utf-8")
        response.headers["Cache-Control"] = "no-cache"
        return response


def _flashes() -> list[tuple[str, str]]:
    said = DONE.get(request.args.get("done", ""))
    return [("good", _(said))] if said else []
