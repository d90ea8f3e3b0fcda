"""What moderation does to a posting: it is withheld, and put back as it stood."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from helpdesk.board.model.posting import Posting
from helpdesk.board.model.states import UNDER_WAY, Change, PostingState, stored
from portal.errors import Conflict


class ModeratedPosting(Posting):
    """A posting that can be held before it stands on the board, and hidden whatever has become of it."""

    withheld_at: Mapped[datetime | None]
    """Since when it has been held or hidden."""
    withheld_from: Mapped[PostingState | None] = mapped_column(stored(PostingState))
    """Where it stood before."""

    def hold(self, at: datetime) -> Change:
        """Somebody looks at it before anybody else does: at what is new, or at what was written anew."""
        if self.state not in UNDER_WAY:
            raise Conflict
        return self._withhold(PostingState.HELD, "held", at)

    def hide(self, at: datetime) -> Change:
        """Take it off every channel, whatever has become of it; its answers stay, and no place is kept any longer."""
        if self.state is PostingState.HIDDEN:
            raise Conflict
        return self._withhold(PostingState.HIDDEN, "hidden", at)

    def publish(self, at: datetime) -> Change:
        """Nothing was wrong with one that was held: it is as new on the board, or stands again where it stood."""
        if self.state is not PostingState.HELD:
            raise Conflict
        if self.edited_at is None:
            self.posted_at = at
        return self._put_back(at)

    def restore(self, at: datetime) -> Change:
        """Hidden by mistake: it stands again as it did. One that had ended, or has meanwhile, stays so."""
        if self.state is not PostingState.HIDDEN:
            raise Conflict
        return self._put_back(at)

    def end_withheld(self, at: datetime) -> None:
        """It is not put back any more: it ended when it was withheld, and stays so. Raises `Conflict` for all else."""
        if not self.is_withheld or self.has_ended:
            raise Conflict
        self.ended_at, self.withheld_from = self.withheld_at, PostingState.EXPIRED
        self._change("expired", ("state",), at)

    def _withhold(self, state: PostingState, verb: str, at: datetime) -> Change:
        opened = -1 if self.state is PostingState.OPEN else 0
        if not self.is_withheld:
            self.withheld_from = self.state
        self.state, self.held, self.withheld_at = state, 0, at
        return self._change(verb, ("state",), at, opened=opened)

    def _put_back(self, at: datetime) -> Change:
        self.state, self.withheld_at, self.withheld_from = self.withheld_from or PostingState.OPEN, None, None
        if self.has_ended:
            return self._change(self.state.value, ("state",), at)
        self.state = self._standing()
        if self.state is PostingState.TO_CONFIRM:
            # Its author could not answer meanwhile: the days for it begin anew.
            self.asked_at = at
        return self._change("posted", ("state",), at, opened=int(self.state is PostingState.OPEN))
