"""Where each key of a TOML file stands, so that a refused rule can be pointed at by line.

`tomllib` knows lines only for faults of syntax. This walks a text that `tomllib` has already accepted, hence it may
trust brackets and quotes to be closed. Keys inside inline tables are found under the key that holds them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

Path = tuple[str | int, ...]

_KEY_PART = re.compile(r"""\s*(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([A-Za-z0-9_-]+))\s*""")
_PASSABLE = re.compile(r"(?:\s|#[^\n]*)+")
_CHUNK = re.compile(r'"""|\'\'\'|"|\'|#[^\n]*|[\[\]{}]|\n|[^"\'#\[\]{}\n]+')


def key_lines(text: str) -> Mapping[Path, int]:
    """Map the path of every table and key, with positions in arrays of tables, to its line counted from 1."""
    lines: dict[Path, int] = {(): 1}
    arrays: dict[Path, int] = {}
    table: Path = ()
    at = 0
    while True:
        skipped = _PASSABLE.match(text, at)
        at = skipped.end() if skipped else at
        if at >= len(text):
            return lines
        line = text.count("\n", 0, at) + 1
        if text[at] == "[":
            double = text.startswith("[[", at)
            names, at = _dotted(text, at + (2 if double else 1))
            at += 2 if double else 1
            table = _element(names, arrays, new=double)
            _note(lines, (), names, line)
            lines.setdefault(table, line)
        else:
            names, at = _dotted(text, at)
            _note(lines, table, names, line)
            at = _after_value(text, at + 1)


def _note(lines: dict[Path, int], table: Path, names: list[str], line: int) -> None:
    for depth in range(1, len(names) + 1):
        lines.setdefault((*table, *names[:depth]), line)


def _dotted(text: str, at: int) -> tuple[list[str], int]:
    names: list[str] = []
    while True:
        part = _KEY_PART.match(text, at)
        if part is None:
            raise ValueError(f"not a key at offset {at}")
        names.append(next(group for group in part.groups() if group is not None))
        at = part.end()
        if text[at] != ".":
            return names, at
        at += 1


def _element(names: list[str], arrays: dict[Path, int], *, new: bool) -> Path:
    """Return the path of a table header, following each array of tables to its last element (TOML 1.0)."""
    path: Path = ()
    for depth, name in enumerate(names, start=1):
        path = (*path, name)
        if new and depth == len(names):
            arrays[path] = arrays.get(path, -1) + 1
        if path in arrays:
            path = (*path, arrays[path])
    return path


def _after_value(text: str, at: int) -> int:
    depth = 0
    while at < len(text):
        found = _CHUNK.match(text, at)
        if found is None:
            raise ValueError(f"not a value at offset {at}")
        chunk = found[0]
        at = found.end()
        if chunk[0] in "\"'":
            at = _after_string(text, at, chunk)
        elif chunk in "[{":
            depth += 1
        elif chunk in "]}":
            depth -= 1
        elif chunk == "\n" and depth == 0:
            return at
    return at


def _after_string(text: str, at: int, quote: str) -> int:
    while not text.startswith(quote, at):
        at += 2 if text[at] == "\\" and quote[0] == '"' else 1
    at += len(quote)
    while len(quote) == 3 and text.startswith(quote[0], at):
        at += 1  # up to two quotes may stand just before the closing ones
    return at
