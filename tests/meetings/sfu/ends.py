"""The two ends of an SRTP connection with known keys, without the network: what a slot sends, its viewer reads."""

from __future__ import annotations

from aiortc.rtcdtlstransport import SRTPProtectionProfile
from pylibsrtp import Policy, Session

from meetings.sfu.adapter import PROFILES, PacketBuffer, SrtpPair
from meetings.sfu.departures import Departures
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
    """A viewer's end of a path: decrypts and keeps what comes. datagrams: as they came.

    departures: as of a worker, for several viewers of one packet.
    """

    def __init__(self, profile: SRTPProtectionProfile = PROFILES[0], departures: Departures | None = None) -> None:
        self.departures = departures or Departures(Counters())
        self.path = SendingPath(self.departures, Counters())
        self.path.open(pair("server", profile))
        self.path.write = self._read
        self._packets: list[RtpPacket] = []
        self.datagrams: list[bytes] = []
        self._srtp, self._inbox = pair("client", profile), PacketBuffer()

    @property
    def packets(self) -> list[RtpPacket]:
        """What has come, once all that waits has left."""
        self.departures.flush()
        return self._packets

    def _read(self, data: Data) -> None:
        self.datagrams.append(bytes(data))
        self._inbox.data[: len(data)] = data
        size = self._srtp.unprotect_rtp(self._inbox, len(data))
        assert size > 0, "what was sent is not authentic, or was sent before"
        self._packets.append(parse_rtp(bytes(self._inbox.view[:size])))
