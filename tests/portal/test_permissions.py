"""The table of permissions: what the document says is what the code does."""

from __future__ import annotations

import re
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

from portal.app import SLICES
from portal.errors import Forbidden, NotSignedIn
from portal.permissions import EVERYBODY, STAFF, Action, Actor, Role, actions, define, may, require

DOCUMENT = Path(__file__).parents[2] / "docs" / "permissions.md"


def all_actions() -> tuple[Action, ...]:
    """Every action of every slice."""
    for name in SLICES:
        for part in ("service", "web", "live"):
            if find_spec(name) and find_spec(f"{name}.{part}"):
                import_module(f"{name}.{part}")
    return actions()


ALL = all_actions()


def holder(*roles: Role) -> Actor:
    return Actor("p", "Somebody", frozenset(roles), "l")


def line_of(action: Action) -> str:
    """The action's line in the document."""
    if action.public:
        who = "everybody, visitors too"
    elif action.roles == EVERYBODY:
        who = "every role"
    elif action.roles == STAFF:
        who = "staff"
    else:
        who = ", ".join(role.value for role in Role if role in action.roles)
    return f"| `{action.name}` | {action.says.rstrip('.')} | {who} |"


def test_document_shows_every_action_with_its_roles() -> None:
    written = re.findall(r"^\| `.*$", DOCUMENT.read_text(), re.MULTILINE)

    assert written == [line_of(action) for action in ALL]


def test_document_names_every_role() -> None:
    named = re.findall(r"^- \*\*(\w+)\*\*", DOCUMENT.read_text(), re.MULTILINE)

    assert named == [role.value for role in Role]


@pytest.mark.parametrize("action", ALL, ids=lambda action: action.name)
def test_action_is_allowed_to_its_roles_and_refused_to_all_others(action: Action) -> None:
    others = set() if action.public else set(Role) - action.roles

    for role in action.roles:
        require(holder(role), action)
    for role in others:
        with pytest.raises(Forbidden):
            require(holder(role), action)
    assert may(holder(*others), action) is action.public


@pytest.mark.parametrize("action", [action for action in ALL if not action.public], ids=lambda action: action.name)
def test_action_is_refused_to_visitors_and_to_accounts_without_a_role(action: Action) -> None:
    with pytest.raises(NotSignedIn):
        require(None, action)
    with pytest.raises(Forbidden):
        require(holder(), action)


def test_two_actions_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="twice"):
        define(ALL[0].name, "Something else", EVERYBODY)
