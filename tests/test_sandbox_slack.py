"""The stand-in for Slack: its Web API, called by the real slack_sdk."""

import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bots.sandbox.slack import SlackStandIn


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def slack(clock: Clock) -> AsyncIterator[SlackStandIn]:
    async with SlackStandIn(clock=clock) as stand_in:
        yield stand_in


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def client(slack: SlackStandIn, http: aiohttp.ClientSession) -> AsyncWebClient:
    return AsyncWebClient(slack.bot_token, slack.api_url, session=http, retry_handlers=[])


async def refusal(call: Any) -> str:
    """Return the error that Slack answered a call with."""
    with pytest.raises(SlackApiError) as caught:
        await call
    return str(caught.value.response["error"])


async def test_a_message_stands_in_its_channel(slack: SlackStandIn, client: AsyncWebClient) -> None:
    channel = slack.add_channel("ai-news")

    answer = await client.chat_postMessage(channel=channel.id, text="A & <B>")

    [message] = slack.messages(channel.id)
    assert answer["ts"] == message.ts
    assert answer["channel"] == channel.id
    assert message.text == "A &amp; &lt;B&gt;"
    assert answer["message"]["bot_id"] == slack.bot_id


async def test_posting_twice_makes_two_messages(
    slack: SlackStandIn, client: AsyncWebClient, clock: Clock
) -> None:
    channel = slack.add_channel("ai-news")

    for _ in range(2):
        await client.chat_postMessage(channel=channel.id, text="once", client_msg_id="1")
        clock.now += 1

    assert [m.text for m in slack.messages(channel.id)] == ["once", "once"]


async def test_auth_test_names_the_app_and_its_scopes(
    slack: SlackStandIn, client: AsyncWebClient
) -> None:
    slack.scopes = ["chat:write", "commands"]

    answer = await client.auth_test()

    assert answer["team_id"] == slack.team_id
    assert answer["user_id"] == slack.bot_user_id
    assert answer.headers["x-oauth-scopes"] == "chat:write,commands"


@pytest.mark.parametrize("way", ["header", "form", "query", "json"])
async def test_a_token_and_blocks_are_taken_in_every_way(
    slack: SlackStandIn, http: aiohttp.ClientSession, way: str
) -> None:
    channel = slack.add_channel("ai-news")
    blocks = [{"type": "divider"}]
    call: Any = {"channel": channel.id, "text": "a", "blocks": json.dumps(blocks)}
    given = {"token": slack.bot_token}
    how: dict[str, Any] = {
        "header": {
            "json": call | {"blocks": blocks},
            "headers": {"Authorization": "Bearer " + slack.bot_token},
        },
        "form": {"data": call | given},
        "query": {"params": call | given},
        "json": {"json": call | given},
    }[way]

    async with http.post(slack.api_url + "chat.postMessage", **how) as response:
        answer = await response.json()

    assert answer["ok"], answer
    assert slack.messages(channel.id)[0].blocks[0]["type"] == "divider"


@pytest.mark.parametrize(("token", "error"), [("", "not_authed"), ("xoxb-other", "invalid_auth")])
async def test_a_wrong_token_is_refused(
    slack: SlackStandIn, http: aiohttp.ClientSession, token: str, error: str
) -> None:
    client = AsyncWebClient(token or None, slack.api_url, session=http, retry_handlers=[])

    assert await refusal(client.auth_test()) == error


async def test_the_app_token_only_opens_connections(
    slack: SlackStandIn, client: AsyncWebClient
) -> None:
    opened = await client.apps_connections_open(app_token=slack.app_token)

    assert opened["url"].startswith("ws://127.0.0.1:")
    assert await refusal(client.auth_test(token=slack.app_token)) == "not_allowed_token_type"


@pytest.mark.parametrize("error", ["token_revoked", "account_inactive"])
async def test_a_closed_workspace_refuses_every_call(
    slack: SlackStandIn, client: AsyncWebClient, error: str
) -> None:
    slack.revoke_token(error)

    assert await refusal(client.auth_test()) == error


async def test_a_missing_scope_is_named(slack: SlackStandIn, client: AsyncWebClient) -> None:
    channel = slack.add_channel("ai-news")
    slack.scopes = [scope for scope in slack.scopes if scope != "channels:history"]

    with pytest.raises(SlackApiError) as caught:
        await client.conversations_history(channel=channel.id)

    assert caught.value.response["error"] == "missing_scope"
    assert caught.value.response["needed"] == "channels:history"
    assert "chat:write" in caught.value.response["provided"]


@pytest.mark.parametrize(
    ("call", "error"),
    [
        ({"text": "a"}, "invalid_arguments"),
        ({"channel": "C404", "text": "a"}, "channel_not_found"),
        ({"channel": "U404", "text": "a"}, "channel_not_found"),
        ({"channel": "#ai-news"}, "no_text"),
        ({"channel": "#ai-news", "text": "", "blocks": []}, "no_text"),
        ({"channel": "#ai-news", "text": "a" * 40_001}, "msg_too_long"),
        ({"channel": "#ai-news", "text": "a", "blocks": "{"}, "invalid_blocks_format"),
        ({"channel": "#ai-news", "text": "a", "blocks": {}}, "invalid_blocks_format"),
        ({"channel": "#ai-news", "text": "a", "blocks": [{"type": "x"}]}, "invalid_blocks"),
        ({"channel": "#ai-news", "text": "a", "thread_ts": "1.2"}, "thread_not_found"),
        ({"channel": "#ai-news", "text": "a", "metadata": {"a": 1}}, "invalid_metadata_format"),
        (
            {
                "channel": "#ai-news",
                "text": "a",
                "metadata": {"event_type": "a", "event_payload": {"a": "a" * 9000}},
            },
            "metadata_too_large",
        ),
        ({"channel": "#ai-news", "text": "a", "attachments": [{}]}, "invalid_arguments"),
    ],
)
async def test_a_wrong_post_is_refused(
    slack: SlackStandIn, client: AsyncWebClient, call: dict[str, Any], error: str
) -> None:
    channel = slack.add_channel("ai-news")

    assert await refusal(client.api_call("chat.postMessage", json=call)) == error
    assert slack.messages(channel.id) == []


async def test_an_unknown_method_is_refused(client: AsyncWebClient) -> None:
    assert await refusal(client.api_call("chat.shout")) == "unknown_method"


async def test_public_channels_need_membership_or_the_scope(
    slack: SlackStandIn, client: AsyncWebClient
) -> None:
    channel = slack.add_channel("ai-news", bot_is_member=False)

    await client.chat_postMessage(channel=channel.id, text="with chat:write.public")
    slack.scopes = ["chat:write"]

    assert await refusal(client.chat_postMessage(channel=channel.id, text="a")) == "not_in_channel"


async def test_private_channels_are_not_there_for_strangers(
    slack: SlackStandIn, client: AsyncWebClient
) -> None:
    channel = slack.add_channel("secret", private=True)

    await client.chat_postMessage(channel=channel.id, text="from inside")
    slack.remove_bot(channel)

    assert (
        await refusal(client.chat_postMessage(channel=channel.id, text="a")) == "channel_not_found"
    )


async def test_an_archived_channel_takes_nothing(
    slack: SlackStandIn, client: AsyncWebClient
) -> None:
    channel = slack.add_channel("ai-news")
    slack.archive(channel)

    assert await refusal(client.chat_postMessage(channel=channel.id, text="a")) == "is_archived"


async def test_a_post_to_a_person_goes_to_their_direct_messages(
    slack: SlackStandIn, client: AsyncWebClient
) -> None:
    mia = slack.add_user("mia")

    answer = await client.chat_postMessage(channel=mia.id, text="for you")
    opened = await client.conversations_open(users=mia.id)

    assert answer["channel"] == opened["channel"]["id"] == slack.direct_messages(mia).id
    assert answer["channel"].startswith("D")


async def test_closed_direct_messages_are_refused(
    slack: SlackStandIn, client: AsyncWebClient
) -> None:
    gone, bot, mia = slack.add_user("gone"), slack.add_user("bot", is_bot=True), slack.add_user("m")
    slack.change_user(gone, deleted=True)

    assert await refusal(client.chat_postMessage(channel=gone.id, text="a")) == "user_disabled"
    assert await refusal(client.chat_postMessage(channel=bot.id, text="a")) == "cannot_dm_bot"
    slack.messages_tab = False
    assert (
        await refusal(client.chat_postMessage(channel=mia.id, text="a")) == "messages_tab_disabled"
    )
    assert await refusal(client.conversations_open(users="U404")) == "user_not_found"


async def test_own_messages_can_be_changed_and_deleted(
    slack: SlackStandIn, client: AsyncWebClient
) -> None:
    channel = slack.add_channel("ai-news")
    blocks = [{"type": "divider"}]
    ts = (await client.chat_postMessage(channel=channel.id, text="old", blocks=blocks))["ts"]

    await client.chat_update(channel=channel.id, ts=ts, text="new")

    [message] = slack.messages(channel.id)
    assert (message.text, message.blocks, bool(message.edited_ts)) == ("new", (), True)
    await client.chat_delete(channel=channel.id, ts=ts)
    assert slack.messages(channel.id) == []


async def test_only_own_messages_can_be_changed(
    slack: SlackStandIn, client: AsyncWebClient
) -> None:
    channel, mia = slack.add_channel("ai-news"), slack.add_user("mia")
    with pytest.raises(Exception, match="dispatch_failed"):
        await slack.mention(mia, channel, "hello")
    [message] = slack.messages(channel.id)
    here, ts = channel.id, message.ts

    assert await refusal(client.chat_update(channel=here, ts=ts, text="a")) == "cant_update_message"
    assert await refusal(client.chat_delete(channel=here, ts=ts)) == "cant_delete_message"
    assert (
        await refusal(client.chat_update(channel=channel.id, ts="1.2", text="a"))
        == "message_not_found"
    )


async def test_an_edit_is_short(slack: SlackStandIn, client: AsyncWebClient) -> None:
    channel = slack.add_channel("ai-news")
    ts = (await client.chat_postMessage(channel=channel.id, text="a" * 4001))["ts"]

    assert slack.messages(channel.id)[0].split
    long = client.chat_update(channel=channel.id, ts=ts, text="a" * 4001)
    assert await refusal(long) == "msg_too_long"


async def test_an_ephemeral_message_is_seen_by_one_member(
    slack: SlackStandIn, client: AsyncWebClient
) -> None:
    mia, tom = slack.add_user("mia"), slack.add_user("tom")
    channel = slack.add_channel("ai-news", creator=mia)

    await client.chat_postEphemeral(channel=channel.id, user=mia.id, text="psst")

    assert [m.text for m in slack.private_messages(mia)] == ["psst"]
    assert slack.messages(channel.id) == slack.private_messages(tom) == []
    to_tom = client.chat_postEphemeral(channel=channel.id, user=tom.id, text="a")
    assert await refusal(to_tom) == "user_not_in_channel"


async def test_a_permalink_leads_to_a_message(slack: SlackStandIn, client: AsyncWebClient) -> None:
    channel = slack.add_channel("ai-news")
    ts = (await client.chat_postMessage(channel=channel.id, text="a"))["ts"]

    answer = await client.chat_getPermalink(channel=channel.id, message_ts=ts)

    assert answer["permalink"].endswith(f"/archives/{channel.id}/p{ts.replace('.', '')}")
    lost = client.chat_getPermalink(channel=channel.id, message_ts="1.2")
    assert await refusal(lost) == "message_not_found"


async def test_a_blocks_only_post_and_its_kind_are_remembered(
    slack: SlackStandIn, client: AsyncWebClient
) -> None:
    channel = slack.add_channel("ai-news")

    with pytest.warns(UserWarning, match="text"):
        await client.chat_postMessage(channel=channel.id, blocks=[{"type": "divider"}])

    assert list(slack.without_fallback) == slack.messages(channel.id)
