"""The SDP of a peer without a browser: the offer that it makes, and what it needs of the answer."""

import re
import secrets
from dataclasses import dataclass, field

from .messages import Source
from .negotiation import ABS_SEND_TIME, AUDIO_LEVEL, MID, REPAIRED_RID, RID, SMALL, TRANSPORT_CC, VOICES
from .sdp import SdpError

_EXTENSIONS = (MID, AUDIO_LEVEL, ABS_SEND_TIME, TRANSPORT_CC, RID, REPAIRED_RID)
_SOURCES = (Source.MICROPHONE, Source.CAMERA, Source.SCREEN)


def _fresh_ssrcs() -> dict[Source, int]:
    return {source: 1 + secrets.randbelow((1 << 32) - 2) for source in Source}


@dataclass(frozen=True, slots=True)
class BotOffer:
    """How a bot numbers things. Browsers differ in it; two bots with different numbers prove that all is mapped.

    first_extension: the id of the first header extension; the others follow. mid_prefix: put before section numbers.
    rids: of the camera's simulcast layers, the smallest first; none for a camera of one layer. layer_ssrcs: theirs.
    """

    opus: int = 109
    vp8: int = 120
    rtx: int = 124
    first_extension: int = 1
    mid_prefix: str = ""
    small_slots: int = SMALL
    ice_ufrag: str = field(default_factory=lambda: secrets.token_hex(4))
    ice_pwd: str = field(default_factory=lambda: secrets.token_hex(16))
    ssrcs: dict[Source, int] = field(default_factory=_fresh_ssrcs)
    rids: tuple[str, ...] = ()
    is_receiving: bool = True
    layer_ssrcs: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "layer_ssrcs", {rid: 1 + secrets.randbelow((1 << 32) - 2) for rid in self.rids})

    @property
    def slots(self) -> list[str]:
        """The receiving sections in order."""
        if not self.is_receiving:
            return []
        voices = [f"voice-{number}" for number in range(VOICES)]
        return [*voices, "large", *(f"small-{number}" for number in range(self.small_slots)), "screen"]

    def mid(self, source: Source) -> str:
        """The MID of a sending section."""
        return f"{self.mid_prefix}{_SOURCES.index(source)}"

    def extension(self, uri: str) -> int:
        """The id of a header extension."""
        return self.first_extension + _EXTENSIONS.index(uri)

    @property
    def transport_cc_id(self) -> int:
        """The id of the transport-wide sequence number."""
        return self.extension(TRANSPORT_CC)

    def payload_type(self, source: Source) -> int:
        """The payload type of a source."""
        return self.opus if source is Source.MICROPHONE else self.vp8

    def text(self, fingerprint: tuple[str, str]) -> str:
        """Write the offer."""
        count = len(_SOURCES) + len(self.slots)
        lines = [
            "v=0",
            f"o=- {secrets.randbelow(1 << 62)} 1 IN IP4 127.0.0.1",
            "s=-",
            "t=0 0",
            "a=group:BUNDLE " + " ".join(f"{self.mid_prefix}{number}" for number in range(count)),
            f"a=fingerprint:{fingerprint[0]} {fingerprint[1]}",
            f"a=ice-ufrag:{self.ice_ufrag}",
            f"a=ice-pwd:{self.ice_pwd}",
            "a=setup:actpass",
        ]
        for number, source in enumerate(_SOURCES):
            lines += self._section(number, "audio" if source is Source.MICROPHONE else "video", "sendonly")
            if source is Source.CAMERA and self.rids:
                lines += [f"a=rid:{rid} send" for rid in self.rids]
                lines.append("a=simulcast:send " + ";".join(self.rids))
            else:
                lines.append(f"a=ssrc:{self.ssrcs[source]} cname:bot")
        for number, slot in enumerate(self.slots, len(_SOURCES)):
            lines += self._section(number, "audio" if slot.startswith("voice") else "video", "recvonly")
        return "\r\n".join(lines) + "\r\n"

    def _section(self, number: int, kind: str, direction: str) -> list[str]:
        audio = kind == "audio"
        uris = [uri for uri in _EXTENSIONS if uri not in ((RID, REPAIRED_RID) if audio else (AUDIO_LEVEL,))]
        formats = str(self.opus) if audio else f"{self.vp8} {self.rtx}"
        codec = [f"a=rtpmap:{self.opus} opus/48000/2"]
        if not audio:
            codec = [
                f"a=rtpmap:{self.vp8} VP8/90000",
                f"a=rtpmap:{self.rtx} rtx/90000",
                f"a=fmtp:{self.rtx} apt={self.vp8}",
            ]
        return [
            f"m={kind} 9 UDP/TLS/RTP/SAVPF {formats}",
            "c=IN IP4 0.0.0.0",
            f"a=mid:{self.mid_prefix}{number}",
            f"a={direction}",
            "a=rtcp-mux",
            *(f"a=extmap:{self.extension(uri)} {uri}" for uri in uris),
            *codec,
        ]


@dataclass(frozen=True, slots=True)
class Remote:
    """What a bot needs of an answer. slots: names by SSRC, with "/rtx" for their retransmissions."""

    address: tuple[str, int]
    ice_ufrag: str
    ice_pwd: str
    fingerprint: tuple[str, str]
    slots: dict[int, str]


def read_answer(text: str, offer: BotOffer) -> Remote:
    """Read an answer to `offer`. Raises SdpError."""
    sections = text.split("\r\nm=")[1:]
    receiving = sections[len(_SOURCES) :]
    slots: dict[int, str] = {}
    for slot, section in zip(offer.slots, receiving, strict=True):
        media, *repairs = [int(each) for each in re.findall(r"^a=ssrc:(\d+) ", section, re.MULTILINE)]
        slots[media] = slot
        slots.update(dict.fromkeys(repairs, f"{slot}/rtx"))
    address = _one(r"^a=candidate:\S+ 1 udp \d+ (\S+) (\d+) typ host", text)
    digest = _one(r"^a=fingerprint:(\S+) (\S+)", text)
    return Remote(
        (address[0], int(address[1])),
        _one(r"^a=ice-ufrag:(\S+)", text)[0],
        _one(r"^a=ice-pwd:(\S+)", text)[0],
        (digest[0], digest[1]),
        slots,
    )


def _one(pattern: str, text: str) -> tuple[str, ...]:
    match = re.search(pattern, text, re.MULTILINE)
    if match is None:
        raise SdpError("the answer lacks a line")
    return match.groups()
