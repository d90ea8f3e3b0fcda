"""Pictures on a posting's page, their forms and their addresses, without script."""

from __future__ import annotations

import re
from io import BytesIO

from quart import Response
from werkzeug.datastructures import FileStorage

from portal.ids import new_id
from portal.permissions import Role
from tests.helpdesk.board.photographs import SECRET, photograph
from tests.helpdesk.board.site import Browser, Site
from tests.helpdesk.moderation.board_of import HELD, decide, post, status


async def send(browser: Browser, id_: str, alt: str = "A ladder", content: bytes = b"", token: str = "") -> Response:
    return await browser.client.post(
        f"/board/pictures?kind=requests&posting={id_}",
        form={"csrf_token": token or browser.token, "command_id": new_id(), "alt": alt},
        files={"file": FileStorage(BytesIO(content or photograph()), filename="a.jpg")},
        headers={**browser.headers, "Accept": "text/html"},
    )


async def addresses(browser: Browser, id_: str) -> list[str]:
    return re.findall(r'src="(/board/pictures/\w+)"', await browser.text(f"/board/requests/{id_}"))


async def test_author_adds_a_picture_and_everybody_gets_it_as_nothing_but_a_picture(site: Site) -> None:
    author, visitor = await site.person("Anna"), site.visitor()
    id_ = await post(author)

    assert (await send(author, id_)).status_code == 303

    (address,) = await addresses(visitor, id_)
    assert 'alt="A ladder"' in await visitor.text(f"/board/requests/{id_}")
    answer = await visitor.get(address)
    assert SECRET not in await answer.get_data(as_text=False)
    assert answer.headers["Content-Type"] == "image/webp"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert "Add a picture" not in await visitor.text(f"/board/requests/{id_}")


async def test_refusals_say_why_and_keep_the_words(site: Site) -> None:
    author, other = await site.person("Anna"), await site.person("Ben")
    id_ = await post(author)

    refused = await send(author, id_, "Call 06 12 34 56 78", b"no picture")
    assert (refused.status_code, "Call 06 12" in await refused.get_data(as_text=True)) == (422, True)
    assert (await send(author, id_, content=b"no picture")).status_code == 422
    assert (await send(author, id_, token="of another visit")).status_code == 403
    assert (await send(other, id_)).status_code == 403
    assert (await send(site.visitor(), id_)).status_code == 401
    assert (await send(author, id_, content=bytes(9 * 1024 * 1024))).status_code == 413
    assert await addresses(author, id_) == []


async def test_picture_whose_words_a_rule_holds_leaves_with_its_posting_until_it_is_looked_at(site: Site) -> None:
    author, agent = await site.person("Anna"), await site.person("Olga", Role.AGENT)
    id_ = await post(author)
    await send(author, id_)
    (address,) = await addresses(author, id_)

    assert (await send(author, id_, HELD)).status_code == 303

    assert [await status(who, address) for who in (author, agent, site.visitor())] == [200, 200, 404]
    assert await status(site.visitor(), f"/board/requests/{id_}") == 404
    assert await decide(agent, "Two bags from the market", "keep") == 303
    assert await status(site.visitor(), address) == 200
