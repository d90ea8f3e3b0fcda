"""The worker as a process: its settings, how it starts, and how it ends."""

from __future__ import annotations

import asyncio
import json
import os
import resource
import signal
import sys
from pathlib import Path

import pytest

from meetings.sfu.client import WorkerClient
from meetings.sfu.settings import SettingsError, parse_endpoint, read_settings
from tests.meetings.sfu.world import PATIENCE_S, SECRET

SECRET_TEXT = {"PARVIS_MEDIA_SECRET": "a secret of enough bytes"}


def test_settings_have_defaults_that_work_on_one_machine() -> None:
    settings = read_settings([], SECRET_TEXT)
    everywhere = ("0.0.0.0", "::")  # noqa: S104  # compared, not bound
    assert (settings.bind, settings.port, settings.public) == (everywhere, 8443, ())
    assert (settings.control_host, settings.control_port, settings.lifeline_fd) == ("127.0.0.1", 8470, None)


def test_an_argument_wins_over_its_variable() -> None:
    given = {**SECRET_TEXT, "PARVIS_MEDIA_PORT": "1000", "PARVIS_MEDIA_BIND": "localhost"}
    settings = read_settings(["--port", "2000", "--public", "192.0.2.1 2001:DB8::1"], given)
    assert (settings.port, settings.bind, settings.public) == (2000, ("127.0.0.1",), ("192.0.2.1", "2001:db8::1"))


def test_the_secret_is_read_from_its_file_and_never_from_an_argument(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(SECRET + b"\n")
    assert read_settings(["--secret-file", str(tmp_path / "secret")], {}).secret == SECRET
    with pytest.raises(SystemExit):
        read_settings(["--secret", "in the process list"], {})


def test_a_secret_is_not_shown_when_settings_are() -> None:
    assert "enough" not in repr(read_settings([], SECRET_TEXT))


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"PARVIS_MEDIA_SECRET": "short"},
        {"PARVIS_MEDIA_SECRET_FILE": "/nowhere"},
        {**SECRET_TEXT, "PARVIS_MEDIA_PORT": "http"},
        {**SECRET_TEXT, "PARVIS_MEDIA_PORT": "70000"},
        {**SECRET_TEXT, "PARVIS_MEDIA_BIND": "town.example"},
        {**SECRET_TEXT, "PARVIS_MEDIA_CONTROL": "8470"},
        {**SECRET_TEXT, "PARVIS_LIFELINE_FD": "x"},
    ],
)
def test_a_setting_that_cannot_be_used_is_refused(environment: dict[str, str]) -> None:
    with pytest.raises(SettingsError):
        read_settings([], environment)


def test_a_control_address_may_be_an_ipv6_one() -> None:
    assert parse_endpoint("[::1]:8470") == ("::1", 8470)


async def started(
    port: int, *, pass_fds: tuple[int, ...] = (), before: tuple[str, ...] = (), **environment: str
) -> asyncio.subprocess.Process:
    """A worker process on localhost whose control interface listens on `port`. before: a command that runs it."""
    settings = {
        "PARVIS_MEDIA_SECRET": SECRET.decode(),
        "PARVIS_MEDIA_BIND": "127.0.0.1,::1",
        "PARVIS_MEDIA_PORT": "0",
        "PARVIS_MEDIA_CONTROL": f"127.0.0.1:{port}",
    }
    return await asyncio.create_subprocess_exec(
        *(*before, sys.executable, "-m", "meetings.sfu"),
        env={**os.environ, **settings, **environment},
        pass_fds=pass_fds,
        stderr=asyncio.subprocess.PIPE,
    )


async def ended(process: asyncio.subprocess.Process) -> tuple[int | None, list[dict[str, str]]]:
    """How a process ended, and what it logged."""
    async with asyncio.timeout(PATIENCE_S):
        _, log = await process.communicate()
    return process.returncode, [json.loads(line) for line in log.decode().splitlines()]


async def attached(port: int) -> None:
    """Return when a controller could attach."""
    async with asyncio.timeout(PATIENCE_S), WorkerClient("127.0.0.1", port, SECRET, lambda _: None) as client:
        await client.wait_attached()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_worker_ends_cleanly_when_told(free_port: int, number: signal.Signals) -> None:
    process = await started(free_port)
    await attached(free_port)
    process.send_signal(number)
    code, log = await ended(process)
    assert code == 0
    assert log[-1]["message"] == "stopped"
    assert all({"at", "level", "logger", "message"} <= line.keys() for line in log)
    assert not [line for line in log if line["level"] == "error"]


async def test_a_worker_may_open_as_many_sockets_as_the_system_lets_it(free_port: int) -> None:
    process = await started(free_port, before=("sh", "-c", 'ulimit -Sn 64; exec "$@"', "sh"))
    await attached(free_port)
    soft, hard = resource.prlimit(process.pid, resource.RLIMIT_NOFILE)
    process.terminate()
    await ended(process)
    assert soft == hard > 64


async def test_a_worker_ends_when_its_supervisor_is_gone(free_port: int) -> None:
    reading, writing = os.pipe()
    process = await started(free_port, pass_fds=(reading,), PARVIS_LIFELINE_FD=str(reading))
    os.close(reading)
    await attached(free_port)
    assert process.returncode is None
    os.close(writing)
    code, log = await ended(process)
    assert (code, log[-1]["message"]) == (0, "stopped")


async def test_both_kinds_of_addresses_are_offered_on_one_port(free_port: int) -> None:
    process = await started(free_port)
    await attached(free_port)
    process.terminate()
    _, log = await ended(process)
    ready = next(line["message"] for line in log if line["message"].startswith("ready"))
    ipv4, ipv6 = ready.split("media=")[1].split(" boot")[0].split(" ")
    assert (ipv4.split("|")[0], ipv6.split("|")[0]) == ("127.0.0.1", "::1")
    assert ipv4.split("|")[1] == ipv6.split("|")[1]


async def test_a_worker_without_a_secret_says_so_and_does_not_start(free_port: int) -> None:
    code, log = await ended(await started(free_port, PARVIS_MEDIA_SECRET=""))
    assert code == os.EX_CONFIG
    assert "PARVIS_MEDIA_SECRET" in log[-1]["message"]


async def test_public_addresses_are_told_instead_of_bound_ones(free_port: int) -> None:
    process = await started(free_port, PARVIS_MEDIA_ADDRESSES="198.51.100.7")
    await attached(free_port)
    process.terminate()
    _, log = await ended(process)
    ready = next(line["message"] for line in log if line["message"].startswith("ready"))
    assert "media=198.51.100.7|" in ready
    assert "127.0.0.1|" not in ready
