"""The pages of the record: the clerk's draft, what is published, and who is refused."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from datetime import UTC, datetime

import pytest
from pypdf import PdfReader
from sqlalchemy import select

from meetings.minutes.verification import verify
from meetings.sittings.model import Body, JournalEntry
from portal.audit import AuditEntry
from portal.permissions import Role
from tests.helpdesk.board.site import Browser, Site
from tests.meetings.minutes.held_sitting import insert_sitting
from tests.meetings.minutes.journals import Journal

BASE = "/sittings/s1/record"
SIRET = "21860194600013"
POSTS: dict[str, dict[str, str]] = {
    "classify": {"item": "i2", "matter": "7.10"},
    "note": {"item": "i2", "text": "x"},
    "word": {"item": "i2", "text": "x"},
    "correct": {"number": "1", "text": "x"},
    "publish-list": {},
    "publish-minutes": {"approved_on": "2026-05-22"},
}


async def held(site: Site, *, until: str = "") -> Journal:
    site.clock.now = datetime(2026, 5, 22, 8, 0, tzinfo=UTC)
    return await insert_sitting(site.portal.database, site.portal.settings.host, until=until)


async def submit(browser: Browser, path: str, **fields: str) -> int:
    form = {"csrf_token": browser.token, **fields}
    answer = await browser.client.post(path, form=form, headers={**browser.headers, "Accept": "text/html"})
    return answer.status_code


async def document(browser: Browser, path: str) -> tuple[bytes, str]:
    answer = await browser.get(path)
    assert (answer.status_code, answer.content_type) == (200, "application/pdf"), path
    data = await answer.get_data(as_text=False)
    return data, " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages).split())


async def test_the_clerk_reads_the_draft_on_the_page_and_on_paper(site: Site) -> None:
    await held(site)
    clerk = await site.person("Greffe", Role.CLERK)

    page = await clerk.text(BASE)
    for needed in ("Members present", "Anne Aubry, Bilal Ben Saïd, Carole Cœur", "M. Duval demande un barème",
                   "Le rapport.", "3 for, 1 against, 1 abstention", "Draft minutes, PDF", "27 May 2026"):  # fmt: skip
        assert needed in page, needed
    _data, text = await document(clerk, f"{BASE}/print/minutes.pdf")
    assert "these minutes have not been approved yet" in text
    assert "Le conseil décide." in text
    _data, text = await document(clerk, f"{BASE}/print/closing.pdf?from=57")
    assert "Sheet 57" in text
    _data, text = await document(clerk, f"{BASE}/print/deliberation.pdf?item=i3")
    assert "Vente d’un terrain communal" in text
    assert (await clerk.get(f"{BASE}/print/deliberation.pdf?item=i6")).status_code == 404
    assert (await clerk.get(f"{BASE}/print/other.pdf")).status_code == 404


async def test_the_public_reads_results_once_the_sitting_is_closed_and_documents_once_they_are_published(
    site: Site,
) -> None:
    await held(site)
    clerk, visitor = await site.person("Greffe", Role.CLERK), site.visitor()

    page = await visitor.text(BASE)
    assert "Vente d’un terrain communal" in page
    assert "Deliberation refused" in page
    assert "Anne Aubry, Bilal Ben Saïd, Élodie Elster (proxy to Bilal Ben Saïd)" in page
    assert "M. Duval demande" not in page
    for name in ("list.pdf", "minutes.pdf", "deliberations/i2.pdf"):
        assert (await visitor.get(f"{BASE}/{name}")).status_code == 404

    assert await submit(clerk, f"{BASE}/publish-list") == 303
    data, text = await document(visitor, f"{BASE}/list.pdf")
    assert "Tarifs de la restauration scolaire" in text
    assert hashlib.sha256(data).hexdigest() in await visitor.text(BASE)
    _data, text = await document(visitor, f"{BASE}/deliberations/i2.pdf")
    assert "Le conseil décide." in text
    assert (await visitor.get(f"{BASE}/deliberations/i6.pdf")).status_code == 404
    assert (await visitor.get(f"{BASE}/minutes.pdf")).status_code == 404


async def test_minutes_are_published_with_the_day_on_which_they_were_approved(site: Site) -> None:
    await held(site)
    clerk, visitor = await site.person("Greffe", Role.CLERK), site.visitor()

    for wrong in ("", "2026-05-19", "2026-05-23", "demain"):
        assert await submit(clerk, f"{BASE}/publish-minutes", approved_on=wrong) == 422
    assert await submit(clerk, f"{BASE}/publish-minutes", approved_on="2026-05-22") == 303

    data, text = await document(visitor, f"{BASE}/minutes.pdf")
    assert "Approved at the sitting of 22 May 2026." in text
    assert "M. Duval demande un barème" in text
    page = await visitor.text(BASE)
    assert "Minutes approved on 22 May 2026" in page
    async with site.portal.database.read() as db:
        entry = (await db.scalars(select(JournalEntry).order_by(JournalEntry.number.desc()))).first()
        audited = (await db.scalars(select(AuditEntry.act))).all()
    assert entry is not None
    assert (entry.kind, entry.content) == (
        "minutes.published", {"sha256": hashlib.sha256(data).hexdigest(), "approved_on": "2026-05-22"},
    )  # fmt: skip
    assert "minutes.published" in audited


async def test_what_was_published_stays_as_it_was_while_the_draft_goes_on(site: Site) -> None:
    await held(site)
    clerk, visitor = await site.person("Greffe", Role.CLERK), site.visitor()
    await submit(clerk, f"{BASE}/publish-minutes", approved_on="2026-05-22")
    published, _text = await document(visitor, f"{BASE}/minutes.pdf")

    assert await submit(clerk, f"{BASE}/note", item="i2", text="Autrement.") == 303

    assert (await document(visitor, f"{BASE}/minutes.pdf"))[0] == published
    assert "Autrement." in (await document(clerk, f"{BASE}/print/minutes.pdf"))[1]


async def test_notes_wordings_and_corrections_are_further_entries_and_the_journal_verifies(site: Site) -> None:
    journal = await held(site)
    clerk = await site.person("Greffe", Role.CLERK)

    assert await submit(clerk, f"{BASE}/note", item="i3", text="Débat sur le prix.") == 303
    assert await submit(clerk, f"{BASE}/word", item="i2", text="Le conseil décide autrement.") == 303
    assert await submit(clerk, f"{BASE}/correct", number="3", text="Lire Élodie.") == 303
    assert await submit(clerk, f"{BASE}/correct", number="9999", text="Lire.") == 422
    assert await submit(clerk, f"{BASE}/word", item="i2", text="") == 422
    assert await submit(clerk, f"{BASE}/note", item="other", text="x") == 422

    page = await clerk.text(BASE)
    for needed in ("Débat sur le prix.", "Le conseil décide autrement.", "Lire Élodie."):
        assert needed in page
    exported = await (await clerk.get("/sittings/s1/journal")).get_data(as_text=False)
    assert verify(exported).entries == len(journal.entries) + 3
    lines = exported.splitlines()
    assert all(entry.hash.encode() in line for entry, line in zip(journal.entries, lines[1:], strict=False))


async def test_adopted_deliberations_are_open_data_once_every_required_field_is_there(site: Site) -> None:
    await held(site)
    clerk, visitor = await site.person("Greffe", Role.CLERK), site.visitor()
    assert (await visitor.get(f"{BASE}/deliberations.csv")).status_code == 404

    wrong = {"authority": "Commune de Clairval", "siret": "12345678901234"}
    assert await submit(clerk, "/sittings/bodies/b1/authority", **wrong) == 422
    assert await submit(clerk, "/sittings/bodies/b1/authority", authority="Commune de Clairval", siret=SIRET) == 303
    for item, matter in (("i1", "5.2"), ("i2", "7.10")):
        assert await submit(clerk, f"{BASE}/classify", item=item, matter=matter) == 303
    assert (await visitor.get(f"{BASE}/deliberations.csv")).status_code == 404
    assert "deliberations.csv" not in await visitor.text(BASE)
    assert await submit(clerk, f"{BASE}/classify", item="i4", matter="0.1") == 422
    assert await submit(clerk, f"{BASE}/classify", item="i6", matter="5.3") == 422
    assert await submit(clerk, f"{BASE}/classify", item="i4", matter="5.3") == 303
    await submit(clerk, f"{BASE}/publish-list")

    assert "deliberations.csv" in await visitor.text(BASE)
    answer = await visitor.get(f"{BASE}/deliberations.csv")
    assert answer.content_type == "text/csv; charset=utf-8"
    lines = list(csv.DictReader(io.StringIO(await answer.get_data(as_text=True))))
    assert [line["DELIB_ID"] for line in lines] == ["2026-05-20-01", "2026-05-20-02", "2026-05-20-04"]
    assert lines[1] == {
        "COLL_NOM": "Commune de Clairval",
        "COLL_SIRET": SIRET,
        "DELIB_ID": "2026-05-20-02",
        "DELIB_DATE": "2026-05-20",
        "DELIB_MATIERE_CODE": "7.10",
        "DELIB_MATIERE_NOM": "finances locales/divers",
        "DELIB_OBJET": "Tarifs de la restauration scolaire",
        "BUDGET_ANNEE": "",
        "BUDGET_NOM": "",
        "PREF_ID": "",
        "PREF_DATE": "",
        "VOTE_EFFECTIF": "5",
        "VOTE_REEL": "5",
        "VOTE_POUR": "3",
        "VOTE_CONTRE": "1",
        "VOTE_ABSTENTION": "1",
        "DELIB_URL": "http://portal.test/sittings/s1/record/deliberations/i2.pdf",
    }
    assert (lines[2]["VOTE_REEL"], lines[2]["VOTE_POUR"]) == ("4", "")


async def test_who_keeps_no_bodies_does_not_say_whose_they_are(site: Site) -> None:
    await held(site)
    member, visitor = await site.person("Anne", Role.COUNCILLOR), site.visitor()
    fields = {"authority": "Commune de Clairval", "siret": SIRET}

    assert await submit(member, "/sittings/bodies/b1/authority", **fields) == 403
    assert await submit(visitor, "/sittings/bodies/b1/authority", **fields) in {303, 401}
    async with site.portal.database.read() as db:
        assert (await db.get_one(Body, "b1")).siret == ""


async def test_what_somebody_wrote_is_shown_as_text(site: Site) -> None:
    await held(site)
    clerk = await site.person("Greffe", Role.CLERK)
    await submit(clerk, f"{BASE}/note", item="i2", text="<script>alert(1)</script>")

    page = await (await clerk.get(BASE)).get_data(as_text=True)
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


@pytest.mark.parametrize("role", [Role.RESIDENT, Role.COUNCILLOR, Role.AGENT, Role.ADMINISTRATOR])
async def test_who_does_not_keep_the_minutes_reads_no_draft_and_changes_nothing(site: Site, role: Role) -> None:
    journal = await held(site)
    other = await site.person("Other", role)

    for sheet in ("minutes", "list", "closing"):
        assert (await other.get(f"{BASE}/print/{sheet}.pdf")).status_code == 403
    for post, fields in POSTS.items():
        assert await submit(other, f"{BASE}/{post}", **fields) == 403, post
    async with site.portal.database.read() as db:
        assert len((await db.scalars(select(JournalEntry))).all()) == len(journal.entries)


async def test_a_visitor_is_asked_to_sign_in_before_a_draft(site: Site) -> None:
    await held(site)
    visitor = site.visitor()

    assert (await visitor.get(f"{BASE}/print/minutes.pdf")).status_code in {302, 303, 401}


async def test_before_the_end_only_who_keeps_the_minutes_sees_a_record_and_nobody_publishes(site: Site) -> None:
    await held(site, until="sitting.closed")
    clerk, visitor = await site.person("Greffe", Role.CLERK), site.visitor()

    assert (await visitor.get(BASE)).status_code == 404
    assert "this is a draft up to now" in await clerk.text(BASE)
    assert await submit(clerk, f"{BASE}/publish-list") == 409
    assert (await clerk.get("/sittings/none/record")).status_code == 404


async def test_entries_are_offered_for_correction_in_words_and_what_was_typed_comes_back(site: Site) -> None:
    await held(site)
    clerk = await site.person("Greffe", Role.CLERK)
    page = await (await clerk.get(BASE)).get_data(as_text=True)
    entries = re.findall(r'<option value="\d+">\d+ · [^<]* · ([^<]+)</option>', page)
    assert len(entries) > 10
    assert [words for words in entries if re.fullmatch(r"[a-z]+\.[a-z_]+", words)] == []

    form = {"csrf_token": clerk.token, "number": "9999", "text": "Lire Élodie."}
    refused = await clerk.client.post(f"{BASE}/correct", form=form, headers={**clerk.headers, "Accept": "text/html"})
    again = await refused.get_data(as_text=True)
    assert refused.status_code == 422
    assert "Lire Élodie.</textarea>" in again
