"""The sitting's own panels: where we are, the agenda, the item under discussion, the next step."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from meetings.sittings.model import AgendaItem, ItemDocument, ItemKind
from meetings.sittings.model.progress import ITEM_ENDED, Cause, ItemOutcome, Phase, Point
from meetings.sittings.panels import Panel, Panels, Place, Screen
from meetings.sittings.service.conduct import stream_required
from meetings.sittings.service.held import Look
from meetings.sittings.web.edge import KINDS
from portal.i18n import _, lazy

EVERYBODY = frozenset(Screen)
WITHIN = frozenset({Screen.CLERK, Screen.SEAT})
TEXTS_KEPT = 200

DISCUSSED = (lazy("Dealt with"), "neutral")
"""An item that asks for no vote."""
NOT_VOTED = (lazy("Without a vote"), "neutral")
OUTCOMES = {
    ItemOutcome.POSTPONED: (lazy("Postponed"), "warn"),
    ItemOutcome.WITHDRAWN: (lazy("Taken off the agenda"), "neutral"),
}
CAUSES = {
    Cause.CHAIR: lazy("The chair has suspended the sitting."),
    Cause.QUORUM_LOST: lazy("There is no quorum any more."),
    Cause.CHAIR_LOST: lazy("The chair is no longer connected."),
    Cause.SPEAKER_LOST: lazy("Who has the floor is no longer connected."),
}
PHASES = {
    Phase.EXPECTED: lazy("Not begun"),
    Phase.ROLL: lazy("Members are arriving"),
    Phase.OPEN: lazy("The sitting is open"),
    Phase.SUSPENDED: lazy("The sitting is suspended"),
    Phase.CLOSED: lazy("The sitting is closed"),
    Phase.FAILED: lazy("The sitting could not be held: there was no quorum"),
}


@dataclass(frozen=True)
class Texts:
    """The words of an item, which cannot change any more once it was sent."""

    item: AgendaItem
    documents: Sequence[ItemDocument]


class _ItemTexts:
    """Each item's texts, read once in a process."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Texts] = OrderedDict()

    async def of(self, look: Look, item_id: str) -> Texts:
        known = self._kept.get(item_id)
        if known is None:
            item = await look.db.get_one(AgendaItem, item_id)
            documents = await look.db.scalars(
                select(ItemDocument).filter_by(item_id=item_id).order_by(ItemDocument.added_at, ItemDocument.id)
            )
            known = self._kept[item_id] = Texts(item, documents.all())
            while len(self._kept) > TEXTS_KEPT:
                self._kept.popitem(last=False)
        return known


def add_panels(panels: Panels) -> None:
    """Draw the sitting's own parts of its screens."""
    texts = _ItemTexts()

    async def item(look: Look, screen: Screen) -> Mapping[str, object]:
        point = look.progress.point
        found = await texts.of(look, point.item_id) if point else None
        documents = [
            document
            for document in (found.documents if found else ())
            if screen is not Screen.PUBLIC or document.is_public
        ]
        return {"point": point, "texts": found, "documents": documents, "kind_words": KINDS}

    for panel in (
        Panel("where", Place.HEAD, 10, EVERYBODY, "sittings/panel_where.html", _where, in_closed_session=True),
        Panel("agenda", Place.AGENDA, 10, EVERYBODY, "sittings/panel_agenda.html", _agenda),
        Panel("step", Place.ITEM, 0, WITHIN, "sittings/panel_step.html", _step),
        Panel("item", Place.ITEM, 5, EVERYBODY, "sittings/panel_item.html", item),
        Panel("order", Place.ITEM, 95, WITHIN, "sittings/panel_order.html", _step),
        Panel("notes", Place.ITEM, 90, frozenset({Screen.CLERK}), "sittings/panel_notes.html", _agenda),
    ):
        panels.add(panel)


async def _where(look: Look, _screen: Screen) -> Mapping[str, object]:
    return {"progress": look.progress, "phase_words": PHASES, "cause_words": CAUSES}


async def _agenda(look: Look, _screen: Screen) -> Mapping[str, object]:
    outcomes = {point.item_id: _outcome(look, point) for point in look.progress.points.values() if point.outcome}
    return {"progress": look.progress, "outcomes": outcomes}


def _outcome(look: Look, point: Point) -> tuple[str, str]:
    """In a word, how an item ended, with the kind of its chip."""
    if point.outcome in OUTCOMES:
        return OUTCOMES[point.outcome]
    decided = (say(look, point.item_id) for say in look.chamber.decided)
    otherwise = DISCUSSED if point.kind is ItemKind.INFORMATION else NOT_VOTED
    return next(filter(None, decided), otherwise)


async def _step(look: Look, screen: Screen) -> Mapping[str, object]:
    progress = look.progress
    left = [point for point in progress.points.values() if point.ended_at is None]
    return {
        "progress": progress,
        "left": left,
        "before_ending": [_(words) for say in look.chamber.cautions.get(ITEM_ENDED, ()) if (words := say(look))],
        "needs_stream": stream_required(look) and progress.stream is None,
        "controls": screen is Screen.CLERK or look.presides,
    }
