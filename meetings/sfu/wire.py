"""Control messages as JSON: one object with a `type` and the fields of a dataclass, checked field by field."""

import json
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from .messages import Command, Notification, Reply


class MalformedMessageError(ValueError):
    """A control message is not what its type says."""


def _kind(cls: type) -> str:
    return "".join("_" + letter.lower() if letter.isupper() else letter for letter in cls.__name__).lstrip("_")


COMMANDS: dict[str, type] = {_kind(cls): cls for cls in get_args(Command)}
REPLIES: dict[str, type] = {_kind(cls): cls for cls in get_args(Reply)}
NOTIFICATIONS: dict[str, type] = {_kind(cls): cls for cls in get_args(Notification)}
_KINDS = {cls: kind for kinds in (COMMANDS, REPLIES, NOTIFICATIONS) for kind, cls in kinds.items()}


def encode(message: Command | Reply | Notification, request_id: int | None = None) -> bytes:
    """Write a message; `request_id` ties a reply to its command and is absent from notifications."""
    body = {"type": _KINDS[type(message)], **_fields(message)}
    if request_id is not None:
        body["id"] = request_id
    return _encoder.encode(body).encode()


def _fields(value: Any) -> dict[str, Any]:
    """The fields of a dataclass; the encoder comes back for those in them."""
    return {name: getattr(value, name) for name in value.__dataclass_fields__}


_encoder = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, default=_fields)


def decode(frame: bytes, kinds: dict[str, type]) -> tuple[int | None, Any]:
    """Read a frame as one of `kinds`: the request id, if there is one, and the typed message.

    Raises MalformedMessageError for anything else, naming the field.
    """
    try:
        body = json.loads(frame)
    except (ValueError, RecursionError) as error:
        raise MalformedMessageError("not JSON") from error
    if not isinstance(body, dict):
        raise MalformedMessageError("not an object")
    request_id = body.pop("id", None)
    if request_id is not None and (not isinstance(request_id, int) or isinstance(request_id, bool)):
        raise MalformedMessageError("id is not a number")
    kind = body.pop("type", None)
    cls = kinds.get(kind) if isinstance(kind, str) else None
    if cls is None:
        raise MalformedMessageError("unknown type")
    return request_id, _build(cls, body, "")


@cache
def _hints(cls: type) -> dict[str, Any]:
    return get_type_hints(cls)


def _build(cls: type, value: Any, where: str) -> Any:
    if not isinstance(value, dict):
        raise MalformedMessageError(f"{where or cls.__name__} is not an object")
    hints = _hints(cls)
    if unknown := value.keys() - {each.name for each in fields(cls)}:
        raise MalformedMessageError(f"{where}{min(unknown)} is not a field")
    arguments = {name: _checked(hints[name], each, f"{where}{name}") for name, each in value.items()}
    try:
        return cls(**arguments)
    except TypeError as error:
        raise MalformedMessageError(f"{where or cls.__name__} lacks a field") from error


def _checked(hint: Any, value: Any, where: str) -> Any:
    origin = get_origin(hint)
    if origin in (Union, UnionType):
        (inner,) = (each for each in get_args(hint) if each is not NoneType)
        return None if value is None else _checked(inner, value, where)
    if origin is tuple and isinstance(value, list):
        return tuple(_checked(get_args(hint)[0], each, f"{where}[]") for each in value)
    if origin is dict and isinstance(value, dict):
        return {key: _checked(get_args(hint)[1], each, f"{where}.{key}") for key, each in value.items()}
    return _single(hint, value, where)


def _single(hint: type[Any], value: Any, where: str) -> Any:
    if issubclass(hint, Enum):
        try:
            return hint(value)
        except ValueError as error:
            raise MalformedMessageError(f"{where} has an unknown value") from error
    if is_dataclass(hint):
        return _build(hint, value, f"{where}.")
    if type(value) is hint:
        return value
    raise MalformedMessageError(f"{where} has the wrong type")


def request_id(frame: bytes) -> int | None:
    """The request id of a frame that could not be read as a command, so that its sender can be told."""
    try:
        body = json.loads(frame)
    except (ValueError, RecursionError):
        return None
    number = body.get("id") if isinstance(body, dict) else None
    return number if isinstance(number, int) and not isinstance(number, bool) else None
