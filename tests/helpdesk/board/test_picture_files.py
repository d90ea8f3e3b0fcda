"""A picture that is sent is written anew: upright, small, and with nothing in it but what is to be seen."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO

import pytest
from PIL import Image

from helpdesk.board.model.picture_file import LARGEST_PICTURE, LONGEST_SIDE, clean_picture
from portal.errors import InvalidInput
from tests.helpdesk.board.photographs import BLUE, RED, SECRET, photograph

every_kind = pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])


def opened(content: bytes) -> Image.Image:
    found = Image.open(BytesIO(content))
    found.load()
    return found


def is_near(pixel: object, wanted: tuple[int, int, int]) -> bool:
    assert isinstance(pixel, tuple)
    return all(abs(is_ - wants) < 40 for is_, wants in zip(pixel, wanted, strict=True))


def png_of(width: int, height: int) -> bytes:
    """A PNG that says it is so large, in a hundred bytes."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


@every_kind
def test_nothing_that_the_file_said_is_left(kind: str) -> None:
    sent = photograph(kind)
    assert opened(sent).getexif().get_ifd(0x8825)[4] == (2.0, 9.0, 36.36)
    assert SECRET in sent

    clean = clean_picture(sent)

    kept = opened(clean.content)
    assert (kept.format, kept.size) == ("WEBP", (400, 200))
    assert dict(kept.getexif()) == {}
    assert {"exif", "xmp", "icc_profile", "comment", "Comment"}.isdisjoint(kept.info)
    for mark in (SECRET, b"EXIF", b"XMP ", b"ICCP", b"xmpmeta"):
        assert mark not in clean.content


def test_what_the_reader_of_a_png_finds_after_its_pixels_is_left_behind_too() -> None:
    sent = photograph("PNG")
    end = sent.rindex(b"IEND") - 4
    late = b"tEXt" + b"Comment\0" + SECRET
    chunk = struct.pack(">I", len(late) - 4) + late + struct.pack(">I", zlib.crc32(late))

    clean = clean_picture(sent[:end] + chunk + sent[end:] + SECRET)

    assert SECRET not in clean.content


@every_kind
def test_orientation_is_applied_to_the_pixels(kind: str) -> None:
    clean = clean_picture(photograph(kind, orientation=6))

    kept = opened(clean.content).convert("RGB")
    assert (clean.width, clean.height) == kept.size == (200, 400)
    assert is_near(kept.getpixel((100, 40)), RED)
    assert is_near(kept.getpixel((100, 360)), BLUE)


@every_kind
def test_large_picture_becomes_as_large_as_a_page_needs(kind: str) -> None:
    clean = clean_picture(photograph(kind, (3600, 1800)))

    assert (clean.width, clean.height) == (LONGEST_SIDE, LONGEST_SIDE // 2)


@pytest.mark.parametrize("mode", ["L", "LA", "P", "RGBA", "1", "I;16", "CMYK"])
def test_every_kind_of_pixels_is_understood(mode: str) -> None:
    file = BytesIO()
    Image.new(mode, (40, 20)).save(file, "JPEG" if mode == "CMYK" else "PNG")

    kept = opened(clean_picture(file.getvalue()).content)

    assert kept.size == (40, 20)
    # A WebP whose pixels are all opaque need not say so.
    assert kept.mode in ({"RGB", "RGBA"} if mode in {"LA", "RGBA"} else {"RGB"})


def test_picture_with_too_many_pixels_is_refused_before_it_is_decoded() -> None:
    # The pixels that the files speak of are not there: whoever decoded them would say that they are broken.
    for width, height in ((8000, 5001), (10_000, 9_500), (60_000, 60_000)):
        with pytest.raises(InvalidInput) as refused:
            clean_picture(png_of(width, height))
        assert "40 million pixels" in refused.value.fields["file"]


def test_what_is_no_picture_or_broken_or_too_large_is_refused_in_words() -> None:
    animated, tiff, svg = BytesIO(), BytesIO(), b'<svg xmlns="http://www.w3.org/2000/svg"/>'
    Image.new("P", (9, 9)).save(animated, "GIF")
    Image.new("RGB", (9, 9)).save(tiff, "TIFF")
    jpeg, png = photograph(), photograph("PNG")
    inflates = b"zTXt" + b"Comment\0\0" + zlib.compress(bytes(80_000_000))
    text_bomb = png[:33] + struct.pack(">I", len(inflates) - 4) + inflates
    text_bomb += struct.pack(">I", zlib.crc32(inflates)) + png[33:]

    for content, words in (
        (b"", "JPEG, PNG or WebP"),
        (svg, "JPEG, PNG or WebP"),
        (animated.getvalue(), "JPEG, PNG or WebP"),
        (tiff.getvalue(), "JPEG, PNG or WebP"),
        (jpeg[: len(jpeg) * 3 // 4], "cannot be read"),
        (png_of(30, 30), "cannot be read"),
        (text_bomb, "cannot be read"),
        (bytes(LARGEST_PICTURE + 1), "8 megabytes"),
    ):
        with pytest.raises(InvalidInput) as refused:
            clean_picture(content)
        assert words in refused.value.fields["file"]
