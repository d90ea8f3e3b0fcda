"""The Base Adresse Nationale's CSV export of a commune or a department: semicolons, UTF-8, one address a line.

Columns as of the "adresses" schema: id;id_fantoir;numero;rep;nom_voie;code_postal;code_insee;nom_commune;…;lon;lat;…
"""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO, TextIOWrapper
from typing import IO

from portal.errors import InvalidInput
from portal.i18n import _, lazy

REQUIRED = ("id", "numero", "rep", "nom_voie", "code_postal", "code_insee", "nom_commune", "lon", "lat")
NO_NUMBER = 99_999
"""Stands in for a number where a whole hamlet is meant."""

MAX_ROWS = 2_000_000
MAX_BYTES = 1 << 30
"""Of the file once unpacked: a department's is a tenth of that; a bomb is refused before it fills the memory."""
MAX_LINE = 4000
SHOWN_ERRORS = 20


@dataclass(frozen=True)
class BanAddress:
    """One address of the file."""

    id: str
    number: int
    repetition: str
    street: str
    postcode: str
    commune: str
    lat: float
    lon: float


@dataclass
class BanFile:
    """What was read: the commune's addresses, and how many lines were left out because they are none."""

    addresses: list[BanAddress] = field(default_factory=list)
    elsewhere: int = 0
    """Lines of other communes."""
    without_position: int = 0
    without_number: int = 0


class BadAddressFile(InvalidInput):
    """The file cannot be imported; `lines` says which lines are wrong and why. Nothing was changed."""

    code = "bad-address-file"
    text = lazy("This address file cannot be imported. Nothing has been changed.")

    def __init__(self, message: str, lines: tuple[str, ...] = ()) -> None:
        """`lines` are sentences, each with its line number."""
        super().__init__(message, fields={"file": "\n".join(lines)} if lines else None)
        self.lines = lines


def read_ban(content: bytes | IO[bytes], insee: str) -> BanFile:
    """The addresses of one commune, from a plain or a gzipped file. Raises `BadAddressFile`."""
    rows = _rows(content)
    header = next(rows, None)
    missing = [name for name in REQUIRED if header is None or name not in header[1]]
    if missing or header is None:
        names = ", ".join(missing)
        raise BadAddressFile(
            _("This is no address file of the Base Adresse Nationale: %(names)s missing.") % {"names": names}
        )
    at = {name: header[1].index(name) for name in REQUIRED}
    found, errors, seen = BanFile(), list[str](), set[str]()
    for line, row in rows:
        try:
            _take(row, at, insee, found, seen)
        except ValueError as error:
            errors.append(_("Line %(line)d: %(reason)s") % {"line": line, "reason": error})
            if len(errors) >= SHOWN_ERRORS:
                break
    if errors:
        raise BadAddressFile(_("Some lines of the address file are wrong. Nothing has been changed."), tuple(errors))
    if not found.addresses:
        raise BadAddressFile(_("The file has no address of the commune %(insee)s.") % {"insee": insee})
    return found


def _rows(content: bytes | IO[bytes]) -> Iterator[tuple[int, list[str]]]:
    """Numbered lines, split. Whatever breaks on the way is a `BadAddressFile`."""
    raw: IO[bytes] = BytesIO(content) if isinstance(content, bytes) else content
    start = raw.read(2)
    raw.seek(0)
    stream = gzip.GzipFile(fileobj=raw) if start == b"\x1f\x8b" else raw
    with TextIOWrapper(stream, encoding="utf-8-sig", newline="") as text:
        reader = csv.reader(_bounded(text), delimiter=";")
        try:
            for row in reader:
                if row:
                    yield reader.line_num, row
        except (OSError, EOFError, UnicodeDecodeError, csv.Error) as error:
            line = reader.line_num + 1
            raise BadAddressFile(_("The file cannot be read beyond line %(line)d.") % {"line": line}) from error


def _bounded(text: TextIOWrapper) -> Iterator[str]:
    size = 0
    for number, line in enumerate(iter(lambda: text.readline(MAX_LINE + 1), "")):
        size += len(line)
        if number > MAX_ROWS or size > MAX_BYTES or len(line) > MAX_LINE:
            raise BadAddressFile(_("The file is too large for the addresses of a town."))
        yield line


def _take(row: list[str], at: dict[str, int], insee: str, found: BanFile, seen: set[str]) -> None:
    """Add a line's address to what was found. Raises ValueError with a reason for the person."""
    if len(row) <= max(at.values()):
        raise ValueError(_("it has too few columns."))
    cell = {name: row[index].strip() for name, index in at.items()}
    if cell["code_insee"] != insee:
        found.elsewhere += 1
        return
    if not cell["numero"].isascii() or not cell["numero"].isdecimal():
        raise ValueError(_("“%(value)s” is no house number.") % {"value": cell["numero"][:20]})
    number = int(cell["numero"][:9])
    if number >= NO_NUMBER:
        found.without_number += 1
    elif not cell["lat"] or not cell["lon"]:
        found.without_position += 1
    else:
        found.addresses.append(_address(cell, number, seen))


def _address(cell: dict[str, str], number: int, seen: set[str]) -> BanAddress:
    if not 0 < len(cell["id"]) <= 64 or not 0 < len(cell["nom_voie"]) <= 120 or len(cell["nom_commune"]) > 80:
        raise ValueError(_("its id, street or commune is missing or too long."))
    if cell["id"] in seen:
        raise ValueError(_("the id %(id)s stands there twice.") % {"id": cell["id"]})
    seen.add(cell["id"])
    return BanAddress(
        id=cell["id"],
        number=number,
        repetition=cell["rep"].lower()[:10],
        street=cell["nom_voie"],
        postcode=cell["code_postal"][:5],
        commune=cell["nom_commune"],
        lat=_degrees(cell["lat"], 90),
        lon=_degrees(cell["lon"], 180),
    )


def _degrees(text: str, limit: float) -> float:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not -limit <= value <= limit:
        raise ValueError(_("“%(value)s” is no coordinate in degrees.") % {"value": text[:20]})
    return value
