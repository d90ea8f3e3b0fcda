"""The messages of rooms are the ones that docs/live-protocol.md describes."""

from pathlib import Path

from portal.app import build
from portal.settings import load
from realtime.protocol_document import described, registered

DOCUMENT = Path(__file__).parents[3] / "docs/live-protocol.md"
NOUNS = ("room:", "seat:", "hand:", "chat:", "media:")


def of_rooms(messages: dict[str, dict[str, bool]]) -> dict[str, dict[str, bool]]:
    return {name: fields for name, fields in messages.items() if name.startswith(NOUNS)}


async def test_every_message_of_rooms_is_described_as_it_is(tmp_path: Path) -> None:
    _app, portal = build(load({"PARVIS_DATA": str(tmp_path)}))

    assert of_rooms(described(DOCUMENT.read_text())) == of_rooms(registered(portal.hub.messages, portal.hub.pushes))
    await portal.database.close()
