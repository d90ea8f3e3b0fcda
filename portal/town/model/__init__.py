"""The town's mapped classes and their rules."""

from portal.town.model.geography import CELL_ID_LENGTH, Address, Cell, GridSquare, PublicArea, Street
from portal.town.model.town import Category, District, Town, TownArms, TownView, seeded_categories

__all__ = [
    "CELL_ID_LENGTH",
    "Address",
    "Category",
    "Cell",
    "District",
    "GridSquare",
    "PublicArea",
    "Street",
    "Town",
    "TownArms",
    "TownView",
    "seeded_categories",
]
