"""A picture that somebody sends, written anew: the same sight, and nothing else that its file held."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageOps, UnidentifiedImageError

from portal.errors import InvalidInput
from portal.i18n import lazy

LARGEST_PICTURE = 8 * 1024 * 1024
"""Bytes of a picture as it is sent: a telephone's photograph has three to six million."""
MOST_PIXELS = 40_000_000
"""What is decoded at most, however few bytes it has: 160 MB of memory for the moment that it takes."""
LONGEST_SIDE = 1600
"""Pixels of a picture as it is kept."""
QUALITY = 80
MEDIA_TYPE = "image/webp"
"""Of every picture that is kept."""

_FORMATS = ("JPEG", "PNG", "WEBP")
_BROKEN = (OSError, SyntaxError, ValueError, IndexError, KeyError, EOFError, OverflowError, struct.error)
"""What Pillow raises for files that are broken or made to break it."""


@dataclass(frozen=True)
class CleanPicture:
    """A WebP file without metadata, and its size in pixels."""

    content: bytes
    width: int
    height: int


def clean_picture(content: bytes) -> CleanPicture:
    """The picture upright, small enough for a page, and free of where and with what it was taken.

    Only pixels are carried over: EXIF, XMP, IPTC, text chunks, colour profiles, comments, previews and further frames
    stay behind. Raises `InvalidInput` for what is no JPEG, PNG or WebP, is broken, or has too many bytes or pixels.
    """
    if len(content) > LARGEST_PICTURE:
        raise _refused(lazy("This picture has more than 8 megabytes."))
    try:
        with Image.open(BytesIO(content), formats=_FORMATS) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                raise _refused(lazy("This picture has more than 40 million pixels."))
            return _written(_upright(opened))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _refused(lazy("This picture has more than 40 million pixels.")) from None
    except UnidentifiedImageError:
        raise _refused(lazy("Please choose a picture: JPEG, PNG or WebP.")) from None
    except _BROKEN:
        raise _refused(lazy("This picture cannot be read. Please choose another one.")) from None


def _upright(opened: Image.Image) -> Image.Image:
    # A JPEG is decoded at a fraction of its size where that is enough; other formats know no such thing.
    opened.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
    opened.load()
    shown = ImageOps.exif_transpose(opened)
    pixels = shown.convert("RGBA" if shown.has_transparency_data else "RGB")
    pixels.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    return pixels


def _written(pixels: Image.Image) -> CleanPicture:
    # An image made here has no metadata that a writer could carry along.
    bare = Image.frombytes(pixels.mode, pixels.size, pixels.tobytes())
    file = BytesIO()
    bare.save(file, "WEBP", quality=QUALITY)
    return CleanPicture(file.getvalue(), bare.width, bare.height)


def _refused(words: str) -> InvalidInput:
    return InvalidInput(fields={"file": words})
