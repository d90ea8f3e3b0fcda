"""`scripts/find-python` on machines that lack one thing or another: the PATH of each test is its machine."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

FIND_PYTHON = Path(__file__).parents[2] / "scripts" / "find-python"


def found_on(machine: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/sh", FIND_PYTHON],
        env={"PATH": f"{machine}:/usr/bin-absent"},
        capture_output=True,
        text=True,
        check=False,
    )


def add_program(machine: Path, name: str, script: str) -> Path:
    path = machine / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def add_cat(machine: Path) -> None:
    """The one program beside Python that a machine certainly has and that the messages are written with."""
    (machine / "cat").symlink_to("/bin/cat")


def test_first_python_that_is_new_enough_is_found(tmp_path: Path) -> None:
    add_program(tmp_path, "python3", "exit 1")
    python = add_program(tmp_path, "python3.11", f'exec {sys.executable} "$@"')

    found = found_on(tmp_path)

    assert (found.returncode, found.stdout) == (0, f"{python}\n")


def test_missing_python_is_answered_with_the_line_that_installs_it(tmp_path: Path) -> None:
    add_cat(tmp_path)
    add_program(tmp_path, "python3", "exit 1")

    found = found_on(tmp_path)

    assert (found.returncode, found.stdout) == (1, "")
    assert "Python 3.11 or later" in found.stderr
    assert "sudo apt-get install python3 python3-venv" in found.stderr


def test_missing_venv_module_is_answered_with_the_line_that_installs_it(tmp_path: Path) -> None:
    add_cat(tmp_path)
    add_program(tmp_path, "python3", f'case "$2" in *ensurepip*) exit 1 ;; *) exec {sys.executable} "$@" ;; esac')

    found = found_on(tmp_path)

    assert (found.returncode, found.stdout) == (1, "")
    assert "sudo apt-get install python3-venv" in found.stderr
    assert f"python{sys.version_info.major}.{sys.version_info.minor}-venv" in found.stderr


def test_python_can_be_named(tmp_path: Path) -> None:
    found = subprocess.run(
        ["/bin/sh", FIND_PYTHON],
        env={**os.environ, "PYTHON": sys.executable},
        capture_output=True,
        text=True,
        check=True,
    )

    assert found.stdout == f"{sys.executable}\n"
