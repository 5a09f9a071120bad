"""The stand-in for Slack: whom a message pings, and where it leads."""

from typing import Any

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bots.sandbox.slack import Limits, Link, SlackStandIn
from bots.sandbox.slack.mrkdwn import links, normal, pings

Json = dict[str, Any]


def section(kind: str, text: str, **more: Any) -> Json:
    """Return a section with a text of this kind."""
    return {"type": "section", "text": {"type": kind, "text": text, **more}}


def rich(*elements: Json) -> Json:
    """Return rich text of one section."""
    inner = {"type": "rich_text_section", "elements": list(elements)}
    return {"type": "rich_text", "elements": [inner]}


async def test_a_message_knows_whom_it_pings_and_where_it_leads() -> None:
    button = {
        "type": "button",
        "text": {"type": "plain_text", "text": "Go"},
        "url": "https://d.org",
    }
    blocks = [
        section("mrkdwn", "<!here> <https://a.org|A> b.org", verbatim=True),
        section("plain_text", "<!channel> <https://x.org|X> https://x.org"),
        rich({"type": "text", "text": "<!channel> https://x.org"}),
        rich({"type": "user", "user_id": "U1"}, {"type": "broadcast", "range": "everyone"}),
        rich({"type": "usergroup", "usergroup_id": "S1"}),
        rich({"type": "link", "url": "https://c.org", "text": "C"}),
        {"type": "actions", "elements": [button]},
        section("mrkdwn", "https://e.org"),
    ]
    async with SlackStandIn(limits=Limits.off()) as slack, aiohttp.ClientSession() as http:
        client = AsyncWebClient(slack.bot_token, slack.api_url, session=http, retry_handlers=[])
        channel = slack.add_channel("ai-news")

        await client.chat_postMessage(
            channel=channel.id, text="<@U2> https://shown-nowhere.org", blocks=blocks
        )

        [message] = slack.messages(channel.id)
    assert message.pings == ("<@U2>", "<!here>", "<@U1>", "<!everyone>", "<!subteam^S1>")
    assert message.links == (
        Link("https://a.org", "A"),
        Link("https://c.org", "C"),
        Link("https://d.org", "Go"),
        Link("https://e.org", "https://e.org"),
    )


async def test_bare_names_ping_only_if_slack_is_asked_to_link_them() -> None:
    async with SlackStandIn(limits=Limits.off()) as slack, aiohttp.ClientSession() as http:
        client = AsyncWebClient(slack.bot_token, slack.api_url, session=http, retry_handlers=[])
        channel = slack.add_channel("ai-news")

        await client.chat_postMessage(channel=channel.id, text="@channel")
        await client.chat_postMessage(channel=channel.id, text="@channel", link_names=True)
        await client.chat_postMessage(channel=channel.id, text="@here", parse="full")
        await client.chat_postMessage(channel=channel.id, text="https://a.org", parse="none")

        standing = slack.messages(channel.id)
    assert [m.pings for m in standing] == [(), ("<!channel>",), ("<!here>",), ()]
    assert standing[3].links == ()


@pytest.mark.parametrize(
    ("text", "bare", "pinged"),
    [
        ("<!channel> <!here|here> <!everyone>", False, ["<!channel>", "<!here>", "<!everyone>"]),
        ("<@U1> <@W2|mia> <!subteam^S1|@ai>", False, ["<@U1>", "<@W2>", "<!subteam^S1>"]),
        ("&lt;!channel&gt; @channel <!date^1^{date}|now> <#C1|ai>", False, []),
        ("@channel and mia@channel.org", True, ["<!channel>"]),
    ],
)
def test_pings_are_found(text: str, *, bare: bool, pinged: list[str]) -> None:
    assert pings(text, bare=bare) == pinged


@pytest.mark.parametrize(
    ("text", "bare", "found"),
    [
        ("<https://a.org|A&amp;B>", True, [("https://a.org", "A&B")]),
        ("<http://a.org?a=1&amp;b=2>", True, [("http://a.org?a=1&b=2", "http://a.org?a=1&b=2")]),
        ("<mailto:a@b.org|write>", True, [("mailto:a@b.org", "write")]),
        ("<!date^1^{date}^https://a.org|then>", True, [("https://a.org", "then")]),
        (
            "see https://a.org/x and b.io",
            True,
            [("https://a.org/x", "https://a.org/x"), ("b.io", "b.io")],
        ),
        ("see https://a.org/x", False, []),
        ("&lt;https://a.org|A&gt; <@U1> <#C1|ai> 3.5 e.g. v1.2", False, []),
        ("node.js 3.5 e.g. v1.2", True, []),
    ],
)
def test_links_are_found(text: str, *, bare: bool, found: list[tuple[str, str]]) -> None:
    assert links(text, bare=bare) == [Link(*pair) for pair in found]


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ("a & b &amp; c &lt;", "a &amp; b &amp; c &lt;"),
        ("1 < 2 > 0 <x>", "1 &lt; 2 &gt; 0 &lt;x&gt;"),
        ("<!here> <@U1> <#C1> <https://a.org|A>", "<!here> <@U1> <#C1> <https://a.org|A>"),
    ],
)
def test_signs_that_are_no_markup_are_escaped(sent: str, stored: str) -> None:
    assert normal(sent) == stored
