"""The head of what a viewer gets: whichever extensions its browser has negotiated, each has its value and its id."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain, combinations

import pytest

from meetings.sfu.adapter import Certificate
from meetings.sfu.bot_sdp import BotOffer
from meetings.sfu.departures import Departures
from meetings.sfu.heads import Head
from meetings.sfu.limits import Counters
from meetings.sfu.negotiation import ABS_SEND_TIME, AUDIO_LEVEL, MID, TRANSPORT_CC, Outbound, plan_sections
from meetings.sfu.rtp import RtpPacket, parse_rtp
from meetings.sfu.sdp import parse_offer
from meetings.sfu.sending import SendingPath

PLAN = plan_sections(parse_offer(BotOffer().text(Certificate().fingerprint)), ())
IDS = {ABS_SEND_TIME: 14, MID: 2, AUDIO_LEVEL: 9, TRANSPORT_CC: 5}
EVERY_CHOICE = list(chain.from_iterable(combinations(IDS, count) for count in range(len(IDS) + 1)))


@pytest.mark.parametrize("chosen", EVERY_CHOICE, ids=lambda uris: f"{len(uris)} extensions")
def test_each_extension_that_was_negotiated_has_its_value(chosen: tuple[str, ...]) -> None:
    slot = next(each for each in PLAN.sections if isinstance(each, Outbound))
    path = SendingPath(Departures(Counters()), Counters())
    head = Head(replace(slot, extensions={uri: IDS[uri] for uri in chosen}), 111, 77)
    packet = RtpPacket(0, 0, 0, 0, b"what was said", marker=True)
    packet.level = 0x80 | 23
    for number in (1, 2):
        end = head.write(path, packet, (65_535, 4_000_000_000), 2.5)
        found = parse_rtp(bytes(path.outbox.data[:end]))
        values = {
            ABS_SEND_TIME: (int(2.5 * (1 << 18))).to_bytes(3, "big"),
            MID: slot.section.mid.encode(),
            AUDIO_LEVEL: bytes([0x80 | 23]),
            TRANSPORT_CC: number.to_bytes(2, "big"),
        }
        assert found.extensions == {IDS[uri]: values[uri] for uri in chosen}
        assert (found.payload_type, found.marker, found.padded) == (111, True, False)
        assert (found.sequence, found.timestamp, found.ssrc) == (65_535, 4_000_000_000, 77)
        assert found.payload == packet.payload


def test_a_packet_without_a_level_says_silence() -> None:
    slot = next(each for each in PLAN.sections if isinstance(each, Outbound))
    head, path = (
        Head(replace(slot, extensions={AUDIO_LEVEL: 1}), 111, 3),
        SendingPath(Departures(Counters()), Counters()),
    )
    end = head.write(path, RtpPacket(0, 0, 0, 0, b""), (1, 2), 1.0)
    assert parse_rtp(bytes(path.outbox.data[:end])).extensions == {1: b"\x7f"}
