"""What a password must be: long, not guessable; any character, no renewal.

CNIL 2022-100 asks for 50 bits beside throttling, which twelve letters or sixteen digits have; NIST SP 800-63B and
OWASP ASVS 6.2 ask to refuse what attackers try first, and to allow everything else: spaces, accents, 200 characters.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from enum import StrEnum

from portal.accounts.model.naming import plain

MIN_LENGTH = 12
MAX_LENGTH = 200
MIN_BITS = 50
MIN_OWN = 6
"""Characters that must be left once everything guessable is taken out."""

COMMON = (
    "password", "passwort", "motdepasse", "motdepass", "mdp", "passe", "administrateur", "administrator", "admin",
    "azertyuiop", "azerty", "qwertyuiop", "qwertz", "qwerty", "qsdfghjklm", "asdfghjkl", "wxcvbn", "zxcvbnm",
    "bonjour", "bienvenue", "welcome", "soleil", "doudou", "loulou", "chouchou", "jetaime", "iloveyou", "monamour",
    "princesse", "princess", "nicolas", "camille", "thomas", "marseille", "paris", "france", "chocolat", "football",
    "dragon", "monkey", "sunshine", "letmein", "superman", "pokemon", "secret", "changeme", "changezmoi", "mairie",
    "commune", "ville", "village", "parvis", "login", "utilisateur", "user", "test", "demo", "invite", "guest",
)  # fmt: skip
"""Words that lists of stolen passwords begin with, in French and English."""

_RUNS = ("0123456789", "abcdefghijklmnopqrstuvwxyz", "azertyuiop", "qsdfghjklm", "wxcvbn", "qwertyuiop", "asdfghjkl")
_LEET = str.maketrans("013457@$!", "oieastasi")


class Weakness(StrEnum):
    """Why a password is refused."""

    SHORT = "short"
    LONG = "long"
    DIGITS = "digits"
    GUESSABLE = "guessable"


def weakness(password: str, *, about: Iterable[str] = ()) -> Weakness | None:
    """What is wrong with a password, or nothing. `about` holds the person's and the town's names."""
    if len(password) < MIN_LENGTH:
        return Weakness.SHORT
    if len(password) > MAX_LENGTH:
        return Weakness.LONG
    if len(own_part(password, about)) < MIN_OWN:
        return Weakness.GUESSABLE
    if bits(password) < MIN_BITS:
        return Weakness.DIGITS
    return None


def bits(password: str) -> float:
    """The strength of a password drawn at random from the kinds of characters that this one uses."""
    kinds = ((r"[0-9]", 10), (r"[a-z]", 26), (r"[A-Z]", 26), (r"[^0-9a-zA-Z]", 32))
    alphabet = sum(size for pattern, size in kinds if re.search(pattern, password))
    return len(password) * math.log2(alphabet or 1)


def own_part(password: str, about: Iterable[str]) -> str:
    """What is left of a password without common words, names, years, runs such as ``3456``, and repetitions."""
    words = {word for text in about for word in re.findall(r"[a-z0-9]{3,}", plain(text))}
    known = sorted({*COMMON, *words}, key=len, reverse=True)
    rest = plain(password)
    for word in known:
        rest = re.sub("|".join({re.escape(word), re.escape(word[::-1])}), " ", rest)
        rest = _without_leet(rest, word)
    rest = re.sub(r"(?:19|20)\d\d", " ", rest)
    rest = _without_runs(rest)
    rest = re.sub(r"(.{1,4}?)\1{2,}", r"\1", rest)
    return re.sub(r"[^\w]", "", rest) + re.sub(r"[\w\s]", "", rest)


def _without_leet(text: str, word: str) -> str:
    """Take a word out that was written with digits for letters: ``m0td3passe``."""
    start = text.translate(_LEET).find(word)
    return text if start < 0 else text[:start] + " " + text[start + len(word) :]


def _without_runs(text: str) -> str:
    """Shorten each run of four or more neighbours on the keyboard or in the alphabet to its first character."""
    for row in (*_RUNS, *(row[::-1] for row in _RUNS)):
        for length in range(len(row), 3, -1):
            for start in range(len(row) - length + 1):
                text = text.replace(row[start : start + length], row[start])
    return text
