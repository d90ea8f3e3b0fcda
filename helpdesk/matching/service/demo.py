"""Help in the invented town: answers, a place that is kept, messages, thanks, volunteers, somebody without a device."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from helpdesk.board.model import Day, Draft, Where, day_meant
from helpdesk.board.service.board import Board
from helpdesk.board.service.demo import add_demo_postings, demo_actor, standing_at
from helpdesk.board.service.postings import REQUESTS, Ref, access_posting
from helpdesk.matching.model import SLOTS, Ask, AskState, CallReason, ConsentBy, Helped, Search, Skill, Why
from helpdesk.matching.service import messages
from helpdesk.matching.service.calls import owe_call
from helpdesk.matching.service.engagements import Matching
from helpdesk.matching.service.filing import Desk, Filing
from helpdesk.matching.service.seal import PersonVault
from helpdesk.matching.service.volunteers import Profile, serve
from helpdesk.trust.service.demo import add_demo_trust
from portal.clock import civil_date
from portal.db import Database
from portal.ids import new_id
from portal.permissions import Actor, Role
from portal.security import RateLimiter
from portal.town.service.demo import invent_town

HOMES_FROM = 60
"""Addresses of the invented town that no posting stands at."""


@dataclass(frozen=True)
class Said:
    """An answer and what the two wrote: lines of the helper and, marked by ``>``, of the author."""

    title: str
    helper: str
    note: str
    reply: str | None = None
    """None: not accepted yet."""
    lines: tuple[str, ...] = ()


ANSWERS = (
    Said("Une partie d’échecs de temps en temps", "conseiller", "Avec plaisir, je joue mal mais j’aime ça."),
    Said(
        "Monter une petite armoire au deuxième étage",
        "benevole",
        "Je passe samedi si cela vous va.",
        None,
        (">Samedi, très bien. Elle est en deux parties.", "Parfait, j’apporte des sangles."),
    ),
    Said(
        "Courses de la semaine",
        "benevole",
        "J’y vais de toute façon demain matin.",
        "Merci beaucoup !",
        (
            ">La liste est prête, l’enveloppe est chez la gardienne.",
            "Bien noté. Du pain complet ou du pain blanc ?",
            ">Complet, s’il y en a. Et merci encore.",
        ),
    ),
    Said("Place dans la voiture le vendredi", "habitante", "Vendredi prochain, serait-ce possible ?", "Bien sûr.", ()),
)
"""What becomes of the postings of the demo, by their titles."""

VOLUNTEERS = {
    "benevole": (("groceries", "medicine", "small_jobs", "computer"), ("fr", "en"), (Skill.CAR, Skill.LIFTING)),
    "conseillere": (("medicine", "paperwork", "children"), ("fr", "pt"), ()),
    "conseiller": (("trips", "company", "paperwork"), ("fr",), (Skill.CAR,)),
}
"""Who can be asked: what they offer, what they speak, what they bring."""

ASKED = (
    ("benevole", "Aller chercher une ordonnance à la pharmacie", (Why.OFFERS, Why.NEAR, Why.ON_DUTY_NOW)),
    ("conseillere", "Aller chercher une ordonnance à la pharmacie", (Why.OFFERS, Why.IN_TOWN, Why.ON_DUTY_NOW)),
    ("conseillere", "Imprimer et poster trois pages", (Why.OFFERS, Why.NEAR, Why.ON_DUTY_SOON, Why.RESTED)),
)


async def add_demo_help(database: Database, secret_key: str, people: Mapping[str, str], now: datetime) -> None:
    """Put requests and offers on the board and bring them to life. `people`: ids of the demo's people, by mailbox."""
    posted = await add_demo_postings(database, secret_key, people, now)
    persons = {mailbox: demo_actor(person_id) for mailbox, person_id in people.items()}
    authors = {title: await _author_of(database, ref) for title, ref in posted.items()}
    for number, said in enumerate(ANSWERS):
        at = now - timedelta(minutes=200 - 40 * number)
        author = demo_actor(authors[said.title])
        await _say(_at(database, secret_key, at), posted[said.title], said, author, persons[said.helper])
    await add_demo_trust(database, people, now)
    await _add_volunteers(database, secret_key, persons, now)
    await _add_asks(database, posted, people, now)
    await _add_thanked(database, secret_key, persons, now)
    await _add_filed(database, secret_key, persons["agente"], now)


def _at(database: Database, secret_key: str, at: datetime) -> Matching:
    opened = Board.open(database, standing_at(at), RateLimiter(at.timestamp), secret_key)
    return Matching(replace(opened, is_looked_at=False), is_guarded=False)


async def _author_of(database: Database, ref: Ref) -> str:
    async with database.read() as db:
        return (await access_posting(db, ref)).author_id


async def _say(matching: Matching, ref: Ref, said: Said, author: Actor, helper: Actor) -> str:
    answer = await matching.answer(helper, ref, note=said.note, command_id=new_id())
    if said.reply is not None:
        await matching.accept(author, ref, engagement_id=answer.id, reply=said.reply, command_id=new_id())
    for number, line in enumerate(said.lines):
        clock = standing_at(matching.board.clock() + timedelta(minutes=7 * (number + 1)))
        later = replace(matching, board=replace(matching.board, clock=clock))
        who, text = (author, line[1:]) if line.startswith(">") else (helper, line)
        await messages.write(later, who, answer.id, text=text, command_id=new_id())
    return answer.id


async def _add_volunteers(database: Database, secret_key: str, persons: Mapping[str, Actor], now: datetime) -> None:
    homes = invent_town().demo_addresses(HOMES_FROM + len(VOLUNTEERS))[HOMES_FROM:]
    for (mailbox, (offers, languages, skills)), home in zip(VOLUNTEERS.items(), homes, strict=True):
        profile = Profile(is_on=True, categories=offers, slots=SLOTS, reach="town", languages=languages, skills=skills)
        where = Where(address_id=home.id)
        await serve(_at(database, secret_key, now), persons[mailbox], profile, home=where, command_id=new_id())


async def _add_asks(database: Database, posted: Mapping[str, Ref], people: Mapping[str, str], now: datetime) -> None:
    """A first wave, asked a quarter of an hour ago; no further one by itself, whatever the hour of the first start."""
    async with database.write() as db:
        for search in [await db.get_one(Search, ref.id) for ref in posted.values() if ref.kind is REQUESTS]:
            search.next_at = now + timedelta(hours=12)
        for mailbox, title, why in ASKED:
            asked_at = now - timedelta(minutes=15)
            reasons = [one.value for one in why]
            ask = Ask(id=new_id(), request_id=posted[title].id, person_id=people[mailbox], wave=1, why=reasons)
            ask.state, ask.asked_at = AskState.OPEN, asked_at
            db.add(ask)


async def _add_thanked(database: Database, secret_key: str, persons: Mapping[str, Actor], now: datetime) -> None:
    """A request that was helped with yesterday, and thanks."""
    matching = _at(database, secret_key, now - timedelta(days=1))
    home = invent_town().demo_addresses(HOMES_FROM)[-1]
    author = persons["habitante"]
    draft = Draft(category_id="small_jobs", title="Changer une ampoule au plafond", address_id=home.id)
    ref = Ref(REQUESTS, await matching.board.post(author, REQUESTS, draft, command_id=new_id()))
    said = Said("", "benevole", "J’ai une échelle, je passe ce soir.", "Formidable, merci !")
    engagement_id = await _say(matching, ref, said, author, persons["benevole"])
    await matching.report_done(persons["benevole"], engagement_id, command_id=new_id())
    await matching.board.close(author, ref, outcome="helped", seen=None, command_id=new_id())
    words = "Un grand merci, il fait de nouveau clair dans la cuisine !"
    await matching.thank(author, engagement_id, words=words, command_id=new_id())


async def _add_filed(database: Database, secret_key: str, agent: Actor, now: datetime) -> None:
    """A request filed for somebody without a device, for which nobody was found yet; and a call to make."""
    posted_at = now - timedelta(hours=26)
    matching = _at(database, secret_key, posted_at)
    home = invent_town().demo_addresses(HOMES_FROM - 1)[-1]
    draft = Draft(
        category_id="groceries",
        title="Porter un panier de légumes chaque semaine",
        details="Un panier léger, depuis la place du marché.",
        address_id=home.id,
        by=day_meant(Day.NEXT_WEEK, None, civil_date(now)),
    )
    helped = Helped(name="Suzanne Marchand", telephone="01 99 00 12 34")
    clerk = Actor(agent.id, "", frozenset({Role.AGENT}), "")
    filing = Filing(helped, ConsentBy.TELEPHONE, draft)
    request_id = await Desk(matching, PersonVault(secret_key)).file(clerk, filing, command_id=new_id())
    async with database.write() as db:
        (await db.get_one(Search, request_id)).to_desk()
        await owe_call(db, request_id, CallReason.STILL_NEEDED, posted_at)
