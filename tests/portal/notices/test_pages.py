"""The pages of notices, and the number in the header."""

from __future__ import annotations

from sqlalchemy import select

from portal.notices.model import Notice
from portal.notices.service.choices import off_token
from tests.portal.accounts.world import World
from tests.portal.notices.test_push import PushService
from tests.portal.notices.test_telling import run_jobs, titles, told


async def test_the_header_counts_what_is_unread_and_the_page_lists_it(world: World) -> None:
    lea = await world.signed_in("lea")
    await told(world, "lea", "bread")

    page = await lea.text("/notices")

    assert "News of bread" in page
    assert ">1</span>" in page
    await lea.send("/notices", "/notices/read")
    assert "data-count hidden" in await lea.text("/notices")


async def test_opening_one_marks_it_as_read_and_leads_to_its_page(world: World) -> None:
    lea = await world.signed_in("lea")
    await told(world, "lea", "bread")
    async with world.database.read() as db:
        (notice,) = await db.scalars(select(Notice))

    answer = await lea.get(f"/notices/{notice.id}")

    assert (answer.status_code, answer.headers["Location"]) == (303, "/things/bread")
    assert "data-count hidden" in await lea.text("/notices")


async def test_strangers_are_asked_to_sign_in(world: World) -> None:
    stranger = world.browser()

    for path in ("/notices", "/account/notices", "/notices/abc"):
        assert (await stranger.get(path)).status_code == 401


async def test_choices_are_kept_and_broken_ones_refused(world: World) -> None:
    lea = await world.signed_in("lea")
    given = {"how.thing.near": "page", "begin": "22:00", "end": "07:30"}

    assert (await lea.send("/account/notices", **given)).status_code == 303
    page = await lea.text("/account/notices")
    assert 'value="22:00"' in page
    assert '<option value="page" selected>' in page
    for broken in ({"how.thing.near": "loudly"}, {"how.thing.near": "near"}, {"begin": "25:00"}, {"end": ""}):
        assert (await lea.send("/account/notices", **{**given, **broken})).status_code == 422
    assert (await lea.send("/account/notices", **given, **{"how.unknown": "off"})).status_code == 404


async def test_a_mail_leads_to_the_switch_of_its_kind_without_signing_in(world: World) -> None:
    await world.person("lea")
    await told(world, "lea", "bread")
    world.clock.advance(minutes=1)
    await run_jobs(world)
    path = await world.link("lea@mail.test", "/notices/off")
    stranger = world.browser()

    assert "Things near you" in await stranger.text(path)
    assert (await stranger.send(path)).status_code == 303
    await told(world, "lea", "milk")

    assert await titles(world, "lea") == ["News of bread"]


async def test_nobody_switches_off_what_somebody_else_is_told(world: World) -> None:
    lea, max_ = await world.person("lea"), await world.person("max")
    token = off_token(world.portal.settings.secret_key, lea.id, "thing.near")
    forged = token.replace(lea.id, max_.id)

    for broken in (forged, token.replace("thing.near", "thing.far"), token[:-1], "a", "..", "a.thing.near."):
        assert (await world.browser().get(f"/notices/off/{broken}")).status_code == 404


async def test_a_browser_hands_over_its_subscription_and_tries_it(world: World) -> None:
    lea = await world.signed_in("lea")
    token = await lea.token("/account/notices")
    given = {
        "endpoint": "https://push.example/1",
        "keys": {"p256dh": PushService().p256dh, "auth": "YWFhYWFhYWFhYWFhYWFhYQ"},
    }
    headers = {"Origin": "http://portal.test", "X-CSRF-Token": token, "Accept": "application/json"}

    answer = await lea.client.post("/account/notices/devices", json=given, headers=headers)
    device_id = (await answer.get_json())["id"]

    assert answer.status_code == 200
    assert (await lea.send("/account/notices", f"/account/notices/devices/{device_id}/test")).status_code == 303
    assert (await lea.send("/account/notices", f"/account/notices/devices/{device_id}/remove")).status_code == 303
    refused: list[object] = [{}, {**given, "keys": {}}, {**given, "endpoint": "https://evil.example/1"}, []]
    for broken in refused:
        answer = await lea.client.post("/account/notices/devices", json=broken, headers=headers)
        assert answer.status_code == 422


async def test_the_service_worker_stands_at_the_root(world: World) -> None:
    answer = await world.browser().get("/push-worker.js")

    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/javascript")
