"""What entries about an item add to its record: callings, the floor, notes, requests, what was decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from meetings.minutes.model.gathered import Change, Content, Gathered
from meetings.minutes.model.record import Correction, Decision, ItemRecord, Note, Request, Speech
from meetings.minutes.model.roll import Calling, Quorum
from meetings.sittings.journal import Entry

DELIBERATION_CLASSIFIED = "deliberation.classified"
DELIBERATION_WORDED = "deliberation.worded"
"""The text as it was put to the vote, where it is not the draft that was sent."""


def _called(gathered: Gathered, entry: Entry, content: Content) -> None:
    calling = Calling(
        entry.at,
        entry.number,
        gathered.progress.chair_id,
        Quorum.read(content.get("quorum") or {}),
        tuple(content.get("present", ())),
        dict(content.get("proxies") or {}),
        tuple(content.get("interested", ())),
    )
    gathered.change_item(content["item"], lambda item: replace(item, callings=(*item.callings, calling)))


def _floor(gathered: Gathered, entry: Entry, content: Content) -> None:
    speech = Speech(content["member"], entry.at)
    gathered.change_item(gathered.item_of[entry.number], lambda item: replace(item, speeches=(*item.speeches, speech)))


def _floor_ended(gathered: Gathered, entry: Entry, content: Content) -> None:
    def end(item: ItemRecord) -> ItemRecord:
        speeches = list(item.speeches)
        for number in range(len(speeches) - 1, -1, -1):
            if speeches[number].member == content["member"] and speeches[number].seconds is None:
                speeches[number] = replace(speeches[number], seconds=int(content.get("seconds", 0)))
                break
        return replace(item, speeches=tuple(speeches))

    gathered.change_item(gathered.item_of[entry.number], end)


def _noted(gathered: Gathered, entry: Entry, content: Content) -> None:
    note = Note(entry.number, entry.at, str(content["text"]))
    gathered.change_item(content["item"], lambda item: replace(item, notes=(*item.notes, note)))


def _worded(gathered: Gathered, entry: Entry, content: Content) -> None:
    note = Note(entry.number, entry.at, str(content["text"]))
    gathered.change_item(content["item"], lambda item: replace(item, wordings=(*item.wordings, note)))


def _classified(gathered: Gathered, _entry: Entry, content: Content) -> None:
    gathered.change_item(content["item"], lambda item: replace(item, matter=str(content["matter"])))


def _requested(gathered: Gathered, entry: Entry, content: Content) -> None:
    members = content.get("members") or [content["member"]]
    request = Request(str(content["kind"]), tuple(members), entry.at)
    gathered.change_item(gathered.item_of[entry.number], lambda item: replace(item, requests=(*item.requests, request)))


def _request_withdrawn(gathered: Gathered, entry: Entry, content: Content) -> None:
    request = Request(str(content["kind"]), tuple(content["members"]), entry.at, is_withdrawal=True)
    gathered.change_item(content["item"], lambda item: replace(item, requests=(*item.requests, request)))


def _request_decided(gathered: Gathered, entry: Entry, content: Content) -> None:
    answer: Mapping[str, Any] = content.get("answer") or {}
    granted = content.get("granted")

    def decide(item: ItemRecord) -> ItemRecord:
        # The last one made the number; those before it are told without a reason of their own.
        if not item.requests:
            return item
        *before, last = item.requests
        last = replace(
            last,
            granted=granted if isinstance(granted, str) and granted else None,
            because=str(answer.get("because", "")),
            articles=tuple(answer.get("articles", ())),
        )
        return replace(item, requests=(*before, last))

    gathered.change_item(gathered.item_of[entry.number], decide)


def _decided(gathered: Gathered, entry: Entry, content: Content) -> None:
    if "text" not in content:
        # Decided before the convocation, whose own entry says on which rules it went out.
        return
    decision = Decision(
        str(content["text"]),
        str(content.get("answer", content["choice"])),
        tuple(content.get("articles", ())),
        entry.at,
        content.get("chair"),
        entry.by,
    )
    item_id = content.get("item")
    if item_id:
        gathered.change_item(item_id, lambda item: replace(item, decisions=(*item.decisions, decision)))
    else:
        gathered.decisions.append(decision)


def _secrecy(gathered: Gathered, entry: Entry, content: Content) -> None:
    answer: Mapping[str, Any] = content.get("answer") or {}
    decision = Decision(str(answer.get("because", "")), "", tuple(answer.get("articles", ())), entry.at)
    gathered.change_item(content["item"], lambda item: replace(item, decisions=(*item.decisions, decision)))


def _corrected(gathered: Gathered, entry: Entry, content: Content) -> None:
    number = int(content["corrects"])
    kind = next((kind for known, _at, kind in gathered.kinds if known == number), "")
    item_id = gathered.item_of.get(number)
    gathered.corrections.append(Correction(entry.number, entry.at, number, kind, item_id, str(content["text"])))


ITEM_CHANGES: Mapping[str, Change] = {
    "item.called": _called,
    "floor.given": _floor,
    "floor.ended": _floor_ended,
    "discussion.noted": _noted,
    DELIBERATION_WORDED: _worded,
    DELIBERATION_CLASSIFIED: _classified,
    "ballot.requested": _requested,
    "ballot.request_withdrawn": _request_withdrawn,
    "ballot.request_decided": _request_decided,
    "question.decided": _decided,
    "secrecy.voted": _secrecy,
    "entry.corrected": _corrected,
}
