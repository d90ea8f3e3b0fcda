"""Everything under /static/: the URLs with hashed names, the import map, and serving the files over ASGI.

A hashed name changes with the content, so browsers keep such a file for ever. WhiteNoise supplies the file table:
types, cache headers, compressed variants, conditional requests. It speaks WSGI only; this module speaks ASGI for it.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import BinaryIO, Protocol
from wsgiref.headers import Headers

from hypercorn.typing import ASGIFramework, ASGIReceiveCallable, ASGISendCallable, HTTPScope, Scope
from whitenoise import WhiteNoise

from portal.static_assets import PREFIX, StaticFileError, built_assets

CHUNK_BYTES = 256 * 1024

VENDOR_MODULES = {
    "leaflet": "vendor/leaflet/leaflet-src.esm.js",
    "socket.io-client": "vendor/socket.io-client/socket.io.esm.min.js",
}
"""Bare module names of the browser packages that scripts/setup copies."""

MEDIA_TYPES = {
    ".geojson": "application/geo+json",
    ".map": "application/json",
    ".webmanifest": "application/manifest+json",
}


class _Response(Protocol):
    status: HTTPStatus
    headers: list[tuple[str, str]]
    file: BinaryIO | None


class _TableEntry(Protocol):
    """What WhiteNoise's table holds for a URL."""

    etag: str

    def get_response(self, method: str, request_headers: Mapping[str, str]) -> _Response: ...


class UnsatisfiableRangeError(Exception):
    """A range that begins behind the end of the file (RFC 9110, section 15.5.17)."""


class StaticFiles:
    """The files of one folder as they were at the start; a file that changes later is noticed at the next one.

    Raises `StaticFileError` when the folder cannot be served as it stands.
    """

    def __init__(self, root: Path, cache: Path, vendor_modules: Mapping[str, str] = VENDOR_MODULES) -> None:
        assets = built_assets(root, cache)
        self._urls = {asset.name: PREFIX + asset.hashed_name for asset in assets}
        hashed_urls = set(self._urls.values())
        self._table = WhiteNoise(
            None,
            max_age=0,  # a name without a hash is asked for again each time
            allow_all_origins=False,
            mimetypes=MEDIA_TYPES,
            immutable_file_test=lambda _path, url: url in hashed_urls,
            add_headers_function=_add_headers,
        )
        for asset in assets:
            self._table.add_file_to_dictionary(PREFIX + asset.name, str(asset.path))
            self._table.add_file_to_dictionary(PREFIX + asset.hashed_name, str(asset.path))

        own = {f"parvis/{name}": url for name, url in self._urls.items() if _is_own_module(name)}
        vendor = {module: self._urls[name] for module, name in vendor_modules.items() if name in self._urls}
        self._import_map = json.dumps({"imports": own | vendor}, separators=(",", ":"), sort_keys=True)

    def url(self, name: str) -> str:
        """The hashed URL of a file named by its path in the folder. Raises `StaticFileError` if there is none."""
        try:
            return self._urls[name]
        except KeyError:
            raise StaticFileError(f"There is no static file {name!r}") from None

    def import_map(self) -> str:
        """JSON for ``<script type="importmap">``: ``parvis/core/live.js``, and browser packages by their bare names.

        Names and URLs hold letters, digits and a few signs only, so nothing in it needs escaping in a page.
        """
        return self._import_map

    @property
    def csp_hash(self) -> str:
        """The source expression that admits the import map to Content-Security-Policy's ``script-src``."""
        return f"'sha256-{base64.b64encode(hashlib.sha256(self._import_map.encode()).digest()).decode()}'"

    def wrap(self, app: ASGIFramework) -> ASGIFramework:
        """An ASGI application that answers requests under /static/ and hands everything else to `app`."""

        async def with_static_files(scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
            if scope["type"] == "http" and scope["path"].startswith(PREFIX):
                await self(scope, receive, send)
            else:
                await app(scope, receive, send)

        return with_static_files

    async def __call__(self, scope: HTTPScope, _receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        """Answer one request. Files are opened and read in a thread, never on the event loop."""
        entry = self._entry(scope)
        if entry is None:
            await _send_not_found(send, scope["method"])
            return

        asked = _asked(scope, entry.etag)
        byte_range = asked.pop("HTTP_RANGE", None)
        response = await asyncio.to_thread(entry.get_response, scope["method"], asked)
        try:
            await _send_response(send, response, byte_range)
        finally:
            if response.file is not None:
                response.file.close()

    def _entry(self, scope: HTTPScope) -> _TableEntry | None:
        # Our names need no percent-encoding, so an encoded path is a mistake or a probe: a file has one spelling only.
        if b"%" in (scope.get("raw_path") or b""):
            return None
        entry: _TableEntry | None = self._table.files.get(scope["path"])
        return entry


def requested_range(header: str, size: int) -> tuple[int, int] | None:
    """First byte and number of bytes of a ``Range`` header; None where it may be ignored (RFC 9110, section 14.2).

    WhiteNoise has its own, which refuses a range of one byte. Raises `UnsatisfiableRangeError`.
    """
    match = re.fullmatch(r"bytes\s*=\s*(\d{0,18})-(\d{0,18})", header.strip())
    if match is None or match.group(1, 2) == ("", ""):
        return None
    if not match[1]:
        start, last = max(size - int(match[2]), 0), size - 1
    else:
        start, last = int(match[1]), min(int(match[2] or size - 1), size - 1)
        if match[2] and int(match[2]) < start:
            return None
    if start >= size:
        raise UnsatisfiableRangeError
    return start, last - start + 1


def _is_own_module(name: str) -> bool:
    return name.endswith(".js") and not name.startswith("vendor/")


def _add_headers(headers: Headers, path: str, _url: str) -> None:
    # The hash in the cached file's name identifies the content; its time of change says nothing.
    headers["ETag"] = f'"{Path(path).name.split(".")[-2]}"'
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"


def _asked(scope: HTTPScope, etag: str) -> dict[str, str]:
    """The request headers that WhiteNoise reads, under its names, with the cases settled that it does not know."""
    given: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        given[name] = f"{given[name]},{value}" if name in given else value

    asked = {}
    if "if-none-match" in given:
        # WhiteNoise compares one whole tag; a list, a weakened tag and * count too (RFC 9110, section 13.1.2).
        tags = {tag.strip().removeprefix("W/") for tag in given["if-none-match"].split(",")}
        asked["HTTP_IF_NONE_MATCH"] = etag if tags & {etag, "*"} else ""
    if scope["method"] == "GET" and "range" in given and given.get("if-range", etag) == etag:
        # Bytes of the file itself are meant, so no compressed variant is offered (If-Range: section 13.1.5).
        asked["HTTP_RANGE"] = given["range"]
    else:
        asked["HTTP_ACCEPT_ENCODING"] = ",".join(_accepted_encodings(given.get("accept-encoding", "")))
    return asked


def _accepted_encodings(header: str) -> Iterator[str]:
    """The codings that the browser takes, without those refused by ``q=0`` (RFC 9110, section 12.5.3)."""
    for item in header.lower().split(","):
        coding, *parameters = (part.strip() for part in item.split(";"))
        if not any(re.fullmatch(r"q\s*=\s*0(\.0*)?", parameter) for parameter in parameters):
            yield coding


async def _send_response(send: ASGISendCallable, response: _Response, byte_range: str | None) -> None:
    headers = Headers(list(response.headers))
    if "Content-Encoding" in headers:
        # One tag for several representations can only be a weak one.
        headers["ETag"] = f"W/{headers['ETag']}"
    if response.status != HTTPStatus.OK:
        await _send_start(send, response.status, headers)
        await _send_body(send, b"")
        return

    size = int(headers["Content-Length"] or 0)
    headers["Accept-Ranges"] = "bytes"
    try:
        part = requested_range(byte_range, size) if byte_range else None
    except UnsatisfiableRangeError:
        await _send_unsatisfiable(send, size)
        return
    start, length = part or (0, size)
    if part:
        headers["Content-Range"] = f"bytes {start}-{start + length - 1}/{size}"
        headers["Content-Length"] = str(length)
    await _send_start(send, HTTPStatus.PARTIAL_CONTENT if part else HTTPStatus.OK, headers)
    if response.file is not None:
        await _send_file(send, response.file, start, length)
    await _send_body(send, b"")


async def _send_file(send: ASGISendCallable, file: BinaryIO, start: int, length: int) -> None:
    await asyncio.to_thread(file.seek, start)
    while length > 0 and (chunk := await asyncio.to_thread(file.read, min(length, CHUNK_BYTES))):
        length -= len(chunk)
        await _send_body(send, chunk, more=True)


async def _send_unsatisfiable(send: ASGISendCallable, size: int) -> None:
    headers = Headers([("Content-Range", f"bytes */{size}"), ("Content-Length", "0")])
    await _send_start(send, HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, headers)
    await _send_body(send, b"")


async def _send_not_found(send: ASGISendCallable, method: str) -> None:
    text = b"There is no such file.\n"
    headers = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(text)))]
    await _send_start(send, HTTPStatus.NOT_FOUND, Headers([*headers, ("X-Content-Type-Options", "nosniff")]))
    await _send_body(send, b"" if method == "HEAD" else text)


async def _send_start(send: ASGISendCallable, status: HTTPStatus, headers: Headers) -> None:
    raw = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status.value, "headers": raw, "trailers": False})


async def _send_body(send: ASGISendCallable, body: bytes, *, more: bool = False) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": more})
