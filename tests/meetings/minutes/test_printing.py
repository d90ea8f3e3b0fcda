"""Acts on paper: their text, their structure, and that nobody's words are read as markup."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

import pytest
from pypdf import PdfReader

from meetings.minutes.model import record_of
from meetings.minutes.printing import PRINTABLE, Print, Sheet, printed
from meetings.minutes.telling import ItemText, Setting, Told, tell
from portal.i18n import speaking
from tests.meetings.minutes.journals import HEADING, START, whole_sitting

TEXTS = {"i2": ItemText("Le coût des denrées a augmenté.", "Le conseil fixe :\n\n- tranche 1 : 1,00 €")}


def words() -> Told:
    with speaking("fr"):
        return tell(record_of(HEADING, whole_sitting().entries), Setting("Clairval", TEXTS))


def pdf(sheet: Sheet, told: Told | None = None, **more: object) -> PdfReader:
    told = told or words()
    item = told.deliberations[1] if sheet is Sheet.DELIBERATION else None
    with speaking("fr"):
        return PdfReader(io.BytesIO(printed(Print(sheet, told, START, item=item, **more))))  # type: ignore[arg-type]


def catalogue(reader: PdfReader) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", reader.trailer["/Root"])


def text(reader: PdfReader) -> str:
    return " ".join(" ".join(page.extract_text() for page in reader.pages).split())


def test_the_minutes_hold_every_field_that_the_law_names() -> None:
    found = text(pdf(Sheet.MINUTES))

    for needed in (
        "Procès-verbal de la séance".upper(), "Conseil municipal", "20 mai 2026 à 18:26", "Salle du conseil",
        "Anne Aubry", "Carole Cœur, assisté de Sophie Lemoine", "Le quorum est atteint", "Présents (3)",
        "Élodie Elster, pouvoir à Bilal Ben Saïd", "Absents (1)", "Ordre du jour", "Le coût des denrées a augmenté.",
        "M. Duval demande un barème", "demande d’un scrutin public par Denis Duval", "3 pour, 1 contre, 1 abstention",
        "Contre (1) :", "Denis Duval", "Tour 1", "Huis clos de", "Rectification de l’écriture", "Signature", "SHA-256",
    ):  # fmt: skip
        assert needed in found, needed


@pytest.mark.parametrize("sheet", list(Sheet))
def test_every_sheet_bears_town_date_and_number_and_is_tagged_for_screen_readers_and_archives(sheet: Sheet) -> None:
    reader = pdf(sheet)
    root = catalogue(reader)
    metadata = reader.xmp_metadata

    for number, page in enumerate(reader.pages, start=1):
        found = " ".join(page.extract_text().split())
        assert "Clairval" in found
        assert "mercredi 20 mai 2026" in found
        assert f"Feuillet {number} / {len(reader.pages)}" in found
    assert root["/Lang"] == "fr"
    assert root["/MarkInfo"]["/Marked"]
    assert "/StructTreeRoot" in root
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert metadata is not None
    assert reader.metadata is not None
    assert "20 mai 2026" in (reader.metadata.title or "") or "Tarifs" in (reader.metadata.title or "")
    raw = metadata.stream.get_data().decode()
    assert "<pdfuaid:part>1</pdfuaid:part>" in raw
    assert "<pdfaid:part>2</pdfaid:part>" in raw


def test_the_list_names_each_deliberation_with_its_fate() -> None:
    found = text(pdf(Sheet.LIST))

    assert "2026-05-20-03 Vente d’un terrain communal Rejetée Rejeté : 1 pour, 2 contre, 1 abstention." in found
    assert "Élection de Anne Aubry" in found
    assert "Le dossier est incomplet." in found


def test_a_deliberation_stands_alone_with_its_text_its_vote_and_room_for_two_signatures() -> None:
    found = text(pdf(Sheet.DELIBERATION))

    assert "Délibération n° 2026-05-20-02" in found
    assert "- tranche 1 : 1,00 €" in found
    assert "Présents (4)" in found
    assert found.count("Signature") == 2
    assert "Vente d’un terrain" not in found


def test_the_closing_sheet_repeats_the_numbers_and_who_was_there_and_the_register_counts_on() -> None:
    reader = pdf(Sheet.CLOSING, first_sheet=57)
    found = text(reader)

    assert all(f"2026-05-20-0{number}" in found for number in range(1, 5))
    assert "Présents (3)" in found
    assert found.count("Signature") == 2
    assert "Feuillet 57" in found


@pytest.mark.parametrize(
    "title",
    [
        '#panic("x")', "$ 1/0 $", "*gras* _ital_ `code`", "= Titre\n== Sous-titre", '#include "/etc/passwd"', "]#[",
        "a" * 200,
        "\\u{41}", '#read("sheet.typ")', "@ref <label>", "// commentaire", "- a\n+ b", "#{ while true {} }", '"}',
    ],
)  # fmt: skip
def test_no_title_is_read_as_markup(title: str) -> None:
    told = words()
    hostile = replace(told, items=[replace(item, title=title, discussion=title, text=title) for item in told.items])

    for sheet in (Sheet.MINUTES, Sheet.DELIBERATION, Sheet.LIST):
        found = text(pdf(sheet, hostile)).replace("- ", "").replace(" ", "").replace("-", "")
        assert "".join(title.split()).replace("-", "") in found


def test_signs_without_a_glyph_do_not_stop_the_print_and_invisible_ones_are_left_out() -> None:
    told = words()
    strange = "Fête 🎉 de l’été\u202e !\x00 漢 e\u0301te\u0301"
    reader = pdf(Sheet.LIST, replace(told, items=[replace(item, title=strange) for item in told.items]))

    assert "Fête � de l’été ! � été" in text(reader)


def test_every_sign_that_is_let_through_has_a_glyph() -> None:
    let_through = re.findall(f"[{PRINTABLE}]", "".join(map(chr, range(0x20, 0xFFFE))))
    told = words()

    pdf(Sheet.LIST, replace(told, items=[replace(told.items[0], title=" ".join(let_through))]))
    assert len(let_through) > 1900


def test_the_same_record_gives_the_same_bytes() -> None:
    with speaking("fr"):
        first, second = (printed(Print(Sheet.MINUTES, words(), START)) for _ in range(2))

    assert first == second


def test_an_english_print_says_so() -> None:
    with speaking("en"):
        told = tell(record_of(HEADING, whole_sitting().entries), Setting("Clairval", {}))
        reader = PdfReader(io.BytesIO(printed(Print(Sheet.LIST, told, START))))

    assert catalogue(reader)["/Lang"] == "en"
    assert "List of deliberations examined" in text(reader)
