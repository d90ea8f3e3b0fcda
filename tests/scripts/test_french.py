"""French typography: what a printed sentence has, and what must stay as it was written."""

from __future__ import annotations

import pytest

from scripts.french import typeset, typeset_source


def shown(text: str) -> str:
    """With its no-break spaces in sight: ~ for the narrow one, _ for the other."""
    return text.replace("\u202f", "~").replace("\u00a0", "_")


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ("Vraiment ? Oui ! Bien ; merci ?!", "Vraiment~? Oui~! Bien~; merci~?!"),
        ("Dites « Est-ce fait ? » : rien de plus", "Dites «_Est-ce fait~?_»_: rien de plus"),
        ("Dites «\u202foui\u202f» ou «\u00a0non\u00a0».", "Dites «_oui_» ou «_non_»."),
        ("Présents\u202f:", "Présents_:"),
        (" : ", "_: "),
        ("Fini ?</p>", "Fini~?</p>"),
        ("(déjà fait ?)", "(déjà fait~?)"),
        ("200 % de 30 €, 4 Mo, 300 m, 1 km et 12 h 30", "200_% de 30_€, 4_Mo, 300_m, 1_km et 12_h_30"),
        ("45 %% des voix", "45_%% des voix"),
        ("Écriture n° 12 sur 40 000, ou 3\u00a0500\u00a0000", "Écriture n°_12 sur 40~000, ou 3~500~000"),
        ("Jusqu'à l'appel d'aujourd'hui, s'il le faut", "Jusqu’à l’appel d’aujourd’hui, s’il le faut"),
        ("L'« affaire » qu'{name} suit", "L’«_affaire_» qu’{name} suit"),
    ],
)
def test_a_sentence_gets_the_spaces_and_apostrophes_of_print(written: str, printed: str) -> None:
    assert shown(typeset(written)) == printed
    assert shown(typeset(typeset(written))) == printed


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ("%(name)s : %(free)s Go, n° %(number)d", "%(name)s_: %(free)s_Go, n°_%(number)d"),
        ("{name} ; {share} %", "{name}~; {share}_%"),
        ("{', '.join(kinds or ' : ')} : {end}", "{', '.join(kinds or ' : ')}_: {end}"),
        ('<a href="/x" title="a ; b">Lire ?</a>', '<a href="/x" title="a ; b">Lire~?</a>'),
        ("Voir https://a.example/?q=1 ou `a ? b : c`.", "Voir https://a.example/?q=1 ou `a ? b : c`."),
        ("L&amp;M ; P &lt; Q", "L&amp;M~; P &lt; Q"),
    ],
)  # fmt: skip
def test_what_is_filled_in_markup_addresses_and_code_stay(written: str, printed: str) -> None:
    assert shown(typeset(written)) == printed


@pytest.mark.parametrize(
    "sentence",
    [
        "The candidate's name isn't there: why? Don't ask, it's 18:30!",
        "At 18:30, in 2026, 12 members of 35; 45% of 4.5 million",
        "Articles L2121-17 et L2121-20, 06 12 34 56 78, séance 2026 03",
        "À 18:30, de 8:00 à 12:00, le 3 mai 2026",
    ],
)
def test_what_has_nothing_of_it_is_left_as_it_is(sentence: str) -> None:
    assert typeset(sentence) == sentence


def test_only_what_stands_in_double_quotes_is_a_sentence_of_a_file() -> None:
    source = """# Conseil municipal : les règles, dont l'appel
says.fr = "Un délai : l'appel \\"sûr\\" ?"
part = values[start : end] if n ? 1 : 2
"""

    assert (
        shown(typeset_source(source))
        == """# Conseil municipal : les règles, dont l'appel
says.fr = "Un délai_: l’appel \\"sûr\\"~?"
part = values[start : end] if n ? 1 : 2
"""
    )
