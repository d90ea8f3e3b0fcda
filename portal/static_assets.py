"""The static folder made ready to serve: hashed names, style sheets that refer to them, compressed variants in a cache.

A cached file is named by the hash of its content, so the cache never goes stale, may be shared by several processes and
may be deleted at any time before a start.
"""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urldefrag

from whitenoise.compress import Compressor

PREFIX = "/static/"
HASH_DIGITS = 12

_NAME = re.compile(r"[A-Za-z0-9_@-][A-Za-z0-9._@-]*(/[A-Za-z0-9_@-][A-Za-z0-9._@-]*)*")
_CSS_REFERENCE = re.compile(
    r"""(?P<before>url\(\s*["']?|@import\s+["'])(?P<target>[^"')\s]+)(?P<after>["']?\s*\)|["'])"""
)
_OTHER_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*:|//", re.IGNORECASE)


class StaticFileError(Exception):
    """The static folder cannot be served as it stands; the text names the file."""


@dataclass(frozen=True)
class Asset:
    """One file as it is served."""

    name: str
    """Path in the static folder, ``core/live.js``."""
    hashed_name: str
    """The same with the hash of the served content, ``core/live.0123456789ab.js``."""
    path: Path
    """The cached file; its compressed variants stand beside it, with ``.br`` and ``.gz`` added."""


def built_assets(root: Path, cache: Path) -> list[Asset]:
    """Store each file below `root` in the cache, unless it is there already.

    Raises `StaticFileError` when a name cannot stand in a URL, a file lies outside `root`, or a style sheet refers to a
    file that is not there.
    """
    contents = _Contents(dict(_files(root)))
    assets = []
    for name in contents.raw:
        hashed_name, content = contents.hashed(name)
        path = cache / hashed_name
        if not path.exists():
            _store(path, content)
        assets.append(Asset(name, hashed_name, path))
    return assets


class _Contents:
    """The files as they are served: a style sheet names hashed files, so its own hash covers what it shows."""

    def __init__(self, raw: dict[str, bytes]) -> None:
        self.raw = raw
        self._done: dict[str, tuple[str, bytes]] = {}

    def hashed(self, name: str, importers: tuple[str, ...] = ()) -> tuple[str, bytes]:
        """The name with its hash, and the content."""
        if name in importers:
            raise StaticFileError(f"Style sheets import each other in a circle: {' → '.join([*importers, name])}")
        if name not in self._done:
            content = self.raw[name]
            if name.endswith(".css"):
                content = self._with_hashed_references(name, content.decode(), (*importers, name)).encode()
            self._done[name] = (_with_hash(name, content), content)
        return self._done[name]

    def _with_hashed_references(self, name: str, css: str, importers: tuple[str, ...]) -> str:
        def replacement(match: re.Match[str]) -> str:
            target, fragment = urldefrag(match["target"])
            if not target or _OTHER_ORIGIN.match(target):
                return match[0]
            # A path that begins with / replaces the folder it is joined to.
            referred = posixpath.normpath(posixpath.join(PREFIX, posixpath.dirname(name), target)).removeprefix(PREFIX)
            if referred not in self.raw:
                raise StaticFileError(f"{name} refers to {match['target']}, which is not in the static folder")
            url = PREFIX + self.hashed(referred, importers)[0]
            return match["before"] + url + (f"#{fragment}" if fragment else "") + match["after"]

        return _CSS_REFERENCE.sub(replacement, css)


def _files(root: Path) -> Iterator[tuple[str, bytes]]:
    """Name and content of each file below `root`, in order; hidden ones are left out."""
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if not path.is_file() or any(part.startswith(".") for part in name.split("/")):
            continue
        if not _NAME.fullmatch(name):
            raise StaticFileError(f"A static file's name may hold letters, digits and . _ @ - only: {name!r}")
        if not path.resolve().is_relative_to(root.resolve()):
            raise StaticFileError(f"A static file lies outside the static folder: {name}")
        yield name, path.read_bytes()


def _with_hash(name: str, content: bytes) -> str:
    stem, suffix = posixpath.splitext(name)
    return f"{stem}.{hashlib.sha256(content).hexdigest()[:HASH_DIGITS]}{suffix}"


def _store(path: Path, content: bytes) -> None:
    """Write a file and its compressed variants, the file last: where it stands, its variants are whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    compressor = Compressor(quiet=True)
    with TemporaryDirectory(dir=path.parent, prefix=".storing-") as folder:
        draft = Path(folder) / path.name
        draft.write_bytes(content)
        if compressor.should_compress(path.name):
            for variant in map(Path, compressor.compress(str(draft))):
                variant.replace(path.parent / variant.name)
        draft.replace(path)
