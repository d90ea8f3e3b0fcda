"""A package with a French catalogue is made in a folder; the check must see what a reader of French would."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts import messages

CODE = (
    'def page():\n    return _("Good evening"), ngettext("one seat", "%(count)s seats", 2), pgettext("month", "May")\n'
)


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(messages, "ROOT", tmp_path)
    folder = tmp_path / "portal"
    (folder / "templates").mkdir(parents=True)
    (folder / "page.py").write_text(CODE)
    (folder / "templates" / "page.html").write_text("<p>{{ _('Welcome') }}</p>{% trans %}Good night{% endtrans %}")
    return folder


def translate(**translations: str) -> None:
    """Fill the French catalogue, as a translator does."""
    messages.update("portal", "fr")
    path = messages.catalogue_path("portal", "fr")
    text = path.read_text()
    for source, french in translations.items():
        text = text.replace(f'msgid "{source}"\nmsgstr ""', f'msgid "{source}"\nmsgstr "{french}"')
    text = text.replace('msgstr[0] ""\nmsgstr[1] ""', 'msgstr[0] "un siège"\nmsgstr[1] "%(count)s sièges"')
    path.write_text(text)


ALL = {"Good evening": "Bonsoir", "May": "Mai", "Welcome": "Bienvenue", "Good night": "Bonne nuit"}


def test_complete_catalogue_has_no_problem(package: Path) -> None:
    translate(**ALL)

    assert list(messages.problems("portal", "fr")) == []


def test_one_sentence_with_two_translations_is_a_problem(package: Path) -> None:
    translate(**ALL)
    other = package.parent / "meetings" / "page.py"
    other.parent.mkdir()
    other.write_text('WORD = lazy("Welcome")\n')
    messages.update("meetings", "fr")
    path = messages.catalogue_path("meetings", "fr")

    path.write_text(path.read_text().replace('msgid "Welcome"\nmsgstr ""', 'msgid "Welcome"\nmsgstr "Soyez là"'))
    assert list(messages.contradictions("fr")) == ["fr: 'Welcome' is 'Bienvenue' in portal and 'Soyez là' in meetings"]

    path.write_text(path.read_text().replace("Soyez là", "Bienvenue"))
    assert list(messages.contradictions("fr")) == []


def test_sentence_without_french_is_a_problem(package: Path) -> None:
    translate(**{**ALL, "Welcome": ""})

    assert list(messages.problems("portal", "fr")) == [
        "portal/locale/fr/LC_MESSAGES/messages.po: not translated, or marked fuzzy: 'Welcome'"
    ]


def test_sentence_that_is_new_in_the_code_is_a_problem(package: Path) -> None:
    translate(**ALL)
    (package / "page.py").write_text(CODE + 'WORD = lazy("Agenda")\n')

    assert list(messages.problems("portal", "fr")) == [
        "portal/locale/fr/LC_MESSAGES/messages.po: not collected (run scripts/messages update): 'Agenda'"
    ]


def test_sentence_that_the_code_no_longer_uses_is_a_problem_until_the_next_update(package: Path) -> None:
    translate(**ALL)
    (package / "page.py").write_text(CODE.replace("Good evening", "Welcome"))

    before = list(messages.problems("portal", "fr"))
    messages.update("portal", "fr")

    assert before == [
        "portal/locale/fr/LC_MESSAGES/messages.po: no longer used (run scripts/messages update): 'Good evening'"
    ]
    assert list(messages.problems("portal", "fr")) == []


def test_translation_that_loses_a_placeholder_is_a_problem(package: Path) -> None:
    (package / "page.py").write_text('HELLO = _("Hello %(name)s")\n')
    translate(**ALL, **{"Hello %(name)s": "Bonjour %(nom)s"})

    assert [line.partition(": ")[2][:17] for line in messages.problems("portal", "fr")] == ["'Hello %(name)s':"]


def test_french_that_is_not_typeset_is_a_problem_until_the_next_update(package: Path) -> None:
    translate(**{**ALL, "Good night": "Bonne nuit !"})

    before = list(messages.problems("portal", "fr"))
    messages.update("portal", "fr")

    assert before == [
        "portal/locale/fr/LC_MESSAGES/messages.po: not typeset (run scripts/messages update): 'Good night'"
    ]
    assert list(messages.problems("portal", "fr")) == []
    assert "Bonne nuit\u202f!" in messages.catalogue_path("portal", "fr").read_text()


def test_lines_of_a_file_outside_the_catalogues_are_named_where_they_are_not_typeset(package: Path) -> None:
    rules = package.parent / "meetings" / "rules" / "sets"
    rules.mkdir(parents=True)
    (rules / "town.toml").write_text('id = "town"\nsays.fr = "Présents : {counted}"\nsays.en = "Present: {counted}"\n')

    [line] = [line for source in messages.french_sources() for line in messages.untypeset_lines(*source)]
    assert line.startswith("meetings/rules/sets/town.toml:2: not typeset (run scripts/messages update): 'says.fr")

    messages.typeset_sources()

    assert list(messages.french_sources()) == []


def test_update_keeps_what_was_translated(package: Path) -> None:
    translate(**ALL)
    before = messages.catalogue_path("portal", "fr").read_text()

    messages.update("portal", "fr")

    assert messages.catalogue_path("portal", "fr").read_text() == before
