"""Preparing and calling a sitting, under the rules."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from meetings.minutes.verification import verify
from meetings.sittings.model import ItemKind, NotADraft, SittingState
from meetings.sittings.service import agenda, bodies, convening, documents
from meetings.sittings.service.agenda import ItemDraft, SittingDraft
from meetings.sittings.service.convening import NotYet
from meetings.sittings.service.documents import DocumentStore
from meetings.sittings.service.journal import export_journal, journal_key
from portal.errors import Conflict, Forbidden, InvalidInput, NotSignedIn
from portal.permissions import Actor, Role
from tests.meetings.sittings.world import CLERK, TOWN, World, actor, evening

PDF = b"%PDF-1.7 a draft"


def codes(refused: pytest.ExceptionInfo[NotYet]) -> list[str]:
    return [obstacle.code for obstacle in refused.value.found.obstacles]


async def test_a_convocation_in_time_goes_to_every_member_and_into_the_journal(world: World) -> None:
    body = await world.council("anne", "bilal", "carole")
    sitting = await world.convened(body)

    (entry,) = await world.journal(sitting)
    assert sitting.state is SittingState.CONVENED
    assert len(world.sent) == 3
    assert (entry.kind, entry.by) == ("convocation.sent", "clerk")
    assert len(entry.content["members"]) == 3  # type: ignore[arg-type]
    assert entry.content["notice"]["required"] == 5  # type: ignore[index,call-overload]


async def test_a_late_convocation_is_refused_with_the_article(world: World) -> None:
    body = await world.council("anne", "bilal")
    # Monday to Friday: three clear days, and a town of 30,000 needs five.
    sitting = await world.planned(body, evening(8))

    with pytest.raises(NotYet) as refused:
        await world.convene(sitting)

    assert codes(refused) == ["notice"]
    assert "L2121-12" in refused.value.words()
    assert (await world.sitting(sitting.id)).state is SittingState.DRAFT
    assert await world.journal(sitting) == []
    assert world.sent == {}


async def test_the_same_convocation_is_in_time_for_a_village(world: World) -> None:
    world.population = 900
    body = await world.council("anne", "bilal")

    await world.convened(body, evening(8))


async def test_urgency_shortens_the_notice_and_becomes_the_first_item(world: World) -> None:
    body = await world.council("anne", "bilal")
    sitting = await world.convened(body, evening(8), is_urgent=True)

    async with world.database.read() as db:
        found = await agenda.agenda_of(db, sitting)
    assert [item.kind for item in found.items] == [ItemKind.URGENCY, ItemKind.DELIBERATION]
    assert [item.position for item in found.items] == [1, 2]


async def test_a_municipal_council_is_not_called_by_video(world: World) -> None:
    body = await world.council("anne", "bilal")
    sitting = await world.planned(body, evening(20), mode="remote")

    with pytest.raises(NotYet) as refused:
        await world.convene(sitting)

    assert codes(refused) == ["remote"]
    assert "L2121-7" in refused.value.words()


async def test_an_epci_is_called_by_video_but_not_for_its_budget(world: World) -> None:
    body = await world.council("anne", "bilal", rule_set="fr-cgct-epci-remote")
    await world.convened(body, evening(20), mode="remote")
    barred = await world.planned(body, evening(21), mode="remote")
    async with world.database.write() as db:
        found = await agenda.access_sitting(db, barred.id, lock=True)
        await agenda.add_item(
            db, CLERK, found, ItemDraft(title="Budget primitif", subject="primitive_budget", note="x")
        )

    with pytest.raises(NotYet) as refused:
        await world.convene(barred)
    assert codes(refused) == ["remote"]


async def test_without_a_clause_in_its_internal_rules_an_epci_is_not_called_by_video(world: World) -> None:
    body = await world.council("anne", "bilal", rule_set="fr-cgct-epci", video_clause=None)
    sitting = await world.planned(body, evening(20), mode="remote")
    with pytest.raises(NotYet) as refused:
        await world.convene(sitting)
    assert codes(refused) == ["remote"]

    async with world.database.write() as db:
        found = await bodies.access_body(db, body.id)
        for on, clause in ((date(2026, 12, 1), "Article 7"), (date(2026, 4, 1), " ")):
            with pytest.raises(InvalidInput):
                await bodies.record_video_clause(db, CLERK, found, on=on, clause=clause, at=world.clock())
        with pytest.raises(Forbidden):
            await bodies.record_video_clause(
                db, actor("bilal"), found, on=date(2026, 4, 1), clause="Article 7", at=world.clock()
            )
        await bodies.record_video_clause(
            db, CLERK, found, on=date(2026, 4, 1), clause="Délibération 2026-31, article 7", at=world.clock()
        )
    await world.convene(sitting)

    sent = (await world.journal(await world.sitting(sitting.id)))[-1]
    assert sent.content["video_clause"] == {"on": "2026-04-01", "text": "Délibération 2026-31, article 7"}


async def test_what_is_missing_is_named(world: World) -> None:
    body = await world.council()
    async with world.database.write() as db:
        draft = SittingDraft(meets_at=evening(20), place="Salle")
        empty = await agenda.plan_sitting(db, CLERK, body, draft, world.clock())

    with pytest.raises(NotYet) as refused:
        await world.convene(empty)
    assert codes(refused) == ["no-items", "no-members"]


async def test_each_item_to_be_voted_needs_its_note_in_a_large_town(world: World) -> None:
    body = await world.council("anne")
    sitting = await world.planned(body, evening(20))
    async with world.database.write() as db:
        found = await agenda.access_sitting(db, sitting.id, lock=True)
        await agenda.add_item(db, CLERK, found, ItemDraft(title="Subventions"))

    with pytest.raises(NotYet) as refused:
        await world.convene(sitting)
    assert codes(refused) == ["no-note"]
    world.population = 900
    await world.convene(sitting)


async def test_after_the_convocation_the_agenda_stands(world: World, tmp_path: Path) -> None:
    body = await world.council("anne")
    sitting = await world.convened(body)
    store = DocumentStore(tmp_path)
    async with world.database.write() as db:
        found = await agenda.access_sitting(db, sitting.id, lock=True)
        (item,) = (await agenda.agenda_of(db, found)).items
        draft = ItemDraft(title="Autre chose")
        with pytest.raises(NotADraft):
            await agenda.add_item(db, CLERK, found, draft)
        with pytest.raises(NotADraft):
            await agenda.change_item(db, CLERK, found, item, draft)
        with pytest.raises(NotADraft):
            await agenda.move_item(db, CLERK, found, item, 1)
        with pytest.raises(NotADraft):
            await agenda.remove_item(db, CLERK, found, item)
        with pytest.raises(NotADraft):
            await documents.add_document(
                db, CLERK, found, item, store, name="a.pdf", content=PDF, is_public=False, at=world.clock()
            )
    with pytest.raises(NotADraft):
        await world.convene(sitting)


async def test_items_move_and_are_numbered_without_gaps(world: World) -> None:
    body = await world.council("anne")
    sitting = await world.planned(body, evening(20), is_urgent=True)
    async with world.database.write() as db:
        found = await agenda.access_sitting(db, sitting.id, lock=True)
        second = await agenda.add_item(db, CLERK, found, ItemDraft(title="Deuxième"))
        third = await agenda.add_item(db, CLERK, found, ItemDraft(title="Troisième"))
        await agenda.move_item(db, CLERK, found, third, 1)
        await agenda.remove_item(db, CLERK, found, second)
        items = (await agenda.agenda_of(db, found)).items

    ordered = sorted(items, key=lambda item: item.position)
    assert [item.title for item in ordered] == ["Reconnaissance de l’urgence", "Troisième", "Tarifs de la cantine"]
    assert [item.position for item in ordered] == [1, 2, 3]


async def test_documents_are_kept_by_their_content(world: World, tmp_path: Path) -> None:
    body = await world.council("anne")
    sitting = await world.planned(body, evening(20))
    store = DocumentStore(tmp_path)
    async with world.database.write() as db:
        found = await agenda.access_sitting(db, sitting.id, lock=True)
        (item,) = (await agenda.agenda_of(db, found)).items
        document = await documents.add_document(
            db, CLERK, found, item, store, name="../../budget.pdf", content=PDF, is_public=True, at=world.clock()
        )
        with pytest.raises(InvalidInput):
            await documents.add_document(
                db, CLERK, found, item, store, name="a.pdf", content=b"<script>", is_public=True, at=world.clock()
            )

    assert (document.name, document.media_type) == (".. .. budget.pdf", "application/pdf")
    assert store.path(document.sha256).read_bytes() == PDF
    assert store.path(document.sha256).is_relative_to(tmp_path)


async def test_a_sitting_that_was_called_is_cancelled_with_an_entry(world: World) -> None:
    body = await world.council("anne")
    sitting = await world.convened(body)
    async with world.database.write() as db:
        found = await agenda.access_sitting(db, sitting.id, lock=True)
        await convening.cancel_sitting(db, world.convening, CLERK, found, world.clock())
        with pytest.raises(Conflict):
            await convening.cancel_sitting(db, world.convening, CLERK, found, world.clock())

    assert [entry.kind for entry in await world.journal(sitting)] == ["convocation.sent", "sitting.cancelled"]


async def test_the_exported_journal_verifies(world: World) -> None:
    body = await world.council("anne", "bilal")
    sitting = await world.convened(body)
    key = journal_key("secret")
    async with world.database.read() as db:
        data = await export_journal(db, CLERK, await agenda.access_sitting(db, sitting.id), TOWN, key)
        with pytest.raises(Forbidden):
            await export_journal(db, actor("anne"), sitting, TOWN, key)

    found = verify(data)
    assert (found.entries, found.key) == (1, key.public_key().public_bytes_raw().hex())


@pytest.mark.parametrize(
    ("who", "error"), [(actor("anne"), Forbidden), (actor("agent", Role.AGENT), Forbidden), (None, NotSignedIn)]
)
async def test_nobody_prepares_or_calls_without_the_right(
    world: World, who: Actor | None, error: type[Exception]
) -> None:
    body = await world.council("anne")
    sitting = await world.planned(body, evening(20))
    draft = SittingDraft(meets_at=evening(21), place="Salle")
    async with world.database.write() as db:
        found = await agenda.access_sitting(db, sitting.id, lock=True)
        (item,) = (await agenda.agenda_of(db, found)).items
        with pytest.raises(error):
            await agenda.plan_sitting(db, who, body, draft, world.clock())
        with pytest.raises(error):
            await agenda.change_sitting(db, who, found, draft, world.clock())
        with pytest.raises(error):
            await agenda.add_item(db, who, found, ItemDraft(title="Autre"))
        with pytest.raises(error):
            await agenda.remove_item(db, who, found, item)
        with pytest.raises(error):
            await convening.convene(db, world.convening, who, found, now=world.clock(), decided={})
        with pytest.raises(error):
            await convening.cancel_sitting(db, world.convening, who, found, world.clock())


async def test_a_time_that_is_past_is_refused(world: World) -> None:
    body = await world.council("anne")
    async with world.database.write() as db:
        with pytest.raises(InvalidInput) as refused:
            await agenda.plan_sitting(db, CLERK, body, SittingDraft(meets_at=evening(3), place="Salle"), world.clock())

    assert list(refused.value.fields) == ["meets_at"]
