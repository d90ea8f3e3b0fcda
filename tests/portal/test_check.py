"""The check says of each part whether it is there, and what helps; each fault is really made here."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from portal import check, i18n
from portal.backup import make_backup
from portal.check_house import backups, data, jobs, mail_queue, public_address
from portal.check_surroundings import clock_finding, mail, media_address, redis, running
from portal.cli import main
from portal.clock import utc_now
from portal.db import Database
from portal.findings import Finding, State
from portal.jobs import Job, Jobs
from portal.schema import migrate
from portal.settings import Settings, load
from tests.free_ports import find_free_port


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    return town(tmp_path, PARVIS_DATABASE_URL=database_url)


def town(folder: Path, **more: str) -> Settings:
    return load({"PARVIS_DATA": str(folder), **more})


def nowhere() -> str:
    return f"127.0.0.1:{find_free_port()}"


async def migrated(settings: Settings) -> Database:
    database = Database(settings.database_url)
    await migrate(database)
    return database


async def test_database_that_is_there_is_good(settings: Settings) -> None:
    await (await migrated(settings)).close()

    [found] = await data(settings)

    assert found.state is State.GOOD
    assert found.values["kind"] in {"SQLite", "PostgreSQL"}


async def test_database_without_its_tables_wants_a_start(settings: Settings) -> None:
    database = Database(settings.database_url)
    async with database.engine.connect():
        pass
    await database.close()

    [found] = await data(settings)

    assert (found.state, "Start the portal" in found.advice) == (State.FAULT, True)


async def test_database_that_is_away_is_a_fault_and_its_password_is_not_told(tmp_path: Path) -> None:
    settings = town(tmp_path, PARVIS_DATABASE_URL=f"postgresql+asyncpg://parvis:geheim@{nowhere()}/parvis")

    [found] = await data(settings)

    assert found.state is State.FAULT
    assert "geheim" not in found.words()


async def test_damaged_sqlite_file_is_a_fault(tmp_path: Path) -> None:
    settings = town(tmp_path)
    await (await migrated(settings)).close()
    path = tmp_path / "parvis.db"
    content = bytearray(path.read_bytes())
    content[8192:40960] = b"\xff" * (40960 - 8192)
    path.write_bytes(content)

    [found] = await data(settings)

    assert found.state is State.FAULT


async def test_looking_for_a_database_makes_none(tmp_path: Path) -> None:
    settings = town(tmp_path)

    assert [finding.state for finding in await check.findings(settings, None) if finding.name == "database"] == [
        State.WARNING
    ]
    assert not (tmp_path / "parvis.db").exists()


async def test_job_that_fails_again_and_again_is_named(settings: Settings) -> None:
    database = await migrated(settings)
    now = utc_now()

    async def fail(*_: object) -> int:
        raise ZeroDivisionError

    tried = [now]
    worker = Jobs(database, lambda: tried[0])
    worker.add(Job("test.count", timedelta(minutes=1), fail))
    for _ in range(3):
        await worker.run_due()
        tried[0] += timedelta(minutes=20)
    await database.close()

    [found] = await jobs(settings, tried[0])

    assert found.state is State.FAULT
    assert found.values["jobs"] == "test.count (ZeroDivisionError)"
    [queue] = await mail_queue(settings)
    assert queue.state is State.GOOD


async def test_what_does_not_answer_is_a_fault(tmp_path: Path) -> None:
    settings = town(
        tmp_path,
        PARVIS_REDIS_URL=f"redis://{nowhere()}",
        PARVIS_SMTP_URL=f"smtp://user:geheim@{nowhere()}",
        PARVIS_LISTEN=nowhere(),
    )

    found = [await redis(settings), await mail(settings, None), await mail(settings, "a@b.fr"), await running(settings)]

    assert [finding.state for finding in found] == [State.FAULT] * 4
    assert "geheim" not in " ".join(finding.words() for finding in found)


async def test_clock_that_goes_with_the_database_is_no_fault(settings: Settings) -> None:
    assert (await clock_finding(settings)).state is not State.FAULT


@pytest.mark.parametrize(
    ("more", "state"),
    [
        ({"PARVIS_PUBLIC_URL": "https://parvis.example.fr", "PARVIS_TRUSTED_PROXIES": "127.0.0.1/32"}, State.GOOD),
        ({"PARVIS_PUBLIC_URL": "https://parvis.example.fr"}, State.WARNING),
        ({"PARVIS_PUBLIC_URL": "http://parvis.example.fr"}, State.FAULT),
        ({}, State.WARNING),
    ],
)
def test_address_is_https_and_its_proxy_is_known(tmp_path: Path, more: dict[str, str], state: State) -> None:
    assert [finding.state for finding in public_address(town(tmp_path, **more))] == [state]


def test_private_address_does_not_do_for_browsers_outside(tmp_path: Path) -> None:
    secure = {"PARVIS_PUBLIC_URL": "https://parvis.example.fr"}

    private = media_address(town(tmp_path, **secure, PARVIS_MEDIA_ADDRESSES="192.168.1.7"))
    public = media_address(town(tmp_path, **secure, PARVIS_MEDIA_ADDRESSES="9.9.9.9"))

    assert (private.state, public.state) == (State.WARNING, State.GOOD)


async def test_backup_is_asked_for_every_two_days(settings: Settings, tmp_path: Path) -> None:
    await (await migrated(settings)).close()
    now = utc_now()
    assert backups(settings, now).state is State.FAULT

    make_backup(settings, tmp_path / "backups", now)

    assert backups(settings, now + timedelta(hours=47)).state is State.GOOD
    assert backups(settings, now + timedelta(hours=49)).state is State.FAULT


@pytest.mark.parametrize("language", i18n.LOCALES)
def test_check_is_told_in_words_in_every_language(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str], language: str
) -> None:
    monkeypatch.setenv("PARVIS_DATA", str(tmp_path))

    assert main(["check", "--lang", language]) == 1

    told = capsys.readouterr().out
    assert ("fault" in told, "défaut" in told) == (language == "en", language == "fr")
    assert "\x1b" not in told


def test_check_for_programs_is_one_object(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PARVIS_DATA", str(tmp_path))

    code = main(["check", "--json"])

    told = json.loads(capsys.readouterr().out)
    assert (code, told["ok"]) == (1, False)
    assert {line["state"] for line in told["checks"]} <= {state.value for state in State}


def test_wrong_setting_is_the_only_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PARVIS_DATA", str(tmp_path))
    monkeypatch.setenv("PARVIS_SMTP", "smtp://…")

    assert main(["check", "--lang", "en"]) == 1

    assert "PARVIS_SMTP is no setting" in capsys.readouterr().out


def test_values_are_put_into_sentences_and_advice() -> None:
    finding = Finding("name", State.FAULT, "%(count)s of them", "Take %(count)s away.", {"count": 3})

    assert (finding.words(), finding.advice_words()) == ("3 of them", "Take 3 away.")
