"""Checking a town's own rules: nothing wrong, or what is wrong on which line; never stored."""

from __future__ import annotations

import re

from meetings.rulebook.service import OVERLAY_LENGTH
from portal.permissions import Role
from tests.meetings.rulebook.conftest import Site

WITHIN_THE_LAW = """overlay = "bourg-ri-2026"
layer = "internal_rules"
title.fr = "Règlement intérieur de Bourg"
title.en = "Internal rules of Bourg"
applies_to = "fr-cgct-commune"
valid_from = 2026-05-01
reference = "Délibération 2026-31"

[[notice.large_town]]
articles = ["Règlement intérieur, article 4"]
days = 7
"""
TOO_FAR = WITHIN_THE_LAW.replace("days = 7", "days = 2")


async def test_rules_within_the_law_are_told_what_they_change(site: Site) -> None:
    clerk = await site.person(Role.CLERK)

    status, page = await clerk.check(WITHIN_THE_LAW)

    assert status == 200
    assert "Nothing wrong" in page
    assert re.search(r"notice\.large_town\.days.*?>5<.*?<strong>7</strong>", page, re.DOTALL)


async def test_each_line_that_goes_too_far_carries_its_problem(site: Site) -> None:
    clerk = await site.person(Role.CLERK)

    status, page = await clerk.check(TOO_FAR)

    assert status == 422
    assert "One line needs a correction" in page
    assert re.search(r'value="11" id="line-11">\s*<code>days = 2</code>', page)
    assert "Line 11: notice.large_town.days may only be tightened: 5 (CGCT L2121-12), here 2." in page
    assert 'reference = "Délibération 2026-31"' in page


async def test_chosen_file_is_read_like_a_pasted_text_and_wins_over_it(site: Site) -> None:
    clerk = await site.person(Role.CLERK)

    status, page = await clerk.check(TOO_FAR, file=WITHIN_THE_LAW.replace("\n", "\r\n").encode())

    assert status == 200
    assert "Nothing wrong" in page


async def test_what_is_no_file_of_rules_is_refused_in_words(site: Site) -> None:
    clerk = await site.person(Role.CLERK)

    for text, file, words in (
        ("", None, "Paste the internal rules here"),
        ("=", None, "TOML syntax"),
        ("x" * (OVERLAY_LENGTH + 1), None, "This is too long."),
        ("", b"\xff\xfe\x00", "no text (UTF-8)"),
        ("", b"x" * (5 * OVERLAY_LENGTH), "This is too long."),
        ("a=" + "[" * 5000, None, "cannot be read"),
        (WITHIN_THE_LAW.replace("fr-cgct-commune", "fr-lune"), None, "Unknown rule set: fr-lune"),
        ("<script>alert(1)</script>", None, "TOML syntax"),
    ):
        status, page = await clerk.check(text, file)
        assert (status, words in page) == (422, True), words


async def test_hundreds_of_problems_are_counted_and_the_first_ones_shown(site: Site) -> None:
    clerk = await site.person(Role.CLERK)

    status, page = await clerk.check("\n".join(f"k{number} = 1" for number in range(500)))

    assert status == 422
    assert re.search(r"50\d corrections are needed", page)
    assert "Only the first ones are shown." in page


async def test_nothing_is_stored(site: Site) -> None:
    clerk = await site.person(Role.CLERK)

    await clerk.check(WITHIN_THE_LAW)

    assert "bourg-ri-2026" not in await clerk.text("/rules/overlay")


async def test_check_is_refused_to_residents_and_to_forged_forms(site: Site) -> None:
    resident = await site.person(Role.RESIDENT)
    forger = site.visitor()
    forger.token = "forged"

    assert (await resident.check(WITHIN_THE_LAW))[0] == 403
    assert (await forger.check(WITHIN_THE_LAW))[0] == 403


async def test_checking_without_end_is_slowed_down(site: Site) -> None:
    clerk = await site.person(Role.CLERK)

    statuses = [(await clerk.check(""))[0] for _ in range(32)]

    assert statuses[:30] == [422] * 30
    assert 429 in statuses
