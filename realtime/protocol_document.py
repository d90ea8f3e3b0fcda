"""Compares the messages that are registered with the ones that a document describes.

A document has one heading and one table for each message::

    ### `chat:say`

    | field | type | meaning |
    | --- | --- | --- |
    | `text` | text | … |
    | `reply_to` | text, optional | … |

A message without fields has no table; a second table below a heading is of something else. Only headings that are a
message's name in backquotes count.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import fields

from realtime.messages import Message, Push

Fields = Mapping[str, bool]
"""Field names, each with whether it is always there."""

_HEADING = re.compile(r"^#{2,6} +(.*)$")
_NAME = re.compile(r"`([a-z_]+:[a-z_]+)`")
_ROW = re.compile(r"^\| *`([a-z_0-9]+)` *\|([^|]*)\|")


def described(document: str) -> dict[str, dict[str, bool]]:
    """The messages that a Markdown document describes. Raises `ValueError` for one described twice."""
    found: dict[str, dict[str, bool]] = {}
    current: dict[str, bool] | None = None
    for line in document.splitlines():
        if heading := _HEADING.match(line):
            name = _NAME.fullmatch(heading[1].strip())
            current = None
            if name is not None:
                if name[1] in found:
                    raise ValueError(f"{name[1]} is described twice")
                current = found[name[1]] = {}
        elif current is not None and (row := _ROW.match(line)):
            current[row[1]] = "optional" not in row[2]
        elif current:
            current = None
    return found


def registered(messages: Iterable[type[Message]], pushes: Iterable[type[Push]]) -> dict[str, dict[str, bool]]:
    """The same of what a hub knows: `Hub.messages` and `Hub.pushes`."""
    incoming = {m.name: {name: field.is_required() for name, field in m.model_fields.items()} for m in messages}
    outgoing = {push.name: {field.name: True for field in fields(push)} for push in pushes}
    return incoming | outgoing


def differences(documents: Iterable[str], messages: Iterable[type[Message]], pushes: Iterable[type[Push]]) -> list[str]:
    """What differs between the documents together and what is registered, one sentence each; empty if nothing."""
    told: dict[str, dict[str, bool]] = {}
    for document in documents:
        told |= described(document)
    known = registered(messages, pushes)
    found = [f"{name} is not described" for name in sorted(known.keys() - told.keys())]
    found += [f"{name} is described but not registered" for name in sorted(told.keys() - known.keys())]
    for name in sorted(known.keys() & told.keys()):
        found += [f"{name}: {problem}" for problem in _field_differences(told[name], known[name])]
    return found


def _field_differences(told: Fields, known: Fields) -> list[str]:
    found = [f"field {field} is not described" for field in known if field not in told]
    found += [f"field {field} is described but does not exist" for field in told if field not in known]
    for field in known:
        if field in told and told[field] != known[field]:
            found.append(f"field {field} is {'not ' if known[field] else ''}optional")
    return found
