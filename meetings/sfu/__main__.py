"""`python -m meetings.sfu`: run one media worker until it is told to stop or its supervisor is gone."""

import asyncio
import gc
import json
import logging
import os
import resource
import signal
import sys
import time
from contextlib import suppress

from .control import ControlServer
from .settings import SettingsError, WorkerSettings, read_settings
from .worker import Worker


class JsonLines(logging.Formatter):
    """One JSON object a line: time, level, logger, message, and the traceback if there is one."""

    def format(self, record: logging.LogRecord) -> str:
        """Write a record."""
        line = {
            "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created)),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def _lifeline(fd: int, stop: asyncio.Event) -> None:
    """Stop when the other end of the supervisor's pipe is closed."""
    with suppress(BlockingIOError):
        if not os.read(fd, 1024):
            asyncio.get_running_loop().remove_reader(fd)
            stop.set()


def _raise_descriptor_limit() -> None:
    """Every peer has a socket of its own, and the limit that a shell gives is often 1024."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):  # a system that does not let us: peers beyond the limit share one
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _keep_garbage_rare() -> None:
    """Nothing in the packet path makes cycles, and a collection would sit in it: what lives for ever is never looked
    through, and the rest only when much has come to it."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 10, 10)


async def _run(settings: WorkerSettings) -> None:
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    if settings.lifeline_fd is not None:
        os.set_blocking(settings.lifeline_fd, False)
        loop.add_reader(settings.lifeline_fd, _lifeline, settings.lifeline_fd, stop)
    control = ControlServer(settings.secret)
    worker = Worker(settings, control.notify)
    worker.open()
    clock = asyncio.create_task(worker.run(), name="clock")
    try:
        port = await control.open(settings.control_host, settings.control_port, worker)
        _keep_garbage_rare()
        addresses = " ".join(f"{host}|{number}" for host, number in worker.candidates)
        logging.getLogger("meetings.sfu").info("ready control=%s media=%s boot=%s", port, addresses, worker.boot)
        await stop.wait()
    finally:
        clock.cancel()
        await asyncio.wait([clock])
        await worker.close()
        await control.close()
        logging.getLogger("meetings.sfu").info("stopped")


def main() -> int:
    """Read the settings and run; returns the exit status."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    try:
        settings = read_settings(sys.argv[1:], os.environ)
        _raise_descriptor_limit()
        asyncio.run(_run(settings))
    except SettingsError as error:
        logging.getLogger("meetings.sfu").error("cannot start: %s", error)  # noqa: TRY400  # the reader is an operator
        return os.EX_CONFIG
    except OSError as error:
        logging.getLogger("meetings.sfu").error("cannot start: %s", error)  # noqa: TRY400  # the reader is an operator
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
