"""Ballots on the screens: what each shows, what a program is answered, and that nobody sees how it stands."""

from __future__ import annotations

import re

from meetings.ballots.model.ballots import VOTE_RECORDED
from meetings.sittings.model import JournalEntry
from tests.helpdesk.board.site import Site
from tests.meetings.sittings.council import opened
from tests.meetings.sittings.test_pages import rows, submit


async def test_a_vote_is_answered_with_its_receipt_and_repeated_it_counts_once(site: Site) -> None:
    council = await opened(site)
    ballot = await council.open("devices")
    first = await council.vote("bilal", ballot, "for", command_id="vote-of-bilal-1")
    again = await council.vote("bilal", ballot, "for", command_id="vote-of-bilal-1")
    reloaded = await council.vote("bilal", ballot, "for", command_id="vote-of-bilal-2")

    (entry,) = [row for row in await rows(site, JournalEntry) if row.kind == VOTE_RECORDED]
    assert first["receipt"] == f"n° {entry.number} · {entry.entry.hash[:4]}-{entry.entry.hash[4:8]}"
    assert again == first
    assert reloaded["receipt"] == first["receipt"]
    page = await council.members["bilal"].text(f"{council.path}/seat")
    assert "Recorded: For" in page
    assert first["receipt"] in page


async def test_no_screen_shows_how_a_ballot_stands_before_it_is_proclaimed(site: Site) -> None:
    council = await opened(site)
    ballot = await council.open("devices")
    for name in ("anne", "carole"):
        await council.vote(name, ballot, "against")
    screens = await council.shown()

    for screen, page in screens.items():
        assert "figures" not in page, screen
        assert "Votes by name" not in page, screen
    assert "2 of 3 votes are in" in screens["clerk"]
    assert "Bilal" in re.sub(r"\s+", " ", screens["clerk"]).partition("Not voted yet (1)")[2][:120]
    assert "Not recorded yet" in screens["member"]
    assert "The vote is open." in screens["public"]


async def test_the_missing_are_alarmed_then_the_result_is_proclaimed_on_every_screen(site: Site) -> None:
    council = await opened(site)
    ballot = await council.open("devices")
    for name in ("anne", "carole"):
        await council.vote(name, ballot, "against")
    assert (await council.act(council.clerk, "ballots/close", ballot=ballot))["closed"] is False
    assert "You have not voted." in (await council.shown())["member"]
    assert (await council.act(council.clerk, "ballots/close", ballot=ballot, confirmed="1"))["closed"] is True
    late = await council.vote("bilal", ballot, "for")
    assert (late["status"], late["error"]["code"]) == (409, "ballot-closed")
    assert "Rejected" not in (await council.shown())["public"]

    assert (await council.act(council.clerk, "ballots/proclaim", ballot=ballot))["status"] == 200
    for screen, page in (await council.shown()).items():
        assert "Rejected" in page, screen
        assert "Did not vote" in page, screen


async def test_without_script_a_vote_is_a_form_and_a_refusal_is_said_on_the_page(site: Site) -> None:
    council = await opened(site)
    ballot = await council.open("devices")
    fields = {"ballot": ballot, "voice": council.seats["bilal"], "choice": "for", "screen": "seat"}
    sent = await submit(council.members["bilal"], f"{council.path}/ballots/vote", **fields)
    refused = await submit(council.members["carole"], f"{council.path}/ballots/vote", **fields)

    assert (sent.status_code, sent.headers["Location"]) == (303, f"{council.path}/seat")
    assert refused.status_code == 403
    assert "whose proxy you held" in await refused.get_data(as_text=True)


async def test_a_show_of_hands_a_paper_ballot_and_an_election_are_run_from_the_cockpit(site: Site) -> None:
    council = await opened(site)
    ballot = await council.open("hands")
    assert "Vote by show of hands." in (await council.shown())["member"]
    counts = {"for": "2", "against": "1", "ballot": ballot}
    await council.act(council.clerk, "ballots/count", **counts)
    await council.act(council.clerk, "ballots/proclaim", ballot=ballot)
    assert "Adopted" in (await council.shown())["public"]

    ballot = await council.open("paper")
    assert "Vote on paper" in (await council.shown())["member"]
    assert "papers" not in (await council.act(council.clerk, "ballots/void", ballot=ballot, reason="Erreur"))

    draft = {"title": "Délégué", "post": "other", "candidates": "Bilal\nCarole"}
    election = (await council.act(council.clerk, "ballots/election/open", **draft))["election"]
    counted = await council.clerk.client.post(
        f"{council.path}/ballots/election/round",
        data=f"csrf_token={council.clerk.token}&election={election}&name=Bilal&papers=2&name=Carole&papers=1&name=&papers=",
        headers={**council.clerk.headers, "Content-Type": "application/x-www-form-urlencoded"},
    )
    assert counted.status_code == 303, await counted.get_data(as_text=True)
    await council.act(council.clerk, "ballots/election/proclaim", election=election)
    assert "Elected: Bilal" in (await council.shown())["hall"]


async def test_what_was_counted_by_eye_is_shown_to_clerk_and_chair_alone_until_it_is_proclaimed(site: Site) -> None:
    council = await opened(site)
    ballot = await council.open("hands")
    counts = {"for": "2", "against": "1", "ballot": ballot}
    await council.act(council.clerk, "ballots/count", **counts)
    screens = await council.shown()

    for screen in ("clerk", "chair"):
        assert re.search(r"<dt>For</dt><dd>2</dd>", screens[screen]), screen
    for screen in ("member", "public", "hall"):
        assert "figures" not in screens[screen], screen


async def test_a_count_of_fewer_than_may_vote_is_refused_with_words_on_the_page_and_for_the_script(site: Site) -> None:
    council = await opened(site)
    ballot = await council.open("hands")
    counts = {"for": "1", "ballot": ballot}
    told = await council.act(council.clerk, "ballots/count", **counts)
    shown = await submit(council.clerk, f"{council.path}/ballots/count", **counts)

    assert "fewer votes" in told["error"]["fields"]["confirmed"]
    assert "fewer votes" in await shown.get_data(as_text=True)


async def test_who_ends_an_item_without_a_vote_is_told_so_first(site: Site) -> None:
    council = await opened(site)
    assert "No vote has been held on this item." in (await council.shown())["clerk"]
    ballot = await council.open("hands")
    await council.act(council.clerk, "ballots/count", **{"for": "3", "ballot": ballot})
    await council.act(council.clerk, "ballots/proclaim", ballot=ballot)
    assert "No vote has been held on this item." not in (await council.shown())["clerk"]


async def test_a_ballot_on_an_appointment_says_on_every_screen_for_which_post(site: Site) -> None:
    council = await opened(site)
    await council.act(council.clerk, "ballots/secrecy", post="committee", agree="3", refuse="0")
    ballot = await council.open("hands", purpose="appointment", post="committee")
    under_way = await council.shown()
    await council.act(council.clerk, "ballots/count", **{"for": "3", "ballot": ballot})
    await council.act(council.clerk, "ballots/proclaim", ballot=ballot)

    for shown in (under_way, await council.shown()):
        for screen, page in shown.items():
            assert "Appointment: Committee or outside body" in page, screen


async def test_equal_votes_put_the_question_to_the_chair_on_their_own_page(site: Site) -> None:
    council = await opened(site)
    ballot = await council.open("hands")
    counts = {"for": "1", "against": "1", "abstain": "1", "ballot": ballot}
    await council.act(council.clerk, "ballots/count", **counts)
    refused = await council.act(council.clerk, "ballots/proclaim", ballot=ballot)
    assert (refused["status"], refused["error"]["code"]) == (409, "asks-a-person")
    assert "How did the chair vote?" in (await council.shown())["chair"]
    decided = await council.act(council.members["anne"], "ballots/decide", ballot=ballot, choice="for")
    assert decided["status"] == 200
    await council.act(council.members["anne"], "ballots/proclaim", ballot=ballot)
    assert "Adopted" in (await council.shown())["public"]


async def test_without_script_a_refused_form_comes_back_open_and_with_what_was_typed(site: Site) -> None:
    council = await opened(site)
    ballot = await council.open("hands")
    counted = await submit(
        council.clerk, f"{council.path}/ballots/count", ballot=ballot, **{"for": "1", "against": "1"}
    )
    page = await counted.get_data(as_text=True)
    assert counted.status_code == 422
    assert re.search(r'name="against" value="1"', page)

    await council.act(council.clerk, "ballots/void", ballot=ballot, reason="Erreur")
    refused = await submit(
        council.clerk, f"{council.path}/course/discussion", item="none", text="Mme Arnaud <demande>."
    )
    page = await refused.get_data(as_text=True)
    assert refused.status_code in (409, 422)
    assert "Mme Arnaud &lt;demande&gt;.</textarea>" in page
    assert re.search(r'data-keep="notes" open', page)
    assert "Mme Arnaud" not in (await council.shown())["clerk"], "it is for who typed it"


async def test_the_ballot_stands_before_all_else_where_somebody_votes_or_runs_it_and_what_may_be_opened_below(
    site: Site,
) -> None:
    council = await opened(site)

    def panels(page: str) -> list[str]:
        item = page.partition('data-place="item"')[2].partition('data-place="agenda"')[0]
        return re.findall(r'data-panel="([a-z-]+)"', item)

    screens = await council.shown()
    for screen in ("clerk", "chair", "member"):
        order = panels(screens[screen])
        assert order.index("floor") < order.index("item") < order.index("ballot-opening"), screen
        ballot = "ballot-clerk" if screen == "clerk" else "ballot-seat"
        assert set(order[: order.index(ballot)]) <= {"step"}, screen
    assert panels(screens["public"]).index("item") < panels(screens["public"]).index("ballot-public")


async def test_the_agenda_says_what_was_decided_on_an_item(site: Site) -> None:
    council = await opened(site)
    ballot = await council.open("hands")
    await council.act(council.clerk, "ballots/count", ballot=ballot, **{"for": "1", "against": "2"})
    await council.act(council.clerk, "ballots/proclaim", ballot=ballot)
    await council.act(council.clerk, "course/end-item")

    for screen, page in (await council.shown()).items():
        assert "Rejected" in page.partition('class="points"')[2].partition("</ol>")[0], screen


async def test_an_item_that_ends_without_a_vote_is_marked_so(site: Site) -> None:
    council = await opened(site)
    await council.act(council.clerk, "course/end-item")

    for screen, page in (await council.shown()).items():
        assert "Without a vote" in page.partition('class="points"')[2].partition("</ol>")[0], screen


async def test_the_form_of_a_vote_takes_who_asks_for_a_closed_session_and_every_screen_names_them(site: Site) -> None:
    council = await opened(site)
    fields = {"how": "hands", "purpose": "closed_session"}
    for asking in ({}, {"asked_by": council.seats["bilal"]}):
        refused = await council.act(council.clerk, "ballots/open", **fields, **asking)
        assert (refused["status"], "L2121-18" in str(refused)) == (409, True)
    page = await council.clerk.text(f"{council.path}/cockpit")
    assert page.count('name="asked_by"') == 3
    assert "at least 3 members (CGCT L2121-18)" in page
    await council.act(council.clerk, "attendance/leave", member=council.seats["carole"])
    absent = await council.act(council.clerk, "ballots/open", asked_by=council.seats["carole"], **fields)
    await council.open("hands", purpose="closed_session", asked_by=council.seats["anne"])

    assert absent["status"] == 422
    for screen, shown in (await council.shown()).items():
        assert "Asked for by: Anne" in shown, screen
