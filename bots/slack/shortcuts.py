"""The menu of a message: what can be asked about it, and what it says."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck

from bots.slack.answers import Answerer, Asked, by_response_url
from bots.slack.callers import place_of
from bots.slack.markup import plain_words
from bots.slack.render import WORDS
from core import text
from core.commands import (
    Command,
    RelatedTo,
    Why,
    WhyPosted,
    article_asked_about,
    related_to,
)
from core.posting import Address
from core.seals import words_in

RELATED = "related_stories"
WHY = "why_posted"
"""The callback ids of the shortcuts; the manifest names the same."""

# What people do not see of it as words: whom it names, emojis, and marks around words.
_NO_WORDS = re.compile(
    r"<(?:[@#!]|https?://)[^<>]*>|:[a-z0-9_+'-]+:|[*~`]|(?<!\w)_|_(?!\w)|^&gt; ?", re.MULTILINE
)
# The host is not looked at: whose a message is, its channel says.
_MESSAGE = re.compile(
    r"https://[\w.-]+/archives/(?P<channel>[A-Z0-9]+)/p(?P<seconds>\d{10})(?P<rest>\d{6})"
)
_TOLD = ("text", "url", "from_url", "title_link")


async def on_shortcut(answerer: Answerer, ack: AsyncAck, body: dict[str, Any]) -> None:
    """Answer about the message in whose menu it was asked, to be seen by who asked alone."""
    await ack()
    person, channel, message = body["user"]["id"], body["channel"]["id"], body["message"]
    at = str(body.get("message_ts") or message["ts"])
    root = str(message.get("thread_ts") or at)
    # By this address it works where the app is no member, too.
    thread = root if root != at else ""
    reply = by_response_url(answerer.client, body["response_url"], thread=thread)
    asked = Asked(person, channel, reply, below=root, team=str(body["user"].get("team_id") or ""))
    here = place_of(answerer.identity, person, channel)
    about = command_about(message, here, at)
    if body.get("callback_id") == WHY:
        await answerer.answer(WhyPosted(about.messages, about.names), asked)
    else:
        await answerer.answer(about, asked)


def with_message(command: Command, here: Address) -> Command:
    """Return `command`; if it asks why of the link to a message in this channel, about that."""
    link = _MESSAGE.search(command.query) if isinstance(command, Why) else None
    if link is None or link["channel"] != here.channel:
        return command
    at = f"{link['seconds']}.{link['rest']}"
    return WhyPosted((replace(here, thread=at),))


def command_about(message: Mapping[str, Any], here: Address, at: str) -> RelatedTo:
    """Return what is asked about a message that stands `here`, posted `at` this time."""
    told = list(_told(message))
    articles = [words for words in map(_article, _buttons(message)) if words]
    links = [url for words in told for url in text.urls(plain_words(words))]
    said = str(message.get("text") or "") or " ".join(told)
    standing = Address(here.platform, here.workspace, here.channel, at)
    words = plain_words(_NO_WORDS.sub(" ", said))
    return related_to((standing,), [*articles, *links], words)


def _article(button: Mapping[str, Any]) -> str:
    is_ours = str(button.get("action_id")).startswith(WORDS)
    return article_asked_about(words_in(str(button.get("value") or ""))) if is_ours else ""


def _buttons(message: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for block in message.get("blocks") or ():
        yield from (it for it in block.get("elements") or () if it.get("type") == "button")


def _told(value: object) -> Iterator[str]:
    """Give the texts and addresses in a message, in order: those of its parts first."""
    match value:
        case {"blocks": [_, *_] as blocks, **others}:
            yield from _told(blocks)
            yield from _told(others)
        case dict():
            for key, inner in value.items():
                if isinstance(inner, str) and key in _TOLD:
                    yield inner
                else:
                    yield from _told(inner)
        case list():
            for inner in value:
                yield from _told(inner)
        case _:
            return
