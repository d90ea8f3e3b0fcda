"""French typography: the spaces and apostrophes that a printed French sentence has.

The rules are those of the Imprimerie nationale (*Lexique des règles typographiques*): a narrow no-break space before
; ! and ?, a no-break space before the colon and inside « guillemets », and the apostrophe ’. Besides, no line ends
between a figure and its unit, between « n° » and its number, or inside a number.

Only spaces that stand are changed, and only apostrophes that stand for a French elision, so an English sentence comes
out as it went in.
"""

from __future__ import annotations

import re

NARROW = "\u202f"
WIDE = "\u00a0"
APOSTROPHE = "’"

_SPACE = f"[ {WIDE}{NARROW}]"
_END_OF_SIGN = r"(?=[\s»”)\]\"<…]|$)"
_UNIT = r"(?:%%|%(?![(\w])|€|(?:[kmM]?bit/s|[kMGT]o|[ckm]?m|px|min|m?s|h)\b(?!['’]))"
_AFTER_FIGURE = r"(?:(?<=\d)|(?<=\})|(?<=\)[sd]))"

_TYPESET = re.compile(
    rf"""
      (?P<kept> <[a-zA-Z/!][^<>]*>                         # markup
              | \{{[^{{}}]*\}} | %\(\w+\)[\d.+-]*[a-z]     # what is filled in
              | &\#?\w+; | `[^`]*` | \b\w+://\S* )
    | (?P<narrow> {_SPACE}(?=[;!?]+{_END_OF_SIGN})
                | (?<=\d){_SPACE}(?=\d{{3}}(?:{_SPACE}\d{{3}})*(?![\d/])) )
    | (?P<wide>   {_SPACE}(?=:{_END_OF_SIGN})
                | (?<=«){_SPACE} | {_SPACE}(?=»)
                | {_AFTER_FIGURE}{_SPACE}(?={_UNIT})
                | (?<=\d[ {WIDE}{NARROW}]h){_SPACE}(?=\d\d\b)
                | (?<=\b[nN]°){_SPACE}(?=[\d%{{]) )
    | (?P<apostrophe> (?:(?<=\b[cdjlmnstCDJLMNST])|(?<=[qQ]u)|(?<=jourd))'(?=[\w«%{{]) )
    """,
    re.VERBOSE,
)
_PUT = {"narrow": NARROW, "wide": WIDE, "apostrophe": APOSTROPHE}
_QUOTED = re.compile(r'"(?:[^"\\\n]|\\.)*"')


def typeset(text: str) -> str:
    """A French sentence as it is printed; markup, placeholders, addresses and `code` in it are left as they are."""
    return _TYPESET.sub(lambda found: _PUT.get(found.lastgroup or "", found[0]), text)


def typeset_source(source: str) -> str:
    """A TOML or Python file with every sentence between double quotes typeset; no sentence passes the end of a line."""
    return _QUOTED.sub(lambda found: typeset(found[0]), source)
