"""The demo's folder: begun, begun anew after a start that was killed, and never over a town of somebody's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from portal import demo
from portal.settings import SettingError, load


def test_invention_that_was_killed_begins_anew(tmp_path: Path) -> None:
    settings = load({"PARVIS_DATA": str(tmp_path)})
    demo.begin_anew(settings)
    (tmp_path / "parvis.db").write_text("half a town")

    demo.begin_anew(settings)

    assert not (tmp_path / "parvis.db").exists()


def test_town_of_somebodys_own_is_never_taken_for_an_invention(tmp_path: Path) -> None:
    settings = load({"PARVIS_DATA": str(tmp_path), "PARVIS_DEMO": "1"})
    (tmp_path / "parvis.db").write_text("a town")

    for _start in range(2):
        with pytest.raises(SettingError, match="holds a town already"):
            demo.begin_anew(settings)

    assert (tmp_path / "parvis.db").read_text() == "a town"
