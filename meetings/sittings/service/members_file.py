"""A file of members, as a clerk saves it from a spreadsheet: a heading line, then a line for each mandate."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator

from meetings.sittings.model import MandateFunction
from meetings.sittings.model.body import GROUP_LENGTH
from portal.errors import InvalidInput, fields_of
from portal.i18n import lazy

LARGEST_FILE = 200_000
"""Bytes of a file of members."""
HIGHEST_RANK = 9_999
COLUMNS = {
    "courriel": "email",
    "e-mail": "email",
    "fonction": "function",
    "groupe": "group",
    "rang": "rank",
    "depuis": "since",
    "jusqu'au": "until",
    "papier": "paper",
    **{name: name for name in ("email", "function", "group", "rank", "since", "until", "paper")},
}
"""What a column is called, in French or in the words of the API."""
NEEDED = frozenset({"email", "rank", "since"})
FUNCTIONS = {
    "président": MandateFunction.CHAIR,
    "présidente": MandateFunction.CHAIR,
    "maire": MandateFunction.CHAIR,
    "adjoint": MandateFunction.DEPUTY,
    "adjointe": MandateFunction.DEPUTY,
    "vice-président": MandateFunction.DEPUTY,
    "vice-présidente": MandateFunction.DEPUTY,
    "membre": MandateFunction.MEMBER,
    "conseiller": MandateFunction.MEMBER,
    "conseillère": MandateFunction.MEMBER,
    **{function.value: function for function in MandateFunction},
}
"""As files name them, in French or in the words of the rules."""
SAMPLE = (
    ("courriel", "fonction", "groupe", "rang", "depuis", "jusqu'au", "papier"),
    ("maire@commune.example", "maire", "Vivre ici", "1", "22/03/2026", "", "non"),
    ("adjointe@commune.example", "adjointe", "Vivre ici", "2", "22/03/2026", "", "non"),
    ("conseiller@commune.example", "conseiller", "", "3", "22/03/2026", "", "oui"),
)
"""A file to begin with."""

Group = Annotated[str, StringConstraints(strip_whitespace=True, max_length=GROUP_LENGTH)]


class MemberRow(BaseModel):
    """One line of a file of members."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    email: Annotated[str, StringConstraints(strip_whitespace=True, to_lower=True, min_length=3, max_length=254)]
    function: MandateFunction = MandateFunction.MEMBER
    group: Group = ""
    rank: Annotated[int, Field(ge=1, le=HIGHEST_RANK)]
    since: date
    until: date | None = None
    paper: bool = False

    @field_validator("function", mode="before")
    @classmethod
    def known_function(cls, value: object) -> object:
        """Take the words that town halls use."""
        return FUNCTIONS.get(str(value).strip().lower() or "member", value)

    @field_validator("since", "until", mode="before")
    @classmethod
    def day(cls, value: object) -> object:
        """A day as spreadsheets write it in France, 22/03/2026, or after ISO 8601; an empty cell is none."""
        if not isinstance(value, str):
            return value
        try:
            return datetime.strptime(value.strip(), "%d/%m/%Y").date()  # noqa: DTZ007 - a civil day
        except ValueError:
            return value.strip() or None

    @field_validator("paper", mode="before")
    @classmethod
    def yes_or_no(cls, value: object) -> object:
        """“oui” or “non”; an empty cell means no."""
        return {"oui": True, "non": False, "": False}.get(str(value).strip().lower(), value)


@dataclass(frozen=True)
class LineFault:
    """What is wrong in one line. `number` counts from 1, the heading line included; `value` is what stands there."""

    number: int
    column: str
    """Its name in `MemberRow`; empty for the line as a whole."""
    value: str
    because: str


class FaultyFileError(InvalidInput):
    """A file with lines that cannot be taken: all of them are named, and none of the others counts."""

    def __init__(self, faults: Sequence[LineFault] = (), because: str = "") -> None:
        """`because` is what is wrong with the file as a whole."""
        super().__init__(fields={"file": because or lazy("Correct these lines. Nothing has been changed.")})
        self.faults = tuple(faults)


@dataclass(frozen=True)
class MembersFile:
    """The lines that can be read, by their numbers, and what is wrong with the others."""

    rows: Mapping[int, MemberRow]
    faults: tuple[LineFault, ...]


def read_members(data: bytes) -> MembersFile:
    """Read a CSV file: a heading line, comma or semicolon, UTF-8 or Windows-1252 as spreadsheets write them.

    Raises `FaultyFileError` for what is no such file.
    """
    if len(data) > LARGEST_FILE:
        raise FaultyFileError(because=lazy("This file is larger than a list of members."))
    rows: dict[int, MemberRow] = {}
    faults: list[LineFault] = []
    for number, cells in _lines(data):
        try:
            rows[number] = MemberRow.model_validate(cells)
        except ValidationError as error:
            faults += [LineFault(number, name, cells.get(name, ""), why) for name, why in fields_of(error).items()]
    return MembersFile(rows, tuple(faults))


def _lines(data: bytes) -> Iterator[tuple[int, dict[str, str]]]:
    """The filled lines with their numbers, by column."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
    delimiter = ";" if ";" in text.partition("\n")[0] else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        names = [COLUMNS.get(name.strip().lower().replace("’", "'"), "") for name in next(reader, [])]
        if not set(names) >= NEEDED or "" in names or len(set(names)) < len(names):
            raise FaultyFileError(because=lazy("The first line must name the columns, as in the sample file."))
        for cells in reader:
            if len(cells) > len(names):
                raise FaultyFileError([_unreadable(reader.line_num)])
            if any(cell.strip() for cell in cells):
                yield reader.line_num, dict(zip(names, cells, strict=False))
    except csv.Error as error:
        raise FaultyFileError([_unreadable(reader.line_num)]) from error


def _unreadable(number: int) -> LineFault:
    return LineFault(number, "", "", lazy("More cells than columns, or a quotation mark that is not closed."))


def sample_file() -> bytes:
    """`SAMPLE` as spreadsheets in France open it."""
    written = io.StringIO()
    csv.writer(written, delimiter=";", lineterminator="\r\n").writerows(SAMPLE)
    return written.getvalue().encode("utf-8-sig")
