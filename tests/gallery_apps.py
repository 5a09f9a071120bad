"""Messages about where the bot is: what stands in `tests/gallery.py` beside all others."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from bots.discord import callers as on_discord
from core import compose
from core.crossposts import TOO_MANY
from core.messages import Message

APPS: dict[str, Callable[[Any], Message]] = {
    "help-on-discord": lambda _: compose.help_("/", without_typing=on_discord.WITHOUT_TYPING),
    "too-fast": lambda _: compose.too_fast(5, timedelta(seconds=10), timedelta(seconds=2)),
    "cannot-share-now": lambda _: compose.cannot_share_now(),
    "cannot-post-here-but-check": lambda at: compose.cannot_post_here(
        at.step, again="channel follow llms"
    ),
    "cannot-post-here-uninvited": lambda at: compose.cannot_post_here(
        at.step, again="channel follow llms", is_member=False
    ),
    "closed-channels-archived": lambda at: compose.closed_channels(
        [replace(at.closed(1)[0], because="the channel is archived")], prefix=at.prefix
    ),
    "crossposts-come": lambda at: compose.crossposts_come(prefix=at.prefix),
    "crossposts-stop": lambda at: compose.crossposts_stop(came=True, prefix=at.prefix),
    "crossposts-stop-unasked": lambda at: compose.crossposts_stop(came=False, prefix=at.prefix),
    "cannot-crosspost": lambda _: compose.cannot_crosspost(on_discord._STEP_TO_CROSSPOST),
    "cannot-crosspost-anywhere": lambda _: compose.cannot_crosspost(""),
    "passed-on": lambda _: Message(
        compose.passed_on(("the message was deleted", TOO_MANY), are_chosen=True)
    ),
    "passed-on-all": lambda _: Message(compose.passed_on((), are_chosen=True)),
    "bot-is-not-here": lambda _: compose.bot_is_not_here(on_discord._STEP_TO_BRING),
}
