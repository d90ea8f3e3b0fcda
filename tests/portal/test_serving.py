"""How many web workers run, and what several of them need."""

from __future__ import annotations

from pathlib import Path

import pytest

from portal.serving import AddressInUseError, make_ready, new_listener, workers_of
from portal.settings import SettingError, Settings, load
from tests.free_ports import find_free_port

POSTGRESQL = {"PARVIS_DATABASE_URL": "postgresql+asyncpg://parvis@/parvis"}
REDIS = {"PARVIS_REDIS_URL": "redis://127.0.0.1:6379"}


def settings_with(folder: Path, toml: str, given: dict[str, str]) -> Settings:
    own = folder / "hypercorn.toml"
    own.write_text(toml)
    return load({"PARVIS_DATA": str(folder), "PARVIS_HYPERCORN": str(own), **given})


def test_portal_comes_with_one_worker_that_needs_nothing(tmp_path: Path) -> None:
    assert workers_of(load({"PARVIS_DATA": str(tmp_path)})) == 1


def test_several_workers_run_with_postgresql_and_redis(tmp_path: Path) -> None:
    assert workers_of(settings_with(tmp_path, "workers = 3", POSTGRESQL | REDIS)) == 3


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({}, ["PARVIS_DATABASE_URL", "PARVIS_REDIS_URL"]),
        (POSTGRESQL, ["PARVIS_REDIS_URL"]),
        (REDIS, ["PARVIS_DATABASE_URL"]),
    ],
)
def test_several_workers_without_what_they_need_are_refused_in_words_that_name_it(
    tmp_path: Path, given: dict[str, str], missing: list[str]
) -> None:
    settings = settings_with(tmp_path, "workers = 2", given)

    with pytest.raises(SettingError) as refused:
        workers_of(settings)

    named = [name for name in ("PARVIS_DATABASE_URL", "PARVIS_REDIS_URL") if name in str(refused.value)]
    assert named == missing


@pytest.mark.parametrize("toml", ["workers = 0", 'workers = "many"', "workers ="])
def test_number_of_workers_that_is_none_is_refused(tmp_path: Path, toml: str) -> None:
    with pytest.raises(SettingError, match="hypercorn"):
        workers_of(settings_with(tmp_path, toml, {}))


def test_address_that_is_taken_is_named(tmp_path: Path) -> None:
    taken = {"PARVIS_LISTEN": f"127.0.0.1:{find_free_port()}", "PARVIS_MEDIA_PORT": str(find_free_port())}
    settings = settings_with(tmp_path, "", taken)

    with new_listener(settings) as first, new_listener(settings) as second:
        make_ready(settings, first)
        with pytest.raises(AddressInUseError, match=taken["PARVIS_LISTEN"].rpartition(":")[2]):
            make_ready(settings, second)
