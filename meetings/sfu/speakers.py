"""Who is speaking: the loudest voices of a room, with enough inertia that a cough takes nobody's place.

Pure; levels and time come in. Levels are those of RFC 6464: 0 is the loudest, 127 silence, in -dBov.
"""

SILENCE = 127
SPEAKING = 12.0  # smoothed loudness from which somebody speaks; a quiet room is near 0
CHALLENGE = 1.35  # how much louder a newcomer must be to take a place
HOLD_S = 0.4  # how long a place is kept in any case
DOMINANT_HOLD_S = 1.5
_NOISE_FLOOR = 60  # dB below full scale: quieter is nothing
_RISE_S, _FALL_S = 0.04, 0.5  # how quickly loudness follows: a syllable up, a pause down
_LONGEST_STEP_S = 1.0


class _Voice:
    __slots__ = ("at", "loudness", "since")

    def __init__(self) -> None:
        self.loudness = 0.0
        self.at = self.since = -1e9


class SpeakerBoard:
    """Keeps the order of voices in one room. spoke_at: when each of them was last heard speaking."""

    def __init__(self, places: int) -> None:
        self._places = places
        self._voices: dict[str, _Voice] = {}
        self.loudest: list[str] = []
        self.runner_up: str | None = None
        self.dominant: str | None = None
        self.spoke_at: dict[str, float] = {}
        self._dominant_since = -1e9

    def heard(self, publisher: str, level: int, now: float) -> None:
        """Take the level of one packet."""
        voice = self._voices.get(publisher)
        if voice is None:
            voice = self._voices[publisher] = _Voice()
        before, voice.at = voice.at, now
        target, loudness = _NOISE_FLOOR - (level & 0x7F), voice.loudness
        if target > 0 or loudness:
            elapsed = min(max(now - before, 0.0), _LONGEST_STEP_S)
            inertia = _RISE_S if target > loudness else _FALL_S
            voice.loudness = loudness + (max(0, target) - loudness) * elapsed / (elapsed + inertia)

    def forget(self, publisher: str) -> None:
        """Somebody has left."""
        self.fell_silent(publisher)
        self.spoke_at.pop(publisher, None)

    def fell_silent(self, publisher: str) -> None:
        """Take away a voice that has stopped. When it spoke is kept: a microphone is often closed after each speech."""
        self._voices.pop(publisher, None)
        self.loudest = [each for each in self.loudest if each != publisher]
        if self.runner_up == publisher:
            self.runner_up = None
        if self.dominant == publisher:
            self.dominant = None

    def settle(self, live: list[str], now: float) -> None:
        """Give the places out again among the `live` publishers, in order of joining."""
        for publisher in live:
            self._voices.setdefault(publisher, _Voice())
        self.loudest = [each for each in self.loudest if each in live]
        others = sorted((each for each in live if each not in self.loudest), key=self._loudness, reverse=True)
        while others and len(self.loudest) < self._places:
            self._seat(others.pop(0), now)
        while others and (weakest := min(self.loudest, key=self._loudness)) and self._beats(others[0], weakest, now):
            self.loudest.remove(weakest)
            self._seat(others.pop(0), now)
            others.append(weakest)
        self.spoke_at.update(dict.fromkeys(self.speaking(now), now))
        self._choose_runner_up(others)
        self._choose_dominant(now)

    def speaking(self, now: float) -> tuple[str, ...]:
        """Who speaks now, loudest first."""
        audible = [name for name, each in self._voices.items() if each.loudness >= SPEAKING and now - each.at < 1.0]
        return tuple(sorted(audible, key=self._loudness, reverse=True))

    def _loudness(self, publisher: str) -> float:
        return self._voices[publisher].loudness

    def _seat(self, publisher: str, now: float) -> None:
        self.loudest.append(publisher)
        self._voices[publisher].since = now

    def _beats(self, challenger: str, holder: str, now: float) -> bool:
        louder = self._loudness(challenger) > max(SPEAKING, CHALLENGE * self._loudness(holder))
        return louder and now - self._voices[holder].since >= HOLD_S

    def _choose_runner_up(self, others: list[str]) -> None:
        best = max(others, key=self._loudness, default=None)
        current = self.runner_up if self.runner_up in others else None
        if best is None or current is None or self._loudness(best) > CHALLENGE * self._loudness(current) + 1:
            self.runner_up = best

    def _choose_dominant(self, now: float) -> None:
        best = max(self.loudest, key=self._loudness, default=None)
        if best is None or best == self.dominant or self._loudness(best) < SPEAKING:
            return
        held = self._loudness(self.dominant) if self.dominant in self._voices else 0.0
        if now - self._dominant_since >= DOMINANT_HOLD_S and self._loudness(best) > CHALLENGE * held:
            self.dominant, self._dominant_since = best, now
