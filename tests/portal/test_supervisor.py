"""The supervisor is run as it is run in earnest: a process of its own, with real children, real signals and kill -9."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.supervisor import CANNOT_START, LIFELINE_VARIABLE, Restarts, lifeline_ended
from tests.waiting import wait_until

CHILD = """
import asyncio, os, signal, sys
from pathlib import Path
from portal.supervisor import lifeline_ended

name, behaviour, folder = sys.argv[1], sys.argv[2], Path(sys.argv[3])

def note(text):
    with (folder / "notes").open("a") as notes:
        notes.write(f"{name} {text}\\n")

async def main():
    stop = asyncio.Event()
    if behaviour == "stubborn":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    else:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    asyncio.get_running_loop().add_signal_handler(signal.SIGINT, note, "was interrupted")
    ends = {asyncio.create_task(stop.wait()): "was stopped", asyncio.create_task(lifeline_ended()): "lost its lifeline"}
    note(f"started {os.getpid()}")
    done, _ = await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    note(ends[done.pop()])

if behaviour == "failing":
    note("started")
    sys.exit(3)
if behaviour == "misconfigured":
    note("started")
    sys.exit(os.EX_CONFIG)
asyncio.run(main())
"""

SUPERVISOR = """
import sys
from pathlib import Path
from portal.supervisor import Child, DataInUseError, supervise

folder, *children = sys.argv[1:]
try:
    sys.exit(supervise([
        Child(
            name,
            [sys.executable, folder + "/child.py", name, behaviour, folder],
            stop_timeout_s=float(timeout),
            copies=int(copies[0]) if copies else 1,
        )
        for name, behaviour, timeout, *copies in (child.split(":") for child in children)
    ], Path(folder) / "data"))
except DataInUseError as error:
    sys.exit(str(error))
"""


class Town:
    """A folder in which a supervisor and its children run, and what they noted there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.started: list[subprocess.Popen[bytes]] = []
        (folder / "child.py").write_text(CHILD)

    def start(self, *children: str) -> subprocess.Popen[bytes]:
        """Start a supervisor with children written as NAME:BEHAVIOUR:STOP_TIMEOUT_S or …:COPIES."""
        with (self.folder / "output").open("a") as output:
            process = subprocess.Popen(
                [sys.executable, "-c", SUPERVISOR, str(self.folder), *children],
                stdout=output,
                stderr=output,
                env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
                start_new_session=True,
            )
        self.started.append(process)
        return process

    def output(self) -> str:
        """What the supervisors have said so far."""
        return (self.folder / "output").read_text()

    def notes(self) -> list[str]:
        """What the children noted, with process ids left out."""
        path = self.folder / "notes"
        lines = path.read_text().splitlines() if path.exists() else []
        return [" ".join(word for word in line.split() if not word.isdigit()) for line in lines]

    def process_ids(self, name: str) -> list[int]:
        """Of each start of a child, the process id."""
        lines = (self.folder / "notes").read_text().splitlines()
        return [int(line.split()[-1]) for line in lines if line.startswith(f"{name} started ")]

    def close(self) -> None:
        for process in self.started:
            process.kill()
            process.wait()


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    town = Town(tmp_path)
    yield town
    town.close()


def is_running(process_id: int) -> bool:
    """Whether a process runs that is not waiting to be collected."""
    try:
        return Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_children_are_stopped_in_the_opposite_order(town: Town) -> None:
    supervisor = town.start("media:patient:10", "pages:patient:10")
    wait_until(lambda: len(town.notes()) == 2)

    supervisor.send_signal(signal.SIGTERM)

    assert supervisor.wait(20) == 0
    assert sorted(town.notes()[:2]) == ["media started", "pages started"]
    assert town.notes()[2:] == ["pages was stopped", "media was stopped"]


def test_ctrl_c_at_the_terminal_reaches_the_supervisor_only(town: Town) -> None:
    supervisor = town.start("pages:patient:10")
    wait_until(lambda: town.notes() == ["pages started"])

    os.killpg(supervisor.pid, signal.SIGINT)  # what a terminal does: every process of the group in front gets it

    assert supervisor.wait(20) == 0
    assert town.notes() == ["pages started", "pages was stopped"]


def test_child_that_does_not_end_in_time_is_killed(town: Town) -> None:
    supervisor = town.start("pages:stubborn:0.2")
    wait_until(lambda: town.notes() == ["pages started"])
    [process_id] = town.process_ids("pages")

    supervisor.send_signal(signal.SIGTERM)

    assert supervisor.wait(20) == 0
    assert not is_running(process_id)


def test_second_ctrl_c_stops_at_once(town: Town) -> None:
    supervisor = town.start("pages:stubborn:3600")
    wait_until(lambda: town.notes() == ["pages started"])
    [process_id] = town.process_ids("pages")

    supervisor.send_signal(signal.SIGINT)
    wait_until(lambda: "stopping" in town.output())
    supervisor.send_signal(signal.SIGINT)

    assert supervisor.wait(20) == 0
    assert not is_running(process_id)


def test_child_that_was_killed_is_started_again_and_the_other_is_left_alone(town: Town) -> None:
    town.start("media:patient:10", "pages:patient:10")
    wait_until(lambda: len(town.notes()) == 2)

    os.kill(town.process_ids("pages")[0], signal.SIGKILL)

    wait_until(lambda: len(town.process_ids("pages")) == 2)
    assert is_running(town.process_ids("pages")[1])
    assert town.notes().count("media started") == 1
    assert is_running(town.process_ids("media")[0])


def test_copies_run_side_by_side_and_one_that_is_killed_is_started_again(town: Town) -> None:
    supervisor = town.start("media:patient:10", "pages:patient:10:3")
    wait_until(lambda: len(town.notes()) == 4)
    killed, *others = town.process_ids("pages")

    os.kill(killed, signal.SIGKILL)

    wait_until(lambda: len(town.process_ids("pages")) == 4)
    assert all(is_running(process_id) for process_id in [*others, town.process_ids("pages")[-1]])
    supervisor.send_signal(signal.SIGTERM)
    assert supervisor.wait(20) == 0
    assert town.notes()[-4:] == ["pages was stopped"] * 3 + ["media was stopped"]


def test_child_that_never_stays_up_is_given_up_and_the_others_are_stopped(town: Town) -> None:
    supervisor = town.start("media:patient:10", "pages:failing:10")

    assert supervisor.wait(30) == 3
    assert town.notes().count("pages started") == 3
    assert town.notes()[-1] == "media was stopped"


def test_child_that_cannot_start_is_not_tried_again(town: Town) -> None:
    supervisor = town.start("pages:misconfigured:10")

    assert supervisor.wait(20) == CANNOT_START
    assert town.notes() == ["pages started"]


def test_children_end_when_the_supervisor_is_killed(town: Town) -> None:
    supervisor = town.start("media:patient:10", "pages:patient:10")
    wait_until(lambda: len(town.notes()) == 2)

    supervisor.kill()

    wait_until(lambda: not any(is_running(town.process_ids(name)[0]) for name in ("media", "pages")))
    assert sorted(town.notes()[2:]) == ["media lost its lifeline", "pages lost its lifeline"]


def test_portal_that_was_killed_does_not_hinder_the_next_start(town: Town) -> None:
    first = town.start("pages:patient:10")
    wait_until(lambda: "pages started" in town.notes())
    first.kill()

    town.start("pages:patient:10")

    wait_until(lambda: town.notes().count("pages started") == 2)
    # The next portal's processes begin only when those of the killed one have ended.
    assert town.notes() == ["pages started", "pages lost its lifeline", "pages started"]


def test_second_portal_on_the_same_data_is_refused(town: Town) -> None:
    first = town.start("pages:patient:10")
    wait_until(lambda: town.notes() == ["pages started"])

    second = town.start("pages:patient:10")

    assert second.wait(20) == 1
    assert f"Another portal (process {first.pid}) works on {town.folder / 'data'}." in town.output()
    assert town.notes() == ["pages started"]
    assert first.poll() is None


def test_delay_doubles_up_to_a_limit_and_begins_anew_after_a_good_while() -> None:
    restarts = Restarts(has_settled=True)

    assert [restarts.delay_after(1, lived_s=0) for _ in range(8)] == [0.5, 1, 2, 4, 5, 5, 5, 5]
    assert restarts.delay_after(1, lived_s=10) == 0.5


def test_child_that_was_killed_is_started_again_though_it_never_stayed_up_long() -> None:
    restarts = Restarts()

    delays = [restarts.delay_after(-9, lived_s=1.0) for _ in range(5)]

    assert delays == [0.5, 1.0, 2.0, 4.0, 5.0]


def test_child_that_could_be_killed_has_its_tries_anew() -> None:
    restarts = Restarts()

    assert [restarts.delay_after(code, lived_s=1.0) for code in (1, 1, -9, 1, 1)] == [0.5, 1.0, 2.0, 4.0, 5.0]
    assert restarts.delay_after(1, lived_s=1.0) is None


def test_child_that_has_been_up_once_is_never_given_up() -> None:
    restarts = Restarts()

    assert restarts.delay_after(-9, lived_s=3600) == 0.5
    assert all(restarts.delay_after(1, lived_s=0) for _ in range(100))


def test_child_that_says_it_cannot_start_is_given_up_even_later() -> None:
    restarts = Restarts()

    assert restarts.delay_after(1, lived_s=3600) == 0.5
    assert restarts.delay_after(CANNOT_START, lived_s=0) is None


async def test_without_a_supervisor_the_lifeline_never_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(LIFELINE_VARIABLE, raising=False)

    waiting = asyncio.create_task(lifeline_ended())
    await asyncio.sleep(0)
    await asyncio.sleep(0)

    assert not waiting.done()
    waiting.cancel()
