"""The two ends of an SRTP connection with known keys, without the network: what a slot sends, its viewer reads."""

from __future__ import annotations

from aiortc.rtcdtlstransport import SRTPProtectionProfile
from pylibsrtp import Policy, Session

from meetings.sfu.adapter import PROFILES, Outbox, PacketBuffer, SrtpPair
from meetings.sfu.lanes import Data
from meetings.sfu.limits import Counters
from meetings.sfu.rtp import RtpPacket, parse_rtp
from meetings.sfu.sending import SendingPath


def pair(role: str, profile: SRTPProtectionProfile = PROFILES[0]) -> SrtpPair:
    """One end of a connection with known keys."""
    size = profile.key_length + profile.salt_length
    ours, theirs = bytes(range(size)), bytes(range(100, 100 + size))
    if role == "server":
        ours, theirs = theirs, ours
    return SrtpPair(
        Session(Policy(theirs, Policy.SSRC_ANY_INBOUND, 0, profile.libsrtp_profile)),
        Session(Policy(ours, Policy.SSRC_ANY_OUTBOUND, 0, profile.libsrtp_profile)),
        profile.openssl_profile.decode(),
    )


class FarEnd:
    """A viewer's end of a path: decrypts and keeps what comes. datagrams: as they came."""

    def __init__(self, profile: SRTPProtectionProfile = PROFILES[0], outbox: Outbox | None = None) -> None:
        self.counters = Counters()
        self.path = SendingPath(outbox or Outbox(), self.counters)
        self.path.open(pair("server", profile))
        self.path.write = self._read
        self.packets: list[RtpPacket] = []
        self.datagrams: list[bytes] = []
        self._srtp, self._inbox = pair("client", profile), PacketBuffer()

    def _read(self, data: Data) -> None:
        self.datagrams.append(bytes(data))
        self._inbox.data[: len(data)] = data
        size = self._srtp.unprotect_rtp(self._inbox, len(data))
        assert size > 0, "what was sent is not authentic, or was sent before"
        self.packets.append(parse_rtp(bytes(self._inbox.view[:size])))
