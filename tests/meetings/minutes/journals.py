"""Journals written by hand: a council of five whose sitting has everything that minutes tell."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from meetings.sittings.journal import Entry, Heading, Link, end_of, exported, written_instant

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
START = datetime(2026, 5, 20, 16, 30, tzinfo=UTC)
"""Half past six in the evening in Paris."""
HEADING = Heading("clairval.example", "s1", "Conseil municipal", START - timedelta(days=30))
NAMES = {"m1": "Anne Aubry", "m2": "Bilal Ben Saïd", "m3": "Carole Cœur", "m4": "Denis Duval", "m5": "Élodie Elster"}
ITEMS = {
    "i1": ("minutes", "Approbation du procès-verbal du 8 avril"),
    "i2": ("deliberation", "Tarifs de la restauration scolaire"),
    "i3": ("deliberation", "Vente d’un terrain communal"),
    "i4": ("deliberation", "Désignation au syndicat des eaux"),
    "i5": ("deliberation", "Convention avec le centre d’entraide"),
    "i6": ("information", "Décisions du maire"),
}


class Journal:
    """Appends entries, a minute apart unless told otherwise."""

    def __init__(self, heading: Heading = HEADING) -> None:
        self.heading, self.at, self.entries = heading, START, list[Entry]()

    def note(self, kind: str, /, *, after_s: int = 60, by: object = "p1", **content: Any) -> Entry:
        """One entry; a field whose name is a word of Python's ends with an underscore."""
        self.at += timedelta(seconds=after_s)
        end = end_of(self.entries[-1]) if self.entries else Link.start(self.heading)
        named = {name.rstrip("_"): value for name, value in content.items()}
        self.entries.append(end.append(at=self.at, kind=kind, by=str(by), content=named))
        return self.entries[-1]

    @property
    def file(self) -> bytes:
        return exported(self.heading, self.entries, KEY)


def quorum(counted: int, threshold: int = 3, base: int = 5) -> dict[str, Any]:
    met = counted >= threshold
    said = "est atteint" if met else "n'est pas atteint"
    return {
        "result": {"quorum": met, "counted": counted, "threshold": threshold, "base": base},
        "because": f"Le quorum {said} (présents comptés : {counted}, requis : {threshold}, plus de la moitié des "
        f"{base} membres en exercice).",
        "articles": ["CGCT L2121-17"],
        "certainty": "A",
    }


def roll(journal: Journal, mode: str = "hall") -> None:
    journal.note(
        "convocation.sent",
        meets_at=written_instant(START),
        place="Salle du conseil, 1 place de l’Hôtel-de-Ville",
        mode=mode,
        urgent=False,
        rule_set="fr-cgct-commune",
        rule_set_version="2026.1",
        notice={},
        members=[*NAMES],
        items=[],
        after_s=-864_000,
    )
    journal.at = START - timedelta(minutes=10)
    journal.note(
        "roll.opened",
        mode=mode,
        rule_set="fr-cgct-commune",
        rule_set_version="2026.1",
        seats=[
            {"mandate": id_, "person": f"p{id_}", "name": name, "function": "chair" if rank == 1 else "member",
             "group": "", "rank": rank}
            for rank, (id_, name) in enumerate(NAMES.items(), start=1)
        ],
        items=[
            {"item": id_, "position": position, "kind": kind, "title": title, "subject": "", "reporter": "m2"}
            for position, (id_, (kind, title)) in enumerate(ITEMS.items(), start=1)
        ],
    )  # fmt: skip


def call(journal: Journal, item: str, present: list[str], represented: list[str] | None = None,
         interested: list[str] | None = None) -> None:  # fmt: skip
    journal.note(
        "item.called",
        item=item,
        quorum=quorum(len(present)),
        present=present,
        represented=represented or [],
        proxies=dict.fromkeys(represented or [], "m2"),
        interested=interested or [],
    )


def ballot(journal: Journal, name: str, item: str, *, kind: str = "ordinary", method: str = "hands",
           purpose: str = "decision", post: str | None = None, question: str = "",
           entitled: dict[str, str] | None = None, votes: dict[str, str] | None = None,
           asked_by: tuple[str, ...] | None = None, **counts: int) -> None:  # fmt: skip
    """Opened, voted or counted, closed and proclaimed."""
    voices = entitled or {"m1": "m1", "m2": "m2", "m3": "m3", "m4": "m4"}
    own = sum(voice == caster for voice, caster in voices.items())
    demand: dict[str, Any] = {}
    if asked_by is not None:
        answer = {"because": "Huis clos demandé valablement.", "articles": ["CGCT L2121-18"]}
        demand = {"asked_by": [*asked_by], "asked": answer}
    journal.note(
        "ballot.opened",
        ballot=name,
        item=item,
        question=question or ITEMS[item][1],
        purpose=purpose,
        post=post,
        kind=kind,
        method=method,
        entitled=voices,
        order=[*voices],
        present=own,
        represented=len(voices) - own,
        chair="m1",
        **demand,
    )
    counts = {name.rstrip("_"): number for name, number in counts.items()}
    count = {choice: counts.get(choice, 0) for choice in ("for", "against", "abstain", "blank", "void")}
    for voice, choice in (votes or {}).items():
        journal.note(
            "vote.recorded", after_s=2, ballot=name, voice=voice, caster=voices[voice], choice=choice, method="device"
        )
        count[choice] += 1
    if not votes:
        journal.note("ballot.counted", ballot=name, **{f"{choice}_": number for choice, number in count.items()})
    journal.note("ballot.closed", after_s=5, ballot=name)
    cast = count["for"] + count["against"]
    majority = cast // 2 + 1
    tied = count["for"] == count["against"] and cast > 0
    chair_vote = (votes or {}).get("m1")
    adopted = chair_vote == "for" if tied else count["for"] >= majority
    said = {"because": f"Pour : {count['for']}, contre : {count['against']}.", "articles": ["CGCT L2121-20"]}
    journal.note(
        "ballot.proclaimed",
        ballot=name,
        adopted=adopted,
        decided_by="casting_vote" if tied else "majority",
        cast=cast,
        majority=majority,
        chair_vote=chair_vote,
        answer={**said, "result": {}, "certainty": "A"},
        **{f"{choice}_": number for choice, number in count.items()},
    )


def whole_sitting(heading: Heading = HEADING) -> Journal:
    """From the convocation to the closing, and a correction afterwards."""
    journal = Journal(heading)
    roll(journal)
    journal.note("roll.proxies", proxies=[{"proxy": "x1", "giver": "m5", "holder": "m2"}])
    for member in ("m1", "m2", "m3"):
        journal.note("member.arrived", member=member, how="hall", by_self=False)
        journal.note("identity.confirmed", member=member, means="sight", after_s=1)
    journal.note("sitting.opened", chair="m1", quorum=quorum(3), present=["m1", "m2", "m3"],
                 represented=["m5"], proxies={"m5": "m2"})  # fmt: skip
    journal.note("secretary.appointed", secretary="m3", assistants=["Sophie Lemoine"])
    call(journal, "i1", ["m1", "m2", "m3"], ["m5"])
    ballot(journal, "b1", "i1", entitled={"m1": "m1", "m2": "m2", "m3": "m3", "m5": "m2"}, for_=4)
    journal.note("item.ended", item="i1", outcome="done", reason="")
    journal.note("member.arrived", member="m4", how="hall", by_self=True)
    journal.note("identity.confirmed", member="m4", means="sight", after_s=1)
    _tariffs(journal)
    _land(journal)
    call(journal, "i4", ["m1", "m2", "m3", "m4"])
    journal.note("election.opened", election="e1", item="i4", title="Délégué titulaire", post="other",
                 candidates=["Anne Aubry", "Denis Duval"], secret=True,
                 entitled={member: member for member in ("m1", "m2", "m3", "m4")},
                 order=["m1", "m2", "m3", "m4"])  # fmt: skip
    answer = {"because": "Majorité absolue au premier tour.", "articles": ["CGCT L2121-21"]}
    journal.note("round.counted", election="e1", candidates={"Anne Aubry": 2, "Denis Duval": 1}, blank=1, void=0,
                 outcome="absolute_majority", answer=answer)  # fmt: skip
    journal.note(
        "election.proclaimed", election="e1", elected="Anne Aubry", decided_by="absolute_majority", answer=answer
    )
    journal.note("item.ended", item="i4", outcome="done", reason="")
    journal.note("sitting.suspended", cause="chair", reason="Pause")
    journal.note("sitting.resumed", after_s=600)
    journal.note("item.ended", item="i5", outcome="postponed", reason="Le dossier est incomplet.")
    call(journal, "i6", ["m1", "m2", "m3", "m4"])
    journal.note("item.ended", item="i6", outcome="done", reason="")
    journal.note("sitting.closed")
    noted = next(entry.number for entry in journal.entries if entry.kind == "discussion.noted")
    journal.note("entry.corrected", corrects=noted, text="Lire « 2,5 % » au lieu de « 2 % ».", after_s=86_400)
    return journal


def _tariffs(journal: Journal) -> None:
    """A public ballot on request, with a voice by proxy and one that changed its mind."""
    call(journal, "i2", ["m1", "m2", "m3", "m4"], ["m5"])
    for member, seconds in (("m2", 95), ("m4", 40)):
        journal.note("floor.given", member=member, item="i2")
        journal.note("floor.ended", member=member, item="i2", seconds=seconds, after_s=seconds)
    journal.note("discussion.noted", item="i2", text="Le rapporteur présente une hausse de 2 %.\n\nM. Duval demande un "
                 "barème par quotient familial.")  # fmt: skip
    journal.note("ballot.requested", members=["m4"], kind="public", item="i2")
    journal.note("ballot.request_decided", item="i2", granted="public",
                 answer={"because": "Le quart des présents le demande : scrutin public.",
                         "articles": ["CGCT L2121-21"]})  # fmt: skip
    entitled = {"m1": "m1", "m2": "m2", "m3": "m3", "m4": "m4", "m5": "m2"}
    votes = {"m1": "for", "m2": "for", "m3": "abstain", "m4": "against", "m5": "for"}
    ballot(journal, "b2", "i2", kind="public", method="devices", entitled=entitled, votes=votes)
    journal.note("item.ended", item="i2", outcome="done", reason="")


def _land(journal: Journal) -> None:
    """An interest, a closed session, a refusal, a proxy that ends with its giver's arrival, a departure."""
    journal.note("interest.declared", member="m3", item="i3")
    call(journal, "i3", ["m1", "m2", "m4"], ["m5"], ["m3"])
    ballot(journal, "b3", "i3", purpose="closed_session", question="Huis clos", for_=4, asked_by=("m1",),
           entitled={"m1": "m1", "m2": "m2", "m4": "m4", "m5": "m2"})  # fmt: skip
    journal.note("doors.closed", ballot="b3")
    journal.note("member.arrived", member="m5", how="hall", by_self=False)
    journal.note("proxy.lapsed", proxy="x1", giver="m5", holder="m2", cause="arrived", after_s=0)
    journal.note("doors.opened")
    ballot(journal, "b4", "i3", for_=1, against=2, abstain=1,
           entitled={member: member for member in ("m1", "m2", "m4", "m5")})  # fmt: skip
    journal.note("item.ended", item="i3", outcome="done", reason="")
    journal.note("member.left", member="m5", cause="left")


def appointment(journal: Journal, item: str, *names: str, is_list: bool = False, post: str = "committee") -> None:
    """Somebody is appointed without a vote."""
    answer = {"because": "Une seule candidature.", "articles": ["CGCT L2121-21"]}
    journal.note("candidacy.took_effect", election="e9", item=item, title="Délégué suppléant", post=post,
                 candidates=[*names], list=is_list, answer=answer)  # fmt: skip
