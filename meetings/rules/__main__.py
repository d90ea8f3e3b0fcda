"""The rules at the command line: one case and its answer, the check of a rule file, the list of the sets.

Exit codes: 0 answered (a question to a person is an answer), 2 refused, with one sentence a fault on standard error.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from meetings.rules.answers import Answer
from meetings.rules.asking import answer, parse
from meetings.rules.cases import KINDS
from meetings.rules.errors import CaseError, RuleFileError
from meetings.rules.files import RuleFile
from meetings.rules.overlays import load_overlay
from meetings.rules.set_file import read_set
from meetings.rules.sets import SHIPPED, SetLibrary, load_files, load_sets, load_sources
from meetings.rules.wording import LANGS, Lang, Text

REFUSED = 2


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(REFUSED, f"{message[0].upper()}{message[1:]}.\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    options = _parser().parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8")
    lang: Lang = options.lang
    try:
        if options.what == "check":
            return _check(options.file, options.sets, lang)
        if options.what == "list":
            return _list(load_sets(*options.sets), lang)
        if options.what == "kinds":
            return _kinds(lang)
        print(json.dumps(_answer(options).as_json(lang), ensure_ascii=False))
    except CaseError as error:
        print(error.text.get(lang), file=sys.stderr)
        return REFUSED
    except RuleFileError as error:
        for problem in error.problems:
            print(f"{problem.path}:{problem.line}: {problem.text.get(lang)}", file=sys.stderr)
        return REFUSED
    return 0


def _parser() -> _Parser:
    parser = _Parser(prog="python -m meetings.rules", description=__doc__)
    parser.add_argument("what", metavar="CASE.json|-|check|list|kinds", help="a case, or a command")
    parser.add_argument("file", nargs="?", type=Path, help="the set or overlay to check")
    parser.add_argument("--lang", choices=LANGS, default="fr", help="the language of sentences (fr)")
    parser.add_argument("--overlay", action="append", type=Path, default=[], help="a town's or a sitting's own rules")
    parser.add_argument("--sets", action="append", type=Path, default=[], help="a folder of further rule sets")
    return parser


def _answer(options: argparse.Namespace) -> Answer:
    if options.file is not None:
        raise CaseError("Un seul cas à la fois.", "One case at a time.")
    request = parse(_read_case(options.what), dt.datetime.now().astimezone().date())
    library = load_sets(*options.sets)
    return answer(request, library, [load_overlay(path, library) for path in options.overlay])


def _read_case(name: str) -> object:
    try:
        raw = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as error:
        raise CaseError(f"Le fichier {name} est illisible.", f"The file {name} cannot be read.") from error
    try:
        return json.loads(raw, object_pairs_hook=_no_twice, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        if isinstance(error, CaseError):
            raise
        raise CaseError(f"{name} ne contient pas du JSON.", f"{name} holds no JSON.") from error


def _no_twice(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = next(name for name, _ in pairs if [each for each, _ in pairs].count(name) > 1)
        raise CaseError(f"Le champ « {twice} » est donné deux fois.", f"The field {twice} is given twice.")
    return found


def _no_constant(name: str) -> NoReturn:
    raise CaseError(f"{name} n’est pas un nombre.", f"{name} is no number.")


def _check(path: Path | None, folders: Sequence[Path], lang: Lang) -> int:
    if path is None:
        raise CaseError("Indiquez le fichier à vérifier.", "Name the file to check.")
    if "overlay" in RuleFile(path).table:
        overlay = load_overlay(path, load_sets(*folders))
        print(_checked(path, overlay.title, f"{overlay.id} → {overlay.applies_to}").get(lang))
    else:
        found = read_set(path)
        others = [
            other
            for folder in (SHIPPED, *folders)
            for other in sorted(folder.glob("*.toml"))
            if not _same_version(other, found.id, found.version)
        ]
        load_files([*others, path])
        print(_checked(path, found.title, f"{found.id} {found.version}").get(lang))
    return 0


def _same_version(path: Path, name: str, version: str) -> bool:
    """Tell whether a file is the one that a checked copy would replace."""
    table = RuleFile(path).table
    return (table.get("id"), table.get("version")) == (name, version)


def _checked(path: Path, title: Text, name: str) -> Text:
    return Text(f"{path} : {name}, rien à redire ({title.fr}).", f"{path}: {name}, nothing wrong ({title.en}).")


def _list(library: SetLibrary, lang: Lang) -> int:
    used: dict[str, None] = {}
    for each in library.sets:
        end = each.valid_to.isoformat() if each.valid_to else "…"
        print(f"{each.id}  {each.version}  {each.valid_from.isoformat()} – {end}  {each.title.get(lang)}")
        print(f"    {'Sources' if lang == 'en' else 'Sources '}: {'; '.join(each.sources)}")
        used.update(dict.fromkeys(each.sources))
    print()
    for code, read in load_sources().items():
        if code in used:
            print(f"{code}  {read}")
    return 0


def _kinds(lang: Lang) -> int:
    for name, kind in sorted(KINDS.items()):
        print(f"{name}: {kind.title.get(lang)}")
        for key, spec in kind.fields.items():
            print(f"    {key}{' *' if spec.required else ''} ({spec.type}) {spec.label.get(lang)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
