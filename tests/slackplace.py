"""A workspace on Slack with people of every standing, and what is shown to them."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from bots.sandbox.slack import Channel, Limits, SlackStandIn, User, inputs
from bots.sandbox.slack.views import checked_view
from bots.slack.bot import SlackBot
from bots.slack.client import web_client
from bots.slack.commands import COMMANDS
from bots.slack.poster import SlackPoster
from bots.slack.sealing import sealed_view
from bots.slack.views import View
from core import subscriptions
from core.db import Database
from core.desk import Desk
from core.managers import choose_managers
from core.messages import AskButton, Buttons, Choice, Choices, Form, Message, Part, WordsButton
from core.posting import Address
from core.rights import Standing
from core.seals import FOR_THIS_RUN
from tests.conftest import NOW
from tests.everyrow import Rows, every_row, put_back
from tests.matrix import SECRET_TAG

ROLES: Mapping[str, tuple[Standing, dict[str, bool]]] = {
    "stranger": (Standing.STRANGER, {"is_admin": True}),
    "deactivated": (Standing.STRANGER, {"is_admin": True, "deleted": True}),
    "bot": (Standing.STRANGER, {"is_admin": True, "is_bot": True}),
    "guest": (Standing.GUEST, {"is_admin": True, "is_restricted": True}),
    "member": (Standing.MEMBER, {}),
    "mod of another channel": (Standing.MEMBER, {}),
    "member in the group": (Standing.CHOSEN, {}),
    "mod": (Standing.MOD, {}),
    "admin": (Standing.ADMIN, {"is_admin": True}),
}
"""What somebody is in the table, and what Slack says of them."""
TYPED = {
    "channel follow openai": "channel follow",
    "channel unfollow llms": "channel unfollow",
    "channel managers anyone": "channel managers",
    "channel zone Europe/Berlin": "channel zone",
    "channel log on": "channel log",
    "subscribe openai": "subscribe",
}
"""What is typed, and its words without what a form or a list then adds."""
OTHER_TEAM = "T9"
_IN_GROUP = ("member in the group", "guest", "stranger", "deactivated")


def parts(place: str = "") -> Message:
    """Return a message with a button, a button that opens a form, and a list, for each."""
    about = f" in:{place}" if place else ""
    return Message((*_buttons(about), *_lists()))


def _buttons(about: str) -> Iterator[Part]:
    for words, verb in TYPED.items():
        at = about if verb.startswith("channel") else ""
        asks = AskButton(f"Ask {words}", verb, Form("Title", "Words"))
        yield Buttons((WordsButton(words, f"{words}{at}"), asks))


def _lists() -> Iterator[Part]:
    for words, verb in TYPED.items():
        value = words.removeprefix(f"{verb} ")
        yield Choices(f"List {words}", verb, (Choice(value, value),), hint=f"List {words}")


@dataclass
class Place:
    """A workspace with two channels, both with the same buttons, and the people of each role."""

    slack: SlackStandIn
    poster: SlackPoster
    database: Database
    people: dict[str, User] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    shown: dict[str, str] = field(default_factory=dict)
    rows: Rows = field(default_factory=dict)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def set_up(self) -> None:
        """Let both channels follow something, one set up by a group too, and show the buttons."""
        self.slack.watch(lambda _: self.changed.set())
        for name, (_, rights) in ROLES.items():
            team = OTHER_TEAM if name == "stranger" else ""
            self.people[name] = self.slack.add_user(name.replace(" ", "-"), team_id=team, **rights)
        group = self.slack.add_group("editors", *(self.people[it] for it in _IN_GROUP))
        everyone = list(self.people.values())
        for name, creator in (("news", "mod"), ("other", "mod of another channel")):
            channel = self.slack.add_channel(name, creator=self.people[creator], members=everyone)
            self.channels[name] = channel
            posted = await self.poster.post(self.at(channel), parts(), key=name)
            self.shown[name] = posted.message_id
        async with self.database.write() as db:
            for channel in self.channels.values():
                await subscriptions.follow(
                    db, self.at(channel), ["llms", SECRET_TAG], by="1", now=NOW
                )
            await choose_managers(db, self.at(self.news), group.id)
        self.rows = await every_row(self.database)

    @property
    def news(self) -> Channel:
        """The channel in which is asked."""
        return self.channels["news"]

    def at(self, channel: Channel) -> Address:
        """Return where posts go in this channel."""
        return Address("slack", self.slack.team_id, channel.id)

    async def changes(self) -> set[str]:
        """Return the tables of which anything changed, and put it back."""
        rows = await every_row(self.database)
        if rows != self.rows:
            await put_back(self.database, self.rows)
        return {name for name in rows if rows[name] != self.rows[name]}

    def standing_in(self, channel: str, label: str) -> tuple[str, dict[str, Any]]:
        """Return the button or list with this label that stands in a channel, and its block."""
        standing = self.slack.messages(self.channels[channel].id)
        shown = next(it for it in standing if it.ts == self.shown[channel])
        return _labelled(shown.blocks, label)

    def put_before(self, person: User, view: View, **changed: object) -> dict[str, Any]:
        """Let a person have only this modal before them, as the bot seals it but for a change."""
        self.close_views(person)
        sealed = {**sealed_view(view, FOR_THIS_RUN, self.slack.team_id), **changed}
        return self.slack.forms._views.put_on_top(person.id, checked_view(sealed, "modal"))

    def close_views(self, person: User) -> None:
        """Take away every modal that a person has before them."""
        self.slack.forms._views.close(person.id, all_of_them=True)

    async def heard(self, person: User, before: int) -> None:
        """Wait until a person has seen more messages for them alone than before."""
        while len(self.slack.private_messages(person)) <= before:
            await self.changed.wait()
            self.changed.clear()

    async def press_in(
        self, person: User, view: dict[str, Any], label: str, given: str = ""
    ) -> None:
        """Press the button with this label in a view, or choose this in its list."""
        block, element = _labelled(view["blocks"], label)
        ids = (view["id"], element["action_id"])
        await self.slack.forms.press(person, *ids, given, block_id=block)

    async def press_made(self, person: User, value: str) -> None:
        """Press a button that keeps this, on a message of the bot that Slack believes in."""
        text = {"type": "plain_text", "text": "Win"}
        button = {"type": "button", "text": text, "action_id": "words:1", "value": value}
        blocks = [{"type": "actions", "elements": [button]}]
        made = await self.poster._client.chat_postMessage(
            channel=self.news.id, text="win", blocks=blocks
        )
        await self.slack.press(person, self.news, str(made["ts"]), "words:1")


def _labelled(blocks: Sequence[Any], label: str) -> tuple[str, dict[str, Any]]:
    """Return the button or list with this label, and the id of the block that it is in."""
    for block, element in inputs.elements({"blocks": list(blocks)}):
        if label in (_text(element, "text"), _text(element, "placeholder")):
            return str(block["block_id"]), element
    raise LookupError(label)


def _text(element: Mapping[str, Any], name: str) -> str:
    said = element.get(name)
    return str(said.get("text", "")) if isinstance(said, dict) else ""


@asynccontextmanager
async def open_place(database: Database) -> AsyncIterator[Place]:
    """Open a workspace in which the bot is at work."""
    # A machine that is busy denies nothing: how quick the bot is, others ask.
    limits = Limits.off().changed(ack_seconds=60, trigger_seconds=60, answer_seconds=60)
    async with (
        SlackStandIn(limits=limits) as slack,
        web_client(slack.bot_token, api_url=slack.api_url) as client,
    ):
        slack.commands, slack.should_escape = COMMANDS, True
        poster = SlackPoster(client, spacing=0)
        opened = Place(slack, poster, database)
        await opened.set_up()
        known: dict[str, list[str]] = {"llms": [], "openai": []}
        desk = Desk(database, known, clock=lambda: NOW, posters={"slack": poster})
        bot = SlackBot(client, slack.app_token, desk)
        run = asyncio.create_task(bot.run())
        await bot.connected()
        yield opened
        await bot.close()
        await run
