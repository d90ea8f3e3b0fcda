"""What needs a permission in this slice."""

from portal.permissions import EVERYBODY, Role, define

CONFIGURE_TOWN = define(
    "town.configure",
    "Set the town's name, colours, arms, map, districts, categories and address file",
    frozenset({Role.ADMINISTRATOR}),
)
SEARCH_ADDRESSES = define("town.search_addresses", "Look for an address of the town while typing", EVERYBODY)
