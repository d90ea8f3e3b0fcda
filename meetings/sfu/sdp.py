"""Reading SDP offers (RFC 8866, RFC 8829): what a browser wants to send and receive, as types.

Only what this SFU uses is kept: Opus and VP8 with their RTX, header extensions, RIDs, SSRCs, ICE and DTLS parameters.
Everything else is skipped, so that an unknown line never refuses a browser.
"""

import re
from dataclasses import dataclass, field

MAX_SECTIONS = 32
MAX_LINES = 6000
MAX_OFFER = 256 * 1024

DIRECTIONS = frozenset({"sendrecv", "sendonly", "recvonly", "inactive"})
_TOKEN = re.compile(r"[!#$%&'*+\-.0-9A-Z^_`a-z{|}~]{1,32}")
_ICE = re.compile(r"[A-Za-z0-9+/]{4,256}")
_FINGERPRINT = re.compile(r"(sha-(?:256|384|512)) ((?:[0-9A-Fa-f]{2}:){31,63}[0-9A-Fa-f]{2})")
_EXTENSION = re.compile(r"(\d{1,3})(?:/(\w+))? (\S{1,200})(?: .*)?")
_RTPMAP = re.compile(r"(\d{1,3}) ([\w.+-]{1,32})/(\d{1,6})(?:/\d)?")
_MAX_SSRCS = 16


class SdpError(ValueError):
    """An offer that cannot be answered; the message says why."""


@dataclass(frozen=True, slots=True)
class Codec:
    """One codec of a section, with the payload type of its retransmissions if there is one (RFC 4588)."""

    name: str
    payload_type: int
    clock_rate: int
    rtx_payload_type: int | None


@dataclass(frozen=True, slots=True)
class OfferedSection:
    """One media section of an offer, as the browser sees it.

    extensions: ids by URI; one_way: the direction of those that are offered for one direction only.
    """

    kind: str
    mid: str
    protocol: str
    formats: tuple[str, ...]
    direction: str
    codecs: tuple[Codec, ...]
    extensions: dict[str, int]
    one_way: dict[str, str]
    rids: tuple[str, ...]
    ssrcs: tuple[int, ...]

    def codec(self, name: str) -> Codec | None:
        """The first codec called `name` (lower case), in the browser's order of preference."""
        return next((each for each in self.codecs if each.name == name), None)


@dataclass(frozen=True, slots=True)
class Offer:
    """An SDP offer whose sections are bundled on one transport."""

    ice_ufrag: str
    ice_pwd: str
    fingerprints: tuple[tuple[str, str], ...]
    sections: tuple[OfferedSection, ...]


@dataclass(slots=True)
class _Lines:
    """The lines of the session or of one section: `m=` words, and attribute values by name in order."""

    media: tuple[str, ...] = ()
    attributes: dict[str, list[str]] = field(default_factory=dict)

    def first(self, name: str) -> str | None:
        values = self.attributes.get(name)
        return values[0] if values else None

    def every(self, name: str) -> list[str]:
        return self.attributes.get(name, [])


def parse_offer(text: str) -> Offer:
    """Read an offer. Raises SdpError when it is not one that this SFU can answer."""
    if len(text) > MAX_OFFER:
        raise SdpError("the offer is too long")
    session, *sections = _split(text)
    if not sections:
        raise SdpError("the offer has no media section")
    bundled = set((session.first("group") or "").split()[1:])
    read = tuple(_section(each) for each in sections)
    mids = [each.mid for each in read]
    if len(set(mids)) != len(mids) or not bundled.issuperset(mids):
        raise SdpError("all sections must be in one BUNDLE group, under different MIDs")
    if any("rtcp-mux" not in each.attributes for each in sections):
        raise SdpError("RTP and RTCP must be multiplexed")
    if (setup := _inherited(sections, session, "setup")) not in {"actpass", "active"}:
        raise SdpError(f"the browser must take the active DTLS role, not {setup}")
    return Offer(
        ice_ufrag=_credential(sections, session, "ice-ufrag"),
        ice_pwd=_credential(sections, session, "ice-pwd"),
        fingerprints=_fingerprints(sections[0].every("fingerprint") or session.every("fingerprint")),
        sections=read,
    )


def _split(text: str) -> list[_Lines]:
    lines = text.splitlines()
    if len(lines) > MAX_LINES or not lines or lines[0] != "v=0":
        raise SdpError("not a session description")
    parts = [_Lines()]
    for line in lines:
        if line.startswith("m="):
            if len(parts) > MAX_SECTIONS:
                raise SdpError("too many media sections")
            parts.append(_Lines(media=tuple(line[2:].split())))
        elif line.startswith("a="):
            name, _, value = line[2:].partition(":")
            parts[-1].attributes.setdefault(name, []).append(value)
    return parts


def _inherited(sections: list[_Lines], session: _Lines, name: str) -> str | None:
    return sections[0].first(name) or session.first(name)


def _credential(sections: list[_Lines], session: _Lines, name: str) -> str:
    value = _inherited(sections, session, name)
    if value is None or not _ICE.fullmatch(value):
        raise SdpError(f"{name} is missing or malformed")
    return value


def _fingerprints(values: list[str]) -> tuple[tuple[str, str], ...]:
    read = tuple(match.groups() for value in values[:8] if (match := _FINGERPRINT.fullmatch(value)))
    if not read:
        raise SdpError("no DTLS fingerprint that can be checked")
    return tuple((algorithm, digest.upper()) for algorithm, digest in read)


def _section(lines: _Lines) -> OfferedSection:
    if len(lines.media) < 4 or lines.media[0] not in {"audio", "video", "application"}:
        raise SdpError("a media line is malformed")
    kind, port, protocol, *formats = lines.media
    mid = lines.first("mid") or ""
    if not _TOKEN.fullmatch(mid):
        raise SdpError("a section has no usable MID")
    if not port.isdecimal() or not all(_TOKEN.fullmatch(each) for each in (protocol.replace("/", "-"), *formats)):
        raise SdpError("a media line is malformed")
    direction = next((name for name in lines.attributes if name in DIRECTIONS), "sendrecv")
    extensions = _extensions(lines.every("extmap"), direction)
    return OfferedSection(
        kind=kind,
        mid=mid,
        protocol=protocol,
        formats=tuple(formats),
        direction=direction,
        codecs=_codecs(lines, formats),
        extensions={uri: number for uri, (number, _) in extensions.items()},
        one_way={uri: way for uri, (_, way) in extensions.items() if way in {"sendonly", "recvonly"}},
        rids=_sent_rids(lines.every("rid")),
        ssrcs=_media_ssrcs(lines),
    )


def _codecs(lines: _Lines, formats: list[str]) -> tuple[Codec, ...]:
    maps = {m[1]: (m[2].lower(), int(m[3])) for each in lines.every("rtpmap") if (m := _RTPMAP.fullmatch(each))}
    rtx: dict[str, int] = {}
    for value in lines.every("fmtp"):
        number, _, parameters = value.partition(" ")
        for parameter in parameters.split(";"):
            key, _, target = parameter.strip().partition("=")
            if key == "apt" and maps.get(number, ("",))[0] == "rtx":
                rtx.setdefault(target, int(number))
    return tuple(
        Codec(maps[each][0], int(each), maps[each][1], rtx.get(each))
        for each in formats
        if each in maps and maps[each][0] != "rtx" and int(each) < 128
    )


def _extensions(values: list[str], direction: str) -> dict[str, tuple[int, str | None]]:
    """Header extensions by URI: id and direction (RFC 8285, 5). Those for the other direction are left out."""
    read: dict[str, tuple[int, str | None]] = {}
    for value in values:
        match = _EXTENSION.fullmatch(value)
        if match and match[2] in {None, "sendrecv", direction} and 1 <= int(match[1]) <= 14:
            read.setdefault(match[3], (int(match[1]), match[2]))
    return read


def _sent_rids(values: list[str]) -> tuple[str, ...]:
    words = [value.split() for value in values[:8]]
    return tuple(
        each[0] for each in words if len(each) >= 2 and each[1] == "send" and re.fullmatch(r"\w{1,16}", each[0])
    )


def _media_ssrcs(lines: _Lines) -> tuple[int, ...]:
    """The SSRCs of media in order, without those of their retransmissions (RFC 5576, FID groups)."""
    repairs = {word for value in lines.every("ssrc-group") if value.startswith("FID ") for word in value.split()[2:]}
    seen = dict.fromkeys(value.split(" ", 1)[0] for value in lines.every("ssrc"))
    numbers = [int(each) for each in seen if each not in repairs and each.isdigit() and len(each) <= 10]
    return tuple(each for each in numbers[:_MAX_SSRCS] if each < 1 << 32)
