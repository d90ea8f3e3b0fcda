"""Finds telephone numbers, e-mail and postal addresses in a text that everybody will read.

People write them into titles and cannot take them back (FixMyStreet reports it as a standing source of support mail).
The rules are simple and meant to be: a sentence says what was found, and the author rephrases.
"""

from __future__ import annotations

import re
from enum import StrEnum


class ContactDetail(StrEnum):
    """What was found."""

    TELEPHONE = "telephone"
    EMAIL = "email"
    ADDRESS = "address"


_GAP = r"[\s.\-/_()\u00a0\u202f]{0,3}"
_TELEPHONE = re.compile(
    # 01 23 45 67 89, 0033 1 23…, +33 (0)1 23…: nine digits after the prefix, however they are grouped.
    rf"(?<!\d)(?:(?:\+|00){_GAP}\d{{2,3}}{_GAP}(?:0{_GAP})?[1-9]|0{_GAP}[1-9])(?:{_GAP}\d){{8}}(?!\d)"
    # Any other country: + and at least eight digits.
    rf"|\+{_GAP}\d(?:{_GAP}\d){{7,14}}(?!\d)"
)
_AT = r"(?:@|\s*[(\[]\s*(?:at|a|arobase|chez)\s*[)\]]\s*|\s+(?:arobase|arobas)\s+)"
_DOT = r"(?:\.|\s*[(\[]\s*(?:dot|point)\s*[)\]]\s*|\s+point\s+)"
_EMAIL = re.compile(rf"[\w.+-]+{_AT}[\w-]+(?:{_DOT}[\w-]+)*{_DOT}[a-z]{{2,}}", re.IGNORECASE)
_STREETS = (
    "rue|avenue|av|boulevard|bd|allées?|impasse|chemin|place|quai|cours|square|sentier|sente|ruelle|route|passage|"
    "villa|résidence|clos|hameau|mail|esplanade|promenade|venelle|rond-point"
)
_ADDRESS = re.compile(
    rf"(?<![\d/])\d{{1,4}}\s*(?:bis|ter|quater|[a-d])?\s*,?\s*(?:{_STREETS})\b\.?\s+\w", re.IGNORECASE
)
_PATTERNS = {
    ContactDetail.EMAIL: _EMAIL,
    ContactDetail.TELEPHONE: _TELEPHONE,
    ContactDetail.ADDRESS: _ADDRESS,
}


def contact_detail_in(text: str) -> ContactDetail | None:
    """The first kind of contact detail that stands in the text, or none."""
    return next((kind for kind, pattern in _PATTERNS.items() if pattern.search(text)), None)
