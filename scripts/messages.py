"""Keeps the message catalogues: one per package and language, `PACKAGE/locale/LANGUAGE/LC_MESSAGES/messages.po`.

Sentences are written in English where they are used and marked with `_`, `ngettext`, `pgettext` or `lazy`, so English
needs no catalogue. `update` collects them for translation and typesets the French; `check` fails on a sentence that is
not collected, no longer used, uncertain, untranslated or not typeset, and on one that two packages translate
differently.
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from scripts.french import typeset, typeset_source

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("portal", "meetings", "helpdesk")
LANGUAGES = ("fr",)
KEYWORDS = {**DEFAULT_KEYWORDS, "lazy": None}
METHODS = [("**/templates/**.html", "jinja2"), ("**/templates/**.txt", "jinja2"), ("**.py", "python")]
# A template that cannot be parsed is an error here, not a template without sentences.
OPTIONS = {pattern: {"silent": "false", "trimmed": "true"} for pattern, method in METHODS if method == "jinja2"}

FRENCH_SOURCES = (
    "meetings/rules/*.py",
    "meetings/rules/kinds/*.py",
    "meetings/rules/*.toml",
    "meetings/rules/sets/*.toml",
    "meetings/minutes/model/matters.py",
    "helpdesk/trust/model/guidance.py",
    "*/*/service/demo.py",
    "*/*/service/demo/*.py",
)
"""Files with French sentences outside the catalogues: the rules', a library, and what a town starts with."""

Identity = tuple[str, str]
"""What tells two sentences apart: the text (its singular) and the context."""
Translation = str | list[str] | tuple[str, ...]
"""A message's text, or one for each plural form."""


def catalogue_path(package: str, language: str) -> Path:
    """Where a package's sentences in a language are kept."""
    return ROOT / package / "locale" / language / "LC_MESSAGES" / "messages.po"


def marked(package: str) -> Catalog:
    """Every sentence that the package's code and templates mark, and the files where they stand."""
    catalogue = Catalog(charset="utf-8")
    for path, _line, message, comments, context in extract_from_dir(
        ROOT / package, METHODS, OPTIONS, KEYWORDS, comment_tags=("Translators:",), strip_comment_tags=True
    ):
        catalogue.add(message, locations=[(f"{package}/{path}", 0)], auto_comments=comments, context=context)
    return catalogue


def read_catalogue(path: Path) -> Catalog:
    """The catalogue as its translators left it; empty when there is none yet."""
    language = path.parent.parent.name
    if not path.exists():
        return Catalog(locale=language, project="Parvis", charset="utf-8", fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def sentences(catalogue: Catalog) -> dict[Identity, Message]:
    """A catalogue's messages without its header."""
    return {
        (message.id if isinstance(message.id, str) else message.id[0], message.context or ""): message
        for message in catalogue
        if message.id
    }


def is_translated(message: Message) -> bool:
    """Whether a reader of the catalogue's language meets no English."""
    forms = (message.string,) if isinstance(message.string, str) else message.string or ("",)
    return not message.fuzzy and all(forms)


def typeset_forms(string: Translation | None) -> Translation:
    """A French translation as it is printed, in all its plural forms."""
    return typeset(string) if isinstance(string, str) else tuple(typeset(form) for form in string or ())


def french_sources() -> Iterator[tuple[Path, str, str]]:
    """Files with French sentences that are not typeset: where, as they stand, and as they should."""
    for path in sorted(path for pattern in FRENCH_SOURCES for path in ROOT.glob(pattern)):
        written = path.read_text(encoding="utf-8")
        if (printed := typeset_source(written)) != written:
            yield path, written, printed


def typeset_sources() -> None:
    """Typeset what is French outside the catalogues."""
    for path, _written, printed in french_sources():
        path.write_text(printed, encoding="utf-8")
        print(f"{path.relative_to(ROOT)}: typeset")


def update(package: str, language: str) -> None:
    """Bring a catalogue up to date with the code; what was translated stays."""
    path = catalogue_path(package, language)
    found = marked(package)
    if not len(found) and not path.exists():
        return
    catalogue = read_catalogue(path)
    catalogue.update(found, no_fuzzy_matching=True, update_creation_date=False)
    if language == "fr":
        for message in sentences(catalogue).values():
            message.string = typeset_forms(message.string)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    with partial.open("wb") as file:
        # Without line numbers, a catalogue changes only when its sentences do.
        write_po(file, catalogue, width=110, sort_output=True, ignore_obsolete=True, include_lineno=False)
    partial.replace(path)
    missing = sum(not is_translated(message) for message in sentences(catalogue).values())
    print(f"{path.relative_to(ROOT)}: {len(catalogue)} sentences, {missing} to translate")


def compile_catalogue(path: Path) -> None:
    """Write the .mo file that the portal reads beside a .po file."""
    partial = path.with_suffix(".partial")
    with partial.open("wb") as file:
        write_mo(file, read_catalogue(path))
    partial.replace(path.with_suffix(".mo"))


def problems(package: str, language: str) -> Iterator[str]:
    """What is wrong with a package's catalogue, a line each."""
    path = catalogue_path(package, language)
    catalogue = read_catalogue(path)
    wanted, present = sentences(marked(package)), sentences(catalogue)
    where = path.relative_to(ROOT)
    for text, _context in sorted(wanted.keys() - present.keys()):
        yield f"{where}: not collected (run scripts/messages update): {text!r}"
    for text, _context in sorted(present.keys() - wanted.keys()):
        yield f"{where}: no longer used (run scripts/messages update): {text!r}"
    for (text, _context), message in sorted(present.items()):
        if not is_translated(message):
            yield f"{where}: not translated, or marked fuzzy: {text!r}"
        elif language == "fr" and typeset_forms(message.string) != message.string:
            yield f"{where}: not typeset (run scripts/messages update): {text!r}"
    for message, errors in catalogue.check():
        yield from (f"{where}: {message.id!r}: {error}" for error in errors)


def untypeset_lines(path: Path, written: str, printed: str) -> Iterator[str]:
    """The lines of a file that are not typeset."""
    for number, (before, after) in enumerate(zip(written.split("\n"), printed.split("\n"), strict=True), 1):
        if before != after:
            yield f"{path.relative_to(ROOT)}:{number}: not typeset (run scripts/messages update): {before.strip()!r}"


def contradictions(language: str) -> Iterator[str]:
    """Sentences that two packages translate differently, a line each: merged at the start, one would win on all pages.

    Where the meaning differs, the English says so too, or `pgettext` gives a context.
    """
    said: dict[Identity, tuple[str, object]] = {}
    for package in PACKAGES:
        for identity, message in sentences(read_catalogue(catalogue_path(package, language))).items():
            other, words = said.setdefault(identity, (package, message.string))
            if is_translated(message) and words != message.string:
                yield f"{language}: {identity[0]!r} is {words!r} in {other} and {message.string!r} in {package}"


def main() -> int:
    """Entry of scripts/messages."""
    parser = argparse.ArgumentParser(prog="scripts/messages", description="Keep the message catalogues.")
    parser.add_argument("action", choices=("update", "check", "compile"))
    parser.add_argument("paths", nargs="*", type=Path, help="catalogues to compile; all of them if none is named")
    options = parser.parse_args()

    catalogues = [(package, language) for package in PACKAGES for language in LANGUAGES]
    if options.action == "update":
        for package, language in catalogues:
            update(package, language)
        typeset_sources()
    elif options.action == "compile":
        for path in options.paths or [path for pair in catalogues if (path := catalogue_path(*pair)).exists()]:
            compile_catalogue(path)
    else:
        found = [line for pair in catalogues for line in problems(*pair)]
        found += [line for language in LANGUAGES for line in contradictions(language)]
        found += [line for source in french_sources() for line in untypeset_lines(*source)]
        print("\n".join(found) or "Every sentence is collected, translated and typeset.")
        return bool(found)
    return 0


if __name__ == "__main__":
    sys.exit(main())
