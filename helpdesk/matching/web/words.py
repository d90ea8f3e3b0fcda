"""Words for what matching shows, in the language of the moment."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from helpdesk.board.web.words import Speech
from helpdesk.matching.model import (
    DAYS,
    OF_AUTHOR,
    OF_HELPER,
    SLOTS,
    SPOKEN,
    CallReason,
    CallResult,
    ConsentBy,
    EngagementState,
    Part,
    Reason,
    ReportReason,
    Skill,
    Why,
)
from helpdesk.matching.service.words import why_asked
from portal.i18n import _, lazy, show_weekday

ANSWER_STATES = {
    EngagementState.PROPOSED: lazy("Waiting for an answer"),
    EngagementState.HELD: lazy("The place is kept"),
    EngagementState.ACCEPTED: lazy("Accepted"),
    EngagementState.REPORTED: lazy("Done, to be confirmed"),
    EngagementState.DECLINED: lazy("Not taken"),
    EngagementState.WITHDRAWN: lazy("Withdrawn"),
    EngagementState.NO_SHOW: lazy("Nobody came"),
    EngagementState.DONE: lazy("Done, thank you"),
}
GOOD = frozenset({EngagementState.ACCEPTED, EngagementState.REPORTED, EngagementState.DONE})
REASONS = {
    Reason.NO_TIME: lazy("I have no time after all"),
    Reason.TOO_FAR: lazy("It is too far"),
    Reason.NOT_ABLE: lazy("I cannot do this"),
    Reason.UNWELL: lazy("I am unwell"),
    Reason.FOUND_ANOTHER: lazy("Somebody else helps me"),
    Reason.NOT_SUITABLE: lazy("It does not fit"),
    Reason.NO_NEWS: lazy("No news for too long"),
    Reason.POSTING_ENDED: lazy("It is over"),
    Reason.ACCOUNT_CLOSED: lazy("The account was closed"),
}
REPORTS = {
    ReportReason.RUDE: lazy("It is rude or hateful"),
    ReportReason.MONEY: lazy("It asks for money"),
    ReportReason.UNSAFE: lazy("I do not feel safe"),
    ReportReason.OTHER: lazy("Something else"),
}
SKILLS = {
    Skill.CAR: lazy("I have a car"),
    Skill.LIFTING: lazy("I can lift heavy things"),
    Skill.PHONE: lazy("I also help by telephone"),
}
NEEDED_SKILLS = {
    Skill.CAR: lazy("A car is needed"),
    Skill.LIFTING: lazy("Something heavy is to be lifted"),
    Skill.PHONE: lazy("It can be done by telephone"),
}
REACHES = {
    "next_door": lazy("Next door: up to 300 m"),
    "around": lazy("Around: up to 1 km"),
    "town": lazy("Anywhere in the town"),
}
DAY_NAMES = (
    lazy("Monday"),
    lazy("Tuesday"),
    lazy("Wednesday"),
    lazy("Thursday"),
    lazy("Friday"),
    lazy("Saturday"),
    lazy("Sunday"),
)
PARTS = {
    Part.MORNING: lazy("Morning, 8 to 12"),
    Part.AFTERNOON: lazy("Afternoon, 12 to 18"),
    Part.EVENING: lazy("Evening, 18 to 21"),
}
SHORT_PARTS = {
    Part.MORNING: lazy("morning"),
    Part.AFTERNOON: lazy("afternoon"),
    Part.EVENING: lazy("evening"),
}
CONSENTS = {
    ConsentBy.TELEPHONE: lazy("By telephone"),
    ConsentBy.AT_THE_COUNTER: lazy("At the counter"),
    ConsentBy.HOME_VISIT: lazy("During a visit at home"),
    ConsentBy.GUARDIAN: lazy("By their legal guardian"),
}
CALLS = {
    CallReason.ANSWERED: lazy("Somebody has answered: ask whether they may come"),
    CallReason.CONFIRM: lazy("Ask whether it happened"),
    CallReason.STILL_NEEDED: lazy("Ask whether it is still needed"),
    CallReason.WITHDRAWN: lazy("Tell them that the helper cannot come"),
}
RESULTS = {
    CallResult.REACHED: lazy("Reached"),
    CallResult.NO_ANSWER: lazy("No answer: call again"),
    CallResult.WRONG_NUMBER: lazy("Wrong number"),
}

Option = dict[str, str]


class MatchingSpeech(Speech):
    """Says what engagements, asks and calls hold, for templates."""

    def answer_state(self, state: EngagementState) -> str:
        """Where an answer stands."""
        return _(ANSWER_STATES[state])

    def answer_kind(self, state: EngagementState) -> str:
        """How its chip looks."""
        return "good" if state in GOOD else "note" if state is EngagementState.HELD else "neutral"

    def reason(self, reason: Reason) -> str:
        """Why it ended early."""
        return _(REASONS[reason])

    def why(self, why: Sequence[Why]) -> str:
        """Why it is they who are asked."""
        return why_asked(why)

    def call(self, reason: CallReason) -> str:
        """What a call is for."""
        return _(CALLS[reason])

    def report(self, reason: ReportReason) -> str:
        """Why a message was reported."""
        return _(REPORTS[reason])

    @staticmethod
    def reasons_of_helper() -> list[tuple[str, str]]:
        """What somebody may say who cannot come."""
        return [(reason.value, _(REASONS[reason])) for reason in OF_HELPER]

    @staticmethod
    def reasons_of_author() -> list[tuple[str, str]]:
        """What an author may say who does not take an answer."""
        return [(reason.value, _(REASONS[reason])) for reason in OF_AUTHOR]

    @staticmethod
    def reports() -> list[tuple[str, str]]:
        """Why a message can be reported."""
        return [(reason.value, _(words)) for reason, words in REPORTS.items()]

    @staticmethod
    def results() -> list[tuple[str, str]]:
        """What can come of a call."""
        return [(result.value, _(words)) for result, words in RESULTS.items()]

    @staticmethod
    def languages() -> list[Option]:
        """Languages to choose from."""
        return [{"value": code, "label": _(words)} for code, words in SPOKEN.items()]

    @staticmethod
    def skills() -> list[Option]:
        """What a volunteer may bring."""
        return [{"value": skill.value, "label": _(words)} for skill, words in SKILLS.items()]

    @staticmethod
    def needed_skills() -> list[Option]:
        """What a request may need."""
        return [{"value": skill.value, "label": _(words)} for skill, words in NEEDED_SKILLS.items()]

    @staticmethod
    def reaches() -> list[Option]:
        """How far somebody goes."""
        return [{"value": reach, "label": _(words)} for reach, words in REACHES.items()]

    @staticmethod
    def consents() -> list[Option]:
        """How somebody agreed."""
        return [{"value": way.value, "label": _(words)} for way, words in CONSENTS.items()]

    @staticmethod
    def week() -> list[tuple[str, str]]:
        """The days, by code."""
        return [(code, _(name)) for code, name in zip(DAYS, DAY_NAMES, strict=True)]

    @staticmethod
    def parts() -> list[tuple[str, str]]:
        """The parts of a day, by code."""
        return [(part.value, _(words)) for part, words in PARTS.items()]

    def hours(self, slots: Collection[str]) -> str:
        """When somebody is on duty: ``lundi, mardi : matin · samedi : matin, soir``; empty without any hour."""
        if set(SLOTS) <= set(slots):
            return _("every day, morning to evening")
        together: dict[tuple[Part, ...], list[str]] = {}
        for number, day in enumerate(DAYS, start=1):
            parts = tuple(part for part in Part if f"{day}-{part.value}" in slots)
            if parts:
                together.setdefault(parts, []).append(show_weekday(number))
        return " · ".join(
            _("%(days)s: %(parts)s")
            % {
                "days": _("every day") if len(days) == len(DAYS) else ", ".join(days),
                "parts": ", ".join(_(SHORT_PARTS[part]) for part in parts),
            }
            for parts, days in together.items()
        )

    def category_options(self) -> list[Option]:
        """The town's categories."""
        return [{"value": id_, "label": category.name, "icon": category.icon} for id_, category in self.offered.items()]


def strings() -> dict[str, str]:
    """Sentences for scripts."""
    return {
        "matching.you": _("You"),
        "matching.taken_away": _("This message was taken away by the moderators."),
        "matching.new_message": _("New message: %(text)s") % {"text": "{text}"},
        "matching.just_now": _("just now"),
        "matching.not_sent": _("Not sent yet: there is no connection. It is sent as soon as there is one."),
    }
