"""Whether a proxy may be given: one to a holder, and for so many sittings in a row (CGCT L2121-20)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set

from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from meetings.rules import Answer, Rules, VoteRightsCase, decide
from meetings.sittings.model import JournalEntry, ProxyRefused, Sitting, SittingState, VotingProxy
from meetings.sittings.model.progress import SITTING_OPENED
from meetings.sittings.model.proxy import held_by, require_possible

SITTINGS_LOOKED_AT = 24
"""How far back is counted: some years of sittings. Nothing depends on a larger number."""


async def require_valid(
    db: AsyncSession,
    sitting: Sitting,
    rules: Rules,
    standing: Sequence[VotingProxy],
    *,
    giver_id: str,
    holder_id: str,
    illness: bool,
) -> None:
    """Raise `ProxyRefused`, in the words of the rules, for a proxy that this sitting does not admit.

    `standing` are the sitting's proxies so far; `illness` is the giver's, duly established.
    """
    require_possible(standing, giver_id=giver_id, holder_id=holder_id)
    case = VoteRightsCase(
        proxies_held=held_by(standing, holder_id),
        another_proxy=True,
        sittings_before=(await sittings_before(db, sitting)).get((giver_id, holder_id), 0),
        illness=illness,
    )
    answer = decide(case, rules)
    if not answer.result["accepted"]:
        raise ProxyRefused(answer)


async def terms_of(
    db: AsyncSession, sitting: Sitting, rules: Rules, proxies: Sequence[VotingProxy]
) -> Mapping[str, Answer]:
    """What the rules say of each proxy given for this sitting, by the sittings before it as they turned out."""
    before = await sittings_before(db, sitting)
    return {
        proxy.id: decide(
            VoteRightsCase(another_proxy=True, sittings_before=before.get((proxy.giver_id, proxy.holder_id), 0)), rules
        )
        for proxy in proxies
    }


async def sittings_before(db: AsyncSession, sitting: Sitting) -> Mapping[tuple[str, str], int]:
    """For how many sittings in a row, up to the one before this, each proxy was valid: by giver and holder.

    One that had ended when the sitting was opened was not valid for it: it was taken back, its giver came in time, or
    the rules ended it at the roll. A sitting that was cancelled, or could not be held for want of a quorum, does not
    count and does not interrupt.
    """
    opening = and_(JournalEntry.sitting_id == Sitting.id, JournalEntry.kind == SITTING_OPENED)
    was_held = and_(Sitting.state == SittingState.CLOSED, JournalEntry.at.is_not(None))
    earlier = await db.execute(
        select(Sitting.id, JournalEntry.at)
        .outerjoin(JournalEntry, opening)
        .where(Sitting.body_id == sitting.body_id, Sitting.meets_at < sitting.meets_at)
        .where(or_(Sitting.state.in_((SittingState.CONVENED, SittingState.OPEN)), was_held))
        .order_by(Sitting.meets_at.desc())
        .limit(SITTINGS_LOOKED_AT)
    )
    openings = {row.id: row.at for row in earlier}
    valid: dict[tuple[str, str], set[str]] = {}
    for proxy in await db.scalars(select(VotingProxy).where(VotingProxy.sitting_id.in_(openings))):
        opened_at = openings[proxy.sitting_id]
        if proxy.revoked_at is None or (opened_at is not None and proxy.revoked_at > opened_at):
            valid.setdefault((proxy.giver_id, proxy.holder_id), set()).add(proxy.sitting_id)
    return {pair: _in_a_row(list(openings), sittings) for pair, sittings in valid.items()}


def _in_a_row(latest_first: Sequence[str], valid: Set[str]) -> int:
    return next((count for count, each in enumerate(latest_first) if each not in valid), len(latest_first))
