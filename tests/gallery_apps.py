"""Messages about where the bot is: what stands in `tests/gallery.py` beside all others."""

from collections.abc import Callable
from typing import Any

from bots.discord import replies as on_discord
from core import compose
from core.crossposts import TOO_MANY
from core.messages import Message

APPS: dict[str, Callable[[Any], Message]] = {
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
