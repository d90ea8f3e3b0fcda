"""A council for the demo town, with a sitting that was called and one that is being prepared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from meetings.rules import load_sets
from meetings.sittings.model import Body, ItemKind, Mandate, MandateFunction, Reply, SessionKind, Sitting, SittingMode
from meetings.sittings.service.agenda import ItemDraft, SittingDraft, add_item, plan_sitting
from meetings.sittings.service.bodies import members_on, name_body, record_video_clause, seat_member
from meetings.sittings.service.convening import Convening, convene
from meetings.sittings.service.members_file import MemberRow
from meetings.sittings.service.replies import acknowledge, give_proxy, own_summons, reply
from portal.accounts.service import add_person
from portal.accounts.service.demo import DEMO_DOMAIN
from portal.clock import PARIS, civil_date
from portal.db import Database
from portal.ids import new_id
from portal.permissions import Actor, Role

_SITTERS = ("maire", "conseiller", "conseillere")
"""Members who can sign in, by mailbox, in the order of the table."""
_OTHERS = (
    "Hélène Marchetti",
    "Thierry Aubry",
    "Fatima El Idrissi",
    "Bernard Collet",
    "Élodie Perrin",
    "Karim Saïdi",
    "Monique Delattre",
    "Julien Fabre",
    "Anaïs Rocher",
    "Gérard Pommier",
)
_GROUPS = ("Clairval ensemble", "Clairval autrement")
_SEATS = 15

_AGENDA = (
    ItemDraft(title="Approbation du procès-verbal de la dernière séance", kind=ItemKind.MINUTES),
    ItemDraft(
        title="Tarifs de la restauration scolaire",
        note="Le coût des denrées a augmenté de 6 % en un an. Il est proposé de maintenir les deux premières tranches "
        "et de relever les trois autres de 2 %.",
        draft="Le conseil municipal décide de fixer comme suit les tarifs de la restauration scolaire à compter du "
        "1er janvier.",
    ),
    ItemDraft(
        title="Convention avec le centre d’entraide",
        note="La commune met à disposition le gymnase des Prés deux après-midi par semaine.",
        draft="Le conseil municipal autorise le maire à signer la convention.",
    ),
    ItemDraft(title="Compte rendu des décisions du maire", kind=ItemKind.INFORMATION),
)
_COMMITTEE_AGENDA = (
    ItemDraft(
        title="Avis sur les tarifs de la restauration scolaire",
        note="La commission rend son avis avant le conseil.",
        draft="La commission est favorable aux tarifs proposés.",
    ),
    ItemDraft(title="État des dépenses au 31 octobre", kind=ItemKind.INFORMATION),
)


@dataclass(frozen=True)
class _Town:
    """Who acts in the demo, and when it is."""

    clerk: Actor
    host: str
    population: int
    now: datetime

    @property
    def convening(self) -> Convening:
        async def population() -> int:
            return self.population

        async def send(db: AsyncSession, mandate: Mandate, sitting: Sitting, secret: str) -> str | None:
            # As if a server had taken it long ago: the demo's addresses reach nobody.
            del db, mandate, sitting, secret
            return new_id()

        async def send_cancelled(db: AsyncSession, mandate: Mandate, sitting: Sitting) -> None:
            """Nothing is cancelled in the demo."""

        return Convening(load_sets(), self.host, population, send, send_cancelled)

    def evening(self, days: int) -> datetime:
        """Half past six, some days from now."""
        return datetime.combine(civil_date(self.now) + timedelta(days=days), time(18, 30), PARIS)


async def add_demo_council(
    database: Database, people: Mapping[str, str], *, host: str, population: int, now: datetime
) -> None:
    """Seat a council, call its next sitting and begin another; `people` are ids by mailbox."""
    # The convocation went out ten days ago: the law's notice was kept, and answers have come.
    called_at = datetime.combine(civil_date(now) - timedelta(days=10), time(14, 20), PARIS)
    clerk = Actor(people["greffe"], "Sophie Lemoine", frozenset({Role.CLERK}), login_id="demo")
    then = _Town(clerk, host, population, called_at)
    async with database.write() as db:
        body = await _council(db, then)
        # It begins now: whoever looks at the demo may hold it.
        sitting = await _planned(db, then, body, now.replace(minute=0, second=0, microsecond=0))
    async with database.write() as db:
        sitting = await db.get_one(Sitting, sitting.id)
        await convene(db, then.convening, clerk, sitting, now=called_at, decided={})
    async with database.write() as db:
        await _answers(db, then, await db.get_one(Sitting, sitting.id))
    async with database.write() as db:
        committee = await _committee(db, then)
        remote = await _planned(
            db,
            then,
            committee,
            sitting.meets_at,
            _COMMITTEE_AGENDA,
            place="Par visioconférence",
            mode=SittingMode.REMOTE,
        )
    async with database.write() as db:
        remote = await db.get_one(Sitting, remote.id)
        await convene(db, then.convening, clerk, remote, now=called_at, decided={})
    today = _Town(clerk, host, population, now)
    async with database.write() as db:
        # Three days ahead, without urgency: the page says why it cannot be called.
        await _planned(db, today, body, today.evening(3))


async def _council(db: AsyncSession, town: _Town) -> Body:
    body = await name_body(
        db,
        town.clerk,
        load_sets(),
        name="Conseil municipal",
        rule_set="fr-cgct-commune",
        session=SessionKind.PLENARY,
        seats=_SEATS,
        at=town.now,
    )
    since = date(2026, 3, 22)
    emails = [f"{mailbox}@{DEMO_DOMAIN}" for mailbox in _SITTERS]
    for number, name in enumerate(_OTHERS, start=1):
        email = f"elu{number}@{DEMO_DOMAIN}"
        await add_person(db, name=name, email=email, roles={Role.COUNCILLOR}, at=town.now, body="Conseil municipal")
        emails.append(email)
    await db.flush()
    for rank, email in enumerate(emails, start=1):
        functions = {1: MandateFunction.CHAIR, 2: MandateFunction.DEPUTY, 3: MandateFunction.DEPUTY}
        row = MemberRow(
            email=email,
            function=functions.get(rank, MandateFunction.MEMBER),
            group=_GROUPS[rank % 4 == 0],
            rank=rank,
            since=since,
            paper=rank == len(emails),
        )
        await seat_member(db, town.clerk, body, row, town.now)
    return body


async def _committee(db: AsyncSession, town: _Town) -> Body:
    """A committee whose internal rules provide for meeting by video."""
    body = await name_body(
        db,
        town.clerk,
        load_sets(),
        name="Commission des finances",
        rule_set="fr-commission",
        session=SessionKind.COMMITTEE,
        seats=7,
        at=town.now,
    )
    await record_video_clause(
        db, town.clerk, body, on=date(2026, 6, 25), clause="Délibération 2026-41, article 12", at=town.now
    )
    mailboxes = (*_SITTERS, *(f"elu{number}" for number in range(1, 5)))
    for rank, mailbox in enumerate(mailboxes, start=1):
        row = MemberRow(
            email=f"{mailbox}@{DEMO_DOMAIN}",
            function=MandateFunction.CHAIR if rank == 1 else MandateFunction.MEMBER,
            rank=rank,
            since=date(2026, 4, 9),
        )
        await seat_member(db, town.clerk, body, row, town.now)
    return body


async def _planned(
    db: AsyncSession,
    town: _Town,
    body: Body,
    meets_at: datetime,
    items: Sequence[ItemDraft] = _AGENDA,
    *,
    place: str = "Salle du conseil, 1 place de l’Hôtel-de-Ville",
    mode: SittingMode = SittingMode.HALL,
) -> Sitting:
    draft = SittingDraft(meets_at=meets_at, place=place, mode=mode)
    sitting = await plan_sitting(db, town.clerk, body, draft, town.now)
    for item in items:
        await add_item(db, town.clerk, sitting, item)
    return sitting


async def _answers(db: AsyncSession, town: _Town, sitting: Sitting) -> None:
    """Most have acknowledged, some have answered, one has given a proxy."""
    members = [member.mandate for member in await members_on(db, sitting.body_id, civil_date(sitting.meets_at))]
    for number, mandate in enumerate(members):
        if number % 5 == 4:
            continue
        who = Actor(mandate.person_id, "", frozenset({Role.COUNCILLOR}), login_id="demo")
        own = await own_summons(db, who, sitting)
        at = town.now + timedelta(minutes=23 * number + 9)
        await acknowledge(db, sitting, own, town.host, at)
        if number % 3 != 2:
            said = Reply.ABSENT if number == 6 else Reply.PRESENT
            await reply(db, sitting, own, said, by=mandate.person_id, town=town.host, now=at)
    await give_proxy(
        db,
        Actor(members[6].person_id, "", frozenset({Role.COUNCILLOR}), login_id="demo"),
        sitting,
        giver_id=members[6].id,
        holder_id=members[1].id,
        library=load_sets(),
        town=town.host,
        now=town.now + timedelta(days=3),
    )
