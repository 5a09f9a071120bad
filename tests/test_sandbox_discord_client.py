"""The Discord stand-in, seen by the real discord.py."""

import asyncio
import warnings
from collections.abc import AsyncIterator

import pytest
import yarl

from bots.sandbox.discord import Channel, DiscordStandIn, User

with warnings.catch_warnings():
    # discord.py imports audioop, which Python 3.13 no longer has and 3.11 warns of.
    warnings.simplefilter("ignore", DeprecationWarning)
    import discord as sdk
    from discord import app_commands
    from discord.gateway import DiscordWebSocket
    from discord.http import Route


class Client(sdk.Client):
    """A small bot: `/channel follow`, `/quick`, and buttons answered by their custom id."""

    def __init__(self) -> None:
        super().__init__(
            intents=sdk.Intents(guilds=True),
            allowed_mentions=sdk.AllowedMentions.none(),
            chunk_guilds_at_startup=False,
            guild_ready_timeout=0.01,
            max_messages=None,
        )
        self.tree = app_commands.CommandTree(self)
        self.tree.add_command(Channels(name="channel", description="This channel"))
        self.tree.add_command(quick)
        self.removed: asyncio.Queue[int] = asyncio.Queue()

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Log in again at once: discord.py would wait for five seconds."""

    async def on_interaction(self, interaction: sdk.Interaction) -> None:
        """Answer a button."""
        if interaction.type is sdk.InteractionType.component and interaction.data:
            words = f"pressed {interaction.data.get('custom_id')}"
            await interaction.response.send_message(words, ephemeral=True)

    async def on_guild_remove(self, guild: sdk.Guild) -> None:
        """Note that a guild is gone."""
        self.removed.put_nowait(guild.id)


class Channels(app_commands.Group):
    """What a channel follows."""

    @app_commands.command(name="follow", description="Follow tags")
    async def follow(self, interaction: sdk.Interaction, tags: str) -> None:
        """Answer late, and in private."""
        await interaction.response.defer(ephemeral=True)
        manages = interaction.permissions.manage_channels
        await interaction.edit_original_response(view=layout(f"{tags} {manages}"))

    @follow.autocomplete("tags")
    async def suggest(self, _: sdk.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Offer one tag."""
        return [app_commands.Choice(name=f"{typed}ms", value=f"{typed}ms")]


@app_commands.command(name="quick", description="Answer at once")
async def quick(interaction: sdk.Interaction) -> None:
    await interaction.response.send_message("at once")


def layout(words: str) -> sdk.ui.LayoutView:
    view = sdk.ui.LayoutView()
    row: sdk.ui.ActionRow[sdk.ui.LayoutView] = sdk.ui.ActionRow()
    row.add_item(sdk.ui.Button(label="Related", custom_id="t1:related"))
    row.add_item(sdk.ui.Button(label="Read", url="https://themata.org/a"))
    picture: sdk.ui.Thumbnail[sdk.ui.LayoutView] = sdk.ui.Thumbnail("https://themata.org/a.png")
    view.add_item(
        sdk.ui.Container(
            sdk.ui.Section(words, accessory=picture),
            sdk.ui.Separator(),
            row,
            accent_colour=sdk.Colour.blue(),
        )
    )
    return view


@pytest.fixture
async def discord(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[DiscordStandIn]:
    async with DiscordStandIn() as served:
        monkeypatch.setattr(Route, "BASE", served.api_url)
        monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(served.gateway_url))
        yield served


@pytest.fixture
def channel(discord: DiscordStandIn) -> Channel:
    return discord.add_channel(discord.add_guild("Acme"), "ai-news")


@pytest.fixture
def mia(discord: DiscordStandIn) -> User:
    return discord.add_user("mia")


@pytest.fixture
async def client(discord: DiscordStandIn, channel: Channel) -> AsyncIterator[Client]:
    """Give a bot that is logged in, and knows the channel."""
    async with Client() as bot:
        await bot.login(discord.token)
        connected = asyncio.create_task(bot.connect())
        await bot.wait_until_ready()
        assert bot.get_channel(int(channel.id))
        yield bot
        await bot.close()
        await connected


@pytest.fixture
async def commands(client: Client) -> list[app_commands.AppCommand]:
    return await client.tree.sync()


async def test_a_wrong_token_cannot_log_in(discord: DiscordStandIn) -> None:
    async with Client() as bot:
        with pytest.raises(sdk.LoginFailure):
            await bot.login(f"x{discord.token}")


async def test_a_bot_logs_in_and_sees_its_guilds(
    client: Client, discord: DiscordStandIn, channel: Channel
) -> None:
    found = client.get_channel(int(channel.id))

    assert client.user is not None
    assert str(client.user.id) == discord.bot_user_id
    assert str(client.application_id) == discord.application_id
    assert isinstance(found, sdk.TextChannel)
    assert found.permissions_for(found.guild.me).send_messages
    assert discord.gateway.intents == [1]


async def test_what_the_bot_may_do_is_seen_in_the_channel(
    client: Client, discord: DiscordStandIn
) -> None:
    closed = discord.add_channel(discord.guilds[0], "closed", bot_permissions=1 << 10)
    discord.kick(discord.add_guild("Other"))
    await client.removed.get()

    found = client.get_channel(int(closed.id))

    assert isinstance(found, sdk.TextChannel)
    assert found.permissions_for(found.guild.me).view_channel
    assert not found.permissions_for(found.guild.me).send_messages


async def test_commands_are_registered(
    commands: list[app_commands.AppCommand], discord: DiscordStandIn
) -> None:
    assert [command.name for command in commands] == ["channel", "quick"]
    assert [command["id"] for command in discord.commands] == [str(c.id) for c in commands]


async def test_a_layout_is_sent_and_stands_as_discord_echoes_it(
    client: Client, discord: DiscordStandIn, channel: Channel
) -> None:
    found = client.get_partial_messageable(int(channel.id))

    sent = await found.send(view=layout("words"))

    (message,) = discord.messages(channel)
    assert str(sent.id) == message.id
    assert message.text == "words"
    assert [b["label"] for b in message.buttons] == ["Related", "Read"]
    assert isinstance(sent.components[0], sdk.Container)
    assert message.pings == ()


async def test_a_deferred_command_is_answered_to_the_one_who_typed_it(
    commands: list[app_commands.AppCommand], discord: DiscordStandIn, channel: Channel, mia: User
) -> None:
    discord.allow(mia, channel, 1 << 4)

    answer = await discord.type_command(mia, channel, "channel follow", {"tags": "llms"})

    assert commands
    assert answer.text == "llms True"
    assert answer.ephemeral
    assert answer.is_deferred


@pytest.mark.usefixtures("commands")
async def test_a_command_works_in_threads_and_direct_messages(
    discord: DiscordStandIn, channel: Channel, mia: User
) -> None:
    for place in (discord.add_thread(channel, "today"), discord.open_dm(mia)):
        answer = await discord.type_command(mia, place, "quick")

        assert (answer.text, answer.ephemeral) == ("at once", False)
        assert [message.text for message in discord.messages(place)] == ["at once"]


@pytest.mark.usefixtures("commands")
async def test_an_option_is_completed(discord: DiscordStandIn, channel: Channel, mia: User) -> None:
    choices = await discord.autocomplete(mia, channel, "channel follow", "tags", "ll")

    assert choices == [{"name": "llms", "value": "llms"}]


async def test_a_button_is_pressed(
    client: Client, discord: DiscordStandIn, channel: Channel, mia: User
) -> None:
    await client.get_partial_messageable(int(channel.id)).send(view=layout("words"))
    (message,) = discord.messages(channel)

    answer = await discord.press(mia, channel, message, "t1:related")

    assert answer.text == "pressed t1:related"
    assert answer.ephemeral


@pytest.mark.usefixtures("commands")
async def test_a_button_on_a_private_answer_is_pressed(
    discord: DiscordStandIn, channel: Channel, mia: User
) -> None:
    private = await discord.type_command(mia, channel, "channel follow", {"tags": "llms"})
    assert private.message is not None

    answer = await discord.press(mia, channel, private.message, "t1:related")

    assert answer.text == "pressed t1:related"


@pytest.mark.usefixtures("commands")
@pytest.mark.parametrize("how", ["dropped", "asked to reconnect", "invalid but resumable"])
async def test_a_bot_resumes_and_loses_nothing(
    discord: DiscordStandIn, channel: Channel, mia: User, how: str
) -> None:
    if how == "dropped":
        discord.gateway.drop()
    elif how == "asked to reconnect":
        discord.gateway.reconnect()
    else:
        discord.gateway.invalidate(resumable=True)

    typed = asyncio.create_task(discord.type_command(mia, channel, "quick"))
    await discord.until(lambda: discord.gateway.resumed == 1)

    assert (await typed).text == "at once"
    assert discord.gateway.identified == 1


@pytest.mark.usefixtures("commands")
async def test_a_bot_logs_in_again_after_its_session_became_invalid(
    discord: DiscordStandIn, channel: Channel, mia: User
) -> None:
    discord.gateway.invalidate()

    await discord.until(lambda: discord.gateway.identified == 2)

    assert (await discord.type_command(mia, channel, "quick")).text == "at once"


async def test_a_guild_that_is_left_is_told(client: Client, discord: DiscordStandIn) -> None:
    (guild,) = discord.guilds

    discord.kick(guild)

    assert await client.removed.get() == int(guild.id)
