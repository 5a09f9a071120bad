"""The bot on Discord's gateway: commands, buttons, coming and going."""

import asyncio
import json
import logging
import socket
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bots.discord.poster import DIRECT, DiscordPoster
from bots.discord.rest import Rest
from bots.sandbox.discord import Channel, DiscordStandIn, Message, NotPossible, User, permissions
from bots.sandbox.discord.gateway import GUILD_MESSAGES, GUILDS
from bots.sandbox.discord.values import ANNOUNCEMENTS, TEXT_CHANNEL
from core import messages
from core.commands import (
    Caller,
    ChannelCrosspost,
    ChannelFollow,
    ChannelLog,
    ChannelResume,
    ChannelStatus,
    ChannelUnfollow,
    Command,
    Help,
    Latest,
    Related,
    Subscribe,
    Subscriptions,
    Tags,
    Unclear,
    Unsubscribe,
)
from core.desk import Suggestion
from core.messages import Buttons, Text, WordsButton
from core.posting import Address, PlatformClosed
from tests.fakes import SharesNothing
from tests.reachability import FakeReachability
from tests.sealing import discord_id

with warnings.catch_warnings():
    # discord.py can speak too, by a module that Python 3.13 no longer has.
    warnings.simplefilter("ignore", DeprecationWarning)
    from bots.discord.bot import DiscordBot

TAGS = ("llms", "llama", "ai-agents")


class FakeDesk(SharesNothing):
    """A desk that says what it was asked, by whom."""

    def __init__(self) -> None:
        self.asked: list[tuple[Command, Caller]] = []
        self.fails = False
        self.was_asked = asyncio.Event()
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    async def answer(self, command: Command, caller: Caller) -> messages.Message:
        """Say the command's name, or fail."""
        self.asked.append((command, caller))
        self.was_asked.set()
        await self.may_answer.wait()
        if self.fails:
            raise ValueError("the database is gone")
        buttons = Buttons((WordsButton("Undo", "unsubscribe llms"),))
        return messages.Message((Text(f"{type(command).__name__} @everyone"), buttons))

    async def suggest(self, typed: str) -> tuple[Suggestion, ...]:
        """Return the tags that begin so."""
        if self.fails:
            raise ValueError("the database is gone")
        return tuple(Suggestion(tag, f"{tag} (3)") for tag in TAGS if tag.startswith(typed))


class FakeNotes:
    """Notes that last as long as the test."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}

    async def recall(self, name: str) -> str | None:
        """Return what was remembered."""
        return self.kept.get(name)

    async def remember(self, name: str, value: str) -> None:
        """Keep it."""
        self.kept[name] = value


@pytest.fixture
async def discord() -> AsyncIterator[DiscordStandIn]:
    async with DiscordStandIn() as stand_in:
        yield stand_in


@pytest.fixture
def desk() -> FakeDesk:
    return FakeDesk()


@pytest.fixture
def notes() -> FakeNotes:
    return FakeNotes()


@pytest.fixture
def news(discord: DiscordStandIn) -> Channel:
    return discord.add_channel(discord.add_guild("Acme"), "ai-news")


@pytest.fixture
def mia(discord: DiscordStandIn) -> User:
    return discord.add_user("mia")


@pytest.fixture
async def bot(
    discord: DiscordStandIn, desk: FakeDesk, notes: FakeNotes
) -> AsyncIterator[DiscordBot]:
    async with running(discord, desk, notes) as started:
        yield started


@asynccontextmanager
async def running(
    discord: DiscordStandIn, desk: FakeDesk, notes: FakeNotes
) -> AsyncIterator[DiscordBot]:
    bot = new_bot(discord, desk, notes)
    task = asyncio.ensure_future(bot.run())
    ready = asyncio.ensure_future(bot.ready())
    await asyncio.wait([task, ready], return_when=asyncio.FIRST_COMPLETED)
    yield bot
    await bot.close()
    ready.cancel()
    await task


def new_bot(
    discord: DiscordStandIn, desk: FakeDesk, notes: FakeNotes, token: str = ""
) -> DiscordBot:
    return DiscordBot(
        token or discord.token,
        desk,
        notes,
        reachability=FakeReachability(),
        api_url=discord.api_url,
        gateway_url=discord.gateway_url,
    )


TYPED: tuple[tuple[str, dict[str, str | int], Command], ...] = (
    ("subscribe", {"tags": "llms, ai-agents"}, Subscribe(("llms", "ai-agents"))),
    (
        "subscribe",
        {"tags": "llms -meta", "heat": 60, "mood": "mixed", "without": "crypto, x.com"},
        Subscribe(("llms", "-meta", "-crypto", "-x.com", "heat:60", "mood:mixed")),
    ),
    (
        "channel follow",
        {"tags": "llms", "concerns": "some", "style": "line"},
        ChannelFollow(("llms", "concerns:some", "style:line")),
    ),
    ("subscribe", {"tags": "llms", "here": True}, Subscribe(("llms", "here"))),
    ("subscribe", {"tags": "llms here"}, Subscribe(("llms", "here"))),
    ("unsubscribe", {"tags": "llms"}, Unsubscribe(("llms",))),
    ("unsubscribe", {}, Unsubscribe(())),
    ("subscriptions", {}, Subscriptions()),
    ("tags", {}, Tags()),
    ("latest", {}, Latest()),
    ("latest", {"tag": "llms"}, Latest("llms")),
    ("related", {"query": "rogue agents at Meta"}, Related("rogue agents at Meta")),
    ("help", {}, Help()),
    ("channel follow", {"tags": "llms"}, ChannelFollow(("llms",))),
    ("channel unfollow", {}, ChannelUnfollow(())),
    ("channel status", {}, ChannelStatus()),
    ("channel resume", {}, ChannelResume()),
    ("channel log", {}, ChannelLog()),
    ("channel log", {"switch": "off"}, ChannelLog(wanted=False)),
    ("channel crosspost", {}, ChannelCrosspost()),
    ("channel crosspost", {"switch": "off"}, ChannelCrosspost(wanted=False)),
)
"""A command, its options, and what is asked by it."""


@pytest.mark.usefixtures("bot")
async def test_a_typed_command_is_asked_and_answered_privately(
    discord: DiscordStandIn, desk: FakeDesk, news: Channel, mia: User
) -> None:
    for words, options, command in TYPED:
        desk.asked.clear()

        answer = await discord.type_command(mia, news, words, options)

        assert [asked for asked, _ in desk.asked] == [command]
        assert answer.ephemeral, command
        assert answer.is_deferred, command
        assert type(command).__name__ in answer.text
        assert answer.message is not None
        assert answer.message.pings == ()


@pytest.mark.usefixtures("bot")
async def test_a_role_is_picked_or_typed_to_be_mentioned(
    discord: DiscordStandIn, desk: FakeDesk, news: Channel, mia: User
) -> None:
    role = discord.add_role(discord.guilds[0], "news")
    everyone = news.guild_id
    for options in (
        {"tags": "llms", "mention": role.id},
        {"tags": f"llms mention:<@&{role.id}>"},
        {"tags": "llms", "mention": everyone},
        {"tags": f"llms mention:<@&{everyone}>"},
    ):
        await discord.type_command(mia, news, "channel follow", options)
    with pytest.raises(NotPossible):
        await discord.type_command(mia, news, "subscribe", {"tags": "llms", "mention": role.id})

    read = ChannelFollow(("llms", f"mention:{role.id}"))
    refused = ChannelFollow(("llms", "mention:everyone"))
    assert [asked for asked, _ in desk.asked] == [read, read, refused, refused]


@pytest.mark.usefixtures("bot")
async def test_who_asks_and_where_is_known(
    discord: DiscordStandIn, desk: FakeDesk, news: Channel, mia: User
) -> None:
    thread = discord.add_thread(news, "gemma")
    places = (news, thread, discord.open_dm(mia))

    for place in places:
        await discord.type_command(mia, place, "help")

    direct = Address("discord", DIRECT, mia.id)
    assert [(c.person, c.here, c.direct) for _, c in desk.asked] == [
        (mia.id, Address("discord", news.guild_id, news.id), direct),
        (mia.id, Address("discord", news.guild_id, thread.id), direct),
        (mia.id, direct, direct),
    ]


@pytest.mark.usefixtures("bot")
@pytest.mark.parametrize(("kind", "can"), [(TEXT_CHANNEL, False), (ANNOUNCEMENTS, True)])
async def test_only_announcements_can_be_passed_on(
    discord: DiscordStandIn, desk: FakeDesk, mia: User, kind: int, *, can: bool
) -> None:
    place = discord.add_channel(discord.add_guild("Acme"), "updates", kind=kind)
    thread = discord.add_thread(place, "gemma")

    for channel in (place, thread):
        await discord.type_command(mia, channel, "channel status")

    assert [caller.can_crosspost for _, caller in desk.asked] == [can, False]


@pytest.mark.usefixtures("bot")
async def test_direct_messages_have_no_channel_commands(discord: DiscordStandIn, mia: User) -> None:
    with pytest.raises(NotPossible):
        await discord.type_command(mia, discord.open_dm(mia), "channel status")


@pytest.mark.usefixtures("bot")
@pytest.mark.parametrize(
    ("has", "may"),
    [
        (0, False),
        (permissions.MANAGE_CHANNELS, True),
        (permissions.MANAGE_GUILD, True),
        (permissions.ADMINISTRATOR, True),
        (1 << 13, False),
    ],
)
async def test_who_may_manage_is_asked_at_every_command(
    discord: DiscordStandIn, desk: FakeDesk, news: Channel, mia: User, has: int, *, may: bool
) -> None:
    await discord.type_command(mia, news, "channel status")
    discord.allow(mia, news, has)
    await discord.type_command(mia, news, "channel status")

    assert [caller.may_manage for _, caller in desk.asked] == [False, may]


@pytest.mark.usefixtures("bot")
@pytest.mark.parametrize(
    ("missing", "in_channel_and_thread"),
    [
        (0, [True, True]),
        (permissions.VIEW_CHANNEL, [False, False]),
        (permissions.SEND_MESSAGES, [False, True]),
        (permissions.EMBED_LINKS, [False, False]),
        (permissions.SEND_MESSAGES_IN_THREADS, [True, False]),
    ],
)
async def test_whether_the_bot_may_post_is_asked_at_every_command(
    discord: DiscordStandIn,
    desk: FakeDesk,
    news: Channel,
    mia: User,
    missing: int,
    in_channel_and_thread: list[bool],
) -> None:
    thread = discord.add_thread(news, "gemma")
    discord.permit(news, permissions.BOT & ~missing)

    for place in (news, thread):
        await discord.type_command(mia, place, "channel status")

    assert [caller.bot_may_post for _, caller in desk.asked] == in_channel_and_thread


@pytest.mark.usefixtures("bot")
@pytest.mark.parametrize(
    ("typed", "values"),
    [
        ("ll", ["llms", "llama"]),
        ("", ["llms", "llama", "ai-agents"]),
        ("ai-agents, ll", ["ai-agents, llms", "ai-agents, llama"]),
        ("llms ", ["llms llama", "llms ai-agents"]),
        ("llms,l", ["llms,llama"]),
        ("nothing", []),
        ("x" * 99 + " l", []),
    ],
)
async def test_the_last_tag_is_suggested_while_it_is_typed(
    discord: DiscordStandIn, news: Channel, mia: User, typed: str, values: list[str]
) -> None:
    for command in ("subscribe", "channel follow"):
        choices = await discord.autocomplete(mia, news, command, "tags", typed)

        assert [choice["value"] for choice in choices] == values
        assert all("(3)" in choice["name"] for choice in choices)


async def ask(discord: DiscordStandIn, method: str, path: str, body: object) -> None:
    """Do something with the bot's token that this version never does."""
    async with Rest(discord.token, discord.api_url) as rest:
        answer = await rest.request(method, path, json.dumps(body).encode())
    assert answer.succeeded


async def posted(discord: DiscordStandIn, channel: Channel, *words: str) -> Message:
    """Post a message with these buttons."""
    message = messages.Message((Buttons(tuple(WordsButton(w, w) for w in words)),))
    async with DiscordPoster(discord.token, api_url=discord.api_url) as poster:
        address = Address("discord", channel.guild_id, channel.id)
        await poster.post(address, message, key="1")
    return discord.messages(channel)[-1]


@pytest.mark.usefixtures("bot")
async def test_a_pressed_button_is_what_its_words_would_be(
    discord: DiscordStandIn, desk: FakeDesk, news: Channel, mia: User
) -> None:
    message = await posted(discord, news, "related article:12", "subscribe llms")

    answers = [
        await discord.press(mia, news, message, discord_id(words, news))
        for words in ("related article:12", "subscribe llms")
    ]

    assert [asked for asked, _ in desk.asked] == [Related("article:12"), Subscribe(("llms",))]
    assert [answer.kind for answer in answers] == ["reply", "reply"]
    assert all(answer.ephemeral for answer in answers)
    assert discord.messages(news) == [message]


@pytest.mark.usefixtures("bot")
async def test_a_button_of_an_answer_can_be_pressed_too(
    discord: DiscordStandIn, desk: FakeDesk, news: Channel, mia: User
) -> None:
    answer = await discord.type_command(mia, news, "subscribe", {"tags": "llms"})
    assert answer.message is not None

    await discord.press(mia, news, answer.message, discord_id("unsubscribe llms", news))

    assert desk.asked[-1][0] == Unsubscribe(("llms",))


@pytest.mark.usefixtures("bot")
@pytest.mark.parametrize("written", ["t0:help", "t1:nonsense", "news:read:12", "t1", "t1:stop"])
async def test_a_stale_or_foreign_button_is_told_so(
    discord: DiscordStandIn, desk: FakeDesk, news: Channel, mia: User, written: str
) -> None:
    button = {"type": 2, "style": 2, "label": "x", "custom_id": written}
    body = {"content": "x", "components": [{"type": 1, "components": [button]}]}
    await ask(discord, "POST", f"/channels/{news.id}/messages", body)
    message = discord.messages(news)[0]

    answer = await discord.press(mia, news, message, written)

    assert desk.asked == []
    assert answer.ephemeral
    assert "older version" in answer.text


@pytest.mark.usefixtures("bot")
async def test_a_failure_is_told_with_the_reference_that_is_logged(
    discord: DiscordStandIn,
    desk: FakeDesk,
    news: Channel,
    mia: User,
    caplog: pytest.LogCaptureFixture,
) -> None:
    desk.fails = True

    answer = await discord.type_command(mia, news, "help")

    logged = [r for r in caplog.records if r.levelno == logging.ERROR]
    assert len(logged) == 1
    ref = logged[0].getMessage().rpartition(" ")[2]
    assert ref in answer.text
    assert "database" not in answer.text


@pytest.mark.usefixtures("bot")
async def test_a_lost_answer_leaves_the_bot_answering(
    discord: DiscordStandIn, news: Channel, mia: User
) -> None:
    discord.fail_next("PATCH /webhooks", status=500)
    lost = asyncio.ensure_future(discord.type_command(mia, news, "help"))
    await discord.until(lambda: bool(discord.requested("PATCH /webhooks")))
    lost.cancel()

    answer = await discord.type_command(mia, news, "tags")

    assert "Tags" in answer.text


@pytest.mark.usefixtures("bot")
async def test_an_answer_that_comes_too_late_is_not_worked_on(
    discord: DiscordStandIn, desk: FakeDesk, news: Channel, mia: User
) -> None:
    said = {"message": "Unknown interaction", "code": 10062}
    discord.fail_next("POST /interactions", status=404, body=said)
    late = asyncio.ensure_future(discord.type_command(mia, news, "help"))
    await discord.until(lambda: bool(discord.requested("POST /interactions")))
    late.cancel()

    await discord.type_command(mia, news, "tags")

    assert [type(command) for command, _ in desk.asked] == [Tags]


@pytest.mark.usefixtures("bot")
@pytest.mark.parametrize("after_commit", [False, True])
async def test_an_acknowledgement_lost_on_its_way_is_said_once_more(
    discord: DiscordStandIn, news: Channel, mia: User, *, after_commit: bool
) -> None:
    discord.drop_next("POST /interactions", after_commit=after_commit)

    answer = await discord.type_command(mia, news, "tags")

    assert "Tags" in answer.text
    assert len(discord.requested("POST /interactions")) == 2


@pytest.mark.usefixtures("bot")
async def test_an_acknowledgement_is_said_again_when_discord_was_in_trouble(
    discord: DiscordStandIn, news: Channel, mia: User
) -> None:
    discord.fail_next("POST /interactions", status=502, body="Bad Gateway")

    answer = await discord.type_command(mia, news, "tags")

    assert "Tags" in answer.text


@pytest.mark.usefixtures("bot")
async def test_what_another_program_acknowledged_is_not_worked_on(
    discord: DiscordStandIn, desk: FakeDesk, news: Channel, mia: User
) -> None:
    said = {"message": "Interaction has already been acknowledged.", "code": 40060}
    discord.fail_next("POST /interactions", status=400, body=said)
    late = asyncio.ensure_future(discord.type_command(mia, news, "help"))
    await discord.until(lambda: bool(discord.requested("POST /interactions")))
    late.cancel()

    await discord.type_command(mia, news, "tags")

    assert [type(command) for command, _ in desk.asked] == [Tags]


async def test_commands_are_registered_only_when_they_changed(
    discord: DiscordStandIn, desk: FakeDesk, notes: FakeNotes
) -> None:
    for _ in range(2):
        async with running(discord, desk, notes):
            pass
    once = len(discord.requested("PUT /applications"))
    notes.kept = dict.fromkeys(notes.kept, "other commands")
    async with running(discord, desk, notes):
        pass

    assert (once, len(discord.requested("PUT /applications"))) == (1, 2)
    assert {command["name"] for command in discord.commands} == {
        "subscribe",
        "unsubscribe",
        "subscriptions",
        "home",
        "privacy",
        "tags",
        "latest",
        "related",
        "summary",
        "search",
        "trending",
        "snooze",
        "catchup",
        "zone",
        "help",
        "channel",
        "why",
        "Related stories",
        "Why was this posted?",
    }


async def test_the_bot_runs_although_registering_failed(
    discord: DiscordStandIn,
    desk: FakeDesk,
    notes: FakeNotes,
    caplog: pytest.LogCaptureFixture,
) -> None:
    said = {"message": "Max number of daily application command creates", "code": 30034}
    discord.fail_next("PUT /applications", status=400, body=said)

    async with running(discord, desk, notes):
        assert "failed to register commands" in caplog.text
        assert not any("commands" in name for name in notes.kept)


@pytest.mark.usefixtures("bot")
async def test_a_command_the_bot_no_longer_has_is_answered(
    discord: DiscordStandIn, desk: FakeDesk, news: Channel, mia: User
) -> None:
    old = {"name": "settings", "description": "x", "type": 1}
    await ask(discord, "PUT", f"/applications/{discord.application_id}/commands", [old])

    answer = await discord.type_command(mia, news, "settings")

    assert [command for command, _ in desk.asked] == [Unclear("settings")]
    assert answer.ephemeral


async def test_mods_commands_are_offered_to_those_who_manage_the_server(
    discord: DiscordStandIn, bot: DiscordBot, news: Channel, mia: User
) -> None:
    await bot.ready()
    for_all = {command["name"] for command in discord.offered(mia, news)}
    discord.allow(mia, news, permissions.MANAGE_GUILD)

    assert "channel" not in for_all
    assert "channel" in {command["name"] for command in discord.offered(mia, news)}


async def test_a_wrong_token_closes_the_platform(
    discord: DiscordStandIn, desk: FakeDesk, notes: FakeNotes
) -> None:
    with pytest.raises(PlatformClosed, match="THEMATA_DISCORD_TOKEN"):
        await new_bot(discord, desk, notes, "wrong.token").run()


async def test_n8_a_dropped_gateway_is_found_again(
    discord: DiscordStandIn, bot: DiscordBot, desk: FakeDesk, news: Channel, mia: User
) -> None:
    await bot.ready()

    discord.gateway.reconnect()
    await discord.until(lambda: not discord.gateway.is_connected)
    await discord.connected()
    await discord.type_command(mia, news, "help")

    assert [type(command) for command, _ in desk.asked] == [Help]


async def test_a_discord_that_is_away_at_the_start_is_waited_for(
    desk: FakeDesk, notes: FakeNotes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bots.discord.bot._FIRST_WAIT", 0.01)
    with socket.create_server(("127.0.0.1", 0)) as reserved:
        port = reserved.getsockname()[1]
    away = DiscordStandIn(port)
    away.api_url = f"http://127.0.0.1:{port}/api/v10"
    bot = new_bot(away, desk, notes)
    running = asyncio.ensure_future(bot.run())

    async with away as discord:
        await bot.ready()
        assert discord.gateway.is_connected
        await bot.close()
    await running


async def test_closing_finishes_the_open_answers_and_leaves(
    discord: DiscordStandIn, desk: FakeDesk, notes: FakeNotes, news: Channel, mia: User
) -> None:
    desk.may_answer.clear()
    async with running(discord, desk, notes) as bot:
        asked = asyncio.ensure_future(discord.type_command(mia, news, "help"))
        await desk.was_asked.wait()

        closing = asyncio.ensure_future(bot.close())
        desk.may_answer.set()
        await closing

    assert "Help" in (await asked).text
    await discord.until(lambda: not discord.gateway.is_connected)


async def test_cancelling_the_run_leaves_too(
    discord: DiscordStandIn, desk: FakeDesk, notes: FakeNotes
) -> None:
    bot = new_bot(discord, desk, notes)
    run = asyncio.ensure_future(bot.run())
    await bot.ready()

    run.cancel()
    await asyncio.wait([run])

    assert run.cancelled()
    await discord.until(lambda: not discord.gateway.is_connected)


async def test_no_privileged_intent_is_asked_for(discord: DiscordStandIn, bot: DiscordBot) -> None:
    await bot.ready()

    assert discord.gateway.intents == [GUILDS | GUILD_MESSAGES]


async def test_p6_a_token_that_is_revoked_while_running_closes_the_platform(
    discord: DiscordStandIn, desk: FakeDesk, notes: FakeNotes
) -> None:
    bot = new_bot(discord, desk, notes)
    run = asyncio.ensure_future(bot.run())
    await bot.ready()
    discord.gateway._token = "another.token"

    discord.gateway.reconnect()

    with pytest.raises(PlatformClosed, match="THEMATA_DISCORD_TOKEN"):
        await run


async def test_a_bot_that_was_closed_before_it_ran_does_not_run(
    discord: DiscordStandIn, desk: FakeDesk, notes: FakeNotes
) -> None:
    bot = new_bot(discord, desk, notes)
    await bot.close()

    await bot.run()

    assert discord.requests == []
