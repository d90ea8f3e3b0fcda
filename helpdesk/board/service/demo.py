"""Requests and offers of the invented town: what a newcomer finds on the board."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from helpdesk.board.model import Day, Draft, day_meant
from helpdesk.board.service.board import Board
from helpdesk.board.service.postings import OFFERS, REQUESTS, PostingKind, Ref
from portal.clock import Clock, civil_date
from portal.db import Database
from portal.permissions import Actor, Role
from portal.security import RateLimiter
from portal.town.service.demo import invent_town


@dataclass(frozen=True)
class Invented:
    """One posting: who (the mailbox of a demo person), what, and by when."""

    kind: PostingKind
    author: str
    category: str
    title: str
    details: str
    day: Day = Day.ANY
    capacity: int = 1


POSTINGS = (
    Invented(
        OFFERS,
        "benevole",
        "small_jobs",
        "Petites réparations le samedi",
        "Étagère à fixer, joint qui fuit, ampoule haut placée : j’ai une caisse à outils et mes samedis matin.",
        Day.ANY,
        capacity=4,
    ),
    Invented(
        REQUESTS,
        "habitant",
        "pets",
        "Promener mon chien quelques jours",
        "Je me suis tordu la cheville. Un épagneul calme, une demi-heure le matin suffit.",
        Day.NEXT_WEEK,
    ),
    Invented(
        OFFERS,
        "conseillere",
        "paperwork",
        "Aide pour la déclaration de revenus",
        "Je peux relire et expliquer, formulaire papier ou en ligne.",
        Day.ANY,
        capacity=6,
    ),
    Invented(
        REQUESTS,
        "habitante",
        "company",
        "Une partie d’échecs de temps en temps",
        "Joueuse moyenne, plutôt l’après-midi. Débutants bienvenus aussi.",
        Day.ANY,
        capacity=2,
    ),
    Invented(
        OFFERS,
        "conseiller",
        "trips",
        "Place dans la voiture le vendredi",
        "Je vais au marché tous les vendredis matin, deux places à l’arrière et un grand coffre.",
        Day.ANY,
        capacity=2,
    ),
    Invented(
        REQUESTS,
        "benevole",
        "computer",
        "Installer l’appel vidéo sur une tablette",
        "C’est pour ma voisine, elle voudrait voir ses petits-enfants.",
        Day.THIS_WEEK,
    ),
    Invented(
        OFFERS,
        "habitante",
        "meals",
        "Deux parts de soupe le mercredi",
        "Je cuisine toujours trop. Légumes du jardin, sans viande.",
        Day.ANY,
        capacity=2,
    ),
    Invented(
        REQUESTS,
        "conseiller",
        "small_jobs",
        "Monter une petite armoire au deuxième étage",
        "Il faut être deux dans l’escalier, une demi-heure.",
        Day.THIS_WEEK,
        capacity=2,
    ),
    Invented(
        REQUESTS,
        "habitant",
        "groceries",
        "Courses de la semaine",
        "Une dizaine d’articles, je prépare la liste et l’argent dans une enveloppe.",
        Day.TOMORROW,
    ),
    Invented(
        OFFERS,
        "benevole",
        "computer",
        "Aide informatique tranquille",
        "Téléphone, imprimante, mots de passe oubliés. Je viens avec de la patience.",
        Day.ANY,
        capacity=5,
    ),
    Invented(
        REQUESTS,
        "conseillere",
        "children",
        "Accompagner ma fille à l’école deux matins",
        "Cours élémentaire, dix minutes à pied, mardi et jeudi.",
        Day.NEXT_WEEK,
    ),
    Invented(
        REQUESTS,
        "habitante",
        "medicine",
        "Aller chercher une ordonnance à la pharmacie",
        "La pharmacie la prépare, il suffit de passer avant la fermeture.",
        Day.TODAY,
    ),
    Invented(
        OFFERS,
        "agente",
        "masks",
        "Masques en tissu",
        "Le centre communal en tient à disposition ; un voisin peut vous les porter.",
        Day.ANY,
        capacity=20,
    ),
    Invented(
        REQUESTS,
        "habitant",
        "paperwork",
        "Imprimer et poster trois pages",
        "Je n’ai plus d’encre. Rien de confidentiel.",
        Day.THIS_WEEK,
    ),
)
"""Oldest first."""

APART = timedelta(hours=5, minutes=20)


async def add_demo_postings(
    database: Database, secret_key: str, people: Mapping[str, str], now: datetime
) -> dict[str, Ref]:
    """Put them on the board, spread over the days before `now`; by title. `people`: ids of the demo's, by mailbox."""
    posted: dict[str, Ref] = {}
    homes = invent_town().demo_addresses(len(POSTINGS))
    for index, (invented, home) in enumerate(zip(POSTINGS, homes, strict=True)):
        at = now - APART * (len(POSTINGS) - index)
        opened = Board.open(database, standing_at(at), RateLimiter(at.timestamp), secret_key)
        board = replace(opened, is_looked_at=False)
        # Days are counted from today, whenever it was posted: nothing of the demo has expired before it is seen.
        by = day_meant(invented.day, None, civil_date(now))
        author, command_id = people[invented.author], f"demo-{index:04}-post"
        posted[invented.title] = await _add(
            board, invented, address_id=home.id, by=by, author=author, command_id=command_id
        )
    return posted


def standing_at(at: datetime) -> Clock:
    """A clock that shows one instant."""
    return lambda: at


async def _add(
    board: Board, invented: Invented, *, address_id: str, by: date | None, author: str, command_id: str
) -> Ref:
    draft = Draft(
        category_id=invented.category,
        title=invented.title,
        details=invented.details,
        address_id=address_id,
        by=by,
        capacity=invented.capacity,
    )
    return Ref(invented.kind, await board.post(demo_actor(author), invented.kind, draft, command_id=command_id))


def demo_actor(person_id: str) -> Actor:
    """Somebody of the demo as a use case sees them."""
    return Actor(account_id=person_id, name="", roles=frozenset({Role.RESIDENT}), login_id="")
