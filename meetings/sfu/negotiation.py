"""What becomes of each section of an offer, and the SDP answer that says so.

A browser offers its sending sections first (microphone, camera, screen), then its receiving ones; their order and
direction tell which is which. Each browser numbers payload types, header extensions and MIDs in its own way, so a plan
holds them per peer and every packet is written anew for each viewer.
"""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass

from .messages import Source
from .sdp import Codec, Offer, OfferedSection, SdpError

MID = "urn:ietf:params:rtp-hdrext:sdes:mid"
RID = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"
REPAIRED_RID = "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id"
AUDIO_LEVEL = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
ABS_SEND_TIME = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"
TRANSPORT_CC = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"

VOICES = 3
SMALL = 8
MAX_LAYERS = 3
CODEC = {"audio": "opus", "video": "vp8"}
SENT_EXTENSIONS = {
    "audio": (MID, AUDIO_LEVEL, TRANSPORT_CC),
    "video": (MID, RID, REPAIRED_RID, TRANSPORT_CC),
}
RECEIVED_EXTENSIONS: dict[str, tuple[str, ...]] = {
    "audio": (MID, ABS_SEND_TIME, AUDIO_LEVEL),
    "video": (MID, ABS_SEND_TIME, TRANSPORT_CC),
}
SENT_FEEDBACK = {"audio": ("transport-cc", "nack"), "video": ("transport-cc", "ccm fir", "nack", "nack pli")}
RECEIVED_FEEDBACK = {
    "audio": ("transport-cc", "nack"),
    "video": ("goog-remb", "transport-cc", "ccm fir", "nack", "nack pli"),
}
_MIRRORED = {None: "", "sendonly": "/recvonly", "recvonly": "/sendonly"}


@dataclass(frozen=True, slots=True)
class Inbound:
    """A section on which the peer publishes one source. rids: of its simulcast layers, the smallest first."""

    source: Source
    section: OfferedSection
    codec: Codec
    extensions: dict[str, int]
    rids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outbound:
    """A section on which the peer receives one slot, under our own SSRCs."""

    slot: str
    section: OfferedSection
    codec: Codec
    extensions: dict[str, int]
    ssrc: int
    rtx_ssrc: int


@dataclass(frozen=True, slots=True)
class Rejected:
    """A section that has no use here."""

    section: OfferedSection


@dataclass(frozen=True, slots=True)
class Plan:
    """All sections of one peer in the order of its offer."""

    sections: tuple[Inbound | Outbound | Rejected, ...]

    @property
    def inbound(self) -> Iterator[Inbound]:
        """The sections that the peer sends on."""
        return (each for each in self.sections if isinstance(each, Inbound))

    @property
    def outbound(self) -> Iterator[Outbound]:
        """The sections that the peer receives on."""
        return (each for each in self.sections if isinstance(each, Outbound))

    def fits(self, offer: Offer) -> bool:
        """Say whether a later offer asks for the same sections, as an ICE restart does."""
        ours = [(each.section.mid, each.section.kind, each.section.direction) for each in self.sections]
        return ours == [(each.mid, each.kind, each.direction) for each in offer.sections]


@dataclass(frozen=True, slots=True)
class LocalParameters:
    """Our side of the transport: ICE credentials, DTLS fingerprint, and host candidates as (address, port)."""

    ice_ufrag: str
    ice_pwd: str
    fingerprint: tuple[str, str]
    candidates: tuple[tuple[str, int], ...]
    session_id: int
    version: int


def plan_sections(offer: Offer, accepted_rids: tuple[str, ...]) -> Plan:
    """Decide on every section. Raises SdpError when nothing could flow at all.

    accepted_rids: the simulcast layers to accept, the smallest first. Of other ones the first that are offered.
    """
    sources = {"audio": iter([Source.MICROPHONE]), "video": iter([Source.CAMERA, Source.SCREEN])}
    slots = {"audio": iter(_voice_slots()), "video": iter(_picture_slots(offer))}
    ssrcs = _fresh_ssrcs()
    sections: list[Inbound | Outbound | Rejected] = []
    for section in offer.sections:
        codec = section.codec(CODEC.get(section.kind, ""))
        source = next(sources[section.kind], None) if codec and section.direction in {"sendonly", "sendrecv"} else None
        slot = next(slots[section.kind], None) if codec and section.direction == "recvonly" else None
        if codec and source:
            rids = tuple(rid for rid in accepted_rids if rid in section.rids) or section.rids[:MAX_LAYERS]
            sections.append(Inbound(source, section, codec, _agreed(section, SENT_EXTENSIONS), rids))
        elif codec and slot:
            extensions = _agreed(section, RECEIVED_EXTENSIONS)
            sections.append(Outbound(slot, section, codec, extensions, next(ssrcs), next(ssrcs)))
        else:
            sections.append(Rejected(section))
    if all(isinstance(each, Rejected) for each in sections):
        raise SdpError("no section offers Opus or VP8")
    return Plan(tuple(sections))


def source_of_slot(slot: str) -> Source:
    """Which source a slot shows."""
    if slot.startswith("voice"):
        return Source.MICROPHONE
    return Source.SCREEN if slot == "screen" else Source.CAMERA


def _voice_slots() -> list[str]:
    return [f"voice-{number}" for number in range(VOICES)]


def _picture_slots(offer: Offer) -> list[str]:
    """Names for the receiving video sections: the first is large, the last is the screen, the rest are small."""
    count = sum(each.kind == "video" and each.direction == "recvonly" for each in offer.sections)
    small = [f"small-{number}" for number in range(min(max(count - 2, 0), SMALL))]
    return ["large", *small, "screen"][:count]


def _agreed(section: OfferedSection, wanted: dict[str, tuple[str, ...]]) -> dict[str, int]:
    return {uri: section.extensions[uri] for uri in wanted[section.kind] if uri in section.extensions}


def _fresh_ssrcs() -> Iterator[int]:
    used: set[int] = set()
    while True:
        ssrc = secrets.randbelow((1 << 32) - 2) + 1
        if ssrc not in used:
            used.add(ssrc)
            yield ssrc


def write_answer(plan: Plan, local: LocalParameters) -> str:
    """Write the SDP answer: ICE-lite, DTLS-passive, everything bundled (RFC 8839, RFC 8842, RFC 9143)."""
    mids = [each.section.mid for each in plan.sections if not isinstance(each, Rejected)]
    lines = [
        "v=0",
        f"o=- {local.session_id} {local.version} IN IP4 127.0.0.1",
        "s=-",
        "t=0 0",
        "a=ice-lite",
        "a=group:BUNDLE " + " ".join(mids),
        "a=msid-semantic: WMS *",
    ]
    for section in plan.sections:
        lines += _section_lines(section, local)
    return "\r\n".join(lines) + "\r\n"


def _section_lines(planned: Inbound | Outbound | Rejected, local: LocalParameters) -> Iterator[str]:
    section = planned.section
    if isinstance(planned, Rejected):
        yield f"m={section.kind} 0 {section.protocol} {' '.join(section.formats)}"
        yield "c=IN IP4 0.0.0.0"
        yield "a=inactive"
        yield f"a=mid:{section.mid}"
        return
    codec = planned.codec
    formats = [codec.payload_type] + ([codec.rtx_payload_type] if codec.rtx_payload_type is not None else [])
    yield f"m={section.kind} 9 {section.protocol} {' '.join(map(str, formats))}"
    yield "c=IN IP4 0.0.0.0"
    yield from _transport_lines(local)
    yield f"a=mid:{section.mid}"
    yield f"a={'recvonly' if isinstance(planned, Inbound) else 'sendonly'}"
    yield "a=rtcp-mux"
    yield "a=rtcp-rsize"
    for uri, number in planned.extensions.items():
        yield f"a=extmap:{number}{_MIRRORED[section.one_way.get(uri)]} {uri}"
    yield from _codec_lines(planned)
    yield from _sent_lines(planned) if isinstance(planned, Inbound) else _received_lines(planned)


def _transport_lines(local: LocalParameters) -> Iterator[str]:
    yield f"a=ice-ufrag:{local.ice_ufrag}"
    yield f"a=ice-pwd:{local.ice_pwd}"
    yield f"a=fingerprint:{local.fingerprint[0]} {local.fingerprint[1]}"
    yield "a=setup:passive"
    for number, (address, port) in enumerate(local.candidates):
        priority = (126 << 24) + ((65535 - number) << 8) + 255  # RFC 8445, 5.1.2.1: host candidates in our order
        yield f"a=candidate:{number + 1} 1 udp {priority} {address} {port} typ host"
    yield "a=end-of-candidates"


def _codec_lines(planned: Inbound | Outbound) -> Iterator[str]:
    codec, kind = planned.codec, planned.section.kind
    feedback = SENT_FEEDBACK if isinstance(planned, Inbound) else RECEIVED_FEEDBACK
    name = "opus/48000/2" if kind == "audio" else "VP8/90000"
    yield f"a=rtpmap:{codec.payload_type} {name}"
    if kind == "audio":
        yield f"a=fmtp:{codec.payload_type} minptime=10;useinbandfec=1;usedtx=1"
    for each in feedback[kind]:
        yield f"a=rtcp-fb:{codec.payload_type} {each}"
    if codec.rtx_payload_type is not None:
        yield f"a=rtpmap:{codec.rtx_payload_type} rtx/{codec.clock_rate}"
        yield f"a=fmtp:{codec.rtx_payload_type} apt={codec.payload_type}"


def _sent_lines(planned: Inbound) -> Iterator[str]:
    if planned.section.kind == "video":  # Chromium starts at 300 kbit/s, and a small picture, unless told otherwise
        yield f"a=fmtp:{planned.codec.payload_type} x-google-start-bitrate=800"
    if planned.rids:
        for rid in planned.rids:
            yield f"a=rid:{rid} recv"
        yield "a=simulcast:recv " + ";".join(planned.rids)


def _received_lines(planned: Outbound) -> Iterator[str]:
    yield f"a=msid:{_stream(planned.slot)} {planned.slot}"
    yield f"a=ssrc:{planned.ssrc} cname:parvis"  # Chromium takes the first SSRC for the media
    if planned.codec.rtx_payload_type is not None:
        yield f"a=ssrc:{planned.rtx_ssrc} cname:parvis"
        yield f"a=ssrc-group:FID {planned.ssrc} {planned.rtx_ssrc}"


def _stream(slot: str) -> str:
    """The stream of a slot. Browsers keep the tracks of one stream in step by their sender reports, so the voices, the
    large picture and the screen share one; the small pictures are left to come as early as they can."""
    return slot if slot.startswith("small") else "stage"
