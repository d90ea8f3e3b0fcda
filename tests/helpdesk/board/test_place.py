"""The sealed place and the public one."""

import pytest

from helpdesk.board.place import ExactPlace, PlaceVault, SealBroken, drawn_place, public_place
from portal.town.grid import Level, Place
from portal.town.model import PublicArea

KEY = "the portal's own secret"
HOME = ExactPlace(2.166102, 48.990101, "12 rue des Lilas")


SQUARE = [[[[2.16, 48.98], [2.17, 48.98], [2.17, 48.99], [2.16, 48.98]]]]
AREA = PublicArea(
    "CRS3035RES200mN2900000E3750000",
    Level.SQUARE_200_M,
    "centre",
    Place(48.9901019, 2.1661024),
    {"type": "MultiPolygon", "coordinates": SQUARE},
)


def test_sealed_place_opens_for_its_own_posting() -> None:
    vault = PlaceVault(KEY)

    assert vault.open(vault.seal(HOME, "posting-1"), "posting-1") == HOME


def test_sealed_place_does_not_open_for_another_posting() -> None:
    vault = PlaceVault(KEY)

    with pytest.raises(SealBroken):
        vault.open(vault.seal(HOME, "posting-1"), "posting-2")


def test_sealed_place_does_not_open_under_another_key() -> None:
    sealed = PlaceVault(KEY).seal(HOME, "posting-1")

    with pytest.raises(SealBroken):
        PlaceVault("another secret").open(sealed, "posting-1")


def test_changed_bytes_do_not_open() -> None:
    vault = PlaceVault(KEY)
    sealed = bytearray(vault.seal(HOME, "posting-1"))
    sealed[-1] ^= 1

    with pytest.raises(SealBroken):
        vault.open(bytes(sealed), "posting-1")


def test_sealed_places_have_one_length_and_never_repeat() -> None:
    vault = PlaceVault(KEY)
    long = ExactPlace(2.0, 48.0, "é" * 200)

    assert len(vault.seal(HOME, "posting-1")) == len(vault.seal(long, "posting-1"))
    assert vault.seal(HOME, "posting-1") != vault.seal(HOME, "posting-1")
    assert b"Lilas" not in vault.seal(HOME, "posting-1")


def test_public_place_is_the_area_and_nothing_else() -> None:
    place = {"cell": "CRS3035RES200mN2900000E3750000", "district": "centre", "centre": [2.1661, 48.9901]}

    assert public_place(AREA).model_dump(mode="json") == place
    assert drawn_place(AREA).model_dump(mode="json") == {"place": place, "outline": SQUARE}


def test_fingerprint_tells_texts_apart_only_under_its_key() -> None:
    vault = PlaceVault(KEY)

    assert vault.fingerprint("12 rue des Lilas") == PlaceVault(KEY).fingerprint("12 rue des Lilas")
    assert vault.fingerprint("12 rue des Lilas") != vault.fingerprint("14 rue des Lilas")
    assert vault.fingerprint("12 rue des Lilas") != PlaceVault("another secret").fingerprint("12 rue des Lilas")
