from tests.realtime.town import Log, make_hub, served
from tests.realtime.wire import browser


async def test_a_visitor_connects_and_is_answered() -> None:
    hub = make_hub(Log())
    async with served(hub) as port, browser(port) as tab:
        assert await tab.ask("connection:check") == {"ok": True}
