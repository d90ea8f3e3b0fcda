"""The only file that touches private names of aiortc, aioice and pylibsrtp; test_adapter.py fails when they move.

DTLS is aiortc's, SRTP is libsrtp's, STUN is aioice's. What we replace: aiortc's ICE (a small object that hands
datagrams in and out), its packet router (media never gets there), and pylibsrtp's copying wrapper (libsrtp works in
place on one reused buffer).
"""

import asyncio
from collections.abc import Awaitable, Callable
from ipaddress import ip_address
from struct import error as struct_error
from typing import Any

from aioice import ice, stun
from aiortc import rtcdtlstransport as dtls
from pylibsrtp import Policy, Session
from pylibsrtp._binding import ffi, lib

_unprotect = lib.srtp_unprotect  # looked up once: the packet path
protect: Callable[[Any, Any, Any], int] = lib.srtp_protect
"""Encrypts in place: takes `SrtpPair.context`, `PacketBuffer.pointer` and `PacketBuffer.length`, which holds the
packet's length before and after; returns 0, or libsrtp's reason to refuse."""
PROFILES = (dtls.SRTP_AEAD_AES_128_GCM, dtls.SRTP_AEAD_AES_256_GCM, dtls.SRTP_AES128_CM_SHA1_80)
"""SRTP profiles in our order of preference: the cheapest first."""

_OVERHEAD = {
    dtls.SRTP_AEAD_AES_128_GCM.openssl_profile: 16,
    dtls.SRTP_AEAD_AES_256_GCM.openssl_profile: 16,
    dtls.SRTP_AES128_CM_SHA1_80.openssl_profile: 10,
}
"""Bytes of the authentication tag (RFC 7714, 14.2; RFC 3711, 4.2.1)."""

MAX_DATAGRAM = 1500
_DTLS_BACKLOG = 16
_REPLAY_WINDOW = 1024


class PacketBuffer:
    """A datagram buffer that is filled, decrypted or encrypted in place, and used again for the next packet.

    pointer, length: the same for libsrtp.
    """

    def __init__(self) -> None:
        self.data = bytearray(MAX_DATAGRAM + 256)  # room for the authentication tag
        self.view = memoryview(self.data)
        self.pointer: Any = ffi.from_buffer(self.data)
        self.length: Any = ffi.new("int *")


class Outbox(PacketBuffer):
    """The buffer that packets to viewers are written in. datagrams: its first so many bytes, by their number."""

    def __init__(self) -> None:
        super().__init__()
        self.datagrams = [self.view[:length] for length in range(len(self.data) + 1)]


class SrtpPair:
    """The two SRTP sessions of one connection. All methods return the new length, or -1 when libsrtp refuses.

    context: what `protect` takes (RFC 3711, 3.2). overhead: the bytes that it adds.
    """

    __slots__ = ("_inbound", "_outbound", "_rx", "_size", "context", "overhead", "profile")

    def __init__(self, inbound: Session, outbound: Session, profile: str) -> None:
        self._inbound, self._outbound = inbound, outbound  # keep the C structures alive
        self._rx, self.context = inbound._srtp[0], outbound._srtp[0]  # noqa: SLF001  # the seam: libsrtp in place
        self._size = ffi.new("int *")
        self.profile = profile
        self.overhead = _OVERHEAD[profile.encode()]

    def unprotect_rtp(self, buffer: PacketBuffer, length: int) -> int:
        """Check and decrypt the SRTP packet in `buffer`."""
        size = self._size
        size[0] = length
        return size[0] if _unprotect(self._rx, buffer.pointer, size) == 0 else -1

    def unprotect_rtcp(self, buffer: PacketBuffer, length: int) -> int:
        """Check and decrypt the SRTCP packet in `buffer`."""
        self._size[0] = length
        return self._size[0] if lib.srtp_unprotect_rtcp(self._rx, buffer.pointer, self._size) == 0 else -1

    def protect_rtp(self, buffer: PacketBuffer, length: int) -> int:
        """Encrypt the RTP packet in `buffer`. A sequence number that was used before is refused."""
        size = self._size
        size[0] = length
        return size[0] if protect(self.context, buffer.pointer, size) == 0 else -1

    def protect_rtcp(self, buffer: PacketBuffer, length: int) -> int:
        """Encrypt the RTCP packet in `buffer`."""
        self._size[0] = length
        return self._size[0] if lib.srtp_protect_rtcp(self.context, buffer.pointer, self._size) == 0 else -1


class Certificate:
    """The DTLS certificate of a process; its fingerprint goes into SDP."""

    def __init__(self) -> None:
        self.inner = dtls.RTCCertificate.generateCertificate()

    @property
    def fingerprint(self) -> tuple[str, str]:
        """Algorithm and digest (RFC 8122)."""
        return next(
            (each.algorithm, each.value) for each in self.inner.getFingerprints() if each.algorithm == "sha-256"
        )


class _Datagrams:
    """What aiortc's DTLS takes for an ICE transport: datagrams in and out."""

    def __init__(self, role: str, send: Callable[[bytes], None], turn: Callable[[], Awaitable[None]]) -> None:
        self.role, self.state = role, "completed"
        self._turn = turn
        self._inbox: asyncio.Queue[bytes] = asyncio.Queue(_DTLS_BACKLOG)
        self._out = send

    def put(self, datagram: bytes) -> bool:
        if self._inbox.full():
            return False
        self._inbox.put_nowait(datagram)
        return True

    async def _recv(self) -> bytes:
        datagram = await self._inbox.get()
        await self._turn()
        return datagram

    async def _send(self, data: bytes) -> None:
        self._out(data)

    def let_go(self) -> None:
        self._out = _nothing


class _Dtls(dtls.RTCDtlsTransport):
    """aiortc's DTLS, with our order of SRTP profiles and sessions that never send a sequence number twice."""

    def __init__(
        self,
        datagrams: _Datagrams,
        certificate: Certificate,
        role: str,
        profiles: tuple[dtls.SRTPProtectionProfile, ...],
    ) -> None:
        super().__init__(datagrams, [certificate.inner])  # type: ignore[arg-type]  # it only needs the names above
        self._srtp_profiles = list(profiles)
        self._set_role(role)
        self.pair: SrtpPair | None = None

    def _setup_srtp(self) -> None:
        chosen = self._ssl.get_selected_srtp_profile() if self._ssl else b""
        profile = next((each for each in PROFILES if each.openssl_profile == chosen), None)
        if self._ssl is None or profile is None:
            self._set_state(dtls.State.FAILED)
            return
        size = 2 * (profile.key_length + profile.salt_length)
        keys = self._ssl.export_keying_material(b"EXTRACTOR-dtls_srtp", size)  # RFC 5764, 4.2
        ours, theirs = (1, 0) if self._role == "server" else (0, 1)
        inbound = Policy(profile.get_key_and_salt(keys, theirs), Policy.SSRC_ANY_INBOUND, 0, profile.libsrtp_profile)
        outbound = Policy(profile.get_key_and_salt(keys, ours), Policy.SSRC_ANY_OUTBOUND, 0, profile.libsrtp_profile)
        inbound.window_size = outbound.window_size = _REPLAY_WINDOW
        self.pair = SrtpPair(Session(inbound), Session(outbound), profile.openssl_profile.decode())


class DtlsAssociation:
    """One DTLS association over datagrams.

    role: "server" or "client". profiles: the SRTP profiles that are offered or taken, best first. closed: called when
    the other side ends it. turn: awaited before every step, so that cryptography of many handshakes at once leaves room
    for packets in between.
    """

    def __init__(
        self,
        certificate: Certificate,
        role: str,
        *,
        send: Callable[[bytes], None],
        closed: Callable[[], None],
        turn: Callable[[], Awaitable[None]],
        profiles: tuple[dtls.SRTPProtectionProfile, ...] = PROFILES,
    ) -> None:
        self._datagrams = _Datagrams("controlled" if role == "server" else "controlling", send, turn)
        self._turn = turn
        self._dtls = _Dtls(self._datagrams, certificate, role, profiles)
        self._closed = closed

    def receive(self, datagram: bytes) -> bool:
        """Hand in a datagram; False when too many wait already."""
        return self._datagrams.put(datagram)

    async def handshake(self, fingerprints: tuple[tuple[str, str], ...]) -> SrtpPair | None:
        """Run the handshake and check the certificate against `fingerprints`; None when it fails."""
        remote = dtls.RTCDtlsParameters([dtls.RTCDtlsFingerprint(*each) for each in fingerprints])
        await self._turn()
        await self._dtls.start(remote)
        if self._dtls.state != "connected":
            return None
        self._dtls.on("statechange", self._changed)
        return self._dtls.pair

    async def close(self) -> None:
        """Say goodbye to the other side and end the task."""
        self._dtls.remove_all_listeners()
        pump = self._dtls._task  # noqa: SLF001  # the seam: `stop` does not wait for it
        await self._dtls.stop()
        if pump is not None:
            await asyncio.wait([pump])
        # Whoever owns it is free at once, without waiting for the garbage collector.
        self._datagrams.let_go()
        self._closed = _nothing

    def _changed(self) -> None:
        if self._dtls.state == "closed":
            self._closed()


def _nothing(*_: object) -> None:
    """What a closed association calls."""


class StunError(ValueError):
    """Not a well-formed STUN message."""


def parse_stun(datagram: bytes) -> stun.Message:
    """Read a STUN message (RFC 8489). Raises StunError."""
    try:
        return stun.parse_message(datagram)
    except (ValueError, struct_error, IndexError, KeyError) as error:
        raise StunError(str(error)) from error


def is_binding_request(message: stun.Message) -> bool:
    """Whether it is a connectivity check."""
    return message.message_method == stun.Method.BINDING and message.message_class == stun.Class.REQUEST


def is_binding_response(message: stun.Message) -> bool:
    """Whether it says that a connectivity check succeeded."""
    return message.message_method == stun.Method.BINDING and message.message_class == stun.Class.RESPONSE


def binding_request(username: str, password: str, *, nominate: bool, tie_breaker: int) -> stun.Message:
    """A connectivity check of the controlling side (RFC 8445, 7.2.2)."""
    request = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
    request.attributes = {"USERNAME": username, "PRIORITY": 1845501695, "ICE-CONTROLLING": tie_breaker}
    if nominate:
        request.attributes["USE-CANDIDATE"] = None
    request.add_message_integrity(password.encode())
    request.add_fingerprint()
    return request


def binding_response(request: stun.Message, address: tuple[str, int], password: str) -> bytes:
    """The answer to a connectivity check that came from `address` (RFC 8445, 7.3.1.2)."""
    response = stun.Message(stun.Method.BINDING, stun.Class.RESPONSE, request.transaction_id)
    response.attributes["XOR-MAPPED-ADDRESS"] = address
    response.add_message_integrity(password.encode())
    response.add_fingerprint()
    return bytes(response)


def host_addresses() -> list[str]:
    """This machine's addresses that another one could reach, IPv4 first, without loopback and link-local ones."""
    found = [ip_address(each) for each in ice.get_host_addresses(use_ipv4=True, use_ipv6=True)]
    return [
        str(each) for each in sorted(found, key=lambda a: a.version) if not (each.is_link_local or each.is_loopback)
    ]
