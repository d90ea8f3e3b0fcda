"""Voting proxies: a member's written word that another votes for them (CGCT L2121-20)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from meetings.rules import Answer
from portal.db import Base, IdColumn
from portal.errors import Conflict
from portal.i18n import current_locale, lazy


class ProxyRefused(Conflict):
    """The rules refuse it; the words are theirs, with the article."""

    code = "proxy-refused"
    text = lazy("This proxy is not possible.")

    def __init__(self, answer: Answer | None = None, message: str | None = None) -> None:
        """`answer` is what the rules said."""
        super().__init__(message)
        self._answer = answer

    def words(self) -> str:
        """The rules' own sentence, with its articles."""
        if self._answer is None:
            return super().words()
        return self._answer.sentence(current_locale())


class VotingProxy(Base):
    """One proxy for one sitting. Revoked, not deleted: who could vote for whom, and when, stays provable."""

    __tablename__ = "voting_proxy"
    __table_args__ = (Index("ix_voting_proxy_sitting_id", "sitting_id"),)

    id: Mapped[str] = mapped_column(IdColumn, primary_key=True)
    sitting_id: Mapped[str] = mapped_column(ForeignKey("sitting.id"))
    giver_id: Mapped[str] = mapped_column(ForeignKey("mandate.id"))
    holder_id: Mapped[str] = mapped_column(ForeignKey("mandate.id"))
    given_at: Mapped[datetime]
    recorded_by: Mapped[str] = mapped_column(IdColumn)
    """Who entered it: the giver, or the clerk for one on paper."""
    revoked_at: Mapped[datetime | None]

    @property
    def stands(self) -> bool:
        """Whether it has not been revoked."""
        return self.revoked_at is None

    def revoke(self, at: datetime) -> None:
        """The giver takes it back, or arrives. Raises `Conflict` if that was done before."""
        if self.revoked_at is not None:
            raise Conflict
        self.revoked_at = at


def held_by(proxies: Sequence[VotingProxy], mandate_id: str) -> int:
    """How many proxies a member holds."""
    return sum(proxy.stands and proxy.holder_id == mandate_id for proxy in proxies)


def require_possible(proxies: Sequence[VotingProxy], *, giver_id: str, holder_id: str) -> None:
    """Refuse what no rule set allows: oneself, a second one of the same giver, a proxy passed on (CGCT L2121-20)."""
    standing = [proxy for proxy in proxies if proxy.stands]
    if giver_id == holder_id:
        raise ProxyRefused(message=lazy("Nobody gives a proxy to themselves."))
    if any(proxy.giver_id == giver_id for proxy in standing):
        raise ProxyRefused(message=lazy("This member has given a proxy already. Revoke it first."))
    if any(proxy.giver_id == holder_id for proxy in standing):
        raise ProxyRefused(message=lazy("The person named has given a proxy themselves: a proxy is not passed on."))
    if held_by(standing, giver_id):
        raise ProxyRefused(message=lazy("This member holds a proxy of somebody else: a proxy is not passed on."))
