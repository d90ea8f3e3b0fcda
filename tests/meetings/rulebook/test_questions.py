"""Asking by form: the answer and its reasons, what a person is asked, what is refused beside its field."""

from __future__ import annotations

import re

import pytest

from meetings.rules import KINDS
from portal.permissions import Role
from tests.meetings.rulebook.conftest import Site


async def test_clerk_gets_the_answer_in_large_words_with_reason_articles_and_figures(site: Site) -> None:
    clerk = await site.person(Role.CLERK)

    page = await clerk.text("/rules/quorum?in_office=35&present=17&represented=3")

    assert re.search(r'class="verdict__words"[^>]*>.*There is no quorum', page)
    assert "counted present: 17, needed: 18" in page
    assert "CGCT L2121-17" in page
    assert "Settled" in page
    assert re.search(r"<dt>Needed</dt><dd>18</dd>", page)


async def test_answer_of_grade_b_is_openly_called_likely(site: Site) -> None:
    clerk = await site.person(Role.CLERK)

    page = await clerk.text("/rules/quorum?in_office=19&present=11&withdrawn=2")

    assert "There is a quorum" in page
    assert "Ask a lawyer before relying on this." in page


async def test_what_the_law_leaves_open_is_asked_with_its_choices_and_consequences(site: Site) -> None:
    clerk = await site.person(Role.CLERK)

    page = await clerk.text("/rules/ballot?present=29&for=13&against=13&abstain=3&chair_vote=abstain")

    assert "A person decides" in page
    assert "what does the chair proclaim?" in page
    assert "The ballot is held again at the same sitting" in page
    assert "Left open by the law" in page


async def test_conditions_that_the_case_does_not_state_are_shown(site: Site) -> None:
    clerk = await site.person(Role.CLERK)

    page = await clerk.text("/rules/remote?rule_set=fr-cgct-epci-remote&ri_clause=yes&items=Voirie")

    assert "Possible by video" in page
    assert "Provided that" in page
    assert "streamed live" in page
    assert "Taken for ordinary items: Voirie" in page


async def test_page_speaks_french_throughout(site: Site) -> None:
    clerk = await site.person(Role.CLERK, locale="fr")

    page = await clerk.text("/rules/quorum?in_office=35&present=18")

    assert "Le quorum est atteint" in page
    assert "Changer le cas" in page
    assert "Membres en exercice" in page
    assert "Read this set" not in page


async def test_form_without_a_case_asks_nothing_and_marks_nothing_wrong(site: Site) -> None:
    clerk = await site.person(Role.CLERK)

    page = await clerk.text("/rules/quorum?rule_set=fr-cgct-epci")

    assert page.count("verdict") == 0
    assert page.count("aria-invalid") == 0
    assert '<option value="fr-cgct-epci" selected>' in page


async def test_question_whose_every_field_is_empty_is_asked_by_its_button(site: Site) -> None:
    clerk = await site.person(Role.CLERK)

    page = await clerk.text("/rules/agenda_item?rule_set=fr-cgct-commune&on=&asked=yes")

    assert "No vote on this item" in page


async def test_every_field_in_need_of_a_correction_carries_its_sentence(site: Site) -> None:
    clerk = await site.person(Role.CLERK)

    page = await clerk.text("/rules/quorum?in_office=trois&present=&asked=yes", status=422)

    assert "2 answers need a correction" in page
    assert re.search(r'id="error-in_office">.*Members in office must be a whole number', page)
    assert re.search(r'id="error-present">.*Missing: Present in the main room', page)
    assert 'value="trois"' in page


async def test_facts_that_cannot_be_true_together_are_refused_beside_a_field(site: Site) -> None:
    clerk = await site.person(Role.CLERK)

    page = await clerk.text("/rules/quorum?in_office=15&present=16", status=422)

    assert re.search(r'id="error-present">.*16 members present in the main room for 15 in office', page)


async def test_day_without_law_and_set_without_a_rule_are_refused_beside_their_fields(site: Site) -> None:
    clerk = await site.person(Role.CLERK)

    early = await clerk.text("/rules/quorum?in_office=15&present=8&on=2019-01-01", status=422)
    elsewhere = await clerk.text("/rules/single_place?rule_set=fr-cgct-commune&meets_on=2026-10-05", status=422)

    assert re.search(r'id="error-on">.*outside the validity', early)
    assert re.search(r'id="error-rule_set">.*has nothing on this point', elsewhere)


@pytest.mark.parametrize(
    "query",
    [
        "in_office=15&present=8&colour=red",
        "in_office=15&present=8&rule_set=fr-cgct-lune",
        "in_office=99999999999999999999&present=8",
        "in_office=15&present=8&on=9999-99-99",
        "in_office=15&present=8&on=<script>",
    ],
)
async def test_nonsense_in_the_address_is_refused_in_words(site: Site, query: str) -> None:
    clerk = await site.person(Role.CLERK)

    answer = await clerk.get(f"/rules/quorum?{query}")
    page = await answer.get_data(as_text=True)

    assert answer.status_code == 422
    assert page.count("verdict") == 0
    assert page.count("<script>") == 0


async def test_last_days_of_the_calendar_are_refused_in_words(site: Site) -> None:
    clerk = await site.person(Role.CLERK)

    page = await clerk.text("/rules/publication?met_on=9999-12-31", status=422)

    assert "does not reach that far" in page


async def test_case_can_be_linked_in_its_shortest_form(site: Site) -> None:
    clerk = await site.person(Role.CLERK)

    page = await clerk.text("/rules/quorum?rule_set=&on=&in_office=35&present=18&remote=&asked=yes")
    link = re.search(r'href="(/rules/quorum\?[^"]+)"', page)

    assert link
    assert link[1] == "/rules/quorum?in_office=35&present=18&rule_set=fr-cgct-commune&asked=yes"
    assert "There is a quorum" in await clerk.text(link[1])


async def test_law_is_that_of_the_portals_day_unless_the_case_says_otherwise(site: Site) -> None:
    clerk = await site.person(Role.CLERK)

    today = await clerk.text("/rules/quorum?in_office=35&present=18")
    later = await clerk.text("/rules/quorum?in_office=35&present=18&on=2026-10-05")

    assert "law of 4 May 2026" in today
    assert "law of 5 October 2026" in later


async def test_every_kind_has_its_form_and_a_place_on_the_page(site: Site) -> None:
    clerk = await site.person(Role.CLERK)

    listed = await clerk.text("/rules")

    for kind in KINDS:
        assert f'href="/rules/{kind}"' in listed
        form = await clerk.text(f"/rules/{kind}")
        for name in KINDS[kind].fields:
            assert f'id="field-{name}"' in form


async def test_unknown_kind_and_unknown_set_do_not_exist(site: Site) -> None:
    clerk = await site.person(Role.CLERK)

    assert (await clerk.get("/rules/weather")).status_code == 404
    assert (await clerk.get("/rules/sets/fr-cgct-lune")).status_code == 404


@pytest.mark.parametrize("path", ["/rules", "/rules/quorum", "/rules/sets", "/rules/sets/generic", "/rules/overlay"])
async def test_pages_are_refused_to_residents_and_to_visitors(site: Site, path: str) -> None:
    resident = await site.person(Role.RESIDENT, Role.AGENT)

    assert (await resident.get(path)).status_code == 403
    assert (await site.visitor().get(path)).status_code == 401


@pytest.mark.parametrize("role", [Role.CLERK, Role.COUNCILLOR, Role.MAYOR, Role.ADMINISTRATOR])
async def test_those_who_sit_prepare_or_administer_may_ask_and_find_the_way_from_home(site: Site, role: Role) -> None:
    browser = await site.person(role)

    assert "What would the rules say?" in await browser.text("/")
    assert "There is a quorum" in await browser.text("/rules/quorum?in_office=35&present=18")


async def test_home_of_a_resident_says_nothing_of_the_rules(site: Site) -> None:
    resident = await site.person(Role.RESIDENT)

    assert "What would the rules say?" not in await resident.text("/")


async def test_asking_without_end_is_slowed_down(site: Site) -> None:
    clerk = await site.person(Role.CLERK)

    statuses = [(await clerk.get("/rules/seats?population=900")).status_code for _ in range(130)]

    assert statuses[:120] == [200] * 120
    assert 429 in statuses
