"""Spaces of what people and the portal write."""

from __future__ import annotations

import re

_BREAKABLE = re.compile(r"[^\S\u00a0\u202f]+")


def single_spaced(text: str) -> str:
    """The text on one line with single spaces between words; the no-break spaces of French sentences stay."""
    return _BREAKABLE.sub(" ", text).strip()
