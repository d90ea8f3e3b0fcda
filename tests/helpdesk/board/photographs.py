"""Pictures as cameras and editors write them, with all that they put into their files."""

from __future__ import annotations

from io import BytesIO

from PIL import Image
from PIL.ImageCms import ImageCmsProfile, createProfile
from PIL.PngImagePlugin import PngInfo

SECRET = b"Rue des Lilas 12"
"""What a file says of its place, in every way it can."""
RED, BLUE = (220, 30, 30), (30, 30, 220)
_ORIENTATION, _MAKE, _GPS = 0x0112, 0x010F, 0x8825


def half_red_half_blue(width: int, height: int) -> Image.Image:
    """Red on the left, blue on the right."""
    drawn = Image.new("RGB", (width, height), RED)
    drawn.paste(BLUE, (width // 2, 0, width, height))
    return drawn


def photograph(kind: str = "JPEG", size: tuple[int, int] = (400, 200), orientation: int = 1) -> bytes:
    """A picture with EXIF (GPS among it), XMP, a comment or text chunks, and a colour profile."""
    exif = Image.Exif()
    exif[_ORIENTATION] = orientation
    exif[_MAKE] = SECRET.decode()
    exif.get_ifd(_GPS).update({1: "N", 2: (48.0, 59.0, 24.36), 3: "E", 4: (2.0, 9.0, 36.36), 29: SECRET.decode()})
    texts = PngInfo()
    texts.add_text("Comment", SECRET.decode())
    texts.add_itxt("XML:com.adobe.xmp", f"<x:xmpmeta>{SECRET.decode()}</x:xmpmeta>")
    xmp = b"<x:xmpmeta>" + SECRET + b"</x:xmpmeta>"
    more: dict[str, object] = {"pnginfo": texts} if kind == "PNG" else {"xmp": xmp}
    if kind == "JPEG":
        more["comment"] = SECRET
    file = BytesIO()
    profile = ImageCmsProfile(createProfile("sRGB")).tobytes()
    half_red_half_blue(*size).save(file, kind, exif=exif, icc_profile=profile, **more)
    return file.getvalue()
