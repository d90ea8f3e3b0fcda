"""The protocol document says what the hub does, and the comparison notices when it does not."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pytest

from realtime.messages import Command, Push
from realtime.protocol_document import described, differences
from tests.realtime.town import Log, make_hub

DOCUMENT = Path(__file__).parents[2] / "docs" / "live-protocol.md"


class ChatSay(Command):
    name = "chat:say"
    text: str
    reply_to: str | None = None


@dataclass(frozen=True)
class ChatSaid(Push):
    name: ClassVar[str] = "chat:said"
    text: str


CHAT = """
## Chat

### `chat:say`

| field | type | meaning |
| --- | --- | --- |
| `command_id` | text | once |
| `text` | text | what is said |
| `reply_to` | text, optional | to what |

### `chat:said`

| field | type | meaning |
| --- | --- | --- |
| `text` | text | what was said |

| how loud | meaning |
| --- | --- |
| `whispered` | for few |

### Other things

| `colour` | of the table |
"""


def test_document_describes_every_message_of_the_hub_itself() -> None:
    hub = make_hub(Log())

    found = differences([DOCUMENT.read_text()], hub.messages, hub.pushes)

    # What else the document describes is of the portal's features.
    assert [problem for problem in found if not problem.endswith("is described but not registered")] == []


def test_differences_are_none_when_the_document_is_true() -> None:
    assert differences([CHAT], [ChatSay], [ChatSaid]) == []


@pytest.mark.parametrize(
    ("old", "new", "difference"),
    [
        ("### `chat:say`", "### Saying", "chat:say is not described"),
        ("### `chat:said`", "### `chat:shouted`", "chat:shouted is described but not registered"),
        ("| `text` | text | what is said |\n", "", "chat:say: field text is not described"),
        ("`reply_to`", "`in_reply_to`", "chat:say: field in_reply_to is described but does not exist"),
        ("text, optional", "text", "chat:say: field reply_to is optional"),
        ("| text | what was said", "| text, optional | what was said", "chat:said: field text is not optional"),
    ],
)
def test_differences_name_what_is_wrong(old: str, new: str, difference: str) -> None:
    assert difference in differences([CHAT.replace(old, new)], [ChatSay], [ChatSaid])


def test_a_message_described_twice_is_an_error() -> None:
    with pytest.raises(ValueError, match="chat:say is described twice"):
        described(CHAT + CHAT)
