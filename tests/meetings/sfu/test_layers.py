"""Simulcast: each viewer gets the layer that its tile and its line take, and the sender only sends what is watched."""

from __future__ import annotations

import asyncio
import secrets
import time
from dataclasses import replace
from itertools import count, pairwise

from meetings.sfu.allocation import Allotment, LayerChoice, Request, allot
from meetings.sfu.bot_sdp import BotOffer
from meetings.sfu.ladder import ALLOWANCE, Rung
from meetings.sfu.layers import FIRST_LOOKS, MOST_LOOKS, RELEASE_AFTER_S, LayerDemand, LayerMeter, Smoothness
from meetings.sfu.messages import LayersWanted, Permissions, Source, TrackMuted, TrackPublished, Wanted
from meetings.sfu.rtp import RtpPacket
from meetings.sfu.vp8 import parse_vp8
from tests.meetings.sfu.world import ALL, Guest, Town, speak, until

RIDS = ("l", "m", "h")
HEIGHTS = {"l": 180, "m": 360, "h": 720}


def frame(number: int, height: int = 0, *, temporal: int = 0, sync: bool = False) -> bytes:
    """A VP8 payload: a keyframe of a height, or another frame, of a temporal layer, with random bytes behind."""
    descriptor = bytes([0x90, 0xE0]) + (0x8000 | number & 0x7FFF).to_bytes(2, "big")
    descriptor += bytes([number & 0xFF, temporal << 6 | (0x20 if sync else 0)])
    if height:
        return descriptor + b"\x10\x00\x00\x9d\x01\x2a" + bytes([0x40, 0x01]) + height.to_bytes(2, "little") + b"data"
    return descriptor + b"\x11" + secrets.token_bytes(40)


class Camera:
    """A bot's camera with three layers: sends all that are on, and a keyframe wherever one is asked for.

    late_s: how long everything waits in front of its line.
    """

    def __init__(self, guest: Guest) -> None:
        self.guest, self.on = guest, set(RIDS)
        self.late_s = 0.0
        self._number, self._asked = 0, -1
        self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        while True:
            is_keyframe = self.guest.keyframe_requests != self._asked
            timestamp = int(90_000 * (time.monotonic() - self.late_s))
            self._asked = self.guest.keyframe_requests
            for rid in sorted(self.on):
                payload = frame(self._number, HEIGHTS[rid] if is_keyframe else 0)
                self.guest.bot.send_layer(rid, payload + rid.encode(), timestamp, marker=True)
            self._number += 1
            await asyncio.sleep(0.01)

    async def stop(self) -> None:
        self._task.cancel()
        await asyncio.wait([self._task])


def layer_of(packet: RtpPacket) -> str:
    """The layer that a packet came from, by its last byte."""
    return chr(packet.payload[-1])


def seen_in(guest: Guest, slot: str) -> str:
    """The layer that a guest receives now in a slot."""
    packets = guest.received(slot)
    return layer_of(packets[-1]) if packets else ""


async def test_each_viewer_gets_the_layer_of_its_tile(town: Town) -> None:
    camera = Camera(await town.join("anna", offer=BotOffer(rids=RIDS)))
    tiles = {"wall": 720, "laptop": 400, "phone": 150}
    viewers = {name: await town.join(name, Permissions()) for name in tiles}
    for name, height in tiles.items():
        await town.client.watch("council", name, Wanted(large_height=height))
    expected = {"wall": "h", "laptop": "m", "phone": "l"}
    for name, rid in expected.items():
        await until(lambda name=name, rid=rid: seen_in(viewers[name], "large") == rid, f"{name} gets layer {rid}")  # type: ignore[misc]
    await camera.stop()


async def test_a_change_of_layer_begins_with_a_keyframe_and_leaves_no_gap_in_any_number(town: Town) -> None:
    camera = Camera(await town.join("anna", offer=BotOffer(rids=RIDS)))
    viewer = await town.join("viewer", Permissions())
    for height in (720, 180, 400, 720, 150):
        await town.client.watch("council", "viewer", Wanted(large_height=height))
        rid = {720: "h", 180: "l", 400: "m", 150: "l"}[height]
        await until(lambda rid=rid: seen_in(viewer, "large") == rid, f"layer {rid}")  # type: ignore[misc]
    await camera.stop()
    packets = viewer.received("large")
    first = packets[0].sequence
    assert [(packet.sequence - first) & 0xFFFF for packet in packets] == list(range(len(packets)))
    pictures = [parse_vp8(packet.payload) for packet in packets]
    ids, tl0s = [each.picture_id for each in pictures], [each.tl0 for each in pictures]
    assert [(each - ids[0]) & 0x7FFF for each in ids] == list(range(len(ids)))
    assert [(each - tl0s[0]) & 0xFF for each in tl0s] == [number & 0xFF for number in range(len(tl0s))]
    steps = [(after.timestamp - before.timestamp) & 0xFFFFFFFF for before, after in pairwise(packets)]
    assert all(0 < step < 1 << 31 for step in steps)
    begins = [number for number in range(1, len(packets)) if layer_of(packets[number]) != layer_of(packets[number - 1])]
    assert len(begins) >= 4
    assert all(pictures[number].is_keyframe for number in [0, *begins])


async def test_layers_that_nobody_watches_are_paused_and_come_back_when_somebody_does(town: Town) -> None:
    anna = await town.join("anna", offer=BotOffer(rids=RIDS))
    camera = Camera(anna)
    await until(lambda: LayersWanted("council", "anna", Source.CAMERA, ("l",)) in town.told, "alone, the smallest only")
    camera.on = {"l"}
    viewer = await town.join("viewer", Permissions())
    await until(lambda: seen_in(viewer, "large") == "l", "whoever comes sees the smallest at once")
    await until(lambda: LayersWanted("council", "anna", Source.CAMERA, ("l", "m", "h")) in town.told, "more is wanted")
    camera.on = set(RIDS)
    await until(lambda: seen_in(viewer, "large") == "h", "and then the one for the tile")
    await until(
        lambda: town.notes(LayersWanted)[-1] == LayersWanted("council", "anna", Source.CAMERA, ("l", "h")),
        "m is not needed",
    )
    await camera.stop()


async def test_a_layer_that_the_sender_gives_up_is_replaced_by_the_next_smaller_one(town: Town) -> None:
    camera = Camera(await town.join("anna", offer=BotOffer(rids=RIDS)))
    viewer = await town.join("viewer", Permissions())
    await until(lambda: seen_in(viewer, "large") == "h", "the tile's layer")
    camera.on = {"l", "m"}
    await until(lambda: seen_in(viewer, "large") == "m", "the next smaller one")
    camera.on = set(RIDS)
    await until(lambda: seen_in(viewer, "large") == "h", "and back")
    await camera.stop()


async def test_a_source_that_its_page_stopped_is_gone_at_once_and_begins_anew(town: Town) -> None:
    anna, bruno = await town.join("anna"), await town.join("bruno")
    anna.bot.send(Source.SCREEN, frame(0, 720), 0, marker=True)
    await until(lambda: bruno.received("screen"), "the screen is shown")
    await town.client.end_source("council", "anna", Source.SCREEN)
    anna.bot.send(Source.SCREEN, frame(1, 720), 3000, marker=True)  # overtaken by the word
    await speak(anna)
    await until(lambda: TrackMuted("council", "anna", Source.SCREEN, "stopped") in town.told, "the others know")
    await until(lambda: bruno.received("voice-0"), "what was sent after it arrived")
    slots = {state.slot: state for state in town.worker.rooms["council"].peers["bruno"].slot_states()}
    assert slots["screen"].publisher is None
    assert len(bruno.received("screen")) == 1
    shared = asyncio.create_task(_share(anna))
    await until(lambda: len(bruno.received("screen")) > 1, "it is shown again")
    shared.cancel()
    assert town.told.count(TrackPublished("council", "anna", Source.SCREEN)) == 2


async def _share(guest: Guest) -> None:
    for number in count(2):
        guest.bot.send(Source.SCREEN, frame(number, 720), 3000 * number, marker=True)
        await asyncio.sleep(0.02)


async def test_a_small_picture_is_thinned_out_without_a_gap(town: Town) -> None:
    anna, bruno = await town.join("anna"), await town.join("bruno", ALL)
    viewer = await town.join("viewer", Permissions())
    bruno.bot.send(Source.CAMERA, frame(0, 180), 0, marker=True)  # somebody else is large
    await until(lambda: "camera" in town.worker.rooms["council"].peers["bruno"].state().publishing, "bruno sends")
    await town.client.watch("council", "viewer", Wanted(large="bruno"))
    number = 0

    async def half_a_second() -> None:
        nonlocal number
        for _ in range(16):
            temporal = (0, 2, 1, 2)[number % 4]
            payload = frame(number, 180 if number % 16 == 0 else 0, temporal=temporal, sync=temporal > 0)
            anna.bot.send(Source.CAMERA, payload, 3000 * number, marker=True)
            number += 1
            await asyncio.sleep(0.03)

    def temporals() -> list[int]:
        return [parse_vp8(packet.payload).temporal for packet in viewer.received("small-0")][-8:]

    for _ in range(20):
        await half_a_second()
        if set(temporals()) == {0, 1} and len(temporals()) == 8:
            break
    assert set(temporals()) == {0, 1}
    packets = viewer.received("small-0")
    first, first_id = packets[0].sequence, parse_vp8(packets[0].payload).picture_id
    assert [(packet.sequence - first) & 0xFFFF for packet in packets] == list(range(len(packets)))
    ids = [(parse_vp8(packet.payload).picture_id - first_id) & 0x7FFF for packet in packets]
    assert ids == list(range(len(packets)))


# Which layer, as pure rules -----------------------------------------------------------------------------------------


def camera(*flowing: str) -> tuple[LayerChoice, ...]:
    """A camera of three layers, of which some flow."""
    return tuple(LayerChoice(rid, rank, rid in flowing, HEIGHTS[rid]) for rank, rid in enumerate(RIDS))


def served(request: Request, rung: Rung = Rung.ALL) -> Allotment:
    """What one request gets."""
    return allot([request], ALLOWANCE[rung])[request.slot]


def test_a_tile_gets_the_smallest_layer_that_covers_it() -> None:
    wishes: dict[int, str] = {
        height: served(Request("large", camera(*RIDS), height)).wish for height in (90, 240, 241, 480, 481, 2000)
    }
    assert wishes == {90: "l", 240: "l", 241: "m", 480: "m", 481: "h", 2000: "h"}


def test_until_the_wished_layer_flows_the_best_that_does_is_shown() -> None:
    assert served(Request("large", camera("l", "m"), 720)).target == "m"
    assert served(Request("large", camera("h"), 100)).target == "h"
    assert served(Request("large", camera(), 100)).target is None


def test_a_layer_that_has_not_come_yet_is_judged_by_those_that_have() -> None:
    half = (
        LayerChoice("l", 0, is_flowing=True, height=90),
        LayerChoice("m", 1, is_flowing=False),
        LayerChoice("h", 2, is_flowing=False),
    )
    assert served(Request("large", half, 160)).wish == "m"  # 180, not the usual 360


def test_a_layer_that_its_publisher_does_not_send_is_not_counted_against_a_viewers_line() -> None:
    small = LayerChoice("m", 1, is_flowing=True, height=360, bitrates=(300e3,), frame_rates=(25.0,))
    coming = LayerChoice("h", 2, is_flowing=False)
    assert served(Request("large", (small, coming), 720)).bitrate_bps > 1e6
    withheld = served(Request("large", (small, replace(coming, is_withheld=True)), 720))
    assert (withheld.target, withheld.wish, withheld.bitrate_bps) == ("m", "h", 300e3)


def test_a_worse_line_has_fewer_pictures_then_smaller_ones_then_none() -> None:
    requests = [
        Request("large", camera(*RIDS), 720),
        *(Request(f"small-{number}", camera(*RIDS), 180) for number in range(8)),
    ]
    pictures = {rung: allot(requests, ALLOWANCE[rung]) for rung in Rung}
    counts = [len(pictures[rung]) for rung in Rung]
    assert counts == sorted(counts, reverse=True)
    assert (counts[0], counts[-1]) == (9, 0)
    assert all("large" in pictures[rung] for rung in Rung if rung is not Rung.SOUND)
    assert [pictures[rung]["large"].wish for rung in (Rung.ALL, Rung.ONE)] == ["h", "l"]
    costs = [sum(each.bitrate_bps for each in pictures[rung].values()) for rung in Rung]
    assert costs == sorted(costs, reverse=True)


def test_a_small_picture_of_thirty_frames_gets_fifteen() -> None:
    layer = LayerChoice(
        "l", 0, is_flowing=True, height=180, bitrates=(50e3, 80e3, 120e3), frame_rates=(7.5, 15.0, 30.0)
    )
    small = served(Request("small-0", (layer,), 180))
    assert (small.temporal, small.bitrate_bps) == (1, 80e3)
    assert served(Request("large", (layer,), 180)).bitrate_bps == 120e3


def test_a_meter_tells_bits_and_frames_of_each_temporal_layer() -> None:
    meter = LayerMeter()
    meter.settle(10.0)
    for number in range(30):
        temporal = (0, 2, 1, 2)[number % 4]
        meter.add(temporal, 100, starts_frame=True)
        meter.add(temporal, 25, starts_frame=False)
    meter.settle(11.0)
    assert meter.rates() == ((8000.0, 15_000.0, 30_000.0), (8.0, 15.0, 30.0))
    meter.settle(12.0)
    assert [len(rates) for rates in meter.rates()] == [0, 0]


def looks_until_shown(layer: Smoothness) -> int:
    """How many good looks a layer takes to be shown again, after one that may be at a part of a second only."""
    layer.settle(20.0, 20.0, is_flowing=True)
    looks = 0
    while layer.is_starved:
        layer.settle(20.0, 20.0, is_flowing=True)
        looks += 1
    return looks


def test_a_layer_that_jerks_beside_a_smooth_one_is_shown_again_when_it_is_smooth_for_longer_each_time() -> None:
    layer, waits = Smoothness(), list[int]()
    for _ in range(4):
        layer.settle(20.0, 20.0, is_flowing=True)
        layer.settle(9.0, 20.0, is_flowing=True)
        assert layer.is_starved
        for _ in range(5):
            layer.settle(15.0, 20.0, is_flowing=True)
        assert layer.is_starved  # better, but not smooth
        waits.append(looks_until_shown(layer))
    assert waits == [FIRST_LOOKS - 1, 2 * FIRST_LOOKS - 1, MOST_LOOKS - 1, MOST_LOOKS - 1]


def test_a_layer_that_its_publisher_gave_up_is_judged_by_what_comes_afterwards() -> None:
    layer = Smoothness()
    layer.settle(20.0, 20.0, is_flowing=True)
    layer.give_up()
    layer.settle(20.0, 20.0, is_flowing=True)  # what had come before, for the most part
    assert layer.is_starved
    layer.settle(0.0, 20.0, is_flowing=False)
    assert looks_until_shown(layer) == FIRST_LOOKS


def test_a_layer_without_a_smaller_one_beside_it_is_never_held_back() -> None:
    layer = Smoothness()
    layer.give_up()
    layer.settle(2.0, 0.0, is_flowing=True)
    assert not layer.is_starved


def test_a_layer_is_released_only_after_a_while_and_wanted_at_once() -> None:
    demand = LayerDemand(RIDS)
    assert not demand.settle({"h"}, 0.0)
    assert not demand.settle({"h"}, RELEASE_AFTER_S)
    assert demand.settle({"h"}, RELEASE_AFTER_S + 0.1)
    told = [demand.told]
    assert demand.settle({"m"}, RELEASE_AFTER_S + 0.2)
    assert [*told, demand.told] == [("l", "h"), ("l", "m", "h")]
    assert not LayerDemand(()).settle(set(), 99.0)
