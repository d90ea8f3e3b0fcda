"""French sentences as their readers take them: a test says the words, `scripts/french.py` the kinds of space."""

from __future__ import annotations


def spaced(sentence: str) -> str:
    """A sentence with a plain space for each no-break space."""
    return sentence.replace("\u00a0", " ").replace("\u202f", " ")
