"""What a missing system package is answered with."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.system_packages import SystemPackage, SystemPackageError, provide


def test_missing_package_is_answered_with_the_line_that_installs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))  # a machine with neither apt-get nor sudo
    missing = SystemPackage("chromium", "the browser tests drive it", lambda: False)
    present = SystemPackage("postgresql", "the database tests run on it too", lambda: True)

    with pytest.raises(SystemPackageError, match="sudo apt-get install chromium\n"):
        provide([present, missing])


def test_nothing_is_asked_for_when_nothing_is_missing(capfd: pytest.CaptureFixture[str]) -> None:
    provide([SystemPackage("postgresql", "the database tests run on it too", lambda: True)])

    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("installs", [True, False])
def test_package_is_installed_where_that_needs_no_question(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, installs: bool
) -> None:
    mark = tmp_path / "installed"
    on_install = f"touch {mark}" if installs else "true"
    for name, script in {
        "apt-get": f'echo "$@" >> {mark}.log; case "$2" in install) {on_install};; esac',
        "sudo": 'shift; exec "$@"',
    }.items():
        path = tmp_path / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    package = SystemPackage("chromium", "the browser tests drive it", mark.exists)

    if installs:
        provide([package])
    else:
        with pytest.raises(SystemPackageError, match="still not found: chromium"):
            provide([package])

    assert mark.with_name("installed.log").read_text().splitlines() == [
        "-qq update",
        "-qq install --yes --no-install-recommends chromium",
    ]
