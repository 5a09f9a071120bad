"""Posts to Slack, as they stand there and as they fail."""

import asyncio
import os
import warnings
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bots.sandbox.slack import Limits, SlackStandIn
from bots.slack.client import identify, proxy_for, web_client
from bots.slack.errors import MEANINGS, failure
from bots.slack.poster import SlackPoster, mark_of
from core.messages import Buttons, Image, LinkButton, Message, Story, Text
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

READ = Buttons((LinkButton("Read", "https://news.example/pause", "Read it"),))
STORY = Message((Story("Meta pauses & reviews", "It stops for now.", ("mixed",)), READ))
PICTURE = Image("https://news.example/pause.png", "A picture")
WITH_PICTURE = Message((Story("Meta pauses", "It stops for now.", (), (), PICTURE), READ))


@pytest.fixture
async def slack() -> AsyncIterator[SlackStandIn]:
    async with SlackStandIn(limits=Limits.off()) as slack:
        yield slack


@pytest.fixture
async def client(slack: SlackStandIn) -> AsyncIterator[AsyncWebClient]:
    async with web_client(slack.bot_token, api_url=slack.api_url) as client:
        yield client


@pytest.fixture
def poster(client: AsyncWebClient) -> SlackPoster:
    return SlackPoster(client, spacing=0)


def at(slack: SlackStandIn, channel: str) -> Address:
    return Address("slack", slack.team_id, channel)


async def test_a_message_stands_in_the_channel_as_its_receipt_says(
    slack: SlackStandIn, poster: SlackPoster
) -> None:
    address = at(slack, slack.add_channel("ai-news").id)

    receipt = await poster.post(address, STORY, key="1")

    (posted,) = slack.messages(address.channel)
    assert receipt == Receipt(address, posted.ts)
    assert "Meta pauses &amp; reviews" in posted.text
    assert [link.url for link in posted.links] == ["https://news.example/pause"] * 2
    assert not posted.unfurl_links
    assert not posted.unfurl_media


async def test_a_post_carries_a_mark_that_tells_nothing(
    slack: SlackStandIn, poster: SlackPoster
) -> None:
    address = at(slack, slack.add_channel("ai-news").id)

    await poster.post(address, STORY, key="delivery 12")

    (posted,) = slack.messages(address.channel)
    mark = mark_of("delivery 12", address)
    assert posted.metadata == {"event_type": "themata_delivery", "event_payload": {"d": mark}}
    assert len(mark) == 32


def test_the_mark_differs_by_key_and_by_address() -> None:
    here, there = Address("slack", "T1", "C1"), Address("slack", "T1", "C2")

    assert len({mark_of("1", here), mark_of("2", here), mark_of("1", there)}) == 3
    assert mark_of("1", here) == mark_of("1", here)


async def test_a_persons_address_goes_to_their_direct_messages(
    slack: SlackStandIn, poster: SlackPoster
) -> None:
    mia = slack.add_user("mia")

    receipt = await poster.post(at(slack, mia.id), STORY, key="1")

    direct = slack.direct_messages(mia)
    assert receipt.address == at(slack, direct.id)
    assert [message.ts for message in slack.messages(direct.id)] == [receipt.message_id]


async def test_a_thread_gets_its_post_as_a_reply(slack: SlackStandIn, poster: SlackPoster) -> None:
    channel = slack.add_channel("ai-news")
    first = await poster.post(at(slack, channel.id), STORY, key="1")
    thread = Address("slack", slack.team_id, channel.id, first.message_id)

    receipt = await poster.post(thread, STORY, key="2")

    assert receipt.address == thread
    assert slack.messages(channel.id)[1].thread_ts == first.message_id


async def test_an_edit_replaces_what_stands_there(slack: SlackStandIn, poster: SlackPoster) -> None:
    address = at(slack, slack.add_channel("ai-news").id)
    receipt = await poster.post(address, STORY, key="1")

    await poster.edit(receipt, Message((Text("Withdrawn"),)))

    (posted,) = slack.messages(address.channel)
    assert posted.text == "Withdrawn"
    assert posted.metadata is not None


@pytest.mark.parametrize("by_person", [True, False])
async def test_a_direct_message_can_be_edited(
    slack: SlackStandIn, poster: SlackPoster, *, by_person: bool
) -> None:
    mia = slack.add_user("mia")
    receipt = await poster.post(at(slack, mia.id), STORY, key="1")
    if by_person:
        receipt = Receipt(at(slack, mia.id), receipt.message_id)

    await poster.edit(receipt, Message((Text("Withdrawn"),)))

    assert slack.messages(slack.direct_messages(mia).id)[0].text == "Withdrawn"


@pytest.mark.parametrize("code", MEANINGS)
async def test_each_error_code_is_the_failure_that_the_table_says(
    slack: SlackStandIn, poster: SlackPoster, code: str
) -> None:
    channel = slack.add_channel("ai-news")
    slack.fail_next("chat.postMessage", error=code)

    with pytest.raises(MEANINGS[code].kind, match=rf"\({code}\)$"):
        await poster.post(at(slack, channel.id), STORY, key="1")

    assert slack.messages(channel.id) == []


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("invalid_auth", PlatformClosed),
        ("account_inactive", PlatformClosed),
        ("token_revoked", PlatformClosed),
        ("not_in_channel", Unreachable),
        ("is_archived", Unreachable),
        ("user_disabled", Unreachable),
        ("missing_scope", Unreachable),
        ("invalid_blocks", Refused),
        ("msg_too_long", Refused),
        ("message_limit_exceeded", TryLater),
        ("internal_error", Unknown),
        ("fatal_error", Unknown),
    ],
)
def test_the_table_says_what_slack_means(code: str, kind: type[Exception]) -> None:
    assert MEANINGS[code].kind is kind


async def test_an_unknown_code_is_tried_later_and_told_to_the_operator(
    slack: SlackStandIn, poster: SlackPoster, caplog: pytest.LogCaptureFixture
) -> None:
    channel = slack.add_channel("ai-news")
    slack.fail_next("chat.postMessage", error="brand_new_error")

    with pytest.raises(TryLater, match="brand_new_error"):
        await poster.post(at(slack, channel.id), STORY, key="1")

    assert "brand_new_error" in caplog.text
    await poster.post(at(slack, channel.id), STORY, key="1")


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 500},
        {"status": 503, "error": "service_unavailable"},
        {"status": 502, "headers": {"Content-Type": "text/html"}},
        {"status": 200, "headers": {"Content-Type": "text/html"}},
        {"status": 200, "headers": {"Content-Type": "text/plain"}},
        {"status": 200},
    ],
)
async def test_an_answer_that_cannot_be_read_leaves_it_open(
    slack: SlackStandIn, poster: SlackPoster, fault: dict[str, Any]
) -> None:
    channel = slack.add_channel("ai-news")
    slack.fail_next("chat.postMessage", after_commit=True, **fault)

    with pytest.raises(Unknown):
        await poster.post(at(slack, channel.id), STORY, key="1")


@pytest.mark.parametrize("after_commit", [True, False])
async def test_a_broken_connection_leaves_it_open_and_is_not_tried_again(
    slack: SlackStandIn, poster: SlackPoster, *, after_commit: bool
) -> None:
    channel = slack.add_channel("ai-news")
    slack.drop_next("chat.postMessage", after_commit=after_commit)

    with pytest.raises(Unknown, match="broke"):
        await poster.post(at(slack, channel.id), STORY, key="1")

    assert len(slack.messages(channel.id)) == int(after_commit)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (aiohttp.ConnectionTimeoutError(), TryLater),
        (aiohttp.ServerDisconnectedError(), Unknown),
        (aiohttp.ClientOSError(), Unknown),
        (ConnectionResetError(), Unknown),
        (TimeoutError(), Unknown),
        (ValueError("not JSON"), Unknown),
        (AttributeError("a text has no get"), Unknown),
    ],
)
def test_only_a_connection_that_never_stood_is_surely_no_post(
    error: Exception, kind: type[PostError]
) -> None:
    assert isinstance(failure(error), kind)


async def test_an_answer_that_takes_too_long_leaves_it_open(slack: SlackStandIn) -> None:
    channel = slack.add_channel("ai-news")
    short = aiohttp.ClientTimeout(total=0.1)
    async with aiohttp.ClientSession(timeout=short) as session:
        client = AsyncWebClient(
            slack.bot_token, base_url=slack.api_url, session=session, retry_handlers=[]
        )
        async with slack.held("chat.postMessage"):
            with pytest.raises(Unknown, match="TimeoutError"):
                await SlackPoster(client).post(at(slack, channel.id), STORY, key="1")


async def test_a_slack_that_cannot_be_reached_got_nothing() -> None:
    async with SlackStandIn() as gone:
        address, token, url = at(gone, "C1"), gone.bot_token, gone.api_url

    async with web_client(token, api_url=url) as client:
        with pytest.raises(TryLater, match="reached"):
            await SlackPoster(client).post(address, STORY, key="1")


async def test_a_pause_that_slack_asks_for_holds_for_all_channels(
    slack: SlackStandIn, client: AsyncWebClient
) -> None:
    now = 1000.0
    poster = SlackPoster(client, spacing=0, clock=lambda: now)
    one, other = slack.add_channel("one"), slack.add_channel("other")
    slack.fail_next("chat.postMessage", error="ratelimited", headers={"Retry-After": "30"})

    with pytest.raises(TryLater) as first:
        await poster.post(at(slack, one.id), STORY, key="1")
    now += 20
    with pytest.raises(TryLater) as second:
        await poster.post(at(slack, other.id), STORY, key="2")
    now += 10
    await poster.post(at(slack, other.id), STORY, key="2")

    assert first.value.after == timedelta(seconds=30)
    assert second.value.after == timedelta(seconds=10)
    assert len(slack.requests) == 2


async def test_a_pause_for_posts_is_none_for_edits(
    slack: SlackStandIn, poster: SlackPoster
) -> None:
    channel = slack.add_channel("ai-news")
    receipt = await poster.post(at(slack, channel.id), STORY, key="1")
    slack.fail_next("chat.postMessage", error="ratelimited")

    with pytest.raises(TryLater):
        await poster.post(at(slack, channel.id), STORY, key="2")
    await poster.edit(receipt, Message((Text("Changed"),)))

    assert slack.messages(channel.id)[0].text == "Changed"


@pytest.mark.parametrize("said", ["1.5", "soon", "", "-3", "1e999"])
async def test_any_wait_that_slack_names_is_understood(
    slack: SlackStandIn, poster: SlackPoster, said: str
) -> None:
    channel = slack.add_channel("ai-news")
    slack.fail_next("chat.postMessage", error="ratelimited", headers={"Retry-After": said})

    with pytest.raises(TryLater) as later:
        await poster.post(at(slack, channel.id), STORY, key="1")

    assert later.value.after in {timedelta(seconds=s) for s in (1.5, 30, 0)}


async def test_a_picture_that_slack_cannot_fetch_costs_only_the_picture(
    slack: SlackStandIn, poster: SlackPoster
) -> None:
    channel = slack.add_channel("ai-news")
    slack.fail_next("chat.postMessage", error="invalid_blocks")

    await poster.post(at(slack, channel.id), WITH_PICTURE, key="1")

    (posted,) = slack.messages(channel.id)
    assert "image" not in str(posted.blocks)
    assert "It stops for now." in str(posted.blocks)


async def test_a_refused_message_without_pictures_is_not_sent_again(
    slack: SlackStandIn, poster: SlackPoster
) -> None:
    channel = slack.add_channel("ai-news")
    slack.fail_next("chat.postMessage", error="invalid_blocks")

    with pytest.raises(Refused):
        await poster.post(at(slack, channel.id), STORY, key="1")

    assert len(slack.requests) == 1


async def test_the_posts_of_a_channel_wait_for_each_other(
    slack: SlackStandIn, poster: SlackPoster
) -> None:
    one, other = slack.add_channel("one"), slack.add_channel("other")

    async with slack.held("chat.postMessage") as hold:
        posts = [
            asyncio.create_task(poster.post(at(slack, channel.id), STORY, key=str(number)))
            for number, channel in enumerate((one, one, other))
        ]
        await hold.arrived(2)
        under_way = len(slack.messages(one.id)), len(slack.messages(other.id))
    await asyncio.gather(*posts)

    assert under_way == (1, 1)
    assert len(slack.messages(one.id)) == 2


async def test_the_vendors_own_second_is_kept() -> None:
    limits = Limits.off().changed(channel_seconds=0.05)
    async with (
        SlackStandIn(limits=limits) as slack,
        web_client(slack.bot_token, api_url=slack.api_url) as client,
    ):
        poster = SlackPoster(client, spacing=0.06)
        address = at(slack, slack.add_channel("ai-news").id)

        await asyncio.gather(*(poster.post(address, STORY, key=str(n)) for n in range(5)))

        assert {request.status for request in slack.requests} == {200}


@pytest.mark.parametrize(
    ("stage", "words"),
    [
        ("removed", "/invite @Themata"),
        ("archived", "archived"),
        ("private", "/invite @Themata"),
        ("disabled", "deactivated"),
        ("no messages tab", "messages tab"),
    ],
)
async def test_a_closed_channel_says_what_to_do(
    slack: SlackStandIn, poster: SlackPoster, stage: str, words: str
) -> None:
    slack.scopes = [scope for scope in slack.scopes if scope != "chat:write.public"]
    channel, mia = slack.add_channel("ai-news"), slack.add_user("mia")
    target = channel.id
    match stage:
        case "removed":
            slack.remove_bot(channel)
        case "archived":
            slack.archive(channel)
        case "private":
            target = slack.add_channel("secret", private=True, bot_is_member=False).id
        case "disabled":
            slack.change_user(mia, deleted=True)
            target = mia.id
        case _:
            slack.messages_tab = False
            target = mia.id

    with pytest.raises(Unreachable, match=words):
        await poster.post(at(slack, target), STORY, key="1")


@pytest.mark.parametrize("error", ["token_revoked", "account_inactive"])
async def test_a_refused_token_closes_the_platform(
    slack: SlackStandIn, poster: SlackPoster, error: str
) -> None:
    channel = slack.add_channel("ai-news")
    slack.revoke_token(error)

    with pytest.raises(PlatformClosed, match="THEMATA_SLACK_BOT_TOKEN"):
        await poster.post(at(slack, channel.id), STORY, key="1")


async def test_an_edit_of_a_message_that_is_gone_is_refused(
    slack: SlackStandIn, poster: SlackPoster
) -> None:
    channel = slack.add_channel("ai-news")

    with pytest.raises(Refused, match="gone"):
        await poster.edit(Receipt(at(slack, channel.id), "1.000001"), STORY)


async def test_the_bot_knows_who_it_is(slack: SlackStandIn, client: AsyncWebClient) -> None:
    identity = await identify(client)

    assert (identity.workspace, identity.user) == (slack.team_id, slack.bot_user_id)
    assert "chat:write.public" in identity.scopes


@pytest.mark.parametrize(
    ("url", "used"),
    [
        ("https://slack.com/api/", True),
        ("http://127.0.0.1:8025/api/", False),
        ("http://[::1]:8025/api/", False),
        ("http://localhost/api/", False),
    ],
)
def test_a_proxy_is_never_asked_for_this_machine(url: str, *, used: bool) -> None:
    assert proxy_for(url, "http://proxy.example:3128") == (
        "http://proxy.example:3128" if used else None
    )


async def test_proxies_of_the_environment_do_not_get_in_the_way(
    slack: SlackStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(os.environ, "HTTP_PROXY", "http://127.0.0.1:1")

    async with web_client(slack.bot_token, api_url=slack.api_url) as client:
        assert (await identify(client)).workspace == slack.team_id


async def test_nothing_of_a_message_or_a_token_is_in_the_log(
    slack: SlackStandIn, poster: SlackPoster, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    channel = slack.add_channel("ai-news")
    slack.fail_next("chat.postMessage", error="brand_new_error")

    with pytest.raises(PostError):
        await poster.post(at(slack, channel.id), STORY, key="1")
    await poster.post(at(slack, channel.id), STORY, key="1")

    ours = "\n".join(record.getMessage() for record in caplog.records if "bots." in record.name)
    assert "brand_new_error" in ours
    assert "Meta pauses" not in caplog.text
    assert slack.bot_token not in caplog.text


async def test_posts_raise_no_warnings(slack: SlackStandIn, poster: SlackPoster) -> None:
    channel = slack.add_channel("ai-news")

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        await poster.post(at(slack, channel.id), STORY, key="1")

    assert slack.without_fallback == ()
