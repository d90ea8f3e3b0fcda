"""The edge that all pages share: who asks, in which language, with which token; rendering; answers to errors."""

from __future__ import annotations

import re
import secrets
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote, urlencode
from uuid import uuid4

import structlog
from pydantic import BaseModel, ValidationError
from quart import Quart, Response, g, jsonify, redirect, render_template, request
from quart_schema import RequestSchemaValidationError
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import BadRequest, MethodNotAllowed
from werkzeug.wrappers import Response as WerkzeugResponse

from portal import i18n, page_templates
from portal.context import Portal
from portal.errors import InvalidInput, NotSignedIn, StaleForm, fields_of, problem_of
from portal.permissions import Actor
from portal.security import form_token, headers, is_form_token, same_origin

Answer = Response | WerkzeugResponse | str | tuple[str, int]
Model = TypeVar("Model", bound=BaseModel)

VISIT_COOKIE = "parvis_visit"
LOGIN_COOKIE = "parvis_login"
LOCALE_COOKIE = "parvis_lang"
REQUEST_ID = "X-Request-Id"
"""A reverse proxy may give one; every answer bears it, and every line of the log about the request."""
_REQUEST_ID = re.compile(r"[A-Za-z0-9-]{8,40}")
UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})
YEAR_S = 365 * 24 * 3600


def actor() -> Actor | None:
    """The signed-in person of this request, or none."""
    found: Actor | None = g.actor
    return found


def visit(portal: Portal) -> str:
    """The secret of this browser's visit; begins one when there is none."""
    if not g.visit:
        g.visit = g.new_visit = secrets.token_urlsafe(16)
    found: str = g.visit
    return found


async def posted_form() -> MultiDict[str, str]:
    """The posted form as it came. Raises `InvalidInput` for fields with a NUL, which PostgreSQL does not store."""
    form: MultiDict[str, str] = await request.form
    broken = {name for name, value in form.items(multi=True) if "\0" in name + value}
    if broken:
        raise InvalidInput(fields={name: i18n.lazy("This does not have the right form.") for name in broken})
    return form


async def parse_form(model: type[Model]) -> Model:
    """The posted form as a typed object. Raises `InvalidInput` with a sentence for each field that does not fit.

    A field that the model declares as a list or tuple takes every value of that name; an empty answer counts as none.
    """
    form = await posted_form()
    values = {name: _value(form, name, model) for name in form if name != "csrf_token"}
    try:
        return model.model_validate({name: value for name, value in values.items() if value not in ("", [])})
    except ValidationError as error:
        raise InvalidInput(fields=fields_of(error)) from error


def _value(form: MultiDict[str, str], name: str, model: type[BaseModel]) -> str | list[str]:
    field = model.model_fields.get(name)
    is_many = field is not None and any(kind in str(field.annotation) for kind in ("list[", "tuple["))
    given = form.getlist(name) if is_many else [form[name].strip()]
    return [item for item in given if item] if is_many else given[0]


async def render(template: str, status: int = 200, **context: Any) -> Response:
    """A page from a template, in the language of the moment."""
    body = await render_template(template, **context)
    response = Response(body, status=status, content_type="text/html; charset=utf-8")
    # A page holds what one person may see: no shared cache keeps it, and "back" after signing out shows nothing.
    response.headers["Cache-Control"] = "no-store" if g.actor else "no-cache"
    return response


def set_cookie(
    portal: Portal, response: Response | WerkzeugResponse, name: str, value: str, max_age: int | None
) -> None:
    """Set a cookie that scripts cannot read; Secure behind an HTTPS address."""
    response.set_cookie(
        name, value, max_age=max_age, httponly=True, samesite="Lax", secure=portal.settings.is_secure, path="/"
    )


def install(app: Quart, portal: Portal, slices: dict[str, Path]) -> None:
    """Give the application its templates, its checks before each request and its answers to errors.

    `slices` maps a prefix (``board``) to the slice's folder of templates (``board/list.html``).
    """
    page_templates.install(app, portal, slices, token=csrf_token)
    policy = headers(
        import_map_hash=portal.static.csp_hash,
        tiles=portal.settings.map_tiles,
        is_secure=portal.settings.is_secure,
    )

    @app.before_request
    async def begin() -> WerkzeugResponse | None:
        structlog.contextvars.clear_contextvars()
        # The route, not the path: paths hold ids and the secrets of one-time links.
        route = request.url_rule.rule if request.url_rule else None
        given = request.headers.get(REQUEST_ID, "")
        g.request_id = given if _REQUEST_ID.fullmatch(given) else uuid4().hex[:12]
        structlog.contextvars.bind_contextvars(request_id=g.request_id, route=route)
        g.actor = None
        g.visit = request.cookies.get(VISIT_COOKIE, "")
        g.locale = _locale_of_request(portal)
        i18n.set_locale(g.locale)
        g.actor = await portal.identify(request.cookies.get(LOGIN_COOKIE, ""))
        if g.actor is not None and LOCALE_COOKIE not in request.cookies:
            g.locale = g.actor.locale
            i18n.set_locale(g.locale)
        if b"%00" in request.query_string or "\0" in request.path:
            raise BadRequest
        if request.method in UNSAFE:
            await _check_forgery(portal)
            await _take_body()
        return _chosen_locale(portal)

    @app.after_request
    async def finish(response: Response) -> Response:
        for name, value in policy.items():
            response.headers.setdefault(name, value)
        if "request_id" in g:
            response.headers[REQUEST_ID] = g.request_id
        response.headers.setdefault("Content-Language", g.get("locale", portal.settings.locale))
        # The API too tells a signed-in person what nobody else may read, exact places among it.
        response.headers.setdefault("Cache-Control", "no-store" if g.get("actor") else "no-cache")
        if g.get("new_visit"):
            set_cookie(portal, response, VISIT_COOKIE, g.new_visit, None)
        return response

    @app.errorhandler(Exception)
    async def answer(error: Exception) -> Response:
        return await error_answer(error)


async def error_answer(error: BaseException) -> Response:
    """The page or the JSON body for an exception, by what the caller asked for."""
    if isinstance(error, RequestSchemaValidationError):
        cause = error.validation_error
        error = InvalidInput(fields=fields_of(cause)) if isinstance(cause, ValidationError) else InvalidInput()
    if isinstance(error, RecursionError):
        # JSON within JSON, a hundred thousand deep.
        error = InvalidInput()
    problem, status = problem_of(error)
    g.setdefault("actor", None)
    g.setdefault("visit", "")
    if isinstance(error, NotSignedIn) and g.actor is None and _is_navigation():
        return Response(status=303, headers={"Location": _sign_in_and_back(), "Cache-Control": "no-store"})
    if wants_json():
        response: Response = jsonify({"error": problem.body()})
    else:
        page = await render_template("error.html", problem=problem, status=status)
        response = Response(page, content_type="text/html; charset=utf-8")
    response.status_code = status
    response.headers["Cache-Control"] = "no-store"
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        # RFC 9110, section 15.5.6
        response.headers["Allow"] = ", ".join(sorted(error.valid_methods))
    return response


def wants_json() -> bool:
    """Whether the caller is a program: the API, or one that asks for JSON before HTML."""
    accepted = request.accept_mimetypes
    return request.path.startswith("/api/") or accepted["application/json"] > accepted["text/html"]


def _is_navigation() -> bool:
    """Whether somebody opens a page in a browser (W3C Fetch Metadata); scripts and programs are refused in place."""
    return request.method == "GET" and request.headers.get("Sec-Fetch-Mode") == "navigate" and not wants_json()


def _sign_in_and_back() -> str:
    """The address of the sign-in form that leads on to what this request asked for."""
    wanted = request.full_path if request.query_string else request.path
    return "/sign-in?" + urlencode({"next": wanted})


async def _check_forgery(portal: Portal) -> None:
    """Refuse a post that another site made, or one whose token is not of this browser and sign-in."""
    origin = request.headers.get("Origin")
    if origin is not None and not same_origin(origin, request.headers.get("Host"), portal.settings.public_url):
        raise StaleForm
    token = request.headers.get("X-CSRF-Token") or (await request.form).get("csrf_token", "")
    login_id = g.actor.login_id if g.actor else None
    if not is_form_token(token, portal.settings.secret_key, g.visit, login_id):
        raise StaleForm


async def _take_body() -> None:
    """Wait until all that is posted is here: whoever sends a body slowly, or never, holds nobody up but themselves.

    Behind this nothing waits for the network any more, so a form may be parsed while a write is under way.
    """
    if request.is_json:
        await _refuse_what_is_no_text()
    else:
        await request.form


async def _refuse_what_is_no_text() -> None:
    """Refuse, in JSON, the one sign that no text holds and PostgreSQL does not store; `posted_form` does in forms.

    Refuse too what is not UTF-8 (RFC 8259, section 8.1): nothing behind this could even begin to read it.
    """
    body: bytes = await request.get_data(cache=True, as_text=False, parse_form_data=False)
    try:
        body.decode()
    except UnicodeDecodeError as error:
        raise BadRequest from error
    if b"\\u0000" in body:
        raise InvalidInput(fields={"body": i18n.lazy("This does not have the right form.")})


def _locale_of_request(portal: Portal) -> str:
    kept = request.cookies.get(LOCALE_COOKIE)
    if kept in i18n.LOCALES:
        return kept
    return i18n.best_locale([tag for tag, _quality in request.accept_languages], default=portal.settings.locale)


def _chosen_locale(portal: Portal) -> WerkzeugResponse | None:
    """Keep a language asked for by ``?lang=`` and go on to the page itself."""
    chosen = request.args.get("lang")
    if chosen not in i18n.LOCALES or request.method != "GET":
        return None
    rest = request.args.copy()
    rest.pop("lang")
    query = urlencode(list(rest.items(multi=True)))
    # One slash: a path that begins with two would name another site.
    response = redirect("/" + quote(request.path.lstrip("/\\")) + (f"?{query}" if query else ""))
    set_cookie(portal, response, LOCALE_COOKIE, chosen, YEAR_S)
    return response


def csrf_token(portal: Portal) -> str:
    """The token for this browser's forms."""
    return form_token(portal.settings.secret_key, visit(portal), g.actor.login_id if g.actor else None)
