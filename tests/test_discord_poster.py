"""Posting to Discord: once, in order, never too fast, and every refusal understood."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import aiohttp
import pytest

from bots.discord.errors import KINDS, UNKNOWN_MESSAGE, blames_form
from bots.discord.marks import mark
from bots.discord.poster import DIRECT, DiscordPoster
from bots.sandbox.discord import Channel, DiscordStandIn, Limits, permissions
from core.messages import Buttons, Heading, Image, LinkButton, Message, Note, Story, Text
from core.posting import (
    Address,
    PlatformClosed,
    PostError,
    Receipt,
    Refused,
    TryLater,
    Unknown,
    Unreachable,
)

HELLO = Message((Text("Hello"),))
BYE = Message((Text("Bye"),))


@pytest.fixture
async def discord() -> AsyncIterator[DiscordStandIn]:
    async with DiscordStandIn() as stand_in:
        yield stand_in


@pytest.fixture
async def poster(discord: DiscordStandIn) -> AsyncIterator[DiscordPoster]:
    async with DiscordPoster(discord.token, api_url=discord.api_url) as posting:
        yield posting


@pytest.fixture
def news(discord: DiscordStandIn) -> Channel:
    return discord.add_channel(discord.add_guild("Acme"), "ai-news")


def at(channel: Channel) -> Address:
    return Address("discord", channel.guild_id, channel.id)


async def delete(discord: DiscordStandIn, receipt: Receipt) -> None:
    """Delete a post as a moderator would."""
    path = f"channels/{receipt.address.channel}/messages/{receipt.message_id}"
    headers = {
        "Authorization": f"Bot {discord.token}",
        "User-Agent": "DiscordBot (https://x.org, 1)",
    }
    async with (
        aiohttp.ClientSession(discord.api_url + "/", headers=headers) as session,
        session.delete(path) as answer,
    ):
        assert answer.status == 204


async def test_a_post_stands_in_its_channel(
    discord: DiscordStandIn, poster: DiscordPoster, news: Channel
) -> None:
    receipt = await poster.post(at(news), HELLO, key="1")

    posted = discord.messages(news.id)
    assert receipt == Receipt(at(news), posted[0].id)
    assert [message.text for message in posted] == ["Hello"]
    assert posted[0].allowed_mentions == {"parse": []}


async def test_the_same_key_is_the_same_post(
    discord: DiscordStandIn, poster: DiscordPoster, news: Channel
) -> None:
    first = await poster.post(at(news), HELLO, key="1")
    again = await poster.post(at(news), HELLO, key="1")

    assert again == first
    assert len(discord.messages(news.id)) == 1


async def test_another_poster_knows_the_same_key(
    discord: DiscordStandIn, poster: DiscordPoster, news: Channel
) -> None:
    first = await poster.post(at(news), HELLO, key="1")

    async with DiscordPoster(discord.token, api_url=discord.api_url) as restarted:
        assert await restarted.post(at(news), HELLO, key="1") == first


async def test_one_key_in_two_channels_is_two_posts(
    discord: DiscordStandIn, poster: DiscordPoster, news: Channel
) -> None:
    other = discord.add_channel(discord.add_guild("Other"), "news")

    await poster.post(at(news), HELLO, key="1")
    await poster.post(at(other), HELLO, key="1")

    assert [len(discord.messages(channel.id)) for channel in (news, other)] == [1, 1]


def test_a_mark_is_what_discord_takes() -> None:
    addresses = [Address("discord", "1", str(n), thread) for n in range(50) for thread in ("", "9")]
    marks = [mark(address, key) for address in addresses for key in ("a", "b")]
    nonces, markers = {one.nonce for one in marks}, {one.marker for one in marks}

    assert (len(nonces), len(markers)) == (200, 200)
    assert all(len(one) <= 25 and one.isalnum() for one in nonces)
    assert all(2**20 <= one < 2**31 for one in markers)


async def test_a_post_carries_its_mark(
    discord: DiscordStandIn, poster: DiscordPoster, news: Channel
) -> None:
    await poster.post(at(news), HELLO, key="1")

    posted = discord.messages(news)[0].data
    assert (posted["nonce"], posted["components"][0]["id"]) == (
        mark(at(news), "1").nonce,
        mark(at(news), "1").marker,
    )


async def test_a_post_that_was_deleted_is_not_made_again(
    discord: DiscordStandIn, poster: DiscordPoster, news: Channel
) -> None:
    receipt = await poster.post(at(news), HELLO, key="1")
    await delete(discord, receipt)

    assert await poster.post(at(news), HELLO, key="1") == Receipt(at(news), "")
    assert discord.messages(news.id) == []


async def test_an_edit_replaces_what_stands(
    discord: DiscordStandIn, poster: DiscordPoster, news: Channel
) -> None:
    receipt = await poster.post(at(news), HELLO, key="1")

    await poster.edit(receipt, BYE)

    standing = discord.messages(news.id)
    assert [message.text for message in standing] == ["Bye"]
    assert standing[0].allowed_mentions == {"parse": []}


@pytest.mark.parametrize("may_start_threads", [True, False])
async def test_a_reply_is_edited_where_it_stands(
    discord: DiscordStandIn, poster: DiscordPoster, news: Channel, *, may_start_threads: bool
) -> None:
    if may_start_threads:
        discord.permit(news, permissions.BOT | permissions.CREATE_PUBLIC_THREADS)
    post = await poster.post(at(news), HELLO, key="1")
    below = replace(at(news), thread=post.message_id)
    reply = await poster.reply(below, HELLO, key="2", title="Hello")

    await poster.edit(reply, BYE)

    rooms = [it for it in discord.channels if news.id in {it.id, it.parent_id}]
    said = [str(it.data["components"]) for room in rooms for it in discord.messages(room)]
    assert len(rooms) == 1 + may_start_threads
    assert ["Bye" in one for one in said] == [False, True]


async def test_a_deleted_post_cannot_be_edited(
    discord: DiscordStandIn, poster: DiscordPoster, news: Channel
) -> None:
    receipt = await poster.post(at(news), HELLO, key="1")
    await delete(discord, receipt)

    with pytest.raises(Refused, match="deleted"):
        await poster.edit(receipt, BYE)
    with pytest.raises(Refused, match="deleted"):
        await poster.edit(Receipt(at(news), ""), BYE)


async def test_a_thread_is_posted_to_in_the_place_of_its_channel(
    discord: DiscordStandIn, poster: DiscordPoster, news: Channel
) -> None:
    thread = discord.add_thread(news, "gemma")

    await poster.post(Address("discord", news.guild_id, news.id, thread.id), HELLO, key="1")

    assert [len(discord.messages(channel)) for channel in (news, thread)] == [0, 1]


async def test_a_person_is_posted_to_by_direct_message(
    discord: DiscordStandIn, poster: DiscordPoster
) -> None:
    mia = discord.add_user("mia")
    direct = Address("discord", DIRECT, mia.id)

    first = await poster.post(direct, HELLO, key="1")
    await poster.post(direct, BYE, key="2")
    await poster.edit(first, BYE)

    assert [message.text for message in discord.messages(discord.open_dm(mia))] == ["Bye", "Bye"]
    assert len(discord.requested("POST /users/@me/channels")) == 1


async def failure(poster: DiscordPoster, address: Address) -> PostError:
    with pytest.raises(PostError) as raised:
        await poster.post(address, HELLO, key="1")
    return raised.value


STATUS = {10003: 404, 10004: 404, 10013: 404, 50006: 400, 50035: 400, 40062: 429, 130000: 503}


@pytest.mark.parametrize("code", [code for code in KINDS if code != UNKNOWN_MESSAGE])
async def test_every_known_code_is_understood(
    discord: DiscordStandIn, poster: DiscordPoster, news: Channel, code: int
) -> None:
    status, via = STATUS.get(code, 403), {"Via": "1.1 google"}
    said = {"message": "no", "code": code}
    discord.fail_next("POST /channels", status=status, body=said, headers=via, times=2)

    error = await failure(poster, at(news))

    kind, reason = KINDS[code]
    assert type(error) is kind
    assert reason in str(error)
    assert len(discord.requested("POST /channels")) == (2 if blames_form(status, code) else 1)


@pytest.mark.parametrize(
    ("kind", "codes"),
    [
        (Unreachable, (10003, 10004, 50001, 50013, 50007, 50008, 50024, 50083, 160005)),
        (Refused, (50035, 40005, 200000, 240000, 20009)),
        (TryLater, (20028, 130000, 40062)),
    ],
)
def test_a_code_means_what_the_promise_needs(kind: type[PostError], codes: tuple[int, ...]) -> None:
    assert {code: KINDS[code][0] for code in codes} == dict.fromkeys(codes, kind)


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (500, None, Unknown),
        (502, "<html>bad gateway</html>", Unknown),
        (503, None, Unknown),
        (504, "", Unknown),
        (200, "<html>not json</html>", Unknown),
        (200, '{"id": "1", "channel', Unknown),
        (200, "[" * 100_000, Unknown),
        (200, {"id": 1, "channel_id": "2"}, Unknown),
        (200, {"id": "1", "channel_id": "2"}, Unknown),
        (429, {"message": "limited", "retry_after": 1.5}, TryLater),
        (200, {"no": "id"}, Unknown),
        (200, [], Unknown),
        (403, "<html>forbidden</html>", TryLater),
        (400, {"message": "new", "code": 99999}, TryLater),
        (403, {"message": "new", "code": 99999}, TryLater),
        (400, None, Refused),
        (413, "<html>too large</html>", Refused),
        (404, {"message": "404: Not Found", "code": 0}, TryLater),
        (418, {"code": "text"}, TryLater),
        (301, None, TryLater),
    ],
)
async def test_n3_m3_an_answer_without_a_known_code_is_understood(
    discord: DiscordStandIn,
    poster: DiscordPoster,
    news: Channel,
    status: int,
    body: object,
    kind: type[PostError],
) -> None:
    via = {"Via": "1.1 google"}
    discord.fail_next("POST /channels", status=status, body=body, headers=via, times=2)

    assert type(await failure(poster, at(news))) is kind


async def test_m3_an_unknown_code_is_told_to_the_operator(
    discord: DiscordStandIn,
    poster: DiscordPoster,
    news: Channel,
    caplog: pytest.LogCaptureFixture,
) -> None:
    discord.fail_next("POST /channels", status=403, body={"message": "new", "code": 99999})

    await failure(poster, at(news))

    assert [(r.levelno, r.getMessage()) for r in caplog.records] == [
        (logging.WARNING, "got an unknown refusal from discord: status 403, code 99999")
    ]


@pytest.mark.parametrize("code", [10003, 50001, 50013])
async def test_a_closed_channel_is_unreachable(
    discord: DiscordStandIn, poster: DiscordPoster, news: Channel, code: int
) -> None:
    discord.close_channel(news, code)

    assert isinstance(await failure(poster, at(news)), Unreachable)


async def test_p9_closed_direct_messages_are_unreachable(
    discord: DiscordStandIn, poster: DiscordPoster
) -> None:
    mia = discord.add_user("mia")
    discord.closed_dms(mia)

    assert isinstance(await failure(poster, Address("discord", DIRECT, mia.id)), Unreachable)


async def test_someone_unknown_is_unreachable(poster: DiscordPoster) -> None:
    assert isinstance(await failure(poster, Address("discord", DIRECT, "1")), Unreachable)


@pytest.mark.parametrize("status", [500, 502])
async def test_trouble_before_the_post_is_no_doubt_about_the_post(
    discord: DiscordStandIn, poster: DiscordPoster, status: int
) -> None:
    mia = Address("discord", DIRECT, discord.add_user("mia").id)
    discord.fail_next("POST /users/@me/channels", status=status)
    discord.drop_next("POST /users/@me/channels", after_commit=True)

    assert [type(await failure(poster, mia)) for _ in range(2)] == [TryLater, TryLater]


async def test_a_wrong_token_closes_the_platform(discord: DiscordStandIn, news: Channel) -> None:
    async with DiscordPoster("wrong.token", api_url=discord.api_url) as poster:
        with pytest.raises(PlatformClosed, match="THEMATA_DISCORD_TOKEN"):
            await poster.post(at(news), HELLO, key="1")


@pytest.mark.parametrize("after_commit", [False, True])
async def test_n2_a_broken_connection_leaves_it_unknown_and_the_next_try_posts_once(
    discord: DiscordStandIn, poster: DiscordPoster, news: Channel, *, after_commit: bool
) -> None:
    discord.drop_next("POST /channels", after_commit=after_commit)

    assert type(await failure(poster, at(news))) is Unknown
    await poster.post(at(news), HELLO, key="1")
    assert len(discord.messages(news)) == 1


async def test_n1_where_nobody_listens_nothing_was_posted(news: Channel) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]

    async with DiscordPoster("token", api_url=f"http://127.0.0.1:{port}") as poster:
        assert type(await failure(poster, at(news))) is TryLater


async def test_n6_a_full_channel_waits_while_the_others_go_on(discord: DiscordStandIn) -> None:
    guild = discord.add_guild("Acme")
    busy, free = (discord.add_channel(guild, name) for name in ("busy", "free"))
    limited = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset-After": "60", "Via": "1.1 google"}
    said = {"message": "limited", "retry_after": 60.0, "global": False}

    async with DiscordPoster(discord.token, api_url=discord.api_url) as poster:
        discord.fail_next(f"POST /channels/{busy.id}", status=429, body=said, headers=limited)
        errors = [await failure(poster, at(busy)) for _ in range(3)]
        await poster.post(at(free), HELLO, key="1")

    waits = [error.after or timedelta() for error in errors if isinstance(error, TryLater)]
    assert len(waits) == 3
    assert all(timedelta(seconds=50) < wait <= timedelta(seconds=60) for wait in waits)
    assert len(discord.requested(f"POST /channels/{busy.id}")) == 1


async def test_a_bucket_is_not_asked_again_before_it_is_full() -> None:
    limits = Limits(messages_per_channel=2, channel_window=0.2)
    async with (
        DiscordStandIn(limits=limits) as discord,
        DiscordPoster(discord.token, api_url=discord.api_url) as poster,
    ):
        news = discord.add_channel(discord.add_guild("Acme"), "ai-news")

        await asyncio.gather(*(poster.post(at(news), HELLO, key=str(n)) for n in range(5)))

        assert [request.status for request in discord.requested("POST")] == [200] * 5


async def test_n6_a_global_limit_holds_every_channel_back(
    discord: DiscordStandIn, poster: DiscordPoster
) -> None:
    guild = discord.add_guild("Acme")
    first, second = (discord.add_channel(guild, name) for name in ("a", "b"))
    said = {"message": "limited", "retry_after": 30.0, "global": True}
    discord.fail_next("POST", status=429, body=said, headers={"Via": "1.1 google"})

    errors = [await failure(poster, at(channel)) for channel in (first, second)]

    waits = [error.after or timedelta() for error in errors if isinstance(error, TryLater)]
    assert len(waits) == 2
    assert all(timedelta(seconds=20) < wait <= timedelta(seconds=30) for wait in waits)
    assert len(discord.requested("POST")) == 1


async def test_n6_a_ban_by_cloudflare_stops_all_for_an_hour(
    discord: DiscordStandIn, poster: DiscordPoster, news: Channel
) -> None:
    discord.fail_next("POST", status=429, body="<html>error 1015</html>")

    errors = [await failure(poster, at(news)) for _ in range(2)]

    waits = [error.after or timedelta() for error in errors if isinstance(error, TryLater)]
    assert all(timedelta(minutes=59) < wait <= timedelta(hours=1) for wait in waits)
    assert len(discord.requested("POST")) == 1


async def test_posts_in_one_channel_keep_their_order(
    discord: DiscordStandIn, poster: DiscordPoster, news: Channel
) -> None:
    messages = [Message((Text(f"story {n}"),)) for n in range(4)]

    await asyncio.gather(*(poster.post(at(news), m, key=str(n)) for n, m in enumerate(messages)))

    assert [m.text for m in discord.messages(news)] == [f"story {n}" for n in range(4)]


async def test_one_message_is_under_way_in_a_channel_at_a_time(
    discord: DiscordStandIn, poster: DiscordPoster
) -> None:
    guild = discord.add_guild("Acme")
    busy, free = (discord.add_channel(guild, name) for name in ("busy", "free"))

    async with discord.held("POST /channels") as hold:
        posts = [
            asyncio.ensure_future(poster.post(at(channel), HELLO, key=str(n)))
            for n, channel in enumerate((busy, busy, free))
        ]
        await hold.arrived(2)

        assert [len(discord.messages(channel)) for channel in (busy, free)] == [1, 1]
    await asyncio.gather(*posts)

    assert [len(discord.messages(channel)) for channel in (busy, free)] == [2, 1]


async def test_a_cancelled_post_lets_the_next_one_go(
    discord: DiscordStandIn, poster: DiscordPoster, news: Channel
) -> None:
    async with discord.held("POST /channels") as hold:
        first = asyncio.ensure_future(poster.post(at(news), HELLO, key="1"))
        await hold.arrived()
        first.cancel()
        await asyncio.wait([first])

    await poster.post(at(news), BYE, key="2")

    assert [message.text for message in discord.messages(news)] == ["Hello", "Bye"]


async def test_channels_at_rest_cost_no_memory() -> None:
    async with (
        DiscordStandIn(limits=Limits.off()) as discord,
        DiscordPoster(discord.token, api_url=discord.api_url, requests_per_second=0) as poster,
    ):
        guild = discord.add_guild("Acme")
        channels = [discord.add_channel(guild, f"news-{n}") for n in range(100)]

        await asyncio.gather(*(poster.post(at(channel), HELLO, key="1") for channel in channels))

        assert len(poster._turns._locks) == 0
        assert len(poster._limits) == 0


POISON = {"message": "Invalid Form Body", "code": 50035, "errors": {}}


async def test_a_message_whose_form_is_refused_is_posted_plainly(
    discord: DiscordStandIn, poster: DiscordPoster, news: Channel
) -> None:
    picture = Image("https://themata.ai/gemma.png", "A phone")
    link = LinkButton("Read", "https://themata.ai/gemma", "Read the article")
    story = Story("Gemma 4 runs on phones", "It does.", ("deepmind.google",), image=picture)
    discord.fail_next("POST /channels", status=400, body=POISON)

    receipt = await poster.post(at(news), Message((story, Buttons((link,)))), key="1")

    posted = discord.messages(news)[0]
    assert receipt.message_id == posted.id
    assert [part["type"] for part in posted.components] == [17, 10]
    assert posted.text == (
        "Gemma 4 runs on phones\n-# deepmind.google\nRead <https\\://themata.ai/gemma>"
    ).replace("\\", "")
    assert posted.data["components"][0]["id"] == mark(at(news), "1").marker


async def test_a_message_that_is_refused_plainly_too_is_never_sent_again(
    discord: DiscordStandIn, poster: DiscordPoster, news: Channel
) -> None:
    discord.fail_next("POST /channels", status=400, body=POISON, times=2)

    assert type(await failure(poster, at(news))) is Refused
    assert len(discord.requested("POST /channels")) == 2
    assert (await poster.post(at(news), BYE, key="2")).message_id


async def test_an_edit_whose_form_is_refused_is_made_plainly(
    discord: DiscordStandIn, poster: DiscordPoster, news: Channel
) -> None:
    receipt = await poster.post(at(news), HELLO, key="1")
    discord.fail_next("PATCH /channels", status=400, body=POISON)

    await poster.edit(receipt, Message((Heading("Gone"), Note(("withdrawn",)))))

    assert [message.text for message in discord.messages(news)] == ["Gone"]


@pytest.mark.parametrize("code", [200000, 240000, 20009])
async def test_p8_a_message_whose_words_are_blocked_is_dead_and_the_next_is_posted(
    discord: DiscordStandIn, poster: DiscordPoster, news: Channel, code: int
) -> None:
    discord.fail_next("POST /channels", status=403, body={"message": "no", "code": code})

    assert type(await failure(poster, at(news))) is Refused
    await poster.post(at(news), BYE, key="2")
    assert [message.text for message in discord.messages(news)] == ["Bye"]
    assert len(discord.requested("POST /channels")) == 2


async def test_m1_a_message_that_cannot_be_drawn_is_dead_and_the_next_is_posted(
    discord: DiscordStandIn, poster: DiscordPoster, news: Channel
) -> None:
    class Broken(Text):
        def __hash__(self) -> int:
            raise ValueError("a bug")

    with pytest.raises(Refused, match="ValueError"):
        await poster.post(at(news), Message((Broken("x"),)), key="1")
    await poster.post(at(news), BYE, key="2")

    assert [message.text for message in discord.messages(news)] == ["Bye"]


async def test_a_shared_session_is_left_open(discord: DiscordStandIn, news: Channel) -> None:
    async with aiohttp.ClientSession() as session:
        async with DiscordPoster(discord.token, api_url=discord.api_url, session=session) as poster:
            await poster.post(at(news), HELLO, key="1")

        assert not session.closed


async def test_a_story_full_of_mentions_pings_nobody(
    discord: DiscordStandIn, poster: DiscordPoster, news: Channel
) -> None:
    shout = "@everyone @here <@80351110224678912> <@&165511591545143296>"

    await poster.post(at(news), Message((Story(shout, shout, (shout,), (shout,)),)), key="1")

    assert discord.messages(news)[0].pings == ()
