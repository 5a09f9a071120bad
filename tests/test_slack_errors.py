"""How posts to Slack fail, and what that means."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from slack_sdk.web.async_client import AsyncWebClient

from bots.sandbox.slack import Limits, SlackStandIn
from bots.slack.client import web_client
from bots.slack.errors import MEANINGS, PAUSES, Blamed, failure
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
    kind = MEANINGS[code].kind
    channel = slack.add_channel("ai-news")
    slack.fail_next("chat.postMessage", error=code, times=9)

    with pytest.raises(kind, match=rf"\({code}\)$") as raised:
        await poster.post(at(slack, channel.id), STORY, key="1")

    assert raised.type is kind or kind is TryLater
    assert len(slack.requests) == (2 if kind is Blamed else 1)
    assert slack.messages(channel.id) == []


@pytest.mark.parametrize("code", PAUSES)
async def test_n6_a_code_that_asks_for_a_pause_keeps_the_whole_workspace_waiting(
    slack: SlackStandIn, poster: SlackPoster, code: str
) -> None:
    one, other = slack.add_channel("one"), slack.add_channel("other")
    slack.fail_next("chat.postMessage", error=code, headers={"Retry-After": "3600"})

    with pytest.raises(TryLater):
        await poster.post(at(slack, one.id), STORY, key="1")
    with pytest.raises(TryLater) as later:
        await poster.post(at(slack, other.id), STORY, key="1")

    assert later.value.after is not None
    assert timedelta(seconds=25) < later.value.after <= timedelta(hours=1)
    assert len(slack.requests) == 1


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
        ("invalid_blocks", Blamed),
        ("msg_too_long", Blamed),
        ("metadata_too_large", Refused),
        ("message_not_found", Refused),
        ("message_limit_exceeded", TryLater),
        ("org_login_required", TryLater),
        ("team_added_to_org", TryLater),
        ("accesslimited", TryLater),
        ("internal_error", Unknown),
        ("fatal_error", Unknown),
        ("service_unavailable", Unknown),
        ("request_timeout", Unknown),
    ],
)
def test_the_table_says_what_slack_means(code: str, kind: type[Exception]) -> None:
    assert MEANINGS[code].kind is kind


async def test_m3_an_unknown_code_is_tried_later_and_told_to_the_operator(
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
        {"status": 500, "error": "brand_new_error"},
        {"status": 504, "error": "channel_not_found"},
        {"status": 503, "error": "service_unavailable"},
        {"status": 502, "headers": {"Content-Type": "text/html"}},
        {"status": 200, "headers": {"Content-Type": "text/html"}},
        {"status": 200, "headers": {"Content-Type": "text/plain"}},
        {"status": 200},
    ],
)
async def test_n3_an_answer_that_cannot_be_read_leaves_it_open(
    slack: SlackStandIn, poster: SlackPoster, fault: dict[str, Any]
) -> None:
    channel = slack.add_channel("ai-news")
    slack.fail_next("chat.postMessage", after_commit=True, **fault)

    with pytest.raises(Unknown):
        await poster.post(at(slack, channel.id), STORY, key="1")


@asynccontextmanager
async def answering(body: str, kind: str = "application/json") -> AsyncIterator[SlackPoster]:
    """Open a Slack that answers every call with `body`, and a poster to it."""

    async def answer(_: web.BaseRequest) -> web.Response:
        return web.Response(text=body, content_type=kind)

    runner = web.ServerRunner(web.Server(answer))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/api/"
    async with web_client("xoxb-1", api_url=url) as client:
        yield SlackPoster(client, spacing=0)
    await runner.cleanup()


@pytest.mark.parametrize(
    "body",
    [
        '{"ok": true, "channel": "C1", "ts": "1.',
        '{"ok": true, "channel": "C2", "ts": "1.000001"}',
        '{"ok": true, "channel": "C1"}',
        '{"ok": true, "ts": "1.000001"}',
        '{"ok": true}',
        "{}",
        "[1, 2]",
        "null",
        "7",
        '"ok"',
        "<html>Be right back</html>",
    ],
)
@pytest.mark.parametrize("kind", ["application/json", "text/html", "text/plain"])
async def test_n5_an_answer_that_is_not_about_the_post_leaves_it_open(body: str, kind: str) -> None:
    async with answering(body, kind) as poster:
        with pytest.raises(Unknown):
            await poster.post(Address("slack", "T1", "C1"), STORY, key="1")


_WHO = '"team_id": "T1", "user_id": "U1", "bot_id": "B1"'


@pytest.mark.parametrize(
    "body",
    [
        '{"ok": true}',
        f'{{"ok": true, {_WHO}}}',
        f'{{"ok": true, "messages": null, {_WHO}}}',
    ],
)
@pytest.mark.parametrize("channel", ["C1", "U2"])
async def test_n5_a_look_whose_answer_says_nothing_leaves_it_open(body: str, channel: str) -> None:
    async with answering(body) as poster:
        with pytest.raises(Unknown):
            await poster.find(Address("slack", "T1", channel), key="1", since=datetime.now(UTC))


@pytest.mark.parametrize(
    ("more", "pictures"),
    [
        ('"errors": ["downloading image failed [json-pointer:/blocks/0/accessory"]', True),
        ('"errors": ["must be less than 151 characters [json-pointer:/blocks/0/text]"]', False),
        ('"response_metadata": {"messages": ["[ERROR] downloading image failed"]}', True),
        ('"warning": "superfluous_charset"', True),
    ],
)
async def test_pictures_are_blamed_if_slack_names_them_or_nothing(
    more: str, *, pictures: bool
) -> None:
    async with answering(f'{{"ok": false, "error": "invalid_blocks", {more}}}') as poster:
        with pytest.raises(Blamed) as blamed:
            await poster.post(Address("slack", "T1", "C1"), STORY, key="1")

    assert blamed.value.pictures is pictures


@pytest.mark.parametrize("after_commit", [True, False])
async def test_n2_a_broken_connection_leaves_it_open_and_is_not_tried_again(
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


async def test_n4_an_answer_that_takes_too_long_leaves_it_open(slack: SlackStandIn) -> None:
    channel = slack.add_channel("ai-news")
    short = aiohttp.ClientTimeout(total=0.1)
    async with aiohttp.ClientSession(timeout=short) as session:
        client = AsyncWebClient(
            slack.bot_token, base_url=slack.api_url, session=session, retry_handlers=[]
        )
        async with slack.held("chat.postMessage"):
            with pytest.raises(Unknown, match="TimeoutError"):
                await SlackPoster(client).post(at(slack, channel.id), STORY, key="1")


async def test_n1_a_slack_that_cannot_be_reached_got_nothing() -> None:
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
