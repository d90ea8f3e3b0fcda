"""The pages without script: from being asked to thanks, and what each viewer may not do."""

from __future__ import annotations

import html
import re
from random import Random

import pytest
from sqlalchemy import select

from helpdesk.board.service.board import Board
from helpdesk.board.service.postings import OFFERS, REQUESTS, PostingKind
from helpdesk.matching.model import CallBack, Engagement, Message
from helpdesk.matching.service.searches import run_searches
from portal.ids import new_id
from portal.mail import OutgoingMail
from portal.permissions import Role
from tests.helpdesk.board.site import Browser, Site
from tests.helpdesk.board.world import HOME, a_draft

SERVES = {"is_on": "yes", "categories": "groceries", "slots": "mon-am", "reach": "town", "languages": "fr"}
ADDRESS = "95000_0001_00012"
FILED = {
    "name": "Suzanne Marchand",
    "telephone": "01 99 00 12 34",
    "consent": "telephone",
    "given": "yes",
    "category_id": "groceries",
    "title": "A basket of vegetables",
    "place": ADDRESS,
    "capacity": "1",
}


async def posted(site: Site, who: Browser, kind: PostingKind = REQUESTS, **draft: object) -> str:
    """The path of a fresh posting's page."""
    assert who.actor is not None
    portal = site.portal
    board = Board.open(portal.database, portal.clock, portal.limits, portal.settings.secret_key)
    id_ = await board.post(who.actor, kind, a_draft(**draft), command_id=new_id())  # type: ignore[arg-type]
    return f"/board/{'requests' if kind is REQUESTS else 'offers'}/{id_}"


async def only_engagement(site: Site) -> str:
    async with site.portal.database.read() as db:
        return (await db.scalars(select(Engagement))).one().id


async def engaged(site: Site, anna: Browser, bruno: Browser, *, accept: bool = True) -> tuple[str, str]:
    """A request that Bruno has answered and perhaps was accepted for: its path, the engagement's id."""
    path = await posted(site, anna)
    await bruno.post(f"{path}/answer", note="I can.")
    one = await only_engagement(site)
    if accept:
        assert (await anna.post(f"{path}/answers/{one}/accept", reply="")).status_code == 303
    return path, one


async def test_whole_story_from_the_yes_to_the_thanks(site: Site) -> None:
    anna, bruno = await site.person("Anna"), await site.person("Bruno")
    path = await posted(site, anna, title="Bread from the market")

    answer = await bruno.post(f"{path}/answer", note="I go on Friday.")
    assert answer.headers["Location"].endswith("?done=held")
    assert "The place is kept for you" in await bruno.text(path)
    one = await only_engagement(site)
    assert "The place is kept for Bruno until" in await anna.text(path)
    await anna.post(f"{path}/answers/{one}/accept", reply="At ten?")
    assert "Open the exact address" in await bruno.text(path)
    place = await (await bruno.post(f"{path}/place")).get_data(as_text=True)
    assert str(HOME.lat) in place

    talk = f"/board/engagements/{one}"
    await bruno.post(f"{talk}/messages", text="Which bread?")
    await anna.post(f"{talk}/messages", text="The dark one.")
    for who in (anna, bruno):
        page = await who.text(talk)
        assert page.index("I go on Friday.") < page.index("At ten?") < page.index("Which bread?")
        assert "The dark one." in page
    await bruno.post(f"{talk}/done")
    asked = await anna.text(path)
    assert "Did it happen?" in asked
    version = asked.split('data-version="')[1].split('"')[0]
    await anna.post(f"{path}/close", outcome="helped", version=version)
    assert "Thank Bruno" in await anna.text(talk)
    await anna.post(f"{talk}/thank", words="Thank you so much!")

    assert "Thank you so much!" in await bruno.text(talk)
    assert (await bruno.post(f"{path}/place")).status_code == 403
    assert "It is over: nothing more can be written." in await bruno.text(talk)


async def test_second_to_come_is_told_kindly_and_keeps_the_words(site: Site) -> None:
    anna, bruno, chloe = await site.person("Anna"), await site.person("Bruno"), await site.person("Chloe")
    path = await posted(site, anna)
    await bruno.post(f"{path}/answer", note="First")

    assert "Somebody has come forward just now." in await chloe.text(path)
    answer = await chloe.post(f"{path}/answer", note="Second")

    assert "Somebody was a moment faster." in await chloe.text(answer.headers["Location"])
    assert "Second" in await anna.text(path)


@pytest.mark.parametrize("field", ["note", "reply", "text"])
async def test_contact_details_in_private_words_are_told_with_the_words_kept(site: Site, field: str) -> None:
    anna, bruno = await site.person("Anna"), await site.person("Bruno")
    path, one = await engaged(site, anna, bruno, accept=False)
    words = "Call me: 06 12 34 56 78"
    if field == "note":
        who, action = await site.person("Chloe"), f"{path}/answer"
    elif field == "reply":
        who, action = anna, f"{path}/answers/{one}/accept"
    else:
        who, action = bruno, f"/board/engagements/{one}/messages"

    answer = await who.post(action, **{field: words})

    page = await answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "leave out the telephone number" in page
    assert words in page


async def test_everybody_else_is_refused_everything_between_the_two(site: Site) -> None:
    anna, bruno = await site.person("Anna"), await site.person("Bruno")
    path, one = await engaged(site, anna, bruno)
    await bruno.post(f"/board/engagements/{one}/messages", text="Hello")
    async with site.portal.database.read() as db:
        message = (await db.scalars(select(Message))).one()
    talk = f"/board/engagements/{one}"
    strangers = {
        404: (
            await site.person("Chloe"),
            await site.person("Agnes", Role.AGENT),
            await site.person("M", Role.MODERATOR),
        ),
        401: (site.visitor(),),
    }

    for status, people in strangers.items():
        for who in people:
            assert (await who.get(talk)).status_code == status
            assert (await who.post(f"{talk}/messages", text="Hello")).status_code == status
            assert (await who.post(f"{talk}/done")).status_code == status
            assert (await who.post(f"{talk}/thank", words="Thanks")).status_code == status
            report = f"{talk}/messages/{message.id}/report"
            assert (await who.post(report, reason="rude")).status_code == status
            assert (await who.get(f"/api/engagements/{one}")).status_code == status
            assert (await who.call(f"/api/engagements/{one}/messages", text="Hello")).status_code == status
            assert (await who.call(f"/api/engagements/{one}/done")).status_code == status
            assert (await who.call(f"/api/engagements/{one}/thank")).status_code == status
    for rule in (f"answers/{one}/no-show", "not-yet", "reopen", "keep", "cancel"):
        answer = await bruno.post(f"{path}/{rule}", version="3")
        assert answer.status_code in {403, 422}, rule


async def test_wrong_word_to_one_of_two_who_answered_is_shown_at_that_answer_and_named(site: Site) -> None:
    anna, bruno, chloe = await site.person("Anna"), await site.person("Bruno"), await site.person("Chloe")
    path, _of_bruno = await engaged(site, anna, bruno, accept=False)
    await chloe.post(f"{path}/answer", note="I can.")
    async with site.portal.database.read() as db:
        of_chloe = (await db.scalars(select(Engagement).filter_by(person_id=chloe.actor and chloe.actor.id))).one().id

    answer = await anna.post(f"{path}/answers/{of_chloe}/accept", reply="x" * 501)

    page = await answer.get_data(as_text=True)
    assert '<a href="#field-reply">A word to Chloe: ' in page
    before, _, after = page.partition('id="field-reply"')
    assert before.rindex(f'action="{path}/answers/') == before.rindex(f'action="{path}/answers/{of_chloe}/accept"')
    assert 'id="field-reply"' not in after


async def test_forms_of_a_page_that_shows_a_refusal_lead_where_they_always_do(site: Site) -> None:
    anna, bruno = await site.person("Anna"), await site.person("Bruno")
    path, of_bruno = await engaged(site, anna, bruno, accept=False)
    forms = re.compile(r'action="([^"]+)"')

    answer = await anna.post(f"{path}/answers/{of_bruno}/accept", reply="x" * 501)

    shown_again = html.unescape(await answer.get_data(as_text=True))
    assert forms.findall(shown_again) == forms.findall(await anna.text(path))


async def test_agent_is_told_whose_address_is_missing(site: Site) -> None:
    agent = await site.person("Agnes", Role.AGENT)

    answer = await agent.post("/board/file", **{**FILED, "place": ""})

    page = await answer.get_data(as_text=True)
    assert '<a href="#field-place">Their address: ' in page
    assert "Your address" not in page


async def test_an_address_that_is_the_only_one_found_is_taken_and_the_request_is_filed(site: Site) -> None:
    agent = await site.person("Agnes", Role.AGENT)

    answer = await agent.post("/board/file", **{**FILED, "place": "", "q": "12 rue des lilas"})

    assert answer.status_code == 303
    assert "A basket of vegetables" in await agent.text("/board")


@pytest.mark.parametrize("typed", ["rue des lilas", "nowhere at all"])
async def test_an_address_that_is_not_clear_is_said_at_once_with_all_else_that_is_wrong(site: Site, typed: str) -> None:
    agent = await site.person("Agnes", Role.AGENT)
    wrong = {"place": "", "q": typed, "telephone": "later", "given": "", "consent": ""}

    answer = await agent.post("/board/file", **{**FILED, **wrong})

    page = await answer.get_data(as_text=True)
    assert answer.status_code == 422
    for field in ("q" if typed.startswith("nowhere") else "place", "telephone", "given", "consent"):
        assert f'href="#field-{field}"' in page
    assert "such as 01 99 00 12 34" in page


@pytest.mark.parametrize(
    ("path", "roles"),
    [
        ("/board/queue", {Role.AGENT}),
        ("/board/file", {Role.AGENT}),
    ],
)
async def test_pages_of_the_town_are_for_its_staff(site: Site, path: str, roles: set[Role]) -> None:
    for role in (Role.RESIDENT, Role.VOLUNTEER, Role.AGENT, Role.MODERATOR, Role.MAYOR, Role.ADMINISTRATOR):
        answer = await (await site.person(role.value.capitalize(), role)).get(path)
        assert answer.status_code == (200 if role in roles else 403), role
    assert (await site.visitor().get(path)).status_code == 401


async def test_volunteer_is_asked_told_why_and_says_no(site: Site) -> None:
    anna, vera = await site.person("Anna"), await site.person("Vera")
    assert "Would you like to be asked?" in await vera.text("/board/asked")
    answer = await vera.post("/board/helping", **SERVES, place=ADDRESS)
    assert answer.status_code == 303
    await posted(site, anna, title="Bread from the market")
    site.clock.advance(minutes=2)
    async with site.portal.database.write() as db:
        await run_searches(db, site.clock(), Random(1))

    page = await vera.text("/board/asked")
    assert "Bread from the market" in page
    assert "You are asked because you offer this kind of help, it is less than 300 m from your area" in page
    assert "Bread from the market" in await vera.text("/")
    (item,) = (await vera.read("/api/asks"))["items"]
    assert (await anna.post(f"/board/asked/{item['id']}/decline")).status_code == 404
    assert (await site.visitor().get("/board/asked")).status_code == 401
    assert (await vera.call(f"/api/asks/{item['id']}/decline")).status_code == 200

    assert "Nothing is asked of you" in await vera.text("/board/asked")


async def test_profile_is_kept_as_it_was_filled_in_and_faults_are_named(site: Site) -> None:
    vera = await site.person("Vera")
    wrong = await vera.post("/board/helping", is_on="yes", reach="town", place=ADDRESS)
    assert wrong.status_code == 422
    assert (await wrong.get_data(as_text=True)).count("Please choose at least one.") >= 2
    found = await vera.post("/board/helping", **SERVES, q="12 rue des lilas", go="search")
    assert "12 Rue des Lilas" in await found.get_data(as_text=True)
    nowhere = await vera.post("/board/helping", **SERVES, q="nowhere at all")
    assert nowhere.status_code == 422

    await vera.post("/board/helping", **SERVES, place=ADDRESS)

    page = await vera.text("/board/helping")
    assert 'value="mon-am" id="field-slots" checked' in page
    assert "Your area is known: Centre." in page
    assert "Monday: morning</span></span>" in page, "what is folded says what was chosen"
    assert "95000 Essai" not in page
    assert (await vera.post("/board/helping", **SERVES)).status_code == 303, "the area stays without a new address"


async def test_agent_files_for_somebody_and_calls_back(site: Site) -> None:
    agent, bruno = await site.person("Agnes", Role.AGENT), await site.person("Bruno")
    answer = await agent.post("/board/file", **FILED)
    assert answer.status_code == 303, await answer.get_data(as_text=True)
    path = answer.headers["Location"].split("?")[0]

    assert "Suzanne" not in await agent.text(path)
    assert "Suzanne" not in await site.visitor().text(path)
    await bruno.post(f"{path}/answer", note="I can.")
    queue = await agent.text("/board/queue")
    assert "Somebody has answered: ask whether they may come" in queue
    person = await (await agent.post(f"/board/queue/{path.split('/')[-1]}/person")).get_data(as_text=True)
    assert "01 99 00 12 34" in person
    async with site.portal.database.read() as db:
        call = (await db.scalars(select(CallBack))).one()
    for who in (bruno, await site.person("Mia", Role.MODERATOR)):
        assert (await who.post(f"/board/calls/{call.id}", result="reached")).status_code == 403
        assert (await who.post(f"/board/queue/{call.request_id}/person")).status_code == 403
        assert (await who.post(f"/board/queue/{call.request_id}/take")).status_code == 403
        assert (await who.post("/board/file", **FILED)).status_code == 403
    assert (await agent.post(f"/board/calls/{call.id}", result="reached")).status_code == 303

    one = await only_engagement(site)
    assert (await agent.post(f"{path}/answers/{one}/accept", reply="")).status_code == 303
    place = await (await bruno.post(f"{path}/place")).get_data(as_text=True)
    assert "Suzanne Marchand" in place
    assert "12 Rue des Lilas" in place
    assert "01 99 00 12 34" not in place
    assert "an agent of the town calls them" in await bruno.text(f"/board/engagements/{one}")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"given": ""}, "given"),
        ({"name": ""}, "name"),
        ({"telephone": "none"}, "telephone"),
        ({"consent": "by dream"}, "consent"),
        ({"place": ""}, "place"),
        ({"title": "Call 06 12 34 56 78"}, "title"),
        ({"category_id": ""}, "category_id"),
        ({"language": "xx"}, "language"),
        ({"day": "date", "on": "soon"}, "on"),
        ({"day": "weekly"}, "weekdays"),
        ({"skills": "flying"}, "skills"),
    ],
)
async def test_filing_with_a_fault_names_the_field_and_keeps_the_rest(
    site: Site, wrong: dict[str, str], field: str
) -> None:
    agent = await site.person("Agnes", Role.AGENT)

    answer = await agent.post("/board/file", **{**FILED, **wrong})

    page = await answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert f'href="#field-{field}"' in page
    assert "A basket of vegetables" in page or field == "title"
    assert "A basket of vegetables" not in await agent.text("/board")


async def test_agent_files_help_for_every_week(site: Site) -> None:
    agent = await site.person("Agnes", Role.AGENT)
    found = await agent.post("/board/file", **FILED, day="weekly", weekdays="3", q="12 rue des lilas", go="search")
    assert 'value="weekly" checked' in await found.get_data(as_text=True), "what was chosen stays while one searches"

    answer = await agent.post("/board/file", **FILED, day="weekly", weekdays="3")

    assert answer.status_code == 303
    assert "every Wednesday" in await site.visitor().text(answer.headers["Location"].split("?")[0])


async def test_moderator_takes_a_reported_message_away(site: Site) -> None:
    anna, bruno, mia = await site.person("Anna"), await site.person("Bruno"), await site.person("Mia", Role.MODERATOR)
    _path, one = await engaged(site, anna, bruno)
    talk = f"/board/engagements/{one}"
    await bruno.post(f"{talk}/messages", text="Give me money")
    async with site.portal.database.read() as db:
        message = (await db.scalars(select(Message))).one()
    assert (await anna.post(f"{talk}/messages/{message.id}/report", reason="money")).status_code == 303
    assert "You reported it" in await anna.text(talk)
    assert "Give me money" in await mia.text("/moderation")
    assert (await bruno.post(f"/board/reported/{message.id}", decision="leave")).status_code == 403

    assert (await mia.post(f"/board/reported/{message.id}", decision="take_away")).status_code == 303

    for who in (anna, bruno):
        page = await who.text(talk)
        assert "Give me money" not in page
        assert "This message was taken away." in page


async def test_author_reads_what_becomes_of_it_without_the_end_in_the_way(site: Site) -> None:
    anna, bruno = await site.person("Anna"), await site.person("Bruno")
    path, _one = await engaged(site, anna, bruno)

    page = await anna.text(path)

    assert '<details class="fold">' in page
    assert '<details class="fold" open>' not in page


async def test_what_has_ended_can_be_opened_again_from_its_page(site: Site) -> None:
    anna = await site.person("Anna")
    path = await posted(site, anna)
    await anna.post(f"{path}/cancel", version="1")
    assert "Put it on the board again" in await anna.text(path)

    answer = await anna.post(f"{path}/reopen")

    assert "It is on the board again." in await anna.text(answer.headers["Location"])
    assert (await site.visitor().get(path)).status_code == 200


async def test_mine_holds_what_i_wrote_and_what_i_answered(site: Site) -> None:
    anna, bruno = await site.person("Anna"), await site.person("Bruno")
    path = await posted(site, anna, title="Bread from the market")
    await posted(site, bruno, OFFERS, title="Rides on Fridays")
    await bruno.post(f"{path}/answer", note="")

    page = await bruno.text("/board/mine")

    assert page.index("I offer") < page.index("Rides on Fridays") < page.index("I answered")
    assert page.index("I answered") < page.index("Bread from the market")
    assert "The place is kept" in page
    assert (await site.visitor().get("/board/mine")).status_code == 401


async def test_author_is_told_of_an_answer_until_the_page_was_read(site: Site) -> None:
    anna, bruno = await site.person("Anna"), await site.person("Bruno")
    path = await posted(site, anna, title="Bread from the market")
    await bruno.post(f"{path}/answer", note="")
    assert "Somebody has answered: Bread from the market" in await anna.text("/notices")

    await anna.text(path)
    site.clock.advance(days=1)
    await site.portal.jobs.run_due()

    async with site.portal.database.read() as db:
        assert list(await db.scalars(select(OutgoingMail).where(OutgoingMail.recipient == "anna@mail.test"))) == []
