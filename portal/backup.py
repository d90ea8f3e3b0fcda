"""`python -m portal backup DIR`: everything that is the town's own in one folder, taken while the portal runs.

A backup is a folder ``parvis-20261123T013000Z`` in DIR, for its owner's eyes only: the database, the files of the data
directory (secrets and keys among them) and a manifest with the checksum of each. It is written under another name and
renamed once it is complete, so that a folder of that name is a whole backup.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import sys
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from portal.clock import utc_now
from portal.database_copy import CopyError, database_copy
from portal.settings import DATABASE_NAME, PREFIX, Settings, load

FORMAT = 1
MANIFEST = "manifest.json"
FILES = "data"
LAST = "last_backup.json"
"""In the data directory: when and where the last one was made (`portal.check` looks)."""
LEFT_OUT = frozenset({"cache", LAST})
"""Of the data directory: what is made again by itself."""
ASIDE = "before-restore-"
"""Folders in which a restore puts what stood there."""
SECRET = "secret_key"  # noqa: S105 - a file's name
_NAME = "parvis-%Y%m%dT%H%M%SZ"


class BackupError(Exception):
    """A backup that cannot be made or used; the text is for the person at the keyboard."""


class SavedFile(BaseModel):
    """One file of a backup."""

    model_config = ConfigDict(frozen=True)

    name: str
    """Its path in the backup."""
    size: int
    """Bytes."""
    sha256: str


class Manifest(BaseModel):
    """What a backup says of itself."""

    model_config = ConfigDict(frozen=True)

    format: int
    made_at: datetime
    version: str
    """Of Parvis."""
    database: str
    """``sqlite`` or ``postgresql``."""
    schema_revision: str
    secret: str
    """Tells whether a secret key is the one under which the exact places were sealed, and nothing about it."""
    files: list[SavedFile]


def make_backup(settings: Settings, target: Path, now: datetime) -> Path:
    """Make a backup in a folder; its own folder. Raises `BackupError` and leaves nothing behind then."""
    copy = database_copy(settings.database_url)
    name = now.astimezone(UTC).strftime(_NAME)
    finished, growing = target / name, target / f".{name}.{os.getpid()}"
    if finished.exists():
        raise BackupError(f"{finished} exists already.")
    try:
        target.mkdir(parents=True, exist_ok=True, mode=0o700)
        growing.mkdir(mode=0o700)
        # The database first: what it refers to is among the files that are copied afterwards.
        copy.save(growing / copy.file_name)
        _copy_files(settings, growing / FILES)
        manifest = Manifest(
            format=FORMAT,
            made_at=now,
            version=version(),
            database=copy.kind,
            schema_revision=copy.revision(growing / copy.file_name),
            secret=fingerprint(settings.secret_key),
            files=[_saved(growing, path) for path in sorted(growing.rglob("*")) if path.is_file()],
        )
        (growing / MANIFEST).write_text(manifest.model_dump_json(indent=1))
        for path in growing.rglob("*"):
            path.chmod(0o700 if path.is_dir() else 0o600)
            _sync(path)
        growing.rename(finished)
        _sync(target)
    except (OSError, CopyError) as error:
        shutil.rmtree(growing, ignore_errors=True)
        raise BackupError(str(error)) from error
    (settings.data / LAST).write_text(json.dumps({"at": now.isoformat(), "path": str(finished.absolute())}))
    return finished


def last_backup(settings: Settings) -> datetime | None:
    """When the last backup was made; None if none was."""
    try:
        return datetime.fromisoformat(json.loads((settings.data / LAST).read_text())["at"])
    except (OSError, ValueError, KeyError):
        return None


def read_manifest(backup: Path) -> Manifest:
    """The manifest of a backup whose files are all there and unchanged. Raises `BackupError`."""
    try:
        manifest = Manifest.model_validate_json((backup / MANIFEST).read_text())
    except (OSError, ValidationError, UnicodeDecodeError) as error:
        raise BackupError(f"{backup} is no backup of Parvis, or its {MANIFEST} is damaged.") from error
    if manifest.format != FORMAT:
        raise BackupError(f"{backup} was made by a newer Parvis ({manifest.version}); this one does not read it.")
    for file in manifest.files:
        path = backup / file.name
        if ".." in Path(file.name).parts or Path(file.name).is_absolute() or path.is_symlink():
            raise BackupError(f"{backup} names a file outside itself: {file.name}.")
        if not path.is_file():
            raise BackupError(f"{backup} is incomplete: {file.name} is missing.")
        if path.stat().st_size != file.size or _sha256(path) != file.sha256:
            raise BackupError(f"{backup} is damaged: {file.name} is not as it was saved.")
    return manifest


def backups_in(folder: Path) -> list[Path]:
    """The backups that a folder holds, the oldest first."""
    return sorted(path for path in folder.glob("parvis-*Z") if (path / MANIFEST).is_file())


def fingerprint(secret_key: str) -> str:
    """Eight hexadecimal digits by which a secret key is recognised."""
    return hashlib.sha256(f"parvis backup {secret_key}".encode()).hexdigest()[:8]


def is_set_elsewhere(settings: Settings) -> bool:
    """Whether the secret key is a setting and not the file of the data directory."""
    kept = settings.data / SECRET
    return not kept.exists() or kept.read_text().strip() != settings.secret_key


def version() -> str:
    """This Parvis's version."""
    project: dict[str, Any] = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text())["project"]
    return str(project["version"])


def own_files(settings: Settings) -> Iterator[Path]:
    """The files of the data directory that a backup holds, relative to it."""
    for path in sorted(settings.data.rglob("*")):
        relative = path.relative_to(settings.data)
        is_left_out = relative.parts[0] in LEFT_OUT or relative.parts[0].startswith((DATABASE_NAME, ASIDE))
        if path.is_file() and not path.is_symlink() and path.suffix != ".lock" and not is_left_out:
            yield relative


def _copy_files(settings: Settings, target: Path) -> None:
    target.mkdir()
    for relative in own_files(settings):
        destination = target / relative
        destination.parent.mkdir(parents=True, exist_ok=True)
        try:
            shutil.copyfile(settings.data / relative, destination)
        except FileNotFoundError:
            # Deleted since it was listed: the database that was saved before may miss it, as it would a moment later.
            destination.unlink(missing_ok=True)


def _saved(folder: Path, path: Path) -> SavedFile:
    return SavedFile(name=path.relative_to(folder).as_posix(), size=path.stat().st_size, sha256=_sha256(path))


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync(path: Path) -> None:
    """Have it on the disk, not only on its way there."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def add_to(commands: Any) -> None:
    """Add the command."""
    parser = commands.add_parser("backup", help="save database, secrets and files while the portal runs")
    parser.add_argument("folder", type=Path, metavar="DIR", help="where backups are kept; each makes its own folder")
    parser.add_argument("--keep", type=int, metavar="N", help="afterwards keep the newest N of this folder only")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    settings = load()
    if options.keep is not None and options.keep < 1:
        print("--keep takes a number above 0.", file=sys.stderr)
        return 2
    try:
        made = make_backup(settings, options.folder, utc_now())
    except BackupError as error:
        print(f"No backup was made: {error}", file=sys.stderr)
        return 1
    print(made)
    if is_set_elsewhere(settings):
        print(f"{PREFIX}SECRET_KEY stands in the environment and not in the backup: keep it elsewhere too.")
    for old in backups_in(options.folder)[: -options.keep] if options.keep else []:
        shutil.rmtree(old)
    return 0
