"""What readers get of a message: the words that they see or hear, and whether it is within limits.

The limits are those of the stand-ins, which know nothing of the bot.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from bots.discord.render import payload
from bots.sandbox.discord.bodies import ON_CREATE, Fields, read_fields
from bots.sandbox.discord.forms import Form
from bots.sandbox.slack.blocks import MOST_CHARACTERS, check_blocks
from bots.slack.render import Payload, as_payload
from core.messages import Message

MOST_OF_SLACK_TEXT = 3900
"""Characters that Slack surely shows as one message."""


def wrong_on_discord(body: bytes) -> dict[str, Any]:
    """Return what Discord's rules say is wrong with the body of a message."""
    form = Form()
    read_fields(form, json.loads(body), Fields(), ON_CREATE)
    return form.errors


def wrong_on_slack(shown: Payload) -> list[str]:
    """Return what Slack's rules say is wrong with a message."""
    report = check_blocks(shown["blocks"])
    problems = [str(problem) for problem in report.problems]
    if report.characters >= MOST_CHARACTERS:
        problems.append(f"{report.characters} characters")
    if not 0 < len(shown["text"]) <= MOST_OF_SLACK_TEXT:
        problems.append(f"{len(shown['text'])} characters of text")
    return problems


def objects(value: object) -> Iterator[dict[str, Any]]:
    """Give every object inside, in reading order."""
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from objects(inner)


def seen_on_discord(message: Message) -> str:
    """Return the markdown of a message on Discord, a line for each row."""
    return "\n".join(it["content"] for it in objects(payload(message)) if "content" in it)


def seen_on_slack(blocks: object) -> list[str]:  # noqa: PLR0911 (a case for each kind)
    """Return the texts that people see in blocks, in order, without the labels of buttons."""
    match blocks:
        case {"type": "static_select" | "multi_static_select" | "multi_external_select", **rest}:
            return _seen_of_list(rest)
        case {"type": "button"}:
            return []
        case {"type": "mrkdwn", "text": str(text)}:
            return [re.sub(r"<!date\^[^|]*\|([^>]*)>", r"\1", text)]
        case {"type": "date", "fallback": str(text)} | {"text": str(text)}:
            return [text]
        case dict():
            return [text for inner in blocks.values() for text in seen_on_slack(inner)]
        case list():
            return [text for inner in blocks for text in seen_on_slack(inner)]
        case _:
            return []


def _seen_of_list(element: Mapping[Any, Any]) -> list[str]:
    one = element.get("initial_option")
    chosen = [one] if one else element.get("initial_options")
    texts: list[str] = [it["text"]["text"] for it in chosen or ()]
    return texts or [element["placeholder"]["text"]]


def rows_on_slack(message: Message) -> list[str]:
    """Return the rows that people see on Slack: a section, a line of a list, a line of facts."""
    inner = {"rich_text_section", "context", "section", "header"}
    shown = (it for it in objects(as_payload(message)["blocks"]) if it.get("type") in inner)
    return [row for it in shown for row in "".join(seen_on_slack(it)).split("\n")]


def unheard_on_slack(message: Message) -> list[str]:
    """Return the words that people see on Slack and do not hear, or hear in another order."""
    shown = as_payload(message)
    heard = iter(_words(heard_on_slack(message)))
    return [word for word in _words(" ".join(seen_on_slack(shown["blocks"]))) if word not in heard]


def heard_on_slack(message: Message) -> str:
    """Return what a screen reader reads out on Slack."""
    text = as_payload(message)["text"]
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _words(text: str) -> list[str]:
    # What is cut ends with an ellipsis, on the screen or in what is heard.
    words = re.split(r"[\s\u00b7\u2022\u2026]+", text)
    return [word for word in words if word]
