"""`python -m portal check`: whether everything that the portal needs is there; what is not, why, and what helps."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from typing import Any

from portal import i18n
from portal.check_house import backups, data, jobs, mail_queue, public_address
from portal.check_surroundings import clock_finding, disk, mail, media_address, redis, running
from portal.clock import utc_now
from portal.findings import Finding, State
from portal.i18n import _, lazy
from portal.settings import SettingError, Settings, load

_WORDS = {State.GOOD: lazy("good"), State.WARNING: lazy("look"), State.FAULT: lazy("fault")}
_COLOURS = {State.GOOD: "32", State.WARNING: "33", State.FAULT: "31"}


async def findings(settings: Settings, mail_to: str | None) -> list[Finding]:
    """Every line of the check. None takes longer than a few seconds, whatever does not answer."""
    found = [Finding(lazy("settings"), State.GOOD, lazy("Every setting can be used."))]
    found += public_address(settings)
    found += await data(settings)
    found += await asyncio.gather(redis(settings), mail(settings, mail_to), running(settings), clock_finding(settings))
    found += [media_address(settings), disk(settings), backups(settings, utc_now())]
    found += await jobs(settings, utc_now())
    found += await mail_queue(settings)
    return found


def add_to(commands: Any) -> None:
    """Add the command."""
    parser = commands.add_parser("check", help="look whether everything that the portal needs is there")
    parser.add_argument("--mail-to", metavar="ADDRESS", help="send a mail there, to see that mail arrives")
    parser.add_argument("--json", action="store_true", help="for programs: one JSON object")
    parser.add_argument("--lang", choices=i18n.LOCALES, help="language of the answers")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    try:
        settings, wrong = load(), None
    except SettingError as error:
        settings, wrong = None, error
    with i18n.speaking(options.lang or (settings.locale if settings else i18n.LOCALES[0])):
        if settings is None:
            name, advice = lazy("settings"), lazy("docs/settings.md lists them.")
            found = [Finding(name, State.FAULT, lazy("%(cause)s"), advice, {"cause": wrong})]
        else:
            found = asyncio.run(findings(settings, options.mail_to))
        print(_as_json(found) if options.json else _as_text(found, coloured=sys.stdout.isatty()))
    return 1 if any(finding.state is State.FAULT for finding in found) else 0


def _as_json(found: Sequence[Finding]) -> str:
    lines = [
        {"name": finding.name, "state": finding.state.value, "says": finding.words(), "advice": finding.advice_words()}
        for finding in found
    ]
    return json.dumps({"ok": all(finding.state is not State.FAULT for finding in found), "checks": lines})


def _as_text(found: Sequence[Finding], *, coloured: bool) -> str:
    lines = []
    width = max(len(_(finding.name)) for finding in found)
    for finding in found:
        word = f"{_(_WORDS[finding.state]):<6}"
        shown = f"\x1b[{_COLOURS[finding.state]}m{word}\x1b[0m" if coloured else word
        lines.append(f"{shown} {_(finding.name):<{width}}  {finding.words()}")
        if finding.advice:
            lines.append(f"{'':<6} {'':<{width}}  → {finding.advice_words()}")
    return "\n".join(lines)
