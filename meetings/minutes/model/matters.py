"""The subjects by which acts are classified for the prefect: the first two levels of the nomenclature of @ctes.

The code is what an act is sent and published under; the names are in French for everybody. Codes and their order agree
with the transmission form of another program for communes; the State's own list was not at hand. A prefecture may ask
for deeper levels, so the town compares them with its own classification (docs/sittings.md, Open data).
"""

from __future__ import annotations

from collections.abc import Mapping

FIELDS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "1": (
        "Commande publique",
        (
            "Marchés publics",
            "Délégation de service public",
            "Conventions de mandat",
            "Autres types de contrats",
            "Transactions, protocole d’accord transactionnel",
            "Actes relatifs à la maîtrise d’œuvre",
            "Actes spéciaux et divers",
        ),
    ),
    "2": (
        "Urbanisme",
        (
            "Documents d’urbanisme",
            "Actes relatifs au droit d’occupation ou d’utilisation des sols",
            "Droit de préemption urbain",
        ),
    ),
    "3": (
        "Domaine et patrimoine",
        (
            "Acquisitions",
            "Aliénations",
            "Locations",
            "Limites territoriales",
            "Autres actes de gestion du domaine public",
            "Autres actes de gestion du domaine privé",
        ),
    ),
    "4": (
        "Fonction publique",
        (
            "Personnel titulaire et stagiaire de la fonction publique territoriale",
            "Personnel contractuel",
            "Fonction publique hospitalière",
            "Autres catégories de personnels",
            "Régime indemnitaire",
        ),
    ),
    "5": (
        "Institutions et vie politique",
        (
            "Élection exécutif",
            "Fonctionnement des assemblées",
            "Désignation de représentants",
            "Délégation de fonctions",
            "Délégation de signature",
            "Exercice des mandats locaux",
            "Intercommunalité",
            "Décision d’ester en justice",
        ),
    ),
    "6": (
        "Libertés publiques et pouvoirs de police",
        (
            "Police municipale",
            "Pouvoirs du président du conseil départemental",
            "Pouvoirs du président du conseil régional",
            "Autres actes réglementaires",
            "Actes pris au nom de l’État et soumis au contrôle hiérarchique",
        ),
    ),
    "7": (
        "Finances locales",
        (
            "Décisions budgétaires",
            "Fiscalité",
            "Emprunts",
            "Interventions économiques",
            "Subventions",
            "Contributions budgétaires",
            "Avances",
            "Fonds de concours",
            "Prise de participation",
            "Divers",
        ),
    ),
    "8": (
        "Domaines de compétences par thèmes",
        (
            "Enseignement",
            "Aide sociale",
            "Voirie",
            "Aménagement du territoire",
            "Politique de la ville, habitat, logement",
            "Emploi, formation professionnelle",
            "Transports",
            "Environnement",
            "Culture",
        ),
    ),
    "9": (
        "Autres domaines de compétences",
        (
            "Autres domaines de compétences des communes",
            "Autres domaines de compétences des départements",
            "Autres domaines de compétences des régions",
            "Vœux et motions",
        ),
    ),
}
"""The fields with their subjects, in order: the second subject of the seventh field is ``7.2``."""

MATTERS: Mapping[str, tuple[str, str]] = {
    f"{field}.{number}": (name, subject)
    for field, (name, subjects) in FIELDS.items()
    for number, subject in enumerate(subjects, start=1)
}
"""Field and subject by code."""


def published_name(code: str) -> str:
    """A subject as open data names it: both levels in lower case, without commas, with a slash between them."""
    return "/".join(words.lower().replace(",", "") for words in MATTERS[code])
