"""The adopted deliberations of a sitting as open data: the schema « Délibérations » of the SCDL, version 2.1.

See schema.data.gouv.fr/scdl/deliberations. What the portal does not hold (budget, receipt of the prefect) stays empty.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from meetings.minutes.model.matters import published_name
from meetings.minutes.model.record import ItemRecord, Record, deliberation_number

COLUMNS = (
    "COLL_NOM", "COLL_SIRET", "DELIB_ID", "DELIB_DATE", "DELIB_MATIERE_CODE", "DELIB_MATIERE_NOM", "DELIB_OBJET",
    "BUDGET_ANNEE", "BUDGET_NOM", "PREF_ID", "PREF_DATE", "VOTE_EFFECTIF", "VOTE_REEL", "VOTE_POUR", "VOTE_CONTRE",
    "VOTE_ABSTENTION", "DELIB_URL",
)  # fmt: skip


@dataclass(frozen=True)
class Authority:
    """Whose deliberations they are."""

    name: str
    siret: str
    """Fourteen digits."""


def adopted(record: Record) -> list[tuple[int, ItemRecord]]:
    """What the schema is about: deliberations that were adopted, with their numbers within the sitting."""
    return [(number, item) for number, item in record.deliberations if item.is_adopted]


def is_complete(record: Record, authority: Authority) -> bool:
    """Whether everything is there that the schema requires: a deliberation, and each with its subject."""
    found = adopted(record)
    return bool(
        record.is_over and authority.name and authority.siret and found and all(item.matter for _, item in found)
    )


def open_data(record: Record, authority: Authority, met_on: date, urls: Mapping[str, str]) -> str:
    """The file, as CSV (RFC 4180) with its header; `urls` are the published texts by item."""
    file = io.StringIO()
    written = csv.DictWriter(file, COLUMNS, restval="")
    written.writeheader()
    for number, item in adopted(record):
        written.writerow(
            {
                "COLL_NOM": authority.name,
                "COLL_SIRET": authority.siret,
                "DELIB_ID": deliberation_number(met_on.isoformat(), number),
                "DELIB_DATE": met_on.isoformat(),
                "DELIB_MATIERE_CODE": item.matter,
                "DELIB_MATIERE_NOM": published_name(item.matter),
                "DELIB_OBJET": item.point.title,
                "VOTE_EFFECTIF": len(record.seats),
                "DELIB_URL": urls.get(item.point.item_id, ""),
                **_votes(item),
            }
        )
    return file.getvalue()


def _votes(item: ItemRecord) -> dict[str, int]:
    """The counts of the ballot that settled it; an election counts papers and has no votes for or against."""
    result = item.deciding.result if item.deciding is not None else None
    if result is not None:
        count = result.count
        return {
            "VOTE_REEL": count.votes,
            "VOTE_POUR": count.votes_for,
            "VOTE_CONTRE": count.against,
            "VOTE_ABSTENTION": count.abstain,
        }
    rounds = item.elected[-1].rounds if item.elected else ()
    return {"VOTE_REEL": rounds[-1].papers} if rounds else {}
