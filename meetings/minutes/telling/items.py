"""Telling one item of the agenda: who was there, what was said, what was asked, how it was voted."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from meetings.attendance.model.presence import Ground, Place
from meetings.ballots.model import Ballot, Choice, Election, Kind, Result, State
from meetings.minutes.model import Calling, Correction, Decision, ItemRecord, Record
from meetings.minutes.telling.requests import tell_requests
from meetings.minutes.telling.told import Line, ToldBallot, ToldItem, ToldRoll
from meetings.minutes.telling.words import CHOICES, GROUNDS, METHODS, OUTCOMES, PLACES, POSTS, with_articles
from meetings.sittings.model.progress import ItemOutcome
from portal.i18n import _, ngettext, show_instant, show_list, show_time


@dataclass(frozen=True)
class ItemText:
    """The texts that went out with the convocation."""

    report: str = ""
    draft: str = ""


def tell_item(record: Record, item: ItemRecord, text: ItemText, *, deliberation: str) -> ToldItem:
    """One item in words; `deliberation` is its number among those examined, or empty."""
    point = item.point
    spoken = show_list([record.name(member) for member in item.speakers])
    corrections = [correction_words(record, each) for each in record.corrections if each.item_id == point.item_id]
    return ToldItem(
        item_id=point.item_id,
        number=point.position,
        deliberation=deliberation,
        title=point.title,
        lines=_lines(record, item),
        roll=_roll(record, item.calling),
        report=text.report,
        speakers=_("Had the floor: %(names)s.") % {"names": spoken} if spoken else "",
        discussion=item.discussion,
        requests=tell_requests(record, item),
        decisions=[decision_words(record, each) for each in item.decisions],
        ballots=[
            *(_ballot(record, each, point.title) for each in item.ballots),
            *(_election(each) for each in item.elections),
        ],
        outcome=_outcome(item),
        result=_settled(item),
        verdict=_verdict(item),
        text=item.wording or text.draft,
        corrections=corrections,
    )


def correction_words(record: Record, correction: Correction) -> str:
    """A correction with the entry that it puts right."""
    at = next((at for number, at, _kind in record.entry_kinds if number == correction.corrects), correction.at)
    return _("Correction of entry %(corrects)s of %(at)s (entry %(number)s, %(when)s): %(text)s") % {
        "corrects": correction.corrects,
        "at": show_time(at),
        "number": correction.number,
        "when": show_instant(correction.at),
        "text": correction.text,
    }


def decision_words(record: Record, decision: Decision) -> str:
    """What was asked and answered, in whose name, and whether somebody else entered it."""
    words = with_articles(f"{decision.text} {decision.answer}".strip(), decision.articles)
    chair = record.seats.get(decision.chair_id or "")
    if chair is None:
        return words
    if decision.by == chair.person_id:
        return _("%(decision)s Decided by %(chair)s, who presides.") % {"decision": words, "chair": chair.name}
    entered = _("%(decision)s Decided by %(chair)s, who presides; entered by the clerk.")
    return entered % {"decision": words, "chair": chair.name}


def tell_roll(
    record: Record,
    at: datetime | None,
    present: Collection[str],
    holders: Mapping[str, str],
    apart: Collection[str] = (),
) -> ToldRoll:
    """Who was there at an instant, in the order of the table; `holders` by who is represented, `apart` those who were
    there and take no part."""
    return ToldRoll(
        present=[_present(record, member, at) for member in record.seats if member in present],
        represented=[
            _("%(giver)s, proxy to %(holder)s") % {"giver": record.name(id_), "holder": record.name(holders[id_])}
            for id_ in record.seats
            if id_ in holders
        ],
        absent=[record.name(id_) for id_ in record.seats if id_ not in {*present, *holders, *apart}],
    )


def _roll(record: Record, calling: Calling | None) -> ToldRoll:
    if calling is None:
        return ToldRoll((), (), ())
    return tell_roll(record, calling.at, calling.present, calling.represented, calling.interested)


def _present(record: Record, member: str, at: datetime | None) -> str:
    stays = record.presence.of(member).stays
    there = (stay for stay in stays if at and stay.since <= at and (not stay.until or at < stay.until))
    stay = next(there, None)
    if stay is None or stay.place is Place.HALL:
        return record.name(member)
    return f"{record.name(member)} ({_(PLACES[stay.place])})"


def _lines(record: Record, item: ItemRecord) -> list[Line]:
    lines = []
    if item.point.reporter_id:
        lines.append(Line(_("Reporter"), record.name(item.point.reporter_id)))
    calling = item.calling
    if calling is None:
        return lines
    lines.append(Line(_("Item called"), _called(record, item, calling)))
    if calling.quorum.because:
        lines.append(Line(_("Quorum"), with_articles(calling.quorum.because, calling.quorum.articles)))
    interested = record.presence.interests.get(item.point.item_id, {})
    for ground in Ground:
        members = [record.name(member) for member, why in interested.items() if why is ground]
        if members:
            lines.append(Line(_(GROUNDS[ground]), show_list(members)))
    return lines


def _called(record: Record, item: ItemRecord, calling: Calling) -> str:
    words = [show_time(calling.at)]
    words.append(ngettext("%(count)s member present", "%(count)s members present", len(calling.present)))
    words[1] %= {"count": len(calling.present)}
    if calling.represented:
        count = len(calling.represented)
        words.append(ngettext("%(count)s represented", "%(count)s represented", count) % {"count": count})
    if record.chairs and calling.chair != record.chairs[0].chair:
        words.append(_("%(name)s presiding") % {"name": record.name(calling.chair)})
    if len(item.callings) > 1:
        again = ngettext("called %(count)s time", "called %(count)s times", len(item.callings))
        words.append(again % {"count": len(item.callings)})
    return ", ".join(words)


def _ballot(record: Record, ballot: Ballot, title: str) -> ToldBallot:
    result = ballot.result
    if ballot.void_reason is not None:
        verdict, words = "none", _("Declared void: %(reason)s.") % {"reason": ballot.void_reason}
    elif result is None:
        verdict, words = "none", _("Not proclaimed.")
    else:
        verdict = {True: "adopted", False: "refused", None: "none"}[result.adopted]
        words = _result(result)
    shown = result is not None and ballot.state is State.PROCLAIMED
    return ToldBallot(
        question="" if ballot.question == title else ballot.question,
        how=_how(ballot),
        result=words,
        verdict=verdict,
        because=with_articles(result.because, result.articles) if result is not None and shown else "",
        names=_names(record, ballot) if shown else [],
    )


def _how(ballot: Ballot) -> str:
    method = _(METHODS[ballot.method])
    if ballot.post is None:
        return method
    return _("%(method)s; appointment: %(post)s") % {"method": method, "post": _(POSTS[ballot.post])}


def _settled(item: ItemRecord) -> str:
    if not item.is_examined:
        return ""
    if item.deciding is not None and item.deciding.result is not None:
        return _result(item.deciding.result)
    return " ".join(_elected(election) for election in item.elected)


def _elected(election: Election) -> str:
    sentence = _("Appointed: %(name)s.") if election.is_without_vote else _("Elected: %(name)s.")
    return sentence % {"name": election.elected}


def _result(result: Result) -> str:
    count = result.count
    figures = [
        _("%(count)s for") % {"count": count.votes_for},
        _("%(count)s against") % {"count": count.against},
        ngettext("%(count)s abstention", "%(count)s abstentions", count.abstain) % {"count": count.abstain},
    ]
    if count.blank:
        figures.append(ngettext("%(count)s blank", "%(count)s blank", count.blank) % {"count": count.blank})
    if count.void:
        figures.append(ngettext("%(count)s void", "%(count)s void", count.void) % {"count": count.void})
    if result.adopted is None:
        words = _("Without result: %(figures)s.")
    elif not result.adopted:
        words = _("Refused: %(figures)s.")
    elif count.against == 0 and count.votes_for:
        words = _("Adopted unanimously by the votes cast: %(figures)s.")
    else:
        words = _("Adopted: %(figures)s.")
    told = words % {"figures": ", ".join(figures)}
    if result.decided_by == "casting_vote":
        told += " " + _("The votes being equal, the chair’s vote prevailed.")
    return told


def _names(record: Record, ballot: Ballot) -> list[Line]:
    """Names and votes belong in the minutes of a public ballot, and of no other (CGCT L2121-15, L2121-21)."""
    if ballot.kind is not Kind.PUBLIC:
        return []
    lines = []
    for choice in Choice:
        voices = [voice for voice in ballot.entitled if voice in ballot.votes and ballot.votes[voice].choice is choice]
        if voices:
            label = f"{_(CHOICES[choice.value])} ({len(voices)})"
            lines.append(Line(label, ", ".join(_voice(record, ballot.entitled, voice) for voice in voices)))
    if ballot.missing:
        label = _("Did not vote") + f" ({len(ballot.missing)})"
        lines.append(Line(label, ", ".join(record.name(voice) for voice in ballot.missing)))
    return lines


def _voice(record: Record, entitled: Mapping[str, str], voice: str) -> str:
    caster = entitled[voice]
    if caster == voice:
        return record.name(voice)
    return _("%(giver)s (proxy to %(holder)s)") % {"giver": record.name(voice), "holder": record.name(caster)}


def _election(election: Election) -> ToldBallot:
    lines = []
    for number, held in enumerate(election.rounds, start=1):
        found = [f"{name} {votes}" for name, votes in held.candidates.items()]
        for count, one in ((held.blank, _("blank %(count)s")), (held.void, _("void %(count)s"))):
            if count:
                found.append(one % {"count": count})
        told = ", ".join(found)
        for reason in held.corrections:
            told += "; " + _("count corrected: %(reason)s") % {"reason": reason}
        lines.append(Line(_("Round %(number)s") % {"number": number}, told))
    if election.void_reason is not None:
        words = _("Declared void: %(reason)s.") % {"reason": election.void_reason}
    elif election.elected is None:
        words = _("Not proclaimed.")
    else:
        words = _elected(election)
    if election.is_without_vote:
        how = _("Appointment without a vote: nobody else stood")
    elif election.is_secret:
        how = _("Secret ballot, on paper")
    else:
        how = _("Election without secrecy, by unanimous consent")
    return ToldBallot(
        question=election.title,
        how=how,
        result=words,
        verdict="adopted" if election.elected is not None else "none",
        because=election.because if election.elected is not None else "",
        names=lines,
    )


def _outcome(item: ItemRecord) -> str:
    outcome = item.point.outcome
    if item.is_without_vote:
        words = _("Dealt with, without a vote.")
    else:
        words = _(OUTCOMES[outcome]) if outcome in OUTCOMES else ""
    return f"{words} {item.point.reason}".strip() if words else ""


def _verdict(item: ItemRecord) -> str:
    if item.point.outcome in {ItemOutcome.POSTPONED, ItemOutcome.WITHDRAWN}:
        return item.point.outcome.value
    if not item.is_examined:
        return "none"
    return "adopted" if item.is_adopted else "refused"
