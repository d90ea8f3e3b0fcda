"""Web push to a push service of the test's own, which reads what it was sent as a browser would."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import select

from portal.accounts.model import Agreement
from portal.errors import InvalidInput, NotFound
from portal.notices.model import OutgoingPush
from portal.notices.service import devices
from portal.notices.service.devices import Subscription, add_device, remove_device, try_device
from portal.notices.service.encryption import TownKey, to_base64url
from portal.notices.service.push import PushRoom
from tests.portal.accounts.world import ORIGIN, World
from tests.portal.notices.conftest import HIDDEN
from tests.portal.notices.test_telling import run_jobs, told


@dataclass
class PushService:
    """Takes pushes for one browser, whose keys it knows, over real HTTP."""

    port: int = 0
    status: int = 201
    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    @property
    def subscription(self) -> Subscription:
        return Subscription(f"http://localhost:{self.port}/send/1", self.p256dh, to_base64url(b"a" * 16))

    @property
    def point(self) -> bytes:
        return self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    @property
    def p256dh(self) -> str:
        return to_base64url(self.point)

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")[1:-2]
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head)}
        self.requests.append((headers, await reader.readexactly(int(headers["content-length"]))))
        writer.write(f"HTTP/1.1 {self.status} Told\r\nContent-Length: 0\r\nLocation: /elsewhere\r\n\r\n".encode())
        await writer.drain()
        writer.close()

    def shown(self) -> list[dict[str, str]]:
        """What the browser would show, decrypted with its own key (RFC 8291, 3.4, read backwards)."""
        return [json.loads(self._decrypted(body)) for _headers, body in self.requests]

    def _decrypted(self, body: bytes) -> bytes:
        salt, ours, sealed = body[:16], body[21:86], body[86:]
        theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), ours)
        shared = self.key.exchange(ec.ECDH(), theirs)
        key = derived(shared, b"a" * 16, b"WebPush: info\0" + self.point + ours, 32)
        opened = AESGCM(derived(key, salt, b"Content-Encoding: aes128gcm\0", 16)).decrypt(
            derived(key, salt, b"Content-Encoding: nonce\0", 12), sealed, None
        )
        return opened.rstrip(b"\0")[:-1]


def derived(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(hashes.SHA256(), length, salt=salt, info=info).derive(secret)


@pytest.fixture
async def service() -> AsyncIterator[PushService]:
    found = PushService()
    server = await asyncio.start_server(found.answer, "localhost")
    found.port = server.sockets[0].getsockname()[1]
    async with server:
        yield found


def push_room(world: World) -> PushRoom:
    return PushRoom(world.database, world.clock, TownKey.of(world.portal.settings.secret_key), ORIGIN)


async def add(world: World, person: str, subscription: Subscription) -> str:
    return await add_device(
        world.database, await world.actor(person), subscription, browser="Firefox", at=world.clock()
    )


async def test_a_device_shows_what_is_told_at_once_and_no_mail_says_it_again(
    world: World, service: PushService
) -> None:
    await world.person("lea")
    await add(world, "lea", service.subscription)
    await told(world, "lea", "bread", is_urgent=True)
    world.clock.advance(seconds=30)
    await run_jobs(world)

    assert await push_room(world).send_due() == 1

    (shown,) = service.shown()
    assert (shown["title"], shown["text"], shown["tag"]) == ("News of bread", "Because: near.", "bread")
    assert shown["path"].startswith("/notices/")
    headers = service.requests[0][0]
    assert (headers["content-encoding"], headers["urgency"], headers["ttl"]) == ("aes128gcm", "high", "86400")
    assert headers["authorization"].startswith("vapid t=")
    assert await world.mails("lea@mail.test") == []
    assert await push_room(world).send_due() == 0


async def test_a_browser_that_unsubscribed_is_forgotten_and_its_person_gets_a_mail(
    world: World, service: PushService
) -> None:
    await world.person("lea")
    await add(world, "lea", service.subscription)
    await told(world, "lea", "bread")
    world.clock.advance(seconds=30)
    await run_jobs(world)
    service.status = 410

    await push_room(world).send_due()
    world.clock.advance(seconds=30)
    await run_jobs(world)

    async with world.database.read() as db:
        assert await devices.own_devices(db, await world.actor("lea")) == []
    assert len(await world.mails("lea@mail.test")) == 1


@pytest.mark.parametrize("status", [429, 503])
async def test_a_push_service_in_trouble_is_asked_again_later_and_not_for_ever(
    world: World, service: PushService, status: int
) -> None:
    await world.person("lea")
    await add(world, "lea", service.subscription)
    await told(world, "lea", "bread")
    world.clock.advance(seconds=30)
    await run_jobs(world)
    service.status = status

    assert await push_room(world).send_due() == 1
    assert await push_room(world).send_due() == 0
    for _ in range(9):
        world.clock.advance(hours=2)
        await push_room(world).send_due()

    assert len(service.requests) == 5


@pytest.mark.parametrize("path", ["é", "two words", "line\r\nX-Other: 1"])
async def test_a_device_that_cannot_be_posted_to_is_given_up_and_keeps_no_other_waiting(
    world: World, service: PushService, path: str
) -> None:
    await world.person("lea")
    await world.person("max")
    strange = replace(service.subscription, endpoint=f"http://localhost:{service.port}/{path}")
    device_id = await add(world, "max", strange)
    await try_device(world.database, await world.actor("max"), device_id, world.clock())
    world.clock.advance(seconds=1)
    await add(world, "lea", service.subscription)
    await told(world, "lea", "bread", is_urgent=True)
    world.clock.advance(seconds=30)
    await run_jobs(world)

    assert await push_room(world).send_due() == 2
    assert [shown["title"] for shown in service.shown()] == ["News of bread"]
    for _ in range(9):
        world.clock.advance(hours=2)
        await push_room(world).send_due()

    async with world.database.read() as db:
        assert (await db.scalars(select(OutgoingPush))).all() == []


async def test_no_redirect_is_followed(world: World, service: PushService) -> None:
    await world.person("lea")
    await add(world, "lea", service.subscription)
    await told(world, "lea", "bread")
    world.clock.advance(seconds=30)
    await run_jobs(world)
    service.status = 307

    await push_room(world).send_due()

    assert len(service.requests) == 1


async def test_what_was_hidden_after_it_was_queued_is_not_sent(world: World, service: PushService) -> None:
    await world.person("lea")
    await add(world, "lea", service.subscription)
    await told(world, "lea", "bread")
    world.clock.advance(seconds=30)
    await run_jobs(world)
    HIDDEN.add("bread")

    await push_room(world).send_due()

    assert service.requests == []


async def test_a_test_reaches_the_device_at_once(world: World, service: PushService) -> None:
    await world.person("lea")
    device_id = await add(world, "lea", service.subscription)

    await try_device(world.database, await world.actor("lea"), device_id, world.clock())
    await push_room(world).send_due()

    assert service.shown()[0]["title"] == "This is a test"


async def test_a_browser_that_changes_hands_tells_its_new_owner_only(world: World, service: PushService) -> None:
    await world.person("lea")
    await world.person("max")
    await add(world, "lea", service.subscription)
    await add(world, "max", service.subscription)
    await told(world, "lea", "bread")
    world.clock.advance(seconds=30)
    await run_jobs(world)

    await push_room(world).send_due()

    assert service.requests == []
    assert len(await world.mails("lea@mail.test")) == 1


async def test_pushes_are_in_the_log_of_what_was_agreed_to_until_they_end_in_whatever_way(
    world: World, service: PushService
) -> None:
    for name in ("lea", "max"):
        await world.person(name)
    first = await add(world, "lea", service.subscription)
    world.clock.advance(minutes=1)
    await remove_device(world.database, await world.actor("lea"), first, world.clock())
    world.clock.advance(minutes=1)
    await add(world, "lea", service.subscription)
    world.clock.advance(minutes=1)
    await add(world, "max", service.subscription)  # the browser changes hands
    await told(world, "max", "bread", is_urgent=True)
    world.clock.advance(seconds=30)
    await run_jobs(world)
    service.status = 410  # and its new owner switches it off there
    await push_room(world).send_due()

    assert await agreed(world, "lea") == [True, False, True, False]
    assert await agreed(world, "max") == [True, False]


async def agreed(world: World, name: str) -> list[bool]:
    """Each yes to web push, and each end of one, in their order."""
    person_id = (await world.actor(name)).account_id
    async with world.database.read() as db:
        rows = select(Agreement).filter_by(person_id=person_id, what=devices.WEB_PUSH).order_by(Agreement.at)
        return [row.is_given for row in await db.scalars(rows)]


async def test_nobody_tries_or_removes_the_device_of_somebody_else(world: World, service: PushService) -> None:
    await world.person("lea")
    await world.person("max")
    device_id = await add(world, "lea", service.subscription)
    max_ = await world.actor("max")

    with pytest.raises(NotFound):
        await try_device(world.database, max_, device_id, world.clock())
    with pytest.raises(NotFound):
        await remove_device(world.database, max_, device_id, world.clock())


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://push.example/x",
        "https://evil.example/x",
        "https://push.example.evil.example/x",
        "https://push.example@evil.example/x",
        "https://user@push.example/x",
        "http://127.0.0.1:5432/",
        "file:///etc/passwd",
        "https://[",
        "https://push.example/" + "x" * 1000,
        "https://push.example/é",
        "https://push.example/two words",
        "https://push.example/line\r\nX-Other:1",
        "https://push.example:99999/x",
        "https://push.example:8443/x",
        "https://push.example/x#part",
        "",
    ],
)
def test_the_portal_posts_to_known_push_services_only(endpoint: str) -> None:
    auth = to_base64url(b"a" * 16)

    with pytest.raises(InvalidInput):
        Subscription.parse(endpoint, p256dh=PushService().p256dh, auth=auth, services=("push.example", "localhost"))


@pytest.mark.parametrize(
    ("p256dh", "auth"),
    [("", "YWFhYWFhYWFhYWFhYWFhYQ"), (PushService().p256dh, "YWFh")],
    ids=["no key", "short secret"],
)
def test_keys_that_are_none_are_refused(p256dh: str, auth: str) -> None:
    with pytest.raises(InvalidInput):
        Subscription.parse("https://push.example/x", p256dh=p256dh, auth=auth, services=("push.example",))


def test_a_subdomain_of_a_known_push_service_is_known() -> None:
    endpoint, auth = "https://web.push.example/x", to_base64url(b"a" * 16)

    given = Subscription.parse(endpoint, p256dh=PushService().p256dh, auth=auth, services=("push.example",))

    assert given.endpoint == endpoint
