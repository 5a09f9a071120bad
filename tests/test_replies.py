"""A reply stands in the thread of a message, or right below it, once, and pings whom it names."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from bots.discord.poster import DiscordPoster
from bots.sandbox.discord import Channel, DiscordStandIn, Limits, Message, permissions
from bots.sandbox.slack import Limits as SlackLimits
from bots.sandbox.slack import SlackStandIn
from bots.slack.client import web_client
from bots.slack.poster import SlackPoster
from core import messages
from core.messages import Mention, Note, Text
from core.posting import Address, Receipt, Refused, TryLater, Unknown

TITLE = "Meta pauses its training program"
MAY_START = permissions.BOT | permissions.CREATE_PUBLIC_THREADS


@pytest.fixture
async def discord() -> AsyncIterator[DiscordStandIn]:
    async with DiscordStandIn(limits=Limits.off()) as stand_in:
        yield stand_in


@pytest.fixture
async def poster(discord: DiscordStandIn) -> AsyncIterator[DiscordPoster]:
    posting = DiscordPoster(discord.token, api_url=discord.api_url, requests_per_second=0)
    async with posting:
        yield posting


@pytest.fixture
def news(discord: DiscordStandIn) -> Channel:
    return discord.add_channel(discord.add_guild("Acme"), "ai-news", bot_permissions=MAY_START)


@pytest.fixture
async def below(poster: DiscordPoster, news: Channel) -> Address:
    """Give the thread of a post, which is not started."""
    address = Address("discord", news.guild_id, news.id)
    receipt = await poster.post(address, messages.Message((Text(TITLE),)), key="1")
    return Address("discord", news.guild_id, news.id, receipt.message_id)


def call(*people: str) -> messages.Message:
    """Return a message that mentions these people."""
    mention = Mention(people, pings=True, are_people=True)
    return messages.Message((mention, Note(("You asked for it",))))


async def reply(poster: DiscordPoster, to: Address, *people: str, key: str = "2") -> Receipt:
    """Reply with a message that mentions these people."""
    return await poster.reply(to, call(*people), key=key, title=TITLE)


def in_thread(discord: DiscordStandIn, below: Address) -> list[Message]:
    """Return what stands in the thread."""
    return discord.messages(below.thread)


async def test_a_thread_is_started_and_pings_just_these(
    discord: DiscordStandIn, poster: DiscordPoster, below: Address
) -> None:
    mia, lee = discord.add_user("mia"), discord.add_user("lee")

    receipt = await reply(poster, below, mia.id, lee.id)

    (standing,) = in_thread(discord, below)
    assert receipt == Receipt(below, standing.id)
    assert standing.pings == (f"<@{mia.id}>", f"<@{lee.id}>")
    assert standing.allowed_mentions == {"parse": [], "users": [mia.id, lee.id]}
    (thread,) = [it for it in discord.channels if it.id == below.thread]
    assert (thread.name, thread.parent_id) == (TITLE, below.channel)


async def test_a_long_title_is_cut_for_the_thread(
    discord: DiscordStandIn, poster: DiscordPoster, below: Address
) -> None:
    await poster.reply(below, call("1"), key="2", title="a" * 300)

    assert [len(it.name) for it in discord.channels if it.id == below.thread] == [100]


async def test_without_a_title_it_is_a_reply_in_the_channel(
    discord: DiscordStandIn, poster: DiscordPoster, news: Channel, below: Address
) -> None:
    receipt = await poster.reply(below, call("1"), key="2", title="")

    standing = discord.messages(news)[-1]
    assert receipt == Receipt(below, standing.id)
    assert standing.data["message_reference"]["message_id"] == below.thread
    assert all(it.id != below.thread for it in discord.channels)


async def test_a_bot_that_may_not_reply_posts_a_message_of_its_own(
    discord: DiscordStandIn, poster: DiscordPoster, news: Channel, below: Address
) -> None:
    discord.permit(news, permissions.BOT & ~permissions.READ_MESSAGE_HISTORY)

    receipt = await poster.reply(below, call("1"), key="2", title="")

    standing = discord.messages(news)[-1]
    assert receipt == Receipt(below, standing.id)
    assert "message_reference" not in standing.data


async def test_a_thread_that_is_there_is_used(
    discord: DiscordStandIn, poster: DiscordPoster, below: Address
) -> None:
    await reply(poster, below, "1")
    await reply(poster, below, "2", key="3")

    assert len(in_thread(discord, below)) == 2


@pytest.mark.parametrize("missing", ["CREATE_PUBLIC_THREADS", "SEND_MESSAGES_IN_THREADS"])
async def test_without_the_right_to_threads_it_stands_in_the_channel(
    discord: DiscordStandIn, poster: DiscordPoster, news: Channel, below: Address, missing: str
) -> None:
    discord.permit(news, MAY_START & ~getattr(permissions, missing))

    receipt = await reply(poster, below, "1")

    assert in_thread(discord, below) == []
    standing = discord.messages(news)[-1]
    assert receipt == Receipt(below, standing.id)
    assert standing.data["message_reference"]["message_id"] == below.thread
    assert standing.allowed_mentions == {"parse": [], "users": ["1"]}


async def test_where_a_thread_is_locked_it_stands_in_the_channel(
    discord: DiscordStandIn, poster: DiscordPoster, news: Channel, below: Address
) -> None:
    await reply(poster, below, "1")
    discord.lock(next(it for it in discord.channels if it.id == below.thread))

    await reply(poster, below, "2", key="3")

    assert len(in_thread(discord, below)) == 1
    assert discord.messages(news)[-1].data["message_reference"]["message_id"] == below.thread


async def test_in_a_thread_it_is_a_reply(
    discord: DiscordStandIn, poster: DiscordPoster, news: Channel
) -> None:
    thread = discord.add_thread(news, "gemma")
    address = Address("discord", news.guild_id, thread.id)
    posted = await poster.post(address, messages.Message((Text(TITLE),)), key="1")
    below = Address("discord", news.guild_id, thread.id, posted.message_id)

    await reply(poster, below, "1")

    assert discord.messages(thread)[-1].data["message_reference"]["message_id"] == below.thread


async def test_below_a_deleted_post_nothing_is_said(poster: DiscordPoster, news: Channel) -> None:
    with pytest.raises(Refused):
        await reply(poster, Address("discord", news.guild_id, news.id, "1187301264118239299"), "1")


@pytest.mark.parametrize("after_commit", [False, True])
async def test_a_thread_that_is_perhaps_started_is_no_reply_yet(
    discord: DiscordStandIn,
    poster: DiscordPoster,
    below: Address,
    after_commit: bool,  # noqa: FBT001 (a row of the table)
) -> None:
    discord.drop_next("POST /channels/*/messages/*/threads", after_commit=after_commit)
    with pytest.raises(TryLater):
        await reply(poster, below, "1")

    await reply(poster, below, "1")

    assert len(in_thread(discord, below)) == 1


@pytest.mark.parametrize("may", [MAY_START, permissions.BOT])
async def test_a_reply_whose_answer_was_lost_is_found_and_not_made_twice(
    discord: DiscordStandIn, poster: DiscordPoster, news: Channel, below: Address, may: int
) -> None:
    discord.permit(news, may)
    since = datetime.now(UTC) - timedelta(seconds=1)
    assert await poster.find(below, key="2", since=since) is None
    discord.drop_next("POST /channels/*/messages", after_commit=True)
    with pytest.raises(Unknown):
        await reply(poster, below, "1")

    found = await poster.find(below, key="2", since=since)
    again = await reply(poster, below, "1")

    assert found == again
    assert await poster.find(below, key="3", since=since) is None
    standing = [*in_thread(discord, below), *discord.messages(news)]
    assert len([it for it in standing if it.pings]) == 1


async def test_on_slack_it_stands_in_the_thread_and_is_found_there() -> None:
    async with (
        SlackStandIn(limits=SlackLimits.off()) as slack,
        web_client(slack.bot_token, api_url=slack.api_url) as client,
    ):
        channel, mia = slack.add_channel("ai-news"), slack.add_user("mia")
        poster = SlackPoster(client, spacing=0)
        address = Address("slack", slack.team_id, channel.id)
        posted = await poster.post(address, messages.Message((Text(TITLE),)), key="1")
        below = Address("slack", slack.team_id, channel.id, posted.message_id)
        since = datetime.now(UTC) - timedelta(seconds=1)

        receipt = await poster.reply(below, call(mia.id), key="2", title=TITLE)
        standing = slack.messages(channel.id)[-1]

        assert await poster.find(below, key="2", since=since) == receipt
        assert await poster.find(below, key="3", since=since) is None
    assert receipt == Receipt(below, standing.ts)
    assert (standing.thread_ts, standing.pings) == (posted.message_id, (f"<@{mia.id}>",))
