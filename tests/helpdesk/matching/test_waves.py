"""Whom a wave asks, and why: with dice that are given and a clock that stands still."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from random import Random

import pytest

from helpdesk.matching.model import Candidate, Need, Rules, Search, SearchState, Volunteer, Why, choose
from helpdesk.matching.model.volunteer import slot_of
from portal.notices.model import Hours
from portal.town.grid import Step

MONDAY_MORNING = datetime(2026, 5, 4, 7, 0, tzinfo=UTC)
"""Nine in Paris."""
NIGHT = datetime(2026, 5, 4, 20, 0, tzinfo=UTC)
"""Ten in the evening in Paris."""
RULES = Rules()
BREAD = Need("groceries", "", frozenset(), is_urgent=False)
URGENT = Need("groceries", "", frozenset(), is_urgent=True)


def candidate(person_id: str, **given: object) -> Candidate:
    known: dict[str, object] = {
        "step": Step.UNDER_300_M,
        "reach": Step.FURTHER,
        "categories": frozenset({"groceries"}),
        "languages": frozenset({"fr"}),
        "skills": frozenset(),
        "is_on_duty": True,
        "is_on_duty_soon": True,
        "asked_today": 0,
        "asked_at": None,
        "helped_at": None,
    }
    return Candidate(person_id, **(known | given))  # type: ignore[arg-type]


def asked(
    candidates: list[Candidate], need: Need = BREAD, *, wave: int = 1, at: datetime = MONDAY_MORNING, seed: int = 1
) -> list[str]:
    found = choose(need, candidates, wave=wave, now=at, dice=Random(seed), rules=RULES)
    return [one.person_id for one in found]


def test_each_wave_asks_twice_as_many_as_the_one_before() -> None:
    many = [candidate(f"p{number:03}") for number in range(100)]

    assert [len(asked(many, wave=wave)) for wave in (1, 2, 3)] == [8, 16, 32]


@pytest.mark.parametrize(
    "unfit",
    [
        {"categories": frozenset({"pets"})},
        {"is_on_duty_soon": False},
        {"asked_today": 2},
        {"step": Step.FURTHER, "reach": Step.UNDER_1_KM},
        {"step": Step.UNDER_1_KM, "reach": Step.UNDER_300_M},
    ],
)
def test_who_does_not_offer_is_off_duty_asked_enough_or_too_far_is_not_asked(unfit: dict[str, object]) -> None:
    assert asked([candidate("unfit", **unfit), candidate("fit")], wave=2) == ["fit"]


def test_first_wave_looks_around_and_later_ones_through_the_whole_town() -> None:
    far = [candidate("far", step=Step.FURTHER), candidate("somewhere", step=Step.SOMEWHERE_IN_TOWN)]

    assert asked(far, wave=1) == []
    assert sorted(asked(far, wave=2)) == ["far", "somewhere"]


def test_urgent_need_asks_who_is_on_duty_this_very_hour_also_at_night() -> None:
    sleeping, awake = candidate("sleeping", is_on_duty=False), candidate("awake")

    assert asked([sleeping, awake], URGENT, at=NIGHT) == ["awake"]
    assert asked([sleeping, awake], BREAD, at=NIGHT) == []


def test_what_a_request_takes_must_be_there_and_a_common_language_goes_first() -> None:
    need = Need("groceries", "pt", frozenset({"car"}), is_urgent=False)
    walker = candidate("walker", languages=frozenset({"pt"}))
    drivers = [candidate(f"d{number}", skills=frozenset({"car"})) for number in range(8)]
    speaker = candidate("speaker", skills=frozenset({"car"}), languages=frozenset({"pt"}))

    for seed in range(20):
        found = asked([walker, *drivers, speaker], need, seed=seed)
        assert "walker" not in found
        assert "speaker" in found


def test_rested_go_before_tired_and_single_skilled_before_many_skilled_on_the_average() -> None:
    tired = [candidate(f"tired{n}", asked_at=MONDAY_MORNING - timedelta(hours=1)) for n in range(8)]
    rested = [candidate(f"rested{n}", asked_at=MONDAY_MORNING - timedelta(days=8)) for n in range(8)]
    many = frozenset({"groceries", "pets", "children", "computer", "trips", "meals", "company"})
    versatile = [candidate(f"versatile{n}", categories=many) for n in range(8)]

    def share(kind: str, people: list[Candidate]) -> float:
        found = [one for seed in range(50) for one in asked(people, seed=seed)]
        return sum(one.startswith(kind) for one in found) / len(found)

    assert share("rested", tired + rested) > 0.75
    assert share("rested", versatile + rested) > 0.6


def test_not_always_the_nearest_and_never_only_by_name() -> None:
    near, around = candidate("near"), [candidate(f"a{n}", step=Step.UNDER_1_KM) for n in range(12)]

    seen = {one for seed in range(60) for one in asked([near, *around], seed=seed)}

    assert seen == {one.person_id for one in [near, *around]}


def test_same_dice_choose_the_same_people_and_each_is_told_why() -> None:
    people = [candidate(f"p{number}") for number in range(20)]
    need = Need("groceries", "pt", frozenset({"car"}), is_urgent=True)
    driver = candidate("d", skills=frozenset({"car"}), languages=frozenset({"pt"}), step=Step.UNDER_1_KM)

    assert asked(people, seed=3) == asked(people[::-1][::-1], seed=3)
    (found,) = choose(need, [driver], wave=1, now=MONDAY_MORNING, dice=Random(1), rules=RULES)
    assert found.why == (Why.OFFERS, Why.NEAR, Why.ON_DUTY_NOW, Why.SPEAKS, Why.SKILLED, Why.RESTED)


def test_quiet_hours_end_at_eight_the_next_morning() -> None:
    assert RULES.after_quiet(MONDAY_MORNING) == MONDAY_MORNING
    assert RULES.after_quiet(NIGHT) == datetime(2026, 5, 5, 6, 0, tzinfo=UTC)
    assert RULES.after_quiet(datetime(2026, 5, 4, 3, 0, tzinfo=UTC)) == datetime(2026, 5, 4, 6, 0, tzinfo=UTC)
    assert not Rules(quiet=Hours(time(23), time(5))).is_quiet(NIGHT)


def test_search_goes_from_wave_to_wave_and_waits_for_a_day_before_the_desk() -> None:
    search = Search(request_id="r")
    search.begin(MONDAY_MORNING, RULES)
    assert (search.wave, search.next_at) == (0, MONDAY_MORNING + timedelta(minutes=2))

    at = search.next_at
    for wave in (1, 2):
        search.asked(at, RULES, is_urgent=False)
        assert (search.wave, search.state, search.next_at) == (wave, SearchState.ASKING, at + timedelta(hours=2))
        at = search.next_at
    search.asked(at, RULES, is_urgent=False)

    assert (search.state, search.next_at) == (SearchState.WAITING, MONDAY_MORNING + timedelta(hours=24))


def test_urgent_search_asks_every_ten_minutes_and_then_goes_to_the_desk() -> None:
    search = Search(request_id="r")
    search.begin(MONDAY_MORNING, RULES)
    for wave in (1, 2, 3):
        search.asked(search.next_at, RULES, is_urgent=True)
        assert search.next_at == MONDAY_MORNING + timedelta(minutes=2 + 10 * wave)
    assert search.state is SearchState.WAITING


def test_duty_follows_the_wall_clock_and_a_pause() -> None:
    volunteer = Volunteer(is_on=True, away_until=None, slots=["mon-am", "tue-eve"])

    assert slot_of(MONDAY_MORNING) == "mon-am"
    assert slot_of(datetime(2026, 5, 4, 22, 0, tzinfo=UTC)) is None
    assert volunteer.is_on_duty(MONDAY_MORNING)
    assert not volunteer.is_on_duty(MONDAY_MORNING + timedelta(hours=4))
    assert volunteer.is_on_duty_within(MONDAY_MORNING + timedelta(hours=12), timedelta(days=1))
    assert not volunteer.is_on_duty_within(MONDAY_MORNING + timedelta(days=2), timedelta(days=1))
    volunteer.away_until = MONDAY_MORNING.date()
    assert not volunteer.is_on_duty(MONDAY_MORNING)
    volunteer.is_on, volunteer.away_until = False, None
    assert not volunteer.is_on_duty(MONDAY_MORNING)
