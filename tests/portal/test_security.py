"""The defences that every page and socket shares."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_network
from typing import Any

import pytest

from portal.errors import TooMany
from portal.security import (
    REPETITIONS,
    Rate,
    RateLimiter,
    ReverseProxy,
    form_token,
    headers,
    is_form_token,
    network_of,
    same_origin,
)

KEY = "town secret"


class Time:
    """Seconds that a test moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_form_token_is_good_for_its_visit_and_sign_in() -> None:
    token = form_token(KEY, "visit", "login")

    assert is_form_token(token, KEY, "visit", "login")


@pytest.mark.parametrize(
    ("key", "visit", "login"),
    [
        ("another key", "visit", "login"),
        (KEY, "another visit", "login"),
        (KEY, "visit", "another login"),
        (KEY, "visit", None),
        (KEY, "", "login"),
    ],
)
def test_form_token_is_worth_nothing_elsewhere(key: str, visit: str, login: str | None) -> None:
    assert not is_form_token(form_token(KEY, "visit", "login"), key, visit, login)


@pytest.mark.parametrize("token", ["", "0", "é" * 64, "\udcff", "x" * 100_000])
def test_broken_form_token_is_refused(token: str) -> None:
    assert not is_form_token(token, KEY, "visit", "login")


def test_parts_of_a_token_cannot_be_shifted() -> None:
    """A visit that ends in what a sign-in begins with is another pair."""
    assert form_token(KEY, "visit1", "2") != form_token(KEY, "visit", "12")


@pytest.mark.parametrize("origin", ["https://parvis.example.fr", "http://127.0.0.1:8000"])
def test_own_origin_is_admitted(origin: str) -> None:
    assert same_origin(origin, "127.0.0.1:8000", "https://parvis.example.fr")


@pytest.mark.parametrize(
    "origin",
    [
        None,
        "",
        "null",
        "https://evil.test",
        "https://parvis.example.fr.evil.test",
        "https://parvis.example.fr:444",
        "https://evil.test/https://parvis.example.fr",
        "https://127.0.0.1:8000@evil.test",
        "http://[",
        "http://[::1",
        "file://",
        "\udcff",
    ],
)
def test_any_other_origin_is_refused(origin: str | None) -> None:
    assert not same_origin(origin, "127.0.0.1:8000", "https://parvis.example.fr")


def test_origin_is_not_ours_where_no_host_was_named() -> None:
    assert not same_origin("file://", "", "https://parvis.example.fr")
    assert not same_origin("http://", None, "https://parvis.example.fr")


def test_pages_admit_no_inline_script_and_no_frame() -> None:
    found = headers(import_map_hash="'sha256-abc'", tiles=None, is_secure=False)

    policy = dict(part.strip().partition(" ")[::2] for part in found["Content-Security-Policy"].split(";"))
    assert policy["script-src"] == "'self' 'sha256-abc'"
    assert policy["style-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert policy["form-action"] == "'self'"
    assert policy["base-uri"] == "'none'"
    assert found["X-Content-Type-Options"] == "nosniff"
    assert "Strict-Transport-Security" not in found


def test_https_is_kept_behind_a_secure_address() -> None:
    assert "Strict-Transport-Security" in headers(import_map_hash="''", tiles=None, is_secure=True)


def test_tile_server_of_the_town_is_admitted_for_pictures_alone() -> None:
    found = headers(import_map_hash="''", tiles="https://{s}.tiles.test/{z}/{x}/{y}.png", is_secure=True)

    parts = found["Content-Security-Policy"].split("; ")
    assert [part for part in parts if "tiles.test" in part] == ["img-src 'self' data: blob: https://*.tiles.test"]


def spent(limits: RateLimiter, times: int, key: str = "a", rate: Rate = Rate(3, 60)) -> list[bool]:  # noqa: B008 - frozen
    """Whether each of some tries was allowed."""
    return [_allows(limits, key, rate) for _ in range(times)]


def _allows(limits: RateLimiter, key: str, rate: Rate) -> bool:
    try:
        limits.spend("try", key, rate)
    except TooMany:
        return False
    return True


def test_rate_allows_its_count_and_refills_evenly() -> None:
    time = Time()
    limits = RateLimiter(time)

    first = spent(limits, 5)
    time.now = 20
    later = spent(limits, 2)
    time.now = 10_000
    much_later = spent(limits, 5)

    assert first == [True] * 3 + [False] * 2
    assert later == [True, False]
    assert much_later == [True] * 3 + [False] * 2


def test_refused_tries_do_not_put_off_the_refill() -> None:
    time = Time()
    limits = RateLimiter(time)
    spent(limits, 3)

    for second in range(1, 20):
        time.now = second
        assert spent(limits, 1) == [False]
    time.now = 20.001

    assert spent(limits, 1) == [True]


def test_keys_and_kinds_have_buckets_of_their_own() -> None:
    limits = RateLimiter(Time())
    spent(limits, 3, "a")

    assert spent(limits, 1, "b") == [True]
    limits.spend("other", "a", Rate(1, 60))


def test_command_sent_again_takes_no_second_token() -> None:
    limits = RateLimiter(Time())
    rate = Rate(2, 60)

    for _ in range(1 + REPETITIONS):
        limits.spend("post", "anna", rate, "first")
    limits.spend("post", "anna", rate, "second")

    with pytest.raises(TooMany):
        limits.spend("post", "anna", rate, "third")
    with pytest.raises(TooMany):  # again and again for ever is a flood
        limits.spend("post", "anna", rate, "first")
    limits.spend("post", "bruno", rate, "first")


def test_forgotten_bucket_is_full_again() -> None:
    limits = RateLimiter(Time())
    spent(limits, 3)

    limits.forget("try", "a")

    assert spent(limits, 3) == [True] * 3


def test_memory_is_bounded_and_the_longest_unused_go_first() -> None:
    limits = RateLimiter(Time(), capacity=100)
    spent(limits, 3, "kept")

    for number in range(1000):
        spent(limits, 1, f"flood {number}")
        assert spent(limits, 1, "kept") == [False]


Pair = tuple[bytes, bytes]


async def seen_behind(trusted: str, client: str, given: Sequence[Pair], kind: str = "http") -> tuple[str, str]:
    """The address and scheme that the application sees."""
    seen: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope)

    async def nothing(*_: Any) -> Any:
        raise AssertionError

    networks = [ip_network(item) for item in trusted.split()]
    scope = {"type": kind, "client": (client, 1), "scheme": {"http": "http", "websocket": "ws"}[kind], "headers": given}
    await ReverseProxy(app, networks)(scope, nothing, nothing)
    return seen[0]["client"][0], seen[0]["scheme"]


def forwarded(value: str) -> Pair:
    return (b"x-forwarded-for", value.encode())


HTTPS: Pair = (b"x-forwarded-proto", b"https")


async def test_trusted_proxy_is_believed() -> None:
    found = await seen_behind("10.0.0.0/8", "10.0.0.1", [forwarded("192.0.2.7"), HTTPS])

    assert found == ("192.0.2.7", "https")


async def test_nobody_else_is_believed() -> None:
    found = await seen_behind("10.0.0.0/8", "192.0.2.9", [forwarded("192.0.2.7"), HTTPS])

    assert found == ("192.0.2.9", "http")


async def test_socket_behind_a_proxy_has_its_own_scheme() -> None:
    assert await seen_behind("10.0.0.0/8", "10.0.0.1", [forwarded("192.0.2.7"), HTTPS], "websocket") == (
        "192.0.2.7",
        "wss",
    )


@pytest.mark.parametrize(
    "given",
    [
        [forwarded("203.0.113.5, 192.0.2.7")],
        [forwarded("203.0.113.5, 192.0.2.7, 10.0.0.2")],
        [forwarded("203.0.113.5"), forwarded("192.0.2.7")],
        [forwarded("203.0.113.5"), forwarded("192.0.2.7, 10.0.0.2")],
        [forwarded("203.0.113.5, 192.0.2.7"), forwarded("10.0.0.2")],
    ],
)
async def test_what_the_visitor_writes_before_the_proxies_is_not_believed(given: list[Pair]) -> None:
    assert (await seen_behind("10.0.0.0/8", "10.0.0.1", given))[0] == "192.0.2.7"


@pytest.mark.parametrize("value", ["", ",", "garbage", "192.0.2.7, garbage", "é"])
async def test_broken_header_leaves_the_address_as_it_is(value: str) -> None:
    assert (await seen_behind("10.0.0.0/8", "10.0.0.1", [forwarded(value)]))[0] == "10.0.0.1"


async def test_proxy_that_reaches_us_over_a_dual_stack_socket_is_the_same_proxy() -> None:
    assert (await seen_behind("127.0.0.1/32", "::ffff:127.0.0.1", [forwarded("192.0.2.7")]))[0] == "192.0.2.7"


@pytest.mark.parametrize(
    ("address", "counts_as"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("unix", "unix"),
    ],
)
def test_household_counts_as_one_address(address: str, counts_as: str) -> None:
    assert network_of(address) == counts_as
