"""Offers of real browsers are read and answered; anything else is refused with a reason, and never crashes."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from meetings.sfu.messages import Source
from meetings.sfu.negotiation import (
    AUDIO_LEVEL,
    MID,
    RID,
    TRANSPORT_CC,
    Inbound,
    LocalParameters,
    Outbound,
    Plan,
    Rejected,
    plan_sections,
    write_answer,
)
from meetings.sfu.sdp import MAX_OFFER, Offer, SdpError, parse_offer

HERE = Path(__file__).parent
RIDS = ("l", "m", "h")
LOCAL = LocalParameters(
    "ourufrag", "ourpasswordourpasswordou", ("sha-256", "AB:CD"), (("192.0.2.1", 8443), ("2001:db8::1", 8443)), 7, 2
)
SLOTS = [
    "voice-0",
    "voice-1",
    "voice-2",
    "large",
    *(f"small-{number}" for number in range(8)),
    "screen",
]


def recorded(name: str) -> str:
    """An offer of a browser, as it went over the wire."""
    return (HERE / name).read_text().replace("\n", "\r\n")


@pytest.fixture(params=["chromium156_offer.sdp", "firefox153_offer.sdp"])
def offer(request: pytest.FixtureRequest) -> str:
    """The offer of static/media/peer.js in each browser."""
    return recorded(request.param)


def outbound(plan: Plan, slot: str) -> Outbound:
    """One receiving section."""
    return next(each for each in plan.outbound if each.slot == slot)


def test_every_section_of_a_browser_gets_its_place(offer: str) -> None:
    plan = plan_sections(parse_offer(offer), RIDS)
    assert [each.source for each in plan.inbound] == [Source.MICROPHONE, Source.CAMERA, Source.SCREEN]
    assert [each.slot for each in plan.outbound] == SLOTS
    assert not any(isinstance(each, Rejected) for each in plan.sections)


def test_the_simulcast_layers_that_are_known_are_accepted_smallest_first(offer: str) -> None:
    def accepted(rids: tuple[str, ...]) -> tuple[str, ...]:
        return list(plan_sections(parse_offer(offer), rids).inbound)[1].rids

    assert accepted(RIDS) == ("l", "m", "h")
    assert accepted(("m",)) == ("m",)
    assert accepted(("other",)) == ("l", "m", "h")  # none is known: those that are offered, in their order


def test_numbers_are_those_of_each_browser() -> None:
    chromium = plan_sections(parse_offer(recorded("chromium156_offer.sdp")), RIDS)
    firefox = plan_sections(parse_offer(recorded("firefox153_offer.sdp")), RIDS)
    ours, theirs = outbound(chromium, "large"), outbound(firefox, "large")
    assert (ours.codec.payload_type, ours.codec.rtx_payload_type, ours.extensions[MID]) == (96, 97, 4)
    assert (theirs.codec.payload_type, theirs.codec.rtx_payload_type, theirs.extensions[MID]) == (120, 124, 3)
    (microphone, camera, _), (voice, picture, _) = list(chromium.inbound), list(firefox.inbound)
    assert (microphone.extensions[AUDIO_LEVEL], camera.extensions[RID], camera.extensions[TRANSPORT_CC]) == (1, 10, 3)
    assert (voice.extensions[AUDIO_LEVEL], picture.extensions[RID], picture.extensions[TRANSPORT_CC]) == (1, 9, 7)


def test_the_answer_has_a_section_for_each_of_the_offer_in_its_order(offer: str) -> None:
    parsed = parse_offer(offer)
    answer = write_answer(plan_sections(parsed, RIDS), LOCAL)
    head, *sections = answer.split("\r\nm=")
    assert "\r\na=ice-lite" in head
    assert f"a=group:BUNDLE {' '.join(each.mid for each in parsed.sections)}" in head
    assert len(sections) == len(parsed.sections)
    for offered, section in zip(parsed.sections, sections, strict=True):
        lines = section.split("\r\n")
        assert f"a=mid:{offered.mid}" in lines
        assert ("a=recvonly" if offered.direction == "sendonly" else "a=sendonly") in lines
        assert "a=setup:passive" in lines
        assert "a=ice-ufrag:ourufrag" in lines
        assert "a=fingerprint:sha-256 AB:CD" in lines
        assert {each.split(" ")[1] for each in lines if each.startswith("a=extmap:")} <= set(offered.extensions)


def test_the_answer_offers_our_addresses_best_first(offer: str) -> None:
    lines = write_answer(plan_sections(parse_offer(offer), RIDS), LOCAL).split("\r\n")
    first, second = [line.split() for line in lines if line.startswith("a=candidate:")][:2]
    assert (first[4:8], second[4:8]) == (["192.0.2.1", "8443", "typ", "host"], ["2001:db8::1", "8443", "typ", "host"])
    assert int(first[3]) > int(second[3])


def test_both_directions_get_transport_cc_and_viewers_may_send_remb(offer: str) -> None:
    sections = write_answer(plan_sections(parse_offer(offer), RIDS), LOCAL).split("\r\nm=")[1:]
    camera, large = sections[1], sections[6]
    assert ("transport-cc" in camera, "goog-remb" in camera) == (True, False)
    assert ("transport-cc" in large, "goog-remb" in large) == (True, True)
    assert "a=rid:l recv\r\na=rid:m recv\r\na=rid:h recv\r\na=simulcast:recv l;m;h" in camera
    assert "sdes:repaired-rtp-stream-id" in camera


def test_media_comes_first_of_the_two_ssrcs_of_a_receiving_section(offer: str) -> None:
    plan = plan_sections(parse_offer(offer), RIDS)
    large = outbound(plan, "large")
    section = write_answer(plan, LOCAL).split("\r\nm=")[7]
    assert section.index(f"a=ssrc:{large.ssrc} ") < section.index(f"a=ssrc:{large.rtx_ssrc} ")
    assert f"a=ssrc-group:FID {large.ssrc} {large.rtx_ssrc}" in section


def test_a_section_without_a_codec_of_ours_is_rejected_and_the_rest_goes_on(offer: str) -> None:
    without_vp8 = offer.replace("VP8/90000", "XYZ/90000")
    plan = plan_sections(parse_offer(without_vp8), RIDS)
    assert {type(each) for each in plan.sections if each.section.kind == "video"} == {Rejected}
    assert [each.slot for each in plan.outbound] == ["voice-0", "voice-1", "voice-2"]
    assert write_answer(plan, LOCAL).count("m=video 0 ") == 12


def test_an_ice_restart_must_offer_the_same_sections(offer: str) -> None:
    parsed = parse_offer(offer)
    plan = plan_sections(parsed, RIDS)
    fewer = Offer(parsed.ice_ufrag, parsed.ice_pwd, parsed.fingerprints, parsed.sections[:-1])
    assert plan.fits(parse_offer(offer.replace("a=ice-ufrag:", "a=ice-ufrag:new")))
    assert not plan.fits(fewer)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("v=0", "v=1", "not a session description"),
        ("a=ice-ufrag:", "a=ignored:", "ice-ufrag"),
        ("a=fingerprint:sha-256", "a=fingerprint:md5", "fingerprint"),
        ("a=rtcp-mux", "a=ignored", "multiplexed"),
        ("a=group:BUNDLE 0 1", "a=group:BUNDLE 0", "BUNDLE"),
        ("a=setup:actpass", "a=setup:passive", "active DTLS role"),
        ("a=mid:1\r\n", "a=mid:0\r\n", "MID"),
        ("m=audio 9", "m=audio", "media line"),
    ],
)
def test_an_offer_that_cannot_work_is_refused_with_a_reason(offer: str, old: str, new: str, reason: str) -> None:
    assert old in offer
    with pytest.raises(SdpError, match=reason):
        parse_offer(offer.replace(old, new))


def test_an_offer_without_sound_and_picture_is_refused(offer: str) -> None:
    silent = offer.replace("VP8/90000", "XYZ/90000").replace("opus/48000", "xyz/48000")
    with pytest.raises(SdpError, match="Opus or VP8"):
        plan_sections(parse_offer(silent), RIDS)


def test_too_long_an_offer_is_refused_unread() -> None:
    with pytest.raises(SdpError, match="too long"):
        parse_offer("v=0\r\n" + "a=x\r\n" * MAX_OFFER)


def test_nothing_of_an_offer_can_add_lines_to_an_answer(offer: str) -> None:
    hostile = offer.replace("a=mid:2\r\n", "a=mid:2 x\r\n").replace("SAVPF 96", "SAVPF 96\x0b")
    try:
        answer = write_answer(plan_sections(parse_offer(hostile), RIDS), LOCAL)
    except SdpError:
        return
    assert all(ord(letter) >= 32 or letter in "\r\n" for letter in answer)


def test_mutated_offers_are_answered_or_refused(offer: str) -> None:
    chance = random.Random(20261122)
    answered = refused = 0
    for _ in range(400):
        letters = list(offer)
        for _ in range(chance.choice((1, 3, 30))):
            place = chance.randrange(len(letters))
            letters[place : place + chance.choice((0, 1, 40))] = chance.choice(("", "\x00", "é", "\r\n", "9" * 30, ":"))
        try:
            plan = plan_sections(parse_offer("".join(letters)), RIDS)
            assert all(isinstance(each, Inbound | Outbound | Rejected) for each in plan.sections)
            write_answer(plan, LOCAL)
            answered += 1
        except SdpError:
            refused += 1
    assert answered > 50
    assert refused > 50


def test_an_extension_offered_one_way_is_answered_the_other_way() -> None:
    plan = plan_sections(parse_offer(recorded("firefox153_offer.sdp")), RIDS)
    camera = write_answer(plan, LOCAL).split("\r\nm=")[2]
    assert f"a=extmap:9/recvonly {RID}" in camera
    assert f"a=extmap:3 {MID}" in camera
