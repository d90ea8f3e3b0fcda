"""`python -m meetings.rooms.demo`: the colleagues of the demo, as long as the portal's process holds our input open.

The first line of standard input is `Invited` as JSON; the secret in it stands in no command line and no environment.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys

from meetings.rooms.demo.call import Call, Invited

NICER = 5
"""People's own sound and picture come first."""


async def _until_input_ends(reader: asyncio.StreamReader) -> None:
    while await reader.read(1024):
        pass


async def _run() -> None:
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    invited = Invited(**json.loads(await reader.readline()))
    ended = asyncio.create_task(_until_input_ends(reader), name="input")
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.cancel)
    call = asyncio.create_task(Call(invited).run(), name="call")
    await asyncio.wait([ended, call], return_when=asyncio.FIRST_COMPLETED)
    for task in (ended, call):
        task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await call


def main() -> int:
    """Run until the input ends; the exit status."""
    os.nice(NICER)
    asyncio.run(_run())
    return 0


if __name__ == "__main__":
    sys.exit(main())
