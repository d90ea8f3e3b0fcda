"""Who may do what: roles, actions, and the one table that joins them.

A slice defines its actions where its service is (``POST_REQUEST = define("help_request.post", …)``) and calls
`require` before doing them. `docs/permissions.md` shows the whole table; a test compares it and asks for
a refusal of each.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from portal.errors import Forbidden, NotSignedIn


class Role(StrEnum):
    """What a person is in the town. A person may hold several."""

    RESIDENT = "resident"
    VOLUNTEER = "volunteer"
    AGENT = "agent"
    CLERK = "clerk"
    COUNCILLOR = "councillor"
    MAYOR = "mayor"
    MODERATOR = "moderator"
    ADMINISTRATOR = "administrator"


EVERYBODY = frozenset(Role)
STAFF = frozenset({Role.AGENT, Role.CLERK, Role.MAYOR, Role.MODERATOR, Role.ADMINISTRATOR})


@dataclass(frozen=True)
class Actor:
    """A signed-in person as services see one."""

    account_id: str
    name: str
    roles: frozenset[Role]
    login_id: str
    locale: str = "fr"
    stream: str = field(default="", compare=False)
    """The stream that tells when this sign-in or the person's roles end."""
    seen: int = field(default=0, compare=False)
    """Number of its last event when the person was identified: what comes after it may end their connections."""

    @property
    def id(self) -> str:
        """The account's id: the name under which the live channel knows the person."""
        return self.account_id

    def holds(self, *roles: Role) -> bool:
        """Whether the person holds one of the roles."""
        return not self.roles.isdisjoint(roles)


@dataclass(frozen=True)
class Guest:
    """A browser without a sign-in, as the live channel knows it: by the digest of its visit cookie."""

    id: str


@dataclass(frozen=True)
class Action:
    """Something that needs a permission."""

    name: str
    roles: frozenset[Role]
    says: str
    public: bool = field(default=False)


_actions: dict[str, Action] = {}


def define(name: str, says: str, roles: frozenset[Role], *, public: bool = False) -> Action:
    """Add an action to the table. `public` actions are open to visitors without an account."""
    if name in _actions:
        raise ValueError(f"action {name} is defined twice")
    _actions[name] = action = Action(name, roles, says, public)
    return action


def actions() -> tuple[Action, ...]:
    """Every action, by name."""
    return tuple(_actions[name] for name in sorted(_actions))


def may(actor: Actor | None, action: Action) -> bool:
    """Whether the person's roles allow the action."""
    return action.public or (actor is not None and not actor.roles.isdisjoint(action.roles))


def require(actor: Actor | None, action: Action) -> None:
    """Raise `NotSignedIn` or `Forbidden` unless the action is allowed."""
    if may(actor, action):
        return
    raise NotSignedIn if actor is None else Forbidden
