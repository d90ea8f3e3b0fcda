"""Presence by the live connection: noted at once, left after the grace, counted as the rules say. Entries alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from meetings.attendance.model import Gathering, Place, Presence, due
from meetings.attendance.model.lines import LOSS_GRACE, next_look
from meetings.rules import QuorumCase, decide, rules_for
from meetings.sittings.course import Course
from meetings.sittings.journal import Heading, Link, Value, end_of
from meetings.sittings.model.progress import Progress
from tests.meetings.sittings.world import LIBRARY

START = datetime(2026, 5, 20, 16, 30, tzinfo=UTC)
MEMBERS = ("a", "b", "c")


@dataclass
class Sitting:
    """A journal in memory, and how members are connected."""

    rule_set: str = "fr-cgct-epci-remote"
    now: datetime = START
    course: Course = field(default_factory=Course.start)
    end: Link = field(default_factory=lambda: Link.start(Heading("t", "s", "b", START)))

    def __post_init__(self) -> None:
        seats = [
            {"mandate": who, "person": who, "name": who, "function": "member", "group": "", "rank": rank}
            for rank, who in enumerate(MEMBERS)
        ]
        roll: Any = {
            "mode": "remote",
            "rule_set": "x",
            "rule_set_version": "1",
            "seats": seats,
            "items": [],
        }
        self.note("roll.opened", roll)

    def note(self, kind: str, content: Mapping[str, Value]) -> None:
        entry = self.end.append(at=self.now, kind=kind, by="", content=content)
        self.course, self.end = self.course.after([entry]), end_of(entry)

    def sees(self, after: float = 0, **seen: Place) -> list[str]:
        """Let time pass, look at the connections, note what is due; returns the kinds that were noted."""
        self.now += timedelta(seconds=after)
        noted = due(self.presence, MEMBERS, seen, self.now)
        for each in noted:
            self.note(each.kind, each.content)
        assert due(self.presence, MEMBERS, seen, self.now) == []
        return [each.kind for each in noted]

    def identify(self, *members: str) -> None:
        for who in members:
            self.note("identity.confirmed", {"member": who, "means": "seen"})

    @property
    def presence(self) -> Presence:
        return self.course.of(Presence)

    def present(self, *, now_only: bool = False) -> tuple[str, ...]:
        rules = rules_for(LIBRARY, self.rule_set, date(2026, 5, 20))
        return Gathering.of(self.presence, self.course.of(Progress), rules, now_only=now_only).present


def test_who_connects_by_video_is_present_once_identified() -> None:
    sitting = Sitting()

    assert sitting.sees(a=Place.VIDEO) == ["connection.changed", "member.arrived"]
    assert sitting.present() == ()
    sitting.identify("a")
    assert sitting.present() == ("a",)


def test_a_short_loss_is_noted_at_once_and_nobody_has_left() -> None:
    sitting = Sitting()
    sitting.sees(a=Place.VIDEO)
    sitting.identify("a")

    assert sitting.sees(60) == ["connection.changed"]
    assert sitting.presence.of("a").lost_at == sitting.now
    assert (sitting.present(), sitting.present(now_only=True)) == (("a",), ())
    assert next_look(sitting.presence) == sitting.now + LOSS_GRACE
    assert sitting.sees(5, a=Place.VIDEO) == ["connection.changed"]
    assert len(sitting.presence.of("a").stays) == 1


def test_a_long_loss_is_a_departure_at_the_moment_of_the_loss_and_the_return_needs_no_second_look() -> None:
    sitting = Sitting()
    sitting.sees(a=Place.VIDEO)
    sitting.identify("a")
    sitting.sees(60)
    lost_at = sitting.now

    assert sitting.sees(LOSS_GRACE.total_seconds()) == ["member.left"]
    (stay,) = sitting.presence.of("a").stays
    assert (stay.until, stay.cause) == (lost_at, "lost")
    assert sitting.sees(20, a=Place.VIDEO) == ["connection.changed", "member.arrived"]
    assert sitting.present() == ("a",)


def test_who_loses_their_picture_is_heard_only_after_the_grace_and_absent_where_the_law_says_video() -> None:
    sitting = Sitting()
    sitting.sees(a=Place.VIDEO)
    sitting.identify("a")

    assert sitting.sees(60, a=Place.AUDIO) == ["connection.changed"]
    assert (sitting.present(), sitting.present(now_only=True)) == (("a",), ())
    assert sitting.sees(LOSS_GRACE.total_seconds(), a=Place.AUDIO) == ["member.arrived"]
    assert sitting.present() == ()
    assert sitting.sees(5, a=Place.VIDEO) == ["connection.changed", "member.arrived"]
    assert sitting.present() == ("a",)


def test_in_a_council_that_meets_in_its_hall_a_member_on_video_is_absent() -> None:
    sitting = Sitting("fr-cgct-commune")
    sitting.sees(a=Place.VIDEO)
    sitting.identify("a")

    rules = rules_for(LIBRARY, "fr-cgct-commune", date(2026, 5, 20))
    found = Gathering.of(sitting.presence, sitting.course.of(Progress), rules)
    assert found.not_counted == {"a": Place.VIDEO}
    assert decide(found.case, rules).result["counted"] == 0


def test_who_is_checked_in_to_the_hall_stays_there_whatever_their_tablet_does() -> None:
    sitting = Sitting()
    sitting.note("member.arrived", {"member": "a", "how": "hall", "by_self": False})

    assert sitting.sees(a=Place.VIDEO) == ["connection.changed"]
    assert sitting.sees(60) == ["connection.changed"]
    assert sitting.sees(60) == []
    assert sitting.present(now_only=True) == ("a",)


@pytest.mark.parametrize("place", ["hall", "site"])
def test_who_leaves_a_room_is_not_brought_back_by_the_tablet_left_there(place: str) -> None:
    sitting = Sitting()
    sitting.note("member.arrived", {"member": "a", "how": place, "by_self": False})
    sitting.sees(a=Place.VIDEO)
    sitting.now += timedelta(seconds=60)
    sitting.note("member.left", {"member": "a", "cause": "left"})

    assert sitting.sees(60, a=Place.VIDEO) == []
    assert sitting.presence.of("a").stay is None


def test_who_left_a_room_and_connects_from_elsewhere_waits_to_be_identified_there() -> None:
    sitting = Sitting()
    sitting.note("member.arrived", {"member": "a", "how": "site", "by_self": False})
    sitting.sees(60)
    sitting.note("member.left", {"member": "a", "cause": "left"})

    assert sitting.sees(60, a=Place.VIDEO) == ["connection.changed", "member.arrived"]
    assert sitting.present() == ()
    sitting.identify("a")
    assert sitting.present() == ("a",)


def test_who_says_goodbye_is_not_brought_back_by_a_connection_that_still_stands() -> None:
    sitting = Sitting()
    sitting.sees(a=Place.VIDEO)
    sitting.identify("a")
    sitting.now += timedelta(seconds=60)
    sitting.note("member.left", {"member": "a", "cause": "left"})

    assert sitting.sees(60, a=Place.VIDEO) == []
    assert sitting.sees(5) == ["connection.changed"]
    assert sitting.sees(5, a=Place.VIDEO) == ["connection.changed", "member.arrived"]


def test_sound_alone_counts_where_the_rules_say_so() -> None:
    covid = rules_for(LIBRARY, "fr-covid-2020-391", date(2020, 5, 20))
    grouping = rules_for(LIBRARY, "fr-cgct-epci-remote", date(2026, 5, 20))
    case = QuorumCase(in_office=9, present=0, by_sound=3)

    assert decide(case, covid).result["counted"] == 3
    answer = decide(case, grouping)
    assert answer.result["counted"] == 0
    assert "son seul" in answer.because.fr
