"""Names and addresses in the one form in which they are compared: handles, e-mail addresses, words to search for."""

from __future__ import annotations

import re
import unicodedata

from portal.i18n import lazy

HANDLE_LENGTH = 40

RESERVED_HANDLES = frozenset(
    {"admin", "administrateur", "administration", "ccas", "conseil", "maire", "mairie", "moderation", "parvis", "town"}
)
"""Handles that would pass for the town itself."""

_LIGATURES = str.maketrans(
    {"œ": "oe", "Œ": "oe", "æ": "ae", "Æ": "ae", "ß": "ss", "ø": "o", "Ø": "o", "ł": "l", "Ł": "l"}
)

NOT_AN_ADDRESS = lazy("Please check the address. It should look like name@example.fr.")

_EMAIL_LOCAL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}")
_EMAIL_DOMAIN = re.compile(
    r"(?=.{1,190}\Z)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*"
)


def plain(text: str) -> str:
    """The text without accents or capitals, for comparing and searching: ``Hélène`` is found as ``helene``."""
    decomposed = unicodedata.normalize("NFKD", text.translate(_LIGATURES))
    return "".join(char for char in decomposed if not unicodedata.combining(char)).casefold()


def handle_from(name: str) -> str:
    """What a name suggests for the part before @ in ``name@town``: ``Élise d'Aubigné`` gives ``elise-d-aubigne``."""
    words = re.findall(r"[a-z0-9]+", plain(name))
    return "-".join(words)[: HANDLE_LENGTH - 6].strip("-") or "person"


def clean_text(text: str) -> str:
    """Composed characters, single spaces, nothing invisible: a name must be what it looks like. Raises `ValueError`."""
    found = " ".join(unicodedata.normalize("NFC", text).split())
    # Control, format (bidirectional overrides, zero width) and unassigned characters.
    if any(unicodedata.category(char).startswith("C") for char in found):
        raise ValueError(lazy("Please use letters and ordinary signs only."))
    return found


def clean_name(text: str) -> str:
    """A name that people go by. Raises `ValueError` for one without letters, and for addresses."""
    found = clean_text(text)
    if not any(char.isalpha() for char in found) or any(part in found for part in ("@", "://", "www.")):
        raise ValueError(lazy("Please give a name such as Marie Dupont."))
    return found


def clean_email(text: str) -> str:
    """An e-mail address in the form in which it is stored and unique. Raises `ValueError` for what is none.

    The grammar is that of HTML's ``<input type=email>``: no comment, no quoted part, so nothing that a mail
    header could read otherwise. The domain is lower-case ASCII (IDNA). The part before @ is lower-case too: no
    server that residents use tells the two apart, and a second account for ``Marie@`` helps nobody.
    """
    local, at, domain = text.strip().rpartition("@")
    try:
        host = domain.lower().encode("idna").decode("ascii")
    except UnicodeError as error:
        raise ValueError(NOT_AN_ADDRESS) from error
    if not at or not _EMAIL_LOCAL.fullmatch(local) or not _EMAIL_DOMAIN.fullmatch(host):
        raise ValueError(NOT_AN_ADDRESS)
    return f"{local.lower()}@{host}"
