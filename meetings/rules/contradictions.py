"""Rules that cannot hold together in one set."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeVar, cast

from meetings.rules.kinds import ballot, ballot_request, election, notice, quorum, remote, seats, vote_rights
from meetings.rules.wording import Text

R = TypeVar("R")
Values = Mapping[type, object]


def contradictions(values: Values) -> Iterator[tuple[str, Text]]:
    """Yield the name of the rule to be looked at and what contradicts what."""
    yield from _places(values)
    yield from _proxies(values)
    yield from _ballots(values)
    yield from _notices(values)
    yield from _elections(values)
    yield from _seats(values)


def _get(values: Values, model: type[R]) -> R | None:
    return cast("R | None", values.get(model))


def _places(values: Values) -> Iterator[tuple[str, Text]]:
    rooms, location = _get(values, quorum.Rooms), _get(values, quorum.MemberLocation)
    plenary = _get(values, remote.Plenary)
    if rooms and location and (location.location == "main_room") == rooms.counted:
        yield (
            "quorum.member_location",
            Text(
                "quorum.member_location contredit quorum.rooms : les autres salles comptent ou ne comptent pas.",
                "quorum.member_location contradicts quorum.rooms: other rooms count or do not.",
            ),
        )
    if plenary and plenary.allowed == "no" and ((rooms and rooms.counted) or (location and location.location == "any")):
        yield (
            "remote.plenary",
            Text(
                "remote.plenary interdit la visioconférence, mais le quorum compte des membres à distance.",
                "remote.plenary forbids video, yet the quorum counts members who are elsewhere.",
            ),
        )


def _proxies(values: Values) -> Iterator[tuple[str, Text]]:
    threshold, holding = _get(values, quorum.Threshold), _get(values, vote_rights.Holding)
    if threshold and holding and threshold.represented and holding.max_per_holder == 0:
        yield (
            "quorum.threshold",
            Text(
                "quorum.threshold compte les représentés, mais proxies.holding n’admet aucun pouvoir.",
                "quorum.threshold counts those represented, yet proxies.holding allows no proxy.",
            ),
        )


def _ballots(values: Values) -> Iterator[tuple[str, Text]]:
    kinds, place = _get(values, ballot.Kinds), _get(values, election.Place)
    if kinds and kinds.usual not in kinds.allowed:
        yield (
            "ballot.kinds",
            Text(
                "ballot.kinds : le scrutin habituel n’est pas parmi ceux qui sont permis.",
                "ballot.kinds: the usual ballot is not among those allowed.",
            ),
        )
    secret, public = _get(values, ballot_request.SecretRequest), _get(values, ballot_request.PublicRequest)
    postpones = _get(values, remote.SecretRequest)
    if kinds and place and postpones and postpones.postpones and "secret" in kinds.allowed and not place.allowed:
        yield (
            "ballot.kinds",
            Text(
                "ballot.kinds permet le scrutin secret, que remote.secret_request renvoie à une autre séance.",
                "ballot.kinds allows a secret ballot, which remote.secret_request sends to another sitting.",
            ),
        )
    if secret and public and (secret.share.fraction == 0 or public.share.fraction == 0):
        yield (
            "ballot_request.secret",
            Text(
                "Une demande de scrutin que personne ne forme ne peut aboutir.",
                "A request made by nobody cannot be granted.",
            ),
        )


def _notices(values: Values) -> Iterator[tuple[str, Text]]:
    bands: tuple[tuple[str, notice.SmallTown | notice.LargeTown | None], ...] = (
        ("notice.small_town", _get(values, notice.SmallTown)),
        ("notice.large_town", _get(values, notice.LargeTown)),
    )
    for name, band in bands:
        if band and (band.urgent_days > band.days):
            yield (
                name,
                Text(
                    f"{name} : l’urgence allonge le délai au lieu de l’abréger.",
                    f"{name}: urgency lengthens the notice instead of shortening it.",
                ),
            )


def _elections(values: Values) -> Iterator[tuple[str, Text]]:
    rounds = _get(values, election.Rounds)
    if rounds and "relative" in rounds.majorities[:-1]:
        yield (
            "election.rounds",
            Text(
                "election.rounds : un tour à la majorité relative élit toujours, rien ne peut le suivre.",
                "election.rounds: a round by relative majority always elects, nothing can follow it.",
            ),
        )


def _seats(values: Values) -> Iterator[tuple[str, Text]]:
    table = _get(values, seats.Table)
    if table and table.steps is not None:
        numbers = [number for _, number in table.steps]
        if numbers != sorted(numbers):
            yield (
                "seats.table",
                Text(
                    "seats.table : une commune plus peuplée aurait moins de sièges.",
                    "seats.table: a larger town would have fewer seats.",
                ),
            )
