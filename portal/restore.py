"""`python -m portal restore DIR`: put a backup in the place of what stands there, which is kept aside."""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from portal.backup import (
    ASIDE,
    FILES,
    SECRET,
    BackupError,
    Manifest,
    backups_in,
    fingerprint,
    is_set_elsewhere,
    own_files,
    read_manifest,
)
from portal.clock import utc_now
from portal.database_copy import CopyError, DatabaseCopy, database_copy
from portal.db import Database
from portal.schema import knows, migrate
from portal.settings import PREFIX, Settings, load
from portal.supervisor import DataInUseError, sole_use


def restore(settings: Settings, backup: Path, *, replace: bool, now: datetime) -> Path | None:
    """Restore a backup. Returns the folder in which what stood there was put, None where nothing stood.

    Raises `BackupError`, before anything is changed where the backup does not fit; `DataInUseError` where a portal
    runs.
    """
    settings.data.mkdir(parents=True, exist_ok=True)
    try:
        with sole_use(settings.data):
            manifest = read_manifest(backup)
            copy = database_copy(settings.database_url)
            _require_fit(settings, manifest, copy.kind)
            if copy.others():
                raise BackupError("Somebody is connected to the database. Stop every portal that works on it first.")
            aside = None
            if copy.tables():
                if not replace:
                    raise BackupError("The database is not empty. --replace puts the backup in its place.")
                aside = settings.data / f"{ASIDE}{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"
                aside.mkdir(mode=0o700)
                copy.set_aside(aside)
            _put_database(copy, backup, aside, settings)
            _put_files(settings, backup, aside)
            asyncio.run(_migrate(settings))
    except (OSError, CopyError) as error:
        raise BackupError(str(error)) from error
    return aside


def _put_database(copy: DatabaseCopy, backup: Path, aside: Path | None, settings: Settings) -> None:
    try:
        copy.load(backup / copy.file_name)
    except (OSError, CopyError):
        if aside is not None and copy.kind == "sqlite":
            for path in aside.iterdir():
                path.rename(settings.data / path.name)
            aside.rmdir()
        raise


def _require_fit(settings: Settings, manifest: Manifest, kind: str) -> None:
    if manifest.database != kind:
        raise BackupError(f"The backup is of {manifest.database}; {PREFIX}DATABASE_URL names {kind}.")
    if not knows(manifest.schema_revision):
        raise BackupError(f"The backup was made by a newer Parvis ({manifest.version}). Upgrade this one first.")
    is_saved = any(file.name == f"{FILES}/{SECRET}" for file in manifest.files)
    if (is_set_elsewhere(settings) or not is_saved) and fingerprint(settings.secret_key) != manifest.secret:
        raise BackupError(
            f"{PREFIX}SECRET_KEY is not the one that the backup was made under: exact places could not be opened."
        )


def _put_files(settings: Settings, backup: Path, aside: Path | None) -> None:
    for relative in list(own_files(settings)):
        if aside is not None:
            (aside / relative).parent.mkdir(parents=True, exist_ok=True)
            (settings.data / relative).rename(aside / relative)
        else:
            (settings.data / relative).unlink()
    saved = backup / FILES
    for path in sorted(saved.rglob("*")):
        if path.is_file():
            target = settings.data / path.relative_to(saved)
            target.parent.mkdir(parents=True, exist_ok=True)
            arriving = target.with_name(f".{target.name}.restoring")
            shutil.copyfile(path, arriving)
            arriving.chmod(0o600)
            arriving.replace(target)


async def _migrate(settings: Settings) -> None:
    database = Database(settings.database_url)
    try:
        await migrate(database)
    finally:
        await database.close()


def add_to(commands: Any) -> None:
    """Add the command."""
    parser = commands.add_parser("restore", help="put a backup in the place of what stands there")
    parser.add_argument("folder", type=Path, metavar="DIR", help="one backup, or a folder of them: the newest then")
    parser.add_argument("--replace", action="store_true", help="even where there is a town already; it is kept aside")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    backup = next(reversed(backups_in(options.folder)), options.folder)
    try:
        aside = restore(load(), backup, replace=options.replace, now=utc_now())
    except (BackupError, DataInUseError) as error:
        print(f"Nothing was restored: {error}", file=sys.stderr)
        return 1
    print(f"Restored {backup}.")
    if aside is not None:
        print(f"What stood there is in {aside}; delete it once the portal is as it should be.")
    return 0
