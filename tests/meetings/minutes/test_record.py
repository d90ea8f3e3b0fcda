"""What the record of a sitting holds, from its journal alone (CGCT L2121-15)."""

from __future__ import annotations

import pytest

from meetings.minutes.model import Record, record_of
from meetings.minutes.telling import ItemText, Setting, Told, tell
from meetings.sittings.model.progress import Phase
from portal.i18n import speaking
from tests.meetings.minutes.journals import (
    HEADING,
    Journal,
    appointment,
    ballot,
    call,
    quorum,
    roll,
    whole_sitting,
)
from tests.reading import spaced

TEXTS = {"i2": ItemText("Le coût des denrées a augmenté.", "Le conseil fixe les tarifs.")}


def told(journal: Journal) -> Told:
    with speaking("fr"):
        return tell(record_of(HEADING, journal.entries), Setting("Clairval", TEXTS))


@pytest.fixture(scope="module")
def record() -> Record:
    return record_of(HEADING, whole_sitting().entries)


@pytest.fixture(scope="module")
def words() -> Told:
    return told(whole_sitting())


def test_a_journal_without_entries_is_a_sitting_that_has_not_begun() -> None:
    record = record_of(HEADING, [])

    assert (record.phase, record.body, record.head) == (Phase.EXPECTED, "Conseil municipal", HEADING.hash)


def test_the_record_names_chair_secretary_and_who_was_there_at_the_opening(words: Told) -> None:
    heading = {line.label: line.text for line in words.heading}

    assert heading["Président"] == "Anne Aubry"
    assert heading["Secrétaire de séance"] == "Carole Cœur, assisté de Sophie Lemoine"
    assert heading["Ouverture"] == "20 mai 2026 à 18:26"
    assert words.roll.present == ["Anne Aubry", "Bilal Ben Saïd", "Carole Cœur"]
    assert words.roll.represented == ["Élodie Elster, pouvoir à Bilal Ben Saïd"]
    assert words.roll.absent == ["Denis Duval"]
    assert "Le quorum est atteint" in words.quorum
    assert "CGCT L2121-17" in words.quorum


def test_arrivals_departures_and_the_end_of_a_proxy_are_told_with_their_times(words: Told) -> None:
    kinds = [" ".join(line.split()[2:4]) for line in words.movements]

    assert kinds == ["arrivée de", "arrivée de", "le pouvoir", "départ de"]


def test_a_proxy_that_the_rules_ended_at_the_roll_is_told_with_the_article() -> None:
    journal = Journal()
    roll(journal)
    journal.note("roll.proxies", proxies=[{"proxy": "x1", "giver": "m5", "holder": "m2"}])
    because = "Un pouvoir ne vaut pas pour plus de trois séances consécutives."
    journal.note("proxy.lapsed", proxy="x1", giver="m5", holder="m2", cause="term",
                 answer={"because": because, "articles": ["CGCT L2121-20"]})  # fmt: skip
    journal.note("sitting.opened", chair="m1", quorum=quorum(4), present=["m1", "m2", "m3", "m4"],
                 represented=[], proxies={})  # fmt: skip

    (line,) = told(journal).movements
    assert spaced(line) == (
        f"18:23 : le pouvoir de Élodie Elster à Bilal Ben Saïd ne vaut pas pour cette séance. {because} (CGCT L2121-20)"
    )


def test_each_item_has_its_own_presence_as_it_was_when_it_was_called(words: Told) -> None:
    tariffs, land = words.items[1], words.items[2]

    assert "Denis Duval" in tariffs.roll.present
    assert land.roll.present == ["Anne Aubry", "Bilal Ben Saïd", "Denis Duval"]
    assert land.roll.absent == []
    assert {line.label: line.text for line in land.lines}["Intéressés, sans vote"] == "Carole Cœur"


def test_a_public_ballot_names_every_voice_with_its_vote(words: Told) -> None:
    (public,) = words.items[1].ballots

    assert public.how == "Scrutin public, par vote électronique"
    assert [(line.label, line.text) for line in public.names] == [
        ("Pour (3)", "Anne Aubry, Bilal Ben Saïd, Élodie Elster (pouvoir à Bilal Ben Saïd)"),
        ("Contre (1)", "Denis Duval"),
        ("Abstention (1)", "Carole Cœur"),
    ]


def test_a_ballot_on_an_appointment_says_for_which_post() -> None:
    journal = Journal()
    roll(journal)
    call(journal, "i4", ["m1", "m2", "m3", "m4"])
    ballot(journal, "b1", "i4", kind="secret", method="paper", purpose="appointment", post="deputy", for_=4)

    (one,) = told(journal).items[3].ballots
    assert spaced(one.how) == "Scrutin secret, sur papier ; nomination : adjoint ou vice-président"


def test_no_other_ballot_names_anybody_even_if_an_entry_held_a_name() -> None:
    journal = Journal()
    roll(journal)
    call(journal, "i2", ["m1", "m2", "m3", "m4"])
    ballot(journal, "b1", "i2", votes={"m1": "for", "m2": "against", "m3": "for"})

    assert told(journal).items[1].ballots[0].names == []


def test_the_request_the_discussion_and_its_correction_stand_with_the_item(words: Told) -> None:
    tariffs = words.items[1]

    assert tariffs.report == "Le coût des denrées a augmenté."
    assert spaced(tariffs.speakers) == "Ont pris la parole : Bilal Ben Saïd et Denis Duval."
    assert tariffs.discussion.startswith("Le rapporteur présente")
    assert "demande d’un scrutin public par Denis Duval" in tariffs.requests[0]
    assert "Lire « 2,5 % »" in tariffs.corrections[0]
    assert "2 %" in tariffs.discussion  # what was noted stands as it was


def test_the_last_note_on_a_discussion_counts(record: Record) -> None:
    journal = whole_sitting()
    journal.note("discussion.noted", item="i2", text="Rédaction revue.")

    assert record_of(HEADING, journal.entries).items["i2"].discussion == "Rédaction revue."
    assert record.items["i2"].discussion != "Rédaction revue."


def test_the_list_holds_what_was_voted_adopted_or_refused_and_nothing_else(words: Told) -> None:
    found = [(item.deliberation, item.title, item.verdict) for item in words.deliberations]

    assert found == [
        ("2026-05-20-01", "Approbation du procès-verbal du 8 avril", "adopted"),
        ("2026-05-20-02", "Tarifs de la restauration scolaire", "adopted"),
        ("2026-05-20-03", "Vente d’un terrain communal", "refused"),
        ("2026-05-20-04", "Désignation au syndicat des eaux", "adopted"),
    ]


def test_a_vote_on_the_doors_is_told_and_does_not_settle_the_item(words: Told) -> None:
    land = words.items[2]

    assert [one.verdict for one in land.ballots] == ["adopted", "refused"]
    assert land.result.startswith("Rejeté")
    assert any(line.startswith("Huis clos de") for line in words.course)
    (asked,) = land.requests
    assert asked.endswith(": demande du huis clos par Anne Aubry. Huis clos demandé valablement. (CGCT L2121-18)"), (
        asked
    )


def test_a_void_ballot_settles_nothing() -> None:
    journal = Journal()
    roll(journal)
    call(journal, "i2", ["m1", "m2", "m3", "m4"])
    ballot(journal, "b1", "i2", for_=3)
    journal.note("ballot.voided", ballot="b1", reason="erreur de comptage")

    item = told(journal).items[1]
    assert (item.verdict, item.deliberation) == ("none", "")
    assert spaced(item.ballots[0].result) == "Scrutin annulé : erreur de comptage."


def test_an_appointment_without_a_vote_is_told_and_stands_in_the_list() -> None:
    journal = Journal()
    roll(journal)
    call(journal, "i4", ["m1", "m2", "m3", "m4"])
    appointment(journal, "i4", "Anne Aubry", "Denis Duval", is_list=True)

    item = told(journal).items[3]
    assert (spaced(item.result), item.verdict) == ("Nomination : Anne Aubry, Denis Duval.", "adopted")
    assert item.deliberation.endswith("-01")
    assert spaced(item.ballots[0].how) == "Nomination sans vote : aucune autre candidature"


def test_a_request_that_was_taken_back_is_told_with_what_follows() -> None:
    journal = Journal()
    roll(journal)
    call(journal, "i2", ["m1", "m2", "m3", "m4"])
    journal.note("ballot.requested", members=["m4"], kind="public", item="i2")
    journal.note("ballot.request_withdrawn", members=["m4"], kind="public", item="i2")
    journal.note("ballot.request_decided", item="i2", granted="",
                 answer={"because": "Demandes : 0, il en faut 1.", "articles": ["CGCT L2121-21"]})  # fmt: skip

    asked, withdrawn = told(journal).items[1].requests
    assert asked.endswith(": demande d’un scrutin public par Denis Duval.")
    assert ": retrait de la demande d’un scrutin public par Denis Duval." in withdrawn
    assert withdrawn.endswith("Demandes : 0, il en faut 1. (CGCT L2121-21)")


def test_an_item_that_is_postponed_says_why(words: Told) -> None:
    assert words.items[4].outcome == "L’affaire est renvoyée à une séance ultérieure. Le dossier est incomplet."


def test_an_item_that_ends_without_a_vote_says_so_unless_it_is_information() -> None:
    journal = Journal()
    roll(journal)
    for item in ("i2", "i6"):
        call(journal, item, ["m1", "m2", "m3"])
        journal.note("item.ended", item=item, outcome="done", reason="")
    outcomes = [item.outcome for item in told(journal).items]

    assert outcomes == ["", "Point traité, sans vote.", "", "", "", ""]


def test_an_amended_text_stands_in_place_of_the_draft() -> None:
    journal = whole_sitting()
    assert told(journal).items[1].text == "Le conseil fixe les tarifs."

    journal.note("deliberation.worded", item="i2", text="Le conseil fixe les tarifs, quotient compris.")

    assert told(journal).items[1].text == "Le conseil fixe les tarifs, quotient compris."


def test_the_closing_hash_is_that_of_the_entry_that_closed_the_sitting(record: Record, words: Told) -> None:
    closing = next(entry for entry in whole_sitting().entries if entry.kind == "sitting.closed")

    assert record.closing_hash == closing.hash
    assert record.head != closing.hash
    assert closing.hash in words.proof


def test_a_sitting_that_failed_says_so_with_its_quorum() -> None:
    journal = Journal()
    roll(journal)
    journal.note("sitting.failed", quorum=quorum(2), present=["m1", "m2"], represented=[], proxies={})

    found = told(journal)

    assert found.has_failed
    assert "n'est pas atteint" in found.quorum
    assert found.roll.absent == ["Carole Cœur", "Denis Duval", "Élodie Elster"]
    assert found.deliberations == []


def test_what_a_person_decided_where_the_law_is_open_stands_with_its_article() -> None:
    journal = Journal()
    roll(journal)
    journal.note("question.decided", question="x", about="law", text="Le quorum est-il requis ?", choice="yes",
                 answer="Oui", articles=["CGCT L2121-22"], item="i2")  # fmt: skip

    assert told(journal).items[1].decisions == ["Le quorum est-il requis ? Oui (CGCT L2121-22)"]


def test_a_decision_says_for_which_chair_it_stands_and_whether_the_clerk_entered_it() -> None:
    found: list[str] = []
    for is_own in (True, False):
        journal = Journal()
        roll(journal)
        chair = next(iter(record_of(HEADING, journal.entries).seats.values()))
        journal.note("question.decided", question="x", about="law", text="Qui départage ?", choice="yes", answer="Oui.",
                     chair=chair.mandate_id, item="i2", by=chair.person_id if is_own else "clerk")  # fmt: skip
        found += told(journal).items[1].decisions

    assert found == [
        "Qui départage ? Oui. Décidé par Anne Aubry, qui préside.",
        "Qui départage ? Oui. Décidé par Anne Aubry, qui préside\u202f; saisi par le secrétariat.",
    ]


def test_entries_of_kinds_that_nobody_knows_change_nothing(record: Record) -> None:
    journal = whole_sitting()
    journal.note("weather.changed", item="i2", text="Pluie")

    after = record_of(HEADING, journal.entries)
    assert after.items == record.items
