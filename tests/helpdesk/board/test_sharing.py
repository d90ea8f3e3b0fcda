"""What a link shows where it is passed on: what everybody may read, and no name."""

from __future__ import annotations

from tests.helpdesk.board.site import ORIGIN, Site
from tests.helpdesk.board.world import HOME


async def test_share_card_holds_public_words_and_goes_with_the_posting(site: Site) -> None:
    anna = await site.person("Anna")
    draft = {"category_id": "groceries", "title": "Bread", "longitude": HOME.lon, "latitude": HOME.lat}
    id_ = (await (await anna.call("/api/requests", **draft)).get_json())["id"]
    path = f"/board/requests/{id_}"

    page = await site.visitor().text(path)
    head = page.split("</head>")[0]

    assert f"To answer: {ORIGIN}{path}" in page, "what is printed and pinned up leads back"

    assert 'property="og:title" content="Request: Bread"' in head
    assert f'property="og:url" content="{ORIGIN}{path}"' in head
    assert "Centre · no date" in head
    assert "Anna" not in head
    assert str(HOME.lat) not in head
    await anna.post(f"{path}/cancel", version="1")
    assert "og:title" not in await anna.text(path)
