"""A Slack with people and channels, a real desk over a database, and the bot between them."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from slack_sdk.web.async_client import AsyncWebClient

from bots.sandbox.slack import Channel, Limits, SlackStandIn, User, inputs
from bots.slack.bot import SlackBot
from bots.slack.client import web_client
from bots.slack.commands import COMMANDS
from core import subscriptions
from core.commands import Caller, Command
from core.db import Database
from core.desk import Desk
from core.messages import Message
from core.posting import Address
from core.sources import Draft
from core.stories import save_new
from core.subscriptions import Following
from tests.conftest import NOW
from tests.test_slack_bot import running

TAGS = {"llms": ["gpt"], "openai": [], "privacy": []}
EVENTS = {"app_home_opened"}


class KeepingDesk(Desk):
    """A desk that keeps who asked what."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, TAGS, clock=lambda: NOW)
        self.asked: list[tuple[Command, Caller]] = []

    async def answer(self, command: Command, caller: Caller) -> Message:
        """Keep what is asked, and answer."""
        self.asked.append((command, caller))
        return await super().answer(command, caller)


@dataclass
class Office:
    """A Slack with Ada, who is an admin, Mia, who is none, and a desk."""

    slack: SlackStandIn
    client: AsyncWebClient
    database: Database
    desk: KeepingDesk
    ada: User
    mia: User
    channel: Channel

    def address(self, of: Channel | User) -> Address:
        """Return the address of a channel, or of a person's direct messages."""
        return Address("slack", self.slack.team_id, of.id)

    async def follows(self, of: Channel | User) -> Following:
        """Return what a channel or a person follows."""
        async with self.database.read() as db:
            return await subscriptions.following(db, self.address(of))

    async def let_follow(self, of: Channel | User, *topics: str, by: str = "") -> None:
        """Let a channel or a person follow something."""
        async with self.database.write() as db:
            await subscriptions.follow(db, self.address(of), topics, by=by or of.id, now=NOW)

    async def save(self, *titles: str) -> None:
        """Store articles."""
        async with self.database.write() as db:
            for title in titles:
                url = f"https://news.example/{title.lower().replace(' ', '-')}"
                draft = Draft(title, url, tags=("llms",), published_at=NOW)
                await save_new(db, draft, source="s", now=NOW)


@asynccontextmanager
async def office(database: Database) -> AsyncIterator[Office]:
    """Open an office in which the bot is at work."""
    limits = Limits.off().changed(answer_seconds=5)
    async with (
        SlackStandIn(limits=limits) as slack,
        web_client(slack.bot_token, api_url=slack.api_url) as client,
    ):
        slack.commands, slack.should_escape, slack.subscribed = COMMANDS, True, EVENTS
        slack.forms.shortcuts = {"follow_tags": "Follow tags"}
        ada, mia = slack.add_user("ada", is_admin=True), slack.add_user("mia", tz="Europe/Berlin")
        channel, desk = slack.add_channel("ai-news", creator=ada), KeepingDesk(database)
        bot = SlackBot(client, slack.app_token, desk, first_wait=0.001)
        async with running(bot):
            yield Office(slack, client, database, desk, ada, mia, channel)


def words_of(view: object) -> str:
    """Return all that is shown in a view, a line for each text."""
    return "\n".join(_texts(view))


def _texts(value: object) -> list[str]:
    match value:
        case dict():
            own = [value["text"]] if isinstance(value.get("text"), str) else []
            return own + [it for inner in value.values() for it in _texts(inner)]
        case list():
            return [it for inner in value for it in _texts(inner)]
        case _:
            return []


class _WithSlack(Protocol):
    slack: SlackStandIn


async def press(work: _WithSlack, user: User, view: Any, label: str) -> Any:
    """Let a person press the first button of a view with this label; return what is shown then."""
    for block, element in inputs.elements(view):
        if element.get("text", {}).get("text") == label:
            ids = (view["id"], element["action_id"])
            answer = await work.slack.forms.press(user, *ids, block_id=block["block_id"])
            is_home = answer.view and answer.view["type"] == "home"
            return answer.view if is_home else await settled(work.slack, user)
    raise AssertionError(f"there is no {label} among {labels(view)}")


async def settled(slack: SlackStandIn, user: User) -> Any:
    """Return the modal before a person as soon as it does not say that it waits."""
    await until(slack, lambda: "One moment" not in words_of(slack.forms.modal(user)))
    return slack.forms.modal(user)


async def until(slack: SlackStandIn, holds: Callable[[], bool]) -> None:
    """Wait until this holds of what people see in modals and home tabs."""
    changed = asyncio.Event()
    slack.watch_views(lambda _: changed.set())
    while not holds():
        await changed.wait()
        changed.clear()


def labels(view: Any) -> list[str]:
    """Return what stands on the buttons of a view."""
    found = (element for _, element in inputs.elements(view))
    return [it["text"]["text"] for it in found if it["type"] == "button"]
