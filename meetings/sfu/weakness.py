"""Whether so much of what a peer publishes is lost that the others should know why they hear it badly. Pure."""

MUCH, LITTLE = 0.10, 0.05
"""Shares of the packets of one look: more than the first is weak, less than the second is well again."""
FEWEST = 50
CALM_S = 6.0
FORGOTTEN_S = 12.0
"""Of who has sent next to nothing for so long nothing is known: nobody hears badly who is not heard."""


class Weakness:
    """One peer's way to us. `settle` it about once a second. lost: the share at the last look."""

    __slots__ = ("_calm_since", "_expected", "_looked_at", "_received", "_was_much", "is_weak", "lost")

    def __init__(self) -> None:
        self.is_weak = self._was_much = False
        self.lost = 0.0
        self._expected = self._received = 0
        self._looked_at = -1e9
        self._calm_since: float | None = None

    def settle(self, expected: int, received: int, now: float) -> None:
        """Take the counts since the beginning: one bad look may be chance, two in a row are not."""
        lately, came = expected - self._expected, received - self._received
        if lately < FEWEST:
            if now - self._looked_at >= FORGOTTEN_S:
                self.is_weak = self._was_much = False
                self.lost, self._calm_since = 0.0, None
            return
        self._expected, self._received, self._looked_at = expected, received, now
        self.lost = lost = max(0.0, 1 - came / lately)
        self.is_weak = self.is_weak or (lost > MUCH and self._was_much)
        self._was_much = lost > MUCH
        if lost >= LITTLE:
            self._calm_since = None
        elif self._calm_since is None:
            self._calm_since = now
        elif now - self._calm_since >= CALM_S:
            self.is_weak = False
