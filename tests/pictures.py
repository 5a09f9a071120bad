"""Draws every message as the sandbox page shows it, and shows all in docs/messages.md.

`make pictures` does that. With `--only NAME…` just these are drawn, with `--width 500` as on a
phone, with `--into FOLDER` elsewhere.
"""

import argparse
import asyncio
import base64
import json
import os
import re
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from bots.discord.drawing import body as discord_body
from bots.sandbox.discord import Limits as DiscordLimits
from bots.sandbox.page import Page
from bots.sandbox.scene import CHANNELS, Scene, SideName, open_scene
from bots.sandbox.slack import Limits as SlackLimits
from bots.slack.poster import body as slack_body
from core.messages import as_text
from core.posting import Address
from core.text import clip
from tests.discordbot import Bot
from tests.gallery import ANSWERS, POSTS, message

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "messages.md"
PICTURES = ROOT / "docs" / "pictures" / "messages"
BEGIN = "<!-- Written by `make pictures` from here on. -->\n"
SIDES: tuple[SideName, ...] = ("discord", "slack")
SHOWN = tuple(name for name in (*POSTS, *ANSWERS) if not name.endswith(("-long", "-with-picture")))
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
AT_ONCE = 100
HEIGHT = 3000  # no message is higher, so each can be seen whole
PLACE = CHANNELS[0]

# Each waits for what it asks for, as the page is drawn bit by bit.
_DRAWN = """
new Promise((drawn) => {
  const look = () => {
    const shown = document.querySelectorAll(".side.%s .message").length;
    shown >= %d ? drawn(shown) : requestAnimationFrame(look);
  };
  look();
})
"""
# One message at a time, so that nothing has to be scrolled, and without the time of day, which
# would make each drawing another one.
_ALONE = """
new Promise((drawn) => {
  const all = [...document.querySelectorAll(".side.%s .message")];
  all.forEach((it, at) => (it.style.display = at === %d ? "" : "none"));
  const beside = document.querySelectorAll(".head time, .more");
  for (const it of beside) it.style.display = "none";
  requestAnimationFrame(() => requestAnimationFrame(() => {
    const { x, y, width, height } = all[%d].getBoundingClientRect();
    drawn(JSON.stringify({ x, y, width, height }));
  }));
})
"""


class Browser:
    """A page in a headless browser."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._asked = 0

    async def ask(self, method: str, **params: object) -> dict[str, Any]:
        """Return the answer to a call of the DevTools protocol."""
        self._asked += 1
        await self._socket.send_json({"id": self._asked, "method": method, "params": params})
        while True:
            answer: dict[str, Any] = await self._socket.receive_json()
            if answer.get("id") == self._asked:
                result: dict[str, Any] = answer["result"]
                return result

    async def open(self, url: str) -> None:
        """Go to a page, and wait until it is loaded."""
        await self.ask("Page.enable")
        await self.ask("Page.navigate", url=url)
        while (await self._socket.receive_json()).get("method") != "Page.loadEventFired":
            pass

    async def value(self, script: str) -> Any:
        """Return what a script gives in the end."""
        got = await self.ask("Runtime.evaluate", expression=script, awaitPromise=True)
        return got["result"].get("value")

    async def picture(self, box: dict[str, float]) -> bytes:
        """Return a part of the page as WebP."""
        clip = {**box, "scale": 1}
        got = await self.ask("Page.captureScreenshot", format="webp", quality=80, clip=clip)
        return base64.b64decode(got["data"])


@asynccontextmanager
async def open_browser(width: int) -> AsyncIterator[Browser]:
    """Start a headless browser with one page."""
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        sys.exit(f"no browser: install one of {', '.join(BROWSERS)}")
    flags = ["--headless", "--hide-scrollbars", "--remote-debugging-port=0"]
    flags += [] if os.geteuid() else ["--no-sandbox"]  # which root has to do without
    with tempfile.TemporaryDirectory(prefix="themata-", ignore_cleanup_errors=True) as profile:
        running = await asyncio.create_subprocess_exec(
            *(program, *flags, f"--user-data-dir={profile}", f"--window-size={width},{HEIGHT}"),
            "about:blank",
            env={**os.environ, "TZ": "UTC", "LANGUAGE": "en_GB"},
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            async with aiohttp.ClientSession(await _devtools(running)) as session:
                async with session.get("/json/list") as got:
                    shown = next(it for it in await got.json() if it["type"] == "page")
                socket = urlsplit(shown["webSocketDebuggerUrl"]).path
                async with session.ws_connect(socket, max_msg_size=0) as opened:
                    yield Browser(opened)
        finally:
            running.terminate()
            await running.wait()


async def _devtools(running: asyncio.subprocess.Process) -> str:
    """Return the address that the browser says it listens at."""
    assert running.stderr
    async for line in running.stderr:
        if told := re.search(rb"listening on ws://([^/]+)/", line):
            return f"http://{told[1].decode()}"
    sys.exit("the browser did not start")


async def say(scene: Scene, names: Sequence[str]) -> None:
    """Post the messages of these names on both sides, in this order."""
    async with aiohttp.ClientSession() as session:
        discord, slack = Bot(session, scene.discord), scene.slack
        here, there = scene.discord_side.channels[PLACE], scene.slack_side.channels[PLACE]
        for name in names:
            said = discord_body(Address("discord", "1", here.id), message(name, "discord"), name)
            assert (await discord.post(here, json.loads(said))).status == 200, name
            told = slack_body(Address("slack", "1", there.id), message(name, "slack"), name)
            token = {"Authorization": f"Bearer {slack.bot_token}"}
            url = f"{slack.api_url}chat.postMessage"
            async with session.post(url, json=told, headers=token) as got:
                assert (await got.json())["ok"], name


async def draw(names: Sequence[str], into: Path, width: int) -> None:
    """Draw the messages of these names, some at a time: the page shows only the last ones."""
    for some in batched(names):
        await draw_some(some, into, width)


def batched(names: Sequence[str]) -> Iterator[Sequence[str]]:
    """Give the names in parts that one page shows at once."""
    yield from (names[at : at + AT_ONCE] for at in range(0, len(names), AT_ONCE))


async def draw_some(names: Sequence[str], into: Path, width: int) -> None:
    """Draw the messages of these names on one page."""
    async with (
        open_scene(discord_limits=DiscordLimits.off(), slack_limits=SlackLimits.off()) as scene,
        Page(scene, port=0) as page,
    ):
        await say(scene, names)
        for side in SIDES:
            folder = into / side
            folder.mkdir(parents=True, exist_ok=True)
            url = f"{page.url}/#tab={side}&{side}=mia/{PLACE}"
            async with open_browser(width) as browser:
                await browser.open(url)
                await browser.value(_DRAWN % (side, len(names)))
                for at, name in enumerate(names):
                    box = json.loads(await browser.value(_ALONE % (side, at, at)))
                    (folder / f"{name}.webp").write_bytes(await browser.picture(box))


def written(names: Sequence[str]) -> str:
    """Return the part of the page that shows these messages."""
    return "\n".join(row for name in names for row in _shown(name))


def _shown(name: str) -> Sequence[str]:
    pictures = (
        f"![{side.title()} shows: {_begin(name, side)}](pictures/messages/{side}/{name}.webp)"
        for side in SIDES
    )
    return (
        f"### {name.replace('-', ' ')}\n",
        "| Discord | Slack |",
        "|---|---|",
        f"| {' | '.join(pictures)} |\n",
    )


def _begin(name: str, side: SideName) -> str:
    first = as_text(message(name, side)).splitlines()[0]
    return re.sub(r"[\[\]|\\]", "", clip(first, 100))


def main() -> None:
    """Draw what is asked for."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--only", nargs="*", default=SHOWN)
    asked.add_argument("--into", type=Path, default=PICTURES)
    asked.add_argument("--width", type=int, default=860)
    told = asked.parse_args()
    asyncio.run(draw(told.only, told.into, told.width))
    if told.only == SHOWN and told.into == PICTURES:
        before, _, _ = PAGE.read_text(encoding="utf-8").partition(BEGIN)
        PAGE.write_text(f"{before}{BEGIN}\n{written(SHOWN)}", encoding="utf-8")


if __name__ == "__main__":
    main()
