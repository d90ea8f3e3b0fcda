"""Words for what agents confirm, in the language of the moment."""

from __future__ import annotations

from helpdesk.trust.model import SHOWN_FOR, Check, CheckKind, Rung, Shown, Withdrawal
from helpdesk.trust.service.ladder import RUNG_WORDS
from portal.i18n import _, lazy

KINDS = {CheckKind.ADDRESS: lazy("Address"), CheckKind.IDENTITY: lazy("Identity")}
SHOWN = {
    Shown.PROOF_OF_RESIDENCE: lazy("a proof of residence"),
    Shown.HOME_VISIT: lazy("a visit at home"),
    Shown.IDENTITY_CARD: lazy("an identity card"),
    Shown.PASSPORT: lazy("a passport"),
    Shown.RESIDENCE_PERMIT: lazy("a residence permit"),
}
WITHDRAWALS = {
    Withdrawal.MOVED: lazy("The person has moved"),
    Withdrawal.MISTAKE: lazy("It was a mistake"),
    Withdrawal.CHARTER_BROKEN: lazy("The charter was not kept to"),
    Withdrawal.ASKED: lazy("The person asked for it"),
}

Option = dict[str, str]


def check_words(check: Check) -> str:
    """What was seen, and by what."""
    return f"{_(KINDS[check.kind])} – {_(SHOWN[check.shown])}"


def shown_options(kind: CheckKind) -> list[Option]:
    """By what it can be seen."""
    return [{"value": shown.value, "label": _(SHOWN[shown])} for shown in SHOWN_FOR[kind]]


def withdrawal_options() -> list[tuple[str, str]]:
    """Why a confirmation may count no longer."""
    return [(reason.value, _(words)) for reason, words in WITHDRAWALS.items()]


def rung_options() -> list[tuple[str, str]]:
    """What a kind of help can ask for."""
    return [
        (str(rung.value), _("Open to all neighbours") if rung is Rung.NEIGHBOUR else _(RUNG_WORDS[rung]))
        for rung in Rung
    ]
