"""The routes of presence, proxies and quorum: who is let in, what counts once, what no form can be."""

from __future__ import annotations

import re

import pytest

from meetings.sittings.model import JournalEntry
from portal.mail import OutgoingMail
from portal.permissions import Role
from tests.helpdesk.board.site import Browser, Site
from tests.meetings.sittings.council import Council, gathered, opened
from tests.meetings.sittings.test_pages import rows, submit

CONDUCTED = ("confirm", "decide", "room", "open", "fail", "call")
"""For who clerks or presides."""
OF_A_SEAT = ("arrive", "leave", "interest", "interest/withdraw", "proxy", "proxy/revoke")
"""For who conducts, and for each member about themself."""


async def at_the_roll(site: Site) -> Council:
    council = await gathered(site)
    assert (await council.act(council.clerk, "course/roll"))["status"] == 200
    return council


async def noted(site: Site) -> list[str]:
    """The kinds of the journal's entries, in order."""
    found = sorted(await rows(site, JournalEntry), key=lambda entry: entry.number)
    return [entry.kind for entry in found]


def fields(council: Council, path: str, item: str, proxy: str) -> dict[str, str]:
    """A form as a page would send it, about Carole."""
    carole, bilal = council.seats["carole"], council.seats["bilal"]
    return {
        "arrive": {"member": carole},
        "confirm": {"member": carole},
        "leave": {"member": carole},
        "interest": {"member": carole, "item": item},
        "interest/withdraw": {"member": carole, "item": item},
        "proxy": {"giver": carole, "holder": bilal},
        "proxy/revoke": {"proxy": proxy},
        "decide": {"choice": "held"},
        "call": {"item": item},
    }.get(path, {})


async def test_strangers_other_staff_and_members_are_refused_what_is_not_theirs(site: Site) -> None:
    council = await at_the_roll(site)
    carole, anne = council.seats["carole"], council.seats["anne"]
    item = await council.item_id()
    given = await council.act(council.clerk, "attendance/proxy", giver=carole, holder=anne)
    before = await noted(site)
    others: list[tuple[Browser, int]] = [
        (site.visitor(), 401),
        (await site.person("Voisin"), 403),
        (await site.person("Guichet", Role.AGENT), 403),
        (await site.person("Ailleurs", Role.COUNCILLOR), 403),
        (council.members["bilal"], 403),
    ]

    for path in (*CONDUCTED, *OF_A_SEAT):
        for browser, status in others:
            sent = fields(council, path, item, given["proxy"])
            answer = await council.act(browser, f"attendance/{path}", **sent)
            assert answer["status"] == status, (path, answer)
    assert await noted(site) == before


async def test_a_command_that_is_sent_twice_counts_once(site: Site) -> None:
    council = await at_the_roll(site)
    sent = {"member": council.seats["bilal"], "command_id": "bilal-is-here-1"}
    first = await council.act(council.clerk, "attendance/arrive", **sent)
    again = await council.act(council.clerk, "attendance/arrive", **sent)

    assert first["status"] == 200
    assert again == first
    assert (await noted(site)).count("member.arrived") == 1
    other = await council.act(council.clerk, "attendance/arrive", **{**sent, "member": council.seats["carole"]})
    assert other["status"] == 409
    assert (await noted(site)).count("member.arrived") == 1


@pytest.mark.parametrize(
    "body",
    [b"\xff\xfe\x00member=%ff", b"member=" + b"x" * 200, b"place=moon", b"member[]=1&unknown=2", b"command_id=%00"],
)
async def test_what_no_form_can_be_is_refused_and_changes_nothing(site: Site, body: bytes) -> None:
    council = await at_the_roll(site)
    before = await noted(site)
    token = council.clerk.token.encode()
    answer = await council.clerk.client.post(
        f"{council.path}/attendance/arrive",
        data=body + b"&csrf_token=" + token,
        headers={
            **council.clerk.headers,
            "X-CSRF-Token": council.clerk.token,
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept": "application/json",
        },
    )

    assert 400 <= answer.status_code < 500, answer.status_code
    assert await noted(site) == before


async def test_without_script_each_act_leads_back_to_the_screen_it_came_from(site: Site) -> None:
    council = await at_the_roll(site)
    bilal = council.seats["bilal"]
    own = await submit(council.members["bilal"], f"{council.path}/attendance/arrive", member=bilal, screen="seat")
    seen = await submit(council.clerk, f"{council.path}/attendance/confirm", member=bilal, means="seen")
    missing = await submit(council.clerk, f"{council.path}/attendance/open")

    assert (own.status_code, own.headers["Location"]) == (303, f"{council.path}/seat")
    assert (seen.status_code, seen.headers["Location"]) == (303, f"{council.path}/cockpit")
    assert missing.status_code == 409
    assert "L2121-17" in await missing.get_data(as_text=True)


async def test_without_a_quorum_the_sitting_fails_and_the_second_call_is_prefilled(site: Site) -> None:
    council = await at_the_roll(site)
    failed = await council.act(council.clerk, "attendance/fail")
    cockpit = await council.clerk.text(f"{council.path}/cockpit")
    sitting_id = council.path.rpartition("/")[2]

    assert failed["status"] == 200
    assert f"/sittings/new?after={sitting_id}" in cockpit
    form = await council.clerk.text(f"/sittings/new?after={sitting_id}")
    assert 'name="second_call_of"' in form
    assert 'value="2026-05-20"' in form
    assert "Salle du conseil" in form
    assert (await council.members["bilal"].get(f"/sittings/new?after={sitting_id}")).status_code == 403
    assert (await council.clerk.get("/sittings/new?after=nothing")).status_code == 404


async def test_secretary_and_chair_are_among_those_present_and_after_the_end_nobody_is_listed(
    site: Site,
) -> None:
    council = await at_the_roll(site)
    for name in ("anne", "bilal"):
        await council.act(council.clerk, "attendance/arrive", member=council.seats[name])
    await council.act(council.clerk, "attendance/open")
    cockpit = await council.clerk.text(f"{council.path}/cockpit")
    choice = cockpit.partition('id="secretary"')[2].partition("</select>")[0]
    assert council.seats["bilal"] in choice
    assert council.seats["carole"] not in choice
    # So is who takes the chair; whoever has it is not offered to themselves.
    chair = cockpit.partition('id="chair"')[2].partition("</select>")[0]
    assert council.seats["bilal"] in chair
    assert council.seats["anne"] not in chair
    assert council.seats["carole"] not in chair

    assert (await council.act(council.clerk, "course/close"))["status"] == 200
    cockpit = await council.clerk.text(f"{council.path}/cockpit")
    assert "Those absent" not in cockpit
    assert "The sitting is closed" in cockpit


async def test_who_is_present_gives_no_proxy_by_link_or_on_the_clerks_page_either(site: Site) -> None:
    council = await opened(site)
    mails = [mail for mail in await rows(site, OutgoingMail) if mail.recipient == "bilal@mail.test"]
    link = next(found[1] for mail in mails if (found := re.search(r"(/summons/\S+)", mail.body)))
    bilal, carole = council.seats["bilal"], council.seats["carole"]
    by_link = await submit(site.visitor(), f"{link}/proxy", holder_id=carole)
    by_clerk = await submit(council.clerk, f"{council.path}/proxies", giver_id=bilal, holder_id=carole)

    for refused in (by_link, by_clerk):
        assert refused.status_code == 409
        assert "L2121-20" in await refused.get_data(as_text=True)
    await council.act(council.clerk, "attendance/leave", member=bilal)
    assert (await submit(site.visitor(), f"{link}/proxy", holder_id=carole)).status_code == 303


async def test_the_screens_of_clerk_and_chair_put_the_resumption_without_a_quorum_to_the_chair(site: Site) -> None:
    council = await opened(site)
    await council.act(council.clerk, "course/suspend")
    button = "attendance/resume"
    calm = await council.shown()
    for name in ("bilal", "carole"):
        await council.act(council.clerk, "attendance/leave", member=council.seats[name])
    shown = await council.shown()
    refused = await council.act(council.clerk, "attendance/resume")
    stranger = await council.act(council.members["bilal"], "attendance/resume", choice="go_on")
    resumed = await council.act(council.members["anne"], "attendance/resume", choice="go_on")

    for screen in ("clerk", "chair"):
        assert (button in calm[screen], 'value="go_on"' in calm[screen]) == (True, False)
        assert (button in shown[screen], 'value="go_on"' in shown[screen]) == (True, True)
    for screen in ("member", "public", "hall"):
        assert button not in shown[screen]
    assert (refused["status"], stranger["status"], resumed["status"]) == (409, 403, 200)
