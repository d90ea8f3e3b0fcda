"""Firefox ESR, driven by WebDriver BiDi over its websocket: the few commands that our stories need.

Playwright drives a Firefox of its own making only, not the one that people have. https://w3c.github.io/webdriver-bidi/
"""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import shutil
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NotRequired, TypedDict
from urllib.parse import urlsplit

from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, Message, Ping, Request, TextMessage

FIREFOX_NAMES = ("firefox-esr", "firefox")
START_PATIENCE_S = 60.0
PATIENCE_S = 40.0
LISTENING = re.compile(rb"WebDriver BiDi listening on (ws://\S+)")

PREFERENCES = {
    "media.navigator.streams.fake": True,  # an invented camera and microphone
    "media.navigator.permission.disabled": True,
    "media.autoplay.default": 0,
    "intl.accept_languages": "fr-FR, fr",
    "datareporting.policy.dataSubmissionEnabled": False,
    "toolkit.telemetry.server": "",
    "app.update.disabledForTesting": True,
    "browser.shell.checkDefaultBrowser": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "services.settings.server": "data:,#remote-settings-dummy/v1",
}


class FirefoxError(Exception):
    """What Firefox answers to a command it cannot follow, or the exception that a page's script has thrown."""


class Answer(TypedDict):
    """A message of Firefox's: the result of the command with this id, or what went wrong; events have no id."""

    id: NotRequired[int]
    result: NotRequired[dict[str, Any]]
    error: NotRequired[str]
    message: NotRequired[str]


@dataclass
class Firefox:
    """A running Firefox. Each page is opened in a user context of its own, as a person's own browser."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    websocket: WSConnection
    _ids: itertools.count[int] = field(default_factory=itertools.count)
    _waiting: dict[int, asyncio.Future[Answer]] = field(default_factory=dict)

    async def do(self, method: str, **params: object) -> dict[str, Any]:
        """Carry out one command. Raises `FirefoxError`."""
        number = next(self._ids)
        waiting: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting[number] = waiting
        command = json.dumps({"id": number, "method": method, "params": params})
        self.writer.write(self.websocket.send(TextMessage(command)))
        async with asyncio.timeout(PATIENCE_S):
            answer = await waiting
        if "result" not in answer:
            raise FirefoxError(f"{method}: {answer.get('error')}: {answer.get('message')}")
        return answer["result"]

    async def open_page(self, address: str) -> FirefoxPage:
        """An empty page of somebody else's browser; paths that it is sent to are below `address`."""
        person = await self.do("browser.createUserContext")
        context = await self.do("browsingContext.create", type="tab", userContext=person["userContext"])
        return FirefoxPage(self, context["context"], address)

    async def listen(self) -> None:
        """Hand answers to those who wait for them, until Firefox ends."""
        pieces: list[str] = []
        while data := await self.reader.read(1 << 20):
            self.websocket.receive_data(data)
            for event in self.websocket.events():
                match event:
                    case Message(data=str(piece)):
                        pieces.append(piece)
                        if event.message_finished:
                            self._arrived(json.loads("".join(pieces)))
                            pieces.clear()
                    case Ping():
                        self.writer.write(self.websocket.send(event.response()))
        self.writer.close()
        for waiting in self._waiting.values():
            waiting.set_exception(FirefoxError("Firefox has ended"))

    def _arrived(self, answer: Answer) -> None:
        waiting = self._waiting.pop(answer.get("id", -1), None)
        if waiting is not None and not waiting.done():
            waiting.set_result(answer)


@dataclass
class FirefoxPage:
    """One page. What it is asked for is waited for, as a person waits."""

    firefox: Firefox
    context: str
    address: str

    async def goto(self, path: str) -> None:
        """Load a page of the portal."""
        await self.firefox.do(
            "browsingContext.navigate", context=self.context, url=self.address + path, wait="complete"
        )

    async def reload(self) -> None:
        """Load the same page again."""
        await self.firefox.do("browsingContext.reload", context=self.context, wait="complete")

    async def before_each_page(self, script: str) -> None:
        """Run a script before those of each page."""
        declaration = f"() => {{ {script} }}"
        await self.firefox.do("script.addPreloadScript", functionDeclaration=declaration, contexts=[self.context])

    async def evaluate(self, function: str, *given: object) -> Any:
        """What a function returns in the page, as JSON carries it; a promise is awaited. Raises `FirefoxError`."""
        packed = await self.firefox.do(
            "script.callFunction",
            functionDeclaration=f"async (given) => JSON.stringify((await ({function})(...JSON.parse(given))) ?? null)",
            arguments=[{"type": "string", "value": json.dumps(given)}],
            target={"context": self.context},
            awaitPromise=True,
            userActivation=True,
        )
        if packed["type"] == "exception":
            raise FirefoxError(packed["exceptionDetails"]["text"])
        return json.loads(packed["result"]["value"])

    async def until(self, function: str, *given: object) -> Any:
        """The first true answer of a function in the page; one that throws is asked again, as a page may be loading."""
        deadline = time.monotonic() + PATIENCE_S
        answer: object = None
        while True:
            try:
                if answer := await self.evaluate(function, *given):
                    return answer
            except FirefoxError as error:
                answer = error
            assert time.monotonic() < deadline, f"not as expected: {function}{given}: {answer}"
            await asyncio.sleep(0.1)

    async def shows(self, selector: str, text: str = "") -> None:
        """Return when an element that holds a text can be seen."""
        await self.until(
            "(selector, text) => [...document.querySelectorAll(selector)].some("
            "(each) => each.checkVisibility() && each.textContent.replace(/\\s+/g, ' ').includes(text))",
            selector,
            text,
        )

    async def click(self, selector: str) -> None:
        """Click an element as soon as it can be seen and is not disabled."""
        await self.until(
            "(selector) => { const found = document.querySelector(selector);"
            "const can = Boolean(found?.checkVisibility()) && !found.disabled; if (can) found.click(); return can; }",
            selector,
        )

    async def fill(self, selector: str, text: str) -> None:
        """Put a text into a field."""
        await self.until(
            "(selector, text) => { const found = document.querySelector(selector); if (!found) return false;"
            "found.focus(); found.value = text;"
            "found.dispatchEvent(new Event('input', { bubbles: true })); return true; }",
            selector,
            text,
        )

    async def attribute(self, selector: str, name: str) -> str | None:
        """An attribute of an element."""
        found: str | None = await self.evaluate(
            "(selector, name) => document.querySelector(selector).getAttribute(name)", selector, name
        )
        return found


@asynccontextmanager
async def running_firefox() -> AsyncIterator[Firefox]:
    """Start Firefox with an empty profile, without a window, and end it."""
    path = next(filter(None, map(shutil.which, FIREFOX_NAMES)), None)
    assert path is not None, "Firefox is not installed: sudo apt-get install firefox-esr"
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        lines = (f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in PREFERENCES.items())
        (Path(profile) / "user.js").write_text("".join(lines))
        process = await asyncio.create_subprocess_exec(
            *(path, "--headless", "--no-remote", "--profile", profile, "--remote-debugging-port", "0"),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        assert process.stderr is not None
        tasks: list[asyncio.Task[object]] = []
        try:
            async with asyncio.timeout(START_PATIENCE_S):
                firefox = await _connect(await _address_said(process.stderr))
            # What it says later is thrown away: a full pipe would stop it.
            tasks += [asyncio.create_task(firefox.listen()), asyncio.create_task(process.stderr.read())]
            await firefox.do("session.new", capabilities={})
            yield firefox
        finally:
            process.kill()
            await process.wait()
            if tasks:
                await asyncio.wait(tasks)


async def _address_said(errors: asyncio.StreamReader) -> str:
    while line := await errors.readline():
        if said := LISTENING.search(line):
            return said[1].decode()
    raise FirefoxError("Firefox ended before it listened")


async def _connect(address: str) -> Firefox:
    parts = urlsplit(address)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    websocket = WSConnection(ConnectionType.CLIENT)
    writer.write(websocket.send(Request(host=parts.netloc, target="/session")))
    while data := await reader.read(65536):
        websocket.receive_data(data)
        if any(isinstance(event, AcceptConnection) for event in websocket.events()):
            return Firefox(reader, writer, websocket)
    raise FirefoxError("Firefox ended before it answered")
