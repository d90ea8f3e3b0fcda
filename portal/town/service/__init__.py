"""What is done with the town, and what other slices ask of it."""

from portal.town.service.addresses import (
    Suggestion,
    access_address,
    fits,
    import_addresses,
    import_file,
    nearest_address,
    search_addresses,
)
from portal.town.service.areas import current_areas, public_area_of, public_areas
from portal.town.service.settings import TownSettings, town_settings
from portal.town.service.texts import EMERGENCY, LEGAL_NOTICE, WELCOME
from portal.town.service.town import (
    CategoryEntry,
    Founding,
    Profile,
    TownCache,
    active_categories,
    all_categories,
    all_districts,
    arrange_categories,
    change_arms,
    current_town,
    describe,
    redraw_districts,
    require_new,
    set_up,
    town_arms,
)

__all__ = [
    "EMERGENCY",
    "LEGAL_NOTICE",
    "WELCOME",
    "CategoryEntry",
    "Founding",
    "Profile",
    "Suggestion",
    "TownCache",
    "TownSettings",
    "access_address",
    "active_categories",
    "all_categories",
    "all_districts",
    "arrange_categories",
    "change_arms",
    "current_areas",
    "current_town",
    "describe",
    "fits",
    "import_addresses",
    "import_file",
    "nearest_address",
    "public_area_of",
    "public_areas",
    "redraw_districts",
    "require_new",
    "search_addresses",
    "set_up",
    "town_arms",
    "town_settings",
]
