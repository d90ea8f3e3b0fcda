"""The communes of France, from @etalab/decoupage-administratif: looked up once, when a town sets its portal up.

Data: INSEE's official geographic code, postcodes and populations, Licence Ouverte 2.0.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from portal.town.wording import words_of, written_out

DATA = Path("node_modules/@etalab/decoupage-administratif/data/communes.json")
"""Where set-up leaves the file, below the project's folder."""

LIMIT = 20


@dataclass(frozen=True)
class Commune:
    """A commune as it stands today."""

    insee: str
    name: str
    department: str
    population: int
    postcodes: tuple[str, ...]
    words: tuple[str, ...]


class Communes:
    """Every commune, in memory while a portal is being set up."""

    def __init__(self, communes: Iterable[Commune]) -> None:
        """Keep them by INSEE code."""
        self._by_code = {commune.insee: commune for commune in communes}

    @classmethod
    def load(cls, path: Path) -> Communes:
        """Read the package's ``communes.json`` (some 9 MB; a fraction of a second). Raises OSError, ValueError."""
        rows = json.loads(path.read_bytes())
        return cls(
            Commune(
                insee=row["code"],
                name=row["nom"],
                department=row.get("departement") or row["code"][:3],
                population=row.get("population") or 0,
                postcodes=tuple(row.get("codesPostaux") or ()),
                words=tuple(words_of(row["nom"])),
            )
            for row in rows
            if row["type"] == "commune-actuelle"
        )

    def get(self, insee: str) -> Commune | None:
        """The commune of an INSEE code."""
        return self._by_code.get(insee)

    def search(self, text: str, limit: int = LIMIT) -> list[Commune]:
        """Communes whose name has all the words, or whose postcode or INSEE code begins so; the likelier first."""
        words = words_of(text[:100])
        if not words:
            return []
        if len(words) == 1 and words[0][0].isdecimal():
            found = [item for item in self._by_code.values() if _has_code(item, words[0].upper())]
        else:
            found = [item for item in self._by_code.values() if _has_words(item, words)]
        return sorted(found, key=lambda item: (list(item.words) != words, -item.population, item.insee))[:limit]

    def has_name(self, name: str) -> bool:
        """Whether a commune bears the name, however it is written."""
        words = tuple(words_of(name))
        return any(item.words == words for item in self._by_code.values())


def _has_code(commune: Commune, start: str) -> bool:
    return commune.insee.startswith(start) or any(code.startswith(start) for code in commune.postcodes)


def _has_words(commune: Commune, words: list[str]) -> bool:
    return all(any(own.startswith((word, written_out(word))) for own in commune.words) for word in words)
