"""Who is heard and shown: the loudest, stable, and nobody to themselves."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from meetings.sfu.messages import Permissions, TrackMuted, Wanted
from meetings.sfu.selection import Lineup, Stage, choose, place
from meetings.sfu.speakers import SpeakerBoard
from tests.meetings.sfu.world import Town, speak

NAMES = st.sampled_from([f"p{number}" for number in range(12)])
EMPTY = dict.fromkeys(("voice-0", "voice-1", "voice-2", "large", "small-0", "small-1", "small-2", "screen"))
STAGE = Stage(voices=("a", "b", "c"), runner_up="d", cameras=("a", "b", "c", "d"), screens=(), dominant="b")


def chosen(viewer: str, stage: Stage, wanted: Wanted | None = None, **current: str) -> dict[str, str | None]:
    """The slots of a viewer, from a given arrangement."""
    held: dict[str, str | None] = {**EMPTY, **{slot.replace("_", "-"): name for slot, name in current.items()}}
    return choose(viewer, stage, wanted or Wanted(), held)


def test_a_viewer_hears_the_loudest_and_sees_the_dominant_one_large() -> None:
    slots = chosen("viewer", STAGE)
    assert [slots[f"voice-{number}"] for number in range(3)] == ["a", "b", "c"]
    assert (slots["large"], slots["small-0"], slots["small-1"], slots["small-2"]) == ("b", "a", "c", "d")


def test_a_speaker_hears_the_next_one_instead_of_themselves() -> None:
    slots = chosen("b", STAGE)
    assert {slots[f"voice-{number}"] for number in range(3)} == {"a", "c", "d"}
    assert "b" not in slots.values()


def test_who_keeps_a_slot_keeps_it_where_it_is() -> None:
    slots = chosen("viewer", STAGE, voice_2="a", small_1="a", small_0="d", large="b")
    assert slots["voice-2"] == "a"
    assert (slots["small-0"], slots["small-1"], slots["small-2"]) == ("d", "a", "c")


def test_a_pinned_publisher_is_large_while_there_is_a_picture_of_them() -> None:
    assert chosen("viewer", STAGE, Wanted(large="d"))["large"] == "d"
    assert chosen("viewer", replace(STAGE, cameras=("a",)), Wanted(large="d"))["large"] is None


def test_the_large_picture_stays_when_the_dominant_one_has_no_camera() -> None:
    stage = replace(STAGE, dominant="z")
    assert chosen("viewer", stage, large="c")["large"] == "c"
    assert chosen("viewer", stage)["large"] == "a"


def test_a_page_gets_the_small_pictures_that_are_in_sight_and_no_others() -> None:
    assert chosen("viewer", STAGE, Wanted(small=()))["small-0"] is None
    slots = chosen("viewer", STAGE, Wanted(small=("d", "nobody", "a")))
    assert (slots["small-0"], slots["small-1"], slots["small-2"]) == ("a", "d", None)


def test_a_picture_that_is_large_is_not_sent_small_as_well() -> None:
    slots = chosen("viewer", STAGE, Wanted(large="d", small=("d", "a")))
    assert (slots["large"], slots["small-0"], slots["small-1"]) == ("d", "a", None)


def test_cameras_beyond_the_places_wait_until_they_speak() -> None:
    lineup = Lineup(2)
    assert lineup.settle(["a", "b", "c", "d"], {}) == ("a", "b", "c", "d")
    assert lineup.settle(["a", "b", "c", "d"], {"b": 1.0, "c": 2.0}) == ("c", "b", "a", "d")
    assert lineup.settle(["a", "b", "c", "d"], {"b": 1.0, "c": 2.0, "d": 3.0}) == ("c", "d", "a", "b")
    assert lineup.settle(["a", "c", "d"], {"c": 2.0, "d": 3.0}) == ("c", "d", "a")


def test_nobody_in_a_place_moves_while_those_in_places_talk() -> None:
    lineup = Lineup(2)
    lineup.settle(["a", "b", "c"], {"a": 1.0, "b": 2.0})
    for now in range(3, 20):
        spoke_at = {"a": now - now % 2, "b": now - (now + 1) % 2, "c": 0.5}
        assert lineup.settle(["a", "b", "c"], spoke_at) == ("a", "b", "c")


@given(st.lists(st.tuples(NAMES, st.booleans()), max_size=60))
def test_every_camera_that_speaks_is_among_the_first_at_once(spoken: list[tuple[str, bool]]) -> None:
    lineup, spoke_at, cameras = Lineup(4), dict[str, float](), list[str]()
    for now, (name, is_on) in enumerate(spoken):
        cameras = [each for each in cameras if each != name] + ([name] if is_on else [])
        spoke_at[name] = float(now)
        order = lineup.settle(cameras, spoke_at)
        assert sorted(order) == sorted(cameras)
        assert not is_on or name in order[:4]


def test_the_screen_is_the_one_that_started_last_unless_one_is_wanted() -> None:
    stage = replace(STAGE, screens=("a", "b"))
    assert chosen("viewer", stage)["screen"] == "b"
    assert chosen("b", stage)["screen"] == "a"
    assert chosen("viewer", stage, Wanted(screen="a"))["screen"] == "a"
    assert chosen("viewer", stage, Wanted(screen="gone"))["screen"] is None


@given(st.lists(NAMES, max_size=12), st.lists(st.none() | NAMES, min_size=1, max_size=9))
def test_placing_shows_everybody_that_fits_once_and_moves_nobody(wanted: list[str], held: list[str | None]) -> None:
    once: list[str | None] = [name if name not in held[:number] else None for number, name in enumerate(held)]
    current = {f"small-{number}": name for number, name in enumerate(once)}
    first = list(dict.fromkeys(wanted))[: len(current)]
    placed = place(current, wanted)
    shown = [name for name in placed.values() if name]
    assert sorted(shown) == sorted(first)
    assert all(placed[slot] == name for slot, name in current.items() if name in first)


def talk(board: SpeakerBoard, levels: dict[str, int], start: float, seconds: float) -> float:
    """Everybody sends fifty levels a second."""
    now = start
    while now < start + seconds:
        for name, level in levels.items():
            board.heard(name, level, now)
        board.settle(list(levels), now)
        now += 0.02
    return now


def test_with_places_for_all_nobody_is_cut_off() -> None:
    board = SpeakerBoard(3)
    board.settle(["a", "b", "c"], 0.0)
    assert board.loudest == ["a", "b", "c"]  # before a sound is made


def test_a_louder_voice_takes_the_place_of_the_quietest_within_a_syllable() -> None:
    board = SpeakerBoard(3)
    now = talk(board, {"a": 30, "b": 30, "c": 90, "d": 90}, 0.0, 2.0)
    assert set(board.loudest) == {"a", "b", "c"}
    talk(board, {"a": 30, "b": 30, "c": 90, "d": 25}, now, 0.2)
    assert set(board.loudest) == {"a", "b", "d"}


def test_voices_of_like_loudness_do_not_swap_places() -> None:
    board = SpeakerBoard(3)
    now = talk(board, {"a": 30, "b": 31, "c": 32, "d": 90}, 0.0, 2.0)
    for turn in range(20):
        level = 29 if turn % 2 else 33
        now = talk(board, {"a": 30, "b": 31, "c": 32, "d": level}, now, 0.2)
        assert set(board.loudest) == {"a", "b", "c"}


def test_a_cough_does_not_make_a_dominant_speaker() -> None:
    board = SpeakerBoard(3)
    now = talk(board, {"a": 25, "b": 90}, 0.0, 3.0)
    assert board.dominant == "a"
    now = talk(board, {"a": 25, "b": 10}, now, 0.06)
    assert board.dominant == "a"
    talk(board, {"a": 90, "b": 20}, now, 4.0)
    assert board.dominant == "b"


def test_silence_makes_nobody_a_speaker() -> None:
    board = SpeakerBoard(3)
    now = talk(board, {"a": 127, "b": 70}, 0.0, 2.0)
    assert board.speaking(now) == ()
    assert board.dominant is None


def test_who_has_spoken_and_is_silenced_has_spoken_all_the_same() -> None:
    board, lineup = SpeakerBoard(3), Lineup(2)
    cameras = ["a", "b", "c", "d"]
    now = talk(board, {"c": 20}, 0.0, 2.0)
    board.fell_silent("c")
    assert lineup.settle(cameras, board.spoke_at) == ("c", "b", "a", "d")
    talk(board, {"d": 20}, now, 2.0)
    board.fell_silent("d")
    assert lineup.settle(cameras, board.spoke_at) == ("c", "d", "a", "b")


def test_who_leaves_is_forgotten() -> None:
    board = SpeakerBoard(3)
    now = talk(board, {"a": 20, "b": 30, "c": 30, "d": 40}, 0.0, 3.0)
    board.forget("a")
    board.settle(["b", "c", "d"], now)
    assert set(board.loudest) == {"b", "c", "d"}
    assert board.dominant != "a"
    assert "a" not in board.speaking(now)


async def test_a_speaker_whose_microphone_is_closed_keeps_the_place_that_speaking_has_won(town: Town) -> None:
    """In a sitting the floor opens a microphone and closes it after each speech."""
    anna, spoke_at = await town.join("anna"), town.worker.rooms["council"].speakers.spoke_at
    while "anna" not in spoke_at:
        await speak(anna, level=10)
        await asyncio.sleep(0.02)
    await town.client.allow("council", "anna", Permissions(camera=True, version=1))
    assert town.notes(TrackMuted)
    assert "anna" in spoke_at
    await town.client.leave("council", "anna")
    assert "anna" not in spoke_at
