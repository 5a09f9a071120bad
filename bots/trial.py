"""Runs the whole bot inside the sandbox: nothing leaves this machine, and nothing is kept."""

import asyncio
import json
import logging
import os
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from pydantic import SecretStr

from bots.app import App, open_app
from bots.ingest import take_in_now
from bots.logs import set_up_log
from bots.sandbox.page import Page
from bots.sandbox.scene import ADA, Scene, SideName, open_scene
from core.config import (
    DatabaseSettings,
    DiscordSettings,
    FolderSettings,
    LogSettings,
    Secrets,
    Settings,
    SlackSettings,
)

ARTICLES = Path(__file__).parent / "sandbox" / "articles"
NEWS = "meta-pauses-ai-training-program.txt"
"""The article that comes in while one looks; the others are there before."""
_TITLE = "Meta pauses AI training program"
"""How its title begins."""

LATER = ARTICLES / "later"
"""What other outlets tell of it after that."""

_SOURCE = "saved"
_LOOK_EVERY_MINUTES = 0.02
_FOLLOWED: dict[SideName, str] = {
    "discord": "/channel follow meta llms",
    "slack": "/themata channel follow meta llms",
}
_CHANNEL = "ai-news"
USAGE = {
    "/themata": "help | search openai | trending | channel follow llms",
    "/subscribe": "llms data-privacy",
    "/unsubscribe": "llms",
    "/related": "a link or words",
}
"""Slack's commands and what its app's manifest says can follow each."""
SHORTCUTS = {"related_stories": "Related stories", "why_posted": "Why was this posted?"}
"""What its manifest puts into the menus of messages, by the callback ids."""
EVERYWHERE = {"follow_tags": "Follow tags"}
"""What it offers everywhere."""


async def run_trial(port: int) -> int:
    """Show the bot at work on a page at `port` until Ctrl-C; return the exit code."""
    set_up_log(LogSettings(level="warning"), [])
    # On loopback an answer can overtake the note of when it was asked for: no one is behind.
    logging.getLogger("discord.gateway").setLevel(logging.ERROR)
    stopping = _stopped_by_signals()
    print("Starting a Discord, a Slack and the bot on this machine")
    with tempfile.TemporaryDirectory(prefix="themata-") as folder:
        try:
            async with open_trial(Path(folder)) as trial, Page(trial.scene, port=port) as page:
                await trial.let_news_in()
                print(f"The article is on its way. Open {page.url}", flush=True)
                print("Type /subscribe llms there, on either side. Ctrl-C ends it.", flush=True)
                async with _meanwhile(trial.let_coverage_in()):
                    await stopping.wait()
        except OSError as error:
            why = os.strerror(error.errno) if error.errno else str(error)
            print(f"Port {port} cannot be used: {why}. Try: themata sandbox --port 0")
            return 1
    print("Stopped. Nothing was kept.")
    return 0


class Trial:
    """The bot at work in its scene. Made by `open_trial`."""

    def __init__(self, scene: Scene, inbox: Path) -> None:
        self.scene = scene
        self._inbox = inbox

    async def let_news_in(self) -> None:
        """Let the mod of each side choose tags, then let the article come in."""
        for side, words in _FOLLOWED.items():
            await self.scene.type_words(side, ADA, _CHANNEL, words)
        shutil.copy(ARTICLES / NEWS, self._inbox)

    async def let_coverage_in(self) -> None:
        """Let four other outlets tell the story, as soon as it stands on both sides."""
        changes = self.scene.listen()
        while not all(map(self._has_post, self.scene.sides)):
            await anext(changes)
        self.scene.forget(changes)
        for file in sorted(LATER.glob("*.json")):
            shutil.copy(file, self._inbox)

    def _has_post(self, side: SideName) -> bool:
        # Before it stands who set the channel up.
        shown = self.scene.shown(side, ADA, _CHANNEL)
        posts = [it for it in shown if it.kind == "bot" and not it.only_you]
        return any(_TITLE in json.dumps(it.body, ensure_ascii=False) for it in posts)


@asynccontextmanager
async def open_trial(folder: Path) -> AsyncIterator[Trial]:
    """Give the bot, connected to both stand-ins, with older articles in its database.

    What it keeps is in `folder`.
    """
    inbox = folder / "articles"
    inbox.mkdir()
    for file in ARTICLES.glob("*.json"):
        shutil.copy(file, inbox)
    async with open_scene(slack_usage=USAGE, slack_shortcuts=SHORTCUTS) as scene:
        scene.slack.forms.shortcuts = EVERYWHERE
        settings = _settings(scene, folder, inbox)
        # The first reading of a source is only remembered, never posted.
        await take_in_now(settings, _SOURCE, quiet=True)
        # Who tries the bot out is alone with it.
        async with open_app(settings, _secrets(scene), lets_hurry=True) as app, _running(app):
            yield Trial(scene, inbox)


@asynccontextmanager
async def _meanwhile(work: Coroutine[None, None, None]) -> AsyncIterator[None]:
    """Do this until the block ends."""
    doing = asyncio.create_task(work)
    try:
        yield
    finally:
        doing.cancel()
        with suppress(asyncio.CancelledError):
            await doing


@asynccontextmanager
async def _running(app: App) -> AsyncIterator[None]:
    """Run the bot, connected, until the block ends."""
    stopping = asyncio.Event()
    running = asyncio.create_task(app.run(stopping))
    listening = asyncio.create_task(app.listening())
    try:
        await asyncio.wait({running, listening}, return_when=asyncio.FIRST_COMPLETED)
        yield
    finally:
        listening.cancel()
        stopping.set()
        await running


def _settings(scene: Scene, folder: Path, inbox: Path) -> Settings:
    source = FolderSettings(
        kind="folder", name=_SOURCE, path=inbox, every_minutes=_LOOK_EVERY_MINUTES
    )
    return Settings(
        database=DatabaseSettings(url=f"sqlite:///{folder / 'themata.db'}"),
        discord=DiscordSettings(
            api_url=scene.discord.api_url, gateway_url=scene.discord.gateway_url
        ),
        slack=SlackSettings(api_url=scene.slack.api_url),
        sources=(source,),
    )


def _secrets(scene: Scene) -> Secrets:
    return Secrets(
        discord_token=SecretStr(scene.discord.token),
        slack_bot_token=SecretStr(scene.slack.bot_token),
        slack_app_token=SecretStr(scene.slack.app_token),
    )


def _stopped_by_signals() -> asyncio.Event:
    stopping = asyncio.Event()
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(signal_number, stopping.set)
    return stopping
