"""May this body meet by video, and with which items? (CGCT L2121-7, L5211-11-1)."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from typing import Literal

from meetings.rules.answers import Answer, Value
from meetings.rules.cases import Case, case, choice, count, date, flag, kind, words
from meetings.rules.dates import half_year
from meetings.rules.rules import Reasons, Rules
from meetings.rules.terms import number, one_of, rule, yes_no
from meetings.rules.terms import words as list_of
from meetings.rules.wording import listed

SESSIONS = {
    "plenary": ("Assemblée plénière", "Plenary"),
    "committee": ("Commission", "Committee"),
    "bureau": ("Bureau", "Bureau"),
}
Mode = Literal["yes", "with_internal_rules", "no"]

_BETWEEN_WORDS = re.compile(r"[\s_'’-]+")
_MODES = ("yes", "with_internal_rules", "no")
_SENTENCES = {"refused": ""}
_OPTIONAL = {"allowed": "", "no_clause": "", "open": ""}


@rule("remote.plenary", outcomes=_SENTENCES, optional_outcomes=_OPTIONAL)
class Plenary:
    """Whether the assembly itself may meet by video."""

    allowed: Mode | None = one_of(*_MODES, loosest_first=True, may_be_open=True)


@rule("remote.committee", outcomes=_SENTENCES, optional_outcomes=_OPTIONAL)
class Committee:
    """Whether its committees may."""

    allowed: Mode | None = one_of(*_MODES, loosest_first=True, may_be_open=True)


@rule("remote.bureau", outcomes=_SENTENCES, optional_outcomes=_OPTIONAL)
class Bureau:
    """Whether its bureau may."""

    allowed: Mode | None = one_of(*_MODES, loosest_first=True, may_be_open=True)


@rule("remote.barred_items", outcomes={"barred": "items", "ordinary": "items"}, required=False)
class BarredItems:
    """Items that need everybody in one place; any other name is taken for an ordinary item, and the answer says so."""

    items: tuple[str, ...] = list_of(stricter="more")


@rule("remote.public_stream", outcomes={"required": ""}, required=False)
class PublicStream:
    """The public of an assembly that meets by video follows it live; without a stream it may not be opened."""

    required: bool = yes_no(stricter=True)


@rule("remote.secret_request", outcomes={"postponed": "items"}, required=False)
class SecretRequest:
    """An item on which a secret ballot is validly asked goes to a later sitting in one place."""

    postpones: bool = yes_no(stricter=True)


@case
class RemoteCase(Case):
    """A sitting by video that somebody wants to call."""

    session: str | None = choice("Réunion", "Session", values=SESSIONS, default=None)
    items: tuple[str, ...] = words("Points de l’ordre du jour", "Items of the agenda", default=())
    ri_clause: bool = flag(
        "Le règlement intérieur prévoit la visioconférence", "The internal rules provide for video", default=False
    )
    secret_requested: tuple[str, ...] = words(
        "Points avec scrutin secret demandé", "Items with a secret ballot asked", default=()
    )


@kind("remote", RemoteCase, fr="Réunion par visioconférence", en="Meeting by video")
def decide_remote(case: RemoteCase, rules: Rules) -> Answer:
    """Say whether the sitting may be called by video, which items bar it, and which must wait."""
    why = Reasons(rules)
    session = case.session or rules.session
    models: dict[str, type[Plenary | Committee | Bureau]] = {
        "plenary": Plenary,
        "committee": Committee,
        "bureau": Bureau,
    }
    model = models[session]
    mode = why.rule(model).allowed
    if mode is None:
        why.ask(model, "open")
        return why.answer("remote", _result(None, (), (), stream=False))
    if mode == "no":
        why.cite(model, "refused")
        return why.answer("remote", _result(allowed=False, barred=(), postponed=(), stream=False))
    clause_missing = mode == "with_internal_rules" and not case.ri_clause
    why.cite(model, "no_clause" if clause_missing else "allowed")
    barred = _barred(case, session, rules, why)
    postponed = _postponed(case, barred, rules, why)
    allowed = not clause_missing and not barred
    stream = _stream(session, rules, why)
    return why.answer("remote", _result(allowed=allowed, barred=barred, postponed=postponed, stream=stream))


def _result(
    allowed: bool | None, barred: tuple[str, ...], postponed: tuple[str, ...], *, stream: bool
) -> dict[str, Value]:
    return {"allowed": allowed, "barred": barred, "postponed": postponed, "stream": stream}


def _stream(session: str, rules: Rules, why: Reasons) -> bool:
    known = rules.find(PublicStream)
    if known is None or not known.required or session != "plenary":
        return False
    why.cite(PublicStream, "required")
    return True


def _barred(case: RemoteCase, session: str, rules: Rules, why: Reasons) -> tuple[str, ...]:
    known = rules.find(BarredItems)
    if known is None or session != "plenary":
        return ()
    names = {_plain(item) for item in known.items}
    barred = tuple(item for item in case.items if _plain(item) in names)
    ordinary = tuple(item for item in case.items if item not in barred)
    if barred:
        why.cite(BarredItems, "barred", items=listed(barred))
    if ordinary:
        why.cite(BarredItems, "ordinary", items=listed(ordinary))
    return barred


def _plain(item: str) -> str:
    """Return an item's name without capitals, accents and dashes: a budget is no less barred for one of them."""
    letters = unicodedata.normalize("NFKD", item.strip().casefold())
    kept = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return _BETWEEN_WORDS.sub("_", kept)


def _postponed(case: RemoteCase, barred: tuple[str, ...], rules: Rules, why: Reasons) -> tuple[str, ...]:
    known = rules.find(SecretRequest)
    if known is None or not known.postpones:
        return ()
    refused = {_plain(item) for item in barred}
    postponed = tuple(item for item in case.secret_requested if _plain(item) not in refused)
    if postponed:
        why.cite(SecretRequest, "postponed", items=listed(postponed))
    return postponed


@rule(
    "remote.single_place",
    outcomes={"enough": "start end held planned", "blocked": "start end", "warning": "start end"},
    required=False,
)
class SinglePlace:
    """How many sittings in one place each calendar half-year must have."""

    per_half_year: int = number(stricter="higher", minimum=1)


@case
class SinglePlaceCase(Case):
    """A sitting to be called, and the sittings in one place of the same half-year besides it."""

    meets_on: dt.date = date("Séance le", "Meets on")
    remote: bool = flag("Cette séance se tient par visioconférence", "This sitting is by video", default=False)
    held: int = count("Séances en un seul lieu déjà tenues", "Sittings in one place already held", default=0)
    planned: int = count("Autres séances en un seul lieu prévues", "Other sittings in one place planned", default=0)

    def day(self) -> dt.date:
        """Return the day of the sitting."""
        return self.meets_on


@kind(
    "single_place", SinglePlaceCase, fr="Séance en un seul lieu par semestre", en="One sitting in one place a semester"
)
def decide_single_place(case: SinglePlaceCase, rules: Rules) -> Answer:
    """Block the sitting by video that would leave the half-year without its sitting in one place."""
    why = Reasons(rules)
    start, end = half_year(case.meets_on)
    together = case.held + case.planned + (not case.remote)
    allowed = together >= why.rule(SinglePlace).per_half_year or not case.remote
    if not allowed:
        outcome = "blocked"
    elif case.remote and not case.held:
        outcome = "warning"
    else:
        outcome = "enough"
    sentence: dict[str, object] = {"start": start, "end": end}
    if outcome == "enough":
        sentence |= {"held": case.held, "planned": case.planned}
    why.cite(SinglePlace, outcome, **sentence)
    return why.answer("single_place", {"allowed": allowed, "semester_from": start, "semester_to": end})
