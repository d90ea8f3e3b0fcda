"""Asking and offering in three steps, by forms alone."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from quart import Response

from tests.helpdesk.board.site import Browser, Site, hidden_fields
from tests.helpdesk.board.world import HOME, HOME_SQUARE, OUTSIDE

ADDRESS = "95000_0001_00012"
WHAT = {"category_id": "groceries", "title": "Two bags from the market", "details": "Apples and bread"}
WHERE = {"q": "12 rue des Lilas", "place": ADDRESS}
WHEN = {"day": "this_week", "capacity": "1"}


class Wizard:
    """A person filling in one step after the other; what the page hides is sent along, as a browser does."""

    def __init__(self, browser: Browser, path: str) -> None:
        self.browser, self.path, self.hidden, self.page = browser, path, dict[str, str](), ""

    async def open(self) -> Wizard:
        self.page = await self.browser.text(self.path)
        self.hidden = hidden_fields(self.page)
        return self

    async def send(self, **fields: str) -> Response:
        answer = await self.browser.post(self.path, **{**self.hidden, **fields})
        self.page = await answer.get_data(as_text=True)
        if answer.status_code in {200, 422}:
            self.hidden = hidden_fields(self.page)
        return answer

    @property
    def step(self) -> str:
        return self.hidden["step"]


async def at_check(browser: Browser, path: str = "/board/ask", **when: str) -> Wizard:
    wizard = await Wizard(browser, path).open()
    for fields in (WHAT, WHERE, {**WHEN, **when}):
        assert (await wizard.send(**fields)).status_code == 200, wizard.page
    assert wizard.step == "check"
    return wizard


@pytest.mark.parametrize(("path", "listed"), [("/board/ask", "requests"), ("/board/offer", "offers")])
async def test_three_steps_and_a_last_look_put_it_on_the_board(site: Site, path: str, listed: str) -> None:
    wizard = await at_check(await site.person("Anna"), path)

    answer = await wizard.send()

    assert answer.status_code == 303
    assert answer.headers["Location"].startswith(f"/board/{listed}/")
    (card,) = (await site.visitor().read(f"/api/{listed}"))["items"]
    assert (card["title"], card["category"], card["by"]) == ("Two bags from the market", "groceries", "2026-05-10")
    assert card["place"]["cell"] == HOME_SQUARE.id


@pytest.mark.parametrize(
    ("path", "no_day", "how_many"),
    [
        ("/board/ask", "There is no hurry", "(3 are wanted)"),
        ("/board/offer", "Until further notice", "(for 3 neighbours)"),
    ],
)
async def test_an_offer_is_asked_and_shown_in_the_words_of_offers(
    site: Site, path: str, no_day: str, how_many: str
) -> None:
    wizard = await Wizard(await site.person("Anna"), path).open()
    await wizard.send(**WHAT)
    await wizard.send(**WHERE)
    assert no_day in wizard.page
    await wizard.send(day="any", capacity="3")

    answer = await wizard.send()

    assert how_many in await site.visitor().text(answer.headers["Location"])


@pytest.mark.parametrize("title", ["\u202e" * 50, "\u200d" * 8, "\u200b\u2060a\u200b\u2060"])
async def test_title_that_nobody_could_read_is_refused(site: Site, title: str) -> None:
    wizard = await Wizard(await site.person("Anna"), "/board/ask").open()

    assert (await wizard.send(**{**WHAT, "title": title})).status_code == 422
    assert wizard.step == "what"


async def test_signs_that_nobody_sees_are_left_out_of_what_everybody_reads(site: Site) -> None:
    family = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
    wizard = await Wizard(await site.person("Anna"), "/board/ask").open()
    for fields in ({**WHAT, "title": f"Two\u202e bags {family}"}, WHERE, WHEN, {}):
        await wizard.send(**fields)

    (card,) = (await site.visitor().read("/api/requests"))["items"]
    assert card["title"] == f"Two bags {family}"


async def test_last_look_is_what_a_stranger_sees(site: Site) -> None:
    wizard = await at_check(await site.person("Anna"))
    preview = _card(wizard.page)
    await wizard.send()

    public = _card(await site.visitor().text("/board"))

    assert preview == public
    assert "12 Rue des Lilas" in wizard.page or "12 Rue des Lilas" not in public


def _card(page: str) -> list[str]:
    """The words of the first card of a page, without the hour, which a preview does not have."""
    article = page.split("<article")[1].split("</article>", maxsplit=1)[0]
    article = re.sub(r"<li>[^\n]*<time.*?</time></li>", "", article, flags=re.DOTALL)
    return re.sub(r"<[^>]*>|[^>]*>(?=\s)", " ", article.partition(">")[2]).split()


async def test_last_look_shows_the_author_the_exact_address_apart(site: Site) -> None:
    wizard = await at_check(await site.person("Anna"))

    assert "Only you see this:" in wizard.page
    assert "12 Rue des Lilas, 95000 Essai" in wizard.page
    assert "Lilas" not in " ".join(_card(wizard.page))


async def test_post_sent_twice_counts_once(site: Site) -> None:
    wizard = await at_check(await site.person("Anna"))

    first, second = await wizard.send(), await wizard.send()

    assert first.headers["Location"] == second.headers["Location"]
    assert len((await site.visitor().read("/api/requests"))["items"]) == 1


async def test_point_on_the_map_stands_for_an_address(site: Site) -> None:
    wizard = await Wizard(await site.person("Anna"), "/board/ask").open()
    await wizard.send(**WHAT)
    await wizard.send(place="point", longitude=str(HOME.lon), latitude=str(HOME.lat))
    assert wizard.step == "when"
    await wizard.send(**WHEN)

    assert (await wizard.send()).status_code == 303


async def test_address_is_searched_and_offered_to_choose(site: Site) -> None:
    wizard = await Wizard(await site.person("Anna"), "/board/ask").open()
    await wizard.send(**WHAT)

    answer = await wizard.send(q="12 lilas", go="search")

    assert answer.status_code == 200
    assert f'value="{ADDRESS}"' in wizard.page
    assert "12 Rue des Lilas, 95000 Essai" in wizard.page


async def test_who_goes_on_without_choosing_an_address_is_told_to_choose(site: Site) -> None:
    wizard = await Wizard(await site.person("Anna"), "/board/ask").open()
    await wizard.send(**WHAT)

    answer = await wizard.send(q="12 lilas", go="next")

    assert answer.status_code == 422
    assert "Please choose your address here" in wizard.page
    assert f'value="{ADDRESS}"' in wizard.page


async def test_back_keeps_what_was_written(site: Site) -> None:
    wizard = await Wizard(await site.person("Anna"), "/board/ask").open()
    await wizard.send(**WHAT)

    await wizard.send(go="back")

    assert wizard.step == "what"
    assert 'value="Two bags from the market"' in wizard.page


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"title": "Call 06 12 34 56 78"}, "leave out the telephone number"),
        ({"details": "anna@mail.test"}, "leave out the e-mail address"),
        ({"details": "I live at 12 rue des Lilas"}, "leave out the address"),
        ({"title": "Hm"}, "This is too short."),
        ({"title": "x" * 101}, "This is too long."),
        ({"category_id": ""}, "Please fill this in."),
    ],
)
async def test_first_step_says_what_to_correct_and_keeps_the_words(
    site: Site, fields: dict[str, str], sentence: str
) -> None:
    wizard = await Wizard(await site.person("Anna"), "/board/ask").open()

    answer = await wizard.send(**{**WHAT, **fields})

    assert answer.status_code == 422
    assert wizard.step == "what"
    assert sentence in wizard.page
    assert next(iter(fields.values())) in wizard.page


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"q": "", "place": ""}, "Please give an address, or mark a point on the map."),
        ({"q": "99 rue qui n'existe pas", "place": ""}, "No such address in the town"),
        ({"place": "nowhere"}, "Please choose one of the addresses that are shown."),
        ({"place": "point"}, "Please choose an address, or a point on the map."),
        ({"place": "point", "longitude": "2.16", "latitude": "far"}, "does not have the right form"),
        ({"place": "point", "longitude": str(OUTSIDE.lon), "latitude": str(OUTSIDE.lat)}, "outside the town"),
    ],
)
async def test_second_step_says_what_to_correct(site: Site, fields: dict[str, str], sentence: str) -> None:
    wizard = await Wizard(await site.person("Anna"), "/board/ask").open()
    await wizard.send(**WHAT)

    answer = await wizard.send(**fields)

    assert answer.status_code == 422
    assert wizard.step == "where"
    assert sentence in wizard.page.replace("&#39;", "'")


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"day": "date"}, "Please give the date."),
        ({"day": "date", "on": "2026-05-03"}, "This day has passed."),
        ({"day": "date", "on": "2028-01-01"}, "too far ahead"),
        ({"day": "date", "on": "tomorrow"}, "This is not a date."),
        ({"day": "someday"}, "Please choose one of the answers offered."),
        ({"day": "weekly"}, "Please choose at least one."),
        ({"day": "weekly", "weekdays": "8"}, "does not have the right form"),
        ({"day": "weekly", "weekdays": "1", "until": "2026-05-03"}, "This day has passed."),
        ({"day": "weekly", "weekdays": "5", "until": "2026-05-07"}, "None of these days of the week comes before"),
        ({"day": "weekly", "weekdays": "5", "starts_on": "2028-01-01"}, "too far ahead"),
        ({"capacity": "0"}, "does not have the right form"),
        ({"capacity": "21"}, "does not have the right form"),
    ],
)
async def test_third_step_says_what_to_correct(site: Site, fields: dict[str, str], sentence: str) -> None:
    wizard = await Wizard(await site.person("Anna"), "/board/ask").open()
    await wizard.send(**WHAT)
    await wizard.send(**WHERE)

    answer = await wizard.send(**{**WHEN, **fields})

    assert answer.status_code == 422
    assert wizard.step == "when"
    assert sentence in wizard.page


async def test_hidden_answer_that_was_tampered_with_leads_back_to_its_step(site: Site) -> None:
    wizard = await at_check(await site.person("Anna"))

    answer = await wizard.send(title="Call 06 12 34 56 78")

    assert answer.status_code == 422
    assert wizard.step == "what"
    assert (await site.visitor().read("/api/requests"))["items"] == []


async def test_command_that_was_tampered_with_is_refused_in_words(site: Site) -> None:
    wizard = await at_check(await site.person("Anna"))

    assert (await wizard.send(command_id="no id")).status_code == 422


@pytest.mark.parametrize(
    ("asked", "shown"), [("where", "where"), ("when", "when"), ("check", "what"), ("nonsense", "what")]
)
async def test_back_of_the_browser_finds_a_form_for_its_script_to_fill_in(site: Site, asked: str, shown: str) -> None:
    wizard = await Wizard(await site.person("Anna"), f"/board/ask?step={asked}").open()

    assert wizard.step == shown
    assert "data-first" in wizard.page


async def test_a_step_that_was_opened_alone_leads_to_the_first_with_what_is_missing(site: Site) -> None:
    wizard = await Wizard(await site.person("Anna"), "/board/ask?step=where").open()
    wizard.path = "/board/ask"

    answer = await wizard.send(**WHERE)

    assert (answer.status_code, wizard.step) == (422, "what")


@pytest.mark.parametrize("fields", [{"step": "nonsense"}, {"step": ""}])
async def test_unknown_step_is_refused(site: Site, fields: dict[str, Any]) -> None:
    anna = await site.person("Anna")

    assert (await anna.post("/board/ask", **WHAT, **fields)).status_code == 422


async def test_visitor_is_asked_to_sign_in_first(site: Site) -> None:
    visitor = site.visitor()

    assert (await visitor.get("/board/ask")).status_code == 401
    assert (await visitor.post("/board/ask", step="check", **WHAT, **WHERE, **WHEN)).status_code == 401


async def test_what_must_be_corrected_is_named_with_its_field(site: Site) -> None:
    anna = await site.person("Anna")

    answer = await anna.post("/board/ask", step="what", title="x<", details="Ring me: 06 12 34 56 78", category_id="")

    page = await answer.get_data(as_text=True)
    summary = page[page.index("data-error-summary") :].partition("</div>")[0]
    lines = {name: html.unescape(words) for name, words in re.findall(r'href="#field-(\w+)">([^<]*)<', summary)}
    assert lines["title"].startswith("In one line: ")
    assert lines["details"].startswith("What a neighbour should know: ")
    assert lines["category_id"].startswith("What is it about? ")
    assert not any("\ue000" <= letter <= "\uf8ff" for letter in page)
