"""Asking for a public or a secret ballot, and giving up the secrecy of an appointment (CGCT L2121-21)."""

from __future__ import annotations

from meetings.rules.answers import Answer, Value
from meetings.rules.cases import Case, case, choice, count, kind
from meetings.rules.errors import CaseError
from meetings.rules.kinds.ballot import Kinds
from meetings.rules.rules import Reasons, Rules
from meetings.rules.shares import Share
from meetings.rules.terms import one_of, rule, share, words, yes_no

_ASKED = "asked threshold"


@rule("ballot_request.secret", outcomes={"threshold": "threshold share present", "granted": _ASKED, "refused": _ASKED})
class SecretRequest:
    """The share of the members present that obtains a secret ballot."""

    share: Share = share()


@rule("ballot_request.public", outcomes={"threshold": "threshold share present", "granted": _ASKED, "refused": _ASKED})
class PublicRequest:
    """The share of the members present that obtains a public ballot."""

    share: Share = share()


@rule("ballot_request.precedence", outcomes={"secret": "", "public": ""})
class Precedence:
    """Which ballot is held when both are validly asked on the same item."""

    first: str = one_of("secret", "public")


@case
class BallotRequestCase(Case):
    """Who is there and who asks. Members represented count on neither side."""

    present: int = count("Présents", "Present")
    represented: int = count("Représentés", "Represented", default=0)
    asked_secret: int | None = count(
        "Présents qui demandent le scrutin secret", "Present members asking for a secret ballot", default=None
    )
    asked_public: int | None = count(
        "Présents qui demandent le scrutin public", "Present members asking for a public ballot", default=None
    )

    def check(self) -> None:
        """Refuse more members asking than members present."""
        for field, asked in (("asked_secret", self.asked_secret), ("asked_public", self.asked_public)):
            if (asked or 0) > self.present:
                raise CaseError(
                    "Impossible : plus de demandeurs que de membres présents.",
                    "Impossible: more members asking than present.",
                    field=field,
                )


@kind("ballot_request", BallotRequestCase, fr="Demande de scrutin public ou secret", en="Request for a ballot")
def decide_ballot_request(case: BallotRequestCase, rules: Rules) -> Answer:
    """Compute both thresholds and, when somebody asks, say which ballot is held (null: the ordinary one)."""
    why = Reasons(rules)
    secret = max(1, why.rule(SecretRequest).share.smallest(case.present))
    public = max(1, why.rule(PublicRequest).share.smallest(case.present))
    _cite(SecretRequest, case.asked_secret, secret, case.present, why)
    _cite(PublicRequest, case.asked_public, public, case.present, why)
    result: dict[str, Value] = {"secret": secret, "public": public}
    if case.asked_secret is None and case.asked_public is None:
        return why.answer("ballot_request", result)
    granted = None
    both = [(case.asked_secret or 0) >= secret, (case.asked_public or 0) >= public]
    if all(both):
        granted = why.rule(Precedence).first
        why.cite(Precedence, granted)
    elif any(both):
        granted = "secret" if both[0] else "public"
    result["granted"] = granted
    if granted is not None and granted not in why.rule(Kinds).allowed:
        why.cite(Kinds, "postponed")
        result["postponed"] = True
    return why.answer("ballot_request", result)


def _cite(
    model: type[SecretRequest | PublicRequest], asked: int | None, threshold: int, present: int, why: Reasons
) -> None:
    if asked is None:
        why.cite(model, "threshold", threshold=threshold, share=why.rule(model).share.words, present=present)
    else:
        why.cite(model, "granted" if asked >= threshold else "refused", asked=asked, threshold=threshold)


POSTS = {
    "mayor": ("Maire ou président", "Mayor or president"),
    "deputy": ("Adjoint ou vice-président", "Deputy or vice-president"),
    "committee": ("Commission ou organisme extérieur", "Committee or outside body"),
    "other": ("Autre nomination", "Another appointment"),
}


@rule("secrecy_waiver.unanimity", outcomes={"waived": "agree", "refused": "refuse", "nobody": ""})
class Unanimity:
    """An appointment is voted in secret unless the council unanimously decides otherwise."""

    waivable: bool = yes_no(stricter=False)


@rule("secrecy_waiver.abstention", outcomes={"abstained": "abstain"})
class WaiverAbstention:
    """Whether an abstention breaks the unanimity that gives up the secret ballot."""

    breaks_unanimity: bool = yes_no(stricter=True)


@rule("secrecy_waiver.mandatory", outcomes={"secret": ""})
class MandatorySecrecy:
    """Posts whose election is always secret."""

    posts: tuple[str, ...] = words("mayor", "deputy", "committee", "other", stricter="more", empty=True)


@case
class SecrecyWaiverCase(Case):
    """The vote on giving up the secret ballot for one appointment."""

    agree: int = count("Pour renoncer au secret", "Agree to give up secrecy", default=0)
    refuse: int = count("Contre", "Refuse", default=0)
    abstain: int = count("Abstentions", "Abstain", default=0)
    voters: int | None = count("Votants", "Voters", default=None)
    post: str = choice("Fonction à pourvoir", "Post", values=POSTS, default="other")

    def check(self) -> None:
        """Refuse more votes than voters."""
        if self.voters is not None and self.agree + self.refuse + self.abstain > self.voters:
            raise CaseError(
                "Impossible : plus de votes que de votants.", "Impossible: more votes than voters.", field="voters"
            )

    @property
    def silent(self) -> int:
        """Who abstained or said nothing at all: neither is an agreement."""
        said = self.agree + self.refuse
        return self.abstain if self.voters is None else self.voters - said


@kind("secrecy_waiver", SecrecyWaiverCase, fr="Renoncer au scrutin secret", en="Giving up the secret ballot")
def decide_secrecy_waiver(case: SecrecyWaiverCase, rules: Rules) -> Answer:
    """Say whether an appointment may be voted in the open."""
    why = Reasons(rules)
    waived = False
    if case.post in why.rule(MandatorySecrecy).posts:
        why.cite(MandatorySecrecy, "secret")
    elif not why.rule(Unanimity).waivable or case.refuse:
        why.cite(Unanimity, "refused", refuse=case.refuse)
    elif not case.agree:
        why.cite(Unanimity, "nobody")
    elif case.silent and why.rule(WaiverAbstention).breaks_unanimity:
        why.cite(Unanimity)
        why.cite(WaiverAbstention, "abstained", abstain=case.silent)
    else:
        waived = True
        why.cite(Unanimity, "waived", agree=case.agree)
    return why.answer("secrecy_waiver", {"waived": waived, "ballot": "ordinary" if waived else "secret"})
