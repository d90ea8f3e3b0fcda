"""Starts a PostgreSQL server for tests and takes it away when nobody holds its pipe any more.

    python postgres_guard.py FOLDER PROGRAMS ROLE

It says "listening" once the pipe `FOLDER/hold` can be held, then "ready", or what went wrong.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TypedDict

START_TIMEOUT_S = 60

# The data need not survive the run, so nothing waits for the disk.
SERVER_OPTIONS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "shared_buffers": "64MB",
}


class _Identity(TypedDict, total=False):
    user: int
    group: int
    extra_groups: list[int]


def server_identity() -> _Identity:
    """PostgreSQL refuses to run as root: then it runs as the user that its package made."""
    if os.geteuid() != 0:
        return {}
    account = pwd.getpwnam("postgres")
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


@contextlib.contextmanager
def running_server(base: Path, programs: Path, role: str) -> Iterator[None]:
    """Make a server in `base` and run it while the block lasts. Raises `CalledProcessError`, `TimeoutError`."""
    identity = server_identity()
    base.chmod(0o711)
    for name in ("data", "socket"):
        (base / name).mkdir(mode=0o700)
        if identity:
            os.chown(base / name, identity["user"], identity["group"])
    options = ["--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", f"--username={role}"]
    _run([programs / "initdb", "--pgdata", base / "data", *options], identity)
    settings = [word for key, value in SERVER_OPTIONS.items() for word in ("-c", f"{key}={value}")]
    with (base / "log").open("w") as log:
        server = subprocess.Popen(
            [programs / "postgres", "-D", base / "data", "-k", base / "socket", *settings],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            **identity,
        )
    try:
        deadline = time.monotonic() + START_TIMEOUT_S
        ready: list[str | Path] = [programs / "pg_isready", "--quiet", "--host", base / "socket"]
        while subprocess.run(ready, check=False, cwd="/").returncode != 0:
            if server.poll() is not None or time.monotonic() > deadline:
                raise TimeoutError((base / "log").read_text())
            time.sleep(0.02)
        yield
    finally:
        server.send_signal(signal.SIGQUIT)
        server.wait()


def _run(command: list[str | Path], identity: _Identity) -> None:
    subprocess.run(
        command, check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd="/", **identity
    )


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def main() -> None:
    """Entry of the program."""
    base, programs, role = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
    hold = os.open(base / "hold", os.O_RDONLY | os.O_NONBLOCK)
    _say("listening")
    try:
        with running_server(base, programs, role):
            _say("ready")
            # Whoever started this reads until the end of our output, and may have its own output closed by now.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            os.set_blocking(hold, True)
            os.read(hold, 1)
    except subprocess.CalledProcessError as error:
        _say(error.stdout)
    except (TimeoutError, OSError, KeyError) as error:
        _say(str(error))
    finally:
        shutil.rmtree(base, ignore_errors=True)


if __name__ == "__main__":
    main()
