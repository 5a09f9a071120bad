"""The stand-in for Slack: what it tells of channels, their history, and people."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bots.sandbox.slack import Limits, SlackStandIn


@pytest.fixture
async def slack() -> AsyncIterator[SlackStandIn]:
    async with SlackStandIn(limits=Limits.off().changed(history_page=15)) as stand_in:
        yield stand_in


@pytest.fixture
async def client(slack: SlackStandIn) -> AsyncIterator[AsyncWebClient]:
    async with aiohttp.ClientSession() as http:
        yield AsyncWebClient(slack.bot_token, slack.api_url, session=http, retry_handlers=[])


async def refusal(call: Any) -> str:
    """Return the error that Slack answered a call with."""
    with pytest.raises(SlackApiError) as caught:
        await call
    return str(caught.value.response["error"])


async def test_history_is_paged_newest_first_with_metadata(
    slack: SlackStandIn, client: AsyncWebClient
) -> None:
    slack.scopes = [*slack.scopes, "channels:history"]
    channel = slack.add_channel("ai-news")
    for number in range(3):
        metadata = {"event_type": "n", "event_payload": {"number": number}}
        await client.chat_postMessage(channel=channel.id, text=str(number), metadata=metadata)

    first = await client.conversations_history(
        channel=channel.id, limit=2, include_all_metadata=True
    )
    cursor = first["response_metadata"]["next_cursor"]
    second = await client.conversations_history(channel=channel.id, limit=2, cursor=cursor)

    assert [m["text"] for m in first["messages"]] == ["2", "1"]
    assert first["messages"][0]["metadata"]["event_payload"] == {"number": 2}
    assert [m["text"] for m in second["messages"]] == ["0"]
    assert "metadata" not in second["messages"][0]
    assert (first["has_more"], second["has_more"]) == (True, False)


async def test_history_begins_where_it_is_told(slack: SlackStandIn, client: AsyncWebClient) -> None:
    slack.scopes = [*slack.scopes, "channels:history"]
    channel = slack.add_channel("ai-news")
    stamps = []
    for number in range(3):
        answer = await client.chat_postMessage(channel=channel.id, text=str(number))
        stamps.append(answer["ts"])

    after = await client.conversations_history(channel=channel.id, oldest=stamps[1])
    with_it = await client.conversations_history(
        channel=channel.id, oldest=stamps[1], inclusive=True
    )

    assert [m["text"] for m in after["messages"]] == ["2"]
    assert [m["text"] for m in with_it["messages"]] == ["2", "1"]


async def test_pages_of_history_can_be_as_small_as_for_unlisted_apps(
    slack: SlackStandIn, client: AsyncWebClient
) -> None:
    slack.scopes = [*slack.scopes, "channels:history"]
    channel = slack.add_channel("ai-news")
    for number in range(16):
        await client.chat_postMessage(channel=channel.id, text=str(number))

    page = await client.conversations_history(channel=channel.id, limit=100)

    assert len(page["messages"]) == 15


async def test_replies_stand_in_their_thread_only(
    slack: SlackStandIn, client: AsyncWebClient
) -> None:
    slack.scopes = [*slack.scopes, "channels:history"]
    channel = slack.add_channel("ai-news")
    ts = (await client.chat_postMessage(channel=channel.id, text="story"))["ts"]
    await client.chat_postMessage(channel=channel.id, text="more", thread_ts=ts)

    thread = await client.conversations_replies(channel=channel.id, ts=ts)
    history = await client.conversations_history(channel=channel.id)

    assert [m["text"] for m in thread["messages"]] == ["story", "more"]
    assert [m["text"] for m in history["messages"]] == ["story"]


async def test_channels_are_told_of_as_the_app_sees_them(
    slack: SlackStandIn, client: AsyncWebClient
) -> None:
    mia = slack.add_user("mia")
    public = slack.add_channel("ai-news", creator=mia, bot_is_member=False)
    private = slack.add_channel("inner", private=True)
    slack.add_channel("hidden", private=True, bot_is_member=False)

    info = (await client.conversations_info(channel=public.id))["channel"]
    listed = await client.conversations_list(types="public_channel,private_channel")
    members = await client.conversations_members(channel=public.id)

    assert (info["creator"], info["is_member"], info["is_private"]) == (mia.id, False, False)
    assert {c["id"] for c in listed["channels"]} == {public.id, private.id}
    assert members["members"] == [mia.id]


async def test_direct_messages_cannot_be_read_without_their_scope(
    slack: SlackStandIn, client: AsyncWebClient
) -> None:
    channel = slack.direct_messages(slack.add_user("mia"))

    assert await refusal(client.conversations_info(channel=channel.id)) == "missing_scope"


async def test_a_person_is_told_of_as_they_are_now(
    slack: SlackStandIn, client: AsyncWebClient
) -> None:
    mia = slack.add_user("mia", is_admin=True)
    stranger = slack.add_user("tom", team_id="T0000OTHER")

    slack.change_user(mia, is_admin=False)

    told = (await client.users_info(user=mia.id))["user"]
    assert (told["is_admin"], told["is_owner"], told["is_restricted"]) == (False, False, False)
    assert (await client.users_info(user=stranger.id))["user"]["team_id"] == "T0000OTHER"
    assert await refusal(client.users_info(user="U404")) == "user_not_found"
