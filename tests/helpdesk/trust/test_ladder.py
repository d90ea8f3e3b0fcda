"""The ladder of volunteers: what an agent confirms and withdraws, what it opens, and when it ends."""

from __future__ import annotations

import re
from datetime import date, timedelta
from random import Random

import pytest
from sqlalchemy import delete, select

from helpdesk.board.service.postings import OFFERS
from helpdesk.matching.model import Ask
from helpdesk.matching.service.searches import run_searches
from helpdesk.trust.model import Check, CheckKind, Rung, Shown, rules_in, rung_of
from helpdesk.trust.service.retention import forget_checks, tell_of_endings
from portal.accounts.model import Agreement
from portal.audit import AuditEntry
from portal.jobs import Run
from portal.permissions import Role
from tests.helpdesk.board.site import Browser, Site
from tests.helpdesk.matching.test_pages import ADDRESS, SERVES, engaged, only_engagement, posted
from tests.helpdesk.moderation.board_of import send, told

TODAY = date(2026, 5, 4)


def check(kind: CheckKind, *, until: date = TODAY) -> Check:
    shown = Shown.PASSPORT if kind is CheckKind.IDENTITY else Shown.HOME_VISIT
    return Check(id=kind.value, person_id="p", kind=kind, shown=shown, checked_by="a", valid_until=until)


async def confirm(agent: Browser, who: Browser, kind: str = "address", shown: str = "proof_of_residence") -> int:
    assert who.actor is not None
    return await send(agent, f"/board/verify/{who.actor.id}", kind=kind, shown=shown)


async def run(site: Site) -> Run:
    return Run(site.clock(), None)


@pytest.mark.parametrize(
    ("kinds", "has_charter", "rung"),
    [
        ((), False, Rung.NEIGHBOUR),
        ((), True, Rung.CHARTER),
        ((CheckKind.ADDRESS,), True, Rung.ADDRESS),
        ((CheckKind.ADDRESS, CheckKind.IDENTITY), True, Rung.IDENTITY),
        ((CheckKind.IDENTITY,), False, Rung.NEIGHBOUR),
    ],
)
def test_rung_is_the_highest_that_counts_and_rests_on_the_charter(
    kinds: tuple[CheckKind, ...], has_charter: bool, rung: Rung
) -> None:
    assert rung_of([check(kind) for kind in kinds], TODAY, has_charter=has_charter) is rung


def test_check_counts_on_its_last_day_and_not_after() -> None:
    seen = check(CheckKind.ADDRESS, until=TODAY)

    assert rung_of([seen], TODAY, has_charter=True) is Rung.ADDRESS
    assert rung_of([seen], TODAY + timedelta(days=1), has_charter=True) is Rung.CHARTER


async def test_claim_below_the_rung_is_refused_with_what_to_do_until_an_agent_has_confirmed(site: Site) -> None:
    anna, bruno, agent = await site.person("Anna"), await site.person("Bruno"), await site.person("Ag", Role.AGENT)
    path = await posted(site, anna, title="Fetch from the pharmacy", category_id="medicine")

    page = await bruno.text(path)
    assert "the town hall first confirms your address" in page
    assert "Send my answer" not in page
    for answer in (
        await bruno.post(f"{path}/answer", note="I can."),
        await bruno.call(f"/api{path.removeprefix('/board')}/answers", note="I can."),
    ):
        assert answer.status_code == 403
        assert "proof of residence" in await answer.get_data(as_text=True)

    assert await confirm(agent, bruno) == 303

    assert (await bruno.post(f"{path}/answer", note="I can.")).status_code == 303
    assert "Address confirmed by the town hall" in await anna.text(path)
    one = await only_engagement(site)
    assert "Address confirmed by the town hall" in await anna.text(f"/board/engagements/{one}")
    assert "confirmed by the town hall" not in await site.visitor().text(path)


async def test_what_one_rung_opens_a_higher_kind_of_help_does_not(site: Site) -> None:
    anna, bruno, agent = await site.person("Anna"), await site.person("Bruno"), await site.person("Ag", Role.AGENT)
    path = await posted(site, agent, category_id="children")
    del anna
    await confirm(agent, bruno)

    assert (await bruno.post(f"{path}/answer", note="")).status_code == 403
    await confirm(agent, bruno, "identity", "passport")
    assert (await bruno.post(f"{path}/answer", note="")).status_code == 303


async def test_offer_of_somebody_below_the_rung_is_not_taken_up_before_they_are_known(site: Site) -> None:
    anna, bruno, agent = await site.person("Anna"), await site.person("Bruno"), await site.person("Ag", Role.AGENT)
    path = await posted(site, anna, OFFERS, category_id="company")
    await bruno.post(f"{path}/answer", note="")
    one = await only_engagement(site)

    assert (await anna.post(f"{path}/answers/{one}/accept", reply="")).status_code == 403
    await confirm(agent, anna)
    assert (await anna.post(f"{path}/answers/{one}/accept", reply="")).status_code == 303


async def test_waves_ask_only_who_may_help(site: Site) -> None:
    anna, vera, agent = await site.person("Anna"), await site.person("Vera"), await site.person("Ag", Role.AGENT)
    await vera.post("/board/helping", **{**SERVES, "categories": "medicine"}, place=ADDRESS)
    for known in (False, True):
        if known:
            await confirm(agent, vera)
        await posted(site, anna, title="Fetch something", category_id="medicine")
        site.clock.advance(minutes=2)
        async with site.portal.database.write() as db:
            await run_searches(db, site.clock(), Random(1))
            assert len((await db.scalars(select(Ask))).all()) == int(known)


async def test_confirmation_is_withdrawn_with_words_that_the_person_reads(site: Site) -> None:
    anna, agent = await site.person("Anna"), await site.person("Ag", Role.AGENT)
    await confirm(agent, anna)
    async with site.portal.database.read() as db:
        seen = (await db.scalars(select(Check))).one()
    address = f"/board/verify/{seen.person_id}/{seen.id}/withdraw"

    refused = await agent.post(address, because="moved", words="Short", command_id="")
    assert refused.status_code == 422
    assert "Short" in await refused.get_data(as_text=True)
    assert await send(agent, address, because="moved", words="You have moved to another town.") == 303

    assert "You have moved to another town." in await told(anna)
    assert "You have moved to another town." in await anna.text("/account/known")
    assert await send(agent, address, because="moved", words="You have moved to another town.") == 409
    (exported,) = (await anna.read("/account/data.json"))["confirmed_by_the_town"]
    assert (exported["what"], exported["by"], exported["ended_because"]) == ("address", "proof_of_residence", "moved")
    async with site.portal.database.read() as db:
        acts = {item.act: item.detail for item in await db.scalars(select(AuditEntry))}
    assert acts["help_person.verified"] == "address proof_of_residence"
    assert acts["help_person.check_withdrawn"] == "address moved"


async def test_only_agents_look_for_and_confirm_people_and_never_themselves(site: Site) -> None:
    anna, agent = await site.person("Anna"), await site.person("Ag", Role.AGENT)
    others = [
        await site.person(role.value.capitalize(), role)
        for role in (Role.RESIDENT, Role.MODERATOR, Role.MAYOR, Role.ADMINISTRATOR)
    ]
    assert anna.actor is not None

    for who in others:
        assert (await who.get("/board/verify?q=anna")).status_code == 403
        assert (await who.get(f"/board/verify/{anna.actor.id}")).status_code == 403
        assert await confirm(who, anna) == 403
    assert (await site.visitor().get("/board/verify")).status_code == 401
    assert await confirm(agent, agent) == 403
    assert await confirm(agent, anna, "address", "passport") == 422
    assert "Anna" in await agent.text("/board/verify?q=ann")
    assert "anna@mail.test" not in await agent.text("/board/verify?q=an")


async def test_navigation_marks_the_one_link_that_says_most_of_where_one_is(site: Site) -> None:
    agent = await site.person("Ag", Role.AGENT)

    for page, marked in (("/board/verify", ["/board/verify"]), ("/board/mine", ["/board"])):
        header = (await agent.text(page)).split("<header")[1].split("</header>")[0]
        assert re.findall(r'href="([^"]*)" aria-current="page"', header) == marked


async def test_person_is_told_a_month_before_the_end_once_and_it_is_forgotten_a_year_after(site: Site) -> None:
    anna, agent = await site.person("Anna"), await site.person("Ag", Role.AGENT)
    await confirm(agent, anna)

    site.clock.advance(days=3 * 365 - 31)
    for expected in (0, 1, 0):
        async with site.portal.database.write() as db:
            assert await tell_of_endings(db, await run(site)) == expected
        site.clock.advance(days=1)
    async with site.portal.database.write() as db:
        site.clock.advance(days=365)
        assert await forget_checks(db, await run(site)) == 0
        site.clock.advance(days=31)
        assert await forget_checks(db, await run(site)) == 1


async def test_rules_are_read_once_for_each_version_and_a_refusal_keeps_the_words(site: Site) -> None:
    anna, bruno, boss = (
        await site.person("Anna"),
        await site.person("Bruno"),
        await site.person("I", Role.ADMINISTRATOR),
    )
    async with site.portal.database.write() as db:
        await db.execute(delete(Agreement).where(Agreement.person_id == (bruno.actor.id if bruno.actor else "")))
    first, second, third = [await posted(site, anna, title=f"Bread {number}") for number in range(3)]
    assert "Never take a bank card" in await bruno.text(first)

    refused = await bruno.post(f"{first}/answer", note="On Friday")
    page = await refused.get_data(as_text=True)
    assert refused.status_code == 422
    assert "On Friday" in page
    assert 'href="#field-rules"' in page
    assert (await bruno.call(f"/api{first.removeprefix('/board')}/answers", rules=7)).status_code == 422
    assert (await bruno.post(f"{first}/answer", note="On Friday", rules="1")).status_code == 303
    assert "Never take a bank card" not in (await bruno.text(second)).split("Send my answer")[0].split("I can help")[-1]
    assert (await bruno.post(f"{second}/answer", note="")).status_code == 303

    texts = {f"{kind}-fr": "Une règle." for kind in ("charter", "helping", "helped")}
    assert await send(boss, "/admin/help-rules", **texts) == 303
    assert (await bruno.post(f"{third}/answer", note="", rules="1")).status_code == 422
    assert (await bruno.post(f"{third}/answer", note="", rules="2")).status_code == 303
    shown = (await bruno.read("/account/data.json"))["agreements"]
    assert [(item["what"], item["version"]) for item in shown] == [("help.rules_helping", 1), ("help.rules_helping", 2)]


async def test_both_read_the_rules_before_they_meet(site: Site) -> None:
    anna, bruno = await site.person("Anna"), await site.person("Bruno")
    path, one = await engaged(site, anna, bruno)

    assert "Never give your bank card" in await anna.text(path)
    assert "Never give your bank card" in await anna.text(f"/board/engagements/{one}")
    assert "Never take a bank card" in await bruno.text(f"/board/engagements/{one}")
    (agreed,) = [item for item in (await anna.read("/account/data.json"))["agreements"] if item["about"]]
    assert agreed["what"] == "help.exact_place"
    assert "An accepted person may open my exact address" in await anna.text("/account/data")


def test_rules_that_a_town_edits_keep_their_no_break_spaces() -> None:
    assert rules_in(" Gêné\u202f?  Dites non. \n\n Le 17.", "charter-fr", needed=True) == (
        "Gêné\u202f? Dites non.",
        "Le 17.",
    )


async def test_who_wants_to_be_asked_accepts_the_charter_and_can_take_that_back(site: Site) -> None:
    vera, agent = await site.person("Vera"), await site.person("Ag", Role.AGENT)
    await confirm(agent, vera)
    assert "Address confirmed by the town hall" in await vera.text("/account/known")

    site.clock.advance(minutes=1)
    assert await send(vera, "/account/known", act="take-back") == 303
    site.clock.advance(minutes=1)

    assert "Neighbour" in await vera.text("/account/known")
    refused = await vera.post("/board/helping", **SERVES, place=ADDRESS)
    assert refused.status_code == 422
    assert "I help for free" in await refused.get_data(as_text=True)
    assert (await vera.post("/board/helping", **SERVES, place=ADDRESS, rules="1")).status_code == 303
    assert await send(vera, "/account/known", act="accept", rules="9") == 303
    assert (await site.visitor().get("/account/known")).status_code == 401


async def test_town_sets_texts_and_rungs_and_what_does_not_fit_is_named_with_everything_kept(site: Site) -> None:
    boss, anna, bruno = (
        await site.person("I", Role.ADMINISTRATOR),
        await site.person("Anna"),
        await site.person("Bruno"),
    )
    path = await posted(site, anna)
    texts = {f"{kind}-fr": "Une règle." for kind in ("charter", "helping", "helped")}

    wrong = await boss.post("/admin/help-rules", **{**texts, "helping-fr": "", "helped-en": "x" * 300})
    page = await wrong.get_data(as_text=True)
    assert wrong.status_code == 422
    assert 'href="#field-helping-fr"' in page
    assert 'href="#field-helped-en"' in page
    assert "Une règle." in page
    assert await send(boss, "/admin/help-rules", **texts, **{"rung-groceries": "9"}) == 422
    assert await send(boss, "/admin/help-rules", **texts, **{"rung-groceries": "3"}) == 303

    assert (await bruno.post(f"{path}/answer", note="", rules="2")).status_code == 403
    rules = (await site.visitor().read("/api/board/rules"))["items"]
    assert {item["kind"]: item["version"] for item in rules} == {"charter": 2, "helping": 2, "helped": 2}
    for who, status in ((bruno, 403), (await site.person("Ag", Role.AGENT), 403), (site.visitor(), 401)):
        assert (await who.get("/admin/help-rules")).status_code == status
        assert await send(who, "/admin/help-rules", **texts) == status
