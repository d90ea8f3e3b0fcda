"""What the town's forms hold, checked field by field."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from portal.errors import InvalidInput
from portal.i18n import lazy
from portal.town.colours import Colour
from portal.town.grid import Place
from portal.town.service import CategoryEntry, Profile

NAME_LENGTH = 80
MAX_ROWS = 60
ICONS = {
    "basket": lazy("basket"),
    "medicine": lazy("medicine box"),
    "meal": lazy("bowl"),
    "mask": lazy("mask"),
    "car": lazy("car"),
    "papers": lazy("sheet of paper"),
    "computer": lazy("computer"),
    "company": lazy("cup"),
    "child": lazy("child"),
    "pet": lazy("paw"),
    "tool": lazy("spanner"),
    "heart": lazy("heart"),
    "hand": lazy("hand"),
    "home": lazy("house"),
    "phone": lazy("telephone"),
    "people": lazy("people"),
    "calendar": lazy("calendar"),
    "chat": lazy("speech bubble"),
}
"""Pictures of static/icons/sprite.svg that a category may have, and what they show."""

_MAIL = re.compile(r"[^@\s]{1,64}@[^@\s]+\.[^@\s.]{2,}")
_PHONE = re.compile(r"\+?[\d .()-]{4,30}")


def _degrees(limit: float) -> AfterValidator:
    def read(text: str) -> str:
        try:
            value = float(text.replace(",", "."))
        except ValueError:
            value = float("nan")
        if not -limit <= value <= limit:
            raise ValueError(lazy("Please give degrees with decimals, such as 48.9912."))
        return repr(value)

    return AfterValidator(read)


def _matches(pattern: re.Pattern[str], sentence: str) -> AfterValidator:
    def check(text: str) -> str:
        if not pattern.fullmatch(text):
            raise ValueError(sentence)
        return text

    return AfterValidator(check)


def _colour(text: str) -> str:
    try:
        return Colour.parse(text).hex
    except InvalidInput as error:
        raise ValueError(error.fields["colour"]) from None


Lat = Annotated[str, StringConstraints(max_length=24), _degrees(90)]
Lon = Annotated[str, StringConstraints(max_length=24), _degrees(180)]
HexColour = Annotated[str, StringConstraints(max_length=7), AfterValidator(_colour)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=NAME_LENGTH)]
Mail = Annotated[
    str, StringConstraints(max_length=254), _matches(_MAIL, lazy("This is no e-mail address, such as nom@exemple.fr."))
]
Phone = Annotated[str, StringConstraints(max_length=30), _matches(_PHONE, lazy("This is no telephone number."))]


class Form(BaseModel):
    """A form of this slice: nothing but its fields."""

    model_config = ConfigDict(extra="forbid")


class ProfileForm(Form):
    """Name, colours, centre and contact."""

    seen: Annotated[int, Field(ge=0, le=2**31)]
    name: Name
    primary: HexColour
    accent: HexColour
    lat: Lat
    lon: Lon
    email: Mail | None = None
    phone: Phone | None = None
    address: Annotated[str, StringConstraints(max_length=300)] = ""

    def profile(self) -> Profile:
        """As the service takes it."""
        return Profile(
            name=self.name,
            primary=Colour.parse(self.primary),
            accent=Colour.parse(self.accent),
            centre=Place(float(self.lat), float(self.lon)),
            email=self.email or "",
            phone=self.phone or "",
            address=" ".join(self.address.split()),
        )


class SetUpForm(Form):
    """The first visit: the town's name and centre, and its first administrator."""

    code: Annotated[str, StringConstraints(max_length=100)]
    name: Name
    lat: Lat
    lon: Lon
    person: Annotated[str, StringConstraints(min_length=2, max_length=NAME_LENGTH)]
    email: Mail
    password: Annotated[str, StringConstraints(max_length=1000)]

    @property
    def centre(self) -> Place:
        """The middle of the town's map."""
        return Place(float(self.lat), float(self.lon))


def category_rows(form: Mapping[str, str]) -> list[CategoryEntry]:
    """The lines of the list of categories, in the order that their numbers ask for. Raises `InvalidInput`.

    Line n has the fields ``code-n``, ``fr-n``, ``en-n``, ``icon-n``, ``order-n`` and, when ticked, ``active-n``.
    A line without a code and a name is the empty one for a new category.
    """
    entries: list[tuple[int, int, CategoryEntry]] = []
    for line in range(MAX_ROWS):
        if f"fr-{line}" not in form:
            break
        code, french = form.get(f"code-{line}", "")[:26], form[f"fr-{line}"].strip()
        if code or french:
            entries.append((_order(form, line), line, _entry(form, line, code, french)))
    return [entry for _order_asked, _line, entry in sorted(entries, key=lambda item: item[:2])]


def _order(form: Mapping[str, str], line: int) -> int:
    text = form.get(f"order-{line}", "")
    return int(text) if re.fullmatch(r"\d{1,3}", text, re.ASCII) else 999


def _entry(form: Mapping[str, str], line: int, code: str, french: str) -> CategoryEntry:
    english, icon = form.get(f"en-{line}", "").strip(), form.get(f"icon-{line}", "")
    for name, is_wrong in (("fr", not 0 < len(french) <= NAME_LENGTH), ("en", len(english) > NAME_LENGTH)):
        if is_wrong:
            raise InvalidInput(fields={f"{name}-{line}": lazy("A name has 1 to 80 letters.")})
    if icon not in ICONS:
        raise InvalidInput(fields={f"icon-{line}": lazy("Please choose one of the pictures.")})
    return CategoryEntry(code or None, french, english, icon, active=f"active-{line}" in form)
