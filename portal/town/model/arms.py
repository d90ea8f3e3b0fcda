"""The town's arms as an uploaded picture: nothing in them but the drawing.

An SVG is rewritten from a list of drawing elements and attributes, so that no script, link, style sheet or outside
address survives; a PNG keeps its picture chunks (PNG specification, section 11) and loses its metadata.
"""

from __future__ import annotations

import re
import struct
import zlib
from dataclasses import dataclass
from xml.etree import ElementTree as ET
from xml.parsers import expat

from portal.errors import InvalidInput
from portal.i18n import lazy

MAX_BYTES = 200 * 1024
MAX_ELEMENTS = 5000
MAX_DEPTH = 40
MAX_PIXELS = 2048
SVG_NAMESPACE = "http://www.w3.org/2000/svg"
_XLINK = "{http://www.w3.org/1999/xlink}href"

_ELEMENT_NAMES = (
    "svg g defs symbol use title desc path rect circle ellipse line polyline polygon text tspan clipPath mask pattern"
    " linearGradient radialGradient stop"
)
_ELEMENTS = frozenset(_ELEMENT_NAMES.split())
_ATTRIBUTE_NAMES = (
    "id class d x y x1 y1 x2 y2 cx cy r rx ry fx fy dx dy width height points transform viewBox preserveAspectRatio"
    " fill fill-opacity fill-rule clip-rule stroke stroke-width stroke-opacity stroke-linecap stroke-linejoin"
    " stroke-miterlimit stroke-dasharray stroke-dashoffset opacity color stop-color stop-opacity offset gradientUnits"
    " gradientTransform spreadMethod patternUnits patternContentUnits patternTransform clip-path clipPathUnits mask"
    " maskUnits maskContentUnits font-family font-size font-weight font-style text-anchor letter-spacing display"
    " visibility vector-effect version"
)
_ATTRIBUTES = frozenset(_ATTRIBUTE_NAMES.split())
_STYLES = _ATTRIBUTES - {"id", "class", "d", "points", "transform", "viewBox"}
_OWN_REFERENCE = re.compile(r"#[\w.:-]+")
_URL = re.compile(r"url\(\s*['\"]?(?!#)", re.IGNORECASE)
_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PNG_CHUNKS = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"})


class BadArms(InvalidInput):
    """The picture cannot be used."""

    code = "bad-arms"
    text = lazy("The arms must be an SVG or PNG picture of at most 200 kB.")


@dataclass(frozen=True)
class Arms:
    """A cleaned picture, ready to be served."""

    media_type: str
    content: bytes


def clean_arms(content: bytes) -> Arms:
    """The picture without anything else. Raises `BadArms`."""
    if not 0 < len(content) <= MAX_BYTES:
        raise BadArms
    if content.startswith(_PNG_SIGNATURE):
        return Arms("image/png", _clean_png(content))
    return Arms("image/svg+xml", _clean_svg(content))


def _clean_svg(content: bytes) -> bytes:
    root = _rewritten(_parse(content), depth=0)
    if root is None or root.tag != f"{{{SVG_NAMESPACE}}}svg":
        raise BadArms
    ET.register_namespace("", SVG_NAMESPACE)
    drawing: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return drawing


def _parse(content: bytes) -> ET.Element:
    """The document's tree. A document type is refused: entities in it can swell without bound or read files."""
    builder = ET.TreeBuilder()
    parser = expat.ParserCreate(namespace_separator="}")
    seen = 0

    def begin(name: str, attributes: dict[str, str]) -> None:
        nonlocal seen
        seen += 1
        if seen > MAX_ELEMENTS:
            raise BadArms
        builder.start(_braced(name), {_braced(key): value for key, value in attributes.items()})

    def refuse(*_arguments: object) -> None:
        raise BadArms

    parser.StartElementHandler = begin
    parser.EndElementHandler = lambda name: builder.end(_braced(name))
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(content, True)
        return builder.close()
    except (expat.ExpatError, AssertionError, ValueError) as error:
        raise BadArms from error


def _braced(name: str) -> str:
    return f"{{{name}" if "}" in name else name


def _rewritten(element: ET.Element, depth: int) -> ET.Element | None:
    namespace, _, name = element.tag.rpartition("}")
    if depth > MAX_DEPTH:
        raise BadArms
    if namespace not in {"", f"{{{SVG_NAMESPACE}"} or name not in _ELEMENTS:
        return None
    clean = ET.Element(f"{{{SVG_NAMESPACE}}}{name}", _attributes(element))
    clean.text = element.text if name in {"text", "tspan", "title", "desc"} else None
    for child in element:
        kept = _rewritten(child, depth + 1)
        if kept is not None:
            kept.tail = child.tail if name in {"text", "tspan"} else None
            clean.append(kept)
    return clean


def _attributes(element: ET.Element) -> dict[str, str]:
    found = {}
    for name, value in element.attrib.items():
        if name in {"href", _XLINK} and _OWN_REFERENCE.fullmatch(value):
            found["href"] = value
        elif name == "style":
            found |= _declarations(value)
        elif name in _ATTRIBUTES and not _URL.search(value):
            found[name] = value
    return found


def _declarations(style: str) -> dict[str, str]:
    """Style declarations as the attributes of the same name, since a page's policy forbids the style attribute."""
    pairs = (part.partition(":") for part in style.split(";"))
    found = {name.strip().lower(): value.strip() for name, _, value in pairs}
    return {name: value for name, value in found.items() if name in _STYLES and value and not _URL.search(value)}


def _clean_png(content: bytes) -> bytes:
    kept = [_PNG_SIGNATURE]
    at = len(_PNG_SIGNATURE)
    kinds = []
    while at < len(content):
        if at + 12 > len(content):
            raise BadArms
        size, kind = struct.unpack_from(">I4s", content, at)
        chunk = content[at : at + 12 + size]
        if len(chunk) != 12 + size or zlib.crc32(chunk[4:-4]) != int.from_bytes(chunk[-4:], "big"):
            raise BadArms
        if kind in _PNG_CHUNKS:
            kept.append(chunk)
            kinds.append(kind)
        at += len(chunk)
        if kind == b"IEND":
            break
    if kinds[:1] != [b"IHDR"] or kinds[-1:] != [b"IEND"] or b"IDAT" not in kinds:
        raise BadArms
    width, height = struct.unpack_from(">II", kept[1], 8)
    if not (0 < width <= MAX_PIXELS and 0 < height <= MAX_PIXELS):
        raise BadArms
    return b"".join(kept)
