"""What a post of an article would be, without posting it."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Literal, assert_never

from core import compose
from core.articles import Article, cleaned, stored_as
from core.config import Style
from core.messages import Message, as_text
from core.posting import Address
from core.sources import Draft

Target = Literal["discord", "slack", "text"]

_KEY = "preview"


def articles_of(drafts: Sequence[Draft]) -> list[Article]:
    """Return the drafts as they would be stored."""
    now = datetime.now(UTC)
    told = (cleaned(draft) for draft in drafts)
    return [stored_as(d, number, source=_KEY, now=now) for number, d in enumerate(told, start=1)]


def as_body(article: Article, target: Target, style: Style) -> str:
    """Return the JSON body of the request that would post `article`, or the message's values."""
    message = compose.post([article], style)
    match target:
        case "discord":
            from bots.discord.drawing import body

            sent = json.loads(body(Address("discord", "1", "1"), message, _KEY))
        case "slack":
            from bots.slack.poster import body as slack_body

            sent = slack_body(Address("slack", "T1", "C1"), message, _KEY)
        case "text":
            sent = {"text": as_text(message)}
        case _:
            assert_never(target)
    return json.dumps(sent, ensure_ascii=False, indent=2)


def as_shown(article: Article, target: Target, style: Style) -> str:
    """Return the post of `article` as plain lines: what a person reads there, top to bottom."""
    message: Message = compose.post([article], style)
    return f"── {target}, {style} " + "─" * 40 + f"\n{as_text(message)}\n"
