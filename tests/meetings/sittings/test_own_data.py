"""What a member finds of their sittings in the export of their data."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from meetings.sittings.model import Reply
from meetings.sittings.service import replies
from meetings.sittings.service.own_data import my_seats, my_sittings
from portal.clock import civil_date
from tests.meetings.sittings.world import CLERK, LIBRARY, TOWN, World


async def test_the_export_holds_ones_mandates_convocations_answers_and_proxies(world: World) -> None:
    body = await world.council("anne", "bilal", "carole")
    sitting = await world.convened(body)
    seats = await world.mandates(body)
    async with world.database.write() as db:
        found = await db.get_one(type(sitting), sitting.id)
        own = await replies.summons_by_secret(db, world.sent[seats["bilal"].id])
        by = seats["bilal"].person_id
        await replies.reply(db, found, own, Reply.ABSENT, by=by, town=TOWN, now=world.clock())
        await replies.give_proxy(
            db,
            CLERK,
            found,
            giver_id=seats["bilal"].id,
            holder_id=seats["anne"].id,
            library=LIBRARY,
            town=TOWN,
            now=world.clock(),
        )
    async with world.database.read() as db:
        mine: Any = {name: await my_sittings(db, seat.person_id) for name, seat in seats.items()}

    (mandate,) = mine["bilal"]["mandates"]
    assert (mandate["body"], mandate["rank"], mandate["until"]) == ("Conseil", "2", None)
    assert [each["reply"] for each in mine["bilal"]["convocations"]] == ["absent"]
    assert [each["reply"] for each in mine["carole"]["convocations"]] == [None]
    for name in ("anne", "bilal"):
        assert [(each["giver"], each["holder"]) for each in mine[name]["proxies"]] == [("Bilal", "Anne")], name
    assert not mine["carole"]["proxies"]


async def test_who_sits_in_a_body_is_warned_before_erasing_their_account_and_nobody_else_is(world: World) -> None:
    body = await world.council("anne", "bilal")
    anne = (await world.mandates(body))["anne"]
    today = civil_date(world.clock())
    async with world.database.read() as db:
        (warning,) = await my_seats(db, anne.person_id, today)
        assert "Conseil" in warning
        assert not await my_seats(db, anne.person_id, anne.since - timedelta(days=1))
        assert not await my_seats(db, "somebody", today)
