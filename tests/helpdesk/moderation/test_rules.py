"""The rules that hold: what they hold, in which order, and what they leave alone."""

from __future__ import annotations

import pytest

from helpdesk.moderation.model import SENTENCES, HoldRule, Writing, rule_for


def held(
    text: str, *, category: str = "groceries", is_first: bool = False, watched: tuple[str, ...] = ()
) -> str | None:
    return rule_for(Writing(text, category, is_first), watched)


@pytest.mark.parametrize(
    "text",
    ["Courses, 20 € de l’heure", "je paie 15 euros", "Vélo à vendre", "paiement par PayPal", "donnez-moi un RIB"],
)
def test_money_is_looked_at(text: str) -> None:
    assert held(text) is HoldRule.MONEY


@pytest.mark.parametrize("text", ["Garder mes enfants mercredi", "baby-sitting samedi", "Chercher ma fille à l’école"])
def test_children_are_looked_at(text: str) -> None:
    assert held(text) is HoldRule.MINORS


@pytest.mark.parametrize("text", ["J’ai un cancer", "mon mari diabétique", "suite à une dépression", "Je suis malade"])
def test_health_is_looked_at(text: str) -> None:
    assert held(text) is HoldRule.MEDICAL


@pytest.mark.parametrize(
    "text",
    [
        "Deux sacs de pommes du marché",
        "Prendre mes médicaments à la pharmacie",
        "Deux parts de soupe, 4 personnes",
        "Un coup de main au jardin l’après-midi",
        "Aide pour la déclaration de revenus",
        "La riboflavine n’est pas un mot que l’on connaît",
    ],
)
def test_ordinary_words_are_not_held(text: str) -> None:
    assert held(text) is None


def test_category_of_children_is_looked_at_whatever_it_says() -> None:
    assert held("Une heure le mercredi", category="children") is HoldRule.MINORS


def test_towns_own_words_are_found_without_accents_and_whole() -> None:
    assert held("Vente à la SAUVETTE", watched=("sauvette",)) is HoldRule.WORD
    assert held("Une sauvetteuse", watched=("sauvette",)) is None


def test_towns_word_comes_before_every_other_rule() -> None:
    assert held("20 € pour ma fille", watched=("fille",), is_first=True) is HoldRule.WORD


def test_first_of_a_new_account_is_looked_at() -> None:
    assert held("Deux sacs de pommes", is_first=True) is HoldRule.FIRST


def test_every_rule_has_its_sentence() -> None:
    assert set(SENTENCES) == set(HoldRule)
