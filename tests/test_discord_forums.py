"""Forums of Discord: a story is a post with a title and tags, and what follows stands in it."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bots.discord.forums import Forum
from bots.discord.poster import DiscordPoster
from bots.sandbox.discord import Channel, DiscordStandIn, Guild, Limits, permissions
from bots.sandbox.discord.values import FORUM, MEDIA
from core import compose
from core.compose import Digest, Form
from core.log_lines import Happened
from core.messages import Message, Story, Text
from core.posting import Address, Receipt, Refused, TryLater, Unknown, Unreachable, Unsearchable
from core.rules import NO_TERMS
from tests.news import NOW, TITLE
from tests.samples import REAL, day

HELLO = Message((Text("Hello"),), title="Hello in a forum", tags=("llms",))
LATER = Message((Text("Later"),), title="Hello in a forum", tags=("llms",))
BLIND = permissions.BOT & ~permissions.READ_MESSAGE_HISTORY


@pytest.fixture
async def discord() -> AsyncIterator[DiscordStandIn]:
    async with DiscordStandIn(limits=Limits.off()) as stand_in:
        yield stand_in


@pytest.fixture
def guild(discord: DiscordStandIn) -> Guild:
    return discord.add_guild("Acme")


@pytest.fixture
def forum(discord: DiscordStandIn, guild: Guild) -> Channel:
    return discord.add_forum(guild, "stories", "LLMs", "Meta", "AI Agents", moderated=("pinned",))


@pytest.fixture
async def poster(discord: DiscordStandIn) -> AsyncIterator[DiscordPoster]:
    async with opened(discord) as posting:
        yield posting


def opened(discord: DiscordStandIn) -> DiscordPoster:
    return DiscordPoster(discord.token, api_url=discord.api_url, requests_per_second=0)


def at(channel: Channel) -> Address:
    return Address("discord", channel.guild_id, channel.id)


def below(channel: Channel, receipt: Receipt) -> Address:
    return replace(at(channel), thread=receipt.message_id)


def posts(discord: DiscordStandIn, forum: Channel) -> list[Channel]:
    return [it for it in discord.channels if it.parent_id == forum.id]


def named(forum: Channel, thread: Channel) -> list[str]:
    names = {tag.id: tag.name for tag in forum.tags}
    return [names[number] for number in thread.applied]


def told(message: Message, title: str = TITLE) -> Message:
    return replace(message, title=title)


@pytest.mark.parametrize("kind", [FORUM, MEDIA])
async def test_a_story_is_a_post_with_its_title_and_tags(
    discord: DiscordStandIn, guild: Guild, poster: DiscordPoster, kind: int
) -> None:
    forum = discord.add_forum(guild, "stories", "META", "llms", "Data Privacy", kind=kind)

    receipt = await poster.post(at(forum), compose.told([REAL], Form("card")), key="k")

    [post] = posts(discord, forum)
    [first] = discord.messages(post)
    assert (post.id, first.id) == (receipt.message_id, receipt.message_id)
    assert post.name == TITLE
    wanted = {tag.replace("-", " ") for tag in REAL.tags}
    assert {name.lower() for name in named(forum, post)} == {"meta", "data privacy"} & wanted
    assert "keystrokes" in first.text


async def test_a_digest_is_a_post_too(
    discord: DiscordStandIn, forum: Channel, poster: DiscordPoster
) -> None:
    stories = day(4)

    digest = compose.told(stories, Form("card", Digest(NOW.date())))
    await poster.post(at(forum), digest, key="k")

    [post] = posts(discord, forum)
    assert post.name
    assert post.name in discord.messages(post)[0].text
    assert len(post.name) <= 100


async def test_what_the_bot_itself_says_has_a_title_too(
    discord: DiscordStandIn, poster: DiscordPoster, forum: Channel
) -> None:
    happened = [Happened("pause over", forum.id)]
    introduction = compose.introduction({"llms": NO_TERMS}, "80351110224678912", "", prefix="/")

    for message in (introduction, compose.log_of([], happened)):
        await poster.post(at(forum), message, key=message.title)

    assert [it.name for it in posts(discord, forum)] == ["Themata posts here", "What changed"]


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("word " * 60, "word " * 18 + "word…"),
        ("a\nb\u202ec  d", "a bc d"),
        ("", "…"),
        ("@everyone <@&1>", "@everyone <@&1>"),
    ],
)
async def test_a_title_is_harmless_and_within_a_hundred_characters(
    discord: DiscordStandIn, forum: Channel, poster: DiscordPoster, title: str, name: str
) -> None:
    await poster.post(at(forum), told(HELLO, title), key="k")

    [post] = posts(discord, forum)
    assert post.name == name
    assert len(post.name) <= 100
    assert discord.messages(post)[0].pings == ()


async def test_a_forum_is_met_once(
    discord: DiscordStandIn, forum: Channel, poster: DiscordPoster
) -> None:
    for key in ("a", "b"):
        await poster.post(at(forum), HELLO, key=key)

    tried = discord.requested(f"POST /channels/{forum.id}/messages")
    looked = discord.requested(f"GET /channels/{forum.id}")
    assert (len(tried), len(looked), len(posts(discord, forum))) == (1, 1, 2)


async def test_the_same_key_is_the_same_post(
    discord: DiscordStandIn, forum: Channel, poster: DiscordPoster
) -> None:
    discord.drop_next(f"POST /channels/{forum.id}/threads", after_commit=True)
    with pytest.raises(Unknown):
        await poster.post(at(forum), HELLO, key="k")

    again = await poster.post(at(forum), HELLO, key="k")
    async with opened(discord) as after_a_crash:
        once_more = await after_a_crash.post(at(forum), HELLO, key="k")
        other = await after_a_crash.post(at(forum), HELLO, key="another")

    assert [it.id for it in posts(discord, forum)] == [again.message_id, other.message_id]
    assert once_more == again


async def test_a_post_is_found_long_after(
    discord: DiscordStandIn, forum: Channel, poster: DiscordPoster
) -> None:
    since = datetime.now(UTC)
    mine = await poster.post(at(forum), HELLO, key="k")
    await poster.post(at(forum), LATER, key="l")
    discord.archive(posts(discord, forum)[0])
    mia = discord.add_user("mia")
    discord.say(mia, discord.add_thread(forum, HELLO.title), "Hello")

    async with opened(discord) as after_a_crash:
        assert await after_a_crash.find(at(forum), key="k", since=since) == mine
        assert await after_a_crash.find(at(forum), key="x", since=since) is None
        late = since + timedelta(hours=1)
        assert await after_a_crash.find(at(forum), key="k", since=late) is None


async def test_who_may_not_read_the_history_cannot_say_what_stands(
    discord: DiscordStandIn, guild: Guild, poster: DiscordPoster
) -> None:
    forum = discord.add_forum(guild, "stories", bot_permissions=BLIND)
    since = datetime.now(UTC)
    await poster.post(at(forum), HELLO, key="k")

    with pytest.raises(Unsearchable):
        await poster.find(at(forum), key="k", since=since)


@pytest.mark.parametrize("title", ["The title of its thread", ""])
async def test_what_follows_stands_in_the_post(
    discord: DiscordStandIn, forum: Channel, poster: DiscordPoster, title: str
) -> None:
    receipt = await poster.post(at(forum), HELLO, key="k")

    async with opened(discord) as another:
        line = await another.reply(below(forum, receipt), LATER, key="l", title=title or "t")
        again = await another.reply(below(forum, receipt), LATER, key="l", title=title)
        await another.edit(line, told(HELLO))

    [post] = posts(discord, forum)
    assert [it.text for it in discord.messages(post)] == ["Hello", "Hello"]
    assert again == line


async def test_an_edit_changes_the_first_message_of_a_post(
    discord: DiscordStandIn, forum: Channel, poster: DiscordPoster
) -> None:
    receipt = await poster.post(at(forum), HELLO, key="k")
    [post] = posts(discord, forum)

    await poster.edit(receipt, LATER)
    discord.archive(post)
    async with opened(discord) as another:
        await another.edit(receipt, HELLO)

    assert [it.text for it in discord.messages(post)] == ["Hello"]
    edited = discord.requested(f"PATCH /channels/{post.id}")
    assert [it.status for it in edited] == [200, 400, 200, 200]


async def test_a_post_that_is_shut_or_gone_shuts_no_forum(
    discord: DiscordStandIn, forum: Channel, poster: DiscordPoster
) -> None:
    receipts = [await poster.post(at(forum), HELLO, key=key) for key in ("a", "b", "c")]
    locked, gone, emptied = posts(discord, forum)
    discord.lock(locked)
    discord.close_channel(gone)
    discord.world.delete(discord.messages(emptied)[0])

    for receipt in receipts:
        with pytest.raises(Refused):
            await poster.edit(receipt, LATER)
    await poster.post(at(forum), HELLO, key="d")


async def test_a_deleted_message_of_a_channel_is_no_post_of_a_forum(
    discord: DiscordStandIn, guild: Guild, poster: DiscordPoster
) -> None:
    news = discord.add_channel(guild, "news")
    receipt = await poster.post(at(news), HELLO, key="k")
    discord.world.delete(discord.messages(news)[0])

    with pytest.raises(Refused, match="deleted"):
        await poster.edit(receipt, LATER)


@pytest.mark.parametrize(
    "row",
    [
        (("llms", "meta"), ("LLMs", "Meta", "x"), False, ["LLMs", "Meta"]),
        (("ai-agents",), ("AI Agents",), False, ["AI Agents"]),
        (("ai-agents",), ("ai_agents",), False, ["ai_agents"]),
        (("chips",), ("LLMs",), False, []),
        (tuple("abcdefg"), tuple("ABCDEFG"), False, list("ABCDE")),
        (("llm-safety",), ("Art", "LLM safety news"), True, ["LLM safety news"]),
        (("chips",), ("Art", "News"), True, ["News"]),
        ((), ("Art", "Other"), True, ["Other"]),
    ],
)
async def test_tags_are_those_of_the_same_name_or_the_nearest(
    discord: DiscordStandIn,
    guild: Guild,
    poster: DiscordPoster,
    row: tuple[tuple[str, ...], tuple[str, ...], bool, list[str]],
) -> None:
    tags, offered, required, applied = row
    forum = discord.add_forum(guild, "stories", *offered, requires_tag=required)

    await poster.post(at(forum), replace(HELLO, tags=tags), key="k")

    [post] = posts(discord, forum)
    assert named(forum, post) == applied


async def test_a_forum_whose_tags_never_fit_names_the_step(
    discord: DiscordStandIn, guild: Guild, poster: DiscordPoster
) -> None:
    forum = discord.add_forum(guild, "stories", "Art", requires_tag=True, moderated=("llms",))

    with pytest.raises(Unreachable, match="add one called News in the forum's settings"):
        await poster.post(at(forum), HELLO, key="k")

    assert posts(discord, forum) == []


@pytest.mark.parametrize(
    ("may", "kind"),
    [
        (permissions.BOT & ~permissions.SEND_MESSAGES, Unreachable),
        (permissions.BOT & ~permissions.VIEW_CHANNEL, Unreachable),
        (permissions.BOT & ~permissions.SEND_MESSAGES_IN_THREADS, None),
    ],
)
async def test_the_right_to_post_in_a_forum_is_that_to_send_messages(
    discord: DiscordStandIn,
    guild: Guild,
    poster: DiscordPoster,
    may: int,
    kind: type[Exception] | None,
) -> None:
    forum = discord.add_forum(guild, "stories", bot_permissions=may)

    if kind is None:
        receipt = await poster.post(at(forum), HELLO, key="k")
        with pytest.raises(Unreachable):
            await poster.reply(below(forum, receipt), LATER, key="l", title="t")
        return
    with pytest.raises(kind):
        await poster.post(at(forum), HELLO, key="k")


async def test_a_layout_that_discord_refuses_is_drawn_plainly(
    discord: DiscordStandIn, forum: Channel, poster: DiscordPoster
) -> None:
    await poster.post(at(forum), HELLO, key="k")
    body = {"message": "Invalid Form Body", "code": 50035}
    discord.fail_next(f"POST /channels/{forum.id}/threads", status=400, body=body)

    story = Message((Story("A title", "Its text", ()),), title="A title")
    await poster.post(at(forum), story, key="l")

    [_, post] = posts(discord, forum)
    assert discord.messages(post)[0].text == "A title"


async def test_a_server_with_a_thousand_open_threads_is_busy(
    discord: DiscordStandIn, forum: Channel, poster: DiscordPoster
) -> None:
    body = {"message": "Maximum number of active threads reached", "code": 160006}
    discord.fail_next(f"POST /channels/{forum.id}/threads", status=400, body=body)

    with pytest.raises(TryLater):
        await poster.post(at(forum), HELLO, key="k")


async def test_tags_that_were_changed_are_asked_for_again(
    discord: DiscordStandIn, guild: Guild, poster: DiscordPoster
) -> None:
    forum = discord.add_forum(guild, "stories", "LLMs")
    await poster.post(at(forum), HELLO, key="k")
    changed = replace(forum, tags=(replace(forum.tags[0], id="7", name="llms"),))
    discord.world.channels[forum.id] = changed

    with pytest.raises(TryLater, match="changed"):
        await poster.post(at(forum), HELLO, key="l")
    await poster.post(at(forum), HELLO, key="l")

    assert [post.applied for post in posts(discord, forum)] == [(forum.tags[0].id,), ("7",)]


def test_what_is_no_forum_is_none() -> None:
    assert Forum.told({"type": 0, "id": "1"}) is None
    assert Forum.told({}) is None
