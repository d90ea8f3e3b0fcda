"""The addresses at which somebody is appointed without a vote, and requests for a ballot are taken back."""

from __future__ import annotations

from meetings.ballots.model.ballots import BALLOT_REQUEST_WITHDRAWN, CANDIDACY_TOOK_EFFECT
from meetings.sittings.model import JournalEntry
from portal.permissions import Role
from tests.helpdesk.board.site import Site
from tests.meetings.sittings.council import Council, opened
from tests.meetings.sittings.test_pages import rows

LIST = {"title": "Commission des finances", "post": "committee", "candidates": "Carole\nBilal"}


async def noted(council: Council, kind: str) -> list[JournalEntry]:
    return [row for row in await rows(council.site, JournalEntry) if row.kind == kind]


async def test_the_only_list_is_appointed_once_however_often_it_is_sent(site: Site) -> None:
    council = await opened(site)
    several = await council.act(council.clerk, "ballots/election/appoint", **LIST)
    first = await council.act(council.clerk, "ballots/election/appoint", is_list="1", command_id="appoint-1", **LIST)
    again = await council.act(council.clerk, "ballots/election/appoint", is_list="1", command_id="appoint-1", **LIST)

    assert several["status"] == 409, "two candidates are no list"
    assert (first["status"], again) == (200, first)
    (entry,) = await noted(council, CANDIDACY_TOOK_EFFECT)
    assert (entry.content["election"], entry.content["list"]) == (first["election"], True)
    assert entry.content["candidates"] == ["Carole", "Bilal"]
    assert "Appointed: Carole, Bilal" in (await council.shown())["hall"]


async def test_nobody_is_appointed_by_a_member_or_a_stranger_or_from_a_form_that_says_nothing(site: Site) -> None:
    council = await opened(site)
    fields = {**LIST, "is_list": "1"}
    member = await council.act(council.members["bilal"], "ballots/election/appoint", **fields)
    stranger = await council.act(site.visitor(), "ballots/election/appoint", **fields)
    empty = await council.act(council.clerk, "ballots/election/appoint", **{**fields, "candidates": " "})
    wrong = await council.act(council.clerk, "ballots/election/appoint", **{**fields, "post": "king"})

    assert (member["status"], stranger["status"]) == (403, 401)
    assert (empty["status"], wrong["status"]) == (422, 422)
    assert await noted(council, CANDIDACY_TOOK_EFFECT) == []


async def test_a_member_takes_back_their_request_for_one_kind_and_it_counts_once(site: Site) -> None:
    council = await opened(site)
    bilal = council.members["bilal"]
    for kind in ("public", "secret"):
        await council.act(bilal, "ballots/ask", kind=kind)
    first = await council.act(bilal, "ballots/ask/withdraw", kind="secret", command_id="withdraw-1")
    again = await council.act(bilal, "ballots/ask/withdraw", kind="secret", command_id="withdraw-1")
    another = await council.act(bilal, "ballots/ask/withdraw", kind="secret", command_id="withdraw-2")

    assert (first["status"], again, another["status"]) == (200, first, 409)
    (entry,) = await noted(council, BALLOT_REQUEST_WITHDRAWN)
    assert (entry.content["kind"], entry.content["members"]) == ("secret", [council.seats["bilal"]])
    assert (await bilal.text(f"{council.path}/seat")).count("You have asked for it.") == 1


async def test_the_clerk_records_once_which_member_takes_which_request_back(site: Site) -> None:
    council = await opened(site)
    for name in ("bilal", "carole"):
        await council.act(council.clerk, "ballots/asked", kind="secret", members=council.seats[name])
    fields = {"kind": "secret", "member": council.seats["carole"], "command_id": "withdraw-1"}
    first = await council.act(council.clerk, "ballots/asked/withdraw", **fields)
    again = await council.act(council.clerk, "ballots/asked/withdraw", **fields)

    assert (first["status"], again) == (200, first)
    (entry,) = await noted(council, BALLOT_REQUEST_WITHDRAWN)
    assert (entry.content["kind"], entry.content["members"]) == ("secret", [council.seats["carole"]])
    for change, status in (({"kind": "public"}, 409), ({"kind": "loud"}, 422), ({"member": "nobody"}, 422)):
        refused = await council.act(council.clerk, "ballots/asked/withdraw", **{**fields, "command_id": "", **change})
        assert refused["status"] == status, change


async def test_a_request_is_taken_back_by_nobody_else(site: Site) -> None:
    council = await opened(site)
    await council.act(council.members["bilal"], "ballots/ask", kind="secret")
    unseated = await site.person("Zoe", Role.COUNCILLOR)
    own = {"kind": "secret"}
    of_another = {**own, "member": council.seats["bilal"]}

    for browser, own_status, other_status in (
        (council.members["carole"], 409, 403),
        (unseated, 403, 403),
        (site.visitor(), 401, 401),
    ):
        assert (await council.act(browser, "ballots/ask/withdraw", **own))["status"] == own_status
        assert (await council.act(browser, "ballots/asked/withdraw", **of_another))["status"] == other_status
    assert (await council.act(council.clerk, "ballots/ask/withdraw", **own))["status"] == 403
    assert await noted(council, BALLOT_REQUEST_WITHDRAWN) == []
