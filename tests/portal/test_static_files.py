"""Static files are asked for over ASGI, as Hypercorn asks for them."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import brotli
import pytest

from portal.static_assets import StaticFileError
from portal.static_files import StaticFiles, UnsatisfiableRangeError, requested_range

LIVE_JS = b'import { t } from "parvis/core/i18n.js";\n' + b"export const answer = 42; // a comment to compress\n" * 40
PICTURE = bytes(range(256)) * 3000


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


Get = Callable[..., Awaitable[Answer]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "static"
    for name, content in {
        "core/live.js": LIVE_JS,
        "core/i18n.js": b"export const t = (key) => key;\n",
        "core/empty.js": b"",
        "css/base.css": b'@import "tokens.css";\nbody { background: url("../img/arms.png") }\n',
        "css/tokens.css": b"a { behavior: url(#default#VML); b: url(data:,x); c: url(/static/img/a.svg#x) }",
        "img/arms.png": PICTURE,
        "img/a.svg": b"<svg/>",
        "vendor/leaflet/leaflet-src.esm.js": b"export const map = 1;\n",
        ".hidden/secret.js": b"secret",
    }.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    (tmp_path / "outside.txt").write_text("outside")
    return root


@pytest.fixture
def static(folder: Path, tmp_path: Path) -> StaticFiles:
    return StaticFiles(folder, tmp_path / "cache")


@pytest.fixture
def get(static: StaticFiles) -> Get:
    async def behind(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 299, "headers": []})
        await send({"type": "http.response.body", "body": b"from behind", "more_body": False})

    async def get(raw_path: str, method: str = "GET", **headers: str) -> Answer:
        app = static.wrap(behind)
        sent: list[dict[str, Any]] = []

        async def send(message: Any) -> None:
            sent.append(message)

        scope: Any = {
            "type": "http",
            "method": method,
            "path": unquote(raw_path),
            "raw_path": raw_path.encode(),
            "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()],
        }
        receive: Any = None
        await app(scope, receive, send)

        start, *parts = sent
        assert not parts[-1]["more_body"]
        assert all(part["more_body"] for part in parts[:-1])
        response_headers = {name.decode(): value.decode() for name, value in start["headers"]}
        return Answer(start["status"], response_headers, b"".join(part["body"] for part in parts))

    return get


async def test_hashed_name_is_kept_for_ever(static: StaticFiles, get: Get) -> None:
    url = static.url("core/live.js")

    answer = await get(url)

    assert re.fullmatch(r"/static/core/live\.[0-9a-f]{12}\.js", url)
    assert (answer.status, answer.body) == (200, LIVE_JS)
    assert answer.headers["cache-control"] == "max-age=315360000, public, immutable"
    assert answer.headers["content-type"] == 'text/javascript; charset="utf-8"'
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-length"] == str(len(LIVE_JS))


async def test_plain_name_is_asked_for_again_each_time(get: Get) -> None:
    answer = await get("/static/core/live.js")

    assert (answer.status, answer.body) == (200, LIVE_JS)
    assert answer.headers["cache-control"] == "max-age=0, public"


def test_hashed_name_changes_with_the_content_only(static: StaticFiles, folder: Path, tmp_path: Path) -> None:
    (folder / "core/i18n.js").write_bytes(b"export const t = (key) => key.trim();\n")

    after = StaticFiles(folder, tmp_path / "cache")

    assert after.url("core/i18n.js") != static.url("core/i18n.js")
    assert after.url("core/live.js") == static.url("core/live.js")


def test_style_sheet_changes_its_name_with_the_picture_that_it_shows(
    static: StaticFiles, folder: Path, tmp_path: Path
) -> None:
    (folder / "img/a.svg").write_bytes(b"<svg></svg>")

    after = StaticFiles(folder, tmp_path / "cache")

    assert after.url("css/tokens.css") != static.url("css/tokens.css")
    assert after.url("css/base.css") != static.url("css/base.css")


async def test_style_sheet_refers_to_hashed_names(static: StaticFiles, get: Get) -> None:
    base = await get(static.url("css/base.css"))
    tokens = await get(static.url("css/tokens.css"))

    assert base.body.decode() == (
        f'@import "{static.url("css/tokens.css")}";\nbody {{ background: url("{static.url("img/arms.png")}") }}\n'
    )
    assert tokens.body.decode() == (
        f"a {{ behavior: url(#default#VML); b: url(data:,x); c: url({static.url('img/a.svg')}#x) }}"
    )


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("css/broken.css", "a { b: url(missing.png) }", "css/broken.css refers to missing.png"),
        ("css/outside.css", "a { b: url(../../outside.txt) }", "refers to ../../outside.txt"),
        ("css/circle.css", '@import "./circle.css";', "circle"),
        ("odd name.js", "", "odd name.js"),
        ("percent%41.js", "", "percent%41.js"),
    ],
)
def test_folder_that_cannot_be_served_is_refused_at_the_start(
    folder: Path, tmp_path: Path, name: str, content: str, complaint: str
) -> None:
    (folder / name).write_text(content)

    with pytest.raises(StaticFileError, match=re.escape(complaint)):
        StaticFiles(folder, tmp_path / "cache")


def test_link_that_leads_outside_the_folder_is_refused_at_the_start(folder: Path, tmp_path: Path) -> None:
    (folder / "link.txt").symlink_to(tmp_path / "outside.txt")

    with pytest.raises(StaticFileError, match=r"link\.txt"):
        StaticFiles(folder, tmp_path / "cache")


def test_url_of_an_unknown_file_is_an_error(static: StaticFiles) -> None:
    with pytest.raises(StaticFileError, match=r"core/liev\.js"):
        static.url("core/liev.js")


def test_import_map_names_own_modules_and_browser_packages(static: StaticFiles) -> None:
    assert json.loads(static.import_map()) == {
        "imports": {
            "parvis/core/empty.js": static.url("core/empty.js"),
            "parvis/core/i18n.js": static.url("core/i18n.js"),
            "parvis/core/live.js": static.url("core/live.js"),
            "leaflet": static.url("vendor/leaflet/leaflet-src.esm.js"),
        }
    }


def test_csp_hash_is_that_of_the_import_map_as_it_stands_in_the_page(static: StaticFiles) -> None:
    digest = base64.b64encode(hashlib.sha256(static.import_map().encode()).digest()).decode()

    assert static.csp_hash == f"'sha256-{digest}'"
    assert not set("<>&'") & set(static.import_map())


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip, deflate", "gzip"),
        ("gzip, br;q=0", "gzip"),
        ("br; q=0.0, gzip;q=0", None),
        ("identity", None),
        ("*", None),
        ("", None),
    ],
)
async def test_compressed_variant_is_sent_to_a_browser_that_takes_it(
    static: StaticFiles, get: Get, accepted: str, coding: str | None
) -> None:
    answer = await get(static.url("core/live.js"), accept_encoding=accepted)

    unpack = {"br": brotli.decompress, "gzip": gzip.decompress, None: bytes}[coding]
    assert answer.status == 200
    assert answer.headers.get("content-encoding") == coding
    assert unpack(answer.body) == LIVE_JS
    assert answer.headers["content-length"] == str(len(answer.body))
    assert answer.headers["vary"] == "Accept-Encoding"
    assert answer.headers["etag"].startswith("W/") == (coding is not None)


async def test_compressed_variants_have_no_url_of_their_own(static: StaticFiles, get: Get) -> None:
    assert (await get(static.url("core/live.js") + ".br")).status == 404
    assert (await get("/static/core/live.js.gz")).status == 404


async def test_picture_is_not_compressed_again(static: StaticFiles, get: Get) -> None:
    answer = await get(static.url("img/arms.png"), accept_encoding="br")

    assert answer.body == PICTURE
    assert answer.headers["content-type"] == "image/png"
    assert "content-encoding" not in answer.headers


@pytest.mark.parametrize("known", ["{etag}", "W/{etag}", '"other", {etag}', '"other",W/{etag}', "*"])
async def test_browser_that_has_the_content_is_not_sent_it_again(get: Get, known: str) -> None:
    first = await get("/static/core/live.js")
    etag = first.headers["etag"]

    answer = await get("/static/core/live.js", if_none_match=known.format(etag=etag))

    assert (answer.status, answer.body) == (304, b"")
    assert answer.headers["etag"] == etag
    assert "content-length" not in answer.headers


async def test_browser_that_has_other_content_is_sent_the_new_one(get: Get) -> None:
    answer = await get("/static/core/live.js", if_none_match='"other", W/"another"')

    assert (answer.status, answer.body) == (200, LIVE_JS)


async def test_time_of_change_decides_nothing(get: Get) -> None:
    answer = await get("/static/core/live.js", if_modified_since="Fri, 31 Dec 2100 23:59:59 GMT")

    assert answer.status == 200


async def test_head_says_what_get_would_send(static: StaticFiles, get: Get) -> None:
    url = static.url("img/arms.png")

    head, full = await get(url, "HEAD"), await get(url)

    assert (head.status, head.body) == (200, b"")
    assert head.headers == full.headers


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=0-1", 0, 2),
        ("bytes=10-19", 10, 20),
        ("bytes=767990-", 767_990, 768_000),
        ("bytes=-5", 767_995, 768_000),
        ("bytes=-9999999", 0, 768_000),
        ("bytes=700000-9999999", 700_000, 768_000),
    ],
)
async def test_range_is_sent_as_asked(static: StaticFiles, get: Get, asked: str, start: int, end: int) -> None:
    answer = await get(static.url("img/arms.png"), range=asked, accept_encoding="br")

    assert (answer.status, answer.body) == (206, PICTURE[start:end])
    assert answer.headers["content-range"] == f"bytes {start}-{end - 1}/768000"
    assert answer.headers["content-length"] == str(end - start)


async def test_range_counts_bytes_of_the_file_and_not_of_a_compressed_variant(static: StaticFiles, get: Get) -> None:
    answer = await get(static.url("core/live.js"), range="bytes=5-9", accept_encoding="br")

    assert answer.body == LIVE_JS[5:10]
    assert "content-encoding" not in answer.headers


@pytest.mark.parametrize("asked", ["bytes=768000-", "bytes=900000-900001", "bytes=-0"])
async def test_range_behind_the_end_is_refused(static: StaticFiles, get: Get, asked: str) -> None:
    answer = await get(static.url("img/arms.png"), range=asked)

    assert (answer.status, answer.body) == (416, b"")
    assert answer.headers["content-range"] == "bytes */768000"


@pytest.mark.parametrize(
    "asked", ["bytes=-", "bytes=9-3", "bytes=0-1,5-6", "lines=1-2", "bytes=a-b", "bytes=--1", "0-1"]
)
async def test_range_that_makes_no_sense_is_ignored(static: StaticFiles, get: Get, asked: str) -> None:
    answer = await get(static.url("img/arms.png"), range=asked)

    assert (answer.status, answer.body) == (200, PICTURE)


async def test_range_of_content_that_has_changed_is_not_sent(static: StaticFiles, get: Get) -> None:
    url = static.url("img/arms.png")
    etag = (await get(url)).headers["etag"]

    same = await get(url, range="bytes=0-4", if_range=etag)
    other = await get(url, range="bytes=0-4", if_range='"other"')

    assert (same.status, same.body) == (206, PICTURE[:5])
    assert (other.status, other.body) == (200, PICTURE)


def test_range_of_an_empty_file_is_refused() -> None:
    with pytest.raises(UnsatisfiableRangeError):
        requested_range("bytes=0-", 0)


async def test_empty_file_is_sent(static: StaticFiles, get: Get) -> None:
    answer = await get(static.url("core/empty.js"))

    assert (answer.status, answer.body, answer.headers["content-length"]) == (200, b"", "0")


@pytest.mark.parametrize(
    "path",
    [
        "/static/",
        "/static/core",
        "/static/core/",
        "/static/missing.js",
        "/static/core/live.000000000000.js",
        "/static/../outside.txt",
        "/static/core/../../outside.txt",
        "/static//core/live.js",
        "/static/core/./live.js",
        "/static/%2e%2e/outside.txt",
        "/static/%2e%2e%2foutside.txt",
        "/static/..%5coutside.txt",
        "/static/core%2flive.js",
        "/static/%63ore/live.js",
        "/static/core/live.js%00",
        "/static/%c0%ae%c0%ae/outside.txt",
        "/static/%252e%252e/outside.txt",
        "/static//etc/passwd",
        "/static/.hidden/secret.js",
        "/static/core/LIVE.js",
    ],
)
async def test_path_that_is_no_file_of_ours_is_not_found(get: Get, path: str) -> None:
    answer = await get(path)

    assert (answer.status, answer.body) == (404, b"There is no such file.\n")


async def test_head_of_a_missing_file_has_no_body(get: Get) -> None:
    answer = await get("/static/missing.js", "HEAD")

    assert (answer.status, answer.body) == (404, b"")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
async def test_other_methods_are_refused(get: Get, method: str) -> None:
    answer = await get("/static/core/live.js", method)

    assert (answer.status, answer.body) == (405, b"")
    assert answer.headers["allow"] == "GET, HEAD"


async def test_everything_else_goes_to_the_application(get: Get) -> None:
    assert (await get("/")).status == 299
    assert (await get("/staticfiles")).status == 299


def test_variant_that_was_cut_short_is_made_again(folder: Path, tmp_path: Path) -> None:
    cache = tmp_path / "other-cache"
    url = StaticFiles(folder, cache).url("core/live.js")
    cached = cache / url.removeprefix("/static/")
    # Killed after a variant was begun: the file itself, which is stored last, is not there.
    cached.unlink()
    variant = cached.with_name(cached.name + ".br")
    variant.write_bytes(b"half")

    StaticFiles(folder, cache)

    assert brotli.decompress(variant.read_bytes()) == LIVE_JS
    assert [path.name for path in cache.rglob(".storing-*")] == []
