"""Bodies of the few routes that take a file: larger than others, and known before the body is read."""

from __future__ import annotations

from typing import Any, ClassVar

from quart import Quart, Request, request
from werkzeug.datastructures import FileStorage

from portal.errors import InvalidInput
from portal.i18n import lazy

_FORM_BYTES = 16 * 1024
"""Room for the other fields and the multipart borders."""


class UploadRequest(Request):
    """A request whose size limit depends on its path."""

    limits: ClassVar[dict[str, int]] = {}

    def __init__(self, *args: Any, max_content_length: int | None = None, **others: Any) -> None:
        """Take what Quart takes; the path is the fourth of its positional arguments or named."""
        path = others.get("path", args[2] if len(args) > 2 else "")
        limit = self.limits.get(path, max_content_length)
        super().__init__(*args, max_content_length=limit, **others)
        # The body is bounded by the argument, its multipart parser by the attribute.
        self.max_content_length = limit


def allow_uploads(app: Quart, sizes: dict[str, int]) -> None:
    """Let these paths take files of so many bytes, besides those that were allowed before."""

    class Uploads(UploadRequest):
        limits: ClassVar[dict[str, int]] = {
            **getattr(app.request_class, "limits", {}),
            **{path: size + _FORM_BYTES for path, size in sizes.items()},
        }

    app.request_class = Uploads


async def uploaded(name: str) -> bytes:
    """The content of a form's file. Raises `InvalidInput` when none was chosen."""
    found: FileStorage | None = (await request.files).get(name)
    content = found.read() if found is not None else b""
    if not content:
        raise InvalidInput(fields={name: lazy("Please choose a file.")})
    return content
