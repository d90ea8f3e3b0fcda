"""What a public text may not hold, and what it may."""

import pytest

from helpdesk.board.model.contact_details import ContactDetail, contact_detail_in


@pytest.mark.parametrize(
    "text",
    [
        "Appelez-moi au 06 12 34 56 78",
        "tél. 0612345678 le soir",
        "06.12.34.56.78",
        "06-12-34-56-78",
        "06\u00a012\u00a034\u00a056\u00a078",
        "+33 6 12 34 56 78",
        "+33 (0)6 12 34 56 78",
        "0033612345678",
        "+44 20 7946 0958",
        "01/39/97/00/00",
    ],
)
def test_telephone_number_is_found(text: str) -> None:
    assert contact_detail_in(text) is ContactDetail.TELEPHONE


@pytest.mark.parametrize(
    "text",
    [
        "jeanne.petit@exemple.fr",
        "Écrivez à jeanne+aide@mail.exemple.org.",
        "jeanne (at) exemple (point) fr",
        "jeanne arobase exemple point fr",
        "jeanne[at]exemple.fr",
    ],
)
def test_email_address_is_found(text: str) -> None:
    assert contact_detail_in(text) is ContactDetail.EMAIL


@pytest.mark.parametrize(
    "text", ["J'habite 12 rue des Lilas", "au 3 bis, allée du Parc", "14, Av. Foch", "7 impasse des Roses, 2e étage"]
)
def test_postal_address_is_found(text: str) -> None:
    assert contact_detail_in(text) is ContactDetail.ADDRESS


@pytest.mark.parametrize(
    "text",
    [
        "Il me faut 2 packs d'eau de 6 bouteilles, 12 œufs et 500 g de farine",
        "Le 21/03/2026 entre 14 h 30 et 16 h 00",
        "Budget de 1 200 euros, dossier 2025-2026",
        "Rendez-vous près de la place du marché, rue commerçante",
        "Ordonnance de 3 pages, code postal 95220",
        "Deux places dans la voiture, 3 places au retour",
        "Je suis disponible du 01/02/2026 au 03/04/2026",
    ],
)
def test_ordinary_text_passes(text: str) -> None:
    assert contact_detail_in(text) is None
