"""Posts to Slack whose answer was lost, and how they are found again."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bots.sandbox.slack import Limits, SlackStandIn
from bots.slack.client import web_client
from bots.slack.poster import SlackPoster
from core.messages import Message, Text
from core.posting import (
    Address,
    Finder,
    PlatformClosed,
    PostError,
    TryLater,
    Unknown,
    Unsearchable,
)

NEWS = Message((Text("Meta pauses"),))
NOW = datetime(2026, 6, 22, 12, 0, tzinfo=UTC)


@pytest.fixture
async def slack() -> AsyncIterator[SlackStandIn]:
    async with SlackStandIn(limits=Limits.off(), clock=NOW.timestamp) as slack:
        yield slack


@pytest.fixture
async def client(slack: SlackStandIn) -> AsyncIterator[AsyncWebClient]:
    async with web_client(slack.bot_token, api_url=slack.api_url) as client:
        yield client


@pytest.fixture
def poster(client: AsyncWebClient) -> SlackPoster:
    return SlackPoster(client, spacing=0)


@pytest.fixture
def address(slack: SlackStandIn) -> Address:
    return Address("slack", slack.team_id, slack.add_channel("ai-news").id)


def test_slack_is_looked_at_twice_once_it_has_settled(client: AsyncWebClient) -> None:
    finder: Finder = SlackPoster(client, settle=2)

    repeats = finder.repeats

    assert (repeats.looks, repeats.settles_in) == (2, timedelta(seconds=2))
    assert repeats.known_for == timedelta(0)
    assert SlackPoster(client).repeats.settles_in == timedelta(seconds=30)


@pytest.mark.parametrize("error", ["", "internal_error"])
async def test_n2_n7_a_post_that_slack_did_not_confirm_is_found(
    slack: SlackStandIn, poster: SlackPoster, address: Address, error: str
) -> None:
    if error:
        slack.fail_next("chat.postMessage", error=error, after_commit=True)
    else:
        slack.drop_next("chat.postMessage", after_commit=True)
    with pytest.raises(Unknown):
        await poster.post(address, NEWS, key="1")

    found = await poster.find(address, key="1", since=NOW)

    (posted,) = slack.messages(address.channel)
    assert found is not None
    assert (found.address, found.message_id) == (address, posted.ts)


async def test_a_post_that_does_not_stand_is_not_found(
    slack: SlackStandIn, poster: SlackPoster, address: Address
) -> None:
    slack.drop_next("chat.postMessage", after_commit=False)
    with pytest.raises(Unknown):
        await poster.post(address, NEWS, key="1")
    await poster.post(address, NEWS, key="2")

    assert await poster.find(address, key="1", since=NOW) is None


@pytest.mark.parametrize(("minutes", "stands"), [(-2, True), (5, True), (7, False)])
async def test_t2_only_what_was_said_since_is_looked_at_but_for_the_clocks(
    poster: SlackPoster, address: Address, minutes: int, *, stands: bool
) -> None:
    await poster.post(address, NEWS, key="1")

    found = await poster.find(address, key="1", since=NOW + timedelta(minutes=minutes))

    assert (found is not None) is stands


async def test_a_post_is_found_on_a_later_page(
    slack: SlackStandIn, poster: SlackPoster, address: Address
) -> None:
    receipt = await poster.post(address, NEWS, key="1")
    for number in range(40):
        await poster.post(address, NEWS, key=f"other {number}")

    assert await poster.find(address, key="1", since=NOW) == receipt

    pages = [call for call in slack.requests if call.method == "conversations.history"]
    assert len(pages) == 3


async def test_a_channel_with_too_much_to_read_is_given_up(
    slack: SlackStandIn, poster: SlackPoster, address: Address
) -> None:
    for number in range(601):
        await poster.post(address, NEWS, key=f"other {number}")

    with pytest.raises(Unsearchable, match="more than 600"):
        await poster.find(address, key="1", since=NOW)

    pages = [call for call in slack.requests if call.method == "conversations.history"]
    assert len(pages) == 40


async def test_a_post_in_a_thread_is_found_there(poster: SlackPoster, address: Address) -> None:
    first = await poster.post(address, NEWS, key="1")
    thread = Address("slack", address.workspace, address.channel, first.message_id)
    receipt = await poster.post(thread, NEWS, key="2")

    assert await poster.find(thread, key="2", since=NOW) == receipt
    assert await poster.find(thread, key="1", since=NOW) is None


async def test_a_direct_message_is_found_in_its_conversation(
    slack: SlackStandIn, poster: SlackPoster
) -> None:
    mia = slack.add_user("mia")
    person = Address("slack", slack.team_id, mia.id)
    receipt = await poster.post(person, NEWS, key="1")

    found = await poster.find(person, key="1", since=NOW)

    assert found == receipt
    assert receipt.address.channel == slack.direct_messages(mia).id


async def test_the_bot_asks_once_who_it_is(
    slack: SlackStandIn, poster: SlackPoster, address: Address
) -> None:
    await poster.find(address, key="1", since=NOW)
    await poster.find(address, key="2", since=NOW)

    assert [call.method for call in slack.requests].count("auth.test") == 1


@pytest.mark.parametrize(
    ("scope", "private"), [("channels:history", False), ("groups:history", True)]
)
async def test_without_the_scope_the_reason_names_it(
    slack: SlackStandIn, poster: SlackPoster, scope: str, *, private: bool
) -> None:
    slack.scopes = [held for held in slack.scopes if held != scope]
    channel = slack.add_channel("ai-news", private=private)

    with pytest.raises(Unsearchable, match=scope):
        await poster.find(Address("slack", slack.team_id, channel.id), key="1", since=NOW)


@pytest.mark.parametrize("scope", ["im:history", "im:write"])
async def test_without_the_scopes_for_direct_messages_the_reason_names_them(
    slack: SlackStandIn, poster: SlackPoster, scope: str
) -> None:
    mia = slack.add_user("mia")
    slack.scopes = [held for held in slack.scopes if held != scope]

    with pytest.raises(Unsearchable, match=scope):
        await poster.find(Address("slack", slack.team_id, mia.id), key="1", since=NOW)


@pytest.mark.parametrize(
    "code",
    ["not_in_channel", "channel_not_found", "method_not_supported_for_channel_type"],
)
async def test_what_cannot_be_read_cannot_be_searched(
    slack: SlackStandIn, poster: SlackPoster, address: Address, code: str
) -> None:
    slack.fail_next("conversations.history", error=code)

    with pytest.raises(Unsearchable, match=code):
        await poster.find(address, key="1", since=NOW)


async def test_a_thread_that_is_gone_cannot_be_searched(
    poster: SlackPoster, address: Address
) -> None:
    thread = Address("slack", address.workspace, address.channel, "1.000001")

    with pytest.raises(Unsearchable, match="thread_not_found"):
        await poster.find(thread, key="1", since=NOW)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("internal_error", Unknown),
        ("brand_new_error", TryLater),
        ("token_revoked", PlatformClosed),
        ("", Unknown),
    ],
)
async def test_a_look_that_fails_says_what_a_post_would(
    slack: SlackStandIn,
    poster: SlackPoster,
    address: Address,
    code: str,
    kind: type[PostError | PlatformClosed],
) -> None:
    slack.fail_next("conversations.history", error=code)

    with pytest.raises(kind):
        await poster.find(address, key="1", since=NOW)


async def test_n6_a_pause_for_looks_is_kept_and_is_none_for_posts(
    slack: SlackStandIn, client: AsyncWebClient, address: Address
) -> None:
    now = 1000.0
    poster = SlackPoster(client, spacing=0, clock=lambda: now)
    slack.fail_next("conversations.history", error="ratelimited", headers={"Retry-After": "60"})

    with pytest.raises(TryLater) as first:
        await poster.find(address, key="1", since=NOW)
    with pytest.raises(TryLater):
        await poster.find(address, key="2", since=NOW)
    await poster.post(address, NEWS, key="1")
    now += 60
    found = await poster.find(address, key="1", since=NOW)

    assert first.value.after == timedelta(seconds=60)
    assert found is not None
    assert [call.method for call in slack.requests].count("conversations.history") == 2
