"""What a check finds, one line each: good, worth a look, or a fault, with its cause and what helps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from portal.i18n import _


class State(StrEnum):
    """How it stands."""

    GOOD = "good"
    WARNING = "warning"
    """It works; somebody should look."""
    FAULT = "fault"


@dataclass(frozen=True)
class Finding:
    """One line. Its sentences are marked by `lazy` and hold their values as ``%(name)s``."""

    name: str
    state: State
    says: str
    advice: str = ""
    values: Mapping[str, object] = field(default_factory=dict)

    def words(self) -> str:
        """What was found, in the language of the moment."""
        return _(self.says) % self.values if self.values else _(self.says)

    def advice_words(self) -> str:
        """What helps."""
        return _(self.advice) % self.values if self.values else _(self.advice)
