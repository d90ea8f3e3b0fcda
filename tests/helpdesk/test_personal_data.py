"""Whatever the board and what stands above it keep about a person is handed to them and erased with their account.

The tables are walked, not named: a column that is added later has to find its place here before the suite is green.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, time
from typing import Any

import pytest
from sqlalchemy import JSON, Boolean, Column, Date, Enum, Integer, LargeBinary, String, Table, Time, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from portal.accounts.model import Person
from portal.accounts.service.own_data import erase_person
from portal.clock import civil_date
from portal.db import Base, Instant
from portal.schema import load_models
from tests.helpdesk.board.site import Browser, Site
from tests.helpdesk.board.world import HOME_SQUARE

OURS = ("helpdesk.", "portal.notices.")
MARK = "MARK"
OF_PERSONS = {"person_id", "author_id", "reporter_id", "blocker_id", "blocked_id"}
OF_STAFF = {
    "added_by", "checked_by", "decided_by", "done_by", "ended_by", "filed_by", "set_by", "settled_by", "taken_by",
}  # fmt: skip
"""Who did it in the town's service: the act is the town's, and the audit trail names them."""
OF_THINGS = {"id", "thing_kind", "subject_id", "thing_id", "category_id", "district_id", "cell_id"}

HANDED_OVER = {
    "board_view": "board_view",
    "help_ask": "help_asked",
    "help_block": "blocked_people",
    "help_check": "confirmed_by_the_town",
    "help_engagement": "help_answers",
    "help_message": "help_messages",
    "help_offer": "help_offers",
    "help_picture": "help_pictures",
    "help_request": "help_requests",
    "help_volunteer": "help_volunteer",
    "moderation_case": "decisions",
    "moderation_report": "reports",
    "notice": "notices",
    "notice_choice": "notice_choices",
    "notice_hours": "notice_hours",
    "official_answer": "official_answers",
    "push_device": "push_devices",
}
"""Table and section of the export."""

STAYS = {
    "help_request.category_id": "counts in the figures",
    "help_request.cell_id": "counts in the figures: an area of eleven addresses",
    "help_offer.category_id": "counts in the figures",
    "help_offer.cell_id": "counts in the figures: an area of eleven addresses",
    "help_request.weekdays": "days of the week, of nobody once the author is erased",
    "help_offer.weekdays": "days of the week, of nobody once the author is erased",
    "official_answer.body": "said in the town's name",
    "official_answer.text": "said in the town's name",
    "moderation_case.rule": "why the town decided, for an appeal and the report on moderation",
    "moderation_case.reason": "why the town decided, for an appeal and the report on moderation",
    "moderation_case.words": "the moderator's own, for the report on moderation",
    "moderation_case.answer": "the moderator's own, for the report on moderation",
}
"""Words and places that outlive the account, and why."""


def our_tables() -> list[Table]:
    load_models()
    ours = {mapper.local_table for mapper in Base.registry.mappers if mapper.class_.__module__.startswith(OURS)}
    return [table for table in Base.metadata.sorted_tables if table in ours]


def persons_in(table: Table) -> list[Column[Any]]:
    return [column for column in table.columns if column.name in OF_PERSONS]


def texts_of(table: Table) -> Iterator[Column[Any]]:
    """Columns that may hold words, a place or a secret."""
    for column in table.columns:
        is_text = isinstance(column.type, String | LargeBinary) and not isinstance(column.type, Enum)
        is_id = column.foreign_keys or column.name in OF_PERSONS | OF_STAFF | OF_THINGS - {"category_id", "cell_id"}
        if (is_text and not is_id) or isinstance(column.type, JSON):
            yield column


def value_of(column: Column[Any], at: datetime) -> object:
    kind: Any = column.type
    if isinstance(kind, Enum):
        return next(iter(kind.enum_class or kind.enums))
    plain = {Boolean: True, Integer: 1, Date: civil_date(at), Time: time(9), JSON: [MARK], LargeBinary: MARK.encode()}
    for known, value in plain.items():
        if isinstance(kind, known):
            return value
    if column.name == "cell_id":
        return HOME_SQUARE.id
    return at if isinstance(kind, Instant) else MARK


def row_of(table: Table, person_id: str, made: dict[str, str], at: datetime) -> dict[str, object]:
    row: dict[str, object] = {}
    for column in table.columns:
        if column.name in OF_PERSONS:
            row[column.name] = person_id
        elif column.foreign_keys:
            row[column.name] = made[next(iter(column.foreign_keys)).column.table.name]
        elif column.name == "id":
            row[column.name] = made[table.name] = f"id-{table.name}"[:26]
        else:
            row[column.name] = value_of(column, at)
    if table.name == "help_engagement":
        row["offer_id"] = None
    if "request_id" in row and table.primary_key.columns.keys() == ["request_id"]:
        made[table.name] = str(row["request_id"])
    return row


async def fill(db: AsyncSession, person_id: str, at: datetime) -> None:
    """A row about the person in every table, marked wherever something can be written."""
    made = {"person": person_id}
    wanted = our_tables()
    for table in Base.metadata.sorted_tables:
        if table in wanted or table.name == "outgoing_mail":
            await db.execute(table.insert().values(row_of(table, person_id, made, at)))


async def marked(db: AsyncSession) -> set[str]:
    """Columns of ours in which something is still written."""
    found = set()
    for table in our_tables():
        if not persons_in(table):
            continue
        for column in texts_of(table):
            for value in await db.scalars(select(column)):
                text = value.decode() if isinstance(value, bytes) else json.dumps(value)
                if MARK in text or HOME_SQUARE.id in text:
                    found.add(f"{table.name}.{column.name}")
    return found


@pytest.fixture
async def anna(site: Site) -> Browser:
    return await site.person("Anna")


def test_every_column_that_names_somebody_is_known_here() -> None:
    known = OF_PERSONS | OF_STAFF | OF_THINGS
    unknown = [
        f"{table.name}.{column.name}"
        for table in our_tables()
        for column in table.columns
        if getattr(column.type, "length", None) == 26 and not column.foreign_keys and column.name not in known
    ]

    assert unknown == []


def test_every_table_about_a_person_has_a_section_of_their_export() -> None:
    about_a_person = {table.name for table in our_tables() if persons_in(table)}

    assert about_a_person == HANDED_OVER.keys()


async def test_every_section_holds_what_is_kept_and_nobody_elses(site: Site, anna: Browser) -> None:
    bruno = await site.person("Bruno")
    assert anna.actor is not None
    async with site.portal.database.write() as db:
        await fill(db, anna.actor.id, site.clock())

    hers, his = await anna.read("/account/data.json"), await bruno.read("/account/data.json")

    assert [table for table, section in HANDED_OVER.items() if not hers[section]] == []
    assert [table for table, section in HANDED_OVER.items() if his[section]] == []
    assert MARK not in json.dumps(his)


async def test_nothing_written_is_left_after_the_account(site: Site, anna: Browser) -> None:
    assert anna.actor is not None
    async with site.portal.database.write() as db:
        await fill(db, anna.actor.id, site.clock())
    async with site.portal.database.read() as db:
        assert await marked(db) > STAYS.keys()

    async with site.portal.database.write() as db:
        person = await db.get_one(Person, anna.actor.id, options=[selectinload(Person.holdings)])
        await erase_person(db, person, site.clock(), actor_id=person.id)

    async with site.portal.database.read() as db:
        assert await marked(db) - STAYS.keys() == set()
