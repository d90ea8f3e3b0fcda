"""Proxies while the sitting is under way: recorded, revoked, lapsing when their giver arrives (CGCT L2121-20)."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select

from meetings.attendance.model.gathering import counted_places
from meetings.attendance.model.presence import (
    PROXY_LAPSED,
    PROXY_RECORDED,
    ROLL_PROXIES,
    SECOND_CALL,
    Presence,
    Proxy,
)
from meetings.attendance.service.members import require_roll
from meetings.rules import Answer
from meetings.sittings.journal import Entry, Value, written_instant
from meetings.sittings.model import AgendaItem, Sitting, VotingProxy
from meetings.sittings.service.held import Held, reasons
from meetings.sittings.service.proxy_terms import require_valid, terms_of
from meetings.sittings.service.replies import proxies_of
from portal.clock import civil_date
from portal.errors import Conflict, NotFound
from portal.i18n import lazy
from portal.ids import new_id


async def record_proxy(held: Held, giver_id: str, holder_id: str, *, illness: bool = False) -> str:
    """Let a member vote for another from now on: given by the member, or handed to the clerk in writing.

    Only who conducts says that `illness` is duly established, which lets it last beyond three sittings in a row.
    Returns the proxy's id. Raises `ProxyRefused` in the words of the rules, `Forbidden` for somebody else's mandate,
    `Conflict` for a giver who is there.
    """
    giver, holder = held.seat(giver_id), held.seat(holder_id)
    if illness or held.own_seat is None or held.own_seat.mandate_id != giver.mandate_id:
        held.require_conducts()
    require_roll(held)
    require_absent(held, {"giver": giver.mandate_id})
    await require_valid(
        held.db,
        held.sitting,
        held.rules,
        await proxies_of(held.db, held.sitting),
        giver_id=giver.mandate_id,
        holder_id=holder.mandate_id,
        illness=illness,
    )
    row = VotingProxy(
        id=new_id(),
        sitting_id=held.sitting.id,
        giver_id=giver.mandate_id,
        holder_id=holder.mandate_id,
        given_at=held.now,
        recorded_by=held.actor.account_id if held.actor else "",
    )
    held.db.add(row)
    content: dict[str, Value] = {"proxy": row.id, "giver": giver.mandate_id, "holder": holder.mandate_id}
    await held.note(PROXY_RECORDED, content | ({"excused": True} if illness else {}))
    return row.id


def require_absent(held: Held, content: Mapping[str, Value]) -> None:
    """Refuse a proxy of somebody who is there, by whichever way it comes. Raises `Conflict`."""
    if held.of(Presence).of(str(content["giver"])).place in counted_places(held.rules):
        raise Conflict(lazy("Who is present votes in person: a proxy is for when they have left (CGCT L2121-20)."))


async def revoke_proxy(held: Held, proxy_id: str) -> None:
    """The giver takes it back, at any time. Raises `NotFound`, `Forbidden`, `Conflict` once it has ended."""
    proxy = held.of(Presence).proxies.get(proxy_id)
    if proxy is None:
        raise NotFound
    if held.own_seat is None or held.own_seat.mandate_id != proxy.giver_id:
        held.require_conducts()
    require_roll(held)
    if proxy.ended_at is not None:
        raise Conflict(lazy("This proxy has ended already."))
    await _end(held, proxy, "revoked")


async def lapse_on_arrival(held: Held, entry: Entry) -> None:
    """Reaction: who is present votes in person, and whoever held their proxy does not any more."""
    giver_id = str(entry.content["member"])
    presence = held.of(Presence)
    proxy = presence.proxy_of(giver_id)
    if proxy is not None and presence.of(giver_id).place in counted_places(held.rules):
        await _end(held, proxy, "arrived")


async def read_roll(held: Held, _entry: Entry) -> None:
    """Reaction to the opening of the roll: the proxies that stand, and what a second call carries over.

    One that would be valid for too many sittings in a row ends here, with the article: how many there were before was
    not certain when it was given.
    """
    rows = [
        row
        for row in await proxies_of(held.db, held.sitting)
        if row.stands and {row.giver_id, row.holder_id} <= held.progress.seats.keys()
    ]
    standing: list[Value] = [{"proxy": row.id, "giver": row.giver_id, "holder": row.holder_id} for row in rows]
    await held.note(ROLL_PROXIES, {"proxies": standing}, by="")
    for proxy_id, answer in (await terms_of(held.db, held.sitting, held.rules, rows)).items():
        proxy = held.of(Presence).proxies[proxy_id]
        if not (answer.result["accepted"] or proxy.is_excused):
            await _end(held, proxy, "term", answer)
    if held.sitting.second_call_of is not None:
        carried: list[Value] = [*await _carried(held)]
        first = held.sitting.second_call_of.isoformat()
        await held.note(SECOND_CALL, {"of": first, "carried": carried}, by="")


async def _carried(held: Held) -> list[str]:
    """Items whose title stood on the agenda of the sitting that failed."""
    earlier = await held.db.execute(
        select(AgendaItem.title, Sitting.meets_at)
        .join(Sitting, Sitting.id == AgendaItem.sitting_id)
        .where(Sitting.body_id == held.sitting.body_id, Sitting.id != held.sitting.id)
        .where(Sitting.meets_at < held.sitting.meets_at)
    )
    titles = {title.casefold() for title, met in earlier if civil_date(met) == held.sitting.second_call_of}
    return [point.item_id for point in held.progress.points.values() if point.title.casefold() in titles]


async def _end(held: Held, proxy: Proxy, cause: str, answer: Answer | None = None) -> None:
    row = await held.db.get(VotingProxy, proxy.id)
    if row is not None and row.stands:
        row.revoke(held.now)
    content: dict[str, Value] = {
        "proxy": proxy.id,
        "giver": proxy.giver_id,
        "holder": proxy.holder_id,
        "cause": cause,
        "since": written_instant(held.now),
    }
    if answer is not None:
        content["answer"] = reasons(answer)
    await held.note(PROXY_LAPSED, content, by=None if cause == "revoked" else "")
