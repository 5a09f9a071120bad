"""How posts to Slack fail, and what that means."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bots.sandbox.slack import Limits, SlackStandIn
from bots.slack.client import web_client
from bots.slack.errors import MEANINGS, failure
from bots.slack.poster import SlackPoster
from core.messages import Message, Story
from core.posting import (
    Address,
    PlatformClosed,
    PostError,
    Refused,
    TryLater,
    Unknown,
    Unreachable,
)

STORY = Message((Story("Meta pauses & reviews", "It stops for now.", ("mixed",)),))


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


@pytest.mark.parametrize("said", ["1.5", "soon", "", "-3", "1e999"])
async def test_any_wait_that_slack_names_is_understood(
    slack: SlackStandIn, poster: SlackPoster, said: str
) -> None:
    channel = slack.add_channel("ai-news")
    slack.fail_next("chat.postMessage", error="ratelimited", headers={"Retry-After": said})

    with pytest.raises(TryLater) as later:
        await poster.post(at(slack, channel.id), STORY, key="1")

    assert later.value.after in {timedelta(seconds=s) for s in (1.5, 30, 0)}


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
