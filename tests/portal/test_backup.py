"""A backup is taken while people write, and what is restored from it is the town as one instant saw it."""

from __future__ import annotations

import asyncio
import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from portal.audit import AuditEntry, audit
from portal.backup import MANIFEST, BackupError, backups_in, last_backup, make_backup
from portal.clock import utc_now
from portal.db import Database
from portal.events import DomainEvent, Event, EventLog, Stream, record
from portal.restore import restore
from portal.schema import is_current, migrate
from portal.settings import Settings, load
from portal.supervisor import DataInUseError, sole_use
from tests.postgres import PostgresServer

NOW = datetime(2026, 5, 4, 7, 0, tzinfo=UTC)


def town(folder: Path, database_url: str, **more: str) -> Settings:
    """The settings of a town that has its data in a folder."""
    return load({"PARVIS_DATA": str(folder), "PARVIS_DATABASE_URL": database_url, **more})


@pytest.fixture
def here(tmp_path: Path, database_url: str) -> Settings:
    """A town with its tables, one event, and a file in its data directory."""
    settings = town(tmp_path, database_url)
    (settings.data / "uploads").mkdir()
    (settings.data / "uploads" / "arms.svg").write_text("<svg/>")
    (settings.data / "cache").mkdir()
    (settings.data / "cache" / "page").write_text("made again by itself")
    asyncio.run(write(settings, 1, migrating=True))
    return settings


@pytest.fixture
def elsewhere(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, here: Settings) -> Settings:
    """Another machine: an empty data directory, and an empty database of the same kind."""
    folder = tmp_path_factory.mktemp("elsewhere")
    if here.database_url.startswith("sqlite"):
        return town(folder, f"sqlite+aiosqlite:///{folder / 'parvis.db'}")
    server: PostgresServer = request.getfixturevalue("postgres_server")
    return town(folder, server.new_database())


async def write(settings: Settings, count: int, *, migrating: bool = False) -> None:
    """Acts, each with its event in one transaction."""
    database = Database(settings.database_url)
    EventLog(database, utc_now)
    if migrating:
        await migrate(database)
    for _ in range(count):
        async with database.write() as db:
            audit(db, at=utc_now(), act="thing.done", actor_id=None, subject_id="thing")
            record(db, DomainEvent("board", "thing.done", "thing", 1))
    await database.close()


async def held(settings: Settings) -> tuple[int, list[int], int, bool]:
    """Acts, numbers of events, the stream's head, and whether the schema is current."""
    database = Database(settings.database_url)
    async with database.read() as db:
        acts = len((await db.scalars(select(AuditEntry.id))).all())
        numbers = list(await db.scalars(select(Event.number).order_by(Event.number)))
        head = (await db.scalars(select(Stream.head).where(Stream.name == "board"))).one()
    current = await is_current(database)
    await database.close()
    return acts, numbers, head, current


def test_what_was_written_before_is_restored_elsewhere_with_secrets_and_files(
    here: Settings, elsewhere: Settings, tmp_path: Path
) -> None:
    made = make_backup(here, tmp_path / "backups", NOW)

    assert restore(elsewhere, made, replace=False, now=NOW) is None

    assert asyncio.run(held(elsewhere)) == asyncio.run(held(here)) == (1, [1], 1, True)
    assert (elsewhere.data / "secret_key").read_text() == (here.data / "secret_key").read_text()
    assert (elsewhere.data / "uploads" / "arms.svg").read_text() == "<svg/>"
    assert not (elsewhere.data / "cache").exists()
    assert last_backup(here) == NOW


def test_backup_is_one_instant_while_writes_go_on(here: Settings, elsewhere: Settings, tmp_path: Path) -> None:
    async def back_up_among_writes() -> Path:
        writing = asyncio.create_task(write(here, 60))
        made = await asyncio.to_thread(make_backup, here, tmp_path / "backups", NOW)
        await writing
        return made

    restore(elsewhere, asyncio.run(back_up_among_writes()), replace=False, now=NOW)

    acts, numbers, head, _current = asyncio.run(held(elsewhere))
    assert 1 <= acts <= 61
    assert numbers == list(range(1, acts + 1))
    assert head == acts
    assert asyncio.run(held(here))[0] == 61


def test_backup_is_for_its_owner_alone(here: Settings, tmp_path: Path) -> None:
    made = make_backup(here, tmp_path / "backups", NOW)

    modes = {path.name: path.stat().st_mode & 0o777 for path in (made, *made.rglob("*")) if path.is_file()}
    assert set(modes.values()) == {0o600}
    assert made.stat().st_mode & 0o777 == 0o700
    assert [path.name for path in (tmp_path / "backups").iterdir()] == ["parvis-20260504T070000Z"]


def test_backup_that_failed_leaves_nothing(here: Settings, tmp_path: Path) -> None:
    broken = town(here.data, "postgresql+asyncpg://nobody@127.0.0.1:1/none")

    with pytest.raises(BackupError, match="pg_dump failed"):
        make_backup(broken, tmp_path / "backups", NOW)

    assert list((tmp_path / "backups").iterdir()) == []
    assert last_backup(here) is None


def cut(made: Path) -> None:
    [database] = made.glob("database.*")
    database.write_bytes(database.read_bytes()[:-10])


def alter(made: Path) -> None:
    secret = made / "data" / "secret_key"
    secret.write_text(secret.read_text()[::-1])


def lose(made: Path) -> None:
    (made / "data" / "uploads" / "arms.svg").unlink()


def garble(made: Path) -> None:
    (made / MANIFEST).write_text("{")


def reach_out(made: Path) -> None:
    manifest = json.loads((made / MANIFEST).read_text())
    manifest["files"][0]["name"] = "../../etc/passwd"
    (made / MANIFEST).write_text(json.dumps(manifest))


def outgrow(made: Path) -> None:
    manifest = json.loads((made / MANIFEST).read_text()) | {"schema_revision": "9999"}
    (made / MANIFEST).write_text(json.dumps(manifest))


def be_of_another_kind(made: Path) -> None:
    manifest = json.loads((made / MANIFEST).read_text()) | {"database": "oracle"}
    (made / MANIFEST).write_text(json.dumps(manifest))


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (cut, "is damaged: database"),
        (alter, "is damaged: data/secret_key"),
        (lose, "is incomplete: data/uploads/arms.svg is missing"),
        (garble, "is no backup of Parvis"),
        (reach_out, "names a file outside itself"),
        (outgrow, "by a newer Parvis"),
        (be_of_another_kind, "The backup is of oracle"),
    ],
)
def test_backup_that_is_not_whole_or_does_not_fit_is_refused_and_changes_nothing(
    here: Settings, tmp_path: Path, harm: object, words: str
) -> None:
    made = make_backup(here, tmp_path / "backups", NOW)
    asyncio.run(write(here, 1))
    assert callable(harm)
    harm(made)

    with pytest.raises(BackupError, match=words):
        restore(here, made, replace=True, now=NOW)

    assert asyncio.run(held(here))[0] == 2


def test_restore_over_a_town_is_asked_for_and_keeps_what_stood_there(here: Settings, tmp_path: Path) -> None:
    made = make_backup(here, tmp_path / "backups", NOW)
    asyncio.run(write(here, 3))
    (here.data / "uploads" / "later.txt").write_text("later")

    with pytest.raises(BackupError, match="--replace"):
        restore(here, made, replace=False, now=NOW)
    assert asyncio.run(held(here))[0] == 4
    aside = restore(here, made, replace=True, now=NOW)

    assert asyncio.run(held(here)) == (1, [1], 1, True)
    assert not (here.data / "uploads" / "later.txt").exists()
    assert aside is not None
    assert (aside / "uploads" / "later.txt").exists()
    assert any(path.name.startswith(("parvis.db", "database.")) for path in aside.iterdir())
    again = make_backup(here, tmp_path / "backups", utc_now())
    assert not any("before-restore" in str(path) for path in again.rglob("*"))


def test_restore_beside_a_running_portal_is_refused(here: Settings, tmp_path: Path) -> None:
    made = make_backup(here, tmp_path / "backups", NOW)

    with sole_use(here.data), pytest.raises(DataInUseError):
        restore(here, made, replace=True, now=NOW)


def test_restore_under_another_secret_key_is_refused(here: Settings, elsewhere: Settings, tmp_path: Path) -> None:
    made = make_backup(here, tmp_path / "backups", NOW)
    other = town(elsewhere.data, elsewhere.database_url, PARVIS_SECRET_KEY="another")

    with pytest.raises(BackupError, match="PARVIS_SECRET_KEY"):
        restore(other, made, replace=False, now=NOW)


def test_restore_into_a_database_that_somebody_uses_is_refused(postgres_server: PostgresServer, tmp_path: Path) -> None:
    settings = town(tmp_path, postgres_server.new_database())
    asyncio.run(write(settings, 1, migrating=True))
    made = make_backup(settings, tmp_path / "backups", NOW)

    async def restore_meanwhile() -> None:
        database = Database(settings.database_url)
        try:
            async with database.engine.connect():
                await asyncio.to_thread(restore, settings, made, replace=True, now=NOW)
        finally:
            await database.close()

    with pytest.raises(BackupError, match="Somebody is connected"):
        asyncio.run(restore_meanwhile())


def test_backups_of_a_folder_are_listed_by_age_and_halves_are_none(here: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    first = make_backup(here, folder, NOW)
    second = make_backup(here, folder, NOW.replace(day=5))
    half = folder / "parvis-20260506T070000Z"
    shutil.copytree(second, half)
    (half / MANIFEST).unlink()

    assert backups_in(folder) == [first, second]
