"""The authorisation matrix on Slack: the real adapter, desk and database at the stand-in."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field

import pytest

from bots.sandbox.slack import Channel, Limits, SlackStandIn, User
from bots.slack.bot import SlackBot
from bots.slack.client import web_client
from bots.slack.commands import COMMANDS
from bots.slack.poster import SlackPoster
from core import subscriptions
from core.commands import ACTIONS, parse
from core.db import Database
from core.desk import Desk
from core.managers import choose_managers
from core.messages import Buttons, Message, WordsButton
from core.posting import Address
from core.rights import TABLE, Standing
from core.seals import LONGER
from tests.conftest import NOW
from tests.everyrow import Rows, every_row, put_back
from tests.readers import objects

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
TYPED = (
    "channel follow openai",
    "channel unfollow llms",
    "channel managers anyone",
    "channel zone Europe/Berlin",
    "channel notices",
)
OWN_WAYS = ("command", "button")
WAYS = (*OWN_WAYS, "stale button", "copied id", "changed id")
BUTTONS = Message((Buttons(tuple(WordsButton(words, words) for words in TYPED)),))


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

    async def set_up(self) -> None:
        """Let both channels follow something, one set up by a group too, and show the buttons."""
        for name, (_, rights) in ROLES.items():
            team = "T9" if name == "stranger" else ""
            self.people[name] = self.slack.add_user(name, team_id=team, **rights)
        group = self.slack.add_group(
            "editors",
            *(
                self.people[it]
                for it in ("member in the group", "guest", "stranger", "deactivated")
            ),
        )
        everyone = list(self.people.values())
        for name, creator in (("news", "mod"), ("other", "mod of another channel")):
            channel = self.slack.add_channel(name, creator=self.people[creator], members=everyone)
            self.channels[name] = channel
            posted = await self.poster.post(self.at(channel), BUTTONS, key=name)
            self.shown[name] = posted.message_id
        async with self.database.write() as db:
            for channel in self.channels.values():
                await subscriptions.follow(db, self.at(channel), ["llms"], by="1", now=NOW)
            await choose_managers(db, self.at(self.channels["news"]), group.id)
        self.rows = await every_row(self.database)

    def at(self, channel: Channel) -> Address:
        """Return where posts go in this channel."""
        return Address("slack", self.slack.team_id, channel.id)

    async def has_effect(self, role: str, words: str, way: str) -> bool:
        """Ask so, return whether anything changed, and put it back."""
        person, news = self.people[role], self.channels["news"]
        if way == "command":
            await self.slack.type_command(person, news, "/themata", words)
        elif way == "button":
            number = 1 + TYPED.index(words)
            await self.slack.press(person, news, self.shown["news"], f"words:{number}")
        else:
            ts = await self._made(self._value(words, way))
            await self.slack.press(person, news, ts, "words:1")
        rows = await every_row(self.database)
        if rows != self.rows:
            await put_back(self.database, self.rows)
        return rows != self.rows

    def _value(self, words: str, way: str) -> str:
        """Return what somebody writes into a button of their own making."""
        if way == "stale button":
            return words
        if way == "copied id":
            return self._kept("other", words)
        # The seal of other words.
        return self._kept("news", next(it for it in TYPED if it != words))[:LONGER] + words

    def _kept(self, channel: str, words: str) -> str:
        standing = self.slack.messages(self.channels[channel].id)
        shown = next(it for it in standing if it.ts == self.shown[channel])
        buttons = (it for it in objects(list(shown.blocks)) if it.get("type") == "button")
        return next(str(it["value"]) for it in buttons if it["text"]["text"] == words)

    async def _made(self, value: str) -> str:
        """Return a message of the bot on which Slack believes in a button with this value."""
        text = {"type": "plain_text", "text": "Win"}
        button = {"type": "button", "text": text, "action_id": "words:1", "value": value}
        made = await self.poster._client.chat_postMessage(
            channel=self.channels["news"].id,
            text="win",
            blocks=[{"type": "actions", "elements": [button]}],
        )
        return str(made["ts"])


@pytest.fixture
async def place(database: Database) -> AsyncIterator[Place]:
    async with (
        SlackStandIn(limits=Limits.off()) as slack,
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


@pytest.mark.mostly_one_database
@pytest.mark.parametrize("role", ROLES)
async def test_nobody_has_an_effect_on_slack_who_may_not(place: Place, role: str) -> None:
    had = {
        (words, way): await place.has_effect(role, words, way) for words in TYPED for way in WAYS
    }

    may = {
        (words, way): way in OWN_WAYS and ROLES[role][0] in TABLE[ACTIONS[type(parse(words))]]
        for words, way in had
    }
    assert had == may


@pytest.mark.mostly_one_database
async def test_slack_is_asked_for_a_group_only_where_it_can_matter(place: Place) -> None:
    asked = []
    for role in ("mod", "admin", "guest", "member in the group", "member"):
        await place.has_effect(role, "channel follow openai", "command")
        asked.append(sum(it.method == "usergroups.users.list" for it in place.slack.requests))

    assert asked == [0, 0, 0, 1, 2]


@pytest.mark.mostly_one_database
async def test_what_slack_does_not_say_of_a_group_is_a_no(place: Place) -> None:
    for error in ("missing_scope", "no_such_subteam", "plan_upgrade_required", "internal_error"):
        place.slack.fail_next("usergroups.users.list", error=error)

        assert not await place.has_effect("member in the group", "channel follow openai", "command")
