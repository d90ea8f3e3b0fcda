"""The first visit to an empty portal: which commune, where its map's middle is, who administers it.

Whoever comes first could take the portal over, so the pages ask for a code that only the person who started it sees.
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

import structlog
from quart import Blueprint, Quart, Response, redirect, request
from sqlalchemy.ext.asyncio import AsyncSession

from portal.context import NewAdministrator, Portal, Welcome
from portal.errors import DomainError, Forbidden, InvalidInput, NotFound, Unavailable
from portal.i18n import _, lazy
from portal.pages import Answer, parse_form, render, wants_json
from portal.security import Rate, network_of
from portal.settings import Settings, kept_secret
from portal.town.model.communes import DATA, Commune, Communes
from portal.town.service import Founding, require_new, set_up
from portal.town.web.forms import SetUpForm

ROOT = Path(__file__).parents[3]
TRIES = Rate(20, 60)
OPEN = frozenset({"setup", "healthz", "readyz", "metrics"})
"""First part of the addresses that answer before there is a town."""

log = structlog.get_logger(__name__)


def set_up_code(settings: Settings) -> str:
    """The code of the first visit; made on the first start and kept in the data directory."""
    return kept_secret(settings.data, "setup_code")


def set_up_address(settings: Settings) -> str:
    """The page of the first visit, code included: shown to whoever starts an empty portal."""
    return f"{settings.public_url}/setup?code={quote(set_up_code(settings))}"


class SetUpPages:
    """Two steps: find the commune, then confirm it, give its centre and name the first administrator."""

    def __init__(self, app: Quart, portal: Portal) -> None:
        """Serve the first visit, until the town is set up."""
        self._portal = portal
        self._communes: Communes | None = None
        self._is_set_up = False
        app.before_request(self._begin)
        portal.start.append(self._tell)

    def add_to(self, pages: Blueprint) -> None:
        """Name the addresses."""
        pages.get("/setup")(self.find)
        pages.get("/setup/<insee>")(self.confirm)
        pages.post("/setup/<insee>")(self.found)

    async def _tell(self) -> None:
        """Show the way in the log while there is no town."""
        if await self._portal.town_view() is None:
            log.info("not set up yet", address=set_up_address(self._portal.settings))

    async def _begin(self) -> Answer | None:
        """Lead the visitors of every page to the set-up while there is no town."""
        is_page = request.url_rule is not None and "." not in request.path and not wants_json()
        if self._is_set_up or request.method != "GET" or not is_page or request.path.split("/")[1] in OPEN:
            return None
        self._is_set_up = await self._portal.town_view() is not None
        return None if self._is_set_up else redirect("/setup")

    async def find(self) -> Answer:
        """Ask for the code, then for the commune."""
        await self._require_new()
        code, text = request.args.get("code", "").strip(), request.args.get("q", "")
        if not code:
            return await render("town/set_up_code.html", errors={})
        if not self._fits(code):
            wrong = {"code": _("This is not the code. It stands where Parvis was started.")}
            return await render("town/set_up_code.html", InvalidInput.status, errors=wrong)
        found = (await self._load()).search(text) if text else []
        return await render("town/set_up_find.html", code=code, query=text, found=found)

    async def confirm(self, insee: str) -> Answer:
        """Ask for the rest."""
        await self._require_new()
        code = request.args.get("code", "").strip()
        if not self._fits(code):
            return redirect("/setup")
        commune = await self._commune(insee)
        return await self._ask(commune, {"code": code, "name": commune.name})

    async def found(self, insee: str) -> Answer:
        """Make the town and its first administrator, together or not at all."""
        await self._require_new()
        commune = await self._commune(insee)
        form = await request.form
        if not self._fits(form.get("code", "").strip()):
            raise Forbidden(_("This is not the code. It stands where Parvis was started."))
        try:
            welcomes = await self._found(commune, await parse_form(SetUpForm))
        except DomainError as error:
            kept = {name: form[name] for name in form if name not in {"csrf_token", "password"}}
            return await self._ask(commune, kept, error)
        self._communes, self._is_set_up = None, True
        answer = redirect("/", 303)
        for welcome in welcomes:
            answer = welcome(answer)
        return answer

    async def _found(self, commune: Commune, form: SetUpForm) -> list[Welcome]:
        founding = Founding(form.name, commune.insee, commune.department, commune.population, form.centre)
        person = NewAdministrator(name=form.person, email=form.email, password=form.password)

        welcomes: list[Welcome] = []

        async def first_administrator(db: AsyncSession) -> None:
            welcomes.extend([await found(db, person) for found in self._portal.founding])

        async with self._portal.database.write() as db:
            await set_up(db, founding, first_administrator=first_administrator, at=self._portal.clock())
        return welcomes

    async def _ask(self, commune: Commune, values: Mapping[str, str], error: DomainError | None = None) -> Response:
        return await render(
            "town/set_up_confirm.html",
            error.status if error else 200,
            commune=commune,
            values=values,
            errors={name: _(text) for name, text in error.fields.items()} if error else {},
            problem=error.words() if error and not error.fields else None,
        )

    def _fits(self, code: str) -> bool:
        self._portal.limits.spend("setup", network_of(request.remote_addr or ""), TRIES)
        return hmac.compare_digest(code.encode(), set_up_code(self._portal.settings).encode())

    async def _require_new(self) -> None:
        async with self._portal.database.read() as db:
            await require_new(db)

    async def _commune(self, insee: str) -> Commune:
        found = (await self._load()).get(insee)
        if found is None:
            raise NotFound
        return found

    async def _load(self) -> Communes:
        if self._communes is None:
            try:
                self._communes = await asyncio.to_thread(Communes.load, ROOT / DATA)
            except (OSError, ValueError) as error:
                raise Unavailable(lazy("The list of communes is missing: run scripts/setup again.")) from error
        return self._communes
