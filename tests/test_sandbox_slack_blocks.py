"""The stand-in for Slack: what the blocks of a message or a view may hold."""

from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bots.sandbox.slack import Limits, SlackStandIn
from bots.sandbox.slack.blocks import MOST_CHARACTERS, check_blocks, check_view

Json = dict[str, Any]


def plain(text: str) -> Json:
    """Return a text that is not parsed."""
    return {"type": "plain_text", "text": text, "emoji": False}


def mrkdwn(text: str) -> Json:
    """Return a text that is parsed."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def button(action_id: str = "go", **more: Any) -> Json:
    """Return a button."""
    return {"type": "button", "text": plain("Go"), "action_id": action_id, **more}


def actions(*elements: Json, **more: Any) -> Json:
    """Return a row of buttons."""
    return {"type": "actions", "elements": list(elements), **more}


def section(**more: Any) -> Json:
    """Return a section."""
    return {"type": "section", **more}


def image(**more: Any) -> Json:
    """Return a picture."""
    return {"type": "image", "image_url": "https://a.org/i.png", "alt_text": "a", **more}


def rich(*elements: Json) -> Json:
    """Return rich text of one section."""
    inner = {"type": "rich_text_section", "elements": list(elements)}
    return {"type": "rich_text", "elements": [inner]}


def rich_list(**more: Any) -> Json:
    """Return a list in rich text."""
    item = {"type": "rich_text_section", "elements": [{"type": "text", "text": "a"}]}
    inner = {"type": "rich_text_list", "style": "bullet", "elements": [item], **more}
    return {"type": "rich_text", "elements": [inner]}


def overflow(count: int) -> Json:
    """Return a menu with so many options."""
    options = [{"text": plain("a"), "value": str(number)} for number in range(count)]
    return {"type": "overflow", "action_id": "more", "options": options}


CONFIRM = {
    "title": plain("Sure"),
    "text": plain("Really"),
    "confirm": plain("Yes"),
    "deny": plain("No"),
}


@pytest.mark.parametrize(
    "block",
    [
        {"type": "header", "text": plain("a" * 150)},
        {"type": "divider", "block_id": "b" * 255},
        section(text=mrkdwn("a" * 3000), accessory=image()),
        section(fields=[plain("a" * 2000)] * 6, accessory=button(confirm=CONFIRM)),
        section(text=plain("a"), accessory=overflow(5), expand=True),
        {"type": "context", "elements": [plain("a")] * 9 + [image()]},
        actions(*(button(str(n)) for n in range(25))),
        actions(button(url="https://a.org", accessibility_label="a" * 75, style="primary")),
        actions(button(value="a" * 2000)),
        image(title=plain("a")),
        rich({"type": "text", "text": "a", "style": {"bold": True, "code": True}}),
        rich(
            {"type": "link", "url": "https://a.org", "text": "a"}, {"type": "emoji", "name": "fire"}
        ),
        rich_list(style="ordered", indent=8, border=1, offset=4),
        {"type": "rich_text", "elements": [{"type": "rich_text_quote", "elements": []}]},
    ],
)
def test_what_slack_takes_is_taken(block: Json) -> None:
    assert check_blocks([block]).problems == []


@pytest.mark.parametrize(
    ("block", "problem"),
    [
        ("a", "must provide an object [json-pointer:/blocks/0]"),
        ({}, "missing required field: type [json-pointer:/blocks/0]"),
        ({"type": "card"}, "unsupported type: card [json-pointer:/blocks/0]"),
        (
            {"type": "divider", "color": "red"},
            "invalid additional property: color [json-pointer:/blocks/0]",
        ),
        (
            {"type": "divider", "block_id": "b" * 256},
            "must be less than 256 characters [json-pointer:/blocks/0/block_id]",
        ),
        ({"type": "header"}, "missing required field: text [json-pointer:/blocks/0]"),
        (
            {"type": "header", "text": plain("a" * 151)},
            "must be less than 151 characters [json-pointer:/blocks/0/text/text]",
        ),
        (
            {"type": "header", "text": mrkdwn("a")},
            "unsupported type: mrkdwn [json-pointer:/blocks/0/text]",
        ),
        (section(), "must define either `text` or `fields` [json-pointer:/blocks/0]"),
        (
            section(text=plain("")),
            "must be more than 0 characters [json-pointer:/blocks/0/text/text]",
        ),
        (
            section(text=mrkdwn("a" * 3001)),
            "must be less than 3001 characters [json-pointer:/blocks/0/text/text]",
        ),
        (
            section(text=mrkdwn("a") | {"emoji": True}),
            "invalid additional property: emoji [json-pointer:/blocks/0/text]",
        ),
        (
            section(fields=[plain("a")] * 11),
            "no more than 10 items allowed [json-pointer:/blocks/0/fields]",
        ),
        (
            section(fields=[plain("a" * 2001)]),
            "must be less than 2001 characters [json-pointer:/blocks/0/fields/0/text]",
        ),
        (
            {"type": "context", "elements": [plain("a")] * 11},
            "no more than 10 items allowed [json-pointer:/blocks/0/elements]",
        ),
        (
            {"type": "context", "elements": [button()]},
            "unsupported type: button [json-pointer:/blocks/0/elements/0]",
        ),
        (actions(), "must have at least 1 items [json-pointer:/blocks/0/elements]"),
        (
            actions(*(button(str(n)) for n in range(26))),
            "no more than 25 items allowed [json-pointer:/blocks/0/elements]",
        ),
        (
            actions(button(), button()),
            "`action_id` is used more than once [json-pointer:/blocks/0/elements/1/action_id]",
        ),
        (
            actions(button("a" * 256)),
            "must be less than 256 characters [json-pointer:/blocks/0/elements/0/action_id]",
        ),
        (
            actions(button(text=plain("a" * 76))),
            "must be less than 76 characters [json-pointer:/blocks/0/elements/0/text/text]",
        ),
        (
            actions(button(text=mrkdwn("a"))),
            "unsupported type: mrkdwn [json-pointer:/blocks/0/elements/0/text]",
        ),
        (
            actions(button(value="a" * 2001)),
            "must be less than 2001 characters [json-pointer:/blocks/0/elements/0/value]",
        ),
        (
            actions(button(url="https://a.org/" + "a" * 3000)),
            "must be less than 3001 characters [json-pointer:/blocks/0/elements/0/url]",
        ),
        (
            actions(button(url="javascript:alert(1)")),
            "invalid_url [json-pointer:/blocks/0/elements/0/url]",
        ),
        (
            actions(button(accessibility_label="a" * 76)),
            (
                "must be less than 76 characters"
                " [json-pointer:/blocks/0/elements/0/accessibility_label]"
            ),
        ),
        (
            actions(button(style="blue")),
            "must be one of: primary, danger [json-pointer:/blocks/0/elements/0/style]",
        ),
        (
            actions(button(disabled=True)),
            "invalid additional property: disabled [json-pointer:/blocks/0/elements/0]",
        ),
        (
            actions(button(confirm=CONFIRM | {"deny": plain("a" * 31)})),
            "must be less than 31 characters [json-pointer:/blocks/0/elements/0/confirm/deny/text]",
        ),
        (
            actions(overflow(6)),
            "no more than 5 items allowed [json-pointer:/blocks/0/elements/0/options]",
        ),
        (
            {"type": "image", "image_url": "https://a.org/i.png"},
            "missing required field: alt_text [json-pointer:/blocks/0]",
        ),
        (
            image(image_url="data:image/png;base64,a"),
            "invalid_url [json-pointer:/blocks/0/image_url]",
        ),
        (
            image(alt_text="a" * 2001),
            "must be less than 2001 characters [json-pointer:/blocks/0/alt_text]",
        ),
        (
            section(text=plain("a"), accessory=image(alt_text="")),
            "must be more than 0 characters [json-pointer:/blocks/0/accessory/alt_text]",
        ),
        (
            rich({"type": "text", "text": ""}),
            "must be more than 0 characters [json-pointer:/blocks/0/elements/0/elements/0/text]",
        ),
        (
            rich({"type": "text", "text": "a", "style": {"loud": True}}),
            (
                "invalid additional property: loud"
                " [json-pointer:/blocks/0/elements/0/elements/0/style]"
            ),
        ),
        (
            rich({"type": "link", "text": "a"}),
            "missing required field: url [json-pointer:/blocks/0/elements/0/elements/0]",
        ),
        (
            rich_list(indent=9),
            "must be between 0 and 8 [json-pointer:/blocks/0/elements/0/indent]",
        ),
        (
            rich_list(elements=[{"type": "text", "text": "a"}]),
            "unsupported type: text [json-pointer:/blocks/0/elements/0/elements/0]",
        ),
        (
            {"type": "divider", "block_id": 1},
            "must provide a string [json-pointer:/blocks/0/block_id]",
        ),
        (
            section(text=plain("a"), expand=1),
            "must provide a boolean [json-pointer:/blocks/0/expand]",
        ),
        (rich_list(border="1"), "must provide a number [json-pointer:/blocks/0/elements/0/border]"),
        (actions() | {"elements": {}}, "must provide an array [json-pointer:/blocks/0/elements]"),
    ],
)
def test_what_slack_refuses_is_refused(block: Json, problem: str) -> None:
    assert problem in check_blocks([block]).problems


def test_a_message_has_fifty_blocks_with_ids_of_their_own() -> None:
    divider = {"type": "divider"}
    twice = [divider | {"block_id": "b"}] * 2

    assert check_blocks([divider] * 50).problems == []
    assert check_blocks([divider] * 51).problems == [
        "no more than 50 items allowed [json-pointer:/blocks]"
    ]
    assert check_blocks(twice).problems == [
        "`block_id` is used more than once [json-pointer:/blocks/1/block_id]"
    ]


def test_the_same_action_id_may_stand_in_two_blocks() -> None:
    assert check_blocks([actions(button()), actions(button())]).problems == []


@pytest.mark.parametrize(
    ("view", "problem"),
    [
        (
            {"type": "modal", "title": plain("a" * 25), "blocks": []},
            "must be less than 25 characters [json-pointer:/view/title/text]",
        ),
        ({"type": "modal", "blocks": []}, "missing required field: title [json-pointer:/view]"),
        (
            {"type": "home", "blocks": [{"type": "divider"}] * 101},
            "no more than 100 items allowed [json-pointer:/view/blocks]",
        ),
        (
            {
                "type": "modal",
                "title": plain("a"),
                "blocks": [
                    {"type": "input", "label": plain("a"), "element": {"type": "plain_text_input"}}
                ],
            },
            "missing required field: submit [json-pointer:/view]",
        ),
    ],
)
def test_a_wrong_view_is_refused(view: Json, problem: str) -> None:
    assert check_view(view).problems == [problem]


async def test_wrong_blocks_are_told_of_as_slack_does() -> None:
    async with SlackStandIn(limits=Limits.off()) as slack, aiohttp.ClientSession() as http:
        client = AsyncWebClient(slack.bot_token, slack.api_url, session=http, retry_handlers=[])
        channel = slack.add_channel("ai-news")

        with pytest.raises(SlackApiError) as caught:
            await client.chat_postMessage(
                channel=channel.id, text="a", blocks=[section(text=plain("a" * 3001))]
            )

    told = caught.value.response
    problems = [
        "failed to match all allowed schemas [json-pointer:/blocks/0/text]",
        "must be less than 3001 characters [json-pointer:/blocks/0/text/text]",
    ]
    assert (told["error"], told["errors"]) == ("invalid_blocks", problems)
    assert told["response_metadata"]["messages"] == [f"[ERROR] {problem}" for problem in problems]


async def test_all_text_of_the_blocks_together_is_limited() -> None:
    async with SlackStandIn(limits=Limits.off()) as slack, aiohttp.ClientSession() as http:
        client = AsyncWebClient(slack.bot_token, slack.api_url, session=http, retry_handlers=[])
        channel = slack.add_channel("ai-news")
        full = [section(text=plain("a" * (MOST_CHARACTERS // 6)))] * 6

        await client.chat_postMessage(channel=channel.id, text="a", blocks=full)
        with pytest.raises(SlackApiError) as caught:
            await client.chat_postMessage(
                channel=channel.id, text="a", blocks=[*full, section(text=plain("a"))]
            )

    assert caught.value.response["error"] == "msg_blocks_too_long"
