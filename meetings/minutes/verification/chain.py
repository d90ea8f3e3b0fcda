"""Checking an exported journal: byte by byte the file that the portal wrote, or where it is not."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from meetings.sittings.journal import FORMAT, Entry, Heading, Link, Seal, canonical, end_of, read_instant

LARGEST = 256 * 1024 * 1024
"""Bytes. A sitting of a day with a thousand votes has one or two million."""

Parsed = TypeVar("Parsed")


class FaultError(Exception):
    """The file is not what the portal wrote: at which line, and how that shows."""

    def __init__(self, line: int, what: str) -> None:
        """`line` counts from 1, the heading; `what` completes “line 7 …”."""
        super().__init__(f"line {line} {what}")
        self.line = line
        self.what = what


@dataclass(frozen=True)
class Verified:
    """A journal that is whole and unchanged since it was sealed."""

    heading: Mapping[str, Any]
    entries: int
    head: str
    first_at: datetime | None
    last_at: datetime | None
    key: str
    """The key that sealed it. Whether that key is the town's is told by comparing it with what the town publishes."""


def verify(data: bytes) -> Verified:
    """Check an exported journal. Raises `FaultError`, naming the first line that is not as it was written."""
    return read(data)[0]


def read(data: bytes) -> tuple[Verified, list[Entry]]:
    """Check an exported journal, and what stands in it. Raises `FaultError` as `verify` does."""
    if len(data) > LARGEST:
        raise FaultError(1, "begins a file larger than any journal")
    lines = data.split(b"\n")
    if lines[-1] != b"":
        raise FaultError(len(lines), "is cut off")
    lines.pop()
    if len(lines) < 2:
        raise FaultError(max(1, len(lines)), "is the only one: a journal has a heading and a seal")
    heading = _line(1, lines[0], _heading)
    end = Link.start(heading)
    first: datetime | None = None
    last: datetime | None = None
    entries: list[Entry] = []
    for number, line in enumerate(lines[1:-1], start=2):
        entry = _line(number, line, Entry.read)
        _check_link(number, entry, end)
        if json.loads(line)["hash"] != entry.hash:
            raise FaultError(number, "was altered: its content has another hash")
        first, last = first or entry.at, entry.at
        end = end_of(entry)
        entries.append(entry)
    seal = _line(len(lines), lines[-1], Seal.read)
    if seal.entries != end.number:
        raise FaultError(len(lines), f"seals {seal.entries} entries, and {end.number} stand here")
    if seal.head != end.hash:
        raise FaultError(len(lines), "seals another last entry")
    if not seal.is_signed():
        raise FaultError(len(lines), "has a signature that its key did not make")
    return Verified(heading.line, end.number, end.hash, first, last, seal.key), entries


def _check_link(line: int, entry: Entry, end: Link) -> None:
    if entry.number != end.number + 1:
        what = f"is entry {entry.number} where entry {end.number + 1} belongs: entries are missing or out of order"
        raise FaultError(line, what)
    if entry.previous != end.hash:
        raise FaultError(line, "does not follow the line before: it was altered, removed or put in its place")


def _line(number: int, line: bytes, read: Callable[[Mapping[str, Any]], Parsed]) -> Parsed:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        raise FaultError(number, "cannot be read") from None
    if not isinstance(value, dict):
        raise FaultError(number, "holds no object")
    try:
        # The same content in other bytes is not what was written, though no hash would tell.
        is_canonical = canonical(value) == line
        found = read(value)
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise FaultError(number, f"is not one of a journal ({error})") from None
    if not is_canonical:
        raise FaultError(number, "is written otherwise than the portal writes")
    return found


def _heading(line: Mapping[str, Any]) -> Heading:
    if line.get("format") != FORMAT:
        raise ValueError(f"not {FORMAT}")
    if line.keys() != {"format", "town", "sitting_id", "body", "opened_at"}:
        raise ValueError("no heading")
    return Heading(line["town"], line["sitting_id"], line["body"], read_instant(line["opened_at"]))
