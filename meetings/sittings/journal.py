"""The sitting journal: everything that happens in a sitting, each entry holding the hash of the one before.

An entry is never changed; a correction is a further entry that names the one it corrects. The hash covers the entry in
a canonical form (JSON with sorted keys and no spaces, in UTF-8; no fractions, whose writing differs between programs),
so that anybody can compute it again. An exported journal is a file of lines: the heading, the entries in order, and a
seal with their number and the last hash, signed with the town's key.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

FORMAT = "parvis-journal/1"

Value = None | bool | int | str | Sequence["Value"] | Mapping[str, "Value"]
"""What an entry may say: JSON without fractions."""


class NotAValueError(TypeError):
    """Something that has no one canonical form, such as a fraction."""


def canonical(value: Value) -> bytes:
    """The one form of a value over which hashes are taken. Raises `NotAValueError`."""
    _check(value)
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def _check(value: object) -> None:
    match value:
        case None | bool() | int() | str():
            return
        case list() | tuple():
            for item in value:
                _check(item)
        case dict():
            for key, item in value.items():
                if not isinstance(key, str):
                    raise NotAValueError(f"a key that is no text: {key!r}")
                _check(item)
        case _:
            raise NotAValueError(f"no canonical form: {type(value).__name__}")


@dataclass(frozen=True)
class Heading:
    """What the journal is of. Its hash is the first link: an entry cannot be moved to another sitting."""

    town: str
    """The portal's name on the network."""
    sitting_id: str
    body: str
    """The council or committee, as it is called."""
    opened_at: datetime

    @property
    def line(self) -> dict[str, Value]:
        """As it stands in a file."""
        return {
            "format": FORMAT,
            "town": self.town,
            "sitting_id": self.sitting_id,
            "body": self.body,
            "opened_at": written_instant(self.opened_at),
        }

    @property
    def hash(self) -> str:
        """SHA-256 of the heading, hexadecimal."""
        return _hash(self.line)


@dataclass(frozen=True)
class Entry:
    """One thing that happened."""

    number: int
    """From 1, without gaps."""
    at: datetime
    kind: str
    """In the past tense: ``item.called``, ``vote.recorded``."""
    by: str
    """Who did it: an account's id; empty for what the portal noted by itself."""
    content: Mapping[str, Value]
    previous: str
    """The hash of the entry before, or of the heading."""

    @property
    def hash(self) -> str:
        """SHA-256 of the entry, hexadecimal."""
        return _hash(self._claims())

    @property
    def line(self) -> dict[str, Value]:
        """As it stands in a file: with its hash, so that a fault is found where it is."""
        return {**self._claims(), "hash": self.hash}

    def _claims(self) -> dict[str, Value]:
        return {
            "number": self.number,
            "at": written_instant(self.at),
            "kind": self.kind,
            "by": self.by,
            "content": dict(self.content),
            "previous": self.previous,
        }

    @classmethod
    def read(cls, line: Mapping[str, Any]) -> Self:
        """The entry that a line of a file holds. Raises `ValueError` or `TypeError` for one that is none."""
        known = {"number", "at", "kind", "by", "content", "previous", "hash"}
        if line.keys() != known:
            raise ValueError(f"has other fields than an entry: {sorted(line.keys() ^ known)}")
        number, content = line["number"], line["content"]
        if type(number) is not int or not isinstance(content, dict):
            raise TypeError("has fields of another kind than an entry")
        texts = {name: line[name] for name in ("kind", "by", "previous")}
        if not all(isinstance(value, str) for value in texts.values()):
            raise TypeError("has fields of another kind than an entry")
        return cls(number=number, at=read_instant(line["at"]), content=content, **texts)


@dataclass(frozen=True)
class Link:
    """The end of a journal: what the next entry is appended to."""

    number: int
    hash: str

    @classmethod
    def start(cls, heading: Heading) -> Link:
        """The end of a journal that has no entry yet."""
        return cls(0, heading.hash)

    def append(self, *, at: datetime, kind: str, by: str, content: Mapping[str, Value]) -> Entry:
        """The next entry, as whoever reads it back will have it. Raises `NotAValueError` for content without a
        canonical form."""
        return Entry(self.number + 1, at, kind, by, json.loads(canonical(content)), self.hash)


def end_of(entry: Entry) -> Link:
    """The end of a journal whose last entry this is."""
    return Link(entry.number, entry.hash)


@dataclass(frozen=True)
class Seal:
    """The last line of a file: how many entries, the last hash, and the town's signature over both."""

    entries: int
    head: str
    key: str
    """The town's public key, Ed25519 (RFC 8032), hexadecimal."""
    signature: str

    @classmethod
    def of(cls, end: Link, key: Ed25519PrivateKey) -> Self:
        """Sign the end of a journal."""
        public = key.public_key().public_bytes_raw().hex()
        return cls(end.number, end.hash, public, key.sign(_sealed(end.number, end.hash)).hex())

    def is_signed(self) -> bool:
        """Whether the signature is that of the key it names."""
        try:
            key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(self.key))
            key.verify(bytes.fromhex(self.signature), _sealed(self.entries, self.head))
        except (InvalidSignature, ValueError):
            return False
        return True

    @property
    def line(self) -> dict[str, Value]:
        """As it stands in a file."""
        return {"entries": self.entries, "head": self.head, "key": self.key, "signature": self.signature}

    @classmethod
    def read(cls, line: Mapping[str, Any]) -> Self:
        """The seal that a line holds. Raises `ValueError` or `TypeError` for one that is none."""
        if line.keys() != {"entries", "head", "key", "signature"}:
            raise ValueError("is no seal")
        if type(line["entries"]) is not int or not all(
            isinstance(line[name], str) for name in ("head", "key", "signature")
        ):
            raise TypeError("is no seal")
        if not all(re.fullmatch(r"[0-9a-f]+", line[name]) for name in ("head", "key", "signature")):
            # Capitals would be the same number in other bytes.
            raise ValueError("is no seal")
        return cls(**line)


def exported(heading: Heading, entries: Iterable[Entry], key: Ed25519PrivateKey) -> bytes:
    """The journal as a file, with its seal."""
    lines: list[Mapping[str, Value]] = [heading.line]
    end = Link.start(heading)
    for entry in entries:
        lines.append(entry.line)
        end = end_of(entry)
    lines.append(Seal.of(end, key).line)
    return b"".join(canonical(line) + b"\n" for line in lines)


def written_instant(at: datetime) -> str:
    """An instant in UTC to the microsecond, always of one length: ``2026-05-04T07:00:00.000000Z``."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def read_instant(text: object) -> datetime:
    """The instant that `written_instant` wrote. Raises `ValueError` for any other writing of it."""
    if not isinstance(text, str):
        raise TypeError("an instant is text")
    found = datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
    if written_instant(found) != text:
        raise ValueError(f"an instant is written otherwise: {text}")
    return found


def _sealed(entries: int, head: str) -> bytes:
    return canonical({"format": FORMAT, "entries": entries, "head": head})


def _hash(claims: Mapping[str, Value]) -> str:
    return hashlib.sha256(canonical(claims)).hexdigest()
