"""What every page is built from: the frame, the forms, the components, the colours they stand in."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup
from werkzeug.datastructures import MultiDict

from portal import i18n
from portal.town.colours import TEXT_CONTRAST, Colour

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted(
    path for name in ("portal", "meetings", "helpdesk") for path in (ROOT / name).rglob("templates/**/*.html")
)
COMMENT = re.compile(r"{#.*?#}", re.DOTALL)


def markup(path: Path) -> str:
    """A template's text without its comments."""
    return COMMENT.sub("", path.read_text())


@pytest.fixture
def pages() -> Environment:
    """The portal's templates with the functions that a page finds there, without a portal."""
    found = Environment(
        loader=FileSystemLoader(ROOT / "portal/templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    found.install_gettext_callables(i18n._, i18n.ngettext, newstyle=True, pgettext=i18n.pgettext)  # type: ignore[attr-defined]
    found.policies["ext.i18n.trimmed"] = True
    found.globals.update(
        static=lambda name: f"/static/{name}",
        labelled=lambda name, label: label,
        label_of=lambda name: "",
        import_map=lambda: "{}",
        csrf_field=lambda: Markup('<input type="hidden" name="csrf_token" value="token">'),
        command_field=lambda: Markup('<input type="hidden" name="command_id" value="command">'),
        town=SimpleNamespace(name="Val-de-Brume", arms_url="/town/arms.svg"),
        request=SimpleNamespace(path="/board", args=MultiDict([("kind", "a&b"), ("kind", "c"), ("lang", "en")])),
        nav=[SimpleNamespace(label="Home", path="/board")],
        administration=[],
        badges={},
        actor=None,
        locale="fr",
    )
    return found


def shown(pages: Environment, source: str, **context: object) -> str:
    imports = '{% from "forms.html" import choices, error_summary, field, form, textarea with context %}'
    return pages.from_string(imports + source).render(**context)


@pytest.mark.parametrize("locale", i18n.LOCALES)
@pytest.mark.parametrize("actor", [None, SimpleNamespace(name="Claire Morel", roles=())])
def test_the_style_page_shows_every_component_to_everybody(
    pages: Environment, locale: str, actor: SimpleNamespace | None
) -> None:
    with i18n.speaking(locale):
        page = pages.get_template("style.html").render(locale=locale, actor=actor)

    assert f'<html lang="{locale}">' in page
    assert page.count("<h1") == 1
    assert ("/sign-out" in page) is (actor is not None)


def test_a_field_in_error_is_tied_to_its_hint_and_to_its_error(pages: Environment) -> None:
    page = shown(
        pages,
        '{{ field("title", "Title", hint="Short.", error="Missing.") }}{{ error_summary({"title": "Missing."}) }}',
    )

    assert 'aria-describedby="hint-title error-title"' in page
    assert 'aria-invalid="true"' in page
    assert 'id="hint-title"' in page
    assert 'id="error-title"' in page
    assert 'href="#field-title"' in page
    assert 'id="field-title"' in page


def test_a_form_that_changes_something_carries_the_token_and_one_that_asks_does_not(pages: Environment) -> None:
    posted = shown(pages, '{% call form("/x", command=true) %}{% endcall %}')
    asked = shown(pages, '{% call form("/x", method="get") %}{% endcall %}')

    assert "csrf_token" in posted
    assert "command_id" in posted
    assert "csrf_token" not in asked


def test_a_typed_password_is_never_sent_back(pages: Environment) -> None:
    assert "tulipe" not in shown(pages, '{{ field("p", "Password", type="password", value="tulipe") }}')


def test_what_people_wrote_is_text_and_not_markup(pages: Environment) -> None:
    page = shown(
        pages,
        '{{ field("a", wrote, value=wrote, hint=wrote, error=wrote) }}{{ textarea("b", wrote, value=wrote) }}'
        '{{ choices("c", wrote, [{"value": wrote, "label": wrote, "hint": wrote}]) }}{{ error_summary({"a": wrote}) }}',
        wrote='"><b onclick="x">',
    )

    assert "<b" not in page


def test_the_chosen_answers_come_back_chosen(pages: Environment) -> None:
    options = [{"value": "one", "label": "One"}, {"value": "two", "label": "Two"}]
    page = shown(pages, '{{ choices("c", "Which?", options, type="checkbox", value=["two"]) }}', options=options)

    assert page.count("checked") == 1
    assert re.search(r'value="two"\s*checked', page)


def test_the_other_language_keeps_what_stands_in_the_address(pages: Environment) -> None:
    page = pages.get_template("base.html").render()

    assert 'href="?kind=a%26b&amp;kind=c&amp;lang=en"' in page


def test_the_page_one_is_on_is_marked(pages: Environment) -> None:
    assert '<a href="/board" aria-current="page">' in pages.get_template("base.html").render()


def test_a_page_before_the_town_is_set_up_has_a_name(pages: Environment) -> None:
    assert "Parvis</title>" in pages.get_template("base.html").render(town=None, nav=[])


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422, 429, 500, 503])
def test_an_error_says_what_happened_and_how_to_go_on(pages: Environment, status: int) -> None:
    problem = SimpleNamespace(message="Not <now>.", id="k3v9x2", fields={"title": "Missing."})
    page = pages.get_template("error.html").render(problem=problem, status=status)

    assert "Not &lt;now&gt;." in page
    assert "Missing." in page
    assert "k3v9x2" in page
    assert 'href="/"' in page
    assert ("/sign-in" in page.partition("<main")[2]) is (status == 401)


def test_every_icon_that_a_template_names_is_in_the_set() -> None:
    drawn = set(re.findall(r'<symbol id="([\w-]+)"', (ROOT / "static/icons/sprite.svg").read_text()))
    named = {
        (name, path.name)
        for path in TEMPLATES
        for name in re.findall(r'\bicon(?:_of)?(?:\(|=)"([\w-]+)"', markup(path))
    }

    assert {pair for pair in named if pair[0] not in drawn} == set()


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_template_holds_script_or_style(path: Path) -> None:
    text = markup(path)

    assert not re.search(r"<style|\sstyle=|\son[a-z]+=", text)
    for script in re.findall(r"<script[^>]*>", text):
        assert "src=" in script or 'type="importmap"' in script or 'type="application/json"' in script


def tokens(scheme: str) -> dict[str, Colour]:
    """The colours of a scheme in tokens.css: dark repeats only what differs."""
    sheet = (ROOT / "static/css/tokens.css").read_text()
    light = sheet.partition(":root {")[2].partition("@media")[0]
    dark = sheet.partition("@media (prefers-color-scheme: dark)")[2].partition(".scheme-dark")[0]
    always_dark = sheet.partition(".scheme-dark {")[2]
    added = {"light": "", "dark": dark, "scheme-dark": always_dark}[scheme]
    pairs = re.findall(r"--([\w-]+): (#[0-9a-f]{3,6});", light + added)
    return {
        name: Colour.parse(value if len(value) == 7 else "#" + "".join(c * 2 for c in value[1:]))
        for name, value in pairs
    }


@pytest.mark.parametrize("scheme", ["light", "dark", "scheme-dark"])
def test_text_of_every_kind_is_read_on_every_ground(scheme: str) -> None:
    colour = tokens(scheme)
    too_faint = [
        (text, ground)
        for text in ("ink", "muted", "good", "warn", "bad", "note")
        for ground in ("sunken", "ground", "sheet")
        if colour[text].contrast(colour[ground]) < TEXT_CONTRAST
    ]
    too_faint += [
        (text, f"{kind}-wash")
        for kind in ("good", "warn", "bad", "note")
        for text in (kind, "ink")
        if colour[text].contrast(colour[f"{kind}-wash"]) < TEXT_CONTRAST
    ]

    assert too_faint == []


@pytest.mark.parametrize("scheme", ["light", "dark", "scheme-dark"])
def test_the_edge_of_a_field_and_the_focus_are_seen_on_every_ground(scheme: str) -> None:
    colour = tokens(scheme)
    limit = 3.0  # WCAG 2.2, 1.4.11

    for ground in ("sunken", "ground", "sheet"):
        assert colour["line-strong"].contrast(colour[ground]) >= limit
        assert colour["focus"].contrast(colour[ground]) >= limit
