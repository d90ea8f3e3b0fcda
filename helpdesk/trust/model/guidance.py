"""The texts that people read before they help and are helped: the charter, and the rules at the door and about money.

A version never changes: whoever agreed, agreed to those words. Until a town writes its own, the shipped ones stand.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Enum, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, IdColumn
from portal.errors import InvalidInput
from portal.i18n import current_locale, lazy
from portal.spaces import single_spaced

MOST_LINES = 12
LINE_LENGTH = 240


class GuidanceKind(StrEnum):
    """Which text."""

    CHARTER = "charter"
    """For who wants to be asked as a volunteer."""
    HELPING = "helping"
    """At the door and about money, for who helps."""
    HELPED = "helped"
    """The same, for who is helped."""


class GuidanceText(Base):
    """One version of a text, as the town wrote it: one rule a line."""

    __tablename__ = "help_guidance"

    kind: Mapped[GuidanceKind] = mapped_column(
        Enum(GuidanceKind, native_enum=False, length=20, values_callable=lambda kinds: [item.value for item in kinds]),
        primary_key=True,
    )
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    fr: Mapped[str] = mapped_column(Text)
    en: Mapped[str] = mapped_column(Text)
    set_by: Mapped[str] = mapped_column(IdColumn)
    at: Mapped[datetime]


class CategoryRung(Base):
    """Which rung of the ladder a category asks of who helps in it, where the town has set it."""

    __tablename__ = "help_category_rung"

    category_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    rung: Mapped[int]


@dataclass(frozen=True)
class Guidance:
    """A text as it stands now."""

    kind: GuidanceKind
    version: int
    fr: tuple[str, ...]
    en: tuple[str, ...]

    @property
    def lines(self) -> tuple[str, ...]:
        """Its rules in the language of the moment; without English ones the French stand."""
        return self.en if self.en and current_locale() == "en" else self.fr


def rules_in(text: str, field: str, *, needed: bool) -> tuple[str, ...]:
    """The rules of a text, one a line. Raises `InvalidInput` naming the field."""
    lines = tuple(line for raw in text.splitlines() if (line := single_spaced(raw)))
    if needed and not lines:
        raise InvalidInput(fields={field: lazy("Please write one rule at least.")})
    if len(lines) > MOST_LINES or any(len(line) > LINE_LENGTH for line in lines):
        raise InvalidInput(fields={field: lazy("At most 12 rules, each a line of 240 letters at most: short is read.")})
    return lines


SHIPPED = {
    GuidanceKind.CHARTER: Guidance(
        GuidanceKind.CHARTER,
        1,
        (
            "J’aide gratuitement, sans rien demander ni rien accepter en échange.",
            "Je viens si je l’ai dit ; si j’ai un empêchement, je préviens ici, tout de suite.",
            "Je garde pour moi ce que je vois et ce que j’apprends chez les gens.",
            "Je n’entre que si l’on m’y invite, et je ne fais que ce qui a été demandé.",
            "Je n’en fais pas plus que je ne sais faire : soins et travaux dangereux sont des métiers.",
            "Si quelqu’un me semble en danger, j’appelle le 112, puis je le signale à la ville.",
        ),
        (
            "I help for free, and neither ask for nor accept anything in return.",
            "I come when I said so; if I cannot, I say it here, at once.",
            "I keep to myself what I see and learn in people's homes.",
            "I go in only where I am invited, and do only what was asked for.",
            "I do no more than I can: care and dangerous work are professions.",
            "If somebody seems to be in danger I call 112, and then tell the town.",
        ),
    ),
    GuidanceKind.HELPING: Guidance(
        GuidanceKind.HELPING,
        1,
        (
            "Présentez-vous par votre prénom et restez sur le pas de la porte, sauf si l’on vous invite à entrer.",
            "Ne prenez jamais une carte bancaire, un code ou un chéquier, même si on vous les tend.",
            "Pour des courses : une petite somme en liquide, dans une enveloppe, 30 € au plus.",
            "Rendez toujours la monnaie avec le ticket de caisse.",
            "On vous demande plus que prévu, ou vous hésitez ? Dites non, et signalez-le ici.",
        ),
        (
            "Say your first name and stay at the door, unless you are asked in.",
            "Never take a bank card, a code or a chequebook, even if they are held out to you.",
            "For shopping: a small sum in cash, in an envelope, 30 euros at most.",
            "Always hand the change over with the receipt.",
            "You are asked for more than was agreed, or in doubt? Say no, and report it here.",
        ),
    ),
    GuidanceKind.HELPED: Guidance(
        GuidanceKind.HELPED,
        1,
        (
            "Demandez le prénom de la personne à la porte : il doit être celui que vous lisez ici.",
            "Rien ne vous oblige à faire entrer quelqu’un : tout peut se passer sur le pas de la porte.",
            "Ne donnez jamais votre carte bancaire, un code ou un chéquier. Personne de la ville ne les demande.",
            "Pour des courses : une petite somme en liquide, dans une enveloppe, 30 € au plus ; demandez le ticket.",
            "L’aide est gratuite. Quelque chose vous gêne ? Dites non, et signalez-le ici ; en cas de danger, le 17.",
        ),
        (
            "At the door ask for the person's first name: it must be the one that you read here.",
            "Nothing obliges you to let anybody in: everything can be done at the door.",
            "Never give your bank card, a code or a chequebook. Nobody of the town asks for them.",
            "For shopping: a small sum in cash, in an envelope, 30 euros at most; ask for the receipt.",
            "Help is free. Something troubles you? Say no, and report it here; in danger call 17.",
        ),
    ),
}
"""What stands until the town writes its own: what councils have printed as leaflets."""
