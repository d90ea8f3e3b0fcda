"""What was typed into the form of a kind: what it shows again, and the address that asks it again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from meetings.rulebook.service import usual_set
from meetings.rulebook.wording import Fact
from meetings.rules import Form, FormField
from portal.i18n import _, current_locale

ASKED = "asked"
"""Names the button of the form: a question whose every field is empty is a question too."""

_CHOSEN_BEFORE = frozenset({"rule_set", "on"})
"""A link to the form may choose these; that alone asks nothing."""


@dataclass(frozen=True, slots=True)
class Typed:
    """The form of a kind and what stands in it."""

    form: Form
    values: Mapping[str, str]
    is_asked: bool

    @classmethod
    def read(cls, form: Form, arguments: Mapping[str, str]) -> Typed:
        """Read the page's query; empty fields count as left out."""
        values = {name: text.strip() for name, text in arguments.items() if text.strip() and name != ASKED}
        return cls(form, values, ASKED in arguments or not set(values) <= _CHOSEN_BEFORE)

    @property
    def rule_set(self) -> str:
        """The set that is asked."""
        return self.values.get("rule_set", usual_set(self.form.kind))

    @property
    def case(self) -> dict[str, str]:
        """The case with its set, as `read_form` takes it."""
        return {**self.values, "rule_set": self.rule_set}

    @property
    def address(self) -> str:
        """The shortest address that asks the same question."""
        return f"/rules/{self.form.kind}?{urlencode({**self.case, ASKED: 'yes'})}"

    def shown(self) -> list[Fact]:
        """What was stated, in the form's words: for print, where the form does not appear."""
        return [
            Fact(each.label.get(current_locale()), _in_words(each, self.values[each.name]))
            for each in self.form.fields
            if each.name in self.values
        ]


def _in_words(field: FormField, text: str) -> str:
    if field.type == "flag":
        return _("Yes")
    words = dict(field.choices).get(text)
    return words.get(current_locale()) if words else text
