"""Reading the rule sets: dates, sources, every rule with its articles and what internal rules may do to it."""

from __future__ import annotations

from meetings.rules import load_sets
from portal.permissions import Role
from tests.meetings.rulebook.conftest import Site


async def test_every_set_is_listed_with_its_dates_its_sources_and_whether_a_lawyer_read_it(site: Site) -> None:
    clerk = await site.person(Role.CLERK)

    page = await clerk.text("/rules/sets")

    for each in load_sets().sets:
        assert f'href="/rules/sets/{each.id}"' in page
        assert each.title.en in page
    assert "31 July 2022" in page
    assert "Not reviewed by a lawyer" in page
    assert "AN, question 13609, réponse du 23/04/2024" in page


async def test_set_shows_each_rule_with_article_certainty_and_what_may_be_changed(site: Site) -> None:
    clerk = await site.person(Role.CLERK)

    page = await clerk.text("/rules/sets/fr-cgct-epci-remote")

    assert "The quorum counts the members present in the several places joined by video." in page
    assert "CGCT L5211-11-1" in page
    assert "Internal rules may tighten it" in page
    assert "Set by law" in page


async def test_dormant_set_is_shown_as_it_stood_on_its_last_day(site: Site) -> None:
    clerk = await site.person(Role.CLERK)

    page = await clerk.text("/rules/sets/fr-covid-2020-391")

    assert "Law from 1 April 2020 to 31 July 2022." in page
    assert "A member may hold two proxies." in page


async def test_what_internal_rules_fill_in_is_said(site: Site) -> None:
    clerk = await site.person(Role.CLERK)

    assert "To be filled in" in await clerk.text("/rules/sets/fr-commission")
