"""Addresses as they are compared: without accents, case, punctuation or abbreviations."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

ABBREVIATIONS = {
    "all": "allee",
    "av": "avenue",
    "ave": "avenue",
    "bd": "boulevard",
    "bld": "boulevard",
    "blvd": "boulevard",
    "boul": "boulevard",
    "capt": "capitaine",
    "cdt": "commandant",
    "ch": "chemin",
    "che": "chemin",
    "chem": "chemin",
    "col": "colonel",
    "cpt": "capitaine",
    "crs": "cours",
    "dr": "docteur",
    "fbg": "faubourg",
    "fg": "faubourg",
    "gal": "general",
    "gen": "general",
    "imp": "impasse",
    "lot": "lotissement",
    "mal": "marechal",
    "mgr": "monseigneur",
    "pdt": "president",
    "pl": "place",
    "prof": "professeur",
    "pt": "pont",
    "q": "quai",
    "r": "rue",
    "res": "residence",
    "rpt": "rond point",
    "rte": "route",
    "sq": "square",
    "st": "saint",
    "ste": "sainte",
}
"""Abbreviations that people write in French addresses, mostly those of the postal standard NF Z10-011."""

_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss"})
_NOT_WORD = re.compile(r"[^a-z0-9]+")
_NUMBER = re.compile(r"(\d{1,4})(bis|ter|quater|[a-z])?")
_REPETITIONS = frozenset({"bis", "ter", "quater", "quinquies", "a", "b", "c", "e", "f", "g", "h"})
MAX_WORDS = 12


def words_of(text: str) -> list[str]:
    """The text's words, plain: ``"Bd de l’Œuvre"`` is ``["bd", "de", "l", "oeuvre"]``."""
    folded = unicodedata.normalize("NFKD", text.lower().translate(_LIGATURES))
    plain = "".join(char for char in folded if not unicodedata.combining(char))
    return [word for word in _NOT_WORD.split(plain) if word]


def written_out(word: str) -> str:
    """The word that an abbreviation stands for, or itself."""
    return ABBREVIATIONS.get(word, word)


def searchable(*texts: str) -> str:
    """What a street is found by: its words written out, each with a space before it."""
    return "".join(f" {written_out(word)}" for text in texts for word in words_of(text))


@dataclass(frozen=True)
class Query:
    """One way to read what somebody types: words of a street, and perhaps a house number with its repetition."""

    words: tuple[str, ...]
    number: int | None = None
    repetition: str = ""


def readings(text: str) -> list[Query]:
    """The ways to read a typed address, the likelier first.

    ``8 mai`` may be number 8 of a street that begins with "mai", or the street of the 8th of May.
    """
    words = tuple(words_of(text)[:MAX_WORDS])
    if not words:
        return []
    found = []
    if (first := _NUMBER.fullmatch(words[0])) and len(words) > 1:
        apart = words[1] in _REPETITIONS and not first[2] and len(words) > 2
        found.append(Query(words[2:] if apart else words[1:], int(first[1]), words[1] if apart else first[2] or ""))
    found.append(Query(words))
    if (last := _NUMBER.fullmatch(words[-1])) and len(words) > 1:
        found.append(Query(words[:-1], int(last[1]), last[2] or ""))
    return found
