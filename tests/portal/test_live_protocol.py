"""The protocol document against what a whole portal registers."""

from pathlib import Path

from portal.app import build
from portal.settings import load
from realtime.protocol_document import differences

DOCUMENT = Path(__file__).parents[2] / "docs" / "live-protocol.md"


def test_document_describes_every_message_and_push_of_the_portal_and_nothing_else(tmp_path: Path) -> None:
    _app, portal = build(load({"PARVIS_DATA": str(tmp_path)}))

    assert differences([DOCUMENT.read_text()], portal.hub.messages, portal.hub.pushes) == []
    assert "help_request:post" in {message.name for message in portal.hub.messages}
