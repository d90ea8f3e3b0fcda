"""The control interface: who does not know the secret gets nothing, who does gets typed answers, and attaches again."""

from __future__ import annotations

import asyncio
import hmac
import json
import struct
import time
from pathlib import Path
from typing import get_args

import pytest

from meetings.sfu import wire
from meetings.sfu.channel import MAX_FRAME, ControlChannel, ControlRefusedError, accept_channel, open_channel
from meetings.sfu.client import (
    CommandRefusedError,
    WorkerAttached,
    WorkerClient,
    WorkerDetached,
    WorkerUnavailableError,
)
from meetings.sfu.control import ControlServer
from meetings.sfu.grants import GrantDesk, GrantExpiredError, GrantInvalidError, GrantUsedError, issue_grant
from meetings.sfu.limits import Drop, TokenBucket
from meetings.sfu.messages import (
    Allow,
    Join,
    Notification,
    PeerCondition,
    PeerState,
    Permissions,
    Refused,
    RoomState,
    SlotsAssigned,
    SlotState,
    Snapshot,
    Source,
    TakeSnapshot,
    TrackMuted,
    Wanted,
    Watch,
)
from meetings.sfu.settings import WorkerSettings
from meetings.sfu.worker import Worker
from tests.meetings.sfu.world import ALL, SECRET, Town, until

DOCS = Path(__file__).parents[3] / "docs" / "media.md"
SLOTS = (SlotState("large", "anna", Source.CAMERA, live=True), SlotState("screen", None, None, live=False))


@pytest.mark.parametrize(
    ("message", "kinds"),
    [
        (Join("r", "p", "g", "v=0"), wire.COMMANDS),
        (Allow("r", "p", Permissions(camera=True)), wire.COMMANDS),
        (Watch("r", "p", Wanted(small=("a", "b"))), wire.COMMANDS),
        (Watch("r", "p", Wanted(large="é", small=None, screen="s")), wire.COMMANDS),
        (TakeSnapshot(), wire.COMMANDS),
        (Snapshot("media", "b", (RoomState("r", (), ("a",), None),), {"drops": 3}), wire.REPLIES),
        (Refused("malformed", "why"), wire.REPLIES),
        (SlotsAssigned("r", "v", SLOTS), wire.NOTIFICATIONS),
        (TrackMuted("r", "p", Source.SCREEN, "silent"), wire.NOTIFICATIONS),
    ],
)
def test_a_message_is_read_as_it_was_written(message: Join, kinds: dict[str, type]) -> None:
    assert wire.decode(wire.encode(message, 7), kinds) == (7, message)


@pytest.mark.parametrize(
    "frame",
    [
        b"",
        b"\xff",
        b"[]",
        b"[" * 5000,
        b'{"type": "unheard_of"}',
        b'{"type": ["join"]}',
        b'{"type": "leave", "room": "r"}',
        b'{"type": "leave", "room": "r", "peer": 7}',
        b'{"type": "leave", "room": "r", "peer": "p", "more": 1}',
        b'{"type": "leave", "room": "r", "peer": "p", "id": "1"}',
        b'{"type": "allow", "room": "r", "peer": "p", "permissions": {"camera": 1}}',
        b'{"type": "allow", "room": "r", "peer": "p", "permissions": null}',
        b'{"type": "watch", "room": "r", "peer": "p", "wanted": {"small": "ab"}}',
        b'{"type": "watch", "room": "r", "peer": "p", "wanted": {"small": [1]}}',
        b'{"type": "track_muted", "room": "r", "peer": "p", "source": "nose", "reason": ""}',
    ],
)
def test_a_malformed_message_is_refused(frame: bytes) -> None:
    with pytest.raises(wire.MalformedMessageError):
        wire.decode(frame, {**wire.COMMANDS, **wire.NOTIFICATIONS})


def test_every_command_and_notification_is_described_for_readers() -> None:
    page = DOCS.read_text()
    assert [kind for kind in (*wire.COMMANDS, *wire.NOTIFICATIONS) if f"`{kind}" not in page] == []
    assert len(wire.NOTIFICATIONS) == len(get_args(Notification))


async def test_a_controller_without_the_secret_is_refused_and_counted(town: Town) -> None:
    with pytest.raises(ControlRefusedError):
        await open_channel("127.0.0.1", town.control_port, b"not the secret of this worker")
    await until(lambda: town.worker.counters[Drop.CONTROL_REFUSED] == 1, "it is counted")
    assert (await town.client.snapshot()).rooms == ()


async def test_a_worker_without_the_secret_is_refused_by_the_client() -> None:
    async def impostor(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(bytes(32))
        await reader.readexactly(64)
        writer.write(bytes(32))
        writer.close()

    server = await asyncio.start_server(impostor, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    with pytest.raises(ControlRefusedError, match="worker does not know"):
        await open_channel("127.0.0.1", port, SECRET)
    server.close()


async def test_a_proof_cannot_be_reflected(town: Town) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", town.control_port)
    nonce = await reader.readexactly(32)
    other_reader, other = await asyncio.open_connection("127.0.0.1", town.control_port)
    await other_reader.readexactly(32)
    other.write(nonce + hmac.digest(b"guess", nonce, "sha256"))
    assert await other_reader.read() == b""  # nothing to reflect
    writer.close()
    other.close()


async def test_an_altered_or_repeated_frame_cuts_the_controller_off(town: Town) -> None:
    channel = await open_channel("127.0.0.1", town.control_port, SECRET)
    channel.send(wire.encode(TakeSnapshot(), 1))
    assert wire.decode(await channel.receive(), wire.REPLIES)[0] == 1
    channel._sent -= 1  # the same number again
    channel.send(wire.encode(TakeSnapshot(), 2))
    with pytest.raises((EOFError, ConnectionError)):
        await channel.receive()
    channel.abort()


@pytest.mark.parametrize("length", [0, 31, MAX_FRAME + 33, 0xFFFFFFFF])
async def test_a_frame_of_impossible_size_is_not_waited_for(town: Town, length: int) -> None:
    channel = await open_channel("127.0.0.1", town.control_port, SECRET)
    channel._writer.write(struct.pack("!I", length))
    with pytest.raises((EOFError, ConnectionError)):
        await channel.receive()
    channel.abort()


async def test_a_snapshot_of_a_full_worker_is_longer_than_any_command_may_be() -> None:
    slots = (SlotState("large", "bruno", Source.CAMERA, live=True),) * 13
    seat = PeerState("anna", PeerCondition.CONNECTED, ALL, (Source.CAMERA,), slots)
    rooms = tuple(RoomState(f"room {number}", (seat,) * 5, (), None) for number in range(1000))
    body = wire.encode(Snapshot("media", "boot", rooms, {}), 1)
    accepted: asyncio.Queue[ControlChannel] = asyncio.Queue()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        accepted.put_nowait(await accept_channel(reader, writer, SECRET))

    async with await asyncio.start_server(accept, "127.0.0.1", 0) as server:
        controller = await open_channel("127.0.0.1", server.sockets[0].getsockname()[1], SECRET)
        worker = await accepted.get()
        worker.send(body)
        assert len(body) > MAX_FRAME
        assert await controller.receive() == body
        with pytest.raises(ValueError, match="too large"):
            controller.send(body)
        controller.abort()
        worker.abort()


async def test_a_malformed_command_is_answered_and_the_controller_stays(town: Town) -> None:
    channel = await open_channel("127.0.0.1", town.control_port, SECRET)
    channel.send(json.dumps({"id": 9, "type": "dance"}).encode())
    number, reply = wire.decode(await channel.receive(), wire.REPLIES)
    assert (number, reply.code) == (9, "malformed")
    channel.send(wire.encode(TakeSnapshot(), 10))
    assert wire.decode(await channel.receive(), wire.REPLIES)[0] == 10
    assert town.worker.counters[Drop.CONTROL_MALFORMED] == 1
    await channel.close()


async def test_commands_for_strangers_are_refused(town: Town) -> None:
    with pytest.raises(CommandRefusedError, match="unknown_peer"):
        await town.client.allow("council", "nobody", ALL)
    with pytest.raises(CommandRefusedError, match="unknown_peer"):
        await town.client.watch("council", "nobody", Wanted())
    with pytest.raises(CommandRefusedError, match="sdp_invalid"):
        await town.client.join("council", "anna", "grant", "hello")
    await town.client.leave("council", "nobody")
    await town.client.close_room("nowhere")


async def test_too_many_commands_for_one_peer_are_refused(town: Town) -> None:
    await town.join("anna")
    hurried = [town.client.watch("council", "anna", Wanted()) for _ in range(100)]
    refused = [each for each in await asyncio.gather(*hurried, return_exceptions=True) if each is not None]
    assert {getattr(each, "code", each) for each in refused} == {"too_many"}


async def test_a_seat_is_not_connected_anew_more_often_than_commands_are_taken(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    await town.join("anna")
    monkeypatch.setattr(town.worker.rooms["council"].peers["anna"], "commands", TokenBucket(rate=0, burst=2))
    await town.join("anna")
    await town.join("anna")
    with pytest.raises(CommandRefusedError, match="too_many"):
        await town.join("anna")
    await town.join("bruno")


async def test_all_controllers_are_told(town: Town) -> None:
    told: list[object] = []
    async with WorkerClient("127.0.0.1", town.control_port, SECRET, told.append) as second:
        await second.wait_attached()
        await town.join("anna")
        kinds = {"PeerConnected", "SlotsAssigned"}
        await until(lambda: kinds <= {type(each).__name__ for each in told}, "the second controller is told")


async def test_a_listener_that_fails_does_not_cut_the_connection(town: Town) -> None:
    def fail(_: object) -> None:
        raise RuntimeError("a mistake")

    async with WorkerClient("127.0.0.1", town.control_port, SECRET, fail) as second:
        await second.wait_attached()
        await town.join("anna")
        assert len((await second.snapshot()).rooms) == 1


async def test_a_controller_that_comes_back_finds_the_rooms_as_they_stand(town: Town) -> None:
    await town.join("anna", Permissions(microphone=True))
    told: list[object] = []
    async with WorkerClient("127.0.0.1", town.control_port, SECRET, told.append) as second:
        await second.wait_attached()
    (attached,) = [each for each in told if isinstance(each, WorkerAttached)]
    (room,) = attached.snapshot.rooms
    (peer,) = room.peers
    assert (room.room, peer.peer, peer.condition, peer.permissions) == (
        "council",
        "anna",
        "connected",
        Permissions(microphone=True),
    )
    assert attached.snapshot.boot == town.worker.boot


async def test_a_client_attaches_again_to_a_worker_that_was_started_anew() -> None:
    told: list[object] = []
    first, first_control, port = await _started(0)
    async with WorkerClient("127.0.0.1", port, SECRET, told.append) as client:
        await client.wait_attached()
        await first_control.close()
        await first.close()
        await until(lambda: any(isinstance(each, WorkerDetached) for each in told), "it is told of the loss")
        with pytest.raises(WorkerUnavailableError):
            await client.snapshot()
        second, second_control, _ = await _started(port)
        await client.wait_attached()
        assert (await client.snapshot()).boot == second.boot != first.boot
    assert [type(each) for each in told] == [WorkerAttached, WorkerDetached, WorkerAttached]
    await second_control.close()
    await second.close()


async def _started(port: int) -> tuple[Worker, ControlServer, int]:
    control = ControlServer(SECRET)
    worker = Worker(WorkerSettings(SECRET, bind=("127.0.0.1",), port=0), control.notify)
    worker.open()
    return worker, control, await control.open("127.0.0.1", port, worker)


NOW = 1_800_000_000.0


def test_a_grant_is_good_once() -> None:
    desk = GrantDesk(SECRET)
    grant = issue_grant(SECRET, room="r", peer="p", permissions=Permissions(microphone=True), now=NOW)
    assert desk.redeem(grant, room="r", peer="p", now=NOW).permissions == Permissions(microphone=True)
    with pytest.raises(GrantUsedError):
        desk.redeem(grant, room="r", peer="p", now=NOW)


def test_a_grant_is_good_for_a_minute() -> None:
    grant = issue_grant(SECRET, room="r", peer="p", permissions=ALL, now=NOW)
    GrantDesk(SECRET).redeem(grant, room="r", peer="p", now=NOW + 59)
    with pytest.raises(GrantExpiredError):
        GrantDesk(SECRET).redeem(grant, room="r", peer="p", now=NOW + 60)


def test_a_used_grant_is_remembered_until_it_has_expired() -> None:
    desk = GrantDesk(SECRET)
    grant = issue_grant(SECRET, room="r", peer="p", permissions=ALL, now=NOW)
    desk.redeem(grant, room="r", peer="p", now=NOW)
    for number in range(100):
        other = issue_grant(SECRET, room="r", peer=f"p{number}", permissions=ALL, now=NOW)
        desk.redeem(other, room="r", peer=f"p{number}", now=NOW + 30)
    with pytest.raises(GrantUsedError):
        desk.redeem(grant, room="r", peer="p", now=NOW + 59)


@pytest.mark.parametrize(("room", "peer"), [("other", "p"), ("r", "other")])
def test_a_grant_is_for_one_room_and_one_person(room: str, peer: str) -> None:
    grant = issue_grant(SECRET, room="r", peer="p", permissions=ALL, now=NOW)
    with pytest.raises(GrantInvalidError):
        GrantDesk(SECRET).redeem(grant, room=room, peer=peer, now=NOW)


@pytest.mark.parametrize(
    "spoil", [lambda g: g[:-2], lambda g: "A" + g[1:], lambda _: "", lambda _: "é.é", lambda g: g * 9]
)
def test_a_spoilt_grant_is_refused(spoil: object) -> None:
    assert callable(spoil)
    grant = issue_grant(SECRET, room="r", peer="p", permissions=ALL, now=time.time())
    with pytest.raises(GrantInvalidError):
        GrantDesk(SECRET).redeem(spoil(grant), room="r", peer="p", now=time.time())
