"""Whether a post of unknown outcome stands on Discord, when its nonce is long forgotten."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from bots.discord.marks import mark
from bots.discord.poster import DIRECT, DiscordPoster
from bots.sandbox.discord import Channel, DiscordStandIn, Limits, User, permissions
from core.messages import Message, Text
from core.posting import (
    Address,
    Finder,
    PlatformClosed,
    Receipt,
    TryLater,
    Unknown,
    Unreachable,
    Unsearchable,
)

HELLO = Message((Text("Hello"),))
TRIED_AT = datetime(2026, 6, 22, 12, 0, tzinfo=UTC)
BLIND = permissions.BOT & ~permissions.READ_MESSAGE_HISTORY


class Clock:
    """The time on Discord's machines."""

    def __init__(self) -> None:
        self.now = TRIED_AT.timestamp()

    def __call__(self) -> float:
        """Return the seconds since 1970."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def discord(clock: Clock) -> AsyncIterator[DiscordStandIn]:
    async with DiscordStandIn(clock=clock, limits=Limits.off()) as stand_in:
        yield stand_in


@pytest.fixture
async def poster(discord: DiscordStandIn) -> AsyncIterator[DiscordPoster]:
    async with DiscordPoster(
        discord.token, api_url=discord.api_url, requests_per_second=0
    ) as posting:
        yield posting


@pytest.fixture
def news(discord: DiscordStandIn, clock: Clock) -> Channel:
    clock.now -= 86_400
    channel = discord.add_channel(discord.add_guild("Acme"), "ai-news")
    clock.now += 86_400
    return channel


@pytest.fixture
def mia(discord: DiscordStandIn, clock: Clock) -> User:
    clock.now -= 86_400
    user = discord.add_user("mia")
    clock.now += 86_400
    return user


def at(channel: Channel) -> Address:
    return Address("discord", channel.guild_id, channel.id)


async def lose(discord: DiscordStandIn, poster: DiscordPoster, address: Address) -> None:
    """Post, and lose the answer."""
    discord.drop_next("POST /channels", after_commit=True)
    with pytest.raises(Unknown):
        await poster.post(address, HELLO, key="1")


def test_the_nonce_is_relied_on_for_a_minute_only(poster: DiscordPoster) -> None:
    finder: Finder = poster

    assert finder.repeats.known_for == timedelta(minutes=1)
    assert (finder.repeats.settles_in, finder.repeats.looks) == (timedelta(), 1)


async def test_k8_a_post_whose_answer_was_lost_is_found_after_the_nonce_is_forgotten(
    discord: DiscordStandIn, poster: DiscordPoster, news: Channel, clock: Clock
) -> None:
    await lose(discord, poster, at(news))
    clock.now += 3600

    found = await poster.find(at(news), key="1", since=TRIED_AT)

    assert found == Receipt(at(news), discord.messages(news)[0].id)
    assert await poster.find(at(news), key="2", since=TRIED_AT) is None


async def test_another_poster_finds_it_too(
    discord: DiscordStandIn, poster: DiscordPoster, news: Channel
) -> None:
    await lose(discord, poster, at(news))

    async with DiscordPoster(discord.token, api_url=discord.api_url) as restarted:
        assert await restarted.find(at(news), key="1", since=TRIED_AT)


async def test_t2_it_is_found_though_the_clocks_differ_by_five_minutes(
    discord: DiscordStandIn, poster: DiscordPoster, news: Channel, clock: Clock
) -> None:
    clock.now -= 299
    await lose(discord, poster, at(news))

    assert await poster.find(at(news), key="1", since=TRIED_AT)


async def test_it_is_found_among_much_that_was_written_since(
    discord: DiscordStandIn, poster: DiscordPoster, news: Channel, mia: User
) -> None:
    for _ in range(250):
        discord.say(mia, news, "hello")
    await lose(discord, poster, at(news))
    for _ in range(120):
        discord.say(mia, news, "hello")

    found = await poster.find(at(news), key="1", since=TRIED_AT)

    assert found is not None
    assert found.message_id == discord.messages(news)[250].id
    assert len(discord.requested("GET /channels")) == 3


@pytest.mark.parametrize("written", [1, 100, 200])
async def test_a_history_that_was_read_to_its_end_holds_no_post(
    discord: DiscordStandIn, poster: DiscordPoster, news: Channel, mia: User, written: int
) -> None:
    for _ in range(written):
        discord.say(mia, news, "hello")

    assert await poster.find(at(news), key="1", since=TRIED_AT) is None


async def test_a_history_without_end_is_not_searched(
    discord: DiscordStandIn, poster: DiscordPoster, news: Channel, mia: User
) -> None:
    for _ in range(2100):
        discord.say(mia, news, "hello")

    with pytest.raises(Unsearchable, match="too much"):
        await poster.find(at(news), key="1", since=TRIED_AT)
    assert len(discord.requested("GET /channels")) == 20


async def test_the_mark_of_another_author_is_not_ours(
    discord: DiscordStandIn, poster: DiscordPoster, news: Channel, mia: User
) -> None:
    said = discord.say(mia, news, "hello").data
    said["components"] = [{"type": 17, "id": mark(at(news), "1").marker}]

    assert await poster.find(at(news), key="1", since=TRIED_AT) is None


async def test_a_nonce_that_the_history_tells_is_enough(
    discord: DiscordStandIn, poster: DiscordPoster, news: Channel
) -> None:
    told = {
        "id": "1574439979646451713",
        "author": {"id": discord.bot_user_id},
        "nonce": mark(at(news), "1").nonce,
    }
    discord.fail_next(f"GET /channels/{news.id}/messages", status=200, body=[told])

    found = await poster.find(at(news), key="1", since=TRIED_AT)

    assert found == Receipt(at(news), "1574439979646451713")


async def test_the_bot_asks_only_once_who_it_is(
    discord: DiscordStandIn, poster: DiscordPoster, news: Channel
) -> None:
    for _ in range(3):
        await poster.find(at(news), key="1", since=TRIED_AT)

    assert len(discord.requested("GET /users/@me")) == 1


async def test_it_is_found_in_direct_messages_and_in_threads(
    discord: DiscordStandIn, poster: DiscordPoster, news: Channel, mia: User
) -> None:
    thread = discord.add_thread(news, "gemma")
    for address in (
        Address("discord", DIRECT, mia.id),
        Address("discord", news.guild_id, thread.id),
        Address("discord", news.guild_id, news.id, thread.id),
    ):
        await lose(discord, poster, address)

        assert await poster.find(address, key="1", since=TRIED_AT)


# Where the history cannot be read, Discord shows an empty one.


async def test_a_channel_in_which_nothing_was_written_surely_holds_no_post(
    discord: DiscordStandIn, poster: DiscordPoster, news: Channel, mia: User, clock: Clock
) -> None:
    discord.permit(news, BLIND)
    assert await poster.find(at(news), key="1", since=TRIED_AT) is None

    clock.now -= 3600
    discord.say(mia, news, "hello")
    assert await poster.find(at(news), key="1", since=TRIED_AT) is None


async def test_without_its_history_a_channel_in_which_something_was_written_is_unsearchable(
    discord: DiscordStandIn, poster: DiscordPoster, news: Channel
) -> None:
    discord.permit(news, BLIND)
    await lose(discord, poster, at(news))

    with pytest.raises(Unsearchable, match="history"):
        await poster.find(at(news), key="1", since=TRIED_AT)


async def test_a_deleted_message_does_not_make_a_history_unsearchable(
    discord: DiscordStandIn, poster: DiscordPoster, news: Channel, mia: User, clock: Clock
) -> None:
    clock.now -= 3600
    discord.say(mia, news, "hello")
    clock.now += 3600
    discord.world.delete(discord.say(mia, news, "a slip"))

    assert await poster.find(at(news), key="1", since=TRIED_AT) is None


@pytest.mark.parametrize("code", [50001, 50013])
async def test_a_channel_that_the_bot_does_not_see_is_unsearchable(
    discord: DiscordStandIn, poster: DiscordPoster, news: Channel, code: int
) -> None:
    discord.fail_next("GET /channels", status=403, body={"message": "no", "code": code})

    with pytest.raises(Unsearchable):
        await poster.find(at(news), key="1", since=TRIED_AT)


async def test_a_channel_that_is_gone_is_unreachable(
    discord: DiscordStandIn, poster: DiscordPoster, news: Channel
) -> None:
    discord.close_channel(news)

    with pytest.raises(Unreachable):
        await poster.find(at(news), key="1", since=TRIED_AT)


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (429, {"message": "limited", "retry_after": 30.0}, TryLater),
        (403, "<html>forbidden</html>", TryLater),
        (500, None, Unknown),
        (200, "<html>fine</html>", Unknown),
        (200, '[{"id": "1", "auth', Unknown),
        (200, {"id": "1"}, Unknown),
        (200, [{"id": "1"}], Unknown),
        (200, [{"id": "x", "author": {"id": "1"}}], Unknown),
        (200, ["1"], Unknown),
        (400, {"message": "no", "code": 50035}, Unsearchable),
        (401, None, PlatformClosed),
    ],
)
async def test_n5_an_answer_that_says_nothing_leaves_it_unknown(
    discord: DiscordStandIn,
    poster: DiscordPoster,
    news: Channel,
    status: int,
    body: object,
    kind: type[Exception],
) -> None:
    discord.fail_next("GET /channels", status=status, body=body, headers={"Via": "1.1 google"})

    with pytest.raises(kind):
        await poster.find(at(news), key="1", since=TRIED_AT)


@pytest.mark.parametrize(
    ("status", "kind"), [(200, Unknown), (500, Unknown), (401, PlatformClosed)]
)
async def test_a_bot_that_does_not_know_who_it_is_leaves_it_unknown(
    discord: DiscordStandIn,
    poster: DiscordPoster,
    news: Channel,
    status: int,
    kind: type[Exception],
) -> None:
    discord.fail_next("GET /users/@me", status=status, body={"no": "id"})

    with pytest.raises(kind):
        await poster.find(at(news), key="1", since=TRIED_AT)
    assert await poster.find(at(news), key="1", since=TRIED_AT) is None


@pytest.mark.parametrize("body", ["<html>fine</html>", {}, {"id": "1", "last_message_id": "x"}])
async def test_n5_a_channel_that_cannot_be_read_leaves_it_unknown(
    discord: DiscordStandIn, poster: DiscordPoster, news: Channel, body: object
) -> None:
    discord.fail_next(f"GET /channels/{news.id}/messages", status=200, body=[])
    discord.fail_next(f"GET /channels/{news.id}", status=200, body=body)

    with pytest.raises(Unknown):
        await poster.find(at(news), key="1", since=TRIED_AT)
