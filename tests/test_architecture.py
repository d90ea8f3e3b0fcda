"""The house rules that no linter knows: sizes, names, where things may stand. CONTRIBUTING.md explains them."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("portal", "meetings", "helpdesk", "realtime")

PYTHON_FILE_LINES = 500
PYTHON_FUNCTION_LINES = 80
SCRIPT_FILE_LINES = 400
TEMPLATE_LINES = 150
TEST_FILE_LINES = 600

SLICES = sorted(
    folder
    for parent, others in {
        "portal": {"migrations", "templates", "locale"},
        "meetings": {"rules", "sfu", "locale"},
        "helpdesk": {"locale"},
    }.items()
    for folder in (ROOT / parent).iterdir()
    if folder.is_dir() and folder.name not in others and not folder.name.startswith(("_", "."))
)

SLICE_PARTS = {"model", "service", "web", "live", "federated"}
"""Each is a module, or a package where one file would be too long."""

SLICE_CONCEPTS = {
    "helpdesk/board": {"place"},
    "meetings/minutes": {"printing", "telling", "verification"},
    "meetings/rulebook": {"wording"},
    "meetings/rooms": {"demo", "mails", "media", "messages"},
    "meetings/sittings": {"course", "journal", "panels"},
    "portal/accounts": {"mails"},
    "portal/town": {"ban", "colours", "grid", "partition", "shapes", "wording"},
}
"""Modules beside those five, and they are few: a concept that several parts of one slice share."""

MEDIA_LIBRARIES = {"aiortc", "aioice", "pylibsrtp"}
MEDIA_ADAPTER = "meetings/sfu/adapter.py"


@cache
def tracked(suffix: str = "") -> tuple[Path, ...]:
    """Files that belong to the project: committed, or about to be."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    paths = (ROOT / name for name in listed.stdout.split("\0") if name.endswith(suffix) and name)
    return tuple(sorted(path for path in paths if path.is_file()))


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def line_count(path: Path) -> int:
    return len(path.read_text().splitlines())


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def own_python() -> Iterator[Path]:
    for path in tracked(".py"):
        if not name_of(path).startswith(("tests/", "portal/migrations/versions/")):
            yield path


def test_import_contracts_are_kept() -> None:
    lint_imports = Path(sys.executable).with_name("lint-imports")
    result = subprocess.run([lint_imports, "--no-logo"], cwd=ROOT, capture_output=True, text=True, check=False)

    assert result.returncode == 0, result.stdout + result.stderr


def test_files_keep_their_size() -> None:
    def budget(name: str) -> int | None:
        if name.startswith("portal/migrations/versions/"):
            return None
        if name.endswith((".py", ".js")) and name.startswith("tests/"):
            return TEST_FILE_LINES
        if "/templates/" in name:
            return TEMPLATE_LINES
        return {".py": PYTHON_FILE_LINES, ".js": SCRIPT_FILE_LINES}.get(Path(name).suffix)

    too_long = {
        name: f"{line_count(path)} lines, {allowed} allowed"
        for path in tracked()
        if (allowed := budget(name := name_of(path))) and line_count(path) > allowed
    }

    assert too_long == {}


def test_functions_keep_their_size() -> None:
    too_long = {
        f"{name_of(path)}:{node.lineno} {node.name}": node.end_lineno - node.lineno + 1
        for path in own_python()
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno
        and node.end_lineno - node.lineno + 1 > PYTHON_FUNCTION_LINES
    }

    assert too_long == {}


@pytest.mark.parametrize("folder", SLICES, ids=name_of)
def test_slice_has_the_parts_that_every_slice_has(folder: Path) -> None:
    parts = {entry.name.removesuffix(".py") for entry in folder.iterdir() if not entry.name.startswith((".", "_"))}
    concepts = SLICE_CONCEPTS.get(name_of(folder), set())

    assert parts - SLICE_PARTS - {"templates"} <= concepts


def test_nothing_is_named_after_having_no_name() -> None:
    nameless = re.compile(r"(^|/)(utils?|helpers?|commons?|misc|lib|stuff)(\.py|\.js|/)")

    assert [name_of(path) for path in tracked() if nameless.search(name_of(path))] == []


def test_media_libraries_are_named_in_the_media_library_only() -> None:
    elsewhere = [
        f"{name_of(path)}:{node.lineno}"
        for path in own_python()
        if not name_of(path).startswith("meetings/sfu/")
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Import | ast.ImportFrom) and imported_packages(node) & MEDIA_LIBRARIES
    ]

    assert elsewhere == []


def imported_packages(statement: ast.Import | ast.ImportFrom) -> set[str]:
    """The top-level packages that an import statement names."""
    names = [alias.name for alias in statement.names] if isinstance(statement, ast.Import) else [statement.module or ""]
    return {name.partition(".")[0] for name in names}


def test_private_names_of_others_are_used_in_the_media_adapter_only() -> None:
    """Private is what begins with one underscore and is not our own: `self._x` is, and so is another object's here."""
    elsewhere = [
        f"{name_of(path)}:{node.lineno} {node.attr}"
        for path in own_python()
        if name_of(path).startswith("meetings/sfu/") and name_of(path) != MEDIA_ADAPTER
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Attribute)
        and node.attr.startswith("_")
        and not node.attr.startswith("__")
        and not (isinstance(node.value, ast.Name) and node.value.id in {"self", "cls"})
        and node.attr not in own_private_names(path)
    ]

    assert elsewhere == []


def own_private_names(path: Path) -> set[str]:
    """The private names that a module gives to its own objects."""
    return {
        node.attr
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in {"self", "cls"}
    } | {node.name for node in ast.walk(tree_of(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_only_the_settings_read_the_environment() -> None:
    allowed = {"portal/settings.py", "portal/supervisor.py", "portal/cli.py", "meetings/sfu/__main__.py"}
    readers = {
        name_of(path)
        for path in own_python()
        if name_of(path).split("/")[0] in PACKAGES
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Attribute) and ast.unparse(node) in {"os.environ", "os.getenv"}
    }

    assert readers <= allowed


def test_no_file_names_a_download_address_or_a_path_of_this_machine() -> None:
    """Where packages come from is a matter of the machine's configuration; where the folder lies, of nobody's."""
    forbidden = re.compile(
        r"pypi\.(org|python\.org)|files\.pythonhosted\.org|registry\.(npmjs|yarnpkg)\.|deb\.debian\.org"
        r"|(?<![\w.])/(work|root|home/\w+)/"
    )
    this_file = Path(__file__)
    found = [
        f"{name_of(path)}:{number}"
        for path in tracked()
        if path != this_file and is_text(path)
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if forbidden.search(line)
    ]

    assert found == []


def is_text(path: Path) -> bool:
    return b"\0" not in path.read_bytes()[:8192]


def test_links_of_the_documents_lead_somewhere() -> None:
    link = re.compile(r"\]\((?!https?:|mailto:|#)([^)\s#]+)(#[^)\s]*)?\)|src=\"(?!https?:)([^\"]+)\"")
    broken = [
        f"{name_of(document)}: {target}"
        for document in tracked(".md")
        for match in link.finditer(document.read_text())
        if not (document.parent / (target := match[1] or match[3])).exists()
    ]

    assert broken == []


def test_scripts_can_be_run() -> None:
    programs = [path for path in tracked() if path.suffix == "" and name_of(path).startswith(("scripts/", ".ci/"))]

    assert [name_of(path) for path in programs if not os.access(path, os.X_OK)] == []
    assert [name_of(path) for path in programs if not path.read_text().startswith("#!/bin/sh\n")] == []
