"""The rules of accounts, without a database."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from portal.accounts.model import (
    Login,
    Person,
    RoleHolding,
    Status,
    Via,
    Weakness,
    clean_email,
    handle_from,
    weakness,
)
from portal.accounts.service.logins import browser_label
from portal.accounts.service.throttle import is_known, known_cookie
from portal.accounts.web.answers import local_path
from portal.errors import Conflict
from portal.permissions import Role

NOW = datetime(2026, 5, 4, 7, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (" Marie.Curie@Mail.Test ", "marie.curie@mail.test"),
        ("marie+board@mail.test", "marie+board@mail.test"),
        ("marie@été.fr", "marie@xn--t-9fab.fr"),
        ("root@localhost", "root@localhost"),
    ],
)
def test_email_is_kept_in_one_form(given: str, kept: str) -> None:
    assert clean_email(given) == kept
    assert clean_email(kept) == kept


@pytest.mark.parametrize(
    "given",
    [
        "",
        "@",
        "a@",
        "@b.fr",
        "a b@c.fr",
        "a@b c.fr",
        "a@b\nc.fr",
        "a@b,c.fr",
        "<a@b.fr>",
        "a@-b.fr",
        "é@b.fr",
        "a@b..fr",
    ],
)
def test_what_is_no_address_is_refused(given: str) -> None:
    with pytest.raises(ValueError, match="address"):
        clean_email(given)


@pytest.mark.parametrize(
    ("name", "handle"),
    [
        ("Marie Dupont", "marie-dupont"),
        ("Élise d’Aubigné", "elise-d-aubigne"),
        ("Jean-Noël Œuvrard", "jean-noel-oeuvrard"),
        ("Straße", "strasse"),
        ("李明", "person"),
        ("x" * 80, "x" * 34),
    ],
)
def test_handle_follows_the_name(name: str, handle: str) -> None:
    assert handle_from(name) == handle


@pytest.mark.parametrize(
    ("password", "found"),
    [
        ("quatre chevaux dans un pré", None),
        ("8371846205718365", None),
        ("onzelettres", Weakness.SHORT),
        ("douzelettres", None),
        ("835172640571", Weakness.DIGITS),
        ("aaaaaaaaaaaaaaaa", Weakness.GUESSABLE),
        ("azertyuiop123", Weakness.GUESSABLE),
        ("motdepasse2026!", Weakness.GUESSABLE),
        ("M0td3passe!2026", Weakness.GUESSABLE),
        ("erssapedtom2026", Weakness.GUESSABLE),
        ("Marie Dupont 1987", Weakness.GUESSABLE),
        ("saint-aubin-marie", Weakness.GUESSABLE),
        ("abcdefghijklmnop", Weakness.GUESSABLE),
        ("abcabcabcabcabc", Weakness.GUESSABLE),
        ("é" * 201, Weakness.LONG),
    ],
)
def test_password_is_judged_by_length_and_by_what_is_left_without_the_guessable(
    password: str, found: Weakness | None
) -> None:
    assert weakness(password, about=("Marie Dupont", "marie@mail.test", "Saint-Aubin")) is found


def login(**changes: object) -> Login:
    usual = {"id": "l", "person_id": "p", "via": Via.PASSWORD, "created_at": NOW, "used_at": NOW, "is_shared": False}
    return Login(**{**usual, **changes})


@pytest.mark.parametrize(
    ("is_staff", "is_shared", "rest"),
    [(False, False, timedelta(days=30)), (True, False, timedelta(hours=12)), (False, True, timedelta(hours=12))],
)
def test_sign_in_ends_after_its_rest(is_staff: bool, is_shared: bool, rest: timedelta) -> None:
    found = login(is_shared=is_shared)

    assert found.is_alive(NOW + rest - timedelta(seconds=1), is_staff=is_staff)
    assert not found.is_alive(NOW + rest, is_staff=is_staff)


def test_longest_life_of_a_staff_sign_in_ends_at_night_and_not_in_a_sitting() -> None:
    week = NOW + timedelta(days=7)
    in_use = login(used_at=week)

    assert in_use.is_alive(week + timedelta(hours=11), is_staff=True)
    night = datetime(2026, 5, 12, 2, 0, tzinfo=UTC)
    in_use.used_at = night - timedelta(hours=1)
    assert in_use.is_alive(night - timedelta(seconds=1), is_staff=True)
    assert not in_use.is_alive(night, is_staff=True)


def test_use_is_marked_once_an_hour() -> None:
    assert not login().needs_marking(NOW + timedelta(minutes=59))
    assert login().needs_marking(NOW + timedelta(hours=1))


@pytest.mark.parametrize(
    ("day", "is_valid", "is_over"),
    [(3, False, False), (4, True, False), (6, True, False), (7, False, True)],
)
def test_role_holds_on_its_days(day: int, is_valid: bool, is_over: bool) -> None:
    holding = RoleHolding(role=Role.CLERK, since=date(2026, 5, 4), until=date(2026, 5, 6), ended_at=None)

    assert holding.is_valid(date(2026, 5, day)) is is_valid
    assert holding.is_over(date(2026, 5, day)) is is_over


def test_role_taken_away_is_over_and_cannot_be_taken_away_again() -> None:
    holding = RoleHolding(role=Role.CLERK, since=date(2026, 5, 4), until=None, ended_at=None)

    holding.end(NOW)

    assert not holding.is_valid(date(2026, 5, 4))
    with pytest.raises(Conflict):
        holding.end(NOW)


@pytest.mark.parametrize("status", [Status.UNCONFIRMED, Status.BANNED, Status.ERASED])
def test_only_an_active_account_is_banned(status: Status) -> None:
    with pytest.raises(Conflict):
        Person(status=status).ban("reason")


@pytest.mark.parametrize("status", [Status.BANNED, Status.ERASED])
def test_closed_account_is_not_opened_by_confirming_it(status: Status) -> None:
    with pytest.raises(Conflict):
        Person(status=status).confirm()


@pytest.mark.parametrize(
    ("user_agent", "label"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox, Linux"),
        (
            "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 Edg/140.0",
            "Edge, Windows",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1 Version/18.0 Safari/604.1",
            "Safari, iPhone",
        ),
        ("<script>alert(1)</script>", ""),
        ("", ""),
    ],
)
def test_browser_is_named_in_two_words_of_our_own(user_agent: str, label: str) -> None:
    assert browser_label(user_agent) == label


def test_known_browser_keeps_four_accounts_and_believes_nothing_forged() -> None:
    cookie = ""
    for number in range(5):
        cookie = known_cookie(cookie, f"p{number}@mail.test", "key")

    assert [is_known(cookie, f"p{number}@mail.test", "key") for number in range(5)] == [False, True, True, True, True]
    assert not is_known(cookie, "p1@mail.test", "another key")
    assert not is_known("", "p1@mail.test", "key")
    assert not is_known("x" * 43 + "." + "0" * 32, "p1@mail.test", "key")
    assert not is_known("é" * 5000, "p1@mail.test", "key")


@pytest.mark.parametrize("path", ["/", "/account?done=saved", "/rooms/abc"])
def test_own_path_is_followed(path: str) -> None:
    assert local_path(path) == path
