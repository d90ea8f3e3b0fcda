"""What the town sets for matching takes hold of what is under way; who is in vain looked for reads the town's words."""

from __future__ import annotations

from datetime import timedelta

from helpdesk.board.service.postings import REQUESTS, Ref
from helpdesk.matching.model import Engagement, Search, SearchState
from helpdesk.matching.service.rules import FIRST_REACH, HOLD, HOLDS_EACH, PER_DAY, town_rules
from portal.town.grid import Step
from portal.town.model import SETTINGS, TownSetting, TownText
from tests.helpdesk.board.site import Site
from tests.helpdesk.board.world import World, a_draft, person

ANNA, BRUNO = person("anna"), person("bruno")


async def set_figures(world: World, **given: str) -> None:
    async with world.database.write() as db:
        for name, value in given.items():
            db.add(TownSetting(name=f"matching.{name}", value=value, changed_at=world.clock(), changed_by=None))


async def test_every_figure_of_matching_reaches_its_rule(world: World) -> None:
    names = [name for name in SETTINGS if name.startswith("matching.") and name != FIRST_REACH.name]
    other = {name: str(SETTINGS[name].default + 1) for name in names}
    async with world.database.read() as db:
        before = await town_rules(db)

    await set_figures(
        world, **{name.removeprefix("matching."): text for name, text in other.items()}, first_reach="town"
    )

    async with world.database.read() as db:
        after = await town_rules(db)
    assert after.widest(1) is Step.SOMEWHERE_IN_TOWN
    same = {name for name in vars(before) if getattr(before, name) == getattr(after, name)}
    # The quiet hours are the notices'.
    assert same == {"quiet"}


async def test_a_place_is_kept_for_as_long_as_the_town_says(world: World) -> None:
    assert HOLD.name == "matching.hold"
    await set_figures(world, hold="3", holds_each="1")
    first = await world.board.post(ANNA, REQUESTS, a_draft(), command_id="command-one")
    second = await world.board.post(ANNA, REQUESTS, a_draft(), command_id="command-two")

    held = await world.matching.answer(BRUNO, Ref(REQUESTS, first), note="", command_id="command-three")
    proposed = await world.matching.answer(BRUNO, Ref(REQUESTS, second), note="", command_id="command-four")

    assert HOLDS_EACH.name == "matching.holds_each"
    assert (held.state, proposed.state) == ("held", "proposed")
    async with world.database.read() as db:
        engagement = await db.get_one(Engagement, held.id)
    assert engagement.held_until == world.clock() + timedelta(hours=3)


async def test_the_page_of_what_is_asked_says_the_towns_cap(site: Site) -> None:
    async with site.portal.database.write() as db:
        db.add(TownSetting(name=PER_DAY.name, value="5", changed_at=site.clock(), changed_by=None))

    assert "at most 5 times a day" in await (await site.person("Bruno")).text("/board/asked")


async def test_the_author_reads_the_towns_words_when_nobody_was_found(site: Site) -> None:
    anna = await site.person("Anna")
    home = {"longitude": 2.1601, "latitude": 48.9901}
    answer = await anna.call("/api/requests", category_id="meals", title="A warm meal tonight", **home)
    path = f"/board/requests/{(await answer.get_json())['id']}"
    async with site.portal.database.write() as db:
        search = await db.get_one(Search, path.rpartition("/")[2])
        search.state = SearchState.AT_DESK
        words = "Madame Petit vous rappelle"
        db.add(TownText(name="matching.nobody_found", fr=words, en="", changed_at=site.clock(), changed_by=None))

    assert words in await anna.text(path)
    assert words not in await site.visitor().text(path)
