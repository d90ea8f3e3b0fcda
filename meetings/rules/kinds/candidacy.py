"""Appointing without a vote, where only one candidacy or one list was put forward (CGCT L2121-21, last paragraph)."""

from __future__ import annotations

from meetings.rules.answers import Answer
from meetings.rules.cases import Case, case, choice, count, kind
from meetings.rules.errors import CaseError
from meetings.rules.kinds.ballot_request import POSTS
from meetings.rules.kinds.election import Place
from meetings.rules.rules import Reasons, Rules
from meetings.rules.terms import rule, words


@rule(
    "election.single_candidacy",
    outcomes={"one": "", "one_list": "", "none": "", "several": "candidacies lists", "voted": ""},
)
class SingleCandidacy:
    """The posts to which a single candidacy, or the only list, is appointed at once and without a vote."""

    posts: tuple[str, ...] = words("mayor", "deputy", "committee", "other", stricter="fewer", empty=True)


@case
class SingleCandidacyCase(Case):
    """What was put forward for one post, or for the posts of one list, after the call for candidates."""

    post: str = choice("Fonction à pourvoir", "Post", values=POSTS, default="committee")
    candidacies: int = count("Candidatures pour ce poste", "Candidacies for this post", default=0)
    lists: int = count("Listes présentées après appel", "Lists presented after the call", default=0)

    def check(self) -> None:
        """Refuse single names beside lists: a post is filled from one or the other."""
        if self.candidacies and self.lists:
            raise CaseError(
                "Comptez soit les candidatures pour un poste, soit les listes.",
                "Count either the candidacies for one post, or the lists.",
                field="lists",
            )


@kind("single_candidacy", SingleCandidacyCase, fr="Candidature unique", en="Single candidacy")
def decide_single_candidacy(case: SingleCandidacyCase, rules: Rules) -> Answer:
    """Say whether the appointment takes effect at once, or must be voted."""
    why = Reasons(rules)
    posts = why.rule(SingleCandidacy).posts
    takes_effect = False
    if not why.rule(Place).allowed:
        why.cite(Place, "refused")
    elif case.post not in posts:
        why.cite(SingleCandidacy, "voted")
    elif not case.candidacies + case.lists:
        why.cite(SingleCandidacy, "none")
    elif case.candidacies + case.lists > 1:
        why.cite(SingleCandidacy, "several", candidacies=case.candidacies, lists=case.lists)
    else:
        takes_effect = True
        why.cite(SingleCandidacy, "one_list" if case.lists else "one")
    return why.answer("single_candidacy", {"takes_effect": takes_effect})
