"""``python -m meetings.minutes verify FILE [--key KEY]``: checks an exported journal, on any computer, offline."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from meetings.minutes.verification import Checked, FaultError, read, recompute

ALTERED = 1
NOT_THE_TOWN = 3
DIFFERS = 4


def main(arguments: list[str] | None = None) -> int:
    """Check a file and say so.

    Returns 0 for a whole journal, 1 for one that is not, 3 for one of another key, 4 for one whose figures do not
    follow from its entries.
    """
    parser = argparse.ArgumentParser(prog="python -m meetings.minutes", description="The record of a sitting.")
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("verify", help="check that an exported journal is whole and unchanged")
    command.add_argument("file", type=Path, help="the journal, as the portal exported it")
    command.add_argument("--key", help="the town's key, as it publishes it: the seal must be of this key")
    given = parser.parse_args(arguments)
    try:
        found, entries = read(given.file.read_bytes())
    except OSError as error:
        parser.error(f"{given.file} cannot be read: {error.strerror}")
    except FaultError as fault:
        print(f"NOT THE JOURNAL THAT WAS SEALED: {fault}.")
        return ALTERED
    print(f"The journal is whole and unchanged: {found.heading['body']}, {found.heading['town']}.")
    print(f"Sitting {found.heading['sitting_id']}, {found.entries} entries, last hash {found.head}.")
    print(f"Sealed with the key {found.key}.")
    checked = recompute(entries)
    _say(checked)
    if given.key and given.key.lower() != found.key:
        print(f"BUT THIS IS NOT THE KEY {given.key}: somebody else sealed it.")
        return NOT_THE_TOWN
    if not given.key:
        print("Compare this key with the one that the town publishes, or give it with --key.")
    return DIFFERS if checked.differences else 0


def _say(checked: Checked) -> None:
    """What was computed again, and where it differs."""
    if checked.rules:
        print(f"The rules were not asked again: {checked.rules}.")
    print(
        f"Computed again from the entries: {checked.quorums} quorums, {checked.ballots} ballots "
        f"with {checked.votes} named votes, {checked.rounds} rounds of elections."
    )
    for each in checked.differences:
        print(f"DIFFERS: line {each.line} {each.what}.")


if __name__ == "__main__":
    sys.exit(main())
