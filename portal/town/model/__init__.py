"""The town's mapped classes and their rules."""

from portal.town.model.geography import CELL_ID_LENGTH, Address, Cell, GridSquare, PublicArea, Street
from portal.town.model.setting import (
    SETTINGS,
    OneOf,
    Setting,
    TownSetting,
    WallTime,
    WholeNumber,
    define_setting,
)
from portal.town.model.text import PLACES, TownText, Wording, define_text
from portal.town.model.text import Place as TextPlace
from portal.town.model.town import Category, District, Town, TownArms, TownView, seeded_categories

__all__ = [
    "CELL_ID_LENGTH",
    "PLACES",
    "SETTINGS",
    "Address",
    "Category",
    "Cell",
    "District",
    "GridSquare",
    "OneOf",
    "PublicArea",
    "Setting",
    "Street",
    "TextPlace",
    "Town",
    "TownArms",
    "TownSetting",
    "TownText",
    "TownView",
    "WallTime",
    "WholeNumber",
    "Wording",
    "define_setting",
    "define_text",
    "seeded_categories",
]
