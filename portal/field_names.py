"""Each line of an error summary names its field, as it reads above the field.

A summary stands before the fields, whose labels are known only once they are rendered: it holds their place, which is
filled when the whole page is there. The macros of ``forms.html`` do both; a field made by hand says `labelled` itself.
"""

from __future__ import annotations

import re

from markupsafe import escape
from quart import Quart, Response, g

from portal.i18n import _

_LABELS = "field_labels"
_BEGIN, _END = "\ue000", "\ue001"
"""Of Unicode's private use area: no text of ours has them, and who types them sees a label."""
_PLACE = re.compile(f"{_BEGIN}([^{_END}]*){_END}")


def install(app: Quart) -> None:
    """Give templates `labelled` and `label_of`, and fill the places of every page that has a summary."""
    app.jinja_env.globals.update(labelled=labelled, label_of=label_of)

    @app.after_request
    async def fill(response: Response) -> Response:
        if g.get("has_error_summary"):
            response.set_data(_PLACE.sub(_words, await response.get_data(as_text=True)))
        return response


def labelled(name: str, label: str) -> str:
    """The label, noted as that of the field; of several fields of one name the first counts, where the link leads."""
    g.setdefault(_LABELS, {}).setdefault(name, label)
    return label


def label_of(name: str) -> str:
    """The place of a field's label in an error summary."""
    g.has_error_summary = True
    return f"{_BEGIN}{name}{_END}"


def _words(found: re.Match[str]) -> str:
    label = g.get(_LABELS, {}).get(found[1])
    if label is None:
        return ""
    # A question has its own sign.
    words = label if str(label).endswith("?") else _("%(label)s:") % {"label": label}
    return f"{escape(words)} "
