"""How the pages of accounts answer: cookies of a sign-in, where to go next, and a form again with its values."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from quart import Response, g, redirect, request
from werkzeug.wrappers import Response as WerkzeugResponse

from portal.accounts.model.login import LIFE
from portal.accounts.service.logins import NewLogin
from portal.accounts.service.throttle import Visitor, known_cookie
from portal.context import Portal
from portal.errors import DomainError
from portal.i18n import _, lazy
from portal.pages import LOGIN_COOKIE, YEAR_S, render, set_cookie

KNOWN_COOKIE = "parvis_known"
SECRET_FIELDS = frozenset({"password", "current", "csrf_token"})

DONE = {
    "signed-out": lazy("You are signed out."),
    "signed-out-everywhere": lazy("You are signed out on all your devices."),
    "opened": lazy("Your account is open. Welcome!"),
    "saved": lazy("Your changes are saved."),
    "password": lazy("Your password is changed. Your other devices are signed out."),
    "ended": lazy("That device is signed out."),
    "mail": lazy("We have written to the new address. It counts as soon as you have opened the link in that mail."),
    "email": lazy("Your new address is confirmed."),
    "erased": lazy("Your account is closed and your personal data are erased."),
    "role-given": lazy("The role is given."),
    "role-ended": lazy("The role is taken away."),
    "banned": lazy("The account is suspended. The person has been told why."),
    "unbanned": lazy("The account is open again. The person has been told."),
    "invited": lazy("The invitation is on its way."),
}
"""What a page says about the step before it, by the word in its address: nobody can put other words on our pages."""


def visitor() -> Visitor:
    """Who asks, for the rate limits."""
    return Visitor(request.remote_addr or "", request.cookies.get(KNOWN_COOKIE, ""))


def user_agent() -> str:
    """What the browser calls itself."""
    return request.headers.get("User-Agent", "")[:400]


def begin_sign_in(portal: Portal, response: WerkzeugResponse, login: NewLogin, email: str) -> WerkzeugResponse:
    """Give the browser the sign-in's secret, and a new visit, so that no token from before is worth anything."""
    age = None if login.is_shared else int(LIFE.total_seconds())
    set_cookie(portal, response, LOGIN_COOKIE, login.secret, age)
    if not login.is_shared:
        known = known_cookie(request.cookies.get(KNOWN_COOKIE, ""), email, portal.settings.secret_key)
        set_cookie(portal, response, KNOWN_COOKIE, known, YEAR_S)
    begin_visit()
    return response


def end_sign_in(response: WerkzeugResponse) -> WerkzeugResponse:
    """Take the sign-in from the browser."""
    response.delete_cookie(LOGIN_COOKIE, path="/")
    begin_visit()
    return response


def begin_visit() -> None:
    """Forget the visit that form tokens were bound to."""
    g.visit = g.new_visit = secrets.token_urlsafe(16)


def go(path: str, done: str = "") -> WerkzeugResponse:
    """On to a page of ours after a form was carried out."""
    return redirect(f"{path}?done={done}" if done else path, 303)


def local_path(given: str) -> str:
    """The path to go on to if it is one of this portal's, otherwise home: never another site (open redirect)."""
    is_ours = (
        given.startswith("/") and not given.startswith(("//", "/\\")) and given.isprintable() and "\\" not in given
    )
    return given if is_ours else "/"


def flashes() -> list[tuple[str, str]]:
    """What the step before has to say."""
    said = DONE.get(request.args.get("done", ""))
    return [("good", _(said))] if said else []


async def show(template: str, **context: Any) -> Response:
    """A page of accounts with nothing wrong in it."""
    return _unkept(
        await render(f"accounts/{template}", values={}, errors={}, problem=None, flashes=flashes(), **context)
    )


async def again(template: str, error: DomainError, **context: Any) -> Response:
    """The page again with what was given, except passwords, and beside each field what is wrong with it."""
    form = await request.form
    values: Mapping[str, str] = {name: form[name] for name in form if name not in SECRET_FIELDS}
    errors = {name: _(text) for name, text in error.fields.items()}
    return _unkept(
        await render(
            f"accounts/{template}",
            error.status,
            values=values,
            errors=errors,
            problem=None if errors else error.words(),
            flashes=[],
            **context,
        )
    )


def _unkept(response: Response) -> Response:
    """No cache keeps a page that holds an address, or stands behind a one-time link."""
    response.headers["Cache-Control"] = "no-store"
    return response
