"""Decisions at the edges of the rules, beyond the worked examples."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from meetings.rules import (
    AgendaItemCase,
    BallotCase,
    BallotRequestCase,
    CaseError,
    CouncillorsNoticeCase,
    ElectionCase,
    Grade,
    MemberVotesCase,
    NoticeCase,
    PublicationCase,
    QuorumCase,
    RemoteCase,
    RequisitionCase,
    Round,
    SeatsCase,
    SecrecyWaiverCase,
    SinglePlaceCase,
    VoteRightsCase,
    decide,
    load_sets,
    parse,
)
from tests.reading import spaced

DAY = dt.date(2026, 10, 5)
SETS = load_sets()
COMMUNE = SETS.rules("fr-cgct-commune", DAY)
ALSACE = SETS.rules("fr-cgct-commune-alsace-moselle", DAY)
EPCI = SETS.rules("fr-cgct-epci", DAY)
REMOTE = SETS.rules("fr-cgct-epci-remote", DAY)
COMMITTEE = SETS.rules("fr-commission", DAY)
COVID = SETS.rules("fr-covid-2020-391", dt.date(2020, 6, 15))
GENERIC = SETS.rules("generic", DAY)


def test_an_answer_is_said_in_one_line_with_its_articles() -> None:
    answer = decide(QuorumCase(in_office=35, present=17), COMMUNE)
    assert answer.sentence("fr") == f"{answer.because.fr} ({', '.join(answer.articles)})"
    assert "L2121-17" in answer.sentence("en")
    assert answer.because.en in answer.sentence("en")


def test_interested_members_are_counted_out_but_stay_in_office() -> None:
    found = decide(QuorumCase(in_office=11, present=6, interested=1), COMMUNE)
    assert found.result == {"quorum": False, "counted": 5, "threshold": 6, "base": 11}
    assert "CE 19 janvier 1983, Chauré" in found.articles


def test_departures_are_judged_on_those_present_at_the_call() -> None:
    stays = decide(QuorumCase(in_office=15, present=7, called_with=8), COMMUNE)
    assert (stays.result["quorum"], stays.result["counted"]) == (True, 8)
    late = decide(QuorumCase(in_office=15, present=9, called_with=7), COMMUNE)
    assert late.result["quorum"] is False
    assert "call it again" in late.because.en


def test_a_councillor_on_video_may_still_be_represented_in_a_commune() -> None:
    case = QuorumCase(in_office=10, present=5, remote=4, represented=4)
    assert decide(case, COMMUNE).result["counted"] == 5
    with pytest.raises(CaseError, match="present and represented"):
        decide(case, REMOTE)


def test_rooms_and_homes_count_only_where_the_set_says_so() -> None:
    case = QuorumCase(in_office=60, present=20, other_sites=11)
    assert decide(case, EPCI).result["counted"] == 20
    by_video = decide(case, REMOTE)
    assert (by_video.result["quorum"], by_video.certainty) == (True, Grade.A)
    assert decide(replace(case, remote=1), REMOTE).certainty is Grade.B


def test_an_item_carried_over_needs_a_second_call_to_do_without_quorum() -> None:
    case = QuorumCase(in_office=15, present=4, item_carried_over=True)
    assert decide(case, COMMUNE).result["quorum"] is False
    second = decide(replace(case, second_call=True), ALSACE)
    assert second.result["quorum"] is True
    assert "expressly recalled" in second.conditions[0].en


def test_alsace_moselle_needs_no_quorum_when_half_the_members_are_interested() -> None:
    assert decide(QuorumCase(in_office=16, present=9, interested=8), ALSACE).result["quorum"] is True
    assert decide(QuorumCase(in_office=16, present=9, interested=7), ALSACE).result["quorum"] is False
    assert decide(QuorumCase(in_office=16, present=9, interested=8), COMMUNE).result["quorum"] is False


def test_proxies_beyond_two_a_holder_do_not_count_in_the_regime_of_2020() -> None:
    assert decide(QuorumCase(in_office=12, present=1, represented=3), COVID).result["counted"] == 3


def test_a_committee_has_the_quorum_that_its_internal_rules_give_it() -> None:
    found = decide(QuorumCase(in_office=9, present=2), COMMITTEE)
    assert (found.result["quorum"], found.result["threshold"], found.certainty) == (None, None, Grade.C)
    assert found.question is not None
    assert found.question.about == "law"


def test_a_tie_in_a_secret_ballot_is_not_adopted_whatever_the_chair_voted() -> None:
    found = decide(BallotCase(ballot="secret", present=26, votes_for=13, against=13, chair_vote="for"), COMMUNE)
    assert (found.result["adopted"], found.result["decided_by"]) == (False, "majority")


def test_a_tie_without_the_chairs_vote_asks_for_the_missing_fact() -> None:
    found = decide(BallotCase(present=26, votes_for=13, against=13), COMMUNE)
    assert found.result["adopted"] is None
    assert found.question is not None
    assert (found.question.about, found.certainty) == ("fact", Grade.A)
    assert [choice.value for choice in found.question.choices] == ["for", "against", "abstain"]


def test_abstentions_weigh_against_a_closed_session() -> None:
    case = BallotCase(purpose="closed_session", present=20, represented=5, votes_for=12, against=3, abstain=10)
    assert decide(case, COMMUNE).result["adopted"] is False
    half = BallotCase(purpose="closed_session", present=24, votes_for=12, against=12, chair_vote="for")
    found = decide(half, COMMUNE)
    assert (found.result["adopted"], found.certainty) == (False, Grade.B)
    assert "CGCT L5211-11" in decide(case, EPCI).articles


def test_an_appointment_is_secret_unless_said_otherwise() -> None:
    case = BallotCase(purpose="appointment", present=20, votes_for=10, against=10, chair_vote="for")
    assert decide(case, COMMUNE).result["adopted"] is False
    shown = decide(replace(case, ballot="ordinary"), COMMUNE)
    assert shown.result["adopted"] is None
    assert shown.question is not None
    clear = decide(replace(case, ballot="ordinary", votes_for=11, against=9), COMMUNE)
    assert clear.result["adopted"] is True
    assert "unanimously gave up" in clear.conditions[0].en


def test_accounts_fall_only_to_a_majority_against() -> None:
    def accounts(**votes: object) -> object:
        case = replace(BallotCase(purpose="accounts", present=30), **votes)  # type: ignore[arg-type] # fields below
        return decide(case, COMMUNE).result["adopted"]

    assert accounts(votes_for=5, against=6, abstain=8) is False
    assert accounts(votes_for=6, against=5, abstain=8) is True
    assert accounts(abstain=19) is True
    assert accounts(votes_for=9, against=9, chair_vote="abstain") is None
    assert accounts(votes_for=9, against=9) is None
    assert accounts(votes_for=9, against=9, ballot="secret") is True


def test_by_video_a_secret_ballot_waits_for_a_sitting_in_one_place() -> None:
    found = decide(BallotCase(ballot="secret", present=30, votes_for=20), REMOTE)
    assert (found.result["adopted"], found.result["decided_by"], found.question) == (None, "postponed", None)
    shown = decide(BallotCase(ballot="ordinary", present=30, votes_for=20), REMOTE)
    assert (shown.result["adopted"], shown.result["ballot"]) == (True, "public")
    asked = decide(BallotRequestCase(present=30, asked_secret=10), REMOTE)
    assert (asked.result["granted"], asked.result["postponed"]) == ("secret", True)
    election = decide(ElectionCase(rounds=(Round({"A": 20}, 0, 0),)), REMOTE)
    assert (election.result["elected"], election.result["decided_by"]) == (None, "postponed")


def test_whether_a_ballot_may_be_held_is_answered_without_the_result_of_one() -> None:
    asked = decide(BallotCase(ballot="ordinary", present=30), REMOTE)

    assert asked.result["ballot"] == "public"
    assert (
        asked.because.en
        == "At this sitting the ballot is public: by roll call or electronic vote with the voters' names."
    )


def test_those_represented_do_not_count_among_the_members_who_ask() -> None:
    assert decide(BallotRequestCase(present=20, represented=10), COMMUNE).result == {"secret": 7, "public": 5}
    assert decide(BallotRequestCase(present=20, asked_public=5), COMMUNE).result["granted"] == "public"
    assert decide(BallotRequestCase(present=0), COMMUNE).result == {"secret": 1, "public": 1}


def test_elections_go_through_three_rounds_and_then_to_the_eldest() -> None:
    even = Round({"A": 9, "B": 9}, blank=2, void=0)
    first = decide(ElectionCase(rounds=(even,)), COMMUNE)
    assert (first.result["elected"], first.result["round"], first.result["next_round"]) == (None, 1, 2)
    third = decide(ElectionCase(rounds=(even, even, even), ages={"A": 50, "B": 61}), COMMUNE)
    assert (third.result["elected"], third.result["round"], third.result["decided_by"]) == ("B", 3, "age")
    relative = decide(ElectionCase(rounds=(even, even, Round({"A": 8, "B": 7, "C": 5}, 0, 0))), COMMUNE)
    assert (relative.result["elected"], relative.result["decided_by"]) == ("A", "relative_majority")


@pytest.mark.parametrize("ages", [{}, {"A": 50}, {"A": 50, "B": 50}])
def test_equal_candidates_of_unknown_or_equal_age_are_put_to_a_person(ages: dict[str, int]) -> None:
    even = Round({"A": 9, "B": 9, "C": 1}, blank=0, void=0)
    found = decide(ElectionCase(rounds=(even, even, even), ages=ages), COMMUNE)
    assert found.result["elected"] is None
    assert found.question is not None
    assert [choice.value for choice in found.question.choices] == ["A", "B"]


def test_an_election_decided_early_ignores_further_rounds_and_empty_ones_elect_nobody() -> None:
    early = ElectionCase(rounds=(Round({"A": 10, "B": 3}, 0, 0), Round({"A": 3, "B": 10}, 0, 0)))
    assert decide(early, COMMUNE).result["round"] == 1
    empty = Round({"A": 0, "B": 0}, blank=15, void=0)
    assert (
        decide(ElectionCase(rounds=(empty, empty, empty), ages={"A": 50, "B": 61}), COMMUNE).result["elected"] is None
    )


def notice(sent: str, meets: str, population: int = 2000) -> NoticeCase:
    return NoticeCase(population=population, sent_on=dt.date.fromisoformat(sent), meets_on=dt.date.fromisoformat(meets))


def test_urgency_never_goes_under_one_clear_day_and_is_voted_on() -> None:
    found = decide(replace(notice("2026-10-13", "2026-10-15", 9000), urgent=True), COMMUNE)
    assert (found.result["valid"], found.result["required"]) == (True, 1)
    assert "first item" in found.conditions[0].en
    assert decide(replace(notice("2026-10-14", "2026-10-15"), urgent=True), COMMUNE).result["valid"] is False
    unneeded = decide(replace(notice("2026-10-01", "2026-10-15"), urgent=True), COMMUNE)
    assert unneeded.conditions == ()
    assert decide(replace(notice("2026-10-14", "2026-10-15"), urgent=True), ALSACE).result["valid"] is True


def test_the_first_meeting_after_an_election_keeps_three_clear_days_in_a_large_town() -> None:
    first = replace(notice("2026-03-23", "2026-03-27", 9000), first_after_election=True)
    assert decide(first, COMMUNE).result["valid"] is True
    assert decide(replace(first, first_after_election=False), COMMUNE).result["valid"] is False
    hurried = replace(notice("2026-03-25", "2026-03-27", 9000), first_after_election=True, urgent=True)
    assert decide(hurried, COMMUNE).result["valid"] is None
    assert decide(replace(hurried, population=900), COMMUNE).result["valid"] is True


def test_a_second_call_is_safe_late_wrong_early_and_put_to_a_person_between() -> None:
    def second(sent: str, meets: str, population: int = 2000) -> object:
        case = replace(notice(sent, meets, population), second_call_of=dt.date(2026, 10, 5))
        return decide(case, COMMUNE).result["valid"]

    assert second("2026-10-05", "2026-10-07") is False
    assert second("2026-10-05", "2026-10-08") is None
    assert second("2026-10-05", "2026-10-09") is True
    assert second("2026-10-10", "2026-10-12") is False
    assert second("2026-10-02", "2026-10-12") is False
    assert second("2026-10-05", "2026-10-10", 5000) is None
    assert second("2026-10-05", "2026-10-11", 5000) is True


def test_every_grouping_keeps_five_clear_days() -> None:
    large = decide(notice("2026-10-09", "2026-10-15", 9000), EPCI)
    small = decide(notice("2026-10-10", "2026-10-15", 2000), EPCI)
    assert (large.result["valid"], large.certainty) == (True, Grade.A)
    assert (small.result["valid"], small.result["required"], small.certainty) == (False, 5, Grade.B)


def test_days_are_clear_only_where_the_law_says_so() -> None:
    assert decide(notice("2026-10-13", "2026-10-15"), ALSACE).result["valid"] is False
    found = decide(notice("2026-10-12", "2026-10-15"), ALSACE)
    assert (found.result["unit"], found.result["clear_days"], found.result["required"]) == ("days", 2, 3)
    assert decide(notice("2026-10-10", "2026-10-15", 3500), ALSACE).result["valid"] is False


def test_months_end_where_the_month_ends() -> None:
    case = CouncillorsNoticeCase(met_on=dt.date(2027, 1, 31), approved_on=dt.date(2027, 12, 31))
    result = decide(case, EPCI).result
    assert (result["list_due"], result["minutes_due"]) == (dt.date(2027, 2, 28), dt.date(2028, 1, 31))
    with pytest.raises(CaseError, match="nothing on this point"):
        decide(case, COMMUNE)


def test_minutes_are_due_a_week_after_their_approval() -> None:
    case = PublicationCase(met_on=dt.date(2026, 10, 5), approved_on=dt.date(2026, 11, 9))
    assert decide(case, COMMUNE).result["minutes_due"] == dt.date(2026, 11, 16)


def test_seats_of_a_grouping_are_asked_for() -> None:
    found = decide(SeatsCase(population=20000), EPCI)
    assert (found.result["seats"], found.certainty) == (None, Grade.C)


def test_barred_items_and_secret_requests_are_told_apart() -> None:
    case = RemoteCase(
        items=("president_election", "road_works", "land_sale", "road_works"),
        ri_clause=True,
        secret_requested=("land_sale", "president_election"),
    )
    found = decide(case, EPCI)
    assert found.result == {
        "allowed": False,
        "barred": ("president_election",),
        "postponed": ("land_sale",),
        "stream": True,
    }
    lawful = decide(replace(case, items=("road_works", "land_sale")), REMOTE)
    assert lawful.result["allowed"] is True
    assert decide(replace(case, ri_clause=False), EPCI).result["barred"] == ("president_election",)


@pytest.mark.parametrize("rules", [COMMUNE, ALSACE])
def test_a_municipal_council_never_meets_by_video(rules: object) -> None:
    found = decide(RemoteCase(ri_clause=True), SETS.rules(rules.id, DAY))  # type: ignore[attr-defined] # Rules
    assert found.result == {"allowed": False, "barred": (), "postponed": (), "stream": False}
    assert "CGCT L2121-7" in found.articles


def test_a_committee_meets_by_video_only_with_a_clause_and_with_doubt() -> None:
    for rules in (COMMUNE, EPCI, COMMITTEE):
        found = decide(RemoteCase(session="committee", ri_clause=True), REMOTE)
        assert (found.result["allowed"], found.certainty) == (True, Grade.B)
        assert decide(RemoteCase(session="committee"), rules).result["allowed"] is False
    assert decide(RemoteCase(ri_clause=True), COMMITTEE).result["allowed"] is True
    assert decide(RemoteCase(session="bureau"), COMMUNE).result["allowed"] is None


def test_the_regime_of_2020_needed_no_clause_but_never_elected_a_mayor() -> None:
    assert decide(RemoteCase(items=("road_works",)), COVID).result["allowed"] is True
    assert decide(RemoteCase(items=("mayor_election",)), COVID).result["barred"] == ("mayor_election",)


def test_the_half_year_keeps_its_sitting_in_one_place() -> None:
    june = SinglePlaceCase(meets_on=dt.date(2026, 6, 30), remote=True)
    assert decide(june, EPCI).result["semester_to"] == dt.date(2026, 6, 30)
    assert decide(june, EPCI).result["allowed"] is False
    assert decide(replace(june, planned=1), EPCI).result["allowed"] is True
    assert decide(replace(june, remote=False), EPCI).result["allowed"] is True


def test_an_interested_member_holds_no_vote_and_no_proxy_votes() -> None:
    found = decide(VoteRightsCase(holder_interested=True, proxies_held=1), COMMUNE)
    assert found.result == {"votes": 0, "accepted": True}
    cast = decide(MemberVotesCase(own="for", proxies=("for",), holder_interested=True), COMMUNE)
    assert (cast.result["accepted"], cast.result["for"]) == (False, 0)


def test_proxies_are_limited_by_the_set() -> None:
    assert decide(VoteRightsCase(), COMMUNE).result == {"votes": 1, "accepted": True}
    assert decide(VoteRightsCase(another_proxy=True), COMMUNE).result == {"votes": 2, "accepted": True}
    assert decide(VoteRightsCase(proxies_held=2), COMMUNE).result == {"votes": 2, "accepted": False}
    assert decide(VoteRightsCase(proxies_held=1, another_proxy=True), COVID).result == {"votes": 3, "accepted": True}
    assert decide(VoteRightsCase(proxies_held=2, another_proxy=True), COVID).result == {"votes": 3, "accepted": False}


def test_secrecy_is_given_up_by_all_or_not_at_all() -> None:
    assert decide(SecrecyWaiverCase(agree=20), COMMUNE).result["waived"] is True
    assert decide(SecrecyWaiverCase(agree=20, post="mayor"), COMMUNE).result["waived"] is False
    assert decide(SecrecyWaiverCase(), COMMUNE).result["waived"] is False
    doubtful = decide(SecrecyWaiverCase(agree=19, abstain=1), COMMUNE)
    assert (doubtful.result["waived"], doubtful.certainty) == (False, Grade.B)


def test_items_on_the_agenda_are_voted_and_questions_only_discussed() -> None:
    assert decide(AgendaItemCase(on_agenda=True), COMMUNE).result["vote_allowed"] is True
    assert decide(AgendaItemCase(without_vote=True), COMMUNE).result == {
        "vote_allowed": False,
        "discussion_allowed": True,
    }


def test_requests_for_a_meeting_follow_the_size_of_the_town() -> None:
    case = RequisitionCase(population=999, in_office=15, signatures=7, requested_on=DAY)
    assert decide(case, COMMUNE).result["obliged"] is False
    assert decide(replace(case, population=1000), COMMUNE).result["obliged"] is True
    assert decide(case, ALSACE).result["threshold"] == 5
    assert decide(case, EPCI).result["threshold"] == 5
    prefect = decide(replace(case, signatures=0, prefect=True), COMMUNE)
    assert (prefect.result["obliged"], prefect.result["convene_by"]) == (True, dt.date(2026, 11, 4))


def test_the_generic_set_claims_no_law() -> None:
    for case in (QuorumCase(in_office=9, present=5), BallotCase(present=5, votes_for=3), RemoteCase()):
        found = decide(case, GENERIC)
        assert found.articles == ("Usage des assemblées (aucun texte)",)


@pytest.mark.parametrize("name", ["Budget primitif", "ÉLECTION DU PRÉSIDENT", "election d’un vice-président"])
def test_a_barred_item_is_barred_as_a_clerk_would_write_it(name: str) -> None:
    answer = decide(RemoteCase(items=(name,), ri_clause=True), REMOTE)
    assert answer.result["barred"] == (name,)
    assert answer.result["allowed"] is False


def test_an_item_of_another_name_is_openly_taken_for_an_ordinary_one() -> None:
    answer = decide(RemoteCase(items=("Vote du BP 2027",), ri_clause=True), REMOTE)
    assert answer.result["allowed"] is True
    assert "points ordinaires : Vote du BP 2027" in spaced(answer.because.fr)


@pytest.mark.parametrize(
    "case",
    [
        {"kind": "publication", "met_on": "9999-12-31"},
        {"kind": "councillors_notice", "met_on": "9999-12-31", "rule_set": "fr-cgct-epci"},
        {"kind": "requisition", "population": 9, "in_office": 7, "prefect": True, "requested_on": "9999-12-30"},
    ],
)
def test_a_due_day_beyond_the_calendar_is_refused(case: dict[str, object]) -> None:
    request = parse(case, DAY)
    with pytest.raises(CaseError, match="calendar does not reach"):
        decide(request.case, SETS.rules(request.rule_set, request.on))


def test_a_candidate_has_a_name() -> None:
    with pytest.raises(CaseError, match="has no name"):
        parse({"kind": "election", "rounds": [{"candidates": {" ": 5}}]}, DAY)


def test_an_assembly_by_video_is_streamed_and_a_committee_is_not() -> None:
    assembly = decide(RemoteCase(session="plenary", items=(), ri_clause=True), EPCI)
    committee = decide(RemoteCase(session="committee", items=(), ri_clause=True), EPCI)

    assert (assembly.result["stream"], committee.result["stream"]) == (True, False)
    assert "diffusion" in assembly.because.fr
