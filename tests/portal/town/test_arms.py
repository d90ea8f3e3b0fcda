"""The arms: a drawing, and nothing that could do anything."""

import struct
import zlib

import pytest

from portal.town.model.arms import MAX_BYTES, BadArms, clean_arms
from portal.town.service.demo import ARMS

SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 9 9">{}</svg>'


def cleaned(inside: str) -> str:
    return clean_arms(SVG.format(inside).encode()).content.decode()


def test_drawing_stays_as_it_is() -> None:
    text = cleaned('<g fill="#123456"><path d="M0 0h9v9z" stroke-width="2"/><use href="#a"/></g><title>Armes</title>')

    for kept in ('fill="#123456"', 'd="M0 0h9v9z"', 'stroke-width="2"', 'href="#a"', "<title>Armes</title>"):
        assert kept in text


@pytest.mark.parametrize(
    "inside",
    [
        "<script>alert(1)</script>",
        '<path onload="alert(1)" d="M0 0"/>',
        '<a href="javascript:alert(1)"><path d="M0 0"/></a>',
        '<use xlink:href="https://elsewhere.example/x.svg#alert"/>',
        '<use href="data:image/svg+xml,alert"/>',
        '<image href="https://elsewhere.example/alert.png"/>',
        "<style>path{fill:url(https://elsewhere.example/alert)}</style>",
        '<path style="fill:url(https://elsewhere.example/alert)"/>',
        '<path fill="url( https://elsewhere.example/alert )"/>',
        '<foreignObject><body xmlns="http://www.w3.org/1999/xhtml">alert</body></foreignObject>',
        '<animate attributeName="href" values="javascript:alert(1)"/>',
        '<set attributeName="onmouseover" to="alert(1)"/>',
        "<!-- alert --><?alert x?>",
        '<x:script xmlns:x="http://www.w3.org/2000/svg">alert(1)</x:script>',
    ],
)
def test_what_could_act_or_fetch_is_gone(inside: str) -> None:
    assert "alert" not in cleaned(inside)


def test_style_declarations_become_attributes() -> None:
    assert 'fill="#abc"' in cleaned('<path style="fill:#abc;-inkscape-stroke:none" d="M0 0"/>')


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<svg",
        b"<html xmlns='http://www.w3.org/1999/xhtml'/>",
        b"GIF89a",
        b'<!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><svg xmlns="http://www.w3.org/2000/svg">&b;</svg>',
        b'<!DOCTYPE svg SYSTEM "file:///etc/passwd"><svg xmlns="http://www.w3.org/2000/svg"/>',
        SVG.format("<g>" * 50 + "</g>" * 50).encode(),
        SVG.format("<g/>" * 6000).encode(),
        b" " * (MAX_BYTES + 1),
    ],
)
def test_picture_that_is_none_is_refused(content: bytes) -> None:
    with pytest.raises(BadArms):
        clean_arms(content)


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(*extra: bytes, width: int = 1) -> bytes:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, 1, 8, 0, 0, 0, 0))
    return b"".join(
        [b"\x89PNG\r\n\x1a\n", head, *extra, chunk(b"IDAT", zlib.compress(b"\x00\x00")), chunk(b"IEND", b"")]
    )


def test_png_loses_its_metadata_and_what_is_hung_on_behind() -> None:
    found = clean_arms(png(chunk(b"tEXt", b"Author\x00Claire"), chunk(b"eXIf", b"gps")) + b"<script>")

    assert (found.media_type, found.content) == ("image/png", png())


@pytest.mark.parametrize("content", [png()[:-4], png(width=9000), png().replace(b"IDAT", b"IDAX"), png()[:8]])
def test_png_that_is_broken_or_huge_is_refused(content: bytes) -> None:
    with pytest.raises(BadArms):
        clean_arms(content)


def test_arms_of_the_demo_town_lose_nothing_that_is_drawn() -> None:
    before, after = ARMS.read_text(), clean_arms(ARMS.read_bytes()).content.decode()

    assert after.count("<path") == before.count("<path")
    assert 'clip-path="url(#shield)"' in after
