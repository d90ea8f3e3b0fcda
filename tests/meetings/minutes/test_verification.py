"""What `verify` accepts, and that nothing else passes: it says where."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from meetings.minutes.verification import FaultError, verify
from meetings.sittings.journal import Entry, Heading, Link, Seal, canonical, end_of, exported

AT = datetime(2026, 5, 4, 18, 30, tzinfo=UTC)
HEADING = Heading("clairval.example", "s1", "Conseil municipal", AT)
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key().public_bytes_raw().hex()


def entries(count: int = 5) -> list[Entry]:
    found: list[Entry] = []
    end = Link.start(HEADING)
    for number in range(count):
        content = {"member": f"m{number}", "choice": "for", "nom": "Éloïse"}
        found.append(
            end.append(at=AT + timedelta(seconds=number), kind="summons.answered", by=f"m{number}", content=content)
        )
        end = end_of(found[-1])
    return found


def journal(count: int = 5) -> list[bytes]:
    return exported(HEADING, entries(count), KEY).splitlines(keepends=True)


def fault(lines: list[bytes] | bytes) -> FaultError:
    with pytest.raises(FaultError) as caught:
        verify(lines if isinstance(lines, bytes) else b"".join(lines))
    return caught.value


def test_a_journal_as_it_was_sealed_is_verified() -> None:
    found = verify(b"".join(journal()))

    assert (found.entries, found.key, found.heading["body"]) == (5, PUBLIC, "Conseil municipal")
    assert (found.first_at, found.last_at) == (AT, AT + timedelta(seconds=4))


def test_a_journal_without_entries_is_verified() -> None:
    assert verify(b"".join(journal(0))).entries == 0


def test_any_one_byte_altered_anywhere_is_found_in_its_line() -> None:
    data = b"".join(journal(3))
    chance = random.Random(8)

    for position in range(len(data)):
        altered = bytearray(data)
        altered[position] ^= 1 << chance.randrange(8)
        line = data[:position].count(b"\n") + 1
        # An altered end of line joins two lines or parts one: it shows there or in the line after.
        assert fault(bytes(altered)).line in {line, line + 1}, position


@pytest.mark.parametrize("position", range(7))
def test_a_line_removed_is_found_where_it_is_missing(position: int) -> None:
    lines = journal()
    del lines[position]

    assert fault(lines).line == min(position + 1, 6)


@pytest.mark.parametrize("position", range(1, 6))
def test_two_lines_that_changed_places_are_found(position: int) -> None:
    lines = journal()
    lines[position], lines[position - 1] = lines[position - 1], lines[position]

    assert fault(lines).line == position


@pytest.mark.parametrize("position", range(1, 6))
def test_a_line_that_stands_twice_is_found(position: int) -> None:
    lines = journal()
    lines.insert(position, lines[position])

    assert fault(lines).line == position + 2


def test_a_journal_cut_off_anywhere_is_refused() -> None:
    data = b"".join(journal(3))

    for length in range(len(data)):
        fault(data[:length])


def test_an_entry_with_a_hash_of_its_own_after_all_is_found_by_the_next() -> None:
    kept = entries()
    forged = Link(1, kept[0].hash).append(at=AT, kind="summons.answered", by="m1", content={"choice": "against"})
    lines = journal()
    lines[2] = canonical(forged.line) + b"\n"

    assert fault(lines).line == 4


def test_a_chain_forged_to_its_end_fails_at_the_seal() -> None:
    forged = [Link.start(HEADING).append(at=AT, kind="summons.answered", by="m1", content={"choice": "against"})]
    old_seal = journal(1)[-1]
    lines = [*exported(HEADING, forged, KEY).splitlines(keepends=True)[:-1], old_seal]

    assert fault(lines).what == "seals another last entry"


def test_a_seal_of_a_key_that_did_not_sign_is_refused() -> None:
    lines = journal()
    seal = json.loads(lines[-1])
    seal["key"] = Ed25519PrivateKey.generate().public_key().public_bytes_raw().hex()
    lines[-1] = canonical(seal) + b"\n"

    assert "signature" in fault(lines).what


def test_the_entries_of_one_sitting_do_not_pass_for_another() -> None:
    lines = journal()
    lines[0] = canonical(Heading("clairval.example", "s2", "Conseil municipal", AT).line) + b"\n"

    assert fault(lines).line == 2


@pytest.mark.parametrize(
    "written",
    [
        lambda line: line.replace(b'"by"', b' "by"'),
        lambda line: line.replace("é".encode(), b"\\u00e9"),
        lambda line: line.replace(b'{"at"', b'{"x":1,"at"'),
        lambda line: line.replace(b'"number":1', b'"number":1.0'),
        lambda line: line.replace(b'"number":1', b'"number":"1"'),
        lambda line: line.replace(b'"number":1', b'"number":true'),
        lambda line: b"[]\n",
        lambda line: b"null\n",
        lambda line: b"[" * 100_000 + b"\n",
        lambda line: b"\xff\n",
        lambda line: b"\n",
    ],
)
def test_the_same_content_in_other_bytes_and_broken_lines_are_refused(written: object) -> None:
    assert callable(written)
    lines = journal()
    lines[1] = written(lines[1].replace(b'"nom":"\xc3\x89lo\xc3\xafse"', '"nom":"é"'.encode()))

    assert fault(lines).line == 2


def test_the_seal_holds_for_its_count_alone() -> None:
    seal = Seal.of(Link(5, "a"), KEY)

    assert seal.is_signed()
    assert not Seal(4, seal.head, seal.key, seal.signature).is_signed()


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "meetings.minutes", *arguments],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_command_says_in_words_what_it_found(tmp_path: Path) -> None:
    whole, altered = tmp_path / "whole", tmp_path / "altered"
    lines = journal()
    whole.write_bytes(b"".join(lines))
    altered.write_bytes(b"".join([*lines[:3], *lines[4:]]))

    good = run("verify", whole, "--key", PUBLIC)
    assert (good.returncode, "whole and unchanged" in good.stdout) == (0, True)
    stranger = run("verify", whole, "--key", "ab" * 32)
    assert (stranger.returncode, "NOT THE KEY" in stranger.stdout) == (3, True)
    bad = run("verify", altered)
    assert (bad.returncode, "line 4 is entry 4 where entry 3 belongs" in bad.stdout) == (1, True)
    assert run("verify", tmp_path / "missing").returncode == 2
