"""A media worker: its port, its rooms, its clock, and what controllers ask of it."""

import asyncio
import logging
import secrets
import time
from collections.abc import Callable, Coroutine
from typing import Any

from . import adapter
from .clock import Clock
from .connection import Connection
from .departures import Departures
from .grants import GrantDesk, GrantExpiredError, GrantInvalidError, GrantRefusedError, GrantUsedError
from .limits import Counters
from .messages import (
    Allow,
    Answered,
    CloseRoom,
    Command,
    Done,
    EndSource,
    Join,
    Leave,
    Notification,
    RefusalCode,
    Refused,
    Reply,
    RestartIce,
    Snapshot,
    TakeSnapshot,
    Watch,
)
from .negotiation import LocalParameters, plan_sections, write_answer
from .peers import Peer
from .ports import UdpSocket
from .rooms import Room
from .rounds import ReadingRounds
from .sdp import SdpError, parse_offer
from .settings import WorkerSettings
from .transport import Surroundings

logger = logging.getLogger(__name__)

MAX_ROOMS = 1000
MAX_PEERS = 500
MAX_NAME = 128
_GRANT_CODES = {
    GrantInvalidError: RefusalCode.GRANT_INVALID,
    GrantExpiredError: RefusalCode.GRANT_EXPIRED,
    GrantUsedError: RefusalCode.GRANT_USED,
}


class RefusalError(Exception):
    """A command that is not carried out."""

    def __init__(self, code: RefusalCode, message: str) -> None:
        super().__init__(message)
        self.refused = Refused(code.value, message)


class _Turns:
    """Lets one step of a handshake happen per round of the loop, so that packets are read in between."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()

    async def __call__(self) -> None:
        async with self._lock:
            await asyncio.sleep(0)


class Worker:
    """One media worker. `open` it, `run` its clock, `close` it; `handle` what controllers ask."""

    def __init__(self, settings: WorkerSettings, notify: Callable[[Notification], None]) -> None:
        self.settings, self._notify = settings, notify
        self.boot = secrets.token_hex(8)
        self.counters = Counters()
        self.rooms: dict[str, Room] = {}
        self._around = Surroundings(
            adapter.Certificate(),
            self.counters,
            _Turns(),
            wall_offset_s=time.time() - time.monotonic(),
            departures=Departures(self.counters),
        )
        self._grants = GrantDesk(settings.secret)
        self._rounds: ReadingRounds | None = None
        self._sockets: list[UdpSocket] = []
        self._closing: set[asyncio.Task[None]] = set()

    def open(self) -> None:
        """Bind the UDP port on every address. Raises OSError when not one can be bound."""
        self._rounds = ReadingRounds(asyncio.get_running_loop(), self._around.departures.flush)
        port, problem = self.settings.port, OSError("no address to bind")
        for address in _expanded(self.settings.bind):
            try:
                socket = UdpSocket(address, port, self._around)
            except OSError as error:
                logger.warning("media address %s port %s not bound: %s", address, port, error)
                problem = error
                continue
            port = socket.address[1]
            socket.open(self._rounds)
            self._sockets.append(socket)
        if not self._sockets:
            raise problem

    @property
    def candidates(self) -> tuple[tuple[str, int], ...]:
        """The addresses that browsers are told."""
        port = self._sockets[0].address[1]
        if self.settings.public:
            return tuple((address, port) for address in self.settings.public)
        return tuple(socket.address for socket in self._sockets)

    async def run(self) -> None:
        """Keep the clock of all rooms, until cancelled."""
        if self._rounds is not None:
            await Clock(self.rooms, self._close_later, self._rounds.pause).run()

    async def close(self) -> None:
        """Say goodbye to everybody and give the port back."""
        for room in list(self.rooms.values()):
            self._close_room(room)
        if self._closing:
            await asyncio.wait(self._closing, timeout=2)
        for task in self._closing:
            task.cancel()
        for socket in self._sockets:
            socket.close()
        self._sockets.clear()
        if self._rounds is not None:
            self._rounds.close()

    def _close_later(self, *connections: Connection | None) -> None:
        for connection in connections:
            if connection is not None:
                self._own(connection.close())

    def _own(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    def handle(self, command: Command) -> Reply:
        """Carry out a command. Never raises for what a controller or a browser sent."""
        handler = _HANDLERS[type(command)]
        try:
            return handler(self, command)
        except RefusalError as refusal:
            return refusal.refused
        except SdpError as error:
            return Refused(RefusalCode.SDP_INVALID.value, str(error))

    def join(self, command: Join) -> Reply:
        """Seat a peer on the strength of its grant."""
        now = time.monotonic()
        if not (0 < len(command.room) <= MAX_NAME and 0 < len(command.peer) <= MAX_NAME):
            raise RefusalError(RefusalCode.MALFORMED, "room and peer need names of at most 128 characters")
        room = self.rooms.get(command.room)
        seated = room.peers.get(command.peer) if room is not None else None
        if seated is not None:
            self._count_command(seated)
        offer = parse_offer(command.sdp_offer)
        plan = plan_sections(offer, self.settings.accepted_rids)
        full = len(self.rooms) >= MAX_ROOMS if room is None else len(room.peers) >= MAX_PEERS
        if full and (room is None or command.peer not in room.peers):
            raise RefusalError(RefusalCode.TOO_MANY, "this worker or this room is full")
        try:
            grant = self._grants.redeem(command.grant, room=command.room, peer=command.peer, now=time.time())
        except GrantRefusedError as error:
            raise RefusalError(_GRANT_CODES[type(error)], str(error)) from error
        if room is None:
            room = self.rooms[command.room] = Room(command.room, self._notify)
        peer = room.seat(command.peer, grant.permissions)
        connection = Connection(peer, self._around, offer, plan, now)
        self._close_later(peer.sit(connection, now))
        logger.info("joined room=%s peer=%s sections=%d", room.name, peer.name, len(plan.sections))
        return Answered(self._answer(connection))

    def restart_ice(self, command: RestartIce) -> Reply:
        """Renew a peer's ICE credentials."""
        peer = self._peer(command.room, command.peer)
        offer = parse_offer(command.sdp_offer)
        connection = peer.connection
        if connection is None or not connection.plan.fits(offer):
            raise SdpError("the offer does not restart the connection that is there: join again")
        connection.transport.renew_credentials()
        connection.version += 1
        return Answered(self._answer(connection))

    def _answer(self, connection: Connection) -> str:
        transport = connection.transport
        fingerprint = self._around.certificate.fingerprint
        ids = connection.session_id, connection.version
        local = LocalParameters(transport.ufrag, transport.password, fingerprint, self.candidates, *ids)
        return write_answer(connection.plan, local)

    def _peer(self, room: str, name: str) -> Peer:
        peer = self.rooms[room].peers.get(name) if room in self.rooms else None
        if peer is None:
            raise RefusalError(RefusalCode.UNKNOWN_PEER, "nobody of that name sits in that room")
        self._count_command(peer)
        return peer

    @staticmethod
    def _count_command(peer: Peer) -> None:
        if not peer.commands.take(time.monotonic()):
            raise RefusalError(RefusalCode.TOO_MANY, "too many commands for this peer")

    def allow(self, command: Allow) -> Reply:
        """Replace what a peer may publish."""
        peer = self.rooms[command.room].peers.get(command.peer) if command.room in self.rooms else None
        if peer is None:
            raise RefusalError(RefusalCode.UNKNOWN_PEER, "nobody of that name sits in that room")
        peer.allow(command.permissions)
        return Done()

    def end_source(self, command: EndSource) -> Reply:
        """A source was stopped by its page."""
        self._peer(command.room, command.peer).end(command.source, time.monotonic())
        return Done()

    def watch(self, command: Watch) -> Reply:
        """Note what a viewer's page shows."""
        peer = self._peer(command.room, command.peer)
        peer.wanted = command.wanted
        self.rooms[command.room].reassign(peer, time.monotonic())
        return Done()

    def leave(self, command: Leave) -> Reply:
        """Free a seat."""
        room = self.rooms.get(command.room)
        if room is not None:
            self._close_later(room.unseat(command.peer, "left", time.monotonic()))
            if not room.peers:
                del self.rooms[room.name]
        return Done()

    def close_room(self, command: CloseRoom) -> Reply:
        """Free all seats of a room."""
        room = self.rooms.get(command.room)
        if room is not None:
            self._close_room(room)
        return Done()

    def _close_room(self, room: Room) -> None:
        for name in list(room.peers):
            self._close_later(room.unseat(name, "room_closed", time.monotonic()))
        del self.rooms[room.name]

    def snapshot(self, _: TakeSnapshot) -> Snapshot:
        """Everything as it stands."""
        rooms = tuple(room.state() for room in self.rooms.values())
        spent = {"cpu_us": int(time.process_time() * 1e6)}
        return Snapshot(self.settings.name, self.boot, rooms, {**self.counters, **spent})


_HANDLERS: dict[type, Callable[[Worker, Any], Reply]] = {
    Join: Worker.join,
    RestartIce: Worker.restart_ice,
    Allow: Worker.allow,
    EndSource: Worker.end_source,
    Leave: Worker.leave,
    CloseRoom: Worker.close_room,
    Watch: Worker.watch,
    TakeSnapshot: Worker.snapshot,
}


def _expanded(bind: tuple[str, ...]) -> list[str]:
    """Real addresses for the wildcards: an answer must leave from the address that was asked (RFC 8445, 7.3.1.2)."""
    found = adapter.host_addresses()
    addresses: list[str] = []
    for each in bind:
        if each in {"0.0.0.0", "::"}:  # noqa: S104  # compared, not bound
            addresses += [address for address in found if (":" in address) == (each == "::")]
        else:
            addresses.append(each)
    return list(dict.fromkeys(addresses)) or ["127.0.0.1"]
